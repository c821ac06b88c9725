"""Closed periods: the signed certificate of each, chained by book, and the charges that its close made facts."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.closing import Fact
from connector.core.grouping import closed_name
from connector.core.minor import from_minor
from connector.core.values import Why
from connector.store.charges import whys

ON_DOCUMENTS = "('ready', 'sending', 'drafted', 'invoiced', 'held', 'unmatched', 'pending')"
"""What no close makes a fact: claims are facts of their own, and what is ready goes on into the next period."""
SELECT = "SELECT id, book, seq, period, digest, previous, signature, body, who, at, reopened_at, reopened_by, why FROM certificates"
FACT = (
    "SELECT entry, part, revision, book, period, client, disposition, kind, reason, says, seconds, billed_seconds, currency, value, estimate, "
    "why FROM closed_charges"
)


class Certified(Struct, frozen=True, kw_only=True):
    """A certificate as it is kept. `body` is its text to the byte; `reopened_at` None while it is in force."""

    id: int
    book: str
    seq: int
    period: str
    digest: str
    previous: str
    signature: str
    body: str
    who: str
    at: str
    reopened_at: str | None = None
    reopened_by: str = ""
    why: str = ""

    @property
    def in_force(self) -> bool:
        return self.reopened_at is None


def certificates(read: Connection, book: str | None = None) -> list[Certified]:
    """In the order they were made, of one book or of all, also those of periods reopened since."""
    names = Certified.__struct_fields__
    rows = read.exec_driver_sql(f"{SELECT} ORDER BY book, seq")
    return [Certified(**dict(zip(names, row, strict=True))) for row in rows if book in (None, row[1])]


def in_force(read: Connection, book: str, period: str) -> Certified | None:
    return next((one for one in certificates(read, book) if one.period == period and one.in_force), None)


def closed(read: Connection) -> frozenset[str]:
    """The names of all closed periods, as the core calls them."""
    rows = read.exec_driver_sql("SELECT book, period FROM certificates WHERE reopened_at IS NULL")
    return frozenset(closed_name(book, period) for book, period in rows)


def keep(tx: Connection, one: Certified) -> int:
    """Stores a certificate; `id` is the state's own. Raises IntegrityError where its period is closed already."""
    row = tx.exec_driver_sql(
        "INSERT INTO certificates (book, seq, period, digest, previous, signature, body, who, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "RETURNING id",
        (one.book, one.seq, one.period, one.digest, one.previous, one.signature, one.body, one.who, one.at),
    )
    return int(row.scalar_one())


def reopen(tx: Connection, one: Certified, who: str, at: datetime, why: str) -> None:
    """The certificate stays in its chain, superseded; its charges are facts no more."""
    tx.exec_driver_sql("DELETE FROM closed_charges WHERE certificate = ?", (one.id,))
    tx.exec_driver_sql("UPDATE certificates SET reopened_at = ?, reopened_by = ?, why = ? WHERE id = ?", (at.isoformat(), who, why, one.id))


# ---- the charges of closed periods ---------------------------------------------------------------------------------------------


_COPIED = "revision, book, period, client, disposition, kind, reason, says, seconds, billed_seconds, currency, value, estimate, why"
_OF_PERIOD = (
    "FROM charges c JOIN entries e ON e.key = c.entry WHERE c.book = ? AND c.period = ? "
    f"AND c.disposition NOT IN {ON_DOCUMENTS} AND NOT EXISTS (SELECT 1 FROM claims k WHERE k.entry = c.entry AND k.part = c.part) "
    "AND NOT EXISTS (SELECT 1 FROM corrections r WHERE r.entry = c.entry AND r.part = c.part)"
)
"""A correction that somebody gave up or accepted is laid over the claim that it corrects: its choice is what keeps it."""


def close_charges(tx: Connection, certificate: int, book: str, period: str) -> None:
    """Makes facts of the period's charges that stand on no document."""
    picked = ", ".join("e.revision" if name == "revision" else f"c.{name}" for name in _COPIED.split(", "))
    tx.exec_driver_sql(
        f"INSERT INTO closed_charges (entry, part, certificate, {_COPIED}) SELECT c.entry, c.part, ?, {picked} {_OF_PERIOD}",
        (certificate, book, period),
    )


def digest_to_close(read: Connection, book: str, period: str) -> str:
    """The digest that `digest_of_closed` gives once these charges are closed."""
    return _digest(read, f"SELECT c.entry, c.part, e.revision, c.client, c.disposition, c.reason, c.seconds, c.currency, c.value {_OF_PERIOD} "
                         "ORDER BY c.entry, c.part", (book, period))  # fmt: skip


def digest_of_closed(read: Connection, certificate: int) -> str:
    """Of the facts that a certificate stands for, as they are in the state now."""
    return _digest(
        read,
        "SELECT entry, part, revision, client, disposition, reason, seconds, currency, value FROM closed_charges WHERE certificate = ? "
        "ORDER BY entry, part",
        (certificate,),
    )


def _digest(read: Connection, sql: str, values: tuple[object, ...]) -> str:
    sum_of = hashlib.sha256()
    for row in read.exec_driver_sql(sql, values):
        sum_of.update("\x1f".join("" if part is None else str(part) for part in row).encode() + b"\x1e")
    return sum_of.hexdigest()


def facts(read: Connection) -> dict[int, list[Fact]]:
    """Entry → its charges in closed periods that stand on no document."""
    found: dict[int, list[Fact]] = {}
    known: dict[int | None, tuple[Why, ...]] = {}
    rows = read.exec_driver_sql(f"{FACT} ORDER BY entry, part").all()
    for row in rows:
        if row[-1] not in known:
            known[row[-1]] = whys(read, row[-1])
        found.setdefault(row[0], []).append(_fact(row, known[row[-1]]))
    return found


def _fact(row: tuple[object, ...], why: tuple[Why, ...]) -> Fact:
    *said, currency, value, estimate, _ = row
    names = Fact.__struct_fields__
    amount: Decimal | None = None if value is None or not currency else from_minor(int(str(value)), str(currency))
    return Fact(**dict(zip(names, (*said, currency, amount, estimate, why), strict=True)))  # type: ignore[arg-type]


def heads(read: Connection) -> Iterator[tuple[str, int, str]]:
    """The last row of every stream of the audit log: stream, number, hash."""
    rows = read.exec_driver_sql(
        "SELECT a.stream, a.seq, a.hash FROM audit a JOIN (SELECT stream, max(seq) AS seq FROM audit GROUP BY stream) last "
        "ON last.stream = a.stream AND last.seq = a.seq ORDER BY a.stream"
    )
    yield from ((stream, seq, digest) for stream, seq, digest in rows)
