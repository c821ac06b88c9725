from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store.store import Store
from tests import postgres
from tests.fakes import VirtualClock
from tests.store.stores import at, made


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a state in a file may be made."""
    return tmp_path / "state.sqlite3"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """The URL of a state at the program's schema, on each database."""
    if request.param == "postgres":
        with postgres.one_state() as url:
            yield url
    else:
        made(path).engine.dispose()
        yield f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def new_place(request: pytest.FixtureRequest, path: Path) -> str:
    """The URL of a database with nothing in it, of each kind."""
    return postgres.new_database() if request.param == "postgres" else f"sqlite:///{path}"


@pytest.fixture
def postgres_place() -> Iterator[str]:
    """For what only PostgreSQL has."""
    with postgres.one_state() as url:
        yield url


@pytest.fixture
def store(place: str, clock: VirtualClock) -> Iterator[Store]:
    store = at(place, clock)
    yield store
    store.engine.dispose()


@pytest.fixture
def in_file(path: Path, clock: VirtualClock) -> Iterator[Store]:
    """For what only SQLite has."""
    store = made(path, clock)
    yield store
    store.engine.dispose()
