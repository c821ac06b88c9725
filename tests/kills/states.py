"""A state for every case: the file in its folder, or a database of its own made from the firm's as its template."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import psycopg
from sqlalchemy import make_url

from tests import postgres

DATABASES = ("sqlite", "postgres")
IN_THE_FOLDER = "sqlite:///hourbridge.db"
_numbers = count(1)


def new(database: str) -> str:
    """The URL of an empty state; one in a file is wherever the configuration is."""
    return IN_THE_FOLDER if database == "sqlite" else postgres.new_database()


@contextmanager
def copied(url: str) -> Iterator[str]:
    """A copy of what is there now, for as long as one case takes."""
    if url == IN_THE_FOLDER:
        yield url
        return
    parsed = make_url(url)
    name = f"case_{os.getpid()}_{next(_numbers)}"
    _do(f"CREATE DATABASE {name} TEMPLATE {parsed.database} STRATEGY FILE_COPY")
    try:
        yield parsed.set(database=name).render_as_string(hide_password=False)
    finally:
        _do(f"DROP DATABASE {name} WITH (FORCE)")


def leave(url: str) -> None:
    """Ends every connection to it: only then it can be copied."""
    if url != IN_THE_FOLDER:
        _do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{make_url(url).database}'")


def _do(statement: str) -> None:
    with psycopg.connect(postgres.url("postgres").replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)
