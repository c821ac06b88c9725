import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from connector.reports import unmatched as printed
from connector.use_cases.unmatched import find
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World

D = Decimal
KEYS = {
    "disposition", "connection", "kind", "value", "client", "reason", "fix", "entries", "entry_ids", "seconds", "value_at_risk", "estimate",
    "oldest", "newest", "blocks", "first_seen", "suggestions",
}  # fmt: skip


def found_in(world):
    return {(one.kind, one.value): one for one in find(world.open()).findings}


def test_the_json_is_a_list_with_every_key_of_the_contract():
    world = busy_month()
    world.pull()
    rows = json.loads(printed.as_json(find(world.open())))
    assert isinstance(rows, list)
    assert len(rows) == 4
    assert all(row.keys() >= KEYS for row in rows)
    client = next(row for row in rows if row["kind"] == "client")
    assert client["suggestions"][0].keys() == {"target", "score", "why"}
    assert client["value_at_risk"] == {"NZD": "400.00"}
    assert client["entry_ids"] == ["u1"]


def test_entries_of_one_cause_are_one_finding_and_the_worst_money_comes_first():
    world = busy_month()
    world.work("u3", "Alpin Dental", hours="20", on=date(2026, 6, 2), person="Cho")
    world.pull()
    first, *rest = find(world.open()).findings
    assert (first.kind, first.value, first.entries, first.seconds) == ("client", "Alpin Dental", 2, 24 * 3600)
    assert (first.oldest, first.newest, first.people) == (date(2026, 6, 2), date(2026, 6, 9), ("Ben Ito", "Cho"))
    assert first.value_at_risk == {"NZD": D("2400.00")}
    money = [max(one.value_at_risk.values(), default=D(0)) for one in rest]
    assert money == sorted(money, reverse=True)


def test_what_has_no_price_is_estimated_and_says_how_or_stays_blank_at_the_end():
    world = World(
        mapping_of(YAML.replace("blocks: [{from: 2025-01-01, any: {any: 100.00}}]", "blocks: [{from: 2026-06-10, any: {any: 100.00}}]"))
    )
    world.work("a1", hours="30", on=date(2026, 6, 3))
    world.work("a2", hours="10", on=date(2026, 6, 3))
    world.work("h1", hours="13", on=date(2026, 6, 12))
    world.pull()
    held, blank = find(world.open()).findings
    assert (blank.kind, blank.value_at_risk, blank.estimate, blank.unvalued_seconds) == ("rate", {}, "none", 36000)
    assert (held.kind, held.value_at_risk, held.unvalued_seconds) == ("over_12_hours", {"NZD": D("1300.00")}, 30 * 3600)
    assert "30:00 (30.00) h unknown" in " ".join(printed.as_table(find(world.open())).split())
    assert "?" in printed.as_table(find(world.open()))


def test_a_client_without_a_price_is_estimated_at_its_own_mean():
    world = World(
        mapping_of(YAML.replace("blocks: [{from: 2025-01-01, any: {any: 100.00}}]", "blocks: [{from: 2026-06-10, any: {any: 100.00}}]"))
    )
    world.work("a1", hours="2", on=date(2026, 6, 12))
    world.work("b1", "Bayside Motors", hours="2", on=date(2026, 6, 12))
    world.bill()
    world.work("a2", hours="3", on=date(2026, 6, 1))
    world.work("c1", "Cedar Legal", hours="1", on=date(2026, 6, 1))
    world.pull()
    estimates = {one.client: (one.estimate, one.value_at_risk) for one in find(world.open()).findings}
    assert estimates == {
        "Alpine Dental": ("client_mean", {"NZD": D("300.00")}),
        "Cedar Legal": ("book_mean", {"NZD": D("100.00")}),
    }


def test_the_fix_is_a_line_to_paste_and_names_are_suggested():
    world = busy_month()
    world.pull()
    found = found_in(world)
    client = found["client", "Alpin Dental"]
    assert client.fix.startswith("Alpin Dental:")
    assert client.suggestions[0].target == "Alpine Dental"
    assert found["work_type", "Mystery"].fix.startswith("Mystery: BILLING_CODE")
    assert found["over_12_hours", "over 12 hours"].fix == "hourbridge decide list:h1 release --why TEXT"
    assert found["unreadable", "unreadable"].owner == "source"
    assert "hourbridge map add client 'Alpin Dental' --as 'Alpine Dental'   # " in printed.as_table(find(world.open()))
    assert "or, if it is a new one: hourbridge map add client 'Alpin Dental'   # a new client" in printed.as_table(find(world.open()))


def test_what_cannot_be_read_says_what_the_first_of_it_is():
    world = World()
    world.work("d1", on=None)
    world.pull()
    assert found_in(world)["unreadable", "unreadable"].reason == "the day cannot be read: mend it at the source"
    world.work("d2", hours="-1")
    world.pull()
    reason = found_in(world)["unreadable", "unreadable"].reason
    assert reason == "the day cannot be read: mend it at the source; and 1 more like it: --format csv"


