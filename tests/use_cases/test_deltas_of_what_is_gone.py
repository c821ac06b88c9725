"""A difference that a person chose to bill says something only beside what it is a difference to: plays on the emulators found it alone."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.use_cases import corrections
from tests.use_cases.months import june_posted
from tests.use_cases.world import World

JUNE = "HB-2606-001"
CEDAR = "Cedar Legal"


@pytest.fixture
def world() -> World:
    """June is posted, one of its hours was taken back by a delta for the next document, and in July ten hours came."""
    world = june_posted()
    world.work("one", CEDAR, hours="1")
    world.pull()
    choose(world, f"{JUNE}:list:one", "delta")
    world.work("july", CEDAR, hours="10", on=world.day("2026-07-10"))
    world.clock.at += timedelta(days=31)
    world.pull()
    return world


def choose(world: World, ref: str, choice: str) -> None:
    corrections.choose(world.open(), ref, choice, "agreed on the phone", "Finance")


def live(world: World) -> dict[str, Decimal]:
    return {remote.number: remote.net for remote in world.company.documents.values() if remote.live}


@pytest.mark.parametrize("status", ["voided", "deleted"])
def test_a_delta_waits_while_what_it_is_a_difference_to_is_out_of_force(world: World, status: str) -> None:
    world.approve()
    world.touch(JUNE, status=status)

    told = world.apply()

    assert (told.done, [number for number, _ in told.stale]) == ([], ["HB-2607-001"])
    assert world.bill().done == ["HB-2607-001"]
    assert live(world) == {"HB-2607-001": Decimal("1000.00")}
    reason = f"{JUNE} is {status} over there: choose for that document first"
    assert world.rows("SELECT disposition, reason, seconds FROM charges WHERE kind = 'correction'") == [("held", reason, -3600)]


def test_once_somebody_chose_its_time_is_billed_whole(world: World) -> None:
    world.touch(JUNE, status="voided")
    world.bill()
    world.bill()

    choose(world, JUNE, "again")
    world.bill()

    assert live(world) == {"HB-2607-001": Decimal("1000.00"), f"{JUNE}-2": Decimal("200.00")}
    world.check()


def test_a_delta_to_what_stands_goes_out_as_before(world: World) -> None:
    world.bill()
    assert live(world) == {JUNE: Decimal("300.00"), "HB-2607-001": Decimal("900.00")}
