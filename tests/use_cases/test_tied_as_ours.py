"""A person says that what stands over there is ours: it is tied where it can be nothing else."""

import pytest

from connector.errors import UnsafePlanError
from tests.use_cases.faults import LOST, RESET, script
from tests.use_cases.stuck import NUMBER, choose, claimed, one_approved, voided_over_there, waits
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    return one_approved()


@pytest.fixture
def voided(world: World) -> World:
    return voided_over_there(world)


def test_a_found_document_with_our_customer_currency_and_net_is_tied_as_ours(world: World) -> None:
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER, net="200", currency="NZD", customer_id="Alpine Dental")
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [("again", "release", "ours")]
    choose(world, "ours")
    assert world.rows("SELECT remote_id, their_status, state FROM documents") == [("s1", "posted", "done")]
    assert claimed(world) == [(NUMBER, 1)]
    assert world.rows("SELECT state FROM intents") == [("done",)]
    assert [one.choices for one in waits(world)] == [("accept",)], "theirs is not as we sent it"
    sends_nothing_more(world)
    world.check()


@pytest.mark.parametrize(
    ("facts", "against"),
    [
        ({"net": "199.99", "currency": "NZD", "customer_id": "Alpine Dental"}, "net: ours 200.00, theirs 199.99"),
        ({"net": "200", "currency": "AUD", "customer_id": "Alpine Dental"}, "currency: ours NZD, theirs AUD"),
        ({"net": "200", "currency": "NZD", "customer_id": "c9"}, "customer: ours Alpine Dental, theirs c9"),
    ],
)
def test_what_does_not_match_is_not_ours(world: World, facts: dict[str, str], against: str) -> None:
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER, **facts)
    world.apply()
    world.clock.sleep(SETTLED)
    with pytest.raises(UnsafePlanError, match="cannot be told to be ours") as told:
        choose(world, "ours")
    assert against in str(told.value)
    assert world.rows("SELECT state FROM documents") == [("held",)]


def test_nothing_can_be_ours_where_nothing_stands(voided: World) -> None:
    with pytest.raises(UnsafePlanError, match="nothing in force with its number was found"):
        choose(voided, "ours")


def test_two_that_fit_are_not_told_apart(world: World) -> None:
    script(world, RESET)
    world.company.refuses_used_number = False
    world.apply()
    for _ in range(2):
        world.stranger(NUMBER, net="200", currency="NZD", customer_id="Alpine Dental")
    world.apply()
    world.clock.sleep(SETTLED)
    with pytest.raises(UnsafePlanError, match="2 documents with its number fit"):
        choose(world, "ours")


def test_of_two_with_its_number_the_one_that_fits_is_tied_and_neither_is_given_up(world: World) -> None:
    script(world, LOST)
    world.apply()
    world.stranger(NUMBER, customer_id="Somebody")
    world.apply()
    world.clock.sleep(SETTLED)
    (one,) = waits(world)
    assert (one.cause, one.choices) == (f"2 documents over there carry {NUMBER}", ("again", "release", "ours"))
    with pytest.raises(UnsafePlanError, match="is in force over there"):
        choose(world, "again")
    choose(world, "ours")
    assert claimed(world) == [(NUMBER, 1)]
    assert waits(world) == []
    world.clock.sleep(86400)
    with pytest.raises(UnsafePlanError, match=f"{NUMBER} \\("):
        world.apply()  # the other one still carries our number


def test_one_that_a_person_made_again_by_hand_is_tied_in_the_place_of_ours(voided: World) -> None:
    voided.stranger(NUMBER, net="200", currency="NZD", customer_id="Alpine Dental")
    voided.pull()
    choose(voided, "ours")
    assert voided.rows("SELECT remote_id, their_status FROM documents") == [("s1", "posted")]
    assert voided.rows("SELECT count(*) FROM strangers") == [(0,)]
    assert claimed(voided) == [(NUMBER, 1)]
    assert voided.rows("SELECT touched <> '' FROM documents") == [(1,)], "it says where it is not as we sent it"
    assert [one.choices for one in waits(voided)] == [("accept",)]
    voided.pull()
    assert voided.rows("SELECT disposition FROM charges") == [("invoiced",)]
    sends_nothing_more(voided)


def test_what_stands_for_other_time_of_ours_cannot_stand_for_this_as_well(voided: World) -> None:
    """Two months of the same money: one is voided, and a person gives the other its number."""
    voided.work("two", hours="2", on=voided.day("2026-05-05"))
    other = "HB-2605-001"
    assert voided.bill().done == [other]
    voided.company.change(voided.there(NUMBER).id, number="old")
    voided.company.change(voided.there(other).id, number=NUMBER)
    voided.pull()
    with pytest.raises(UnsafePlanError, match=f"it is our {other}, under another number now"):
        choose(voided, "ours")
    assert voided.rows("SELECT count(DISTINCT remote_id) FROM documents") == [(2,)]


def test_what_stands_for_other_time_of_ours_is_not_found_for_one_in_doubt(world: World) -> None:
    world.apply()
    world.work("two", hours="2", on=world.day("2026-05-05"))
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    world.company.change(world.there(NUMBER).id, number="HB-2605-001", invoice_date=world.day("2026-05-31"))
    world.clock.sleep(SETTLED)
    assert world.apply().held == [("HB-2605-001", f"HB-2605-001 over there is our {NUMBER}, under another number now")]
    assert claimed(world) == [(NUMBER, 1), ("HB-2605-001", 2)]
