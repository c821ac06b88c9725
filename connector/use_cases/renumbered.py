"""What is in doubt may stand over there under a number that somebody gave it since: then it is not sent once more."""

from collections.abc import Sequence

from connector.core.choices import renumbered
from connector.model import Remote
from connector.store import approvals, documents, protocol
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.looking_up import MAKES, target_of
from connector.use_cases.recording import hold
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace


def hold_renumbered(tx: Tx, ws: Workspace, book: str, page: Sequence[Remote]) -> None:
    """Holds every document that was sent, is not known to be there, and looks like one on this page that is none we know of."""
    sent = [intent for intent in protocol.unfinished(tx, book) if intent.operation in MAKES and intent.state == "sent"]
    if not sent:
        return
    unknown = [remote for remote in page if remote.live and not documents.other_of(tx, book, remote.id, 0)]
    for intent in sent:
        known = documents.document(tx, intent.document)
        target = target_of(known, approvals.step(tx, intent.step_id).step.document)
        there = next((remote for remote in unknown if renumbered(target, remote)), None)
        if there is not None:
            reason = f"{known.number} may stand over there as {there.number or 'one without a number'}: give that its number back there"
            hold(tx, ws, book, intent, known, reason, Told())


def look_for_renumbered(ws: Workspace, book: str, lease: Lease) -> None:
    """The same over all that changed since the last look, just before something is sent again. Nothing else is made of it, and the cursor
    stays: the next look sees it all, once nothing is in doubt any more.
    """
    with ws.store.snapshot() as read:
        cursor = read.exec_driver_sql("SELECT changes_cursor FROM books WHERE name = ?", (book,)).scalar()
    for page, _ in ws.sink(book).changed_since(cursor):
        with ws.store.begin(lease) as tx:
            hold_renumbered(tx, ws, book, page)
