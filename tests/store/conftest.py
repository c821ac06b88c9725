from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store.store import Store
from tests.fakes import VirtualClock
from tests.store.stores import made


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite3"


@pytest.fixture
def store(path: Path, clock: VirtualClock) -> Iterator[Store]:
    store = made(path, clock)
    yield store
    store.engine.dispose()
