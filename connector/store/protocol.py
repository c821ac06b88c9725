"""Intents and requests: what was about to happen, written down before it happens, kept until it is resolved.

States: intended → sent → done | refused | held. A request is stored bytes and all: identical bytes cannot be rebuilt after an upgrade.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.model import Operation, Remote
from connector.ports import Member, Request
from connector.store.documents import remote_of, text_of

_members = msgspec.json.Decoder(tuple[Member, ...])


class Intent(Struct, frozen=True, kw_only=True):
    """One operation on one document. `theirs` is what was read just before an update or void."""

    id: int
    document: int
    request: int | None
    step_id: int
    operation: Operation
    digest: str
    theirs: Remote | None
    state: Literal["intended", "sent", "done", "refused", "held"]
    attempt: int
    reason: str
    made_at: str


class Stored(Struct, frozen=True, kw_only=True):
    """A request as it was or will be sent. `unknowns` counts how often nobody knew what became of it."""

    id: int
    book: str
    request: Request
    attempt: int
    state: Literal["intended", "sent", "resolved"]
    token: int
    sent_at: datetime | None
    deadline_at: datetime | None
    unknowns: int
    reason: str


INTENT = "SELECT id, document, request, step_id, operation, digest, theirs, state, attempt, reason, made_at FROM intents"
REQUEST = "SELECT id, book, operation, method, url, body, members, key, attempt, state, token, sent_at, deadline_at, unknowns, reason FROM requests"


def intend(
    tx: Connection, number: int, step_id: int, operation: Operation, digest: str, theirs: Remote | None, attempt: int, at: datetime
) -> int:
    """Raises IntegrityError when the document already has an unfinished intent."""
    row = tx.exec_driver_sql(
        "INSERT INTO intents (document, step_id, operation, digest, theirs, state, attempt, made_at) "
        "VALUES (?, ?, ?, ?, ?, 'intended', ?, ?) RETURNING id",
        (number, step_id, operation, digest, text_of(theirs) if theirs else None, attempt, at.isoformat()),
    )
    return int(row.scalar_one())


def store_request(tx: Connection, book: str, request: Request, attempt: int, token: int, intents: Sequence[int]) -> int:
    """Keeps the request whole and ties its intents to it."""
    row = tx.exec_driver_sql(
        "INSERT INTO requests (book, operation, method, url, body, members, key, attempt, state, token) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'intended', ?) RETURNING id",
        (book, request.operation, request.method, request.url, request.body, text_of(request.members), request.key, attempt, token),
    )
    number = int(row.scalar_one())
    tx.exec_driver_sql("UPDATE intents SET request = ? WHERE id = ?", [(number, intent) for intent in intents])
    return number


def mark_sent(tx: Connection, number: int, at: datetime, deadline_at: datetime) -> None:
    """Durable before the first byte leaves."""
    tx.exec_driver_sql(
        "UPDATE requests SET state = 'sent', sent_at = ?, deadline_at = ? WHERE id = ?", (at.isoformat(), deadline_at.isoformat(), number)
    )
    tx.exec_driver_sql("UPDATE intents SET state = 'sent' WHERE request = ? AND state = 'intended'", (number,))
    tx.exec_driver_sql(
        "UPDATE documents SET state = 'sent', in_doubt_since = coalesce(in_doubt_since, ?) WHERE state IN ('intended', 'sent', 'done') "
        "AND id IN (SELECT document FROM intents WHERE request = ? AND state = 'sent')",
        (at.isoformat(), number),
    )


def count_unknown(tx: Connection, number: int, reason: str) -> int:
    row = tx.exec_driver_sql("UPDATE requests SET unknowns = unknowns + 1, reason = ? WHERE id = ? RETURNING unknowns", (reason, number))
    return int(row.scalar_one())


def close_request(tx: Connection, number: int) -> None:
    """Resolved once none of its intents is unfinished."""
    tx.exec_driver_sql(
        "UPDATE requests SET state = 'resolved' WHERE id = ? AND NOT EXISTS "
        "(SELECT 1 FROM intents WHERE request = ? AND state IN ('intended', 'sent', 'held'))",
        (number, number),
    )


def end(tx: Connection, intent: int, state: str, reason: str, at: datetime) -> None:
    tx.exec_driver_sql("UPDATE intents SET state = ?, reason = ?, ended_at = ? WHERE id = ?", (state, reason, at.isoformat(), intent))


def confirm(tx: Connection, intent: int, remote: Remote, run: int, at: datetime) -> None:
    """One confirmation an intent: the primary key says so."""
    tx.exec_driver_sql(
        "INSERT INTO confirmations (intent, remote, at, run) VALUES (?, ?, ?, ?)", (intent, text_of(remote), at.isoformat(), run)
    )
    end(tx, intent, "done", "", at)


def unfinished(read: Connection, book: str) -> list[Intent]:
    """Every intent of a book that is neither done nor refused, oldest first."""
    rows = read.exec_driver_sql(
        f"{INTENT} WHERE state IN ('intended', 'sent', 'held') AND document IN (SELECT id FROM documents WHERE book = ?) ORDER BY id",
        (book,),
    )
    return [_intent(row) for row in rows]


def unfinished_of(read: Connection, number: int) -> Intent | None:
    row = read.exec_driver_sql(f"{INTENT} WHERE document = ? AND state IN ('intended', 'sent', 'held')", (number,)).one_or_none()
    return _intent(row) if row else None


def intents_of(read: Connection, number: int) -> list[Intent]:
    return [_intent(row) for row in read.exec_driver_sql(f"{INTENT} WHERE document = ? ORDER BY id", (number,))]


def request(read: Connection, number: int) -> Stored:
    return _stored(read.exec_driver_sql(f"{REQUEST} WHERE id = ?", (number,)).one())


def attempts(read: Connection, number: int) -> int:
    """How many definite refusals a document has had: the number of the next attempt less one."""
    return int(read.exec_driver_sql("SELECT count(*) FROM intents WHERE document = ? AND state = 'refused'", (number,)).scalar_one())


def _intent(row: Sequence[object]) -> Intent:
    number, document, request_id, step_id, operation, digest, theirs, state, attempt, reason, made_at = row
    return Intent(
        id=number, document=document, request=request_id, step_id=step_id, operation=operation, digest=digest,  # type: ignore[arg-type]
        theirs=remote_of(theirs), state=state, attempt=attempt, reason=reason, made_at=made_at,  # type: ignore[arg-type]
    )  # fmt: skip


def _stored(row: Sequence[object]) -> Stored:
    (number, book, operation, method, url, body, members, key, attempt, state, token, sent_at, deadline_at, unknowns, reason) = row
    return Stored(
        id=number, book=book, attempt=attempt, state=state, token=token, unknowns=unknowns, reason=reason,  # type: ignore[arg-type]
        sent_at=_instant(sent_at), deadline_at=_instant(deadline_at),
        request=Request(operation=operation, method=method, url=url, body=body, members=_members.decode(str(members)), key=key),  # type: ignore[arg-type]
    )  # fmt: skip


def _instant(text: object) -> datetime | None:
    return datetime.fromisoformat(str(text)) if text else None
