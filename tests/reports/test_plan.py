import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connector.errors import ConfigError
from connector.reports import plan as printed
from connector.use_cases.plan import plans_of
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World

D = Decimal
KEYS = {
    "": {"checksum", "book", "period", "as_of", "unsafe", "steps", "totals"},
    "step": {
        "action", "digest", "after", "key", "generation", "number", "client", "customer", "period", "worked_from", "worked_to", "invoice_date",
        "due_date", "terms", "po", "send_as", "currency", "net", "tax", "gross", "last_period_net", "entries", "seconds", "billed_seconds",
        "late_seconds", "left_out", "flags", "reason", "approved", "lines",
    },
    "line": {
        "service_from", "service_to", "billing_code", "target", "tracking", "description", "hours", "rate", "net", "tax_code", "charges", "why",
    },
}  # fmt: skip


@pytest.fixture
def world():
    world = busy_month()
    world.pull()
    return world


def plan(world, **scope):
    return plans_of(world.open(), book="nz", **scope)[0]


def test_the_json_of_one_book_is_one_object_with_every_key_of_the_contract(world):
    told = json.loads(printed.as_json(plan(world)))
    assert told.keys() >= KEYS[""]
    step = told["steps"][0]
    assert step.keys() >= KEYS["step"]
    assert step["lines"][0].keys() >= KEYS["line"]
    assert step["customer"].keys() == {"id", "name"}
    assert step["left_out"].keys() == {"seconds", "value"}
    assert step["lines"][0]["target"].keys() == {"kind", "code", "name"}
    assert step["lines"][0]["why"][0].keys() >= {"file", "line"}
    assert (step["number"], step["approved"], step["net"], step["tax"]) == (None, None, "210.00", "theirs")
    assert told["totals"]["NZD"]["net"] == "685.00"


def test_several_books_are_a_list(world):
    assert isinstance(json.loads(printed.as_json(plans_of(world.open()))), list)


def test_lines_add_up_to_documents_and_documents_to_the_totals(world):
    told = json.loads(printed.as_json(plan(world)))
    for step in told["steps"]:
        assert sum(D(line["net"]) for line in step["lines"]) == D(step["net"])
        assert sum(line["charges"] for line in step["lines"]) == step["entries"]
        assert sum(line["seconds"] for line in step["lines"]) == step["seconds"]
    assert sum(D(step["net"]) for step in told["steps"]) == D(told["totals"]["NZD"]["net"])


def test_an_approved_step_says_who_and_has_its_number(world):
    world.approve(only=["Cedar Legal"], note="agreed by phone")
    steps = {step["client"]: step for step in json.loads(printed.as_json(plan(world)))["steps"]}
    assert steps["Cedar Legal"]["approved"] == {
        "by": "Finance",
        "at": world.clock.now().isoformat(),
        "note": "agreed by phone",
        "left_out": {"seconds": 0, "value": None},
    }
    assert steps["Cedar Legal"]["number"] == "HB-2606-001"
    assert steps["Alpine Dental"]["approved"] is None
    assert plan(world).waits
    assert "approved by Finance" in printed.as_table(plan(world))


def test_what_is_all_approved_waits_for_nobody():
    world = World()
    world.work("a1")
    world.pull()
    assert plan(world).waits
    world.approve()
    assert not plan(world).waits


def test_changes_since_the_approval_are_listed(world):
    world.approve(only=["Bayside Motors", "Cedar Legal"])
    world.work("b1", "Bayside Motors", hours="4.5")
    world.remove("c1")
    world.pull()
    found = plan(world)
    assert [(one.client, one.was, one.now, one.what) for one in found.changed] == [
        ("Bayside Motors", D("350.00"), D("450.00"), "charges: 1 changed"), ("Cedar Legal", D("125.00"), None, "is not planned any more"),
    ]  # fmt: skip
    assert "Changes since the plan you approved" in printed.as_table(found)


def test_the_table_shows_every_line_and_what_does_not_go(world):
    world.mapping = mapping_of(YAML.replace("incomplete: send", "incomplete: hold"))
    text = printed.as_table(plan(world))
    for said in (
        f"hourbridge approve {plan(world).plan.checksum}", "Project work, June", "account 205", "rate mapping.yaml:34", "Totals of what goes",
        "Documents that wait, and why", "still has", "each net must equal the sum of its documents above", "1 held",
    ):  # fmt: skip
        assert said in text, said
    assert max(map(len, text.splitlines())) <= 120


