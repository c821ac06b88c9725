"""Looking over there: what people did, and documents under our numbers that nobody knows (C2, X3)."""

from decimal import Decimal

import pytest

from connector.errors import TransientError, UnsafePlanError
from connector.use_cases.reconcile import tie_out
from connector.use_cases.status import status
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.work("one", "Alpine Dental")
    world.work("two", "Bayside Motors")
    world.bill()
    return world


def test_payments_and_sending_are_not_changes_of_content(world: World) -> None:
    world.touch("HB-2606-001", status="posted", paid=Decimal(40), sent=True)
    world.pull()
    assert world.plan().steps == ()
    sends_nothing_more(world)


def test_an_edit_that_is_taken_back_over_there_leaves_the_draft_ours_again(world: World) -> None:
    world.touch("HB-2606-001", po="X")
    world.pull()
    assert [step.action for step in world.plan().steps] == ["hold"]
    world.touch("HB-2606-001", po="")
    world.work("three", "Alpine Dental")
    assert world.bill().done == ["HB-2606-001"]
    sends_nothing_more(world)


def test_a_number_changed_over_there_is_drift_and_no_stranger(world: World) -> None:
    world.company.change(world.there("HB-2606-001").id, number="INV-1", version="2")
    world.pull()
    (step,) = world.plan().steps
    assert "number was `HB-2606-001`, is `INV-1`" in step.reason
    sends_nothing_more(world)


def test_x3_a_person_who_uses_one_of_our_numbers_again_stops_the_book(world: World) -> None:
    world.stranger("HB-2606-001")
    world.pull()
    world.work("three", "Alpine Dental")
    world.pull()
    world.approve()
    before = world.company.requests
    with pytest.raises(UnsafePlanError, match="HB-2606-001"):
        world.apply()
    assert world.company.requests == before


def test_a_voided_stranger_does_not_stop_the_book(world: World) -> None:
    stranger = world.stranger("HB-2606-007")
    world.pull()
    world.company.change(stranger.id, status="voided", version="2")
    world.work("three", "Alpine Dental")
    assert world.bill().done == ["HB-2606-001"]


def stops(world: World) -> int:
    return status(world.open()).books[0].strangers


def test_a_stranger_that_was_voided_as_it_was_told_stands_in_the_way_of_nothing(world: World) -> None:
    """A restored state: its own document cannot be tied, because its time was edited since, and a person voids it."""
    backup = world.backup()
    world.work("three", "Cedar Legal")
    world.bill()
    world.restore(backup)
    world.work("three", "Cedar Legal", hours="3")
    world.pull()
    world.apply_refused()
    assert (tie_out(world.open()).numbers.strangers, stops(world)) == (("HB-2606-003",), 1)
    world.touch("HB-2606-003", status="voided")
    world.apply()
    world.pull()
    told = tie_out(world.open())
    assert (told.numbers.strangers, told.differences, told.ties, stops(world)) == ((), (), True, 0)


def test_a_document_that_is_not_of_our_series_is_nobodys_business(world: World) -> None:
    world.stranger("INV-0001")
    world.work("three", "Alpine Dental")
    assert world.bill().done == ["HB-2606-001"]


def test_a_look_that_breaks_off_is_read_again_from_where_it_began(world: World) -> None:
    world.clock.sleep(3600)
    world.touch("HB-2606-001", po="X")
    world.touch("HB-2606-002", po="Y")
    before = world.rows("SELECT changes_cursor FROM books")
    sink = type(world.open().sink("nz"))
    changed_since = sink.changed_since

    def breaks_off(self, cursor):
        for page, _ in changed_since(self, cursor):
            yield page[:1], None
            raise TransientError("reset")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sink, "changed_since", breaks_off)
        assert len(world.pull().failures) == 1
    assert world.rows("SELECT changes_cursor FROM books") == before
    world.pull()
    assert {step.action for step in world.plan().steps} == {"hold"}
    assert len(world.plan().steps) == 2


def test_what_stands_there_as_never_sent_and_is_mended_by_a_person_is_ours_again(world: World) -> None:
    world.work("three", "Cedar Legal")
    world.pull()
    world.approve()
    world.company.after_commit = lambda: None
    sink = type(world.open().sink("nz"))
    send = sink.send

    def differs(self, request):
        outcomes = send(self, request)
        return {ref: type(one)(world.touch(ref.number, po="theirs")) for ref, one in outcomes.items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sink, "send", differs)
        assert len(world.apply().held) == 1
    world.pull()
    assert world.rows("SELECT touched <> '' FROM documents WHERE number = 'HB-2606-003'") == [(1,)]
    world.touch("HB-2606-003", po="")
    world.pull()
    assert world.rows("SELECT touched <> '' FROM documents WHERE number = 'HB-2606-003'") == [(0,)]
    sends_nothing_more(world)
