"""Sums for the tie-out, made by the database: what the charges say, and apart from them what the staged entries say."""

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.store.adding_up import added_up
from connector.store.store import placeholders

CHUNK = 2000
ON_DOCUMENTS = "('sending', 'drafted', 'invoiced')"


class Scope(Struct, frozen=True):
    """What is asked for; None is everything."""

    book: str | None = None
    period: str | None = None

    @property
    def whole(self) -> bool:
        return self.book is None and self.period is None

    def where(self, alias: str) -> tuple[str, tuple[str, ...]]:
        """A condition on the charges under this alias, with its values."""
        said = [(name, value) for name, value in (("book", self.book), ("period", self.period)) if value is not None]
        return " AND ".join([f"{alias}.{name} = ?" for name, _ in said]) or "1 = 1", tuple(value for _, value in said)


class Tally(Struct, frozen=True, gc=False):
    """Charges of one disposition, reason and currency; money in minor units. Of charges on documents the reason is left out: it is the
    document. `count` counts an entry once, where its part 1 is.
    """

    disposition: str
    reason: str
    currency: str
    estimated: bool
    correction: bool
    period: str
    count: int
    seconds: int
    billed_seconds: int
    value: int
    net: int
    unvalued_seconds: int = 0
    """Of time that waits: what nobody can put a price or an estimate to."""


def tallies(read: Connection, scope: Scope) -> list[Tally]:
    """The charges in scope, added up."""
    where, values = scope.where("c")
    rows = added_up(
        read, f"charges c WHERE {where}", values,
        by={
            "disposition": "c.disposition", "reason": f"CASE WHEN c.disposition IN {ON_DOCUMENTS} THEN '' ELSE c.reason END",
            "currency": "c.currency", "estimated": "c.estimate IN ('client_mean', 'book_mean')", "correction": "c.kind = 'correction'",
            "period": "c.period",
        },
        sums={
            "entries": "CASE c.part WHEN 1 THEN 1 ELSE 0 END", "seconds": "c.seconds", "billed_seconds": "c.billed_seconds",
            "value": "coalesce(c.value, 0)", "net": "coalesce(c.net, 0)",
            "unvalued": "CASE WHEN c.value IS NULL AND c.disposition IN ('unmatched', 'held', 'pending') THEN c.seconds ELSE 0 END",
        },
    )  # fmt: skip
    return [Tally(*row) for row in rows]


class OfSource(Struct, frozen=True, gc=False):
    """What the staged entries of one connection say for one client, as the source names it."""

    connection: str
    client: str
    count: int
    seconds: int
    gone: int


def of_sources(read: Connection, scope: Scope) -> list[OfSource]:
    """Counts and seconds of the entries themselves. With a scope: of those whose first charge is in it."""
    if scope.whole:
        return _whole(read)
    where, values = scope.where("c")
    staged = read.exec_driver_sql("SELECT count(*), sum(key) FROM entries").one()
    count, keys, inside = read.exec_driver_sql(
        f"SELECT count(*), sum(c.entry), coalesce(sum(CASE WHEN {where} THEN 1 ELSE 0 END), 0) FROM charges c WHERE c.part = 1", values
    ).one()
    if tuple(staged) != (count, keys) or 2 * inside < count:
        return _standing(read, where, values)
    # every entry has its first charge, so those in scope are all but the few outside: a fifth of the time of asking for each
    outside = {(one.connection, one.client): one for one in _standing(read, f"NOT ({where})", values)}
    return [left for one in _whole(read) if (left := _less(one, outside.get((one.connection, one.client)))) is not None]


OF_SOURCE = {"connection": "e.connection", "client": "e.client"}
SAID = {"entries": "1 - e.deleted", "seconds": "CASE e.deleted WHEN 0 THEN e.seconds ELSE 0 END", "gone": "e.deleted"}


def _whole(read: Connection) -> list[OfSource]:
    rows = added_up(read, "entries e WHERE 1 = 1", (), by=OF_SOURCE, sums=SAID)  # along its index
    return [OfSource(*row) for row in sorted(rows)]


def _standing(read: Connection, where: str, values: tuple[str, ...]) -> list[OfSource]:
    of = f"charges c CROSS JOIN entries e WHERE e.key = c.entry AND c.part = 1 AND {where}"  # SQLite then reads each from end to end
    rows = added_up(read, of, values, by=OF_SOURCE, sums=SAID)
    return [OfSource(*row) for row in sorted(rows)]


def _less(one: OfSource, other: OfSource | None) -> OfSource | None:
    """What is left of the entries of a client, None where nothing is."""
    if other is None:
        return one
    left = OfSource(one.connection, one.client, one.count - other.count, one.seconds - other.seconds, one.gone - other.gone)
    return left if left.count or left.gone else None


