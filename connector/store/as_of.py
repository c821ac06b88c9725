"""Stored inputs as they were at an earlier moment: what entries said, and what people had decided."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from connector.core.values import Decision, Staged
from connector.store import decisions, entries
from connector.store.decisions import MATCHING
from connector.store.store import placeholders

CHUNK = 500


def run_at(read: Connection, at: str) -> int:
    """The last sync run that had begun at a moment; 0 before the first."""
    return int(read.exec_driver_sql("SELECT coalesce(max(id), 0) FROM runs WHERE started_at <= ?", (at,)).scalar_one())


def staged_then(read: Connection, revisions: Mapping[int, int | None], run: int) -> dict[int, Staged]:
    """Entry → what its source had said by a run; with a revision, what it said in that one. Left out: what was not there yet."""
    found: dict[int, Staged] = {}
    for key, now in entries.by_keys(read, list(revisions)).items():
        (newest,) = read.exec_driver_sql("SELECT run FROM entries WHERE key = ?", (key,)).one()
        before = read.exec_driver_sql("SELECT run, revision, deleted FROM entry_history WHERE key = ? ORDER BY seq", (key,)).all()
        bodies = [entry for _, _, entry in entries.revisions(read, key)]
        every = [
            (said_in, msgspec.structs.replace(now, revision=revision, deleted=bool(deleted), entry=entry))
            for (said_in, revision, deleted), entry in zip(before, bodies, strict=True)
        ] + [(newest, now)]
        wanted = revisions[key]
        right = [one for one in every if wanted in (None, one[1].revision)]
        then = [one for said_in, one in right if said_in <= run]
        if then or (right and wanted is not None):
            found[key] = then[-1] if then else right[0][1]
    return found


def worked_on(read: Connection, days: Collection[date], without: Collection[int]) -> list[int]:
    """The entries of some days, but for those known already."""
    found: list[int] = []
    wanted = sorted(day.isoformat() for day in days)
    for start in range(0, len(wanted), CHUNK):
        some = wanted[start : start + CHUNK]
        rows = read.exec_driver_sql(f"SELECT key FROM entries WHERE worked_on IN ({placeholders(len(some))}) ORDER BY key", tuple(some))
        found += (key for (key,) in rows if key not in without)
    return found


def decided_then(read: Connection, keys: Sequence[int], at: str) -> dict[int, tuple[Decision, ...]]:
    """Entry → the rulings that were in force on it at a moment, oldest first."""
    found: dict[int, tuple[Decision, ...]] = {}
    for key in keys:
        rulings = tuple(_in_force(one for one in decisions.of_entry(read, key) if one.at.isoformat() <= at))
        if rulings:
            found[key] = rulings
    return found


def _in_force(given: Iterator[Decision]) -> list[Decision]:
    """The latest on each question."""
    latest = {one.kind if one.kind in MATCHING else "fate": one for one in given}
    return sorted(latest.values(), key=lambda one: one.at)
