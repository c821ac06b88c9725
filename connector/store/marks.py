"""Marks: entries that a person said were billed elsewhere, a whole window at once; one an entry, and the first one stays."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.values import Marked


class Found(Struct, frozen=True):
    """What stands in a window of days: entries, those marked before, and documents of ours that hold some of their time."""

    entries: int
    marked: int
    ours: tuple[str, ...]


BETWEEN = "connection = ? AND deleted = 0 AND worked_on BETWEEN ? AND ?"


def in_force(read: Connection) -> dict[int, Marked]:
    """Entry → its mark."""
    rows = read.exec_driver_sql("SELECT entry, said_seconds, why, who, at FROM marks")
    return {
        entry: Marked(said_seconds=said_seconds, why=why, who=who, at=datetime.fromisoformat(at))
        for entry, said_seconds, why, who, at in rows
    }


def is_marked(read: Connection, entry: int) -> bool:
    return read.exec_driver_sql("SELECT 1 FROM marks WHERE entry = ?", (entry,)).scalar() is not None


def find(read: Connection, connection: str, since: date, until: date) -> Found:
    window = (connection, since.isoformat(), until.isoformat())
    count, marked = read.exec_driver_sql(
        f"SELECT count(*), count(m.entry) FROM entries e LEFT JOIN marks m ON m.entry = e.key WHERE e.{BETWEEN}", window
    ).one()
    ours = read.exec_driver_sql(
        "SELECT DISTINCT d.book, d.number FROM claims c JOIN documents d ON d.id = c.document JOIN entries e ON e.key = c.entry "
        f"WHERE e.{BETWEEN} ORDER BY d.book, d.number",
        window,
    )
    return Found(count, marked, tuple(f"{number} ({book})" for book, number in ours))


def mark(tx: Connection, connection: str, since: date, until: date, *, why: str, who: str, at: datetime) -> int:
    """Marks every entry of the window that is not marked yet; returns how many."""
    return tx.exec_driver_sql(
        "INSERT INTO marks (entry, said_seconds, why, who, at) SELECT key, seconds, ?, ?, ? FROM entries e "
        f"WHERE {BETWEEN} AND NOT EXISTS (SELECT 1 FROM marks m WHERE m.entry = e.key)",
        (why, who, at.isoformat(), connection, since.isoformat(), until.isoformat()),
    ).rowcount


def unmark(tx: Connection, connections: Sequence[str], since: date, until: date) -> int:
    """Takes the marks of a window back; returns how many there were."""
    return sum(
        tx.exec_driver_sql(
            f"DELETE FROM marks WHERE entry IN (SELECT key FROM entries WHERE {BETWEEN})",
            (connection, since.isoformat(), until.isoformat()),
        ).rowcount
        for connection in connections
    )
