"""A source that tells its rows apart by their bytes: what it leaves out counts as listed, and everything else follows as ever."""

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

import msgspec
import pytest

from connector.ports import Cursor, Known, Page, SkipsKnown, SourceTraits, Window
from tests.use_cases.test_pull import Shifting
from tests.use_cases.world import ListSource, World, told_apart

ENTRIES = 7


class Telling(Shifting):
    """As `Shifting`, and `made` are the ids of the entries that it had to make."""

    def __init__(self, *passes_over: int) -> None:
        super().__init__(*passes_over)
        self.made: list[str] = []

    def pages_but(self, known: Known | None, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        for page in told_apart(self.pages(window, cursor), known):
            self.made += [entry.id for entry in page.entries]
            yield page


class Snapshot(Telling):
    traits: ClassVar = SourceTraits(changes="window_only", deletions="snapshot", page_size=3)


class Fed(Telling):
    """Every change is told on pages by number."""

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        self.listed += cursor is not None
        for page in ListSource.pages(self, window, None):
            hidden = "t3" if cursor is not None and self.listed in self.passes_over else ""
            yield msgspec.structs.replace(page, entries=tuple(entry for entry in page.entries if entry.id != hidden))


def listed(source: Telling, days: int = 1) -> World:
    world = World()
    world.source = source
    for number in range(ENTRIES):
        world.work(f"t{number}", "Alpine Dental")
    for _ in range(days):
        assert not world.pull().failures
        world.clock.sleep(86_400)
    source.made.clear()
    return world


def gone(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT entry_id FROM entries WHERE deleted = 1 ORDER BY 1")


def test_it_is_told_apart_from_a_source_that_does_not() -> None:
    assert isinstance(Telling(), SkipsKnown)
    assert not isinstance(ListSource(), SkipsKnown)


def test_nothing_is_made_of_what_is_staged_as_it_stands() -> None:
    world = listed(Snapshot())
    before = world.rows("SELECT * FROM entries ORDER BY key")
    done = world.pull().connections["list"]
    assert (world.source.made, done.unchanged, done.moved) == ([], ENTRIES, 0)
    assert world.rows("SELECT * FROM entries ORDER BY key") == before
    assert gone(world) == []


def test_only_what_changed_is_made_and_the_page_is_told_whole() -> None:
    world = listed(Snapshot())
    world.work("t3", "Alpine Dental", hours="2")
    done = world.pull().connections["list"]
    assert (world.source.made, done.unchanged, done.changed) == (["t3"], ENTRIES - 1, 1)
    ((body,),) = world.rows("SELECT body FROM audit WHERE what = 'page' ORDER BY seq DESC LIMIT 1")
    assert msgspec.json.decode(body)["entries"] == 3
    assert world.rows("SELECT revision, seconds FROM entries WHERE entry_id = 't3'") == [(2, 7200)]


def test_what_a_snapshot_lacks_is_gone_and_comes_back() -> None:
    world = listed(Snapshot())
    kept = world.source.entries.pop("t3")
    assert world.pull().connections["list"].deleted == 1
    assert gone(world) == [("t3",)]
    world.source.entries["t3"] = kept
    assert world.pull().connections["list"].changed == 1
    assert (gone(world), world.source.made) == ([], ["t3"])


def test_p3_a_row_passed_over_twice_is_not_taken_for_deleted() -> None:
    world = listed(Telling(2, 3), 3)
    assert (world.source.listed, gone(world)) == (4, [])


def test_p3_a_row_that_two_equal_passes_lack_is_gone() -> None:
    assert gone(listed(Telling(2, 3, 4), 3)) == [("t3",)]


def test_what_was_lacked_once_and_is_known_again_is_no_longer_lacked() -> None:
    world = listed(Telling(2), 2)
    ((since,),) = world.rows("SELECT absent_since FROM entries WHERE entry_id = 't3'")
    assert datetime.fromisoformat(str(since))
    assert not world.pull(full=True).failures
    assert world.rows("SELECT count(*) FROM entries WHERE absent_since IS NOT NULL") == [(0,)]


def test_p3_two_passes_of_changes_are_equal_only_when_they_hold_the_same_known_rows() -> None:
    world = listed(Fed(1))
    world.clock.sleep(-80_000)
    assert not world.pull().failures
    assert world.source.listed == 3, "the first pass lacked a row that the second and third have"


@pytest.mark.parametrize("order", [1, -1])
def test_a_row_that_stands_twice_on_a_page_is_staged_as_it_says_now(order: int) -> None:
    world = listed(Snapshot())
    source, old = world.source, world.source.entries["t1"]
    world.work("t1", "Alpine Dental", hours="3")
    new = source.entries["t1"]
    both = (old, new)[::order]
    source.entries = {"a": both[0], "b": both[1], **{name: each for name, each in source.entries.items() if name != "t1"}}
    assert not world.pull().failures
    assert world.rows("SELECT seconds FROM entries WHERE entry_id = 't1'") == [(10_800,)]
    assert gone(world) == []
