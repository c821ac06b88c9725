"""Historic windows in chunks that can be resumed, and marks on what was billed elsewhere at the cut-over."""

from datetime import UTC, date, datetime, timedelta
from typing import ClassVar

import pytest

from connector.core.fates import MARKED
from connector.errors import BusyError, ConfigError, StoppedError, TransientError, UnsafePlanError
from connector.ports import Page, SourceTraits
from connector.store import audit
from connector.use_cases import reconcile
from connector.use_cases.backfill import Marking, backfill, months, unmark
from connector.use_cases.decide import decide
from tests.use_cases.world import Dead, ListSource, World

MARCH, MAY = date(2026, 3, 10), date(2026, 5, 20)
BY_HAND = Marking("Finance", "invoiced from the old system")


class Tracker(ListSource):
    """A source that can be asked for what changed; `asked` are the windows it was listed for."""

    traits: ClassVar[SourceTraits] = SourceTraits(changes="modified_since", deletions="none")

    def __init__(self) -> None:
        super().__init__()
        self.asked = []
        self.trouble = lambda _window: None

    def pages(self, window, cursor):
        self.asked.append((window.since, window.until))
        self.trouble(window)
        rows = [e for e in self.entries.values() if (window.since or date.min) <= e.worked_on <= (window.until or date.max)]
        yield Page(entries=tuple(rows), is_last=True, next_cursor="c")


@pytest.fixture
def world():
    world = World()
    world.source = Tracker()
    for name, month, day in (("a", 3, 10), ("b", 4, 1), ("c", 4, 30), ("d", 5, 20), ("e", 5, 21)):
        world.work(name, on=date(2026, month, day))
    return world


def fill(world, since=MARCH, until=MAY, **more):
    return backfill(world.open(), since, until, **more)["list"]


def staged(world):
    return sorted(str(row[0]) for row in world.rows("SELECT entry_id FROM entries"))


def dispositions(world):
    return dict(world.rows("SELECT e.entry_id, c.disposition FROM charges c JOIN entries e ON e.key = c.entry"))


def test_a_window_is_read_month_by_month(world):
    filled = fill(world)
    assert world.source.asked == [(MARCH, date(2026, 3, 31)), (date(2026, 4, 1), date(2026, 4, 30)), (date(2026, 5, 1), MAY)]
    assert (filled.chunks, filled.of, filled.staged.new, filled.ended) == (3, 3, 4, True)
    assert staged(world) == ["a", "b", "c", "d"]


def test_its_time_is_matched_and_priced(world):
    fill(world)
    assert set(dispositions(world).values()) == {"ready"}
    world.check()


def test_no_cursor_moves_and_nothing_is_taken_for_deleted(world):
    fill(world)
    world.remove("a")
    fill(world)
    assert world.rows("SELECT cursor, last_complete_pull FROM connections") == [(None, None)]
    assert staged(world) == ["a", "b", "c", "d"]


def test_one_day_is_one_chunk():
    assert list(months(MAY, MAY)) == [(MAY, MAY)]
    assert list(months(date(2025, 12, 31), date(2026, 1, 1))) == [(date(2025, 12, 31),) * 2, (date(2026, 1, 1),) * 2]


def test_a_file_is_read_once_whatever_the_window(world):
    world.source.__class__ = type("File", (Tracker,), {"traits": SourceTraits(changes="window_only", deletions="snapshot")})
    assert fill(world).of == 1
    assert world.source.asked == [(MARCH, MAY)]


# ---- stopping, and going on --------------------------------------------------------------------------------------------------------------


def used_up(world, after):
    def trouble(_window):
        if len(world.source.asked) > after:
            raise TransientError("the budget of 1000 calls a day is used up", seconds=3600)

    world.source.trouble = trouble


def test_a_budget_that_is_used_up_stops_it_and_the_same_command_goes_on(world):
    used_up(world, 1)
    filled = fill(world)
    assert (filled.chunks, filled.of, filled.ended, filled.error.seconds) == (1, 3, False, 3600)
    world.source.trouble, world.source.asked = lambda _window: None, []
    assert fill(world).ended
    assert [since for since, _ in world.source.asked] == [date(2026, 4, 1), date(2026, 5, 1)]


def test_what_the_run_before_ended_is_not_read_again_while_another_goes_on(world):
    other = Tracker()

    def both():
        ws = world.open()
        ws._open_sources, ws.kinds = {"list": lambda: world.source, "other": lambda: other}, {"list": "list", "other": "other"}
        return backfill(ws, MARCH, MAY)

    used_up(world, 1)
    assert {name: found.ended for name, found in both().items()} == {"list": False, "other": True}
    world.source.trouble, other.asked = lambda _window: None, []
    assert {name: found.ended for name, found in both().items()} == {"list": True}
    assert other.asked == []
    assert set(both()) == {"list", "other"}, "both are at their end: the same command begins anew"


def test_a_death_costs_the_chunk_it_was_in(world):
    world.die_at("UPDATE backfills SET done_until", lambda: fill(world))
    world.clock.sleep(301)
    world.source.asked = []
    fill(world)
    assert len(world.source.asked) == 3, "the first chunk was staged, but not stored as read"

    def dies(window):
        if window.since.month == 5:
            raise Dead

    world.source.trouble, world.source.asked = dies, []
    with pytest.raises(Dead):
        fill(world)
    world.clock.sleep(301)
    world.source.trouble, world.source.asked = lambda _window: None, []
    fill(world)
    assert [since for since, _ in world.source.asked] == [date(2026, 5, 1)]


