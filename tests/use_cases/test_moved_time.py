"""Time that moves between documents: each step in an order in which no time stands twice."""

import pytest

from tests.use_cases.faults import RESET, script
from tests.use_cases.months import three_billed
from tests.use_cases.test_apply import nets
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    return three_billed()


def test_time_that_moves_to_another_client_leaves_one_draft_before_the_other_takes_it(world: World) -> None:
    world.work("Alpine Dental 2", "Bayside Motors", hours="2")
    world.pull()
    after = {step.client: step.after for step in world.plan().steps}
    assert after == {"Alpine Dental": (), "Bayside Motors": ("nz/2026-06/Alpine Dental",)}
    world.approve()
    assert world.apply().done == ["HB-2606-001", "HB-2606-002"]
    assert (nets(world)["HB-2606-001"], nets(world)["HB-2606-002"]) == (100, 500)
    sends_nothing_more(world)


def test_a_draft_that_takes_time_waits_while_the_one_that_drops_it_is_in_doubt(world: World) -> None:
    world.work("Alpine Dental 2", "Bayside Motors", hours="2")
    world.pull()
    world.approve()
    script(world, RESET)
    told = world.apply()
    assert told.waits == [("HB-2606-002", "waits for HB-2606-001 to let go of its time")]
    assert nets(world)["HB-2606-002"] == 300
    world.clock.sleep(SETTLED)
    world.bill()
    assert (nets(world)["HB-2606-001"], nets(world)["HB-2606-002"]) == (100, 500)
    sends_nothing_more(world)


def test_a_draft_that_takes_time_waits_while_only_it_is_approved(world: World) -> None:
    world.work("Alpine Dental 2", "Bayside Motors", hours="2")
    world.pull()
    world.approve(only=["Bayside Motors"])
    assert len(world.apply().waits) == 1
    assert nets(world)["HB-2606-002"] == 300
    world.bill()
    assert (nets(world)["HB-2606-001"], nets(world)["HB-2606-002"]) == (100, 500)


def test_two_drafts_that_swap_time_do_not_wait_for_each_other_for_ever(world: World) -> None:
    world.work("Alpine Dental 2", "Bayside Motors", hours="2")
    world.work("Bayside Motors 2", "Alpine Dental", hours="2", notes="swapped")
    world.bill()
    world.bill()
    assert sorted(c[0] for c in world.rows("SELECT d.number FROM claims c JOIN documents d ON d.id = c.document")) == sorted(
        ["HB-2606-001", "HB-2606-002", "HB-2606-003"] * 2
    )
    holders = dict(
        world.rows("SELECT e.entry_id, d.number FROM claims c JOIN documents d ON d.id = c.document JOIN entries e ON e.key = c.entry")
    )
    assert (holders["Alpine Dental 2"], holders["Bayside Motors 2"]) == ("HB-2606-002", "HB-2606-001")
    sends_nothing_more(world)


def test_two_drafts_that_swap_everything_settle_too(world: World) -> None:
    for number in (1, 2):
        world.work(f"Alpine Dental {number}", "Bayside Motors", hours="3")
        world.work(f"Bayside Motors {number}", "Alpine Dental", hours="4")
    for _ in range(3):
        world.bill()
    live = {remote.customer_id: remote.net for remote in world.company.documents.values() if remote.live}
    assert (live["Alpine Dental"], live["Bayside Motors"]) == (800, 600)
    sends_nothing_more(world)


def test_time_that_leaves_a_posted_document_is_a_correction_on_both_sides(world: World) -> None:
    world.work("Cedar Legal 1", "Alpine Dental", hours="1")
    assert world.bill().sent == 0
    assert world.rows("SELECT disposition, seconds FROM charges WHERE kind = 'correction' ORDER BY seconds") == [
        ("held", -3600),
        ("held", 3600),
    ]
    sends_nothing_more(world)


def test_a_draft_whose_time_is_all_gone_is_voided_and_made_again_under_a_new_number_by_approval(world: World) -> None:
    world.remove("Alpine Dental 1")
    world.remove("Alpine Dental 2")
    assert world.bill().done == ["HB-2606-001"]
    assert world.there("HB-2606-001").status == "deleted"
    world.work("Alpine Dental 3", hours="4")
    world.pull()
    (step,) = world.plan().steps
    assert (step.action, step.generation) == ("create", 2)
    assert "HB-2606-001 was deleted: made again" in step.flags
    assert world.bill().done == ["HB-2606-001-2"]
    assert nets(world)["HB-2606-001-2"] == 400
    sends_nothing_more(world)


def test_a_document_can_be_made_again_more_than_once(world: World) -> None:
    for generation in (2, 3):
        for name in [name for name in world.source.entries if name.startswith("Alpine")]:
            world.remove(name)
        world.bill()
        world.work(f"Alpine Dental again {generation}", hours="1")
        assert world.bill().done == [f"HB-2606-001-{generation}"]
    sends_nothing_more(world)
