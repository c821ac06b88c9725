"""A state for every case: the file in its folder, or a database that its process fills with the same rows each time.

In PostgreSQL that is a tenth of what a database made from a template costs, and one dropped.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from msgspec import Struct
from sqlalchemy import make_url

from connector.store.schema import metadata
from tests import postgres

DATABASES = ("sqlite", "postgres")
IN_THE_FOLDER = "sqlite:///hourbridge.db"
END_OTHERS = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
_mine: dict[int, str] = {}
"""Process → the database that its cases have, one after the other."""


class Kept(Struct, frozen=True):
    """A state as it is for every case; `rows` by table, as COPY writes them, where it is no file."""

    url: str
    rows: dict[str, bytes] = {}


def new(database: str) -> str:
    """The URL of an empty state; one in a file is wherever the configuration is."""
    return IN_THE_FOLDER if database == "sqlite" else postgres.new_database()


def kept(url: str) -> Kept:
    """What is there now. No connection to it may stay open: a process's own database is made from it."""
    if url == IN_THE_FOLDER:
        return Kept(url)
    with psycopg.connect(_plain(url)) as connection:
        connection.execute(END_OTHERS)
        rows = {}
        for table in metadata.sorted_tables:
            with connection.cursor().copy(f"COPY {table.name} TO STDOUT") as out:
                rows[table.name] = b"".join(map(bytes, out))
        return Kept(url, rows)


@contextmanager
def copied(state: Kept) -> Iterator[str]:
    """The URL of a copy, for as long as one case of this process takes."""
    if state.url == IN_THE_FOLDER:
        yield state.url
        return
    if os.getpid() not in _mine:
        _mine[os.getpid()] = _made_from(state.url)
    _fill(_mine[os.getpid()], state.rows)
    yield _mine[os.getpid()]


def _made_from(url: str) -> str:
    name = f"cases_{os.getpid()}"
    with psycopg.connect(postgres.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database} STRATEGY FILE_COPY")
    return postgres.url(name)


def _fill(url: str, rows: dict[str, bytes]) -> None:
    """Puts these rows in the place of all that is there. What still holds it is ended first."""
    numbers = [(table.name, table.autoincrement_column.name) for table in metadata.sorted_tables if table.autoincrement_column is not None]
    with psycopg.connect(_plain(url)) as connection:
        connection.execute(END_OTHERS)
        connection.execute("; ".join(f"DELETE FROM {table.name}" for table in reversed(metadata.sorted_tables)))
        for table, body in rows.items():
            if body:
                with connection.cursor().copy(f"COPY {table} FROM STDIN") as into:
                    into.write(body)
        connection.execute("; ".join(f"SELECT setval('{t}_{c}_seq', coalesce(max({c}), 0) + 1, false) FROM {t}" for t, c in numbers))


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")
