"""Documents, and their claims as they are read: the sync ledger proper."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.ledger import Claim, Kept, Known, Ledger, Settled
from connector.core.minor import from_minor, to_minor
from connector.core.steps import Step
from connector.model import Document, DocumentRef, Remote
from connector.store.store import Row, rows_among

_remote = msgspec.json.Decoder(Remote)
_step = msgspec.json.Decoder(Step)
_target = msgspec.json.Decoder(Document)
_kept = msgspec.json.Decoder(Kept)
_encode = msgspec.json.Encoder().encode

Key = tuple[str, int]
"""A document within its book: (key, generation)."""
DOCUMENT = (
    "SELECT id, book, key, generation, kind, number, remote_id, state, their_status, touched, reason, client, customer, period, currency, "
    "net, entries, seconds, billed_seconds, approved_digest, refusals, CASE WHEN refusals > 0 THEN (SELECT a.mapping FROM intents i "
    "JOIN steps s ON s.id = i.step_id JOIN approvals a ON a.id = s.approval WHERE i.document = documents.id AND i.state = 'refused' "
    "ORDER BY i.id DESC LIMIT 1) ELSE '' END, target, base, theirs, "
    "(SELECT c.choice FROM choices c WHERE c.document = documents.id ORDER BY c.id DESC LIMIT 1), "
    "(SELECT c.kept FROM choices c WHERE c.document = documents.id ORDER BY c.id DESC LIMIT 1), "
    "EXISTS (SELECT 1 FROM certificates f WHERE f.book = documents.book AND f.period = documents.period AND f.reopened_at IS NULL) FROM documents"
)
CLAIM = "SELECT entry, part, document, revision, seconds, billed, net, currency, line, client, period FROM claims"

SETTLED = 'SELECT entry, part, document, "of", choice, revision, seconds, billed, net, currency, why, who, at FROM corrections'


def text_of(value: object) -> str:
    return _encode(value).decode()


def remote_of(body: str | None) -> Remote | None:
    return _remote.decode(body) if body else None


def kept_of(body: str) -> Kept:
    return _kept.decode(body)


def step_of(body: str) -> Step:
    return _step.decode(body)


def ledger(read: Connection) -> Ledger:
    """Every document and claim of the state."""
    documents = {row[0]: _known(row) for row in read.exec_driver_sql(DOCUMENT)}
    shared: dict[Any, Any] = {}
    claims = {(row[0], row[1]): _claim(row, shared) for row in read.exec_driver_sql(CLAIM)}
    settled = {(row[0], row[1]): _settled(row) for row in read.exec_driver_sql(SETTLED)}
    return Ledger(documents=documents, claims=claims, settled=settled)


def documents(read: Connection, book: str | None = None) -> list[Known]:
    """Documents in the order they were made, of one book or of all."""
    rows = read.exec_driver_sql(f"{DOCUMENT} ORDER BY id")
    return [_known(row) for row in rows if book is None or row[1] == book]


def credit_notes(read: Connection, book: str) -> list[Known]:
    """Every credit note of a book, in the order they were made."""
    return [_known(row) for row in read.exec_driver_sql(f"{DOCUMENT} WHERE book = ? AND kind = 'credit_note' ORDER BY id", (book,))]


def document(read: Connection, number: int) -> Known:
    """One document by the state's own number."""
    return several(read, [number])[number]


def several(read: Connection, numbers: Collection[int]) -> dict[int, Known]:
    """Some documents by the state's own numbers."""
    return {row[0]: _known(row) for row in rows_among(read, f"{DOCUMENT} WHERE id IN ({{}})", numbers)}


def claims_of(read: Connection, number: int) -> list[Claim]:
    return [_claim(row, {}) for row in read.exec_driver_sql(f"{CLAIM} WHERE document = ? ORDER BY line, entry, part", (number,))]


def claim_of(read: Connection, entry: int) -> list[Claim]:
    return [_claim(row, {}) for row in read.exec_driver_sql(f"{CLAIM} WHERE entry = ? ORDER BY part", (entry,))]


def by_key(read: Connection, book: str, key: str, generation: int) -> Known | None:
    return by_keys(read, book, [(key, generation)]).get((key, generation))


def by_keys(read: Connection, book: str, wanted: Collection[Key]) -> dict[Key, Known]:
    rows = rows_among(read, f"{DOCUMENT} WHERE book = ? AND key IN ({{}})", {key for key, _ in wanted}, book)
    return {(row[2], row[3]): _known(row) for row in rows if (row[2], row[3]) in wanted}