def test_clients_billed_last_month_and_not_now_are_listed():
    world = World()
    world.work("a1")
    world.work("b1", "Bayside Motors")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.work("b2", "Bayside Motors", on=world.clock.at.date().replace(month=7, day=9))
    world.pull()
    told = json.loads(printed.as_json(plan(world)))
    assert told["missing"] == [{"client": "Alpine Dental", "last_period_net": "NZD 100.00"}]
    assert told["steps"][0]["last_period_net"] == "100.00"
    assert "last period 100.00 (+0 %)" in printed.as_table(plan(world))


TWO_CURRENCIES = YAML.replace(
    "  Ourselves:",
    "  Fairweather Group: {bill_to: [{customer: Fairweather Retail Ltd, projects: [Shop]}, "
    "{customer: Fairweather Logistics, projects: [Depot], currency: AUD, rate_card: aud}]}\n  Ourselves:",
).replace("exclude:\n", "  aud: {currency: AUD, blocks: [{from: 2025-01-01, any: {any: 150.00}}]}\nexclude:\n")


def test_a_client_billed_in_two_currencies_is_missed_in_each_and_never_in_their_sum():
    world = World(mapping_of(TWO_CURRENCIES))
    for entry, project in (("a1", "Depot"), ("a2", "Shop")):
        world.work(entry, "Fairweather Group", project=project)
    world.bill()
    world.clock.at += timedelta(days=31)
    world.work("b2", "Bayside Motors", on=world.clock.at.date().replace(month=7, day=9))
    world.pull()
    assert plan(world).plan.missing == (("Fairweather Group", "AUD 150.00"), ("Fairweather Group", "NZD 100.00"))


def test_nothing_to_send_says_so():
    world = World()
    world.pull()
    assert "nothing to send" in printed.as_table(plan(world))
    assert not plan(world).waits


def test_a_plan_of_one_client_is_narrowed(world):
    assert [step.client for step in plan(world, client="Cedar Legal").plan.steps] == ["Cedar Legal"]
    with pytest.raises(ConfigError, match="did you mean 'Cedar Legal'"):
        plan(world, client="Ceder Legal")
    with pytest.raises(ConfigError, match="no such book"):
        plans_of(world.open(), book="uk")


def test_the_csv_has_a_row_a_line_and_no_cell_is_a_formula():
    world = World(mapping_of(YAML.replace('text: "{work_type}, {month}"', 'text: "{notes}"').replace("[work_type]", "[entry]")))
    world.work("a1", notes="=1+1")
    world.work("a2", notes="plain")
    world.pull()
    rows = list(csv.DictReader(io.StringIO(printed.as_csv(plan(world)))))
    assert sorted(row["text"] for row in rows) == ["'=1+1", "plain"]
    assert sum(D(row["net"]) for row in rows) == D("200.00")
    assert rows[0]["why"].startswith("rate mapping.yaml:")


def test_the_csv_has_every_column_of_a_document(world):
    world.work("free", work_type="Travel", hours="0.75")
    world.pull()
    row = next(csv.DictReader(io.StringIO(printed.as_csv(plan(world)))))
    assert (row["document_tax"], row["document_gross"], row["no_charge_hours"], row["late_hours"]) == (
        "by the book over there",
        "",
        "0.75",
        "0.00",
    )
    assert {"last_period_net", "change_percent", "left_out_hours", "left_out_value", "approved_at"} <= row.keys()
    text = printed.as_table(plan(world))
    assert "no charge 0:45 (0.75) h" in text
    assert "theirs: the book over there works it out" in text


def test_an_amendment_shows_what_stands_over_there_now():
    world = World()
    world.work("a1")
    world.bill()
    world.work("a1", hours="3")
    world.pull()
    assert "over there now 100.00 (+200.00)" in printed.as_table(plan(world))


def test_last_month_is_the_month_before_and_no_other():
    world = World()
    world.work("a1")
    world.bill()
    world.clock.at += timedelta(days=62)
    world.work("a2", on=world.clock.at.date().replace(month=8, day=9))
    world.pull()
    assert [step.last_period_net for step in plan(world, period="2026-08").plan.steps] == [None]


def test_a_reason_is_not_told_twice(world):
    world.mapping = mapping_of(YAML.replace("incomplete: send", "incomplete: hold"))
    text = " ".join(printed.as_table(plan(world)).split())
    assert "incomplete: " in text
    assert "incomplete; incomplete:" not in text


def test_days_of_one_month_name_it_once():
    world = World()
    world.work("a1", on=date(2026, 6, 2))
    world.work("a2", on=date(2026, 6, 10))
    world.pull()
    assert "02 - 10 Jun" in printed.as_table(plan(world))
