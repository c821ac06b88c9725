"""Which seed catches a mutant, if one does; and whether the scenario test named for it does."""

import os
import subprocess
import sys

from msgspec import Struct

from tests.mutants.mutants import MUTANTS
from tests.simulation.history import History
from tests.simulation.playing import play

AT_ONCE = 10
ALONE_MAX = 300
"""Histories in which a masked mutant shows nothing by itself."""


class Keyed(History):
    """A company that keeps every key and takes a number twice: the key is all there is."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.company.key_memory_s, self.company.refuses_used_number = 10**9, False


class Caught(Struct, frozen=True):
    """The first seed that catches it, 0 where none did, what it said, and how many histories were played. `scenario`: whether
    the test named for it goes red; None where none is named. `alone`: what a masked one shows without its pair.
    """

    mutant: str
    seed: int
    said: str
    played: int
    scenario: bool | None = None
    alone: str = ""

    @property
    def survived(self) -> bool:
        return (not self.seed and not self.scenario) or self.scenario is False


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
    """All that is known of one mutant."""
    found, mutant = hunt(name, seeds), MUTANTS[name]
    alone = ""
    if mutant.masked_by:
        single = hunt(name, min(seeds, ALONE_MAX), alone=True)
        alone = f"alone caught at seed {single.seed}" if single.seed else f"alone survives {single.played} histories"
    scenario = not is_green_with(name) if mutant.scenario else None
    return Caught(name, found.seed, found.said, found.played, scenario, alone)


def is_green_with(name: str) -> bool:
    """Whether the scenario test named for a mutant is green with it."""
    environment = {**os.environ, "HOURBRIDGE_MUTANT": name}
    test = f"tests/use_cases/{MUTANTS[name].scenario}"
    words = [sys.executable, "-m", "pytest", "-q", "-p", "tests.mutants.plugin", "-p", "no:cacheprovider", "-p", "no:xdist", test]
    ended = subprocess.run(words, env=environment, capture_output=True, check=False, text=True)
    assert ended.returncode in (0, 1), ended.stdout + ended.stderr
    return ended.returncode == 0