def ids(read: Connection, book: str, wanted: Collection[Key]) -> dict[Key, int]:
    """The same documents by the state's own numbers alone."""
    rows = rows_among(read, "SELECT key, generation, id FROM documents WHERE book = ? AND key IN ({})", {key for key, _ in wanted}, book)
    return {(key, generation): number for key, generation, number in rows if (key, generation) in wanted}


def by_number(read: Connection, book: str, ref: DocumentRef) -> Known | None:
    row = read.exec_driver_sql(f"{DOCUMENT} WHERE book = ? AND kind = ? AND number = ?", (book, ref.kind, ref.number)).one_or_none()
    return _known(row) if row else None


def other_of(read: Connection, book: str, remote_id: str, own: int) -> str:
    """The number of another document of ours that is this one over there, "" where none is."""
    row = read.exec_driver_sql("SELECT number FROM documents WHERE book = ? AND remote_id = ? AND id <> ?", (book, remote_id, own))
    return str(row.scalar() or "")


def _known(row: Sequence[object]) -> Known:
    (number, book, key, generation, kind, name, remote_id, state, their_status, touched, reason, client, customer, period, currency,
     net, entries, seconds, billed_seconds, digest, refusals, refused_mapping, target, base, theirs, chosen, kept, closed) = row  # fmt: skip
    return Known(
        id=number, book=book, key=key, generation=generation, kind=kind, number=name, remote_id=remote_id, state=state,  # type: ignore[arg-type]
        their_status=their_status, touched=touched, reason=reason, client=client, customer=customer, period=period,  # type: ignore[arg-type]
        currency=currency, net=from_minor(net, currency), entries=entries, seconds=seconds, billed_seconds=billed_seconds,  # type: ignore[arg-type]
        digest=digest, refusals=refusals, refused_mapping=str(refused_mapping or ""), target=_target.decode(str(target)), base=remote_of(base), theirs=remote_of(theirs),  # type: ignore[arg-type]
        chosen=chosen or "", kept=_kept.decode(str(kept)) if kept else None,  # type: ignore[arg-type]
        closed=bool(closed),
    )  # fmt: skip


def _claim(row: Sequence[Any], shared: dict[Any, Any]) -> Claim:
    """`shared` keeps texts and amounts that many claims have in common once: half the memory of a large ledger."""
    entry, part, number, revision, seconds, billed, net, currency, line, client, period = row
    currency, client, period = (shared.setdefault(text, text) for text in (currency, client, period))
    if (billed := shared.get(said := billed)) is None:
        billed = shared[said] = Decimal(said)
    if (amount := shared.get((net, currency))) is None:
        amount = shared[net, currency] = from_minor(net, currency)
    return Claim(
        entry=entry, part=part, document=number, revision=revision, seconds=seconds, billed=billed, net=amount, currency=currency,
        line=line, client=client, period=period,
    )  # fmt: skip


def _settled(row: Sequence[Any]) -> Settled:
    entry, part, number, of, choice, revision, seconds, billed, net, currency, why, who, at = row
    return Settled(
        entry=entry, part=part, document=number, of=of, choice=choice, revision=revision, seconds=seconds, billed=Decimal(billed),
        net=from_minor(net, currency), currency=currency, why=why, who=who, at=at,
    )  # fmt: skip


def settled(read: Connection, entry: int, part: int) -> Settled | None:
    """What a person chose for one correction, if that is kept: a credit is told by its credit note."""
    row = read.exec_driver_sql(f"{SETTLED} WHERE entry = ? AND part = ?", (entry, part)).one_or_none()
    return _settled(row) if row else None


def confirmed_last(read: Connection, number: int) -> Remote | None:
    """What stood over there when a document was last confirmed."""
    row = read.exec_driver_sql(
        "SELECT c.remote FROM confirmations c JOIN intents i ON i.id = c.intent WHERE i.document = ? ORDER BY i.id DESC LIMIT 1", (number,)
    ).scalar()
    return remote_of(row)


# ---- documents as they change ------------------------------------------------------------------------------------------------


