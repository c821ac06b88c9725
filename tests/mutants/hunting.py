"""Which seed catches a mutant, if one does."""

import os
import subprocess
import sys

from msgspec import Struct

from tests.mutants.mutants import MUTANTS
from tests.simulation.history import History
from tests.simulation.playing import play

AT_ONCE = 10


class Keyed(History):
    """A company that keeps every key and takes a number twice: the key is all there is."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.company.key_memory_s, self.company.refuses_used_number = 10**9, False


class Caught(Struct, frozen=True):
    """The first seed that catches it, 0 where none did, what it said, and how many histories were played."""

    mutant: str
    seed: int
    said: str
    played: int


def hunt(name: str, seeds_max: int, first: int = 1, *, alone: bool = False) -> Caught:
    """Plays histories with the mutant until one breaks a promise."""
    mutant = MUTANTS[name]
    make = Keyed if mutant.keyed else History
    with mutant.applied(alone=alone):
        for start in range(first, first + seeds_max, AT_ONCE):
            failures = play(start, min(AT_ONCE, first + seeds_max - start), make).failures
            if failures:
                seed = min(failures)
                return Caught(name, seed, failures[seed], seed - first + 1)
    return Caught(name, 0, "", seeds_max)


def look(name: str, seeds: int) -> Caught:
    """The scenario tests first, where some are named; else the simulation."""
    scenarios = MUTANTS[name].scenarios
    return Caught(name, 0, "" if survives(name) else f"caught by {scenarios[0]}", 0) if scenarios else hunt(name, seeds)


def survives(name: str) -> bool:
    """Whether the scenario tests named for a mutant are green with it."""
    environment = {**os.environ, "HOURBRIDGE_MUTANT": name}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.plugin", "-p", "no:cacheprovider", *MUTANTS[name].scenarios]
    return subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0
