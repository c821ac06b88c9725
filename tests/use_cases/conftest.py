"""The scenarios of the protocol run on both databases."""

from collections.abc import Iterator

import pytest

from tests import postgres
from tests.use_cases.world import World

ON_BOTH = {
    f"tests.use_cases.test_{name}"
    for name in ("pull", "approve", "apply", "push", "resolve", "look", "corrections", "decide", "reconcile", "status", "two_books")
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__ in ON_BOTH:
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
