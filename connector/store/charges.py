"""What became of every charge, stored: reports add these rows and never compute them.

A row is rewritten only where it differs. The push protocol moves the rows of a document's charges in its own transactions.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.ledger import Claim
from connector.core.minor import to_minor
from connector.core.values import Charge, Disposition, Why
from connector.store.claims import Holding, Pair
from connector.store.store import Row, insert_many, placeholders, rows_among

CHUNK = 5000
COLUMNS = (
    "entry", "part", "disposition", "kind", "reason", "book", "client", "period", "connection", "seconds", "billed_seconds", "currency",
    "value", "net", "estimate", "late", "says", "why", "document",
)  # fmt: skip
SELECT = f"SELECT {', '.join(COLUMNS)} FROM charges"
_whys = msgspec.json.Decoder(tuple[Why, ...])
_encode = msgspec.json.Encoder().encode


_UNLESS_GIVEN = "CASE WHEN disposition IN ('no_charge', 'covered') THEN {} ELSE ? END"


class Stored(Struct, frozen=True, gc=False):
    """A stored charge: money in minor units, None where there is none."""

    entry: int
    part: int
    disposition: str
    kind: str
    reason: str
    book: str
    client: str
    period: str
    connection: str
    seconds: int
    billed_seconds: int
    currency: str
    value: int | None
    net: int | None
    estimate: str
    late: int
    says: str
    why: int | None
    document: str


class Reasons:
    """Chains of rules, each stored once. The rows of a charge name them by number; the chains must be written before these rows."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self._by_identity: dict[tuple[int, ...], tuple[int, object]] = {}
        self._by_digest: dict[bytes, int] = {row[0]: row[1] for row in tx.exec_driver_sql("SELECT digest, id FROM reasons")}
        self._next = max(self._by_digest.values(), default=0) + 1
        self._fresh: list[Row] = []

    def number(self, charge: Charge) -> int:
        of_terms, of_price, own = charge.terms.why, charge.price.why if charge.price else (), charge.why
        identity = id(of_terms), id(of_price), id(own)
        known = self._by_identity.get(identity)
        if known is None:
            parts = of_terms, of_price, own  # keeping parts keeps their ids taken
            known = self._by_identity[identity] = (self._stored(_encode([why for part in parts for why in part])), parts)
        return known[0]

    def _stored(self, body: bytes) -> int:
        digest = hashlib.blake2b(body, digest_size=16).digest()
        number = self._by_digest.get(digest)
        if number is None:
            number = self._by_digest[digest] = self._next
            self._next += 1
            self._fresh.append((number, digest, body.decode()))
        return number

    def write(self) -> None:
        """The chains that are new."""
        insert_many(self._tx, "reasons", ("id", "digest", "body"), self._fresh)
        self._fresh = []


def changed_reasons(read: Connection) -> list[int]:
    """Chains of rules that are no longer what was kept, by number."""
    rows = read.exec_driver_sql("SELECT id, digest, body FROM reasons ORDER BY id")
    return [number for number, digest, body in rows if hashlib.blake2b(body.encode(), digest_size=16).digest() != bytes(digest)]


def whys(read: Connection, number: int | None) -> tuple[Why, ...]:
    """The rules behind a charge."""
    if number is None:
        return ()
    return _whys.decode(read.exec_driver_sql("SELECT body FROM reasons WHERE id = ?", (number,)).scalar_one())


def store(tx: Connection, charges: Iterable[Charge], claims: Mapping[tuple[int, int], Claim], numbers: dict[int, str]) -> int:
    """Makes the stored rows equal to these charges, in the entries' order; returns how many rows were written or removed.

    `numbers`: document → its number.
    """
    reasons, figures = Reasons(tx), Figures()
    stored = _stored(tx)
    old = next(stored, None)
    fresh: list[Row] = []
    changed: list[Row] = []
    removals: list[Row] = []
    written = 0
    for charge in charges:
        row = _row(charge, reasons, figures, claims, numbers)
        while old is not None and old[:2] < row[:2]:
            removals.append(old[:2])
            old = next(stored, None)
        if old is None or old[:2] != row[:2]:
            fresh.append(row)
        else:
            if old != row:
                changed.append(row)
            old = next(stored, None)
        if old is None and len(fresh) >= CHUNK:  # nothing is left to read, so writing cannot disturb it
            reasons.write()
            written += _write(tx, fresh, changed, [])
            fresh, changed = [], []
    while old is not None:
        removals.append(old[:2])
        old = next(stored, None)
    reasons.write()
    return written + _write(tx, fresh, changed, removals)


def _stored(tx: Connection) -> Iterator[Row]:
    for rows in tx.exec_driver_sql(f"{SELECT} ORDER BY entry, part", execution_options={"yield_per": CHUNK}).partitions():
        yield from map(tuple, rows)


def _write(tx: Connection, fresh: list[Row], changed: list[Row], removals: list[Row]) -> int:
    if removals:
        tx.exec_driver_sql("DELETE FROM charges WHERE entry = ? AND part = ?", removals)
    if changed:
        names = ", ".join(f"{name} = ?" for name in COLUMNS[2:])
        tx.exec_driver_sql(f"UPDATE charges SET {names} WHERE entry = ? AND part = ?", [(*row[2:], *row[:2]) for row in changed])
    insert_many(tx, "charges", COLUMNS, fresh)
    return len(fresh) + len(changed) + len(removals)


