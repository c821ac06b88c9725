"""D2, S1: a process killed (SIGKILL) while it makes or migrates a state; the next one goes on as if nothing had been."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.stores import at, made, rows

ROOT = Path(__file__).parents[2]
VICTIM = """
import os, signal, sys
from sqlalchemy import event
from connector.store.store import Store
from tests.fakes import VirtualClock
url, left = sys.argv[1], int(sys.argv[2])
store = Store(url, VirtualClock())
def count(_connection, _cursor, statement, *_rest):
    global left
    if statement.split()[0] in ("CREATE", "INSERT", "UPDATE", "ALTER", "DROP"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
event.listen(store.engine, "before_cursor_execute", count)
event.listen(store.engine, "commit", lambda _connection: os.kill(os.getpid(), signal.SIGKILL) if left == 1 else None)
store.migrate()
"""
SCHEMA = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"


def killed(path: Path, statement: int) -> None:
    words = [sys.executable, "-c", VICTIM, f"sqlite:///{path}", str(statement)]
    ended = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("statement", [1, 2, 15, 40])
def test_d2_a_migration_killed_half_way_is_as_if_it_had_never_begun(tmp_path: Path, statement: int) -> None:
    path, whole = tmp_path / "state.db", made(tmp_path / "whole.db")
    killed(path, statement)
    store = at(path)
    assert not store.current(), "an older program would not take it for its own"
    assert rows(store, SCHEMA) == []
    store.migrate()
    assert rows(store, SCHEMA) == rows(whole, SCHEMA)
    store.engine.dispose()
    whole.engine.dispose()
