"""A difference stands on a later document, and the document that billed the time first is given up: what is left of it is one row, the whole
as it is now less what stands on live documents, to the cent; nothing of it is billed before a person has chosen, and nothing twice.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.use_cases import corrections
from connector.use_cases.reconcile import tie_out
from connector.use_cases.waiting import Waiting
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import june_posted
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

D = Decimal
JUNE, JULY, AUGUST = "HB-2606-001", "HB-2607-001", "HB-2608-001"
CEDAR = "Cedar Legal"
"""Its documents are posted at once."""


def choose(world: World, choice: str, ref: str) -> None:
    corrections.choose(world.open(), ref, choice, "agreed on the phone", "Finance")


def month_later(world: World) -> None:
    world.clock.at += timedelta(days=31)
    world.bill()


def corrected(world: World, hours: str, of: str) -> None:
    """An edit whose difference goes on the next month's document."""
    world.work("one", CEDAR, hours=hours)
    world.pull()
    choose(world, "delta", f"{of}:list:one")
    month_later(world)


def given_up(world: World, number: str = JUNE, choice: str = "again") -> None:
    world.touch(number, status="voided")
    world.pull()
    choose(world, choice, number)
    world.pull()


def waits(world: World) -> list[Waiting]:
    return corrections.waiting(world.open())


def live(world: World) -> dict[str, Decimal]:
    return {there.number: there.net for there in world.company.documents.values() if there.live}


def whole(world: World, hours: str, net: str) -> None:
    """To the second and the cent, and no charge on two live documents."""
    world.check()
    told = tie_out(world.open())
    assert told.ties, told.differences
    assert sum(live(world).values()) == D(net)
    billed = world.rows("SELECT sum(c.seconds) FROM claims c JOIN documents d ON d.id = c.document WHERE d.their_status = 'posted'")
    assert billed[0][0] == int(D(hours) * 3600)
    assert waits(world) == []
    sends_nothing_more(world)


@pytest.fixture
def world() -> World:
    """June is posted: 2 h and 1 h at 100.00."""
    return june_posted()


@pytest.mark.parametrize("choice", ["again", "release"])
@pytest.mark.parametrize(("hours", "difference", "rest"), [("3", "100", "200"), ("1.5", "-50", "200"), ("2.33", "33", "200")])
def test_the_rest_is_one_row_and_comes_to_the_whole(world: World, choice: str, hours: str, difference: str, rest: str) -> None:
    world.work("july", CEDAR, hours="1", on=world.day("2026-07-03"))
    corrected(world, hours, JUNE)
    assert live(world)[JULY] == 100 + D(difference)
    given_up(world, choice=choice)
    (row,) = waits(world)
    assert (row.ref, row.net, row.seconds) == (f"{JULY}:list:one", D(rest), 7200)
    assert row.cause == (
        f"list:one was billed first on a document that was given up, and in part on {JULY}, which stands: this is the rest"
    )
    assert row.choices == ("delta", "write_off", "accept")
    assert f"delta was chosen for NZD {D(difference):.2f} on 2026-07-02, and stands on {JULY}" in row.said
    world.bill()
    assert all(net in (100, 100 + D(difference)) for net in live(world).values()), "nothing of it is billed by itself"
    choose(world, "delta", row.ref)
    month_later(world)
    month_later(world)
    whole(world, str(D(hours) + 2), str((D(hours) + 2) * 100))


def test_two_differences_are_taken_off_together(world: World) -> None:
    corrected(world, "3", JUNE)
    corrected(world, "3.5", JUNE)
    assert live(world) == {JUNE: 300, JULY: 100, AUGUST: 50}
    given_up(world)
    (row,) = waits(world)
    assert (row.net, row.seconds) == (200, 7200)
    choose(world, "delta", row.ref)
    for _ in range(2):
        month_later(world)
    whole(world, "4.5", "450")


def test_the_rest_that_was_billed_is_part_of_the_same_time_when_it_changes_once_more(world: World) -> None:
    corrected(world, "3", JUNE)
    given_up(world)
    choose(world, "delta", waits(world)[0].ref)
    month_later(world)
    assert live(world) == {f"{JUNE}-2": 100, JULY: 100, AUGUST: 200}
    corrected(world, "3.25", JULY)
    whole(world, "4.25", "425")


