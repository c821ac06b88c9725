"""Nothing is ended that might still come true, and nothing chosen that waits for nobody."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.errors import BusyError, ConfigError, TransientError, UnsafePlanError
from tests.use_cases.faults import RESET, late, script
from tests.use_cases.stuck import DAY, NUMBER, audited, choose, claimed, held_for_a_stranger, one_approved, vanish, voided_over_there, waits
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    return one_approved()


@pytest.fixture
def strangers(world: World) -> World:
    return held_for_a_stranger(world)


@pytest.fixture
def voided(world: World) -> World:
    return voided_over_there(world)


@pytest.mark.parametrize("choice", ["again", "release", "ours"])
def test_a_doubt_that_might_still_come_true_is_not_ended(world: World, choice: str) -> None:
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER)
    world.apply()
    until = world.clock.now() + timedelta(seconds=SETTLED)
    (one,) = waits(world)
    assert one.until is not None
    assert world.clock.now() < one.until <= until
    with pytest.raises(UnsafePlanError, match=f"may still appear over there until {one.until:%d %B, %H:%M} UTC"):
        choose(world, choice)
    assert claimed(world) == [(NUMBER, 1)]
    assert audited(world) == []


@pytest.mark.parametrize("choice", ["again", "release"])
def test_what_turns_up_in_force_is_not_given_up(world: World, choice: str) -> None:
    script(world, late(2 * DAY))
    world.apply()
    world.clock.sleep(DAY + 60)
    world.apply()
    world.clock.sleep(2 * DAY)
    world.company.settle()
    with pytest.raises(UnsafePlanError, match="is in force over there"):
        choose(world, choice)
    assert claimed(world) == [(NUMBER, 1)]
    assert world.apply().adopted == [NUMBER]


def test_a_void_that_was_taken_back_over_there_is_seen_when_choosing(voided: World) -> None:
    voided.company.change(_ours(voided), status="posted")
    with pytest.raises(UnsafePlanError, match="is in force over there"):
        choose(voided, "again")
    assert voided.rows("SELECT their_status FROM documents") == [("posted",)]
    assert waits(voided) == []


def _ours(world: World) -> str:
    (remote,) = [remote for remote in world.company.documents.values() if remote.number == NUMBER]
    return remote.id


def test_one_given_up_that_comes_into_force_again_stops_the_book(voided: World) -> None:
    choose(voided, "again")
    voided.pull()
    voided.approve()
    voided.clock.sleep(3600)
    voided.company.change(_ours(voided), status="posted")
    with pytest.raises(UnsafePlanError, match=NUMBER):
        voided.apply()
    assert [remote.number for remote in voided.company.documents.values() if remote.live] == [NUMBER]
    voided.company.change(_ours(voided), status="voided")
    assert voided.apply().done == [f"{NUMBER}-2"]


def test_one_given_up_that_a_person_uses_under_another_number_is_nobodys_business(voided: World) -> None:
    choose(voided, "again")
    voided.clock.sleep(3600)
    voided.company.change(_ours(voided), status="draft", number="INV-1")
    assert voided.bill().done == [f"{NUMBER}-2"]
    sends_nothing_more(voided)


def test_a_document_in_doubt_is_resolved_and_not_chosen(world: World) -> None:
    script(world, RESET)
    world.apply()
    with pytest.raises(UnsafePlanError, match="in doubt, and looked up first: run `hourbridge apply`"):
        choose(world, "again")


def test_a_document_that_waits_for_nobody_is_not_chosen(world: World) -> None:
    world.apply()
    with pytest.raises(UnsafePlanError, match="waits for nobody"):
        choose(world, "release")


def test_a_held_amendment_of_a_document_that_still_stands_is_not_ended(world: World) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    world.touch(NUMBER, po="PO-7")
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [()]
    with pytest.raises(UnsafePlanError, match="still stands over there, and its amendment is held"):
        choose(world, "again")


@pytest.mark.parametrize("status", ["voided", None], ids=["voided", "gone"])
def test_a_held_amendment_of_a_document_that_is_over_is_ended(world: World, status: str | None) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    if status:
        world.touch(NUMBER, status=status)
    else:
        vanish(world)
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [("again", "release")]
    choose(world, "again")
    assert world.rows("SELECT state FROM intents ORDER BY id") == [("done",), ("refused",)]
    assert world.bill().done == [f"{NUMBER}-2"]
    assert world.there(f"{NUMBER}-2").net == Decimal(300)
    sends_nothing_more(world)


def test_one_whose_amendment_was_lost_and_that_is_found_again_goes_on(world: World) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    gone = vanish(world)
    world.apply()
    world.company.documents[gone.id] = gone
    world.clock.sleep(SETTLED)
    assert world.apply().done == [NUMBER]
    assert waits(world) == []
    sends_nothing_more(world)


def test_nothing_is_chosen_while_nobody_answers_over_there(strangers: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_self, _refs):
        raise TransientError("no answer")

    monkeypatch.setattr(type(strangers.open().sink("nz")), "find", away)
    with pytest.raises(TransientError):
        choose(strangers, "again")
    assert claimed(strangers) == [(NUMBER, 1)]
    assert audited(strangers) == []


def test_nothing_is_chosen_while_another_run_holds_the_book(strangers: World) -> None:
    with strangers.open().lease("book:nz"), pytest.raises(BusyError):
        choose(strangers, "again")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"choice": "agian"}, "there is no such choice"),
        ({"choice": "again", "why": "  "}, "nobody said why"),
        ({"choice": "again", "number": "HB-2606-010"}, "there is no such document"),
        ({"choice": "again", "book": "uk"}, "there is no such book"),
    ],
)
def test_a_slip_is_told(strangers: World, said: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose(strangers, **said)
