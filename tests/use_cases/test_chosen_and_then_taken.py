"""What was chosen for billed time, and then somebody's change of its document was taken as right: the choice was for other money."""

from decimal import Decimal

import pytest

from connector.use_cases.verify import verify
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import JUNE, choose, waits, whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World, replaced


def dearer(world: World, by: str) -> None:
    """Somebody makes June's line cost more over there."""
    (line,) = world.there(JUNE).lines
    net = line.net + Decimal(by)
    world.touch(JUNE, lines=(replaced(line, net=net),), net=net, gross=net)  # type: ignore[type-var]
    world.pull()
    world.apply()


def deleted_and(choice: str) -> World:
    """All of June was deleted, and something chosen for it: 300.00 were billed."""
    world = june_posted()
    for name in ("one", "two"):
        world.remove(name)
    world.pull(forced="it was all there is")
    choose(world, choice)
    assert waits(world) == []
    return world


@pytest.mark.parametrize("choice", ["accept", "write_off", "delta", "credit"])
def test_a_choice_for_other_money_is_asked_about_again(choice: str) -> None:
    world = deleted_and(choice)
    dearer(world, "6")
    choose(world, "accept", JUNE)
    assert [row.net for row in waits(world)] == [Decimal("-306.00")]
    choose(world, "credit")
    world.bill()
    assert world.there("HB-2607-001").net == Decimal("306.00")
    whole(world)
    assert verify(world.open()).holds
    sends_nothing_more(world)


def test_a_choice_for_the_same_money_stands() -> None:
    world = deleted_and("accept")
    dearer(world, "0")
    world.touch(JUNE, po="by hand")
    world.pull()
    world.apply()
    choose(world, "accept", JUNE)
    assert waits(world) == []
