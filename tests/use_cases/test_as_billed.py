"""Any past document is made again from what was stored, to the cent, whatever files, prices and entries say today."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connector.errors import ConfigError
from connector.reports import as_billed as printed
from connector.use_cases.as_billed import as_billed
from connector.use_cases.decide import decide
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World

D = Decimal
AUGUST = datetime(2026, 8, 2, tzinfo=UTC)
GROUPED = YAML.replace(
    "rounding:\n  - {increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}",
    "rounding:\n  - {increment_minutes: 15, direction: up, minimum_minutes: 15, per: ticket_day}",
)


class Recorded(World):
    """Every command is a recorded run, as the command line makes them."""

    def open(self):
        self.clock.sleep(1)
        ws = super().open()
        ws.run = ws.store.start_run("a command")
        return ws


def again(world, number="HB-2606-001"):
    return as_billed(world.open(), number)


def every(world):
    numbers = [row[0] for row in world.rows("SELECT number FROM documents ORDER BY number")]
    return [(number, again(world, str(number)).reproduced) for number in numbers]


def test_every_document_of_a_month_is_made_again():
    world = busy_month()
    world.bill()
    assert [said for _, said in every(world)] == [True, True, True]
    one = again(world)
    assert (one.net, one.net_again, [line.net_again for line in one.lines], one.charges, one.missing) == (
        D("210.00"), D("210.00"), [D("210.00")], (), (),
    )  # fmt: skip


def test_words_that_changed_since_do_not_matter():
    world = Recorded(mapping_of(YAML.replace("{work_type}, {month}", "{notes}").replace("[work_type]", "[entry]")))
    world.work("a1", hours="2", notes="as first told")
    world.bill()
    world.work("a1", hours="2", notes="told otherwise later")
    world.pull()
    one = again(world)
    assert (one.reproduced, one.lines[0].description) == (True, "as first told")


def test_prices_names_and_rounding_of_today_do_not_matter():
    world = busy_month()
    world.bill()
    world.mapping = mapping_of(
        YAML.replace("any: 100.00", "any: 175.00").replace("increment_minutes: 1,", "increment_minutes: 30,").replace("{work_type}, {month}", "x")
        .replace("Project work: project", "Project work: {code: project, treatment: non_billable}")
    )  # fmt: skip
    world.pull()
    assert [said for _, said in every(world)] == [True, True, True]


def test_entries_that_changed_or_went_since_do_not_matter():
    world = busy_month()
    world.bill()
    world.work("a1", hours="9")
    world.remove("a2")
    world.work("b1", "Alpine Dental", hours="1")
    world.pull()
    assert [said for _, said in every(world)] == [True, True, True]


def test_an_amended_draft_is_made_again_as_it_stands():
    world = World()
    world.work("a1", hours="1")
    world.bill()
    world.work("a1", hours="1.25")
    world.work("a2", hours="2")
    world.bill()
    assert (again(world).net, again(world).reproduced) == (D("325.00"), True)


def test_late_time_stands_on_its_line_again():
    world = World()
    world.work("c1", "Cedar Legal", hours="1")
    world.bill()
    world.work("c2", "Cedar Legal", hours="2", on=date(2026, 6, 20))
    world.work("c3", "Cedar Legal", hours="3", on=date(2026, 7, 20))
    world.clock.at = AUGUST
    world.bill()
    one = again(world, "HB-2607-001")
    assert (one.reproduced, one.net, len(one.lines)) == (True, D("500.00"), 2)


def test_carried_time_stands_on_its_line_again():
    world = World(mapping_of(YAML.replace("minimum_document: 0.00", "minimum_document: 150.00")))
    world.work("a1", hours="1")
    world.bill()
    world.work("a2", hours="3", on=date(2026, 7, 20))
    world.clock.at = AUGUST
    world.bill()
    one = again(world, "HB-2607-001")
    assert (one.reproduced, one.net, one.missing) == (True, D("400.00"), ())


def test_time_rounded_together_is_rounded_together_again():
    world = Recorded(mapping_of(GROUPED))
    for number in range(3):
        world.work(f"a{number}", hours="0.1", ticket="7")
    world.bill()
    world.work("a9", hours="2", ticket="7")
    world.pull()
    one = again(world)
    assert (one.net, one.reproduced) == (D("50.00"), True)


def test_late_time_of_a_day_that_is_rounded_together_is_made_again():
    world = Recorded(mapping_of(GROUPED.replace("send_as: draft", "send_as: posted")))
    world.work("a1", hours="0.1", ticket="7")
    world.bill()
    world.work("a2", hours="0.3", ticket="7")
    world.work("a3", hours="3", on=date(2026, 7, 20))
    world.clock.at = AUGUST
    world.bill()
    assert every(world) == [("HB-2606-001", True), ("HB-2607-001", True)]


def test_decisions_of_then_count_and_later_ones_do_not():
    world = World()
    world.work("a1", hours="13")
    world.work("a2", hours="2")
    world.pull()
    decide(world.open(), "list:a1", "release", "", "a long night", "Finance")
    decide(world.open(), "list:a2", "bill", "1.5", "half was ours", "Finance")
    world.bill()
    world.clock.sleep(60)
    decide(world.open(), "list:a2", "bill", "1", "no, more", "Finance")
    one = again(world)
    assert (one.net, one.reproduced) == (D("1450.00"), True)


def test_time_given_free_and_shown_is_made_again():
    world = World(mapping_of(YAML.replace("minimum_document: 0.00", "minimum_document: 0.00\n    show: [no_charge]")))
    world.work("a1", hours="2")
    world.work("a2", hours="1", work_type="Travel")
    world.bill()
    one = again(world)
    assert (one.reproduced, [line.net for line in one.lines]) == (True, [D("200.00"), D("0.00")])


def test_a_step_that_is_not_what_comes_out_is_told_plainly():
    """As if this program had changed its ways: what was approved is altered, the inputs are not."""
    world = World()
    world.work("a1", hours="2")
    world.bill()
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE steps SET body = replace(replace(body, '\"200.00\"', '\"180.00\"'), '\"100.00\"', '\"90.00\"')")
    one = again(world)
    assert (one.reproduced, one.net, one.net_again) == (False, D("180.00"), D("200.00"))
    assert one.lines[0].differs == ("price: 90.00 was billed, 100.00 now", "net: 180.00 was billed, 200.00 now")
    assert "DIFFERS" in printed.as_table(one)
    assert one.charges[0].net_again == D("200.00")


def test_a_report_of_it_says_hours_and_money_of_both():
    world = World()
    world.work("a1", hours="2.5")
    world.bill()
    text = printed.as_table(again(world))
    assert "REPRODUCED TO THE CENT" in text
    assert "2:30 (2.50) h" in text
    assert "HB-2606-001,1" in printed.as_csv(again(world))
    assert '"reproduced": true' in printed.as_json(again(world))


@pytest.mark.parametrize(("ref", "said"), [("HB-2606-009", "is no document"), ("list:a1", "is no document")])
def test_what_is_no_document_is_told(ref, said):
    world = World()
    world.work("a1")
    world.bill()
    with pytest.raises(ConfigError, match=said):
        again(world, ref)


def test_a_document_that_never_went_is_told():
    world = World()
    world.work("a1")
    world.pull()
    world.approve()
    world.die_at("INSERT INTO confirmations")
    with pytest.raises(ConfigError, match="never billed"):
        again(world)


def test_a_mapping_that_is_not_kept_is_told():
    world = World()
    world.work("a1")
    world.bill()
    with world.store.begin() as tx:
        tx.exec_driver_sql("DELETE FROM mapping_texts")
    with pytest.raises(ConfigError, match="not kept"):
        again(world)
