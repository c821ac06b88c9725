"""Staging: a page of a listing against what the state has, and only what differs is written.

What is said in other words than before is compared by two fingerprints, and only an overwritten entry moves to history. A digest of the
row that an entry was made of, where its source has one, tells a later listing that nothing need be made of it again.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import repeat

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.engine import Connection

from connector.model import TimeEntry
from connector.store.entries import chunks, note_change
from connector.store.fingerprints import billing_fingerprint, words_fingerprint
from connector.store.seen import Said
from connector.store.store import Row, insert_many, placeholders

COLUMNS = ("source_id", "entry_id", "connection", "digest", "worked_on", "seconds", "run", "client", "project", "body")
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


class _Page(Struct):
    """What a page's entries come to, beside what is staged."""

    done: Stagings = msgspec.field(default_factory=Stagings)
    said: list[Said] = msgspec.field(default_factory=list)
    inserts: list[Row] = msgspec.field(default_factory=list)
    updates: list[Row] = msgspec.field(default_factory=list)
    restamped: list[Row] = msgspec.field(default_factory=list)


def stage(
    tx: Connection,
    source: int,
    connection: str,
    run: int,
    page: Sequence[TimeEntry],
    seen: Callable[[Sequence[Said]], object],
    digests: Sequence[bytes] = (),
) -> Stagings:
    """Upserts a page: what is staged is read first and only what differs is written. An older revision never replaces a newer one, neither
    one in the state nor one on the same page (a row that moves while its list is paged stands on it twice).
    """
    to, newest = _Page(), _newest(page, digests or repeat(b""))
    known = _known(tx, source, list(newest))
    for entry_id, (entry, digest) in newest.items():
        old, body = known.get(entry_id), _encode(entry).decode()
        if old is None:
            to.said.append((None, entry_id))
            to.inserts.append((source, entry_id, connection, digest, *_columns(entry, run), body))
        else:
            _compare(to, old, entry, digest, body, (connection, run))
    seen(to.said)
    to.done.new = len(to.inserts)
    _write(tx, to)
    return to.done


def _compare(to: _Page, old: Row, entry: TimeEntry, digest: bytes, body: str, where: tuple[str, int]) -> None:
    """An entry that was staged before. A row that says the same in other bytes is known by these from now on."""
    entry_id, key, deleted, said, revision, digest_before = old
    to.said.append((key, entry_id))
    before = entry if said == body else _decode(said)
    older = _is_older(entry, before)
    bills = before is not entry and billing_fingerprint(before) != billing_fingerprint(entry)
    reads = before is not entry and words_fingerprint(before) != words_fingerprint(entry)
    if older or not (deleted or bills or reads):
        to.done.unchanged += 1
        if digest not in (b"", digest_before) and not older:
            to.restamped.append((digest, key))
        return
    changed = bool(deleted) or bills
    to.done.changed, to.done.reworded = to.done.changed + changed, to.done.reworded + (not changed)
    connection, run = where
    to.updates.append((connection, revision + changed, digest, *_columns(entry, run), body, key))


def said_before(read: Connection, source: int, rows: Sequence[tuple[str, bytes]]) -> dict[bytes, Said]:
    """Of rows (entry id, digest), by digest, those of which a live entry was made that is staged as it was made."""
    there: dict[str, Row] = {}
    for some in chunks([entry_id for entry_id, _ in rows]):
        sql = f"SELECT entry_id, digest, key FROM entries WHERE source_id = ? AND deleted = 0 AND entry_id IN ({placeholders(len(some))})"
        there.update((row[0], row) for row in read.exec_driver_sql(sql, (source, *some)).all())
    found: dict[bytes, Said] = {}
    for entry_id, digest in rows:
        old = there.get(entry_id)
        if digest and old is not None and old[1] == digest:
            found[digest] = (old[2], entry_id)
    return found


def unchanged(read: Connection, source: int, page: Sequence[TimeEntry]) -> dict[str, int]:
    """Entry id → key, of those on the page that are staged exactly as they stand there."""
    known = _known(read, source, [entry.id for entry in page])
    found = {}
    for entry in page:
        if (old := known.get(entry.id)) is not None and not old[2] and _says_the_same(entry, old[3]):
            found[entry.id] = int(old[1])
    return found


def _says_the_same(entry: TimeEntry, body: str) -> bool:
    before = _decode(body)
    return billing_fingerprint(entry) == billing_fingerprint(before) and words_fingerprint(entry) == words_fingerprint(before)


def keys_by_id(read: Connection, source: int, ids: Sequence[str]) -> dict[str, int]:
    """Entry id → key, of those that were ever staged."""
    return {entry_id: int(row[1]) for entry_id, row in _known(read, source, ids).items()}


def _newest(page: Sequence[TimeEntry], digests: Iterable[bytes]) -> dict[str, tuple[TimeEntry, bytes]]:
    newest: dict[str, tuple[TimeEntry, bytes]] = {}
    for given, digest in zip(page, digests, strict=False):
        entry = given if "\0" not in given.id else replace(given, id=given.id.replace("\0", "\ufffd"))  # PostgreSQL keeps no NUL
        before = newest.get(entry.id)
        if before is None or not _is_older(entry, before[0]):
            newest[entry.id] = entry, digest
    return newest


def _known(tx: Connection, source: int, ids: Sequence[str]) -> dict[str, Row]:
    known: dict[str, Row] = {}
    for some in chunks(ids):
        rows = tx.exec_driver_sql(
            "SELECT entry_id, key, deleted, body, revision, digest FROM entries "
            f"WHERE source_id = ? AND entry_id IN ({placeholders(len(some))})",
            (source, *some),
        ).all()  # at once: row by row costs three times as much
        known.update((row[0], row) for row in rows)
    return known


def _columns(entry: TimeEntry, run: int) -> Row:
    """What an insert and an update write alike between the digest and the body, in their order."""
    return _day(entry.worked_on), entry.seconds, run, entry.client, entry.project


@lru_cache(maxsize=10_000)
def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _is_older(entry: TimeEntry, other: TimeEntry) -> bool:
    """Whether both say when they were last edited, and it before the other."""
    return entry.edited_at is not None and other.edited_at is not None and entry.edited_at < other.edited_at


def _write(tx: Connection, page: _Page) -> None:
    if page.inserts or page.updates:
        note_change(tx)
    insert_many(tx, "entries", COLUMNS, page.inserts)
    if page.updates:
        _keep_history(tx, [row[-1] for row in page.updates])
        tx.exec_driver_sql(
            "UPDATE entries SET connection = ?, revision = ?, digest = ?, worked_on = ?, seconds = ?, run = ?, "
            "client = ?, project = ?, body = ?, deleted = 0, absent_since = NULL WHERE key = ?",
            page.updates,
        )
    if page.restamped:
        tx.exec_driver_sql("UPDATE entries SET digest = ? WHERE key = ?", page.restamped)


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
