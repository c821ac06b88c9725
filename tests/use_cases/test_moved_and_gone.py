"""Time that moved, was billed where it moved to, and then went: each client gets back what stands on their invoices."""

from datetime import date, timedelta
from decimal import Decimal

from connector.use_cases.verify import verify
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import JUNE, choose, waits, whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

JULY = date(2026, 7, 6)


def moved(*, busy: str) -> World:
    """Two hours of Cedar Legal's June became Alpine Dental's, and were billed there. Only one of them has other time in July."""
    world = june_posted()
    world.mapping = mapping_of(YAML.replace("  Alpine Dental:\n", "  Alpine Dental: {send_as: posted}\n"))
    world.work("one", "Alpine Dental", hours="2")
    world.work("more", busy, hours="5", on=JULY)
    world.pull()
    choose(world, "delta")
    world.bill()
    return world


def gone(world: World) -> str:
    """It is deleted; the number of Alpine Dental's invoice of it."""
    number = next(there.number for there in world.company.documents.values() if there.customer == "Alpine Dental" and there.net == 200)
    world.remove("one")
    world.pull()
    return number


def nets(world: World) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for there in world.company.documents.values():
        sign = 1 if there.kind == "invoice" else -1
        found[there.customer] = found.get(there.customer, Decimal(0)) + sign * there.net
    return found


def ends(world: World) -> None:
    for _ in range(3):
        world.bill()
    assert waits(world) == []
    whole(world)
    assert verify(world.open()).holds
    sends_nothing_more(world)


def test_it_is_credited_where_it_was_also_when_it_was_taken_off_where_it_moved_to() -> None:
    """Nothing more is worked for Cedar Legal, so what was to be taken off its next document is held below zero."""
    world = moved(busy="Alpine Dental")
    number = gone(world)
    choose(world, "delta", f"{number}:list:one")
    world.clock.at += timedelta(days=31)
    world.bill()
    choose(world, "credit", f"{JUNE}:list:one")
    ends(world)
    assert nets(world) == {"Cedar Legal": 100, "Alpine Dental": 500}


def test_it_is_credited_where_it_moved_to() -> None:
    """Nothing more is worked for Alpine Dental."""
    world = moved(busy="Cedar Legal")
    world.clock.at += timedelta(days=31)
    world.bill()
    number = gone(world)
    choose(world, "credit", f"{number}:list:one")
    ends(world)
    assert nets(world) == {"Cedar Legal": 600, "Alpine Dental": 0}


def test_what_is_credited_where_it_moved_to_is_asked_about_and_billed_again_as_it_is_now() -> None:
    world = moved(busy="Cedar Legal")
    world.clock.at += timedelta(days=31)
    world.bill()
    number = gone(world)
    world.work("one", "Alpine Dental", hours="3")
    world.pull()
    choose(world, "credit", f"{number}:list:one")
    world.bill()
    choose(world, "delta")
    ends(world)
    assert nets(world) == {"Cedar Legal": 600, "Alpine Dental": 300}