def test_what_ended_begins_anew_when_it_is_asked_for_again(world):
    fill(world)
    world.source.asked = []
    assert fill(world).staged.new == 0
    assert len(world.source.asked) == 3


def test_it_stops_between_two_chunks_when_asked_to(world):
    ws = world.open()
    ws.stopping = lambda: len(world.source.asked) >= 2
    filled = backfill(ws, MARCH, MAY)["list"]
    assert isinstance(filled.error, StoppedError)
    assert filled.chunks == 2


def test_every_chunk_is_told(world):
    told = []
    fill(world, advance=lambda name, filled: told.append((name, filled.chunks, filled.of)))
    assert told == [("list", done, 3) for done in range(4)]


@pytest.mark.parametrize(("since", "until", "said"), [(MAY, MARCH, "before it begins"), (MAY, date(2026, 7, 4), "has not come yet")])
def test_days_that_are_none_are_refused(world, since, until, said):
    with pytest.raises(ConfigError, match=said):
        fill(world, since, until)
    assert world.source.asked == []


# ---- marks -----------------------------------------------------------------------------------------------------------------------------


def mark(world, since=MARCH, until=MAY):
    return fill(world, since, until, marking=BY_HAND)


def test_marked_time_is_billed_elsewhere_and_never_by_us(world):
    world.pull()
    assert len(world.plan().sending) > 0
    assert mark(world).marked == 4
    assert dispositions(world) == dict.fromkeys("abcd", "billed_elsewhere") | {"e": "ready"}
    assert {charge.entry for step in world.plan().sending for charge in step.charges} == {5}
    world.check()


def test_what_was_approved_before_is_stale_and_not_sent(world):
    world.pull()
    world.approve()
    mark(world, MARCH, date(2026, 5, 21))
    told = world.apply()
    assert (told.sent, len(told.stale) > 0, world.live_numbers()) == (0, True, [])


def test_the_tie_out_shows_it_in_its_bucket_with_the_reason(world):
    mark(world)
    found = reconcile.tie_out(world.open())
    assert found.dispositions["billed_elsewhere"].count == 4
    assert set(found.dispositions["billed_elsewhere"].reasons) == {MARKED}
    assert found.equations[0].holds


def test_who_when_and_why_are_kept(world):
    mark(world)
    assert world.rows("SELECT DISTINCT who, why FROM marks") == [("Finance", "invoiced from the old system")]
    rows = world.rows("SELECT body FROM audit WHERE what = 'marked'")
    assert len(rows) == 3
    assert '"why":"invoiced from the old system"' in str(rows[0])
    with world.store.snapshot() as read:
        assert audit.broken(read) == []


def test_marking_again_changes_nothing(world):
    mark(world)
    before = world.rows("SELECT * FROM marks")
    world.clock.sleep(60)
    assert mark(world).marked == 0
    assert world.rows("SELECT * FROM marks") == before


def test_a_marked_entry_stays_marked_when_it_is_edited(world):
    mark(world)
    world.work("a", on=MARCH, hours="9")
    world.pull()
    assert dispositions(world)["a"] == "billed_elsewhere"


def test_time_that_comes_later_is_not_marked(world):
    mark(world)
    world.work("late", on=MARCH)
    world.pull()
    assert dispositions(world)["late"] == "ready"


def test_time_on_our_own_documents_is_refused_and_nothing_is_marked(world):
    world.work("c", client="Bayside Motors", on=date(2026, 4, 30))
    world.bill()
    asked = len(world.source.asked)
    with pytest.raises(UnsafePlanError, match="on documents of ours: HB-"):
        mark(world)
    assert (world.rows("SELECT * FROM marks"), len(world.source.asked)) == ([], asked)


def test_nothing_is_marked_while_a_book_is_sending(world):
    world.pull()
    ws = world.open()
    with ws.lease("book:nz"):
        filled = mark(world)
    assert isinstance(filled.error, BusyError)
    assert world.rows("SELECT * FROM marks") == []


def test_marks_can_be_taken_back(world):
    mark(world)
    assert unmark(world.open(), MARCH, date(2026, 3, 31), marking=Marking("Finance", "the wrong month")) == 1
    assert dispositions(world)["a"] == "ready"
    assert dispositions(world)["b"] == "billed_elsewhere"
    assert len(world.rows("SELECT body FROM audit WHERE what = 'unmarked'")) == 1


def test_a_decision_on_marked_time_is_refused(world):
    mark(world)
    with pytest.raises(ConfigError) as refused:
        decide(world.open(), "list:a", "bill", "1", "after all")
    assert "was marked as billed elsewhere" in str(refused.value)


def test_a_window_may_be_filled_and_then_marked(world):
    fill(world)
    assert mark(world).marked == 4


def test_today_is_a_day_to_end_on(world):
    world.clock.at = datetime(2026, 5, 20, 13, tzinfo=UTC)
    assert fill(world, MARCH, MAY + timedelta(days=1)).ended
