"""The cent that is left of a line which was taken back by a difference and a credit note both, and all that can become of it then."""

from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.core.ledger import TimeChoice
from connector.settings import CorrectionPolicy
from connector.signing import Signer
from connector.use_cases.close import close, reopen
from connector.use_cases.decide import decide
from connector.use_cases.sync import approve_by_policy
from connector.use_cases.verify import verify
from tests.use_cases.firm import YAML
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose, waits, whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.test_two_ways_on_one_line import AT_27_50, billed, june, left, stands, take_back
from tests.use_cases.world import World

CENT = Decimal("0.01")
ROUNDS = 5


def firm(text: str = AT_27_50) -> World:
    """June is a line of 2 x 15 minutes; one was taken back by a difference, then the other by a credit note."""
    world = june(text)
    take_back(world, "one", "delta")
    billed(world)
    take_back(world, "two", "credit")
    billed(world)
    return world


@pytest.fixture
def world() -> World:
    return firm()


def drop(world: World, *numbers: str, notes: bool = True) -> None:
    """Somebody voids these over there, and the credit notes."""
    for there in list(world.company.documents.values()):
        if there.number in numbers or (notes and there.kind == "credit_note"):
            world.company.change(there.id, status="voided")
    world.apply()


def comes_to(world: World, left_over: Decimal, wish: str = "delta", *, an_hour: str = "27.50") -> None:
    """A person goes on choosing until nothing waits: only the time that is still at the source stands, and what was given up."""
    for number in range(ROUNDS):
        for row in waits(world):
            if row.choices:
                choose(world, wish if wish in row.choices else row.choices[0], row.ref)
        world.work(f"last{number}", CEDAR, hours="5", on=(world.clock.at - timedelta(days=20)).date())
        world.clock.at += timedelta(days=31)
        world.bill()
    assert waits(world) == []
    whole(world)
    assert stands(world) == (ROUNDS + 1) * 5 * Decimal(an_hour) + left_over
    assert verify(world.open()).holds
    sends_nothing_more(world)


def test_its_month_is_closed_and_opened_again_with_the_cent_as_it_was_left(world: World) -> None:
    choose(world, "accept")
    assert close(world.open(), "nz", "2026-06", Signer("7" * 64), who="Finance").certified is not None
    whole(world)
    assert verify(world.open()).holds
    reopen(world.open(), "nz", "2026-06", why="a test", who="Finance")
    comes_to(world, CENT)


def test_a_currency_without_cents_rounds_to_its_own_unit() -> None:
    comes_to(firm(YAML.replace("NZD", "JPY").replace("any: 100.00", "any: 50")), Decimal(0), an_hour="50")


def test_a_credit_note_that_is_voided_is_asked_about_and_the_cent_with_it(world: World) -> None:
    drop(world)
    comes_to(world, Decimal(0))


@pytest.mark.parametrize("wish", ["again", "release"])
@pytest.mark.parametrize("before", ["nothing", "chosen", "billed"])
def test_its_document_and_the_credit_note_are_voided(world: World, wish: str, before: str) -> None:
    if before != "nothing":
        choose(world, "delta")
    if before == "billed":
        world.work("august", CEDAR, hours="5", on=(world.clock.at - timedelta(days=20)).date())
        billed(world)
        world.remove("august")
        world.pull(forced="a test")
    drop(world, JUNE)
    comes_to(world, Decimal(0), wish)


@pytest.mark.parametrize(("choice", "rows", "left_over"), [("delta", 0, 0), ("write_off", 0, CENT), ("accept", 0, CENT), ("credit", 1, 0)])
def test_a_policy_for_small_ones_chooses_for_it_where_it_may(world: World, choice: TimeChoice, rows: int, left_over: Decimal) -> None:
    for _ in range(2):
        ws = world.open()
        ws.books = {"nz": replace(ws.books["nz"], corrections=CorrectionPolicy(Decimal(50), choice))}
        approve_by_policy(ws, "nz")
    assert len(left(world)) == rows
    comes_to(world, Decimal(left_over))


def test_time_that_was_given_up_by_a_ruling_and_credited_comes_back_whole_when_the_ruling_is_taken_back() -> None:
    world = june()
    take_back(world, "one", "delta")
    billed(world)
    decide(world.open(), "list:two", "write_off", "", why="agreed", who="Finance")
    world.pull()
    choose(world, "credit", f"{JUNE}:list:two")
    billed(world)
    decide(world.open(), "list:two", "release", "", why="it is billed after all", who="Finance")
    world.pull()
    comes_to(world, Decimal("6.88"))
