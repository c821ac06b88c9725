"""Staged time entries: the entry row is the current revision, its older ones are history.

Identity is (kind, the vendor's account, entry id), never the connection's name.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec.structs import force_setattr
from sqlalchemy.engine import Connection

from connector.core.values import Staged
from connector.model import TimeEntry
from connector.store.store import placeholders

T = TypeVar("T")
CHUNK = 2000
CHANGES = "entries:changes"
_decode = msgspec.json.Decoder(TimeEntry).decode


def source_id(tx: Connection, kind: str, account: str) -> int:
    """The state's number for a vendor account, made at first sight."""
    tx.exec_driver_sql("INSERT INTO sources (kind, account) VALUES (?, ?) ON CONFLICT (kind, account) DO NOTHING", (kind, account))
    return int(tx.exec_driver_sql("SELECT id FROM sources WHERE kind = ? AND account = ?", (kind, account)).scalar_one())


def source_known(read: Connection, kind: str, account: str) -> int | None:
    """The state's number for a vendor account, None where it was never read."""
    number = read.exec_driver_sql("SELECT id FROM sources WHERE kind = ? AND account = ?", (kind, account)).scalar()
    return None if number is None else int(number)


def chunks(ids: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many as one statement may name."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


def keys_of(read: Connection, source: int, ids: Sequence[str]) -> list[int]:
    """The state's numbers of live entries by their source ids."""
    found: list[int] = []
    for some in chunks(ids):
        rows = read.exec_driver_sql(
            f"SELECT key FROM entries WHERE deleted = 0 AND source_id = ? AND entry_id IN ({placeholders(len(some))})",
            (source, *some),
        )
        found.extend(row[0] for row in rows)
    return found


STAGED = "SELECT e.key, e.source_id, e.connection, e.revision, e.deleted, e.body FROM entries e"
SHARED = (
    "client", "client_id", "project", "project_id", "work_type", "work_type_id", "person", "person_id", "ticket", "worked_on", "seconds",
    "currency",
)  # fmt: skip
"""What many entries have in common: kept once, which saves a third of the memory of a whole state."""


def staged(read: Connection) -> Iterator[Staged]:
    """Every entry in the state's order, streamed."""
    sources, shared = _sources(read), dict[object, object]()
    for rows in read.exec_driver_sql(f"{STAGED} ORDER BY e.key", execution_options={"yield_per": CHUNK}).partitions(CHUNK):
        for row in rows:
            one = _staged(row, sources, shared)
            if one.entry.origin:  # only `explain` says where a row stands, and it reads the row by itself
                force_setattr(one.entry, "origin", "")
            yield one


def find(read: Connection, connection: str, entry_id: str) -> Staged | None:
    """One entry by what people type."""
    row = read.exec_driver_sql(f"{STAGED} WHERE e.connection = ? AND e.entry_id = ?", (connection, entry_id)).one_or_none()
    return _staged(row, _sources(read), {}) if row else None


def by_key(read: Connection, key: int) -> Staged:
    return _staged(read.exec_driver_sql(f"{STAGED} WHERE e.key = ?", (key,)).one(), _sources(read), {})


def _sources(read: Connection) -> dict[int, str]:
    return {row[0]: f"{row[1]}:{row[2]}" for row in read.exec_driver_sql("SELECT id, kind, account FROM sources")}


def _staged(row: Sequence[Any], sources: dict[int, str], shared: dict[Any, Any]) -> Staged:
    key, source, connection, revision, deleted, body = row
    entry = _decode(body)
    for name in SHARED:
        value = getattr(entry, name)
        if value:
            force_setattr(entry, name, shared.setdefault(value, value))
    return Staged(
        key=key, source=sources[source], connection=shared.setdefault(connection, connection), revision=revision, deleted=bool(deleted),
        entry=entry,
    )  # fmt: skip


def runs(read: Connection, keys: Sequence[int]) -> dict[int, int]:
    """Entry → the run that last staged something new of it."""
    found: dict[int, int] = {}
    for some in chunks(keys):
        rows = read.exec_driver_sql(f"SELECT key, run FROM entries WHERE key IN ({placeholders(len(some))})", tuple(some))
        found.update({int(row[0]): int(row[1]) for row in rows})
    return found


def revisions(read: Connection, key: int) -> list[tuple[int, bool, TimeEntry]]:
    """What the source said before, oldest first: revision, gone or not, and the entry."""
    rows = read.exec_driver_sql("SELECT revision, deleted, body FROM entry_history WHERE key = ? ORDER BY seq", (key,))
    return [(revision, bool(deleted), _decode(body)) for revision, deleted, body in rows]


def totals(read: Connection) -> dict[str, tuple[int, int]]:
    """Connection → (entries, seconds) of what is not gone."""
    rows = read.exec_driver_sql("SELECT connection, count(*), sum(seconds) FROM entries WHERE deleted = 0 GROUP BY connection")
    return {connection: (count, seconds) for connection, count, seconds in rows}


def note_change(tx: Connection) -> None:
    """Staged entries or decisions are changed by this transaction: what was computed from them is no longer current."""
    tx.exec_driver_sql(
        "INSERT INTO facts (name, body) VALUES (?, '1') ON CONFLICT (name) DO UPDATE SET body = CAST(CAST(facts.body AS BIGINT) + 1 AS TEXT)",
        (CHANGES,),
    )


def stamp(read: Connection) -> str:
    """Changes whenever any staged entry or decision does: part of the digest of what dispositions were computed from."""
    return str(read.exec_driver_sql("SELECT body FROM facts WHERE name = ?", (CHANGES,)).scalar() or "")


def by_keys(read: Connection, keys: Sequence[int]) -> dict[int, Staged]:
    """Some entries by the state's own numbers."""
    found: dict[int, Staged] = {}
    sources, shared = _sources(read), dict[object, object]()
    for some in chunks(keys):
        for row in read.exec_driver_sql(f"{STAGED} WHERE e.key IN ({placeholders(len(some))})", tuple(some)):
            found[row[0]] = _staged(row, sources, shared)
    return found


def project_names(read: Connection) -> set[str]:
    """Every project that any entry names."""
    return {str(row[0]) for row in read.exec_driver_sql("SELECT DISTINCT project FROM entries WHERE project <> ''")}
