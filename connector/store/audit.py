"""The audit log: append-only, a stream per book and per connection, each row chained to the one before by its hash.

Ids, digests and money; never notes or names.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

GENESIS = "0" * 64


def append(tx: Connection, stream: str, at: datetime, what: str, body: Mapping[str, Any]) -> None:
    """Adds a row in the caller's transaction."""
    row = tx.exec_driver_sql("SELECT seq, hash FROM audit WHERE stream = ? ORDER BY seq DESC LIMIT 1", (stream,)).one_or_none()
    seq, previous = (row[0] + 1, row[1]) if row else (1, GENESIS)
    text = msgspec.json.encode(dict(body), order="sorted").decode()
    tx.exec_driver_sql(
        "INSERT INTO audit (stream, seq, at, what, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (stream, seq, at.isoformat(), what, text, previous, chain(previous, stream, seq, at.isoformat(), what, text)),
    )


def chain(previous: str, *parts: object) -> str:
    """The hash of a row: everything in it and the hash before."""
    return hashlib.sha256("\x1f".join([previous, *map(str, parts)]).encode()).hexdigest()


def broken(read: Connection) -> list[str]:
    """Where a stream's chain does not hold: tampering, or a damaged file."""
    faults: list[str] = []
    last: dict[str, tuple[int, str]] = {}
    for stream, seq, at, what, body, previous, digest in read.exec_driver_sql(
        "SELECT stream, seq, at, what, body, previous, hash FROM audit ORDER BY stream, seq"
    ):
        expected_seq, expected_previous = last.get(stream, (0, GENESIS))
        if seq != expected_seq + 1 or previous != expected_previous or digest != chain(previous, stream, seq, at, what, body):
            faults.append(f"{stream} #{seq}: the chain is broken here")
        last[stream] = (seq, digest)
    return faults
