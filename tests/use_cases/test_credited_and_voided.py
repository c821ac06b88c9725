"""An invoice is voided over there after some of it was credited: the credit note must go too, or it takes back what nobody is asked for."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from connector.use_cases.reconcile import tie_out
from connector.use_cases.verify import verify
from tests.use_cases.faults import RESET, script
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose, waits, whole
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World

NOTE = "HB-2607-001"
ZERO = Decimal(0)


@pytest.fixture
def world() -> World:
    """June is posted, 2 h and 1 h at 100.00; the first is 2.5 h by now, and what was billed of it is credited."""
    world = june_posted()
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    choose(world, "credit")
    world.bill()
    assert world.there(NOTE).net == 200
    return world


def void(world: World, *numbers: str) -> None:
    """Somebody takes the credit off the invoice and voids a document."""
    for number in numbers:
        world.touch(number, status="voided", paid=ZERO, balance=ZERO, allocated=())
    look(world)


def look(world: World) -> None:
    world.bill()
    world.pull()


def may_be_chosen(world: World) -> dict[str, tuple[str, ...]]:
    return {row.ref: row.choices for row in waits(world)}


def asked_for(world: World) -> Decimal:
    """What the client is asked for in all."""
    live = [there for there in world.company.documents.values() if there.live]
    return sum((there.net if there.kind == "invoice" else -there.net for there in live), ZERO)


def month_later(world: World) -> None:
    world.clock.at += timedelta(days=31)
    world.bill()


def is_whole(world: World) -> None:
    """Three and a half hours, to the cent, on live documents, and nothing that waits."""
    for _ in range(2):
        month_later(world)
    assert asked_for(world) == 350
    assert (waits(world), world.plan().steps) == ([], ())
    whole(world)
    assert tie_out(world.open()).ties
    assert verify(world.open()).holds
    sends_nothing_more(world)


@pytest.mark.parametrize("choice", ["again", "release"])
def test_a_voided_invoice_is_not_given_up_while_its_credit_note_is_in_force(world: World, choice: str) -> None:
    void(world, JUNE)
    (row,) = waits(world)
    assert (row.ref, row.choices) == (JUNE, ())
    assert f"its credit note {NOTE} is in force over there or in doubt: void that over there too" in row.said
    with pytest.raises(UnsafePlanError, match=f"its credit note {NOTE} is in force"):
        choose(world, choice, JUNE)
    void(world, NOTE)
    assert may_be_chosen(world) == {JUNE: ("again", "release"), NOTE: ()}
    choose(world, choice, JUNE)
    assert may_be_chosen(world) == {NOTE: ("release",)}
    choose(world, "release", NOTE)
    is_whole(world)


def test_a_voided_credit_note_waits_for_what_becomes_of_its_invoice(world: World) -> None:
    """It may be put back, and then it asks for what was credited once more."""
    void(world, JUNE, NOTE)
    with pytest.raises(UnsafePlanError, match=f"it credits {JUNE}, which is not in force over there"):
        choose(world, "release", NOTE)
    world.touch(JUNE, status="posted", balance=Decimal(300))
    look(world)
    assert may_be_chosen(world) == {NOTE: ("again",)}
    choose(world, "again", NOTE)
    is_whole(world)
    assert world.there(f"{NOTE}-2").net == 200


@pytest.mark.parametrize("approved", [False, True])
def test_a_credit_note_that_was_to_be_made_again_is_not_when_its_invoice_is_given_up(world: World, approved: bool) -> None:
    void(world, NOTE)
    choose(world, "again", NOTE)
    world.pull()
    if approved:
        world.approve()
    void(world, JUNE)
    (step,) = [step for step in world.plan().steps if "credit=" in step.key]
    assert (step.action, step.reason) == ("hold", f"{JUNE} was voided over there: choose for that document first")
    choose(world, "again", JUNE)
    is_whole(world)
    assert [there.number for there in world.company.documents.values() if there.kind == "credit_note"] == [NOTE]


def test_an_invoice_is_not_given_up_while_a_credit_note_of_it_is_in_doubt() -> None:
    world = june_posted()
    world.remove("one")
    world.pull()
    choose(world, "credit")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    world.touch(JUNE, status="voided", balance=ZERO)
    world.apply()
    (row,) = [row for row in waits(world) if row.ref == JUNE]
    assert row.choices == ()
    world.clock.sleep(SETTLED)
    look(world)
    assert world.there(NOTE).live
    assert may_be_chosen(world)[JUNE] == ()
