"""Decisions: a person's rulings on single entries; one in force for each question (its client, project, work type, and its fate)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from connector.core.values import Decision, Staged
from connector.store.entries import note_change
from connector.store.store import rows_among

MATCHING = frozenset({"client", "project", "work_type"})
SELECT = "SELECT entry, kind, revision, argument, why, who, at, said_seconds FROM decisions"


def decide(tx: Connection, staged: Staged, kind: str, argument: str, why: str, who: str, at: datetime) -> None:
    """Binds a ruling to the entry's revision; an earlier ruling on the same question no longer holds."""
    slot = kind if kind in MATCHING else "fate"
    note_change(tx)
    tx.exec_driver_sql("UPDATE decisions SET replaced = 1 WHERE entry = ? AND slot = ? AND replaced = 0", (staged.key, slot))
    tx.exec_driver_sql(
        "INSERT INTO decisions (entry, slot, kind, argument, revision, said_seconds, why, who, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (staged.key, slot, kind, argument, staged.revision, staged.entry.seconds, why, who, at.isoformat()),
    )


def in_force(read: Connection) -> dict[int, tuple[Decision, ...]]:
    """Entry → the rulings on it, oldest first."""
    found: dict[int, tuple[Decision, ...]] = {}
    for row in read.exec_driver_sql(f"{SELECT} WHERE replaced = 0 ORDER BY id"):
        found[row[0]] = (*found.get(row[0], ()), _decision(row))
    return found


def of_entry(read: Connection, entry: int) -> list[Decision]:
    """Every ruling there ever was on an entry, oldest first."""
    return [_decision(row) for row in read.exec_driver_sql(f"{SELECT} WHERE entry = ? ORDER BY id", (entry,))]


def newest(read: Connection) -> int:
    """The latest ruling's number: those above it were made since."""
    return int(read.exec_driver_sql("SELECT coalesce(max(id), 0) FROM decisions").scalar_one())


def entries_since(read: Connection, number: int) -> set[int]:
    """Entries that were ruled on after that ruling."""
    return {row[0] for row in read.exec_driver_sql("SELECT DISTINCT entry FROM decisions WHERE id > ?", (number,))}


def ruled_on(read: Connection, entries: Collection[int]) -> set[int]:
    """Those of these entries on which a ruling holds."""
    rows = rows_among(read, "SELECT DISTINCT entry FROM decisions WHERE replaced = 0 AND entry IN ({})", entries)
    return {entry for (entry,) in rows}


def _decision(row: Sequence[Any]) -> Decision:
    entry, kind, revision, argument, why, who, at, said_seconds = row
    return Decision(
        entry=entry, kind=kind, revision=revision, argument=argument, why=why, who=who, at=datetime.fromisoformat(at),
        said_seconds=said_seconds,
    )  # fmt: skip
