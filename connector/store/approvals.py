"""Approvals: steps stored in full, with who and when."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.core.steps import Step
from connector.store.documents import step_of, text_of
from connector.store.store import rows_among


class Approved(Struct, frozen=True, kw_only=True):
    """A step as it was approved, and what became of it: approved | applied | stale | refused | replaced."""

    id: int
    approval: int
    step: Step
    state: str
    reason: str
    checksum: str
    who: str
    at: str
    note: str


APPROVED = (
    "SELECT s.id, s.approval, s.body, s.state, s.reason, a.checksum, a.who, a.at, a.note FROM steps s JOIN approvals a ON a.id = s.approval"
)


def approve(
    tx: Connection, book: str, checksum: str, steps: Sequence[Step], *, who: str, at: datetime, note: str, forced: str, mapping: str
) -> int:
    """Stores an approval; an older, unapplied approval of the same document is replaced."""
    row = tx.exec_driver_sql(
        "INSERT INTO approvals (book, checksum, who, at, note, forced, mapping) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
        (book, checksum, who, at.isoformat(), note, forced, mapping),
    )
    approval = int(row.scalar_one())
    for step in steps:
        tx.exec_driver_sql(
            "UPDATE steps SET state = 'replaced' WHERE book = ? AND key = ? AND generation = ? AND state = 'approved'",
            (book, step.key, step.generation),
        )
        tx.exec_driver_sql(
            "INSERT INTO steps (approval, book, key, generation, action, digest, number, body, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'approved')",
            (approval, book, step.key, step.generation, step.action, step.digest, step.number, text_of(step)),
        )
    return approval


def approved(read: Connection, book: str) -> list[Approved]:
    """Steps that wait to be applied, in the order of their numbers."""
    rows = read.exec_driver_sql(f"{APPROVED} WHERE s.book = ? AND s.state = 'approved' ORDER BY s.number, s.id", (book,))
    return [_approved(row) for row in rows]


def last_of_each(read: Connection, book: str, keys: Collection[str]) -> list[Approved]:
    """The step last approved of each of these documents, whatever became of it, and of others where it never went; by number."""
    rows = read.exec_driver_sql(
        "SELECT s.id, s.key, s.state FROM steps s JOIN (SELECT max(id) AS id FROM steps WHERE book = ? AND state <> 'replaced' GROUP BY key) last "
        "ON last.id = s.id ORDER BY s.number, s.id",
        (book,),
    ).all()
    return [step(read, number) for number, key, state in rows if key in keys or state in ("approved", "stale")]


def step(read: Connection, number: int) -> Approved:
    return steps(read, [number])[number]


def steps(read: Connection, numbers: Collection[int]) -> dict[int, Approved]:
    """Some steps by the state's own numbers."""
    return {row[0]: _approved(row) for row in rows_among(read, f"{APPROVED} WHERE s.id IN ({{}})", numbers)}


def asked_for(read: Connection, book: str, number: str) -> list[Approved]:
    """Every step that was ever to make a document with this number, whatever became of it: those that wait first, then the newest."""
    rows = read.exec_driver_sql(
        f"{APPROVED} WHERE s.book = ? AND s.number = ? AND s.action IN ('create', 'credit') ORDER BY CASE s.state WHEN 'approved' THEN 0 ELSE 1 END, "
        "s.id DESC",
        (book, number),
    )
    return [_approved(row) for row in rows]


def of_document(read: Connection, book: str, key: str, generation: int) -> list[Approved]:
    """Every approval of a document, oldest first."""
    rows = read.exec_driver_sql(f"{APPROVED} WHERE s.book = ? AND s.key = ? AND s.generation = ? ORDER BY s.id", (book, key, generation))
    return [_approved(row) for row in rows]


def every(read: Connection) -> Iterator[tuple[Approved, str]]:
    """Every step that was ever approved, with its digest as it is kept beside it; streamed."""
    for rows in read.exec_driver_sql(f"{APPROVED.replace(' FROM ', ', s.digest FROM ', 1)} ORDER BY s.id").partitions(200):
        yield from ((_approved(row[:-1]), row[-1]) for row in rows)


def books_of(read: Connection, checksum: str) -> set[str]:
    """Books in which something was ever approved under this checksum."""
    return {row[0] for row in read.exec_driver_sql("SELECT book FROM approvals WHERE checksum = ?", (checksum,))}


def any_of(read: Connection, book: str) -> bool:
    """Whether anything was ever approved in this book."""
    return read.exec_driver_sql("SELECT 1 FROM approvals WHERE book = ? LIMIT 1", (book,)).scalar() is not None


def set_state(tx: Connection, numbers: Collection[int], state: str, reason: str = "") -> None:
    if numbers:
        tx.exec_driver_sql("UPDATE steps SET state = ?, reason = ? WHERE id = ?", [(state, reason, number) for number in numbers])


def _approved(row: Sequence[object]) -> Approved:
    number, approval, body, state, reason, checksum, who, at, note = row
    return Approved(
        id=number, approval=approval, step=step_of(str(body)), state=state, reason=reason, checksum=checksum, who=who, at=at, note=note,  # type: ignore[arg-type]
    )  # fmt: skip
