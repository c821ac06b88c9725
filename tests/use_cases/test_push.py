"""What the push protocol does with each answer (fault model X1 to X8, N1, N2, C1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest

from adapters.memory.sink import Fault, Sink
from connector.errors import BusyError
from connector.ports import Accepted, Request
from connector.store.store import Store
from connector.use_cases import push
from connector.use_cases.told import Told
from tests.use_cases.faults import LOST, PARTIAL, RESET, UNSENT, after_effect, late, refusing, script
from tests.use_cases.world import World

SETTLED = 8 * 60 + 10
"""The deadline and the settle time of the memory sink, and a little more, in seconds."""


@pytest.fixture
def world() -> World:
    world = World()
    for client in ("Alpine Dental", "Bayside Motors", "Cedar Legal"):
        world.work(f"{client} 1", client)
    world.pull()
    world.approve()
    return world


def sends_nothing_more(world: World) -> None:
    before = world.company.requests
    world.bill()
    assert world.company.requests == before, "a second run sent something"
    world.check()


def test_an_approved_plan_is_carried_out_and_a_second_run_sends_nothing(world: World) -> None:
    assert world.apply().done == ["HB-2606-001", "HB-2606-002", "HB-2606-003"]
    assert world.live_numbers() == ["HB-2606-001", "HB-2606-002", "HB-2606-003"]
    sends_nothing_more(world)


def test_x1_a_reset_is_repeated_unchanged_with_the_same_key_after_the_settle_time(world: World) -> None:
    seen = script(world, RESET)
    assert len(world.apply().doubt) == 3
    world.apply()
    assert len(seen) == 1, "it was sent again before the settle time was over"
    world.clock.sleep(SETTLED)
    assert len(world.apply().done) == 3
    assert (seen[0].body, seen[0].key) == (seen[1].body, seen[1].key)
    sends_nothing_more(world)


def test_x2_what_was_done_before_the_answer_was_lost_is_adopted_and_not_sent_again(world: World) -> None:
    seen = script(world, LOST)
    assert world.apply().sent == 1
    assert world.apply().adopted == ["HB-2606-001", "HB-2606-002", "HB-2606-003"]
    assert len(seen) == 1
    sends_nothing_more(world)


def test_x2_a_death_between_send_and_answer_is_found_at_the_next_run(world: World) -> None:
    class Dead(BaseException):
        pass

    def die() -> None:
        raise Dead

    after_effect(world, die)
    with pytest.raises(Dead):
        world.apply()
    assert len(world.apply().adopted) == 3
    sends_nothing_more(world)


@pytest.mark.parametrize("seconds", [5, 200, 419])
def test_x3_a_late_commit_is_never_doubled(world: World, seconds: int) -> None:
    seen = script(world, late(seconds))
    for _ in range(6):
        world.apply()
        world.clock.sleep(120)
    assert len(world.live_numbers()) == 3
    assert len(seen) == 1
    sends_nothing_more(world)


def test_x4_members_that_the_answer_does_not_mention_stay_in_doubt_and_the_others_are_done(world: World) -> None:
    script(world, PARTIAL)
    told = world.apply()
    assert (told.done, [number for number, _ in told.doubt]) == (["HB-2606-001", "HB-2606-003"], ["HB-2606-002"])
    assert world.apply().adopted == ["HB-2606-002"]
    sends_nothing_more(world)


def test_x4_a_refused_member_does_not_hold_up_the_others_and_its_next_attempt_has_a_new_key(world: World) -> None:
    seen = script(world, refusing("HB-2606-002"), refusing("HB-2606-002"))
    told = world.apply()
    assert (told.done, [number for number, _ in told.refused]) == (["HB-2606-001", "HB-2606-003"], ["HB-2606-002"])
    assert world.rows("SELECT entry FROM claims c JOIN documents d ON d.id = c.document WHERE d.number = 'HB-2606-002'") == []
    world.approve()
    world.apply()
    world.approve()
    world.apply()
    assert seen[1].body == seen[2].body
    assert seen[1].key != seen[2].key
    assert len(world.live_numbers()) == 3
    sends_nothing_more(world)


def test_a_document_refused_three_times_unchanged_is_held_until_a_person_says_so(world: World) -> None:
    script(world, *[refusing("HB-2606-002")] * 3)
    world.apply()
    for _ in range(2):
        world.approve()
        world.apply()
    (step,) = world.plan().steps
    assert (step.action, step.releasable) == ("hold", True)
    assert "refused 3 times: refused by the script" in step.reason
    world.approve(only=["Bayside Motors"])
    assert world.apply().done == ["HB-2606-002"]
    sends_nothing_more(world)


def test_a_document_refused_three_times_goes_again_once_its_time_changed(world: World) -> None:
    script(world, *[refusing("HB-2606-002")] * 3)
    world.apply()
    for _ in range(2):
        world.approve()
        world.apply()
    world.work("Bayside Motors 1", "Bayside Motors", hours="2")
    assert world.bill().done == ["HB-2606-002"]
    sends_nothing_more(world)


def test_x5_a_vendor_that_forgets_keys_does_not_double_anything(world: World) -> None:
    world.company.key_memory_s = 0
    script(world, LOST)
    world.apply()
    world.clock.sleep(SETTLED)
    world.apply()
    assert len(world.live_numbers()) == 3
    sends_nothing_more(world)


def test_x6_a_number_taken_by_somebody_between_look_and_send_is_held(world: World) -> None:
    def fault(request: Request) -> Fault | None:
        world.company.fault = lambda _request: None
        first = next(iter(world.company.documents.values()), None)
        assert first is None
        world.stranger("HB-2606-002", net="999")
        return None

    world.company.fault = fault
    told = world.apply()
    assert [number for number, _ in told.held] == ["HB-2606-002"]
    assert "is not ours" in told.held[0][1]
    assert len(told.done) == 2
    before = world.company.requests
    world.clock.sleep(SETTLED)
    world.apply()
    assert world.company.requests == before


def test_x6_a_number_taken_by_our_own_lost_create_is_adopted(world: World) -> None:
    world.company.key_memory_s = 0
    seen = script(world, late(30 * 60))
    world.apply()
    world.clock.sleep(SETTLED)
    script(world, LOST)
    world.apply()
    world.apply()
    world.clock.sleep(3600)
    world.apply()
    assert len(seen) == 1
    assert len(world.live_numbers()) == 3
    sends_nothing_more(world)


def test_x7_no_connection_sends_nothing_on_and_the_next_run_does(world: World) -> None:
    script(world, UNSENT)
    told = world.apply()
    assert (told.stopped, told.stopped_why) == ("no connection", "offline")
    assert world.live_numbers() == []
    assert len(world.apply().done) == 3
    sends_nothing_more(world)


def test_a_request_that_was_in_doubt_before_stays_in_doubt_when_it_cannot_be_sent(world: World) -> None:
    script(world, RESET, UNSENT)
    world.apply()
    world.clock.sleep(SETTLED)
    world.apply()
    assert world.rows("SELECT state FROM requests") == [("sent",)]
    world.clock.sleep(SETTLED)
    assert len(world.apply().done) == 3
    sends_nothing_more(world)


def test_x8_a_run_that_lost_its_lease_writes_nothing_more_but_its_confirmation_counts(world: World) -> None:
    def take_over() -> None:
        world.clock.sleep(400)
        with world.open().lease("book:nz"):
            pass

    after_effect(world, take_over)
    told = world.apply_to_the_end()
    assert len(told.done) == 3
    assert world.rows("SELECT count(*) FROM confirmations") == [(3,)]
    assert world.apply().sent == 0
    sends_nothing_more(world)


def test_x8_an_answer_that_is_recorded_while_another_run_looks_the_document_up_counts_once(world: World) -> None:
    """The first run stands still with its answer in hand; the second asks the company, and goes on after the first has recorded it."""
    looked: list[str] = []
    begin, find = Store.begin, Sink.find

    def finds_and_stands_still(sink: Sink, refs: object) -> object:
        looked.append("found")
        return find(sink, refs)  # type: ignore[arg-type]

    @contextmanager
    def begins(store: Store, *given: object, **more: object) -> Iterator[object]:
        if looked == ["found"]:
            looked.append("recorded")
            push.record(world.open(), "nz", old_lease, 1, answer, Told())
        with begin(store, *given, **more) as tx:  # type: ignore[arg-type]
            yield tx

    script(world, LOST)
    with world.open().lease("book:nz") as old_lease:
        pass
    world.apply()
    answer = {remote.ref: Accepted(remote) for remote in world.company.documents.values()}
    world.clock.sleep(SETTLED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sink, "find", finds_and_stands_still)
        patch.setattr(Store, "begin", begins)
        world.apply()
    assert looked == ["found", "recorded"]
    assert world.rows("SELECT count(*) FROM confirmations") == [(3,)]
    sends_nothing_more(world)


def test_x8_what_a_run_without_a_lease_did_not_hear_stays_in_doubt_for_the_one_that_took_over(world: World) -> None:
    def fault(_request: Request) -> Fault | None:
        world.company.fault = lambda _request: None
        world.clock.sleep(400)
        with world.open().lease("book:nz"):
            pass
        return UNSENT

    world.company.fault = fault
    world.apply_to_the_end()
    assert world.rows("SELECT state, unknowns FROM requests") == [("sent", 0)]


def test_x8_a_run_that_lost_its_lease_before_it_marks_sent_sends_nothing(world: World) -> None:
    seen: list[str] = []

    def take_over(statement: str) -> None:
        seen.append(statement)
        if statement == "COMMITTED" and any(one.startswith("INSERT INTO requests") for one in seen):
            world.store.comes_to = lambda _statement: None
            world.clock.sleep(400)
            with world.open().lease("book:nz"):
                pass

    world.store.comes_to = take_over
    with pytest.raises(BusyError):
        world.apply()
    assert world.company.requests == 0
    assert len(world.apply().done) == 3
    sends_nothing_more(world)


def test_a_passed_deadline_sends_nothing(world: World) -> None:
    sink = world.open().sink("nz")
    send = type(sink).send

    def suspended(self, request):
        world.clock.sleep(61)
        return send(self, request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(sink), "send", suspended)
        assert world.apply().stopped_why == "deadline"
    assert world.company.requests == 0
    assert len(world.apply().done) == 3
    sends_nothing_more(world)


def test_n1_a_death_before_the_intent_is_durable_sends_nothing(world: World) -> None:
    world.die_at("INSERT INTO requests")
    assert world.company.requests == 0
    assert world.rows("SELECT count(*) FROM intents") == [(0,)]
    world.clock.sleep(301)
    assert len(world.apply().done) == 3
    sends_nothing_more(world)


def test_n1_a_death_before_the_sent_mark_is_durable_sends_nothing(world: World) -> None:
    world.die_at("UPDATE requests SET state = 'sent'")
    assert world.company.requests == 0
    world.clock.sleep(301)
    assert len(world.apply().done) == 3
    sends_nothing_more(world)


def test_n1_a_death_before_the_confirmation_is_durable_is_looked_up(world: World) -> None:
    world.die_at("INSERT INTO confirmations")
    assert world.company.requests == 1
    world.clock.sleep(301)
    assert len(world.apply().adopted) == 3
    sends_nothing_more(world)


def test_n2_time_edited_after_approval_makes_its_step_stale_and_the_others_go(world: World) -> None:
    world.work("Bayside Motors 1", "Bayside Motors", hours="3")
    world.pull()
    told = world.apply()
    assert (told.done, [number for number, _ in told.stale]) == (["HB-2606-001", "HB-2606-003"], ["HB-2606-002"])
    assert world.bill().done == ["HB-2606-002"]
    sends_nothing_more(world)


def test_c1_what_comes_back_with_another_net_is_held_and_stays_held(world: World) -> None:
    def fault(_request: Request) -> Fault | None:
        world.company.fault = lambda _request: None
        return LOST

    world.company.fault = fault
    world.apply()
    world.touch("HB-2606-002", net=Decimal("100.01"))
    told = world.apply()
    assert "net: ours `100.00`, theirs `100.01`" in dict(told.held)["HB-2606-002"]
    for _ in range(2):
        world.pull()
        (step,) = world.plan().steps
        assert (step.action, step.number) == ("hold", "HB-2606-002")
        assert "100.01" in step.reason
    sends_nothing_more(world)


def test_c1_a_difference_that_is_not_in_the_net_is_held_and_stays_held(world: World) -> None:
    script(world, LOST)
    world.apply()
    world.touch("HB-2606-002", tax=Decimal("15.00"), po="X")
    world.apply()
    for _ in range(2):
        world.pull()
        assert [(step.action, step.number) for step in world.plan().steps] == [("hold", "HB-2606-002")]
    sends_nothing_more(world)
