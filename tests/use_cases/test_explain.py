import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connector.errors import ConfigError
from connector.reports import explain as printed
from connector.use_cases.decide import decide
from connector.use_cases.explain import explain
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World

D = Decimal
KEYS = {"source", "revisions", "matched_by", "rated_by", "rounding", "decisions", "document"}


@pytest.fixture
def world():
    world = busy_month()
    world.bill()
    return world


def test_an_entry_and_a_line_print_the_keys_of_the_contract(world):
    entry = json.loads(printed.as_json(explain(world.open(), "list:a1")))
    line = json.loads(printed.as_json(explain(world.open(), "HB-2606-001:1")))
    assert KEYS | {"entry"} <= entry.keys()
    assert KEYS | {"line"} <= line.keys()
    assert "line" not in entry
    assert "entry" not in line
    for told in (entry, line):
        assert told["matched_by"].keys() >= {"file", "line", "rule"}
        assert told["rated_by"].keys() >= {"file", "line", "rate", "rank"}
        assert told["document"]["number"] == "HB-2606-001"


def test_an_entry_is_followed_to_its_document_rule_price_and_rounding(world):
    found = explain(world.open(), "list:a2")
    assert found.matched_by.rule == "name 'Alpine Dental'"
    assert (found.matched_by.file, found.rated_by.rate, found.rated_by.rank, found.rated_by.currency) == (
        "mapping.yaml",
        D("100.00"),
        18,
        "NZD",
    )
    rate = next(one for one in found.because if one.rule == "rate")
    assert "any: {any: 100.00}" in rate.said
    assert (found.rounding[0].before, found.rounding[0].after) == ("0:06 (0.10) h", "0:06 (0.10) h")
    assert [(charge.disposition, charge.document, charge.net) for charge in found.entry.charges] == [("drafted", "HB-2606-001", D("10.00"))]
    assert found.source["client"] == "Alpine Dental"


def test_a_line_is_its_charges_and_quantity_times_price(world):
    line = explain(world.open(), "HB-2606-001:1").line
    assert [charge.entry for charge in line.charges] == ["list:a1", "list:a2"]
    assert (line.quantity, line.price, line.net, line.adds_up) == (D("2.10"), D("100.00"), D("210.00"), True)
    assert line.product == line.quantity * line.price
    assert explain(world.open(), "HB-2606-001/1").line == line


def test_a_whole_document_lists_its_lines(world):
    found = explain(world.open(), "HB-2606-002")
    assert [line.ref for line in found.lines] == ["HB-2606-002:1"]
    assert found.document.client == "Bayside Motors"
    assert "HB-2606-002:1" in printed.as_table(found)


def test_billed_time_is_explained_by_the_files_it_was_billed_with():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.mapping = mapping_of("# a new first line\n" + YAML.replace("any: 100.00", "any: 130.00"))
    world.clock.at += timedelta(days=1)
    world.pull()
    found = explain(world.open(), "list:c1")
    rate = next(one for one in found.because if one.rule == "rate")
    assert found.rated_by.rate == D("100.00")
    assert "any: {any: 100.00}" in rate.said
    assert "100.00" in rate.text


def test_time_that_is_not_billed_is_explained_by_the_files_as_they_are():
    world = World()
    world.work("a1", hours="2")
    world.pull()
    world.mapping = mapping_of(YAML.replace("any: 100.00", "any: 130.00"))
    found = explain(world.open(), "list:a1")
    assert found.rated_by.rate == D("130.00")
    assert found.document is None
    assert "130.00" in next(one for one in found.because if one.rule == "rate").said


def test_earlier_revisions_say_what_changed(world):
    world.work("a1", hours="2.5", notes="longer than I thought")
    world.pull()
    (past,) = explain(world.open(), "list:a1").revisions
    assert past.changed == {"seconds": ("7200", "9000"), "notes": ("work a1", "longer than I thought")}


