"""Pulling: whole pages or nothing, deletions only from complete listings (P1, P3, P6, S1)."""

from collections.abc import Iterator
from typing import ClassVar

import msgspec
import pytest

from connector.errors import TransientError
from connector.ports import Page, SourceTraits
from connector.use_cases import pull
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import ListSource, World


@pytest.fixture
def world() -> World:
    world = World()
    for number in range(7):
        world.work(f"t{number}", "Alpine Dental")
    world.bill()
    return world


def breaking_off(after: int):
    pages = ListSource.pages

    def some(self, window, cursor) -> Iterator[Page]:
        for number, page in enumerate(pages(self, window, cursor)):
            if number == after:
                raise TransientError("429: come back later")
            yield page

    return some


@pytest.mark.parametrize("after", [0, 1])
def test_p1_a_listing_that_breaks_off_deletes_nothing_and_keeps_its_cursor(world: World, after: int) -> None:
    cursor = world.rows("SELECT cursor, last_complete_pull FROM connections")
    world.remove("t6")
    world.work("t0", "Alpine Dental", hours="2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ListSource, "pages", breaking_off(after))
        assert [name for name, _ in world.pull().failures] == ["list"]
    assert world.rows("SELECT cursor, last_complete_pull FROM connections") == cursor
    assert world.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]
    world.bill()
    assert world.there("HB-2606-001").net == 700
    sends_nothing_more(world)


def test_p3_a_row_on_two_pages_counts_once(world: World) -> None:
    pages = ListSource.pages

    def twice(self, window, cursor) -> Iterator[Page]:
        whole = list(pages(self, window, cursor))
        yield Page(entries=whole[0].entries)
        yield from whole

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ListSource, "pages", twice)
        world.bill()
    assert world.rows("SELECT count(*) FROM entries") == [(7,)]
    sends_nothing_more(world)


def test_p6_a_deleted_entry_leaves_its_draft(world: World) -> None:
    world.remove("t6")
    assert world.bill().done == ["HB-2606-001"]
    assert world.there("HB-2606-001").net == 600
    sends_nothing_more(world)


def test_p6_a_suddenly_empty_listing_deletes_nothing() -> None:
    world = World()
    for number in range(30):
        world.work(f"t{number}", "Alpine Dental")
    world.bill()
    world.source.entries.clear()
    assert "30 of 30 entries are missing" in str(world.pull().failures[0][1])
    assert world.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]
    sends_nothing_more(world)


def test_p6_a_small_listing_that_is_suddenly_empty_deletes_nothing_either(world: World) -> None:
    world.source.entries.clear()
    assert "are missing from a complete listing" in str(world.pull().failures[0][1])
    assert world.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]
    assert not world.pull(forced="they were all tests").failures
    assert world.rows("SELECT count(*) FROM entries WHERE deleted = 0") == [(0,)]


def test_p6_a_file_replaced_by_that_of_another_month_deletes_nothing(world: World) -> None:
    count = len(world.source.entries)
    world.source.entries.clear()
    world.work("next", "Alpine Dental", on=world.day("2026-07-02"))
    pulled = world.pull()
    assert world.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]
    ((_, said),) = pulled.warnings
    assert said.startswith(
        f"{count} entries of months of which it holds nothing any more are kept as they were read last (it holds: 2026-07)"
    )
    assert not pulled.failures


def test_p6_what_a_file_lacks_of_its_own_months_is_gone(world: World) -> None:
    for name in ("next", "after"):
        world.work(name, "Alpine Dental", on=world.day("2026-07-02"))
    world.pull()
    for name in [*world.source.entries]:
        if name != "next":
            world.source.entries.pop(name)
    world.pull()
    assert world.rows("SELECT entry_id FROM entries WHERE deleted = 1") == [("after",)]


def test_s1_a_death_at_any_statement_of_a_pull_loses_nothing(world: World) -> None:
    world.work("t0", "Alpine Dental", hours="3")
    world.work("new", "Bayside Motors")
    world.remove("t1")
    for statement in (
        "INSERT INTO entries",
        "UPDATE entries",
        "UPDATE connections",
        "INSERT INTO audit",
        "INSERT INTO charges",
        "INSERT INTO plans",
    ):
        world.die_at(statement, lambda: pull.pull(world.open()), must=False)
        world.clock.sleep(301)
    world.bill()
    assert (world.there("HB-2606-001").net, world.there("HB-2606-002").net) == (800, 100)
    sends_nothing_more(world)


class Shifting(ListSource):
    """Pages by number. In listings that `passes_over` names (counted from 1) a row moves, and the one behind it is on no page."""

    traits: ClassVar = SourceTraits(changes="modified_since", deletions="absence", keyset_paging=False, page_size=3)

    def __init__(self, *passes_over: int) -> None:
        super().__init__()
        self.listed, self.passes_over = 0, passes_over

    def pages(self, window, cursor) -> Iterator[Page]:
        if cursor is not None:
            yield Page(entries=(), is_last=True, next_cursor="c")
            return
        self.listed += 1
        for page in super().pages(window, cursor):
            hidden = "t3" if self.listed in self.passes_over else ""
            yield msgspec.structs.replace(page, entries=tuple(entry for entry in page.entries if entry.id != hidden))


def listed_daily(source: Shifting, days: int) -> World:
    world = World()
    world.source = source
    for number in range(7):
        world.work(f"t{number}", "Alpine Dental")
    for _ in range(days):
        assert not world.pull().failures
        world.clock.sleep(86_400)
    return world


def test_p3_a_row_that_two_listings_passed_over_is_not_taken_for_deleted() -> None:
    world = listed_daily(Shifting(2, 3), 3)
    assert world.source.listed == 4, "it was listed once more before anything was believed"
    assert world.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]


def test_p3_a_row_that_two_equal_passes_lack_is_gone() -> None:
    world = listed_daily(Shifting(2, 3, 4), 3)
    assert world.rows("SELECT entry_id FROM entries WHERE deleted = 1") == [("t3",)]


class Slipping(Shifting):
    """When it is first asked what changed, a row moves to a page that was read already."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def pages(self, window, cursor) -> Iterator[Page]:
        self.asked += cursor is not None
        hidden = "t3" if cursor is not None and self.asked == 1 else ""
        for page in ListSource.pages(self, window, None):
            entries = tuple(entry for entry in page.entries if entry.id != hidden)
            yield msgspec.structs.replace(page, entries=entries, next_cursor="c" if page.is_last else None)


def test_p3_a_change_that_slipped_past_the_first_pass_is_found_by_the_next() -> None:
    source = Slipping()
    world = listed_daily(source, 1)
    world.clock.sleep(-80_000)  # the same day: everything is not listed again
    world.work("t3", "Alpine Dental", hours="2")
    assert not world.pull().failures
    assert source.asked == 3, "two equal passes end it"
    assert world.rows("SELECT seconds FROM entries WHERE entry_id = 't3'") == [(7200,)]
