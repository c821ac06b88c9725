"""`reconcile --online` asks the sources afresh."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec
import pytest

from connector.errors import TransientError
from connector.ports import Cursor, Page, Window
from connector.reports import reconcile as printed
from connector.reports.tie_out import Aside, TieOut
from connector.use_cases.decide import decide
from connector.use_cases.reconcile import tie_out
from tests.use_cases.two_currencies import TwoCurrencies
from tests.use_cases.world import ListSource, World


def test_what_changed_at_the_source_after_the_pull_does_not_tie() -> None:
    world = World()
    world.work("1", hours="2")
    world.pull()
    world.work("1", hours="3")
    world.work("2", client="Bayside Motors")
    offline, online = tie_out(world.open()), tie_out(world.open(), online=True)
    assert (offline.ties, online.ties) == (True, False)
    assert [(row.client, row.count, row.seconds) for row in online.sources] == [("Alpine Dental", 1, 10800), ("Bayside Motors", 1, 3600)]
    assert [(one.what, one.next_step) for one in online.differences] == [
        ("list: Alpine Dental", "hourbridge pull, then reconcile again"),
        ("list: Bayside Motors", "hourbridge pull, then reconcile again"),
    ]
    text = " ".join(printed.as_table(online).split())
    assert "own count: 2 entries, 4:00 (4.00) h" in text
    assert "all 2 4:00 (4.00) must equal all buckets above" in text


def test_what_did_not_change_ties_when_counted_afresh() -> None:
    world = World()
    world.work("1", hours="2")
    world.work("2", client="Bayside Motors")
    world.bill()
    online = tie_out(world.open(), online=True)
    assert online.ties
    assert not online.differences
    assert all(source.complete for source in online.sources)


# ---- one book, one period ----------------------------------------------------------------------------------------------------------


class Windowed(ListSource):
    """A source that lists only the days asked for, and remembers them; a day that cannot be read is within any."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Window] = []

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        self.asked.append(window)
        first, last = window.since or date.min, window.until or date.max
        entries = tuple(one for one in self.entries.values() if one.worked_on is None or first <= one.worked_on <= last)
        yield Page(entries=entries, is_last=True, next_cursor="c")


def two_months() -> TwoCurrencies:
    """May and June in two books, and a name that nobody knows."""
    world = TwoCurrencies()
    world.source = Windowed()
    world.work("may", hours="4", on=date(2026, 5, 20))
    world.work("june", hours="2")
    world.work("us", "Cedar Legal", hours="3")
    world.work("nobody", "Who Ltd", hours="0.5")
    world.pull()
    world.source.asked.clear()
    return world