def make(tx: Connection, made: Collection[tuple[Step, Document]], mapping: str) -> None:
    """Documents' rows at their first intent."""
    rows = [
        (step.book, step.key, step.generation, target.kind, step.number, *_figures(step, target), step.digest, mapping)
        for step, target in made
    ]
    if rows:
        tx.exec_driver_sql(
            "INSERT INTO documents (book, key, generation, kind, number, state, client, customer, period, currency, net, entries, seconds, "
            "billed_seconds, target, approved_digest, mapping) VALUES (?, ?, ?, ?, ?, 'intended', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )


def _figures(step: Step, target: Document) -> Row:
    billed = int(step.billed_seconds.to_integral_value("ROUND_HALF_UP"))
    return (
        step.client, target.customer, step.period, target.currency, to_minor(target.net, target.currency), step.entries, step.seconds,
        billed, text_of(target),
    )  # fmt: skip


def set_state(tx: Connection, number: int, state: str, reason: str = "") -> None:
    tx.exec_driver_sql("UPDATE documents SET state = ?, reason = ? WHERE id = ?", (state, reason, number))


def set_intended(tx: Connection, numbers: Iterable[int]) -> None:
    """Documents that were there before their new intent."""
    if rows := [(number,) for number in numbers]:
        tx.exec_driver_sql("UPDATE documents SET state = 'intended', reason = '' WHERE id = ?", rows)


def set_done(tx: Connection, number: int, reason: str = "") -> None:
    """What was to be done with it is confirmed; see `set_confirmed` for one that stands with new content."""
    tx.exec_driver_sql("UPDATE documents SET state = 'done', reason = ?, in_doubt_since = NULL WHERE id = ?", (reason, number))


def end_doubt(tx: Connection, number: int) -> None:
    tx.exec_driver_sql("UPDATE documents SET in_doubt_since = NULL WHERE id = ?", (number,))


def set_number(tx: Connection, number: int, name: str) -> None:
    tx.exec_driver_sql("UPDATE documents SET number = ? WHERE id = ?", (name, number))


class Confirmed(Struct, frozen=True):
    """A document, by its number in the state, that stands over there as a step asked for it."""

    document: int
    step: Step
    target: Document
    remote: Remote
    text: str
    """Of the remote, as it is kept."""


def set_confirmed(tx: Connection, confirmed: Iterable[Confirmed], mapping: str) -> None:
    """What stands over there is what the step asked for, and nothing is in doubt."""
    rows = [
        (*_figures(one.step, one.target), one.step.digest, mapping, one.remote.id, one.remote.status, one.text, one.text, one.document)
        for one in confirmed
    ]  # fmt: skip
    tx.exec_driver_sql(
        "UPDATE documents SET client = ?, customer = ?, period = ?, currency = ?, net = ?, entries = ?, seconds = ?, billed_seconds = ?, "
        "target = ?, approved_digest = ?, mapping = ?, state = 'done', reason = '', touched = '', in_doubt_since = NULL, refusals = 0, remote_id = ?, their_status = ?, base = ?, "
        "theirs = ? WHERE id = ?",
        rows,
    )


def set_theirs(tx: Connection, number: int, remote: Remote | None, touched: str) -> None:
    """What was read over there; None is missing."""
    status = remote.status if remote else "missing"
    tx.exec_driver_sql(
        "UPDATE documents SET their_status = ?, theirs = coalesce(?, theirs), touched = ? WHERE id = ?",
        (status, text_of(remote) if remote else None, touched, number),
    )


def set_found(tx: Connection, number: int, remote: Remote) -> None:
    """What stands over there under a number that was to be ours: no more than seen."""
    tx.exec_driver_sql("UPDATE documents SET theirs = ? WHERE id = ?", (text_of(remote), number))


def rebase(tx: Connection, number: int, remote: Remote) -> None:
    """A person made the content over there what we had asked for: the base of the next comparison."""
    tx.exec_driver_sql("UPDATE documents SET base = ? WHERE id = ?", (text_of(remote), number))


def count_refusal(tx: Connection, number: int, digest: str) -> None:
    """Counts how often this very content was refused; other content starts anew."""
    tx.exec_driver_sql(
        "UPDATE documents SET refusals = CASE WHEN refusals > 0 AND approved_digest = ? THEN refusals + 1 ELSE 1 END, approved_digest = ? "
        "WHERE id = ?",
        (digest, digest, number),
    )


def forgive_refusals(tx: Connection, book: str) -> None:
    """The book's catalogue changed: what it refused may now be taken."""
    tx.exec_driver_sql("UPDATE documents SET refusals = 0 WHERE book = ? AND refusals > 0", (book,))


def set_disposition(tx: Connection, number: int, disposition: str, reason: str) -> None:
    """The charges a document holds, as reports show them."""
    set_dispositions(tx, [(number, disposition, reason)])


def set_dispositions(tx: Connection, shown: Iterable[tuple[int, str, str]]) -> None:
    """(document, disposition, reason) of several."""
    tx.exec_driver_sql(
        "UPDATE charges SET disposition = ?, reason = ?, kind = '', document = ? WHERE (entry, part) IN "
        "(SELECT entry, part FROM claims WHERE document = ?) AND disposition NOT IN ('no_charge', 'covered')",
        [(disposition, reason, reason, number) for number, disposition, reason in shown],
    )