def test_first_seen_stays_as_long_as_it_waits_and_is_new_once():
    world = World()
    world.work("u1", "Who Ltd")
    world.pull()
    seen = found_in(world)["client", "Who Ltd"]
    assert seen.new
    world.clock.at += timedelta(days=3)
    world.work("u2", "Who Ltd")
    world.work("u3", "Nobody Ltd")
    world.pull()
    found = found_in(world)
    assert found["client", "Who Ltd"].first_seen == seen.first_seen
    assert not found["client", "Who Ltd"].new
    assert found["client", "Nobody Ltd"].new
    world.remove("u1")
    world.remove("u2")
    world.pull()
    world.clock.at += timedelta(days=1)
    world.work("u4", "Who Ltd")
    world.pull()
    assert found_in(world)["client", "Who Ltd"].new, "it was gone, and came back"


def test_documents_that_wait_for_it_are_named():
    world = World(mapping_of(YAML.replace("incomplete: send", "incomplete: hold")))
    world.work("a1", hours="2")
    world.work("h1", hours="14")
    world.work("b1", "Bayside Motors")
    world.pull()
    found = find(world.open())
    assert found.findings[0].blocks == ("nz/2026-06/Alpine Dental",)
    assert found.blocking_seconds == 14 * 3600
    world.mapping = msgspec.structs.replace(world.mapping, digest="other")
    assert find(world.open()).findings[0].blocks == ("nz/2026-06/Alpine Dental",), "also when computed afresh"


def test_pending_time_waits_for_the_service_manager():
    world = World(mapping_of(YAML + "time_approval: required\n"))
    world.work("a1", hours="2", approved=False)
    world.pull()
    (one,) = find(world.open()).findings
    assert (one.disposition, one.owner, one.value_at_risk) == ("pending", "service manager", {"NZD": D("200.00")})
    assert one.fix == "approve it in list, then `hourbridge pull`"


def test_what_was_mapped_is_gone_from_the_list_at_once():
    world = World()
    world.work("u1", "Alpin Dental")
    world.pull()
    world.mapping = mapping_of(YAML.replace("Alpine Dental:", "Alpine Dental: {aliases: [Alpin Dental]}"))
    found = find(world.open())
    assert found.findings == ()
    assert found.head.note.startswith("computed afresh: mapping changed")


def test_the_csv_has_a_row_an_entry_and_no_cell_is_a_formula():
    world = World()
    for number, notes in enumerate(["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "plain", "it's"]):
        world.work(f"u{number}", "=HYPERLINK(1)", notes=notes)
    world.pull()
    rows = list(csv.DictReader(io.StringIO(printed.as_csv(find(world.open())))))
    assert [row["entry"] for row in rows] == [f"list:u{number}" for number in range(7)]
    for row in rows:
        assert not row["what_it_says"].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert not row["notes"].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rows[5]["notes"] == "plain"
    assert rows[0]["notes"].endswith("=cmd|' /C calc'!A0")


def test_nothing_waiting_says_so():
    world = World()
    world.work("a1")
    world.pull()
    assert "nothing waits for a person" in printed.as_table(find(world.open()))


def test_the_table_names_the_people_behind_what_waits():
    world = busy_month()
    world.pull()
    assert "Ben Ito" in printed.as_table(find(world.open()))


def test_a_document_without_its_required_po_is_listed_with_what_to_write_and_stays_out_of_the_hours_that_wait():
    world = World(mapping_of(YAML.replace("  Alpine Dental:", "  Alpine Dental: {po_required: true}")))
    world.work("a1", hours="2")
    world.work("b1", "Bayside Motors", hours="13")
    world.pull()
    found = find(world.open())
    po = next(one for one in found.findings if one.kind == "po")
    assert (po.disposition, po.client, po.value_at_risk, po.entry_ids) == ("held", "Alpine Dental", {"NZD": D("200.00")}, ("a1",))
    assert (po.blocks, po.seconds, po.fix) == (("nz/2026-06/Alpine Dental",), 7200, "po: NUMBER   # clients.yaml, Alpine Dental")
    text = printed.as_table(found)
    assert "without 2:00 (2.00) h that is ready and waits for a PO" in " ".join(text.split())
    assert [one.entry for one in found.entries] == ["list:b1"]
    first = po.first_seen
    world.clock.sleep(86400)
    world.pull()
    again = next(one for one in find(world.open()).findings if one.kind == "po")
    assert (again.first_seen, again.new) == (first, False)


def test_a_repeat_is_first_taken_for_one_and_the_others_like_it_are_counted():
    world = World(mapping_of(YAML.replace("{hours_over: 12}}", "{hours_over: 12}}\n  - {name: repeats, when: {same: [person, notes]}}")))
    for name in ("a", "b", "c"):
        world.work(name, "Alpine Dental", notes="the same", on=date(2026, 6, 3))
    world.pull()
    [found] = [one for one in find(world.open()).findings if one.kind == "duplicate"]
    assert found.fix.startswith("hourbridge decide list:")
    assert "exclude --why TEXT   # a repeat; `release` bills it as well (1 more like it" in found.fix
