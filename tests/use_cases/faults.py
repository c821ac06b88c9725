"""What goes wrong on the wire, scripted: the first requests meet these faults, then all is well."""

from collections.abc import Callable

from adapters.memory.sink import Fault
from connector.ports import Request
from tests.use_cases.world import World

LOST, RESET, UNSENT, PARTIAL = Fault("lost"), Fault("reset"), Fault("unsent"), Fault("partial")


def script(world: World, *faults: Fault | None) -> list[Request]:
    """These faults, one a request, then none; returns the list of requests as they come in."""
    waiting, seen = list(faults), []

    def fault(request: Request) -> Fault | None:
        seen.append(request)
        return waiting.pop(0) if waiting else None

    world.company.fault = fault
    return seen


def refusing(*numbers: str) -> Fault:
    return Fault("refused", numbers=frozenset(numbers))


def late(seconds: float) -> Fault:
    return Fault("late", seconds=seconds)


def after_effect(world: World, act: Callable[[], None]) -> None:
    """Something happens right after the next write, before its answer is read."""

    def once() -> None:
        world.company.after_commit = lambda: None
        act()

    world.company.after_commit = once
