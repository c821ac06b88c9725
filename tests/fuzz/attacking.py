"""Many mutated answers at every target in turn; a finding says its seed."""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from tests.fuzz.files import file_targets
from tests.fuzz.targets import Target, attack, sink_targets, source_targets

KINDS: dict[str, Callable[[], list[Target]]] = {
    "xero": lambda: sink_targets("xero"),
    "quickbooks": lambda: sink_targets("quickbooks"),
    "harvest": source_targets,
    "csv_file": file_targets,
}


class Attacked(Struct):
    """How many bodies were mutated in how many calls, and what was found: (target, seed, what)."""

    bodies: int
    calls: int
    findings: list[tuple[str, int, str]]


def attack_all(kind: str, bodies: int, first: int = 1) -> Attacked:
    """Calls of one adapter until so many bodies were mutated. One seed is one call."""
    targets = KINDS[kind]()
    for target in targets:
        assert not target.call(), f"{target.name} is wrong before anything is mutated"
    done, transports = Attacked(0, 0, []), targets[0].transports
    while done.bodies < bodies:
        seed = first + done.calls
        target = targets[seed % len(targets)]
        if wrong := attack(target, Random(seed)):
            done.findings.append((target.name, seed, wrong))
        done.calls += 1
        done.bodies = sum(transport.mutated for transport in transports)
    return done
