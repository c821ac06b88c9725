"""Documents that cannot go on by themselves: how they come about, what waits, and a person's choice."""

from connector.model import Remote
from connector.use_cases import corrections
from connector.use_cases.waiting import Chosen, Waiting
from tests.use_cases.faults import RESET, script
from tests.use_cases.test_push import SETTLED
from tests.use_cases.world import World

NUMBER = "HB-2606-001"
DAY = 86400


def one_approved() -> World:
    """One document, approved: two hours, 200.00."""
    world = World()
    world.work("one", hours="2")
    world.pull()
    world.approve()
    return world


def held_for_a_stranger(world: World) -> World:
    """Its number is somebody else's: held, and settled."""
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER, customer="Somebody")
    world.apply()
    assert world.rows("SELECT state FROM documents") == [("held",)]
    world.clock.sleep(SETTLED)
    return world


def voided_over_there(world: World) -> World:
    world.apply()
    world.touch(NUMBER, status="voided")
    world.pull()
    return world


def vanish(world: World) -> Remote:
    """It is gone without a trace; its id is not given again."""
    gone = world.there(NUMBER)
    del world.company.documents[gone.id]
    world.company.add(Remote(id="nobody's", status="deleted"))
    return gone


def waits(world: World) -> list[Waiting]:
    return corrections.waiting(world.open())


def choose(world: World, choice: str, number: str = NUMBER, why: str = "agreed with the client", **said: str) -> Chosen:
    return corrections.choose(world.open(), number, choice, why, "Finance", **said)


def claimed(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT d.number, c.entry FROM claims c JOIN documents d ON d.id = c.document ORDER BY 2")


def audited(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT body FROM audit WHERE what = 'chosen'")