def counted(found: TieOut) -> list[tuple[str, int, int]]:
    return [(row.client, row.count, row.seconds // 60) for row in found.sources]


SCOPES = [
    ("nz", None, [("Alpine Dental", 2, 360), ("Who Ltd", 1, 30)]),
    ("us", None, [("Cedar Legal", 1, 180)]),
    (None, "2026-05", [("Alpine Dental", 1, 240)]),
    ("nz", "2026-06", [("Alpine Dental", 1, 120), ("Who Ltd", 1, 30)]),
    ("us", "2026-06", [("Cedar Legal", 1, 180)]),
    ("us", "2026-05", []),
]


@pytest.mark.parametrize(("book", "period", "rows"), SCOPES)
def test_a_book_and_a_period_are_counted_afresh_and_tie(book: str | None, period: str | None, rows: list[object]) -> None:
    world = two_months()
    found = tie_out(world.open(), book, period, online=True)
    assert world.source.asked, "the source was not asked"
    assert (counted(found), found.differences, found.ties) == (rows, (), True)


@pytest.mark.parametrize(("book", "period", "_rows"), SCOPES)
def test_only_a_scope_that_holds_the_time_sees_that_it_moved(book: str | None, period: str | None, _rows: list[object]) -> None:
    world = two_months()
    world.work("us", "Cedar Legal", hours="3.5")
    world.work("new", "Cedar Legal", hours="1")
    found = tie_out(world.open(), book, period, online=True)
    holds = book in (None, "us") and period in (None, "2026-06")
    assert found.ties is not holds
    assert [(one.what, one.ours, one.theirs) for one in found.differences] == (
        [("list: Cedar Legal", "1 entries, 3:00 (3.00) h", "2 entries, 4:30 (4.50) h")] if holds else []
    )


def test_only_the_days_of_the_period_are_listed() -> None:
    world = two_months()
    tie_out(world.open(), None, "2026-06", online=True)
    assert world.source.asked == [Window(date(2026, 5, 31), date(2026, 7, 1))]
    tie_out(world.open(), "us", online=True)
    assert world.source.asked[1:] == [Window()]


def test_late_time_is_looked_for_on_the_day_it_was_worked_and_counted_where_it_is_billed() -> None:
    world = World()
    world.source = Windowed()
    world.work("june")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.touch("HB-2606-001", status="posted")
    world.work("late", hours="2", on=date(2026, 6, 4))
    world.work("july", on=date(2026, 7, 9))
    world.pull()
    july, june = (tie_out(world.open(), None, period, online=True) for period in ("2026-07", "2026-06"))
    assert [counted(found) for found in (july, june)] == [[("Alpine Dental", 2, 180)], [("Alpine Dental", 1, 60)]]
    assert (july.ties, june.differences) == (True, ())
    world.work("late", hours="2.5", on=date(2026, 6, 4))
    july, june = (tie_out(world.open(), None, period, online=True) for period in ("2026-07", "2026-06"))
    assert [one.theirs for one in july.differences] == ["2 entries, 3:30 (3.50) h"]
    assert not june.differences


def test_time_that_went_to_another_client_or_month_is_missed_here_and_found_there() -> None:
    world = two_months()
    world.work("june", "Cedar Legal", hours="2", on=date(2026, 5, 2))
    gone, come = tie_out(world.open(), "nz", "2026-06", online=True), tie_out(world.open(), "us", "2026-05", online=True)
    assert [(one.what, one.theirs) for one in gone.differences] == [("list: Alpine Dental", "0 entries, 0:00 (0.00) h")]
    assert [(one.what, one.ours, one.theirs) for one in come.differences] == [
        ("list: Cedar Legal", "0 entries, 0:00 (0.00) h", "1 entries, 2:00 (2.00) h")
    ]


def test_time_that_is_gone_at_the_source_is_missed_also_when_nothing_else_is_left() -> None:
    world = World()
    world.work("1")
    world.pull()
    world.remove("1")
    for scope in ((None, None), ("nz", None), (None, "2026-06")):
        found = tie_out(world.open(), *scope, online=True)
        assert [(one.what, one.theirs) for one in found.differences] == [("list: Alpine Dental", "0 entries, 0:00 (0.00) h")]


def test_a_source_that_forgets_old_time_is_believed_about_what_it_lists() -> None:
    world = World()
    world.work("1")
    world.work("2", hours="2")
    world.pull()
    world.source.traits = msgspec.structs.replace(world.source.traits, deletions="none")  # type: ignore[misc]
    world.remove("1")
    assert tie_out(world.open(), "nz", online=True).ties
    world.work("2", hours="3")
    assert [one.theirs for one in tie_out(world.open(), "nz", online=True).differences] == ["2 entries, 4:00 (4.00) h"]


def test_a_decision_on_whose_time_it_is_counts_as_it_does_when_pulled() -> None:
    world = two_months()
    decide(world.open(), "list:june", "client", "Cedar Legal", "they paid", "Finance")
    world.pull()
    found = tie_out(world.open(), "us", online=True)
    assert (counted(found), found.ties) == ([("Alpine Dental", 1, 120), ("Cedar Legal", 1, 180)], True)
    world.work("june", hours="2", notes="reworded")
    assert tie_out(world.open(), "us", online=True).ties
    world.work("june", hours="1")
    lapsed = tie_out(world.open(), "us", online=True)
    assert [(one.what, one.theirs) for one in lapsed.differences] == [("list: Alpine Dental", "0 entries, 0:00 (0.00) h")]


def nowhere() -> TwoCurrencies:
    world = two_months()
    world.work("undated", "Cedar Legal", hours="0.25", on=None)
    world.pull()
    return world


def test_what_matches_no_client_or_has_no_day_ties_in_the_whole_state_and_is_said_plainly_elsewhere() -> None:
    whole = tie_out(nowhere().open(), online=True)
    assert (whole.ties, sum(row.count for row in whole.sources), whole.aside) == (True, 5, ())
    us = tie_out(nowhere().open(), "us", "2026-06", online=True)
    assert us.ties
    assert us.aside == (
        Aside(connection="list", what="no client", count=1, seconds=1800, counted=False, book="nz"),
        Aside(connection="list", what="no date", count=1, seconds=900, counted=False, book="us"),
    )
    text = printed.as_table(us)
    assert (
        "list: 1 entry, 0:30 (0.50) h, without a client in the mapping: in book nz, the default; not counted here, but by "
        "`hourbridge reconcile --all --online`"
    ) in " ".join(text.split())
    assert "list: 1 entry, 0:15 (0.25) h, without a day that can be read: in no period; not counted here" in " ".join(text.split())
    assert "aside,list,no client,1,0:30,0.50,,,,,,not counted,book nz," in printed.as_csv(us)
    found = tie_out(nowhere().open(), "nz", online=True)
    assert [(one.what, one.counted, one.book) for one in found.aside] == [("no client", True, "nz"), ("no date", False, "us")]
    assert not tie_out(nowhere().open(), "us", "2026-06").aside


def test_what_is_new_at_the_source_and_matches_nobody_is_said_too() -> None:
    world = two_months()
    world.work("new", "Whoever", hours="1")
    world.work("nobody", "Cedar Legal", hours="0.5")
    us = tie_out(world.open(), "us", "2026-06", online=True)
    assert [(one.what, one.count, one.seconds, one.counted) for one in us.aside] == [("no client", 1, 3600, False)]
    assert [one.theirs for one in us.differences] == ["2 entries, 3:30 (3.50) h"]


def test_a_listing_without_its_end_counts_nothing() -> None:
    world = two_months()
    world.source.pages = lambda _window, _cursor: iter([Page(entries=())])  # type: ignore[method-assign]
    with pytest.raises(TransientError, match="Nothing was counted"):
        tie_out(world.open(), "nz", online=True)


def test_an_entry_that_moves_while_its_list_is_paged_is_counted_once_as_it_is_last_listed() -> None:
    world = World()
    world.work("1")
    world.work("2", hours="2")
    world.pull()
    first, second = world.source.entries["1"], world.source.entries["2"]
    edited = msgspec.structs.replace(first, seconds=60)
    world.source.pages = lambda _window, _cursor: iter(  # type: ignore[method-assign]
        [Page(entries=(first, second)), Page(entries=(edited,), is_last=True, next_cursor="c")]
    )
    assert counted(tie_out(world.open(), "nz", online=True)) == [("Alpine Dental", 2, 121)]
    world.source.pages = lambda _window, _cursor: iter(  # type: ignore[method-assign]
        [Page(entries=(edited, second)), Page(entries=(first,), is_last=True, next_cursor="c")]
    )
    assert tie_out(world.open(), "nz", online=True).ties


def test_where_the_source_has_fewer_a_full_listing_is_the_next_step() -> None:
    world = World()
    world.work("1")
    world.work("2")
    world.pull()
    world.remove("2")
    (one,) = tie_out(world.open(), online=True).differences
    assert one.next_step.startswith("hourbridge pull --confirm")
