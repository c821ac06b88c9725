"""A document that is made again has a longer number: where the book does not take it, the plan says so, and not the vendor."""

import msgspec
import pytest

from adapters.memory.sink import Sink
from connector.core.steps import Step
from connector.errors import ConfigError
from connector.use_cases import approve
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose
from tests.use_cases.world import World


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The book takes 12 characters: HB-2606-001 and one more."""
    monkeypatch.setattr(Sink, "traits", msgspec.structs.replace(Sink.traits, number_length_max=12))


def given_up(number: str = JUNE) -> World:
    world = World()
    world.work("one", CEDAR, hours="2")
    world.bill()
    world.touch(number, status="voided")
    world.pull()
    choose(world, "again", number)
    world.pull()
    return world


@pytest.mark.usefixtures("short")
def test_an_invoice_whose_next_number_is_too_long_is_held_by_the_plan() -> None:
    world = given_up()
    (step,) = world.plan().steps
    assert (step.action, step.releasable) == ("hold", False)
    assert "its number HB-2606-001-2 has 13 characters, book nz takes 12" in step.reason
    requests = world.company.requests
    world.apply()
    assert world.company.requests - requests <= 1, "no more than the look"


def test_one_that_fits_goes() -> None:
    world = given_up()
    assert world.bill().done == ["HB-2606-001-2"]


@pytest.mark.usefixtures("short")
def test_a_credit_note_whose_next_number_is_too_long_is_held_by_the_plan() -> None:
    world = World()
    world.work("one", CEDAR, hours="2")
    world.work("two", CEDAR, hours="1")
    world.bill()
    world.touch(JUNE, balance=world.there(JUNE).net * 0)
    world.remove("one")
    world.pull()
    choose(world, "credit")
    world.bill()
    world.touch("HB-2607-001", status="voided")
    world.pull()
    choose(world, "again", "HB-2607-001")
    world.pull()
    (step,) = world.plan().steps
    assert step.action == "hold"
    assert "HB-2607-001-2 has 13 characters" in step.reason


@pytest.mark.usefixtures("short")
def test_a_number_is_never_reserved_that_the_book_does_not_take() -> None:
    world = given_up()
    ws = world.open()
    (held,) = world.plan().steps
    step: Step = msgspec.structs.replace(held, action="create")
    with ws.store.begin() as tx, pytest.raises(ConfigError, match="HB-2606-001-2: has 13 characters, and book nz takes 12"):
        approve._numbered(tx, ws, step)
