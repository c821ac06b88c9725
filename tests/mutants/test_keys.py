"""X4: a company that replays by key replays its refusal, so a definite refusal takes a new key."""

from tests.use_cases import faults
from tests.use_cases.world import World


def test_a_company_that_replays_its_refusal_takes_the_mended_document() -> None:
    world = World()
    world.company.key_memory_s = 10**9
    world.work("a1")
    faults.script(world, faults.refusing("HB-2606-001"))
    assert world.bill().refused
    world.clock.sleep(60)
    assert world.bill().done == ["HB-2606-001"], "nothing was changed, and the same bytes went with another key"
    assert world.live_numbers() == ["HB-2606-001"]
