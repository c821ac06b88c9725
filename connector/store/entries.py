"""Staged time entries: the entry row is the current revision; only an overwritten one moves to history.

Identity is (kind, the vendor's account, entry id). Two versioned fingerprints guard the upsert: `billing` (what a document depends
on) raises the revision and makes corrections, `words` (notes and names) does not. Edit stamps and billed flags are in neither.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr, replace
from sqlalchemy.engine import Connection

from connector.core.values import Staged
from connector.model import TimeEntry
from connector.store.seen import Said
from connector.store.store import Row, insert_many, placeholders

VERSION = b"\x01"
CHUNK = 2000
CHANGES = "entries:changes"
COLUMNS = (
    "source_id", "entry_id", "connection", "billing", "words", "worked_on", "seconds", "run", "edited_at", "client", "project", "body",
)  # fmt: skip
"""What a new entry says; it is at revision 1 and not deleted."""
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(TimeEntry).decode


class Stagings(Struct):
    """What a page did."""

    new: int = 0
    changed: int = 0
    reworded: int = 0
    unchanged: int = 0
    deleted: int = 0

    def add(self, other: "Stagings") -> None:
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def add_moved(self, again: "Stagings") -> None:
        """What another pass over the same rows did; what it found unchanged was counted before."""
        self.new, self.changed = self.new + again.new, self.changed + again.changed
        self.reworded, self.deleted = self.reworded + again.reworded, self.deleted + again.deleted

    @property
    def moved(self) -> int:
        return self.new + self.changed + self.reworded + self.deleted


def billing_fingerprint(entry: TimeEntry) -> bytes:
    """16 bytes over ids, day, time, flags and money; a name counts where the source has no id."""
    facts = (
        entry.client_id or entry.client, entry.project_id or entry.project, entry.work_type_id or entry.work_type,
        entry.task_id or entry.task, entry.person_id or entry.person, entry.role, entry.ticket, entry.agreement, entry.po,
        entry.worked_on, entry.started, entry.ended, entry.seconds, entry.hours, entry.billable, entry.approved, entry.running,
        entry.rate, entry.currency, entry.problem,
    )  # fmt: skip
    return VERSION + hashlib.blake2b(_encode(facts), digest_size=15).digest()


def words_fingerprint(entry: TimeEntry) -> bytes:
    """16 bytes over everything a person reads, and the source's own billed flag."""
    facts = (
        entry.client, entry.project, entry.work_type, entry.task, entry.person, entry.ticket_title, entry.site, entry.department,
        entry.tags, entry.notes, entry.internal_notes, entry.captured_by, entry.billed, entry.billed_document,
    )  # fmt: skip
    return VERSION + hashlib.blake2b(_encode(facts), digest_size=15).digest()


def source_id(tx: Connection, kind: str, account: str) -> int:
    """The state's number for a vendor account, made at first sight."""
    tx.exec_driver_sql("INSERT INTO sources (kind, account) VALUES (?, ?) ON CONFLICT (kind, account) DO NOTHING", (kind, account))
    return int(tx.exec_driver_sql("SELECT id FROM sources WHERE kind = ? AND account = ?", (kind, account)).scalar_one())


def stage(
    tx: Connection, source: int, connection: str, run: int, page: Sequence[TimeEntry], seen: Callable[[Sequence[Said]], object]
) -> Stagings:
    """Upserts a page: what is staged is read first and only what differs is written. An older revision never replaces a newer one, neither
    one in the state nor one on the same page (a row that moves while its list is paged stands on it twice).
    """
    done = Stagings()
    inserts: list[Row] = []
    updates: list[Row] = []
    said: list[Said] = []
    newest = _newest(page)
    known = _known(tx, source, list(newest))
    for entry_id, entry in newest.items():
        old, body = known.get(entry_id), _encode(entry).decode()
        if old is None:
            prints = billing_fingerprint(entry), words_fingerprint(entry)
            said.append((None, entry_id, *prints))
            inserts.append((source, entry_id, connection, *prints, *_columns(entry, run), body))
            continue
        _, key, billing, words, deleted, said_before, revision, edited_at = old
        prints = (
            (billing, words) if said_before == body and billing[:1] == VERSION else (billing_fingerprint(entry), words_fingerprint(entry))
        )
        said.append((key, entry_id, *prints))
        if ((billing, words) == prints and not deleted) or _older(entry, edited_at):
            done.unchanged += 1
            continue
        changed = bool(deleted) or (billing != prints[0] and billing[:1] == VERSION)
        done.changed, done.reworded = done.changed + changed, done.reworded + (not changed)
        updates.append((connection, revision + changed, *prints, *_columns(entry, run), body, key))
    seen(said)
    done.new = len(inserts)
    _write(tx, inserts, updates)
    return done


