"""The audit log: append-only, a stream per book and per connection, each row chained to the one before by its hash.

Ids, digests and money; never notes or names.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy.engine import Connection

GENESIS = "0" * 64
CHUNK = 2000


def append(tx: Connection, stream: str, at: datetime, what: str, body: Mapping[str, Any]) -> None:
    """Adds a row in the caller's transaction."""
    append_each(tx, stream, at, what, [body])


def append_each(tx: Connection, stream: str, at: datetime, what: str, bodies: Iterable[Mapping[str, Any]]) -> None:
    """The same, a row for each of several documents to which the same happened."""
    row = tx.exec_driver_sql("SELECT seq, hash FROM audit WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)).one_or_none()
    seq, digest = (row[0], row[1]) if row else (0, GENESIS)
    rows = []
    for body in bodies:
        text = msgspec.json.encode(dict(body), order="sorted").decode()
        seq, previous = seq + 1, digest
        digest = chain(previous, stream, seq, at.isoformat(), what, text)
        rows.append((stream, seq, at.isoformat(), what, text, previous, digest))
    if rows:
        tx.exec_driver_sql("INSERT INTO audit (stream, seq, at, what, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)


def chain(previous: str, *parts: object) -> str:
    """The hash of a row: everything in it and the hash before."""
    return hashlib.sha256("\x1f".join([previous, *map(str, parts)]).encode()).hexdigest()


class Fault(Struct, frozen=True):
    """Where something kept does not hold, and what does not."""

    where: str
    what: str


class Row(Struct, frozen=True, gc=False):
    stream: str
    seq: int
    at: str
    what: str
    body: str
    previous: str
    hash: str


def rows(read: Connection) -> Iterator[Row]:
    """The whole log, stream by stream, streamed."""
    for some in read.exec_driver_sql("SELECT stream, seq, at, what, body, previous, hash FROM audit ORDER BY stream, seq").partitions(
        CHUNK
    ):
        yield from (Row(*row) for row in some)


def told(read: Connection, what: str) -> list[Row]:
    """Every row of one kind, of all streams, in the order of their moments."""
    rows = read.exec_driver_sql(
        "SELECT stream, seq, at, what, body, previous, hash FROM audit WHERE what = ? ORDER BY at, stream, seq", (what,)
    )
    return [Row(*row) for row in rows]


def faults(log: Iterable[Row]) -> Iterator[Fault]:
    """Where a stream's chain does not hold: a row changed, taken out, put in or moved. The end of a stream that was cut off is not
    seen here: a certificate remembers it.
    """
    stream, seq, digest = "", 0, GENESIS
    for row in log:
        if row.stream != stream:
            stream, seq, digest = row.stream, 0, GENESIS
        if fault := _fault(row, seq, digest):
            yield Fault(f"{row.stream} #{row.seq}", fault)
        seq, digest = row.seq, row.hash


def _fault(row: Row, seq: int, digest: str) -> str:
    if row.seq != seq + 1:
        return f"rows {seq + 1} to {row.seq - 1} before it are missing" if row.seq > seq + 2 else f"row {seq + 1} before it is missing"
    if row.hash != chain(row.previous, row.stream, row.seq, row.at, row.what, row.body):
        return "it was changed after it was written"
    if row.previous != digest:
        return "it does not follow the row before it: that one was changed, or one of them was put in"
    return ""


def broken(read: Connection) -> list[str]:
    """The same of the whole log, a line a row."""
    return [f"{fault.where}: the chain is broken here" for fault in faults(rows(read))]