def test_what_hours_times_price_do_not_make_stays_right_to_the_cent() -> None:
    """Three thirds of an hour are 100.00. One becomes a minute longer: 61 minutes are 1.02 h, 102.00. What is left of it is 20 minutes."""
    world, minute = World(), D(1) / 60
    for name in ("one", "two", "three"):
        world.work(name, CEDAR, hours=str(20 * minute))
    world.bill()
    corrected(world, str(21 * minute), JUNE)
    assert live(world) == {JUNE: 100, JULY: 2}
    given_up(world)
    (row,) = waits(world)
    assert row.seconds == 1200
    choose(world, "delta", row.ref)
    for _ in range(2):
        month_later(world)
    assert sum(live(world).values()) == live(world)[f"{JUNE}-2"] + 2 + row.net
    assert (live(world)[f"{JUNE}-2"], row.net) == (67, 33), "0.67 h of the others, and 0.35 h as it is now less 2.00"
    whole(world, str(61 * minute), "102")


def test_at_another_price_the_rest_is_the_whole_at_that_price_less_what_stands(world: World) -> None:
    corrected(world, "3", JUNE)
    given_up(world)
    world.mapping = mapping_of(YAML.replace("any: {any: 100.00}", "any: {any: 130.00}"))
    world.work("one", CEDAR, hours="3.1")
    world.pull()
    (row,) = waits(world)
    assert row.net == D("3.1") * 130 - 100
    choose(world, "delta", row.ref)
    for _ in range(2):
        month_later(world)
    whole(world, "4.1", str(D("4.1") * 130))


def test_what_was_deleted_meanwhile_takes_back_the_difference_that_stands(world: World) -> None:
    world.work("july", CEDAR, hours="4", on=world.day("2026-07-03"))
    corrected(world, "3", JUNE)
    given_up(world)
    world.remove("one")
    world.clock.at += timedelta(minutes=20)
    world.pull()
    (row,) = waits(world)
    assert (row.net, row.seconds) == (-100, -3600)
    world.work("august", CEDAR, hours="4", on=world.day("2026-08-03"))
    choose(world, "delta", row.ref)
    for _ in range(2):
        month_later(world)
    whole(world, "9", "900")


def test_what_moved_to_another_client_meanwhile_is_taken_back_there_and_billed_here(world: World) -> None:
    world.work("july", CEDAR, hours="4", on=world.day("2026-07-03"))
    corrected(world, "3", JUNE)
    given_up(world)
    world.work("one", "Bayside Motors", hours="3")
    world.pull()
    (row,) = waits(world)
    assert row.net == -100
    world.work("august", CEDAR, hours="4", on=world.day("2026-08-03"))
    choose(world, "delta", row.ref)
    for _ in range(3):
        month_later(world)
    nets: dict[str, Decimal] = {}
    for there in world.company.documents.values():
        if there.live:
            nets[there.customer] = nets.get(there.customer, D(0)) + there.net
    assert nets == {CEDAR: 900, "Bayside Motors": 300}
    assert waits(world) == []


def test_what_is_just_the_difference_now_leaves_nothing_to_choose(world: World) -> None:
    corrected(world, "3", JUNE)
    given_up(world)
    world.work("one", CEDAR, hours="1")
    world.pull()
    assert waits(world) == []
    month_later(world)
    whole(world, "2", "200")


@pytest.mark.parametrize("choice", ["write_off", "accept"])
def test_a_rest_that_is_given_up_bills_nothing_more(world: World, choice: str) -> None:
    corrected(world, "3", JUNE)
    given_up(world)
    choose(world, choice, waits(world)[0].ref)
    for _ in range(2):
        month_later(world)
    assert live(world) == {f"{JUNE}-2": 100, JULY: 100}
    assert (waits(world), tie_out(world.open()).ties) == ([], True)
    sends_nothing_more(world)


def test_where_both_are_given_up_the_time_is_billed_whole(world: World) -> None:
    corrected(world, "3", JUNE)
    given_up(world)
    given_up(world, JULY)
    assert waits(world) == []
    for _ in range(2):
        month_later(world)
    assert live(world) == {f"{JUNE}-2": 400}
    whole(world, "4", "400")
