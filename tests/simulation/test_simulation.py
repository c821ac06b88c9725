"""Histories from seeds: each must end with nothing billed twice, nothing lost, no cent off, and nothing more to send."""

import os

import pytest

from tests.simulation.history import History

SEEDS = int(os.environ.get("HOURBRIDGE_SEEDS", "300"))
QUICK = 50


def play(first: int, count: int) -> None:
    for seed in range(first, first + count):
        history = History(seed)
        try:
            history.play()
        except AssertionError as error:
            error.add_note(f"python -m tests.simulation --first {seed} --seeds 1 --verbose")
            raise
        finally:
            history.store.close()


@pytest.mark.parametrize("first", range(1, QUICK, 10))
def test_a_firm_bills_exactly_once_whatever_happens(first: int) -> None:
    play(first, 10)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(QUICK + 1, SEEDS, 25))
def test_many_firms_bill_exactly_once_whatever_happens(first: int) -> None:
    play(first, min(25, SEEDS + 1 - first))


def test_a_seed_makes_the_same_history_again() -> None:
    ledgers = []
    for _ in range(2):
        history = History(17)
        history.play()
        ledgers.append((history.company.ledger, history.crashes, history.rows("SELECT hash FROM audit ORDER BY stream, seq")))
    assert ledgers[0] == ledgers[1]
