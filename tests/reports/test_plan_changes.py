"""What the plan says beside its documents: what changed since it was approved, and last period like with like."""

import csv
import io
import json
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.core.changes import Fact
from connector.reports import plan as printed
from connector.use_cases.plan import plans_of
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import World

D = Decimal


def plan(world, **scope):
    return plans_of(world.open(), book="nz", **scope)[0]


@pytest.fixture
def world():
    world = World()
    world.work("a1")
    world.work("b1", "Bayside Motors")
    world.bill()
    return world


def edited(world):
    """One line grows, one comes; Bayside stays as it is."""
    world.work("a1", hours="3")
    world.work("a2", work_type="Training", hours="2")
    world.mapping = mapping_of(YAML.replace("  Travel:", "  Training: project\n  Travel:"))
    world.pull()


def test_what_stands_as_it_was_approved_is_no_change(world):
    assert plan(world).changed == ()
    world.work("c1", "Cedar Legal")
    world.pull()
    assert plan(world).changed == ()


def test_an_amended_draft_shows_its_changed_lines(world):
    edited(world)
    [one] = plan(world).changed
    assert (one.number, one.client, one.state, one.was, one.now) == ("HB-2606-001", "Alpine Dental", "applied", D("100.00"), D("500.00"))
    assert [(line.what, line.fields) for line in one.lines] == [("changed", ("hours", "net")), ("added", ())]
    changed, added = one.lines
    assert (changed.was.hours, changed.now.hours, changed.was.net, changed.now.net) == (D("1.00"), D("3.00"), D("100.00"), D("300.00"))
    assert (added.now.description, added.now.net) == ("Training, June 2026", D("200.00"))
    text = " ".join(printed.as_table(plan(world)).split())
    assert (
        "Changes since the plan you approved HB-2606-001 Alpine Dental 2026-06 NZD 100.00 -> 500.00 (+400.00): charges: 1 added, 1 changed"
        in text
    )
    assert "1 Project work, June 2026 1:00 (1.00) 3:00 (3.00) 100.00 100.00 100.00 300.00 changed: hours, net" in text
    assert "2 Training, June 2026 2:00 (2.00) 100.00 200.00 added" in text


def test_a_line_that_goes_is_told_and_what_is_waiting_says_that_it_will_not_go():
    world = World()
    world.work("a1")
    world.work("a2", work_type="Training", hours="2")
    world.mapping = mapping_of(YAML.replace("  Travel:", "  Training: project\n  Travel:"))
    world.pull()
    world.approve()
    assert plan(world).changed == ()
    world.remove("a2")
    world.pull()
    [one] = plan(world).changed
    assert [(line.what, line.was.net) for line in one.lines] == [("removed", D("200.00"))]
    assert (one.state, plan(world).waits) == ("approved", True)
    assert "not sent yet, and apply will not send it as it was" in " ".join(printed.as_table(plan(world)).split())


def test_dates_and_terms_are_told(world):
    world.mapping = mapping_of(YAML.replace("terms: net 14", "terms: net 30"))
    world.pull()
    one = plan(world, client="Alpine Dental").changed[0]
    assert one.facts == (Fact("terms", "net 14", "net 30"), Fact("due date", "2026-07-14", "2026-07-30"))
    assert (one.lines, one.was, one.now) == ((), D("100.00"), D("100.00"))
    assert "due date: 2026-07-14 -> 2026-07-30" in printed.as_table(plan(world))


def test_a_text_that_changes_is_shown_as_it_was(world):
    world.mapping = mapping_of(YAML.replace('"{work_type}, {month}"', '"{month}: {work_type}"').replace("account: 205", "account: 260"))
    world.pull()
    text = " ".join(printed.as_table(plan(world)).split())
    assert "was: Project work, June" in text
    assert "target account 205 -> account 260" in text


def test_what_would_be_voided_leaves_nothing(world):
    world.remove("a1")
    world.pull()
    [one] = plan(world).changed
    assert (one.was, one.now, one.what, [line.what for line in one.lines]) == (
        D("100.00"),
        D("0.00"),
        "was create, is void: nothing is left to bill on it",
        ["removed"],
    )


