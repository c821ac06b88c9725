"""Choices: what a person said of documents that could not go on by themselves, and what that makes of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.ledger import FIRST_ADDED, Choice, Kept, Settled
from connector.core.minor import to_minor
from connector.core.taking import Share
from connector.model import Document, Remote
from connector.store.documents import kept_of, text_of


class Chosen(Struct, frozen=True):
    """One choice, as it was made."""

    choice: Choice
    why: str
    who: str
    at: str


def choose(tx: Connection, document: int, choice: Choice, why: str, who: str, at: datetime, kept: Kept | None = None) -> None:
    tx.exec_driver_sql(
        "INSERT INTO choices (document, choice, why, who, at, kept) VALUES (?, ?, ?, ?, ?, ?)",
        (document, choice, why, who, at.isoformat(), text_of(kept) if kept else None),
    )


def keep(tx: Connection, document: int, kept: Kept) -> None:
    """What the latest choice on a document was made for."""
    tx.exec_driver_sql("UPDATE choices SET kept = ? WHERE id = (SELECT max(id) FROM choices WHERE document = ?)", (text_of(kept), document))


def settle(tx: Connection, settled: Sequence[Settled]) -> None:
    """Choices on corrections; one that is on no document yet takes the place of what was chosen before under that part."""
    rows = [
        (one.entry, one.part, one.document, one.of, one.choice, one.revision, one.seconds, str(one.billed), to_minor(one.net, one.currency),
         one.currency, one.why, one.who, one.at)
        for one in settled
    ]  # fmt: skip
    tx.exec_driver_sql(
        'INSERT INTO corrections (entry, part, document, "of", choice, revision, seconds, billed, net, currency, why, who, at) VALUES '
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (entry, part) DO UPDATE SET choice = excluded.choice, why = excluded.why, "
        "who = excluded.who, at = excluded.at, net = excluded.net",
        rows,
    )


def free_part(read: Connection, entry: int) -> int:
    """The part that the next choice on a correction of this entry has."""
    highest = read.exec_driver_sql("SELECT max(part) FROM corrections WHERE entry = ?", (entry,)).scalar()
    return int(highest or FIRST_ADDED - 1) + 1


_LAPSE = (
    'DELETE FROM corrections WHERE document = ? AND entry = ? AND "of" = ? '
    "AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.entry = corrections.entry AND c.part = corrections.part) "
    "AND EXISTS (SELECT 1 FROM claims c WHERE c.entry = ? AND c.part = ? AND c.net <> ?)"
)
"""A choice is for the money that a person saw: with another share it is asked about again, unless it stands on a document."""


def take(tx: Connection, document: int, target: Document, remote: Remote, shares: Mapping[tuple[int, int], Share]) -> None:
    """What stands over there is right: it is our target and our base, and the claims add up to it: they are not what an intent claimed any more."""
    tx.exec_driver_sql(
        "UPDATE documents SET target = ?, base = ?, theirs = ?, their_status = ?, touched = '', reason = '', customer = ?, net = ? WHERE id = ?",
        (
            text_of(target),
            text_of(remote),
            text_of(remote),
            remote.status,
            target.customer,
            to_minor(target.net, target.currency),
            document,
        ),
    )
    rows = [(to_minor(share.net, target.currency), share.line, entry, part) for (entry, part), share in shares.items()]
    if rows:
        tx.exec_driver_sql(_LAPSE, [(document, entry, part, entry, part, net) for net, _, entry, part in rows])
        tx.exec_driver_sql("UPDATE claims SET net = ?, line = ?, intent = 0 WHERE entry = ? AND part = ?", rows)
        tx.exec_driver_sql("UPDATE charges SET net = ? WHERE entry = ? AND part = ?", [(net, entry, part) for net, _, entry, part in rows])


def count(tx: Connection, document: int) -> None:
    """A document's entries, worked seconds and billed seconds, as its claims have them."""
    tx.exec_driver_sql(
        "UPDATE documents SET entries = (SELECT count(DISTINCT entry) FROM claims WHERE document = ?), "
        "seconds = (SELECT coalesce(sum(seconds), 0) FROM claims WHERE document = ?), "
        "billed_seconds = (SELECT coalesce(sum(billed_seconds), 0) FROM claims WHERE document = ?) WHERE id = ?",
        (document, document, document, document),
    )


def of_document(read: Connection, document: int) -> list[Chosen]:
    """Every choice on a document, oldest first."""
    rows = read.exec_driver_sql("SELECT choice, why, who, at FROM choices WHERE document = ? ORDER BY id", (document,))
    return [Chosen(*row) for row in rows]


def kept_then(read: Connection, document: int, at: str) -> Kept | None:
    """What a person had chosen to go on amending by a moment; None where it was not so."""
    row = read.exec_driver_sql("SELECT kept FROM choices WHERE document = ? AND at <= ? ORDER BY id DESC LIMIT 1", (document, at)).scalar()
    return kept_of(row) if row else None


def end(tx: Connection, document: int, status: str, reason: str) -> None:
    """Given up: it stands for nothing any more. `status` over there as last read; "" for one that was never ours."""
    tx.exec_driver_sql(
        "UPDATE documents SET state = CASE WHEN remote_id = '' THEN 'refused' ELSE 'done' END, their_status = ?, reason = ?, touched = '', "
        "in_doubt_since = NULL, refusals = 0, net = 0, entries = 0, seconds = 0, billed_seconds = 0 WHERE id = ?",
        (status, reason, document),
    )


def tie(tx: Connection, document: int, remote: Remote, touched: str) -> None:
    """From now on this is the document over there; `touched` says in words where it is not as we sent it."""
    tx.exec_driver_sql(
        "UPDATE documents SET state = 'done', remote_id = ?, their_status = ?, base = ?, theirs = ?, reason = '', touched = ? WHERE id = ?",
        (remote.id, remote.status, text_of(remote), text_of(remote), touched, document),
    )


def decide_stranger(tx: Connection, book: str, remote: Remote, at: datetime) -> None:
    """A person knows of this document under our number, and that it is not ours: it stops the book no more."""
    tx.exec_driver_sql(
        "INSERT INTO strangers (book, remote_id, number, body, seen_at, decided) VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT (book, remote_id) "
        "DO UPDATE SET decided = 1",
        (book, remote.id, remote.number, text_of(remote), at.isoformat()),
    )
