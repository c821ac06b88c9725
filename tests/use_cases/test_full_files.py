"""A file declared `full` speaks for the months that it holds, and for no other."""

from datetime import date

import pytest

from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    """May, June and July of one client, read."""
    world = World()
    for month in (5, 6, 7):
        for day in range(1, 4):
            world.work(f"{month}-{day}", on=date(2026, month, day))
    world.pull()
    return world


def gone(world: World) -> list[str]:
    return sorted(str(row[0]) for row in world.rows("SELECT entry_id FROM entries WHERE deleted = 1"))


def keep_only(world: World, *names: str) -> None:
    for name in [*world.source.entries]:
        if name not in names:
            world.remove(name)


def test_p6_a_row_of_a_mistyped_year_does_not_speak_for_the_years_between(world: World) -> None:
    keep_only(world, "7-1", "7-2")
    world.work("typo", on=date(2016, 7, 3))
    ((_, said),) = world.pull().warnings
    assert gone(world) == ["7-3"]
    assert said.startswith(
        "6 entries of months of which it holds nothing any more are kept as they were read last (it holds: 2016-07, 2026-07)"
    )
    assert "extract: partial" in said


def test_p6_rows_of_which_no_day_can_be_read_speak_for_no_month(world: World) -> None:
    keep_only(world)
    world.work("odd", on=None)  # type: ignore[arg-type]
    ((_, said),) = world.pull().warnings
    assert gone(world) == []
    assert "(it holds: none that can be read)" in said


def test_p6_a_row_without_a_readable_day_is_not_gone_with_its_month(world: World) -> None:
    world.work("odd", on=None)  # type: ignore[arg-type]
    world.pull()
    keep_only(world, "7-1", "7-2", "7-3")
    world.pull()
    assert gone(world) == []


def test_p6_a_row_without_a_readable_day_is_gone_where_all_its_months_are_there(world: World) -> None:
    world.work("odd", on=None)  # type: ignore[arg-type]
    world.pull()
    world.remove("odd")
    world.remove("6-2")
    assert not world.pull().warnings
    assert gone(world) == ["6-2", "odd"]


def test_p6_a_month_that_is_empty_now_is_kept_until_a_person_says_that_it_is_gone(world: World) -> None:
    keep_only(world, "5-1", "5-2", "5-3", "7-1", "7-2", "7-3")
    assert world.pull().warnings
    assert gone(world) == []
    assert not world.pull(forced="all of June was a test").warnings
    assert gone(world) == ["6-1", "6-2", "6-3"]


def test_p6_time_that_moved_to_another_month_is_not_missing(world: World) -> None:
    for day in range(1, 4):
        world.work(f"6-{day}", on=date(2026, 7, day))
    assert not world.pull().warnings
    assert gone(world) == []
