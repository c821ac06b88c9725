"""Documents in doubt: looked up first, sent again only when they provably are not there (X2, X3, X4)."""

from decimal import Decimal

import pytest

from adapters.memory.sink import Fault
from connector.ports import Request, Unknown
from tests.use_cases.faults import LOST, RESET, late, script
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    world = World()
    for client in ("Alpine Dental", "Bayside Motors", "Cedar Legal"):
        world.work(f"{client} 1", client)
    world.pull()
    world.approve()
    return world


def test_a_document_in_doubt_blocks_only_itself(world: World) -> None:
    script(world, RESET)
    world.apply()
    world.work("late for Alpine", "Alpine Dental", on=world.day("2026-07-01"))
    world.clock.sleep(86400 * 31)
    script(world)
    world.work("new", "Bayside Motors", on=world.day("2026-07-02"))
    world.pull()
    world.approve()
    assert "HB-2607-001" in world.apply().done


def test_one_that_was_made_and_then_voided_over_there_is_held_and_never_sent_again(world: World) -> None:
    script(world, LOST)
    world.apply()
    world.touch("HB-2606-001", status="voided")
    told = world.apply()
    assert dict(told.held)["HB-2606-001"] == "HB-2606-001 was made and then voided over there"
    world.clock.sleep(SETTLED)
    before = world.company.requests
    world.apply()
    assert world.company.requests == before
    assert world.rows("SELECT DISTINCT disposition FROM charges WHERE document = 'HB-2606-001'") == [("held",)]


def test_two_over_there_with_one_number_are_held(world: World) -> None:
    script(world, LOST)
    world.apply()
    world.stranger("HB-2606-001")
    assert "2 documents over there carry HB-2606-001" in dict(world.apply().held)["HB-2606-001"]


def test_x4_a_poison_document_holds_up_only_itself(world: World) -> None:
    world.work("Alpine Dental 1", "Alpine Dental", hours="1")
    poison = "HB-2606-002"
    sizes: list[int] = []

    def fault(request: Request) -> Fault | None:
        sizes.append(len(request.members))
        return RESET if any(member.ref.number == poison for member in request.members) else None

    world.company.fault = fault
    for _ in range(8):
        world.apply()
        world.clock.sleep(SETTLED)
    assert world.live_numbers() == ["HB-2606-001", "HB-2606-003"]
    assert sizes[0] == 3
    assert sizes[-1] == 1


def test_what_is_in_doubt_for_more_than_a_day_is_held(world: World) -> None:
    script(world, *[RESET] * 50)
    world.apply()
    world.clock.sleep(86400 + 60)
    told = world.apply()
    assert len(told.held) == 3
    assert "in doubt for more than a day" in told.held[0][1]
    before = world.company.requests
    world.clock.sleep(SETTLED)
    world.apply()
    assert world.company.requests == before


def test_x3_what_was_held_is_adopted_when_it_turns_up(world: World) -> None:
    script(world, late(86400 * 2))
    world.apply()
    world.clock.sleep(86400 + 60)
    assert len(world.apply().held) == 3
    world.clock.sleep(86400)
    assert len(world.apply().adopted) == 3
    sends_nothing_more(world)


def test_only_the_members_that_are_not_there_go_again(world: World) -> None:
    def half(request: Request) -> Fault | None:
        world.company.fault = lambda _request: None
        world.company.handle(world.only(request, 2))
        return RESET

    world.company.fault = half
    world.apply()
    world.clock.sleep(SETTLED)
    seen = script(world)
    told = world.apply()
    assert told.adopted == ["HB-2606-001", "HB-2606-002"]
    assert [member.ref.number for member in seen[0].members] == ["HB-2606-003"]
    sends_nothing_more(world)


# ---- updates and voids --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def drafted(world: World) -> World:
    world.apply()
    world.work("Bayside Motors 1", "Bayside Motors", hours="2")
    world.pull()
    world.approve()
    return world


