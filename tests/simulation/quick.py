"""The real store on the bare driver: SQLAlchemy's connection costs most of a history, and a simulation tests what stands above it.

A test plays histories on both and finds the same ledgers.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from contextlib import contextmanager
from typing import Any, Self
from unittest.mock import patch

from sqlalchemy.dialects import sqlite

from connector.core.mapping import Mapping
from connector.core.matching import Matcher
from connector.core.values import BookFacts
from connector.store.engine import _prepare_sqlite
from connector.use_cases import picture
from tests.use_cases.world import MortalStore, WorldClock

Row = tuple[Any, ...]
STATEMENTS_MAX = 1000
ROWS_AT_ONCE = 2000
MATCHERS_MAX = 200
_kept: dict[tuple[object, ...], Matcher] = {}


class Rows:
    """What a statement answers: the calls of SQLAlchemy's result that the store makes."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._cursor = cursor

    def __iter__(self) -> Iterator[Row]:
        return iter(self._cursor)

    def all(self) -> list[Row]:
        return self._cursor.fetchall()

    def one_or_none(self) -> Row | None:
        rows = self._cursor.fetchmany(2)
        assert len(rows) < 2, "one row was expected"
        return rows[0] if rows else None

    def one(self) -> Row:
        row = self.one_or_none()
        assert row is not None, "a row was expected"
        return row

    def first(self) -> Row | None:
        rows = self._cursor.fetchall()
        return rows[0] if rows else None

    def scalar(self) -> Any:
        row = self.first()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        return self.one()[0]

    def partitions(self, size: int = ROWS_AT_ONCE) -> Iterator[list[Row]]:
        while rows := self._cursor.fetchmany(size):
            yield rows

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount


class QuickConnection:
    """One transaction at a time on one connection of the driver."""

    dialect = sqlite.dialect()

    def __init__(self, store: "QuickStore") -> None:
        self._store, self._raw, self._first = store, store.raw, "BEGIN"

    def execution_options(self, *, writes: bool) -> "QuickConnection":
        self._first = "BEGIN IMMEDIATE" if writes else "BEGIN"
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        return None

    def begin(self) -> "_Transaction":
        return _Transaction(self._raw, self._first)

    def exec_driver_sql(self, statement: str, parameters: Row | Sequence[Row] | None = None, **_options: object) -> Rows:
        self._store.comes_to(statement)
        if isinstance(parameters, list):
            return Rows(self._raw.executemany(statement, parameters))
        return Rows(self._raw.execute(statement, parameters or ()))


class _Transaction:
    __slots__ = ("_first", "_raw")

    def __init__(self, raw: sqlite3.Connection, first: str) -> None:
        self._raw, self._first = raw, first

    def __enter__(self) -> None:
        self._raw.execute(self._first)

    def __exit__(self, kind: object, *_error: object) -> None:
        self._raw.execute("ROLLBACK" if kind else "COMMIT")


class QuickEngine:
    """As much of SQLAlchemy's engine as the store asks for."""

    def __init__(self, store: "QuickStore") -> None:
        self._store, self.pool, self.dialect = store, store.plain.pool, store.plain.dialect

    def connect(self) -> QuickConnection:
        return QuickConnection(self._store)

    def dispose(self) -> None:
        self._store.raw.close()
        self._store.plain.dispose()


class QuickStore(MortalStore):
    """Same state, same statements, same order."""

    def __init__(self, url: str, clock: WorldClock) -> None:
        super().__init__(url, clock)
        self._raw = sqlite3.connect(":memory:", check_same_thread=False, cached_statements=STATEMENTS_MAX)
        _prepare_sqlite(self._raw, None)
        self.plain = self.engine
        self.engine = QuickEngine(self)  # type: ignore[assignment]

    @property
    def raw(self) -> sqlite3.Connection:
        return self._raw


@contextmanager
def matchers_kept() -> Iterator[None]:
    """A compiled mapping is pure, and firms of many histories share a few mappings: each is compiled once."""

    def matcher(mapping: Mapping, books: MappingOf[str, BookFacts]) -> Matcher:
        place = (mapping.digest, *books.values())
        if place not in _kept:
            if len(_kept) > MATCHERS_MAX:
                _kept.clear()
            _kept[place] = Matcher(mapping, books)
        return _kept[place]

    with patch.object(picture, "Matcher", matcher):
        yield