def unchanged(read: Connection, source: int, page: Sequence[TimeEntry]) -> dict[str, int]:
    """Entry id → key, of those on the page that are staged exactly as they stand there."""
    known = _known(read, source, [entry.id for entry in page])
    found = {}
    for entry in page:
        old = known.get(entry.id)
        if old is not None and not old[4] and (old[2], old[3]) == (billing_fingerprint(entry), words_fingerprint(entry)):
            found[entry.id] = int(old[1])
    return found


def keys_by_id(read: Connection, source: int, ids: Sequence[str]) -> dict[str, int]:
    """Entry id → key, of those that were ever staged."""
    return {entry_id: int(row[1]) for entry_id, row in _known(read, source, ids).items()}


def source_known(read: Connection, kind: str, account: str) -> int | None:
    """The state's number for a vendor account, None where it was never read."""
    number = read.exec_driver_sql("SELECT id FROM sources WHERE kind = ? AND account = ?", (kind, account)).scalar()
    return None if number is None else int(number)


def _newest(page: Sequence[TimeEntry]) -> dict[str, TimeEntry]:
    newest: dict[str, TimeEntry] = {}
    for given in page:
        entry = given if "\0" not in given.id else replace(given, id=given.id.replace("\0", "\ufffd"))  # PostgreSQL keeps no NUL
        before = newest.get(entry.id)
        if before is None or not _older(entry, _stamp(before)):
            newest[entry.id] = entry
    return newest


def _known(tx: Connection, source: int, ids: Sequence[str]) -> dict[str, Row]:
    known: dict[str, Row] = {}
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = tx.exec_driver_sql(
            "SELECT entry_id, key, billing, words, deleted, body, revision, edited_at FROM entries "
            f"WHERE source_id = ? AND entry_id IN ({placeholders(len(some))})",
            (source, *some),
        ).all()  # at once: row by row costs three times as much
        known.update((row[0], row) for row in rows)
    return known


def _columns(entry: TimeEntry, run: int) -> Row:
    """What an insert and an update write alike between the fingerprints and the body, in their order."""
    return _day(entry.worked_on), entry.seconds, run, _stamp(entry), entry.client, entry.project


@lru_cache(maxsize=10_000)
def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _older(entry: TimeEntry, edited_at: str) -> bool:
    if not edited_at or entry.edited_at is None:
        return False
    return entry.edited_at < datetime.fromisoformat(edited_at)


def _stamp(entry: TimeEntry) -> str:
    return _encode(entry.edited_at)[1:-1].decode() if entry.edited_at else ""  # a third of what `isoformat` costs


def _write(tx: Connection, inserts: list[Row], updates: list[Row]) -> None:
    if inserts or updates:
        note_change(tx)
    insert_many(tx, "entries", COLUMNS, inserts)
    if updates:
        _keep_history(tx, [row[-1] for row in updates])
        tx.exec_driver_sql(
            "UPDATE entries SET connection = ?, revision = ?, billing = ?, words = ?, worked_on = ?, seconds = ?, run = ?, edited_at = ?, client = ?, "
            "project = ?, body = ?, deleted = 0, absent_since = NULL WHERE key = ?",
            updates,
        )


def _keep_history(tx: Connection, keys: Sequence[int]) -> None:
    tx.exec_driver_sql(
        "INSERT INTO entry_history (key, seq, revision, run, deleted, body) SELECT e.key, "
        "(SELECT coalesce(max(h.seq), 0) + 1 FROM entry_history h WHERE h.key = e.key), e.revision, e.run, e.deleted, e.body "
        "FROM entries e WHERE e.key = ?",
        [(key,) for key in keys],
    )


def delete(tx: Connection, keys: Sequence[int], run: int) -> None:
    """Marks entries as gone at the source; they stay, with a new revision, as rows somebody can read."""
    if keys:
        note_change(tx)
        _keep_history(tx, keys)
        tx.exec_driver_sql("UPDATE entries SET deleted = 1, revision = revision + 1, run = ? WHERE key = ?", [(run, key) for key in keys])


def keys_of(read: Connection, source: int, ids: Sequence[str]) -> list[int]:
    """The state's numbers of live entries by their source ids."""
    found: list[int] = []
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
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
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
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
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        for row in read.exec_driver_sql(f"{STAGED} WHERE e.key IN ({placeholders(len(some))})", tuple(some)):
            found[row[0]] = _staged(row, sources, shared)
    return found


def project_names(read: Connection) -> set[str]:
    """Every project that any entry names."""
    return {str(row[0]) for row in read.exec_driver_sql("SELECT DISTINCT project FROM entries WHERE project <> ''")}
