"""P4, X3: machines whose clocks are wrong. The settle time is waited out by one clock, the database's."""

import pytest

from adapters.memory.sink import Sink
from tests.use_cases import faults
from tests.use_cases.world import World


def late_company() -> World:
    """A company that uses a number twice, forgets every key, and is late with what it was sent: done only after 470 seconds."""
    world = World()
    world.company.refuses_used_number, world.company.key_memory_s = False, 0
    world.work("a1")
    faults.script(world, faults.late(470))
    return world


def test_x3_a_machine_whose_clock_is_ahead_does_not_send_again_before_the_settle_time_is_over() -> None:
    world = late_company()
    world.bill()
    world.clock.sleep(200)
    world.clock.skew_seconds = 400
    world.apply()
    world.clock.sleep(300)
    world.apply()
    assert world.live_numbers() == ["HB-2606-001"]
    assert len(world.company.ledger) == 1


def test_x3_a_machine_whose_clock_is_behind_counts_the_deadline_of_what_it_sends_by_the_database() -> None:
    world = late_company()
    world.clock.skew_seconds = -400
    world.bill()
    world.clock.sleep(200)
    world.clock.skew_seconds = 0
    world.apply()
    world.clock.sleep(300)
    world.apply()
    assert world.live_numbers() == ["HB-2606-001"]
    assert len(world.company.ledger) == 1


def test_x3_a_run_that_stands_still_after_it_looked_too_early_does_not_send() -> None:
    world = late_company()
    world.bill()
    world.clock.sleep(200)
    find = Sink.find

    def finds_and_stands_still(sink, refs):
        found = find(sink, refs)
        world.clock.sleep(290)  # the settle time is over when it goes on, and what was late is done
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sink, "find", finds_and_stands_still)
        world.apply()
    world.apply()
    assert world.live_numbers() == ["HB-2606-001"]
    assert len(world.company.ledger) == 1
