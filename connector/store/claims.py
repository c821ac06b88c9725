"""Claims as they are written: which document holds which charge, from its intent to the proof that it holds it no more."""

from collections.abc import Collection, Iterable

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.minor import to_minor
from connector.core.steps import StepCharge
from connector.store.store import Row, rows_among

Pair = tuple[int, int]
"""A charge: (entry, part)."""
COLUMNS = "entry, part, document, intent, revision, seconds, billed, billed_seconds, net, currency, line, client, period"
BY_STEP = (
    f"SELECT i.step_id, i.document, c.intent, {', '.join(f'c.{name}' for name in COLUMNS.split(', '))} FROM claims c "
    "JOIN intents i ON i.id = c.intent ORDER BY i.step_id"
)
"""Every claim that an intent made, under the step that said so: of which document it is to be, by which intent, and its columns."""


class Holding(Struct, frozen=True):
    """A document, by its number in the state, with charges that it is to hold. `intent`: which intent claims them, 0 for none."""

    document: int
    intent: int = 0
    currency: str = ""
    charges: tuple[StepCharge, ...] = ()


def claim(tx: Connection, holdings: Iterable[Holding]) -> None:
    """Claims what these documents do not hold yet. Raises IntegrityError when another document holds a charge: one live claim each."""
    _insert(tx, [row for held in holdings for row in rows_of(held)])


def held_by(read: Connection, documents: Collection[int]) -> set[tuple[int, int, int]]:
    """(document, entry, part) of all that some documents hold."""
    return {*rows_among(read, "SELECT document, entry, part FROM claims WHERE document IN ({})", documents)}


def hold_just(tx: Connection, holdings: Collection[Holding]) -> list[Pair]:
    """After a confirmation: each document holds exactly these charges, with these figures. Writes what differs from what the intent
    claimed, and returns what was dropped: see `charges.free`. Raises IntegrityError as `claim` does.

    What an intent claimed is what its step says, to the last figure: where all of a document's claims are of that intent, and as many,
    nothing differs.
    """
    claimed = _claimed(tx, [held.document for held in holdings])
    holdings = [held for held in holdings if not held.intent or claimed.get(held.document) != [(held.intent, len(held.charges))]]
    if not holdings:
        return []
    wanted = [row for held in holdings for row in rows_of(held)]
    stored = set(rows_among(tx, f"SELECT {COLUMNS} FROM claims WHERE document IN ({{}})", [held.document for held in holdings]))
    gone = stored.difference(wanted)
    if gone:
        tx.exec_driver_sql("DELETE FROM claims WHERE entry = ? AND part = ?", sorted(row[:2] for row in gone))
    _insert(tx, [row for row in wanted if row not in stored])
    kept = {row[:3] for row in wanted}
    return sorted(row[:2] for row in gone if row[:3] not in kept)


def _claimed(read: Connection, documents: Collection[int]) -> dict[int, list[tuple[int, int]]]:
    """Document → (intent, how many charges it claimed), for every intent of which claims stand."""
    found: dict[int, list[tuple[int, int]]] = {}
    statement = "SELECT document, intent, count(*) FROM claims WHERE document IN ({}) GROUP BY document, intent"
    for document, intent, count in rows_among(read, statement, documents):
        found.setdefault(document, []).append((intent, count))
    return found


def release(tx: Connection, document: int, charges: Iterable[StepCharge]) -> None:
    """What a confirmed credit note took back is claimed no more, and nothing is left to choose for it."""
    pairs = [(charge.entry, charge.part, document) for charge in charges]
    if pairs:
        tx.exec_driver_sql("DELETE FROM claims WHERE entry = ? AND part = ? AND document = ?", pairs)
        tx.exec_driver_sql("DELETE FROM corrections WHERE entry = ? AND \"of\" = 0 AND choice = 'credit'", [pair[:1] for pair in pairs])
        tx.exec_driver_sql("DELETE FROM corrections WHERE entry = ? AND \"of\" = ? AND document = ? AND choice = 'credit'", pairs)


def release_new(tx: Connection, document: int, intent: int) -> None:
    """After a definite refusal: what this intent claimed is free again."""
    tx.exec_driver_sql("DELETE FROM claims WHERE document = ? AND intent = ?", (document, intent))


def _insert(tx: Connection, rows: list[Row]) -> None:
    if rows:
        tx.exec_driver_sql(f"INSERT INTO claims ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def rows_of(held: Holding) -> Iterable[Row]:
    """As `COLUMNS` says."""
    for one in held.charges:
        yield (
            one.entry, one.part, held.document, held.intent, one.revision, one.seconds, str(one.billed),
            int(one.billed.to_integral_value("ROUND_HALF_UP")), to_minor(one.net, held.currency), held.currency, one.line, one.client,
            one.period,
        )  # fmt: skip
