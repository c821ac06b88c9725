"""The look-up: every member in doubt is read by its remote id, or found by kind and number in every status, before anything goes again.

Ours and live: adopted. Deleted, voided, a stranger's, or more than one: held, never sent again. Not there: the caller's to say.
"""

from collections.abc import Mapping, Sequence

import msgspec

from connector.core.choices import unlike_ours
from connector.core.drift import changes, is_ours, judge
from connector.core.ledger import Known
from connector.model import Document, Remote
from connector.store import approvals, documents, protocol
from connector.store.leases import Lease
from connector.store.protocol import Intent
from connector.store.store import Tx
from connector.use_cases.recording import hold, settle
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace

MAKES = ("create", "credit")
"""Operations that make a document: in doubt it is found by kind and number."""


def target_of(known: Known, document: Document | None) -> Document:
    assert document is not None
    return msgspec.structs.replace(document, number=known.number)


def look_up(ws: Workspace, book: str, lease: Lease, intents: Sequence[Intent], told: Told, *, number_taken: bool = False) -> list[Intent]:
    """Finds each member over there and settles or holds what it can; returns those that are not there.

    With `number_taken` the vendor has refused the number: not finding it is then a reason to hold, not to send again.
    """
    with ws.store.snapshot() as read:
        pairs = [
            (
                intent,
                known := documents.document(read, intent.document),
                target_of(known, approvals.step(read, intent.step_id).step.document),
            )
            for intent in intents
        ]
    found = _find(ws, book, pairs)
    missing: list[Intent] = []
    with ws.store.begin(lease) as tx:
        unanswered = still_open(tx, book, intents)
        for intent, known, target in pairs:
            if intent not in unanswered:
                continue
            if intent.operation in MAKES:
                gone = _created(tx, ws, book, intent, known, target, found.get(known.id, []), told)
            elif intent.operation == "allocate":
                gone = _allocated(tx, ws, book, intent, known, target, found.get(known.id, []), told)
            else:
                gone = _amended(tx, ws, book, intent, known, target, found.get(known.id, []), told)
            if gone and number_taken:
                hold(tx, ws, book, intent, known, f"{known.number} is refused as taken, but is not found over there: look there", told)
            elif gone:
                missing.append(intent)
        for number in {intent.request for intent in intents if intent.request is not None}:
            protocol.close_request(tx, number)
    return missing


def still_open(tx: Tx, book: str, intents: Sequence[Intent]) -> list[Intent]:
    """Those whose answer was not recorded since by a run that stood still: an answer is a fact, whoever holds the lease."""
    unfinished = {intent.id for intent in protocol.unfinished(tx, book)}
    return [intent for intent in intents if intent.id in unfinished]


def _find(ws: Workspace, book: str, pairs: Sequence[tuple[Intent, Known, Document]]) -> Mapping[int, list[Remote]]:
    sink = ws.sink(book)
    found: dict[int, list[Remote]] = {}
    created = [(known, target) for intent, known, target in pairs if intent.operation in MAKES]
    for start in range(0, len(created), sink.traits.find_max):
        some = created[start : start + sink.traits.find_max]
        answer = sink.find([target.ref for _, target in some])
        found.update({known.id: answer.get(target.ref, []) for known, target in some})
    amended = [known for intent, known, _ in pairs if intent.operation not in MAKES]
    for start in range(0, len(amended), sink.traits.find_max):
        some_known = amended[start : start + sink.traits.find_max]
        by_id = {remote.id: remote for remote in sink.read([known.remote_id for known in some_known])}
        found.update({known.id: [by_id[known.remote_id]] for known in some_known if known.remote_id in by_id})
    return found


def _created(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, target: Document, found: Sequence[Remote], told: Told) -> bool:
    """True when it is not there. Ours and live: adopted. Anything else: held, never sent again."""
    if not found:
        return True
    if len(found) > 1:
        fitting = [one for one in found if one.live and not unlike_ours(target, one)]
        if len(fitting) == 1:
            documents.set_found(tx, known.id, fitting[0])
        _hold_once(tx, ws, book, intent, known, f"{len(found)} documents over there carry {known.number}", told)
        return False
    (there,) = found
    if other := documents.other_of(tx, book, there.id, known.id):
        _hold_once(tx, ws, book, intent, known, f"{known.number} over there is our {other}, under another number now", told)
    elif not is_ours(target, there, known.number):
        documents.set_found(tx, known.id, there)
        _hold_once(
            tx, ws, book, intent, known, f"{known.number} over there is not ours: it is {there.customer or there.customer_id}'s", told
        )
    elif not there.live:
        documents.set_theirs(tx, known.id, there, "")
        _hold_once(tx, ws, book, intent, known, f"{known.number} was made and then {there.status} over there", told)
    else:
        settle(tx, ws, book, [(intent, known, there)], told)
        told.adopted.append(known.number)
    return False


def _allocated(
    tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, target: Document, found: Sequence[Remote], told: Told
) -> bool:
    """True when it provably was not put against its invoice: as much stands against it as when that was last read."""
    assert target.credits is not None
    assert intent.theirs is not None
    invoice = target.credits.remote_id
    if not found or not found[0].live:
        documents.set_theirs(tx, known.id, found[0] if found else None, known.touched)
        gone = found[0].status if found else "no longer found"
        _hold_once(tx, ws, book, intent, known, f"{known.number} is {gone} over there", told)
        return False
    if found[0].allocated_to(invoice) <= intent.theirs.allocated_to(invoice):
        return True
    settle(tx, ws, book, [(intent, known, found[0])], told)
    told.adopted.append(known.number)
    return False


def _amended(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, target: Document, found: Sequence[Remote], told: Told) -> bool:
    """True when what was asked for is provably not done: the document stands as it was before."""
    if not found:
        documents.set_theirs(tx, known.id, None, known.touched)
        _hold_once(tx, ws, book, intent, known, f"{known.number} is no longer found over there", told)
        return False
    (there,) = found
    if known.their_status == "missing":
        documents.set_theirs(tx, known.id, there, known.touched)
    if approvals.step(tx, intent.step_id).step.action == "void":
        if not there.live:
            settle(tx, ws, book, [(intent, known, there)], told)
            told.adopted.append(known.number)
            return False
        if intent.theirs is not None and not changes(intent.theirs, there):
            return True
    elif there.live:
        verdict = judge(there, intent.theirs, target)
        if verdict == "target":
            settle(tx, ws, book, [(intent, known, there)], told)
            told.adopted.append(known.number)
            return False
        if verdict == "base":
            return True
    documents.set_theirs(tx, known.id, there, "; ".join(changes(intent.theirs, there)) if intent.theirs else "changed over there")
    _hold_once(tx, ws, book, intent, known, f"{known.number} was changed over there while it was being amended", told)
    return False


def _hold_once(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, reason: str, told: Told) -> None:
    if intent.state == "held" and intent.reason == reason:
        told.held.append((known.number, reason))
    else:
        hold(tx, ws, book, intent, known, reason, told)
