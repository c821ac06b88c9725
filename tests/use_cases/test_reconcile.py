"""The tie-out: every second in one bucket, every cent here and over there, and what does not tie told with its cause."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from connector.errors import ConfigError
from connector.reports import reconcile as printed
from connector.use_cases.reconcile import tie_out
from tests.use_cases.months import busy_month
from tests.use_cases.two_currencies import TwoCurrencies
from tests.use_cases.world import World

D = Decimal


def assert_sums_tie(found):
    assert sum(bucket.seconds for bucket in found.dispositions.values()) == found.entries.seconds + found.entries.elsewhere
    assert sum(bucket.count for bucket in found.dispositions.values()) == found.entries.count + found.entries.gone
    assert sum(row.seconds for row in found.sources) == found.entries.seconds
    assert all(wip.adds_up for wip in found.wip.values())
    for bucket in found.dispositions.values():
        assert sum(part.seconds for part in bucket.reasons.values()) <= bucket.seconds or bucket.seconds < 0


def test_every_second_is_in_one_bucket_before_and_after_billing():
    world = busy_month()
    world.pull()
    before = tie_out(world.open())
    world.bill()
    after = tie_out(world.open())
    for found in (before, after):
        assert_sums_tie(found)
        assert found.ties, found.differences
        assert found.entries.count == 11
    assert before.dispositions["drafted"].seconds == 0
    assert after.dispositions["drafted"].net == {"NZD": D("560.00")}
    assert after.dispositions["invoiced"].net == {"NZD": D("125.00")}
    assert after.dispositions["excluded"].reasons["zero minutes"].count == 1


def test_a_period_holds_its_own_work_and_time_without_a_day_stands_under_none():
    world = busy_month()
    world.bill()
    june, july, whole = (tie_out(world.open(), "nz", period) for period in ("2026-06", "2026-07", None))
    assert (june.entries.count, july.entries.count, whole.entries.count) == (9, 1, 11)
    assert june.period == "2026-06"
    assert whole.period is None
    assert whole.dispositions["held"].reasons["unreadable"].count == 1
    assert "unreadable" not in june.dispositions["held"].reasons
    for found in (june, july, whole):
        assert_sums_tie(found)


def test_work_in_progress_rolls_forward_from_one_month_to_the_next():
    world = busy_month()
    world.bill()
    june, july = tie_out(world.open(), "nz", "2026-06").wip["NZD"], tie_out(world.open(), "nz", "2026-07").wip["NZD"]
    assert (june.opening, june.worked, june.invoiced, june.other, june.closing) == (
        D(0),
        D("2185.00"),
        D("125.00"),
        D("100.00"),
        D("1960.00"),
    )
    assert june.of_which_drafted == D("560.00")
    assert june.unmatched == D("500.00")
    assert july.opening == june.closing
    assert july.worked == D("100.00")
    assert july.closing == july.opening + july.worked


def test_late_time_is_told_apart_from_the_months_own_work():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.work("c2", "Cedar Legal", hours="1", on=date(2026, 6, 20))
    world.work("c3", "Cedar Legal", hours="3", on=date(2026, 7, 5))
    world.bill()
    found = tie_out(world.open(), "nz", "2026-07")
    wip = found.wip["NZD"]
    assert (wip.opening, wip.worked, wip.late, wip.invoiced, wip.closing) == (D(0), D(300), D(100), D(400), D(0))
    assert found.ties
    assert_sums_tie(found)


def test_an_edit_after_posting_is_a_correction_that_keeps_the_hours_tied():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.work("c1", "Cedar Legal", hours="2.5")
    world.pull()
    found = tie_out(world.open(), "nz", "2026-06")
    assert_sums_tie(found)
    assert found.wip["NZD"].repriced == D("50.00")
    assert found.dispositions["invoiced"].seconds == 7200
    assert found.dispositions["held"].seconds == 1800


def test_what_is_deleted_at_the_source_counts_there_no_more_and_still_ties():
    world = World()
    for name in ("a1", "a2", "a3"):
        world.work(name)
    world.pull()
    world.remove("a2")
    world.pull()
    found = tie_out(world.open())
    assert (found.entries.count, found.entries.gone, found.dispositions["deleted"].count) == (2, 1, 1)
    assert found.ties
    assert_sums_tie(found)


def test_figures_are_stored_after_a_pull_and_computed_afresh_after_a_change():
    world = busy_month()
    world.pull()
    assert tie_out(world.open()).head.note == ""
    mapped = world.mapping
    clients = tuple(c for c in mapped.clients if c.key != "Bayside Motors")
    world.mapping = msgspec.structs.replace(mapped, digest="another", clients=clients)
    found = tie_out(world.open())
    assert found.head.note == "computed afresh: mapping changed since the last pull"
    assert found.dispositions["unmatched"].reasons["client"].count == 3
    assert_sums_tie(found)
    world.mapping = mapped
    assert tie_out(world.open()).head.note == ""
    assert tie_out(world.open()).dispositions["unmatched"].reasons["client"].count == 1, "nothing was written"


def test_a_connection_that_was_never_read_whole_does_not_tie():
    world = busy_month()
    world.pull()
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE connections SET trouble = 'the listing ended without its last page'")
    found = tie_out(world.open())
    assert not found.ties
    assert not any(row.complete for row in found.sources)
    assert found.differences[0].what == "list"


def test_a_book_or_period_that_is_none_is_a_clear_error():
    world = World()
    with pytest.raises(ConfigError, match="no such book"):
        tie_out(world.open(), "uk")
    with pytest.raises(ConfigError, match="billing period"):
        tie_out(world.open(), "nz", "June")


def test_time_moved_to_another_month_after_posting_ties_in_both():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.work("c1", "Cedar Legal", hours="2", on=date(2026, 7, 1))
    world.pull()
    june, july, whole = (tie_out(world.open(), "nz", period) for period in ("2026-06", "2026-07", None))
    for found in (june, july, whole):
        assert found.ties, found.equations
        assert_sums_tie(found)
    assert (june.entries.seconds, june.entries.elsewhere) == (7200, -7200)
    assert (july.entries.seconds, july.entries.elsewhere) == (0, 7200)
    assert "stands in another book or period" in printed.as_table(june)


def test_a_damaged_state_is_found_and_the_entry_named():
    world = busy_month()
    world.bill()
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE charges SET seconds = seconds + 1 WHERE entry = 1")
        tx.exec_driver_sql("UPDATE charges SET net = net + 1 WHERE entry = 3")
    found = tie_out(world.open())
    assert [equation.holds for equation in found.equations] == [False, False, True]
    assert not found.ties
    assert {difference.what for difference in found.differences} == {"list:a1", "HB-2606-002"}


def test_each_book_ties_by_itself_and_all_of_them_tie_to_the_sources():
    world = TwoCurrencies()
    world.work("a1", hours="2")
    world.work("c1", "Cedar Legal", hours="3")
    world.work("u1", "Who Ltd")
    world.bill()
    nz, us, whole = tie_out(world.open(), "nz"), tie_out(world.open(), "us"), tie_out(world.open(), "all")
    for found in (nz, us, whole):
        assert found.ties, found.differences
        assert_sums_tie(found)
    assert (nz.book, us.book, whole.book) == ("nz", "us", "all")
    assert (nz.entries.count, us.entries.count, whole.entries.count) == (2, 1, 3)
    assert [row.number for row in us.documents] == ["US-001"]
    assert [(row.kind, row.code, row.currency, row.net) for row in us.accounts] == [("item", "PRJ", "USD", D("360.00"))]
    assert set(whole.wip) == {"NZD", "USD"}
    assert (whole.numbers.first, whole.numbers.last) == ("HB-2606-001", "US-001")
    assert nz.dispositions["unmatched"].count == 1
    assert whole.head.zone == "Pacific/Auckland, America/Chicago"
