"""What a listing held, against what the state has: the only ground on which time may be called gone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.ports import Window
from connector.store.store import placeholders

CHUNK = 2000
_WHOLE = (1 << 64) - 1
Said = tuple[int | None, str]
"""One row of a listing: the state's number of its entry, None for a new one, and its id there."""


class Seen:
    """The entries of one listing: a bit each, by the state's own number, so that a million take 125 kB.

    `newest` is the greatest number before the listing; what came later came with it. `count` and `ids` (in any order) stand
    for the rows: two passes that agree in both saw the same ones.
    """

    def __init__(self, newest: int) -> None:
        self.newest, self.count, self.ids = newest, 0, 0
        self._bits = bytearray(newest // 8 + 1)

    def add(self, rows: Sequence[Said]) -> None:
        """What a page said."""
        self.count += len(rows)
        bits, newest, ids = self._bits, self.newest, self.ids
        for key, entry_id in rows:
            ids += hash(entry_id)
            if key is not None and key <= newest:
                bits[key >> 3] |= 1 << (key & 7)
        self.ids = ids & _WHOLE

    def told_apart(self, rows: Iterable[tuple[int, str | None]]) -> tuple[dict[int, str | None], list[int]]:
        """Of live entries up to `newest` (number, and since when it is lacked): those that the listing lacks too, and those that are back."""
        bits, missing, back = self._bits, dict[int, str | None](), list[int]()
        for key, since in rows:
            if not bits[key >> 3] & (1 << (key & 7)):
                missing[key] = since
            elif since is not None:
                back.append(key)
        return missing, back

    def same_as(self, other: "Seen") -> bool:
        return (self.count, self.ids) == (other.count, other.ids)


class Missing(Struct, frozen=True, gc=False):
    """A live entry that a listing lacks; `since` is when one lacked it first, `worked_on` its day, None where nobody can read it."""

    key: int
    entry_id: str
    since: str | None
    worked_on: str | None = None


class Compared(Struct, frozen=True):
    """`live` entries the listing should have held, with those it brought where some are missing; those it lacks, and the keys of those that
    are back. `months` are those of which it held anything, told where some are missing.
    """

    live: int
    missing: tuple[Missing, ...]
    back: tuple[int, ...]
    months: frozenset[str] = frozenset()

    @property
    def held(self) -> int:
        return self.live - len(self.missing)


def start_seeing(read: Connection) -> Seen:
    return Seen(int(read.exec_driver_sql("SELECT coalesce(max(key), 0) FROM entries").scalar_one()))


def compare(read: Connection, source: int, window: Window, seen: Seen) -> Compared:
    """Live entries worked within the window against a listing of it; those without a day only where the window is open."""
    where = "source_id = ? AND deleted = 0"
    where += " AND worked_on >= ?" if window.since else ""
    where += " AND worked_on <= ?" if window.until else ""
    bounds = (source, *_bounds(window), seen.newest)
    sql = f"SELECT key, absent_since FROM entries WHERE {where} AND key <= ?"
    live, missing, back = 0, dict[int, str | None](), list[int]()
    if not seen.newest:
        return Compared(0, (), ())  # nothing was staged before the listing
    for rows in read.exec_driver_sql(sql, bounds, execution_options={"yield_per": CHUNK}).partitions(CHUNK):
        live += len(rows)
        lacked, found = seen.told_apart(rows)
        missing.update(lacked)
        back += found
    if not missing:
        return Compared(live, (), tuple(back))
    live += int(read.exec_driver_sql(f"SELECT count(*) FROM entries WHERE {where} AND key > ?", bounds).scalar_one())
    named = _named(read, list(missing))
    days = read.exec_driver_sql(f"SELECT key, worked_on FROM entries WHERE {where} AND worked_on IS NOT NULL", bounds[:-1])
    held = frozenset(day[:7] for key, day in days if key not in missing)
    return Compared(
        live, tuple(Missing(key, named[key][0], since, named[key][1]) for key, since in missing.items()), tuple(back),
        held,
    )  # fmt: skip


def _named(read: Connection, keys: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """Key → (the source's own id, the day)."""
    named: dict[int, tuple[str, str | None]] = {}
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        rows = read.exec_driver_sql(f"SELECT key, entry_id, worked_on FROM entries WHERE key IN ({placeholders(len(some))})", tuple(some))
        named.update((row[0], (row[1], row[2])) for row in rows)
    return named


def mark_absent(tx: Connection, keys: Sequence[int], since: str | None) -> None:
    """When a listing first lacked these entries; None takes it back."""
    if keys:
        tx.exec_driver_sql("UPDATE entries SET absent_since = ? WHERE key = ?", [(since, key) for key in keys])


def age(since: str, now: datetime) -> timedelta:
    return now - datetime.fromisoformat(since)


def oldest_open_day(read: Connection, source: int, closed: Sequence[str]) -> str | None:
    """The first day of work that has a charge which is not in one of the `closed` dispositions."""
    found = read.exec_driver_sql(
        "SELECT min(e.worked_on) FROM charges c JOIN entries e ON e.key = c.entry WHERE e.source_id = ? AND e.deleted = 0 "
        f"AND c.disposition NOT IN ({placeholders(len(closed))})",
        (source, *closed),
    ).scalar()
    return str(found) if found else None


def _bounds(window: Window) -> list[Any]:
    return [day.isoformat() for day in (window.since, window.until) if day is not None]
