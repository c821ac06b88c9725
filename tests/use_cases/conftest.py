"""The scenarios of the protocol run on both databases; with HOURBRIDGE_POSTGRES=all those of every use case do."""

import os
from collections.abc import Iterator

import pytest

from tests import postgres
from tests.use_cases.world import World

PROTOCOL = {
    f"tests.use_cases.test_{name}"
    for name in ("pull", "approve", "apply", "adopting", "moved_time", "push", "resolve", "look", "closed_corrections")
}
EVERYTHING = os.environ.get("HOURBRIDGE_POSTGRES") == "all"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if EVERYTHING or metafunc.module.__name__ in PROTOCOL:
        metafunc.parametrize("database", ["sqlite", "postgres"], indirect=True)


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the worlds of a test keep their states."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield "sqlite"
        return
    with postgres.one_state() as url:
        monkeypatch.setattr(World, "place", url)
        World.stores.clear()
        yield "postgres"
        for store in World.stores:
            store.engine.dispose()
        World.stores.clear()
