"""Histories from seeds: each must end with nothing billed twice, nothing lost, no cent off, and nothing more to send.

A thousand seeds are always the same; a thousand more are drawn from the commit's hash, so that every change meets histories of its own.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.digest import digest_of
from tests.simulation.history import History
from tests.simulation.playing import play
from tests.use_cases.world import MortalStore

ROOT = Path(__file__).parents[2]
SEEDS = int(os.environ.get("HOURBRIDGE_SEEDS", "1000"))
"""Fixed seeds, and as many drawn ones."""
QUICK = 50
CHUNK = 25


def drawn() -> int:
    """The first seed of this commit's own: 0 where there is no commit to draw from."""
    told = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return 1_000_000 + int(told[:10], 16) if told else 0


DRAWN = drawn()


def prove(first: int, count: int) -> None:
    failures = play(first, count).failures
    told = [f"python -m tests.simulation --verbose --first {seed}: {said}" for seed, said in failures.items()]
    assert not failures, "\n".join(told)


@pytest.mark.parametrize("first", range(1, QUICK, 10))
def test_a_firm_bills_exactly_once_whatever_happens(first: int) -> None:
    prove(first, 10)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(QUICK + 1, SEEDS, CHUNK))
def test_many_firms_bill_exactly_once_whatever_happens(first: int) -> None:
    prove(first, min(CHUNK, SEEDS + 1 - first))


@pytest.mark.slow
@pytest.mark.skipif(not DRAWN, reason="there is no git commit here to draw seeds from")
@pytest.mark.parametrize("part", range(0, SEEDS, CHUNK))
def test_firms_of_this_commit_bill_exactly_once_whatever_happens(part: int) -> None:
    prove(DRAWN + part, min(CHUNK, SEEDS - part))


@pytest.mark.parametrize("seed", [3, 4, 17])
def test_a_seed_makes_the_same_history_again_in_any_process(seed: int) -> None:
    history = History(seed)
    history.play()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        words = [sys.executable, "-m", "tests.simulation.digest", str(seed)]
        said = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
        assert said == digest_of(history)
    history.store.close()


@pytest.mark.parametrize("seed", [3, 8])
def test_the_store_as_it_ships_makes_the_same_history(seed: int) -> None:
    digests = set()
    for store in (None, MortalStore):
        history = History(seed) if store is None else History(seed, store)
        history.play()
        digests.add(digest_of(history))
        history.store.close()
    assert len(digests) == 1


def test_another_seed_makes_another_history() -> None:
    digests = set()
    for seed in (3, 4):
        history = History(seed)
        history.play()
        digests.add(digest_of(history))
        history.store.close()
    assert len(digests) == 2
