"""A sample of the histories on PostgreSQL: the same engine, deaths between its statements, another run while one stands still."""

import pytest

from tests import postgres
from tests.simulation.history import History
from tests.use_cases.world import World

SEEDS = (3, 7, 11, 19)


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
