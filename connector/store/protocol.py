"""Intents and requests: what was about to happen, written down before it happens, kept until it is resolved.

States: intended → sent → done | refused | held. A request is stored bytes and all: identical bytes cannot be rebuilt after an upgrade.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.model import Operation, Remote
from connector.ports import Member, Request
from connector.store.documents import remote_of, text_of
from connector.store.store import rows_among

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


class Intended(Struct, frozen=True, kw_only=True):
    """An intent that is about to be stored."""

    document: int
    step_id: int
    operation: Operation
    digest: str
    theirs: Remote | None
    attempt: int


def intend(tx: Connection, intended: Collection[Intended], at: datetime) -> dict[int, int]:
    """Document → its intent. Raises IntegrityError when a document already has an unfinished one."""
    rows = [
        (one.document, one.step_id, one.operation, one.digest, text_of(one.theirs) if one.theirs else None, one.attempt, at.isoformat())
        for one in intended
    ]
    tx.exec_driver_sql(
        "INSERT INTO intents (document, step_id, operation, digest, theirs, state, attempt, made_at) VALUES (?, ?, ?, ?, ?, 'intended', ?, ?)",
        rows,
    )
    return unfinished_among(tx, [one.document for one in intended])


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


def unsend(tx: Connection, number: int) -> None:
    """Provably not processed, and never in doubt before: the next run takes it back and looks at its steps afresh."""
    tx.exec_driver_sql("UPDATE requests SET state = 'intended', sent_at = NULL, deadline_at = NULL WHERE id = ?", (number,))
    tx.exec_driver_sql("UPDATE intents SET state = 'intended' WHERE request = ? AND state = 'sent'", (number,))
    tx.exec_driver_sql(
        "UPDATE documents SET state = 'intended', in_doubt_since = NULL WHERE id IN (SELECT document FROM intents WHERE request = ? "
        "AND state = 'intended')",
        (number,),
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
    _end(tx, [intent], state, reason, at)


def _end(tx: Connection, intents: Iterable[int], state: str, reason: str, at: datetime) -> None:
    rows = [(state, reason, at.isoformat(), intent) for intent in intents]
    tx.exec_driver_sql("UPDATE intents SET state = ?, reason = ?, ended_at = ? WHERE id = ?", rows)


def confirm(tx: Connection, confirmed: Iterable[tuple[int, str]], run: int, at: datetime) -> None:
    """One confirmation an intent, with the text of what stands there: the primary key says so."""
    rows = [(intent, remote, at.isoformat(), run) for intent, remote in confirmed]
    tx.exec_driver_sql("INSERT INTO confirmations (intent, remote, at, run) VALUES (?, ?, ?, ?)", rows)
    _end(tx, [row[0] for row in rows], "done", "", at)


def unfinished(read: Connection, book: str) -> list[Intent]:
    """Every intent of a book that is neither done nor refused, oldest first."""
    rows = read.exec_driver_sql(
        f"{INTENT} WHERE state IN ('intended', 'sent', 'held') AND document IN (SELECT id FROM documents WHERE book = ?) ORDER BY id",
        (book,),
    )
    return [_intent(row) for row in rows]


def sent_with(read: Connection, number: int) -> list[Intent]:
    """What a request asked for and nobody has answered yet, oldest first."""
    rows = read.exec_driver_sql(f"{INTENT} WHERE request = ? AND state = 'sent' ORDER BY id", (number,))
    return [_intent(row) for row in rows]


def unfinished_of(read: Connection, number: int) -> Intent | None:
    row = read.exec_driver_sql(f"{INTENT} WHERE document = ? AND state IN ('intended', 'sent', 'held')", (number,)).one_or_none()
    return _intent(row) if row else None


def unfinished_among(read: Connection, numbers: Collection[int]) -> dict[int, int]:
    """Those of these documents that have an unfinished intent, each with its number."""
    rows = rows_among(read, "SELECT document, id FROM intents WHERE document IN ({}) AND state IN ('intended', 'sent', 'held')", numbers)
    return dict(rows)


def intents_of(read: Connection, number: int) -> list[Intent]:
    return [_intent(row) for row in read.exec_driver_sql(f"{INTENT} WHERE document = ? ORDER BY id", (number,))]


def request(read: Connection, number: int) -> Stored:
    return _stored(read.exec_driver_sql(f"{REQUEST} WHERE id = ?", (number,)).one())


def every_request(read: Connection) -> Iterator[Stored]:
    """Every request that was ever kept, whole; streamed."""
    for rows in read.exec_driver_sql(f"{REQUEST} ORDER BY id").partitions(50):
        yield from map(_stored, rows)


def attempts(read: Connection, numbers: Collection[int]) -> dict[int, int]:
    """Document → how many definite refusals it has had, where there were any: the number of the next attempt less one."""
    rows = rows_among(
        read, "SELECT document, count(*) FROM intents WHERE state = 'refused' AND document IN ({}) GROUP BY document", numbers
    )
    return dict(rows)


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
