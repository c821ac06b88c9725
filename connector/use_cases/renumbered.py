"""What is in doubt may stand over there under a number that somebody gave it since, or have been deleted there, number and all: then it is
not sent once more.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from connector.core.choices import renumbered
from connector.model import Document, Remote
from connector.store import approvals, documents, protocol
from connector.store.leases import Lease
from connector.store.protocol import Intent
from connector.store.store import Tx
from connector.use_cases.looking_up import MAKES, target_of
from connector.use_cases.recording import hold
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace

CLOCKS_APART = timedelta(minutes=10)
"""How far the company's clock may be behind ours: what was deleted that much before something was sent may be it."""


def hold_changed(tx: Tx, ws: Workspace, book: str, page: Sequence[Remote]) -> None:
    """Holds every document that was sent, is not known to be there, and may be one on this page that is none we know of."""
    sent = [intent for intent in protocol.unfinished(tx, book) if intent.operation in MAKES and intent.state == "sent"]
    if not sent:
        return
    unknown = [remote for remote in page if not _is_known(tx, ws, book, remote)]
    for intent in sent:
        known = documents.document(tx, intent.document)
        target = target_of(known, approvals.step(tx, intent.step_id).step.document)
        if there := next(filter(_may_be(intent, target), unknown), None):
            hold(tx, ws, book, intent, known, f"{known.number} {_what_became(there)}", Told())


def _is_known(tx: Tx, ws: Workspace, book: str, remote: Remote) -> bool:
    """Whether it is a document of ours, of this book or of another that bills into the same company, or one that was seen under another's
    name before it was deleted.
    """
    beside = [name for name, one in ws.books.items() if one.sink == ws.book(book).sink]
    ours = any(documents.other_of(tx, name, remote.id, 0) for name in beside)
    if ours or remote.live:
        return ours
    return tx.exec_driver_sql("SELECT 1 FROM strangers WHERE book = ? AND remote_id = ?", (book, remote.id)).scalar() is not None


def _may_be(intent: Intent, target: Document) -> Callable[[Remote], bool]:
    """Of what was deleted, and of which nothing but the id is left, any may be it that was deleted since."""
    since = datetime.fromisoformat(intent.made_at) - CLOCKS_APART

    def may_be(there: Remote) -> bool:
        if there.live:
            return renumbered(target, there)
        return not there.number and there.kind == target.kind and (there.changed_at is None or there.changed_at >= since)

    return may_be


def _what_became(there: Remote) -> str:
    if there.live:
        return f"may stand over there as {there.number or 'one without a number'}: give that its number back there"
    when = f" on {there.changed_at.astimezone(UTC):%d %B, %H:%M} UTC" if there.changed_at is not None else ""
    return (
        f"may have been made over there and deleted: the {there.kind.replace('_', ' ')} with the id {there.id} was{when}, and nobody can "
        f"tell which it was; the company's own log of changes may"
    )


def look_for_renumbered(ws: Workspace, book: str, lease: Lease) -> None:
    """The same over all that changed since the last look, just before something is sent again. Nothing else is made of it, and the cursor
    stays: the next look sees it all, once nothing is in doubt any more.
    """
    with ws.store.snapshot() as read:
        cursor = read.exec_driver_sql("SELECT changes_cursor FROM books WHERE name = ?", (book,)).scalar()
    for page, _ in ws.sink(book).changed_since(cursor):
        with ws.store.begin(lease) as tx:
            hold_changed(tx, ws, book, page)