def test_a_lost_update_is_sent_again_unchanged_after_the_settle_time(drafted: World) -> None:
    seen = script(drafted, RESET)
    drafted.apply()
    drafted.clock.sleep(SETTLED)
    assert drafted.apply().done == ["HB-2606-002"]
    assert (seen[0].body, seen[0].key) == (seen[1].body, seen[1].key)
    assert drafted.there("HB-2606-002").net == Decimal(200)
    sends_nothing_more(drafted)


def test_x2_an_update_whose_answer_was_lost_is_adopted(drafted: World) -> None:
    seen = script(drafted, LOST)
    drafted.apply()
    assert drafted.apply().adopted == ["HB-2606-002"]
    assert len(seen) == 1
    sends_nothing_more(drafted)


def test_an_update_that_changes_only_what_is_not_compared_is_not_taken_for_done(drafted: World) -> None:
    drafted.apply()
    drafted.work("Bayside Motors 1", "Bayside Motors", hours="2", person="Ana Reyes")
    drafted.pull()
    drafted.approve()
    script(drafted, RESET)
    drafted.apply()
    assert drafted.apply().adopted == []
    drafted.clock.sleep(SETTLED)
    assert drafted.apply().done == ["HB-2606-002"]
    sends_nothing_more(drafted)


def test_a_draft_that_a_person_edited_while_its_update_was_lost_is_held(drafted: World) -> None:
    script(drafted, RESET)
    drafted.apply()
    drafted.touch("HB-2606-002", po="PO-7")
    told = drafted.apply()
    assert dict(told.held) == {"HB-2606-002": "HB-2606-002 was changed over there while it was being amended"}
    drafted.clock.sleep(SETTLED)
    before = drafted.company.requests
    drafted.apply()
    assert drafted.company.requests == before


def test_a_held_update_whose_draft_stands_as_before_again_is_planned_again(drafted: World) -> None:
    script(drafted, RESET)
    drafted.apply()
    drafted.touch("HB-2606-002", po="PO-7")
    drafted.apply()
    drafted.touch("HB-2606-002", po="")
    drafted.clock.sleep(SETTLED)
    assert drafted.apply().done == ["HB-2606-002"]
    assert drafted.there("HB-2606-002").net == Decimal(200)
    sends_nothing_more(drafted)


def test_x2_a_lost_void_is_adopted(drafted: World) -> None:
    drafted.apply()
    drafted.remove("Bayside Motors 1")
    drafted.pull()
    drafted.approve()
    script(drafted, LOST)
    drafted.apply()
    assert drafted.apply().adopted == ["HB-2606-002"]
    assert drafted.there("HB-2606-002").status == "deleted"
    assert drafted.rows("SELECT count(*) FROM claims c JOIN documents d ON d.id = c.document WHERE d.number = 'HB-2606-002'") == [(0,)]
    sends_nothing_more(drafted)


def test_a_lost_void_that_was_not_done_is_sent_again(drafted: World) -> None:
    drafted.apply()
    drafted.remove("Bayside Motors 1")
    drafted.pull()
    drafted.approve()
    script(drafted, RESET)
    drafted.apply()
    drafted.clock.sleep(SETTLED)
    assert drafted.apply().done == ["HB-2606-002"]
    assert drafted.there("HB-2606-002").status == "deleted"
    sends_nothing_more(drafted)


def test_an_update_met_by_a_newer_version_is_compared_again(drafted: World) -> None:
    def fault(_request: Request) -> Fault | None:
        drafted.company.fault = lambda _request: None
        drafted.touch("HB-2606-002", sent=True)
        return None

    drafted.company.fault = fault
    told = drafted.apply()
    assert told.waits[0][0] == "HB-2606-002"
    assert drafted.apply().done == ["HB-2606-002"]
    sends_nothing_more(drafted)


def test_x4_an_answer_that_mentions_nobody_leaves_all_in_doubt(world: World) -> None:
    sink_type = type(world.open().sink("nz"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sink_type, "send", lambda self, request: {m.ref: Unknown("500") for m in request.members[:1]})
        told = world.apply()
    assert len(told.doubt) == 3
    world.clock.sleep(SETTLED)
    assert len(world.apply().done) == 3
    sends_nothing_more(world)
