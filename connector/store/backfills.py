"""How far a backfill has come: for each connection and window of days, the last day that was read to its end."""

from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.engine import Connection


class Asked(Struct, frozen=True, kw_only=True):
    """One connection's part of a backfill; both days are included. `marks`: what is read is recorded as billed elsewhere."""

    connection: str
    since: date
    until: date
    marks: bool

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.connection, self.since.isoformat(), self.until.isoformat(), int(self.marks)


class Progress(Struct, frozen=True):
    """`done_until` is the last day read to its end, None before the first chunk; `ended`: nothing is left."""

    done_until: date | None = None
    entries: int = 0
    ended: bool = False


WHERE = "connection = ? AND since = ? AND until = ? AND marks = ?"


def progress(read: Connection, asked: Asked) -> Progress:
    row = read.exec_driver_sql(f"SELECT done_until, entries, ended_at FROM backfills WHERE {WHERE}", asked.key).one_or_none()
    if row is None:
        return Progress()
    done_until, entries, ended_at = row
    return Progress(date.fromisoformat(done_until) if done_until else None, entries, ended_at is not None)


def start(tx: Connection, asked: Asked, at: datetime) -> None:
    """From the beginning, also where the same one had ended before."""
    tx.exec_driver_sql(f"DELETE FROM backfills WHERE {WHERE}", asked.key)
    tx.exec_driver_sql(
        "INSERT INTO backfills (connection, since, until, marks, started_at) VALUES (?, ?, ?, ?, ?)", (*asked.key, at.isoformat())
    )


def advance(tx: Connection, asked: Asked, done_until: date, entries: int, at: datetime) -> None:
    """A chunk was read to its end."""
    ended_at = at.isoformat() if done_until >= asked.until else None
    tx.exec_driver_sql(
        f"UPDATE backfills SET done_until = ?, entries = entries + ?, ended_at = ? WHERE {WHERE}",
        (done_until.isoformat(), entries, ended_at, *asked.key),
    )
