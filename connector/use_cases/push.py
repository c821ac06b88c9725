"""The push protocol: intend, mark sent, send, record. No transaction is open across a request.

(1) one transaction: check the lease, compare every charge with the approved step, claim, store intents and request; (2) mark the request
`sent`, with a deadline, durably, before the first byte leaves; (3) send, if the deadline has not passed; (4) commit the confirmations,
matched by our number or the remote id, never by position.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from connector.core.ledger import Known
from connector.core.steps import Step
from connector.errors import AWAY
from connector.model import DocumentRef, Operation
from connector.ports import Accepted, NotSent, Outcome, Taken, Unknown
from connector.store import documents, protocol
from connector.store.leases import Lease, holds
from connector.store.protocol import Intent
from connector.use_cases.intending import Ready, intend
from connector.use_cases.looking_up import look_up
from connector.use_cases.recording import NONE_READ, Answered, follow
from connector.use_cases.told import Told, may_go_on, stop
from connector.use_cases.workspace import Workspace

DEADLINE_SECONDS = 60


def push(ws: Workspace, book: str, lease: Lease, operation: Operation, batch: Sequence[Ready], told: Told) -> None:
    """Carries out one operation on some documents. Stops sending (and says why) when the sink cannot take more now."""
    sink = ws.sink(book)
    for start in range(0, len(batch), sink.traits.batch_max):
        if not may_go_on(ws, book, told):
            told.waits += [(ready.step.number, told.stopped) for ready in batch[start:]]
            return
        ws.store.renew_lease(lease)
        some = batch[start : start + sink.traits.batch_max]
        steps = {ready.approved.id: ready.step for ready in some}
        for number in intend(ws, book, lease, operation, some, told):
            if may_go_on(ws, book, told):
                dispatch(ws, book, lease, number, told, steps)


# ---- (2) and (3): mark sent, send ---------------------------------------------------------------------------------------------


def dispatch(ws: Workspace, book: str, lease: Lease, number: int, told: Told, steps: Mapping[int, Step] = NONE_READ) -> None:
    """Sends one stored request and records what came back. `steps`: those of its members that the caller has read already."""
    sink = ws.sink(book)
    with ws.store.begin(lease) as tx:
        now = ws.store.database_now(tx)
        stored = protocol.request(tx, number)
        if stored.state == "resolved":
            return  # by a run that stood still: its answer was recorded since
        protocol.mark_sent(tx, number, now, now + timedelta(seconds=DEADLINE_SECONDS))
        deadline = ws.clock.boot() + DEADLINE_SECONDS
    told.sent += 1
    outcomes = sink.send(msgspec.structs.replace(stored.request, deadline_boot_s=deadline))
    record(ws, book, lease, number, outcomes, told, in_doubt=stored.state == "sent", steps=steps)
    ws.tell(f"{book}: {len(told.done):,} documents confirmed")


# ---- (4) record -------------------------------------------------------------------------------------------------------------------


def record(
    ws: Workspace,
    book: str,
    lease: Lease,
    number: int,
    outcomes: Mapping[DocumentRef, Outcome],
    told: Told,
    *,
    in_doubt: bool = False,
    steps: Mapping[int, Step] = NONE_READ,
) -> None:
    """Commits what a request did. A confirmation is a fact: it is recorded whatever became of the lease; all else only by its
    holder, for another run may have sent the same request again since. `in_doubt`: it had been sent before this time.
    """
    with ws.store.begin() as tx:
        holder = holds(tx, lease)
        sent = protocol.sent_with(tx, number)
        known = documents.several(tx, [intent.document for intent in sent])
        answered = [_answered(intent, known[intent.document], outcomes, holder=holder) for intent in sent]
        follow(tx, ws, book, answered, told, steps)
        if answered and not in_doubt and all(isinstance(one.outcome, NotSent) for one in answered):
            protocol.unsend(tx, number)
        doubts = [one.outcome.reason for one in answered if isinstance(one.outcome, Unknown)]
        if doubts and holder:
            protocol.count_unknown(tx, number, doubts[0])
        protocol.close_request(tx, number)
    if taken := [one.intent for one in answered if isinstance(one.outcome, Taken)]:
        _look_up(ws, book, lease, taken, told)


def _answered(intent: Intent, known: Known, outcomes: Mapping[DocumentRef, Outcome], *, holder: bool) -> Answered:
    outcome = outcomes.get(DocumentRef(known.kind, known.number), Unknown("the answer does not mention it"))
    if not holder and not isinstance(outcome, Accepted):
        outcome = Unknown("another run took over while this one waited for the answer")
    return Answered(intent, known, outcome)


def _look_up(ws: Workspace, book: str, lease: Lease, taken: Sequence[Intent], told: Told) -> None:
    try:
        look_up(ws, book, lease, taken, told, number_taken=True)
    except AWAY as error:
        stop(told, error)
