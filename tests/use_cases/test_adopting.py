"""Adopting: what stands over there under our numbers stops the book until it is tied to what we would have sent."""

from decimal import Decimal

import msgspec
import pytest

from connector.errors import UnsafePlanError
from connector.ports import Change
from connector.store.documents import step_of
from tests.use_cases.faults import refusing, script
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World


def test_a_restored_backup_stops_the_book_until_what_is_there_is_tied() -> None:
    world = World()
    world.work("one", "Alpine Dental")
    world.pull()
    backup = world.backup()
    world.work("two", "Bayside Motors")
    world.bill()
    assert world.live_numbers() == ["HB-2606-001", "HB-2606-002"]
    world.restore(backup)
    world.pull()
    world.approve()
    before = world.company.requests
    with pytest.raises(UnsafePlanError, match="2 documents over there carry our numbers"):
        world.apply()
    assert world.company.requests == before
    assert sorted(world.apply(adopting=True).adopted) == ["HB-2606-001", "HB-2606-002"]
    assert world.company.requests == before
    sends_nothing_more(world)


def test_after_adopting_the_next_number_is_a_new_one() -> None:
    world = World()
    world.work("one", "Alpine Dental")
    world.pull()
    backup = world.backup()
    world.bill()
    world.restore(backup)
    world.pull()
    world.apply_refused()
    world.apply(adopting=True)
    world.work("two", "Bayside Motors")
    assert world.bill().done == ["HB-2606-002"]
    sends_nothing_more(world)


def test_numbers_that_were_reserved_in_another_order_after_a_restore_are_put_right() -> None:
    world = World()
    backup = world.backup()
    world.work("b", "Bayside Motors")
    world.bill()
    world.work("a", "Alpine Dental")
    world.bill()
    assert world.there("HB-2606-001").customer == "Bayside Motors"
    world.restore(backup)
    world.pull()
    world.approve()
    world.apply_refused()
    assert sorted(world.apply(adopting=True).adopted) == ["HB-2606-001", "HB-2606-002"]
    sends_nothing_more(world)


def test_a_stranger_that_fits_nothing_stops_the_book_until_its_number_is_changed() -> None:
    world = World()
    world.work("one", "Alpine Dental")
    world.pull()
    world.approve()
    world.stranger("HB-2606-001", net="7")
    world.apply_refused()
    with pytest.raises(UnsafePlanError, match="HB-2606-001"):
        world.apply(adopting=True)
    world.company.change(world.there("HB-2606-001").id, number="INV-9", version="2")
    assert world.apply().done == ["HB-2606-001"]
    sends_nothing_more(world)


def test_a_stranger_under_the_number_of_a_refused_document_stops_the_book() -> None:
    world = World()
    world.company.refuses_used_number = False
    world.work("one", "Alpine Dental")
    world.pull()
    world.approve()
    script(world, refusing("HB-2606-001"))
    world.apply()
    world.stranger("HB-2606-001", net="7")
    world.approve()
    world.apply_refused()
    assert world.live_numbers() == ["HB-2606-001"]


def test_a_restored_backup_knows_its_own_amendment_again_and_bills_nothing_twice() -> None:
    world = World()
    world.work("1")
    world.bill()
    backup = world.backup()
    world.work("2", hours="2")
    world.bill()
    net = world.there("HB-2606-001").net
    world.restore(backup)
    world.pull()
    world.apply()
    assert [step.action for step in world.plan().steps if step.key == "nz/2026-06/Alpine Dental"] == ["hold"]
    assert world.apply(adopting=True).adopted == ["HB-2606-001"]
    world.pull()
    assert not world.plan().sending
    writes = len(world.company.ledger)
    world.bill()
    assert (len(world.company.ledger), world.there("HB-2606-001").net) == (writes, net)
    world.check()


def test_a_document_made_as_it_was_approved_long_ago_is_adopted_and_amended() -> None:
    """A request that was carried out later than anybody waited for it; its time was edited and approved anew meanwhile."""
    world = World()
    world.work("one", "Alpine Dental")
    world.pull()
    world.approve()
    ((body,),) = world.rows("SELECT body FROM steps")
    step = step_of(str(body))
    assert step.document is not None
    world.work("one", "Alpine Dental", hours="3")
    world.pull()
    world.approve()
    sink = world.open().sink("nz")
    (request,) = sink.prepare("create", [Change(msgspec.structs.replace(step.document, number=step.number), None)])
    sink.send(request)
    world.apply_refused()
    assert world.apply(adopting=True).adopted == ["HB-2606-001"]
    assert world.bill().done == ["HB-2606-001"]
    assert (world.live_numbers(), world.there("HB-2606-001").net) == (["HB-2606-001"], Decimal(300))
    sends_nothing_more(world)
    world.check()


def test_adopting_leaves_a_draft_that_a_person_changed_held() -> None:
    world = World()
    world.work("1")
    world.bill()
    world.touch("HB-2606-001", po="by hand")
    world.work("2")
    world.pull()
    assert world.apply(adopting=True).adopted == []
    assert [step.action for step in world.plan().steps if step.key == "nz/2026-06/Alpine Dental"] == ["hold"]
