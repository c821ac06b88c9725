"""A sample of the histories on PostgreSQL: the same engine, deaths between its statements, another run while one stands still."""

import os

import pytest

from tests import postgres
from tests.simulation.history import History
from tests.use_cases.world import World

MORE = int(os.environ.get("HOURBRIDGE_POSTGRES_SEEDS", "0"))
SEEDS = range(1, MORE + 1) if MORE else (3, 11, 16, 19)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_firm_on_postgresql_bills_exactly_once_whatever_happens(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with postgres.one_state() as url:
        monkeypatch.setattr(World, "place", url)
        history = History(seed)
        try:
            history.play()
        finally:
            history.store.engine.dispose()