class Figures:
    """Billed seconds and values as the state keeps them. The same few objects come again and again: they are converted once."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int, str], tuple[int, int | None, object]] = {}

    def of(self, charge: Charge, currency: str) -> tuple[int, int | None, object]:
        """Whole seconds, and minor units where there is a value and a currency."""
        billed, value = charge.billed, charge.value
        identity = id(billed), id(value), currency
        known = self._known.get(identity)
        if known is None:
            minor = None if value is None or not currency else to_minor(value, currency)
            known = self._known[identity] = (_whole(billed), minor, (billed, value))  # keeping both keeps their ids taken
        return known


def _row(charge: Charge, reasons: Reasons, figures: Figures, claims: Mapping[tuple[int, int], Claim], numbers: dict[int, str]) -> Row:
    terms, staged, price = charge.terms, charge.staged, charge.price
    claim = claims.get((staged.key, charge.part)) if claims else None
    currency = claim.currency if claim else charge.billed_currency or (price.currency if price else terms.currency)
    billed, value, _ = figures.of(charge, currency)
    return (
        staged.key, charge.part, charge.disposition, charge.kind, charge.reason, charge.book, charge.client, charge.period or "",
        staged.connection, charge.seconds, billed, currency, value, to_minor(claim.net, currency) if claim else None, charge.estimate,
        int(charge.late), "; ".join(charge.detail) if charge.detail else "", reasons.number(charge),
        numbers.get(claim.document, "") if claim else "",
    )  # fmt: skip


def _whole(seconds: Decimal) -> int:
    whole = int(seconds)
    return whole if whole == seconds else int(seconds.to_integral_value("ROUND_HALF_UP"))


# ---- what the push protocol asks and does ------------------------------------------------------------------------------------------


def revisions(read: Connection, entries: Collection[int]) -> dict[int, tuple[int, bool]]:
    """Entry → (revision, gone at the source)."""
    rows = rows_among(read, "SELECT key, revision, deleted FROM entries WHERE key IN ({})", entries)
    return {key: (revision, bool(deleted)) for key, revision, deleted in rows}


def holders(read: Connection, pairs: Collection[Pair]) -> dict[Pair, tuple[int, str]]:
    """Which of these charges (entry, part) are claimed, and by which document: (its number in the state, its number)."""
    wanted = set(pairs)
    rows = rows_among(
        read,
        "SELECT c.entry, c.part, d.id, d.number FROM claims c JOIN documents d ON d.id = c.document WHERE c.entry IN ({})",
        {entry for entry, _ in pairs},
    )
    return {(entry, part): (document, number) for entry, part, document, number in rows if (entry, part) in wanted}


def elsewhere(held: Mapping[Pair, tuple[int, str]], pairs: Collection[Pair], own: int) -> set[str]:
    """Numbers of the other documents among `holders` of these charges."""
    return {held[pair][1] for pair in pairs if pair in held and held[pair][0] != own}


def held_elsewhere(read: Connection, pairs: Collection[Pair], own: int) -> set[str]:
    """Numbers of other documents that hold any of these charges."""
    return elsewhere(holders(read, pairs), pairs, own)


def free(tx: Connection, pairs: Collection[Pair]) -> None:
    """What a document drops is no longer on it; what becomes of it is computed at the next look (see `dirty`)."""
    if pairs:
        tx.exec_driver_sql(
            "UPDATE charges SET disposition = 'ready', reason = '', kind = '', document = '', net = NULL WHERE entry = ? AND part = ?",
            list(pairs),
        )
        mark_dirty(tx)


def free_intent(tx: Connection, document: int, intent: int) -> None:
    rows = tx.exec_driver_sql("SELECT entry, part FROM claims WHERE document = ? AND intent = ?", (document, intent)).all()
    free(tx, [(entry, part) for entry, part in rows])


def put_on_documents(tx: Connection, put: Iterable[tuple[Holding, Disposition, str]]) -> None:
    """The confirmed figures of documents' charges, and how reports show them: (what a document holds, what that makes of it, its number).
    What is printed at 0.00 keeps its value at standard rate, that is what was given, and what it is.
    """
    rows = [
        (_whole(one.billed), held.currency, net := to_minor(one.net, held.currency), net, disposition, number, number, one.entry, one.part)
        for held, disposition, number in put
        for one in held.charges
    ]
    if rows:
        tx.exec_driver_sql(
            f"UPDATE charges SET billed_seconds = ?, currency = ?, net = ?, value = {_UNLESS_GIVEN.format('value')}, "
            f"disposition = {_UNLESS_GIVEN.format('disposition')}, reason = {_UNLESS_GIVEN.format('reason')}, "
            f"kind = CASE WHEN disposition IN ('no_charge', 'covered') THEN kind ELSE '' END, "
            f"document = {_UNLESS_GIVEN.format('document')} WHERE entry = ? AND part = ?",
            rows,
        )


def mark_dirty(tx: Connection) -> None:
    """The stored rows are no longer what would be computed: whoever reads them next computes them afresh first."""
    tx.exec_driver_sql("INSERT INTO facts (name, body) VALUES ('charges', '') ON CONFLICT (name) DO UPDATE SET body = ''")


# ---- what reports read --------------------------------------------------------------------------------------------------------------


def rows(read: Connection, dispositions: Sequence[str]) -> list[Stored]:
    """Stored charges of some dispositions, in order."""
    found = read.exec_driver_sql(
        f"{SELECT} WHERE disposition IN ({placeholders(len(dispositions))}) ORDER BY entry, part", tuple(dispositions)
    )
    return [Stored(*row) for row in found]


def of_entry(read: Connection, entry: int) -> list[Stored]:
    return [Stored(*row) for row in read.exec_driver_sql(f"{SELECT} WHERE entry = ? ORDER BY part", (entry,))]