def test_what_was_changed_over_there_is_held_and_told(world):
    world.touch("HB-2606-001", po="by hand")
    world.pull()
    [one] = plan(world).changed
    assert one.what.startswith("was create, is hold: HB-2606-001 was changed over there")
    assert one.lines == ()


def test_an_approval_after_the_last_one_is_the_one_compared_with(world):
    edited(world)
    world.approve()
    assert plan(world).changed == ()
    world.apply()
    assert plan(world).changed == ()
    world.work("a1", hours="4")
    world.pull()
    [one] = plan(world).changed
    assert (one.was, one.now, [line.what for line in one.lines]) == (D("500.00"), D("600.00"), ["changed"])


def test_a_narrowed_plan_tells_the_changes_of_what_it_shows(world):
    edited(world)
    assert [one.client for one in plan(world, client="Alpine Dental").changed] == ["Alpine Dental"]
    assert plan(world, client="Bayside Motors").changed == ()
    assert plan(world, period="2026-05").changed == ()


def test_the_json_holds_every_change(world):
    edited(world)
    [one] = json.loads(printed.as_json(plan(world)))["changed"]
    assert one.keys() >= {"number", "client", "period", "currency", "was", "now", "what", "key", "state", "facts", "lines"}
    assert one["lines"][0]["was"].items() >= {"line": 1, "hours": "1.00", "price": "100.00", "net": "100.00"}.items()
    assert (one["lines"][1]["what"], one["lines"][1]["was"]) == ("added", None)


# ---- last period -------------------------------------------------------------------------------------------------------------------


def next_month(world, *pos):
    """June as it stands is billed; then July, a document a PO: (PO, hours)."""
    world.bill()
    world.clock.at += timedelta(days=31)
    for po, hours in pos:
        world.work(f"july {po}", po=po, hours=hours, on=world.clock.at.date().replace(month=7, day=9))
    world.pull()
    steps = plan(world, period="2026-07").plan.steps
    return {step.document.po: (step.last_period_of, step.last_period_net, step.this_period_net) for step in steps}


def test_two_pos_of_one_client_are_compared_each_with_its_own_last_month():
    world = World()
    world.work("one", po="P1", hours="10")
    world.work("two", po="P2", hours="2")
    assert next_month(world, ("P1", "11"), ("P2", "1")) == {
        "P1": ("document", D("1000.00"), D("1100.00")), "P2": ("document", D("200.00"), D("100.00")),
    }  # fmt: skip
    text = printed.as_table(plan(world))
    assert "last period 1,000.00 (+10 %)" in text
    assert "last period 200.00 (-50 %)" in text


def test_a_po_that_is_new_is_compared_as_the_whole_client_and_says_so():
    world = World()
    world.work("one", po="P1", hours="10")
    assert next_month(world, ("P1", "9"), ("P3", "6")) == {
        "P1": ("document", D("1000.00"), D("900.00")), "P3": ("client", D("1000.00"), D("1500.00")),
    }  # fmt: skip
    text = " ".join(printed.as_table(plan(world)).split())
    assert "all of this client in NZD: last period 1,000.00, now 1,500.00 (+50 %)" in text
    assert "1,000.00 +50*" in text
    assert "* all of this client's documents in this currency, then and now" in text
    told = json.loads(printed.as_json(plan(world)))["steps"]
    assert [(step["last_period_of"], step["last_period_net"], step["this_period_net"]) for step in told] == [
        ("document", "1000.00", "900.00"), ("client", "1000.00", "1500.00"),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(printed.as_csv(plan(world)))))
    assert [(row["change_percent"], row["last_period_of"], row["this_period_net"]) for row in rows] == [
        ("-10", "document", "900.00"), ("50", "client", "1500.00"),
    ]  # fmt: skip


def test_a_document_held_as_it_stands_over_there_is_not_said_to_lose_its_terms(world):
    world.touch("HB-2606-001", po="PO-9")
    world.pull()
    text = printed.as_table(plan(world))
    assert "PO was empty, is `PO-9`" in " ".join(text.split())
    assert "-> none" not in text
