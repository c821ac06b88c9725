"""Documents with corrections that people chose are made again too, from what was stored: deltas, credit notes, and drafts gone on from."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from connector.reports import as_billed as printed
from connector.reports.as_billed import AsBilled
from connector.use_cases import corrections
from connector.use_cases.as_billed import as_billed
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose, waits
from tests.use_cases.world import World

NEXT = "HB-2607-001"
D = Decimal


class Ticking(World):
    """Every command takes a while, and is a recorded run, as the command line makes them."""

    def open(self):
        self.clock.sleep(1)
        ws = super().open()
        ws.run = ws.store.start_run("a command")
        return ws


@pytest.fixture
def world() -> World:
    """June is posted: 2 h and 1 h at 100.00."""
    return june_posted(Ticking())


def again(world: World, number: str) -> AsBilled:
    return as_billed(world.open(), number)


def every(world: World) -> dict[object, bool]:
    numbers = [row[0] for row in world.rows("SELECT number FROM documents ORDER BY number")]
    return {number: again(world, str(number)).reproduced for number in numbers}


def edit(world: World, hours: str = "2.33") -> None:
    world.work("one", CEDAR, hours=hours)
    world.pull()


def next_month(world: World) -> None:
    world.clock.at += timedelta(days=31)
    world.bill()


def upset(world: World) -> None:
    """Everything that could matter is otherwise now."""
    world.mapping = mapping_of(YAML.replace("any: 100.00", "any: 175.00").replace("{work_type}, {month}", "x"))
    for name in list(world.source.entries):
        world.work(name, CEDAR, hours="7")
    world.pull()


@pytest.mark.parametrize("hours", ["2.33", "1.5", "2.3377"])
def test_a_delta_on_the_next_document_is_made_again(world: World, hours: str) -> None:
    edit(world, hours)
    choose(world, "delta")
    world.work("three", CEDAR, hours="3", on=world.day("2026-07-10"))
    next_month(world)
    assert every(world) == {JUNE: True, NEXT: True}
    before = again(world, NEXT).net
    upset(world)
    told = again(world, NEXT)
    assert (told.reproduced, told.net, told.net_again, told.missing, len(told.lines)) == (True, before, before, (), 2)


def test_the_delta_of_deleted_time_is_made_again(world: World) -> None:
    world.work("four", CEDAR, hours="5", on=world.day("2026-07-10"))
    world.remove("one")
    world.pull()
    choose(world, "delta")
    next_month(world)
    told = again(world, NEXT)
    assert (told.reproduced, told.net) == (True, D("300.00"))


def test_a_difference_to_a_difference_is_made_again(world: World) -> None:
    edit(world)
    choose(world, "delta")
    next_month(world)
    edit(world, "3")
    (row,) = waits(world)
    choose(world, "delta", row.ref)
    next_month(world)
    assert every(world) == {JUNE: True, NEXT: True, "HB-2608-001": True}


def test_time_that_moved_to_another_client_is_made_again_on_both_documents(world: World) -> None:
    world.work("five", CEDAR, hours="5", on=world.day("2026-07-10"))
    world.work("one", "Bayside Motors", hours="2")
    world.pull()
    choose(world, "delta")
    next_month(world)
    found = every(world)
    assert len(found) == 3
    assert all(found.values())


def test_a_delta_whose_choice_is_not_kept_is_told(world: World) -> None:
    edit(world)
    choose(world, "delta")
    next_month(world)
    with world.store.begin() as tx:
        tx.exec_driver_sql("DELETE FROM corrections")
        tx.exec_driver_sql("DELETE FROM claims WHERE part >= 1000")
    told = again(world, NEXT)
    assert not told.reproduced
    assert "decided by hand" in told.missing[0]


def test_a_credit_note_is_made_again_and_so_is_what_it_credits_and_what_is_billed_since(world: World) -> None:
    edit(world)
    choose(world, "credit")
    world.bill()
    next_month(world)
    assert every(world) == {JUNE: True, NEXT: True, "HB-2607-002": True}
    upset(world)
    told = again(world, NEXT)
    assert (told.reproduced, told.net, [line.net_again for line in told.lines]) == (True, D("200.00"), [D("200.00")])


def test_part_of_a_line_is_credited_again_to_the_cent() -> None:
    world = Ticking()
    minute = D(1) / 60
    for name in ("one", "p", "q"):
        world.work(name, CEDAR, hours=str(20 * minute))
    world.bill()
    world.remove("one")
    world.pull()
    choose(world, "credit")
    world.bill()
    assert every(world) == {JUNE: True, NEXT: True}
    assert again(world, NEXT).net_again == D("33.34")


def test_a_credit_note_that_was_changed_in_the_state_is_told(world: World) -> None:
    edit(world)
    choose(world, "credit")
    world.bill()
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE steps SET body = replace(body, '\"200.00\"', '\"180.00\"') WHERE action = 'credit'")
    told = again(world, NEXT)
    assert (told.reproduced, told.net, told.net_again) == (False, D("180.00"), D("200.00"))


def test_a_credit_note_made_again_after_it_was_voided_is_made_again_from_the_charges_of_the_first(world: World) -> None:
    world.touch(JUNE, balance=D(0))
    edit(world)
    choose(world, "credit")
    world.bill()
    world.touch(NEXT, status="voided")
    world.pull()
    choose(world, "again", NEXT)
    world.bill()
    assert again(world, f"{NEXT}-2").reproduced
    assert again(world, f"{NEXT}-2").net_again == D("200.00")


def lowered(world: World, number: str) -> None:
    """Somebody gives ten dollars off an hour over there."""
    lines = tuple(msgspec.structs.replace(line, price=D("90.00"), net=line.quantity * D("90.00")) for line in world.there(number).lines)
    world.touch(number, lines=lines, net=sum((line.net for line in lines), D(0)))
    world.pull()


def test_a_document_that_was_taken_as_it_is_says_so_and_is_made_again_as_it_was_approved(world: World) -> None:
    lowered(world, JUNE)
    choose(world, "accept", JUNE)
    told = again(world, JUNE)
    assert (told.reproduced, told.net) == (True, D("300.00"))
    (since,) = told.since
    assert "accept was chosen for it" in since
    assert "NZD 270.00 since" in since
    assert since in printed.as_table(told)


@pytest.mark.parametrize("choice", ["delta", "credit"])
def test_corrections_of_what_was_taken_as_it_is_follow_what_was_taken(world: World, choice: str) -> None:
    lowered(world, JUNE)
    choose(world, "accept", JUNE)
    edit(world)
    choose(world, choice)
    world.bill()
    next_month(world)
    found = every(world)
    assert len(found) == (2 if choice == "delta" else 3)
    assert all(found.values()), {number: again(world, str(number)) for number, holds in found.items() if not holds}


def test_a_draft_that_was_gone_on_from_is_made_again_with_their_lines() -> None:
    world = Ticking()
    world.work("one", hours="2")
    world.bill()
    theirs = world.there(JUNE)
    more = msgspec.structs.replace(theirs.lines[0], id="own", description="a person's line", quantity=D(1), price=D(50), net=D(50))
    world.touch(JUNE, lines=(*theirs.lines, more), net=theirs.net + 50)
    world.pull()
    choose(world, "amend", JUNE)
    world.work("two", hours="1")
    world.bill()
    assert world.there(JUNE).net == 350
    told = again(world, JUNE)
    assert (told.reproduced, told.net_again, len(told.lines), told.since) == (True, D("350.00"), 2, ())
    world.mapping = mapping_of(YAML.replace("any: 100.00", "any: 175.00"))
    assert again(world, JUNE).reproduced


def test_a_document_made_again_after_a_choice_is_made_again(world: World) -> None:
    world.touch(JUNE, status="voided")
    world.pull()
    corrections.choose(world.open(), JUNE, "again", "wrong address", "Finance")
    world.bill()
    assert every(world) == {JUNE: True, f"{JUNE}-2": True}