def test_decisions_are_shown_with_who_and_why(world):
    decide(world.open(), "list:h1", "bill", "3", why="our rework", who="Finance")
    found = explain(world.open(), "list:h1")
    assert [(one.decision, one.argument, one.why, one.who, one.holds) for one in found.decisions] == [
        ("bill", "3", "our rework", "Finance", True)
    ]
    assert [charge.disposition for charge in found.entry.charges] == ["ready", "written_off"]
    text = printed.as_table(found)
    assert "our rework" in text
    assert "list:h1 part 2" in text


def test_of_two_decisions_on_one_question_the_earlier_is_replaced(world):
    for kind, argument in (("release", ""), ("client", "Cedar Legal"), ("bill", "4"), ("bill", "3")):
        decide(world.open(), "list:h1", kind, argument, why="our rework", who="Finance")
    found = explain(world.open(), "list:h1")
    assert [(one.decision, one.argument, one.replaced) for one in found.decisions] == [
        ("release", "", True), ("client", "Cedar Legal", False), ("bill", "4", True), ("bill", "3", False),
    ]  # fmt: skip
    text = " ".join(printed.as_table(found).split())
    assert "bill 4:00 (4.00) h our rework Finance" in text
    assert text.count("NZST replaced") == 2


def test_hours_that_a_person_said_were_rounded_by_no_rule(world):
    decide(world.open(), "list:h1", "bill", "3", why="our rework", who="Finance")
    assert {one.rule for one in explain(world.open(), "list:h1").rounding} == {"bill 3: our rework"}


def test_an_unmatched_entry_says_so_without_rules_it_does_not_have(world):
    found = explain(world.open(), "list:u1")
    assert found.matched_by is None
    assert found.entry.charges[0].disposition == "unmatched"


def test_an_entry_without_a_day_can_be_explained(world):
    found = explain(world.open(), "list:n1")
    assert found.entry.charges[0].period is None
    assert "no date" in printed.as_table(found)


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("list:nope", "no such entry"), ("HB-2606-01", "did you mean 'HB-2606-00"), ("HB-2606-001:9", "numbered from 1 to 1"),
        ("HB-2606-001:x", "numbered from 1 to 1"), ("", "CONNECTION:ENTRY-ID"),
    ],
)  # fmt: skip
def test_what_has_no_such_name_is_a_clear_error(world, ref, said):
    with pytest.raises(ConfigError, match=said):
        explain(world.open(), ref)


def test_the_csv_has_a_row_a_charge(world):
    rows = printed.as_csv(explain(world.open(), "HB-2606-001:1")).splitlines()
    assert len(rows) == 3
    assert rows[1].startswith("HB-2606-001,1,list:a1,1,")
    assert date(2026, 6, 3).isoformat() in rows[1]


def test_the_charges_of_a_line_say_their_disposition_in_the_words_of_every_report(world):
    assert {charge.disposition for charge in explain(world.open(), "HB-2606-001:1").line.charges} == {"drafted"}
    world.touch("HB-2606-001", status="posted")
    world.bill()
    assert {charge.disposition for charge in explain(world.open(), "HB-2606-001:1").line.charges} == {"invoiced"}


def test_free_time_on_a_document_stays_no_charge_and_keeps_its_value():
    world = World(mapping_of(YAML.replace("incomplete: send", "incomplete: send\n    show: [no_charge]")))
    world.work("a1")
    world.work("free", work_type="Travel")
    world.bill()
    lines = explain(world.open(), "HB-2606-001").lines
    [free] = [charge for line in lines for charge in line.charges if charge.entry == "list:free"]
    assert (free.disposition, free.net) == ("no_charge", D("0.00"))
    for again in range(2):  # as stored by the push, and as computed afterwards
        [charge] = explain(world.open(), "list:free").entry.charges
        assert (charge.disposition, charge.value, charge.net) == ("no_charge", D("100.00"), D("0.00")), again
        world.work("other", "Bayside Motors")
        world.pull()


