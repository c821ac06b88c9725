"""What waits for a person, as causes that can be told: from the same figures as `status`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from connector.core.minor import from_minor
from connector.reports.digest import Cause
from connector.reports.statuses import BookStatus, Status
from connector.reports.words import counted
from connector.store import approvals
from connector.store.store import Tx
from connector.store.troubles import AUTHORISE, SEES_A_PART
from connector.use_cases.standing import Standing, standing
from connector.use_cases.status import SENDS, status_in
from connector.use_cases.strangers import strangers
from connector.use_cases.workspace import Workspace

STATUS = "hourbridge status"
PERSON = frozenset({2, 3})
"""Exit codes of a trouble that does not end by itself."""


def causes(ws: Workspace) -> tuple[Cause, ...]:
    """Everything that waits, the critical first."""
    with standing(ws) as now:
        status = status_in(ws, now)
        waiting = [cause for book in status.books for cause in _of_book(now, book)]
        return (*urgent_in(ws, now.read), *waiting, *_late(ws, status), *_ending(ws, status))


def urgent(ws: Workspace) -> tuple[Cause, ...]:
    """The critical ones alone: a few rows, nothing computed."""
    with ws.store.snapshot() as read:
        return tuple(urgent_in(ws, read))


def urgent_in(ws: Workspace, read: Tx) -> Iterator[Cause]:
    """Connections and books that stand still until a person acts, and those that failed otherwise as what they are."""
    for what, table in (("connection", "connections"), ("book", "books")):
        rows = read.exec_driver_sql(f"SELECT name, trouble_code FROM {table} WHERE trouble <> '' ORDER BY name").all()  # noqa: S608  (ours)
        for name, code in rows:
            if name in ws.kinds or name in ws.books:
                yield from _trouble(what, str(name), int(code))
    for name in ws.books:
        count = len(strangers(read, name))
        said = counted(count, "unknown document there is or may be", "unknown documents there are or may be")
        if count:
            yield Cause(
                key=f"strangers:{name}", critical=True, count=count, what=f"{name}: stopped, {said} ours",
                next_step="hourbridge apply --adopt",
            )  # fmt: skip


def _trouble(what: str, name: str, code: int) -> Iterator[Cause]:
    if code == AUTHORISE:
        said = f"{name}: the {what} must be authorised again"
        yield Cause(key=f"authorise:{name}", critical=True, what=said, next_step="renew its credentials, then hourbridge check --online")
    elif code in PERSON:
        yield Cause(key=f"stopped:{name}", critical=True, what=f"{name}: the {what} stopped", next_step=STATUS)


def _of_book(now: Standing, book: BookStatus) -> Iterator[Cause]:
    name = book.name
    found: tuple[tuple[str, int, tuple[str, str], str, dict[str, Decimal]], ...] = (
        ("unmatched", book.unmatched, ("entry is unmatched", "entries are unmatched"), "hourbridge unmatched", _value(now.read, name)),
        ("held", book.held, ("entry is held", "entries are held"), "hourbridge unmatched", {}),
        ("pending", book.pending, ("entry is not approved at the source", "entries are not approved at the source"), "approve it there", {}),
        ("held_documents", book.held_documents, ("document is held", "documents are held"), "hourbridge plan", {}),
        ("approval", book.awaiting_approval, ("document awaits approval", "documents await approval"), "hourbridge plan", {}),
        ("stale", _stale(now, name), ("document changed since it was approved", "documents changed since they were approved"),
         "hourbridge plan, then approve it again", {}),
        ("doubt", book.in_doubt, ("document is in doubt", "documents are in doubt"), "hourbridge apply", {}),
    )  # fmt: skip
    for what, count, (one, many), next_step, value in found:
        if count:
            said = f"{name}: {counted(count, one, many)}"
            yield Cause(key=f"{what}:{name}", what=said, count=count, value=value, next_step=next_step)
    if book.trouble and book.trouble_code not in (AUTHORISE, *PERSON):
        yield Cause(key=f"failed:{name}", what=f"{name}: the book could not be read or written", next_step=STATUS)


def _value(read: Tx, book: str) -> dict[str, Decimal]:
    """Of all unmatched time of a book, at standard rate or estimated."""
    rows = read.exec_driver_sql(
        "SELECT currency, sum(value) FROM charges WHERE disposition = 'unmatched' AND book = ? AND value IS NOT NULL GROUP BY currency "
        "ORDER BY currency",
        (book,),
    )
    return {str(currency): from_minor(int(value), str(currency)) for currency, value in rows if value}


def _stale(now: Standing, book: str) -> int:
    """Documents that are still wanted, and whose latest approval no longer fits."""
    approved = {one.step.digest for one in approvals.approved(now.read, book)}
    wanted = {step.key for step in now.planned.get(book, ()) if step.action in SENDS and step.digest not in approved}
    rows = now.read.exec_driver_sql(
        "SELECT key FROM steps WHERE book = ? AND state = 'stale' AND id IN (SELECT max(id) FROM steps WHERE book = ? GROUP BY key)",
        (book, book),
    )
    return len(wanted & {str(key) for (key,) in rows})


def _ending(ws: Workspace, status: Status) -> Iterator[Cause]:
    """Connections that stop soon unless somebody authorises them again."""
    for one in status.connections:
        if one.authorise_by and one.name in ws.kinds and one.ends_soon(status.head.as_of):
            step = f"hourbridge check --online; if this stays, put a fresh token where refresh_token points, then hourbridge forget-tokens {one.name}"
            yield Cause(key=f"ends:{one.name}", what=f"{one.name}: must be authorised again before {one.authorise_by[:10]}", next_step=step)


def _late(ws: Workspace, status: Status) -> Iterator[Cause]:
    """Connections that failed, or were not read to their end for long."""
    hours_max = ws.notices.pull_hours_max if ws.notices else 0
    for one in status.connections:
        if one.name not in ws.source_names:
            continue
        late = one.last_complete_pull and ws.now() - datetime.fromisoformat(one.last_complete_pull) > timedelta(hours=hours_max)
        if one.trouble and one.trouble_code == SEES_A_PART:
            said = f"{one.name}: its credential sees only a part of the time"
            yield Cause(key=f"part:{one.name}", what=said, next_step="give it one that sees all, then hourbridge pull")
        elif one.trouble and one.trouble_code not in (AUTHORISE, *PERSON):
            yield Cause(key=f"failed:{one.name}", what=f"{one.name}: the last reading did not end", next_step=STATUS)
        elif late and hours_max:
            yield Cause(
                key=f"late:{one.name}", what=f"{one.name}: not read to its end for over {hours_max} hours", next_step="hourbridge pull"
            )
