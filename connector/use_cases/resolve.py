"""Resolve: every request in doubt is looked up before anything is sent again. Runs first in every run.

Found and ours: adopted. Not there: the settle time is waited out, counted from the deadline; then the identical request with the same
key, or only the missing members in new ones. A request unknown twice is halved. A document in doubt blocks only itself.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from connector.errors import AWAY
from connector.model import DocumentRef
from connector.ports import Change
from connector.store import approvals, documents, protocol
from connector.store.leases import Lease
from connector.store.protocol import Intent, Stored
from connector.use_cases.intending import store_requests
from connector.use_cases.looking_up import MAKES, look_up, still_open, target_of
from connector.use_cases.push import dispatch
from connector.use_cases.recording import hold, withdraw
from connector.use_cases.renumbered import look_for_renumbered
from connector.use_cases.told import Told, may_go_on, stop
from connector.use_cases.workspace import Workspace

DOUBT_DAYS_MAX = 1
UNKNOWNS_BEFORE_HALVING = 2


def resolve(ws: Workspace, book: str, lease: Lease, told: Told) -> None:
    """Looks every document in doubt up; sends again only what provably is not there. Raises nothing for a sink that is away."""
    for number in _unfinished_requests(ws, book):
        if not may_go_on(ws, book, told):
            return
        with ws.store.snapshot() as read:
            stored = protocol.request(read, number)
            intents = [intent for intent in protocol.unfinished(read, book) if intent.request == number]
        try:
            if stored.state == "intended":
                _never_sent(ws, book, lease, stored, intents)
            else:
                _in_doubt(ws, book, lease, stored, intents, told)
        except AWAY as error:
            stop(told, error)
            told.doubt += [(_number(ws, intent), str(error)) for intent in intents]


def _unfinished_requests(ws: Workspace, book: str) -> list[int]:
    with ws.store.snapshot() as read:
        return sorted({intent.request for intent in protocol.unfinished(read, book) if intent.request is not None})


def _number(ws: Workspace, intent: Intent) -> str:
    with ws.store.snapshot() as read:
        return documents.document(read, intent.document).number


def _never_sent(ws: Workspace, book: str, lease: Lease, stored: Stored, intents: Sequence[Intent]) -> None:
    """Intended, and the process died or was told to wait before a byte left: taken back, and its step is looked at afresh."""
    with ws.store.begin(lease) as tx:
        for intent in intents:
            known = documents.document(tx, intent.document)
            withdraw(tx, ws, book, intent, known, "it was never sent; it is planned again as it is now")
        protocol.close_request(tx, stored.id)


def _in_doubt(ws: Workspace, book: str, lease: Lease, stored: Stored, intents: Sequence[Intent], told: Told) -> None:
    with ws.store.snapshot() as read:
        # By one clock for all machines, and before the look-up: one that stands still after it has looked too early must not send.
        asked_at = ws.store.database_now(read)
    missing = look_up(ws, book, lease, intents, told)
    if not missing:
        return
    assert stored.deadline_at is not None
    sink = ws.sink(book)
    settled_at = stored.deadline_at + timedelta(seconds=sink.traits.settle_s)
    if asked_at < settled_at:
        told.doubt += [(_number(ws, i), f"not there yet; looked up again after {settled_at:%Y-%m-%d %H:%M} UTC") for i in missing]
        return
    _give_back(ws, book, lease, [intent for intent in missing if intent.state == "held" and intent.operation not in MAKES])
    if any(intent.operation in MAKES for intent in missing):
        missing = _not_renumbered(ws, book, lease, missing, told)
    again = [intent for intent in missing if intent.state == "sent" and not _too_old(ws, book, lease, intent, stored, told)]
    if not again:
        return
    ws.store.renew_lease(lease)
    if len(again) == len(stored.request.members) and (stored.unknowns < UNKNOWNS_BEFORE_HALVING or len(again) == 1):
        dispatch(ws, book, lease, stored.id, told)
        return
    half = (len(again) + 1) // 2
    parts = [again[:half], again[half:]] if stored.unknowns >= UNKNOWNS_BEFORE_HALVING else [again]
    for part in filter(None, parts):
        _send_anew(ws, book, lease, stored, part, told)


def _not_renumbered(ws: Workspace, book: str, lease: Lease, missing: Sequence[Intent], told: Told) -> list[Intent]:
    """Those that stand over there under no other number and were not deleted there, as far as the listing of what changed can tell."""
    look_for_renumbered(ws, book, lease)
    with ws.store.snapshot() as read:
        now = {intent.id: intent for intent in protocol.unfinished(read, book)}
    held = [one for intent in missing if intent.state == "sent" and (one := now.get(intent.id)) is not None and one.state == "held"]
    told.held += [(_number(ws, intent), intent.reason) for intent in held]
    return [now[intent.id] for intent in missing if intent.id in now]


def _give_back(ws: Workspace, book: str, lease: Lease, intents: Sequence[Intent]) -> None:
    """Held amendments of documents that stand as they stood before, after all: nothing was done and nothing will be."""
    if not intents:
        return
    with ws.store.begin(lease) as tx:
        for intent in still_open(tx, book, intents):
            known = documents.document(tx, intent.document)
            withdraw(tx, ws, book, intent, known, "it stands as before: nothing was changed, and it is planned again")


def _too_old(ws: Workspace, book: str, lease: Lease, intent: Intent, stored: Stored, told: Told) -> bool:
    # Where the settle time itself is a day, a day more: else nothing could ever go again by itself.
    longest = max(timedelta(days=DOUBT_DAYS_MAX), timedelta(seconds=2 * ws.sink(book).traits.settle_s))
    if ws.now() - datetime.fromisoformat(intent.made_at) <= longest:
        return False
    with ws.store.begin(lease) as tx:
        known = documents.document(tx, intent.document)
        if not still_open(tx, book, [intent]):
            return True
        hold(tx, ws, book, intent, known, f"in doubt for more than a day ({stored.reason or 'no answer'}): look it up over there", told)
    return True


def _send_anew(ws: Workspace, book: str, lease: Lease, stored: Stored, intents: Sequence[Intent], told: Told) -> None:
    """Only the members that are not there, in a new request."""
    with ws.store.begin(lease) as tx:
        numbered: dict[DocumentRef, tuple[int, int]] = {}
        whole: list[Change] = []
        for intent in still_open(tx, book, intents):
            target = target_of(documents.document(tx, intent.document), approvals.step(tx, intent.step_id).step.document)
            numbered[target.ref] = (intent.id, intent.attempt)
            whole.append(Change(target, intent.theirs))
        numbers = store_requests(tx, ws, book, lease, stored.request.operation, whole, numbered) if whole else []
        protocol.close_request(tx, stored.id)
    for number in numbers:
        if may_go_on(ws, book, told):
            dispatch(ws, book, lease, number, told)