def test_a_line_shows_the_decisions_on_its_entries_and_who_approved_it_without_what():
    world = World(mapping_of(YAML))
    world.work("a1")
    world.work("long", hours="13")
    world.pull()
    decide(world.open(), "list:a1", "bill", "0.5", why="our rework", who="Finance")
    world.approve(note="agreed by phone")
    world.apply()
    found = explain(world.open(), "HB-2606-001:1")
    assert [(one.entry, one.decision, one.argument) for one in found.decisions] == [("list:a1", "bill", "0.5")]
    text = printed.as_table(found)
    assert "without 13:00 (13.00) h left out: agreed by phone" in text
    assert json.loads(printed.as_json(found))["approved"]["left_out"]["seconds"] == 46800


def test_an_entry_is_told_in_hours_and_words(world):
    text = printed.as_table(explain(world.open(), "list:a1"))
    assert "2:00 (2.00) h" in text
    assert "seconds" not in text


def test_moments_are_told_in_the_zone_that_the_head_names_and_kept_in_utc_for_programs():
    world = World()
    world.work("a1", started=datetime(2026, 6, 2, 21, 0, tzinfo=UTC), ended=datetime(2026, 6, 2, 22, 0, 30, tzinfo=UTC))
    world.work("nobody", "Somebody New", entered_at=datetime(2026, 6, 2, 21, 0, tzinfo=UTC))
    world.pull()
    world.work("a1", started=datetime(2026, 6, 2, 20, 0, tzinfo=UTC), edited_at=datetime(2026, 6, 2, 22, 0, 30, tzinfo=UTC))
    world.bill()
    decide(world.open(), "list:a1", "bill", "0.5", why="our rework", who="Finance")
    found = explain(world.open(), "list:a1")
    text = " ".join(printed.as_table(found).split())
    assert "zone Pacific/Auckland" in text
    assert "started 2026-06-03 08:00 NZST" in text
    assert "2026-06-03 09:00 NZST 2026-06-03 08:00 NZST" in text  # what it said before, what it became
    assert "2026-06-03 10:00:30 NZST" in text
    assert "approved by Finance at 2026-07-02 18:00 NZST" in text
    assert "Finance 2026-07-02 18:00 NZST holds" in text
    assert json.loads(printed.as_json(found))["source"]["started"] == "2026-06-02T20:00:00Z"
    unbilled = explain(world.open(), "list:nobody")
    assert unbilled.head.book == "nz"
    assert "entered at 2026-06-03 09:00 NZST" in " ".join(printed.as_table(unbilled).split())


def test_roundings_are_values_with_seconds(world):
    entry = json.loads(printed.as_json(explain(world.open(), "list:a2")))["rounding"]
    assert [(one["part"], one["worked_seconds"], one["billed_seconds"], one["file"]) for one in entry] == [(1, 360, 360, "mapping.yaml")]
    hours, net, shares = json.loads(printed.as_json(explain(world.open(), "HB-2606-001:1")))["rounding"]
    assert (hours["billed_seconds"], hours["hours"], hours["worked_seconds"]) == (7560, "2.10", None)
    assert (net["hours"], net["price"], net["product"], net["net"], net["currency"]) == ("2.10", "100.00", "210.0000", "210.00", "NZD")
    assert (shares["net"], shares["shared"]) == ("210.00", "210.00")
    assert entry[0].keys() >= {"what", "before", "after", "rule", "file", "line"}


def test_what_a_person_costs_us_is_in_no_explanation(world):
    world.work("s1", hours="2", cost_rate=D("81.25"), rate=D("165.25"))
    world.pull()
    found = explain(world.open(), "list:s1")
    for told in (printed.as_json(found), printed.as_table(found), printed.as_csv(found)):
        assert "81.25" not in told
        assert "cost" not in told
    assert "165.25" in printed.as_json(found)
