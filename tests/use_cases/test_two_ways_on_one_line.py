"""One entry of a line is taken back by a difference, another by a credit note: nothing of the line's rounding stays billed unseen."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from connector.use_cases.decide import decide
from connector.use_cases.verify import verify
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose, waits, whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

JULY = date(2026, 7, 6)
AT_27_50 = YAML.replace("any: 100.00", "any: 27.50")
REST = Decimal("137.50")
"""Five hours of July, and as many of the last month."""


@pytest.fixture
def world() -> World:
    return june()


def june(text: str = AT_27_50) -> World:
    """A line of 2 x 15 minutes at 27.50 an hour: 13.75, of which 6.88 and 6.87 are theirs."""
    world = World(mapping_of(text))
    for name in ("one", "two"):
        world.work(name, CEDAR, hours="0.25")
    world.bill()
    world.work("more", CEDAR, hours="5", on=JULY)
    return world


def take_back(world: World, name: str, choice: str) -> None:
    world.remove(name)
    world.pull(forced="all of June went")
    choose(world, choice, f"{JUNE}:list:{name}")


def stands(world: World) -> Decimal:
    live = [there for there in world.company.documents.values() if there.live]
    return sum((there.net if there.kind == "invoice" else -there.net for there in live), Decimal(0))


def billed(world: World, months: int = 1) -> None:
    for _ in range(months):
        world.clock.at += timedelta(days=31)
        world.bill()
        whole(world)


def left(world: World) -> list[tuple[Decimal, tuple[str, ...]]]:
    return [(one.net, one.choices) for one in waits(world)]


def ends_at(world: World, net: Decimal) -> None:
    world.work("last", CEDAR, hours="5", on=(world.clock.at - timedelta(days=20)).date())
    billed(world, 2)
    assert waits(world) == []
    assert stands(world) == net + 2 * REST
    assert verify(world.open()).holds
    sends_nothing_more(world)


def test_after_a_difference_and_a_credit_the_cent_that_is_left_is_a_correction_of_its_own(world: World) -> None:
    take_back(world, "one", "delta")
    billed(world)
    assert left(world) == []
    take_back(world, "two", "credit")
    billed(world)
    (row,) = waits(world)
    assert (row.net, row.seconds, row.choices) == (Decimal("-0.01"), 0, ("delta", "write_off", "accept"))
    assert row.cause == f"list:one was taken back after it was billed on {JUNE}, but for NZD 0.01 of its line"
    choose(world, "delta")
    ends_at(world, Decimal(0))


def test_a_credit_that_was_chosen_first_is_counted_as_the_share_it_takes_back(world: World) -> None:
    take_back(world, "one", "credit")
    take_back(world, "two", "delta")
    billed(world)
    assert left(world) == []
    ends_at(world, Decimal(0))


def test_a_difference_that_was_chosen_and_not_billed_before_a_credit_is_asked_about_again_for_the_cent(world: World) -> None:
    take_back(world, "one", "delta")
    take_back(world, "two", "credit")
    world.bill()
    assert left(world) == [(Decimal("-6.88"), ("delta", "credit", "write_off", "accept"))]
    choose(world, "delta")
    billed(world)
    ends_at(world, Decimal(0))


def test_what_a_credit_note_takes_is_told_where_a_difference_would_be_another_amount(world: World) -> None:
    take_back(world, "one", "delta")
    billed(world)
    world.remove("two")
    world.pull(forced="all of June went")
    (row,) = waits(world)
    assert (row.net, row.said[0]) == (
        Decimal("-6.88"), "a credit note takes NZD 6.87 back, what was billed of it; a difference is of the whole line",
    )  # fmt: skip
    assert choose(world, "credit", row.ref).net == Decimal("-6.87")


def test_what_a_person_gives_up_of_it_stays(world: World) -> None:
    take_back(world, "one", "delta")
    billed(world)
    take_back(world, "two", "credit")
    billed(world)
    choose(world, "write_off")
    ends_at(world, Decimal("0.01"))


def test_the_line_bears_its_cents_while_nothing_of_it_is_credited(world: World) -> None:
    for name in ("one", "two"):
        take_back(world, name, "delta")
        billed(world)
        assert left(world) == []
    ends_at(world, Decimal(0))


def test_time_that_moved_is_not_asked_about_again_for_a_cent_of_its_old_line(world: World) -> None:
    world.work("one", "Alpine Dental", hours="0.25")
    world.pull()
    choose(world, "delta")
    ends_at(world, 2 * Decimal("6.88"))


@pytest.mark.parametrize("send_as", ["draft", "posted"])
def test_what_is_left_of_time_that_moved_is_of_its_old_line(world: World, send_as: str) -> None:
    world.mapping = mapping_of(AT_27_50.replace("  Alpine Dental:\n", f"  Alpine Dental: {{send_as: {send_as}}}\n"))
    world.work("one", "Alpine Dental", hours="0.25")
    world.pull()
    choose(world, "delta")
    billed(world)
    take_back(world, "two", "credit")
    billed(world)
    assert left(world) == [(Decimal("-0.01"), ("delta", "write_off", "accept"))]
    choose(world, "delta")
    ends_at(world, Decimal("6.88"))


def test_time_that_was_given_up_by_a_ruling_is_not_asked_about_again_for_a_cent_of_its_line(world: World) -> None:
    decide(world.open(), "list:one", "write_off", "", why="agreed", who="Finance")
    world.pull()
    choose(world, "delta")
    ends_at(world, Decimal("6.88"))


def test_time_that_comes_back_is_billed_with_the_cent_that_was_left(world: World) -> None:
    take_back(world, "one", "delta")
    billed(world)
    take_back(world, "two", "credit")
    billed(world)
    world.work("one", CEDAR, hours="0.25")
    world.pull()
    assert left(world) == [(Decimal("6.87"), ("delta", "write_off", "accept"))]
    choose(world, "delta")
    ends_at(world, Decimal("6.88"))
