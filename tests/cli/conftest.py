"""A small firm of its own for each test: the folder that `hourbridge init` writes, on the second of July 2026."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from connector.samples.folders import start
from tests.typed import typed

WHEN = datetime(2026, 7, 2, 9, tzinfo=UTC)


class Ended:
    """How a command ended: its exit code, and what it wrote to stdout and stderr."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def data(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    start(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("HOURBRIDGE_CONFIG", raising=False)
    monkeypatch.delenv("HOURBRIDGE_DEBUG", raising=False)

    def run(*words: str) -> Ended:
        return Ended(*typed(words))

    with time_machine.travel(WHEN, tick=True):
        yield run


@pytest.fixture
def mapped(run: Run) -> Run:
    """The firm after its one unmatched name was accepted and everything was pulled."""
    run("map", "add", "client", "Acme Limited", "--as", "Acme Ltd")
    assert run("pull").code == 0
    return run
