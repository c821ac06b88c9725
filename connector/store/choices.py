"""Choices: what a person said of documents that could not go on by themselves, and what that makes of them."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.ledger import Choice
from connector.model import Remote
from connector.store.documents import text_of


class Chosen(Struct, frozen=True):
    """One choice, as it was made."""

    choice: Choice
    why: str
    who: str
    at: str


def choose(tx: Connection, document: int, choice: Choice, why: str, who: str, at: datetime) -> None:
    tx.exec_driver_sql(
        "INSERT INTO choices (document, choice, why, who, at) VALUES (?, ?, ?, ?, ?)", (document, choice, why, who, at.isoformat())
    )


def of_document(read: Connection, document: int) -> list[Chosen]:
    """Every choice on a document, oldest first."""
    rows = read.exec_driver_sql("SELECT choice, why, who, at FROM choices WHERE document = ? ORDER BY id", (document,))
    return [Chosen(*row) for row in rows]


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