class Placed(Struct, frozen=True, gc=False):
    """An entry that is not gone, and where its first charge stands. `said` is the client as the source names it, `client` the one it
    was matched with, "" where none was; `period` is "" where the day cannot be read.
    """

    key: int
    connection: str
    said: str
    seconds: int
    book: str
    period: str
    client: str


PLACED = (
    "SELECT e.key, e.connection, e.client, e.seconds, c.book, c.period, c.client "
    "FROM entries e JOIN charges c ON c.entry = e.key AND c.part = 1 WHERE e.deleted = 0"
)


def placed(read: Connection, scope: Scope) -> Iterator[Placed]:
    """The entries whose first charge is in scope."""
    where, values = scope.where("c")
    yield from (Placed(*row) for row in read.exec_driver_sql(f"{PLACED} AND {where}", values))


def nowhere(read: Connection) -> list[Placed]:
    """The entries without a client, or without a day that can be read."""
    return [Placed(*row) for row in read.exec_driver_sql(f"{PLACED} AND (c.client = '' OR c.period = '')")]


def places(read: Connection, keys: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Key → book and period of the entry's first charge."""
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(keys), CHUNK):
        some = keys[start : start + CHUNK]
        rows = read.exec_driver_sql(
            f"SELECT entry, book, period FROM charges WHERE part = 1 AND entry IN ({placeholders(len(some))})", tuple(some)
        )
        found.update({key: (book, period) for key, book, period in rows})
    return found


def days(read: Connection, scope: Scope) -> tuple[date, date] | None:
    """The first and the last day worked of the entries whose first charge is in scope."""
    where, values = scope.where("c")
    row = read.exec_driver_sql(
        f"SELECT min(e.worked_on), max(e.worked_on) FROM entries e JOIN charges c ON c.entry = e.key AND c.part = 1 WHERE {where}", values
    ).one()
    return None if row[0] is None else (date.fromisoformat(row[0]), date.fromisoformat(row[1]))


def elsewhere(read: Connection, scope: Scope) -> int:
    """Seconds of further parts that stand in scope while their entry's first part does not, less those the other way round."""
    if scope.whole:
        return 0
    (inside, values), (home, _) = scope.where("c"), scope.where("h")
    row = read.exec_driver_sql(
        f"SELECT coalesce(sum(CASE WHEN {inside} THEN c.seconds ELSE 0 END - CASE WHEN {home} THEN c.seconds ELSE 0 END), 0) FROM charges c "
        "CROSS JOIN charges h WHERE c.part > 1 AND h.entry = c.entry AND h.part = 1",  # first the few further parts
        (*values, *values),
    )
    return int(row.scalar_one())


def untrue(read: Connection, limit: int = 5) -> list[tuple[str, int, int]]:
    """(connection:entry id, seconds at the source, seconds of its charges) of entries whose charges do not add up to them."""
    rows = read.exec_driver_sql(
        "SELECT e.connection || ':' || e.entry_id, CASE e.deleted WHEN 0 THEN e.seconds ELSE 0 END AS said, coalesce(sum(c.seconds), 0) AS ours "
        "FROM entries e LEFT JOIN charges c ON c.entry = e.key GROUP BY e.key "
        "HAVING CASE e.deleted WHEN 0 THEN e.seconds ELSE 0 END <> coalesce(sum(c.seconds), 0) ORDER BY e.key LIMIT ?",
        (limit,),
    )
    return [(ref, said, ours) for ref, said, ours in rows]


def shares(read: Connection) -> dict[int, int]:
    """Document → the net of the charges it holds, in minor units."""
    of = "claims k LEFT JOIN charges c ON c.entry = k.entry AND c.part = k.part WHERE 1 = 1"
    rows = added_up(read, of, (), by={"document": "k.document"}, sums={"net": "coalesce(c.net, 0)"})
    return {int(document): int(net) for document, net in rows}


class Moved(Struct, frozen=True, gc=False):
    """Charges that stand in a billing period other than the month they were worked in; `value` in minor units."""

    book: str
    client: str
    currency: str
    disposition: str
    correction: bool
    period: str
    late: bool
    worked_on: str
    value: int


def moved(read: Connection, scope: Scope) -> list[Moved]:
    """Every charge whose day is not in the month of its period; of weeks and fortnights all, for the caller to tell apart by day."""
    where, values = scope.where("c")
    rows = added_up(
        read, f"charges c JOIN entries e ON e.key = c.entry WHERE {where} AND c.value IS NOT NULL AND c.period <> '' "
        "AND substr(e.worked_on, 1, 7) <> c.period", values,
        by={
            "book": "c.book", "client": "c.client", "currency": "c.currency", "disposition": "c.disposition",
            "correction": "c.kind = 'correction'", "period": "c.period", "late": "c.late", "worked_on": "e.worked_on",
        },
        sums={"value": "c.value"},
    )  # fmt: skip
    return [Moved(*row) for row in rows]
