"""What is in doubt may stand over there under a number that somebody gave it since: then it is not sent once more."""

from collections.abc import Sequence

from connector.core.choices import renumbered
from connector.model import Remote
from connector.store import approvals, documents, protocol
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
