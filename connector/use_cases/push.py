"""The push protocol: intend, mark sent, send, record. No transaction is open across a request.

(1) one transaction: check the lease, compare every charge with the approved step, claim, store intents and request; (2) mark the request
`sent`, with a deadline, durably, before the first byte leaves; (3) send, if the deadline has not passed; (4) commit the confirmations,
matched by our number or the remote id, never by position.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from msgspec import Struct

from connector.core.drift import unlike
from connector.core.ledger import Known, disposition_of
from connector.core.steps import Step, StepCharge
from connector.errors import AWAY, AuthError, HourbridgeError, RejectedError, StoppedError, TransientError
from connector.model import Document, DocumentRef, Operation, Remote
from connector.ports import (
    Accepted,
    Change,
    NotSent,
    Outcome,
    Rejected,
    Request,
    Stale,
    Taken,
    Unknown,
)
from connector.store import approvals, audit, charges, decisions, documents, protocol
from connector.store.approvals import Approved
from connector.store.leases import Lease, holds
from connector.store.protocol import Intent
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace

DEADLINE_SECONDS = 60


class Ready(Struct, frozen=True):
    """An approved step with what it takes to carry it out: the document with its number, and the one over there just read. `decided`:
    the newest ruling on an entry when the step was found to be current; None where that needs no look.
    """

    approved: Approved
    change: Change
    decided: int | None = None

    @property
    def step(self) -> Step:
        return self.approved.step


class Told(Struct):
    """What a push did, for the report: numbers by outcome, and sentences for people."""

    done: list[str] = msgspec.field(default_factory=list)
    refused: list[tuple[str, str]] = msgspec.field(default_factory=list)
    doubt: list[tuple[str, str]] = msgspec.field(default_factory=list)
    held: list[tuple[str, str]] = msgspec.field(default_factory=list)
    stale: list[tuple[str, str]] = msgspec.field(default_factory=list)
    waits: list[tuple[str, str]] = msgspec.field(default_factory=list)
    adopted: list[str] = msgspec.field(default_factory=list)
    sent: int = 0
    stopped: str = ""
    stopped_why: str = ""
    stopped_seconds: float | None = None


def stop(told: Told, error: HourbridgeError) -> None:
    """No answer can be had from this book's sink now: nothing more is asked of it in this run, and nothing is lost."""
    told.stopped = str(error)
    told.stopped_seconds = error.seconds if isinstance(error, TransientError) else None
    why = {AuthError: "auth", RejectedError: "refused", StoppedError: "asked"}
    told.stopped_why = next((word for kind, word in why.items() if isinstance(error, kind)), "offline")


def error_of(told: Told) -> HourbridgeError:
    """Why a book stopped, as the error it was."""
    if told.stopped_why == "auth":
        return AuthError(told.stopped)
    if told.stopped_why == "asked":
        return StoppedError(told.stopped)
    return TransientError(told.stopped, seconds=told.stopped_seconds)


def may_go_on(ws: Workspace, book: str, told: Told) -> bool:
    """Between two requests: whether the next one may go."""
    if not told.stopped:
        try:
            ws.may_go_on(book)
        except StoppedError as error:
            stop(told, error)
    return not told.stopped


def push(ws: Workspace, book: str, lease: Lease, operation: Operation, batch: Sequence[Ready], told: Told) -> None:
    """Carries out one operation on some documents. Stops sending (and says why) when the sink cannot take more now."""
    sink = ws.sink(book)
    for start in range(0, len(batch), sink.traits.batch_max):
        if not may_go_on(ws, book, told):
            told.waits += [(ready.step.number, told.stopped) for ready in batch[start:]]
            return
        ws.store.renew_lease(lease)
        for number in _intend(ws, book, lease, operation, batch[start : start + sink.traits.batch_max], told):
            if may_go_on(ws, book, told):
                dispatch(ws, book, lease, number, told)


def key_of(book: str, request: Request, attempt: int) -> str:
    """32 hex characters: other bytes or another attempt, other key."""
    parts = [book, request.method, request.url, hashlib.sha256(request.body).hexdigest(), str(attempt)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


# ---- (1) intend ---------------------------------------------------------------------------------------------------------------


def _intend(ws: Workspace, book: str, lease: Lease, operation: Operation, batch: Sequence[Ready], told: Told) -> list[int]:
    with ws.store.begin(lease) as tx:
        fit = [ready for ready in batch if operation == "allocate" or fits(tx, ws, book, ready, told)]
        if not fit:
            return []
        intents: dict[DocumentRef, tuple[int, int]] = {}
        for ready in fit:
            ref = ready.change.document.ref
            intents[ref] = _intent(tx, ws, book, operation, ready)
        numbers = store_requests(tx, ws, book, lease, operation, [ready.change for ready in fit], intents)
        audit.append(
            tx, f"book:{book}", ws.now(), "intended",
            {"operation": operation, "numbers": [ready.step.number for ready in fit], "digests": [ready.step.digest for ready in fit],
             "requests": numbers, "run": ws.run},
        )  # fmt: skip
    return numbers


def store_requests(
    tx: Tx,
    ws: Workspace,
    book: str,
    lease: Lease,
    operation: Operation,
    changes: Sequence[Change],
    intents: Mapping[DocumentRef, tuple[int, int]],
) -> list[int]:
    """Prepares and keeps the requests for documents that have an intent: ref → (intent, attempt). Pure but for the rows."""
    numbers = []
    for request in ws.sink(book).prepare(operation, changes):
        members = [intents[member.ref] for member in request.members]
        attempt = sum(attempt for _, attempt in members)
        keyed = msgspec.structs.replace(request, key=key_of(book, request, attempt))
        numbers.append(protocol.store_request(tx, book, keyed, attempt, lease.token, [intent for intent, _ in members]))
    return numbers


def fits(tx: Tx, ws: Workspace, book: str, ready: Ready, told: Told) -> bool:
    """Compares every charge with the approved step inside the transaction; a step that no longer fits is stale and not sent."""
    step = ready.step
    moved = _moved(tx, step) or _ruled_since(tx, ready)
    if moved and step.action != "void":
        let_go_stale(
            tx,
            ws,
            book,
            ready.approved,
            f"{moved[0]} changed since it was approved" + (f", and {len(moved) - 1} more" if len(moved) > 1 else ""),
            told,
        )
        return False
    known = documents.by_key(tx, book, step.key, step.generation)
    if step.action in ("create", "credit") and known is not None and known.remote_id:
        let_go_stale(tx, ws, book, ready.approved, "stands over there already", told)
        return False
    if known is not None and protocol.unfinished_of(tx, known.id):
        told.waits.append((step.number, "is in doubt; it is resolved first"))
        return False
    if step.action == "credit":
        return _as_was_billed(tx, ws, book, ready, told)
    holders = charges.held_elsewhere(tx, [(c.entry, c.part) for c in step.charges], known.id if known else 0)
    if holders:
        told.waits.append((step.number, f"waits for {', '.join(sorted(holders))} to let go of its time"))
        return False
    return True


def _as_was_billed(tx: Tx, ws: Workspace, book: str, ready: Ready, told: Told) -> bool:
    """Whether what is to be credited still stands on the document that billed it, as it was billed."""
    of = ready.change.document.credits
    invoice = documents.by_number(tx, book, of.ref) if of else None
    if invoice is not None and protocol.unfinished_of(tx, invoice.id):
        told.waits.append((ready.step.number, f"{invoice.number} is in doubt; it is resolved first"))
        return False
    held = {(claim.entry, claim.part): claim.net for claim in documents.claims_of(tx, invoice.id)} if invoice else {}
    if all(held.get((charge.entry, charge.part)) == charge.net for charge in ready.step.charges):
        return True
    let_go_stale(tx, ws, book, ready.approved, "what it credits no longer stands there as it was billed", told)
    return False


def _moved(tx: Tx, step: Step) -> list[str]:
    """What changed at the source since the step was drawn up."""
    now = charges.revisions(tx, [charge.entry for charge in step.charges])
    return [charge.ref for charge in step.charges if not _stands_still(step, charge, now.get(charge.entry))]


def _stands_still(step: Step, charge: StepCharge, now: tuple[int, bool] | None) -> bool:
    """What a person chose for a correction was chosen for that revision of its entry, gone or not."""
    return now is not None and now[0] == charge.revision and (charge.is_added or step.action == "credit" or not now[1])


def _ruled_since(tx: Tx, ready: Ready) -> list[str]:
    """What a person ruled on while this run was under way: a decision takes no lease, and waits for no run to end."""
    ruled = set[int]() if ready.decided is None else decisions.entries_since(tx, ready.decided)
    return [charge.ref for charge in ready.step.charges if charge.entry in ruled]


def let_go_stale(tx: Tx, ws: Workspace, book: str, approved: Approved, reason: str, told: Told) -> None:
    """The step is not what was approved any more. Its document is open again to late time, so plans are no longer current."""
    approvals.set_state(tx, approved.id, "stale", reason)
    audit.append(
        tx, f"book:{book}", ws.now(), "stale",
        {"key": approved.step.key, "number": approved.step.number, "digest": approved.step.digest, "run": ws.run},
    )  # fmt: skip
    told.stale.append((approved.step.number or approved.step.key, reason))


def _intent(tx: Tx, ws: Workspace, book: str, operation: Operation, ready: Ready) -> tuple[int, int]:
    step, document = ready.step, ready.change.document
    known = documents.by_key(tx, book, step.key, step.generation)
    number = known.id if known else documents.make(tx, step, document, ws.mapping.digest)
    attempt = protocol.attempts(tx, number) + 1
    intent = protocol.intend(tx, number, ready.approved.id, operation, step.digest, ready.change.theirs, attempt, ws.now())
    if step.action not in ("void", "credit"):
        held = {(claim.entry, claim.part) for claim in documents.claims_of(tx, number)}
        fresh = [charge for charge in step.charges if (charge.entry, charge.part) not in held]
        if fresh:
            documents.claim(tx, number, intent, document.currency, fresh)
    documents.set_state(tx, number, "intended")
    documents.set_disposition(tx, number, "sending", step.number)
    if step.action != "create":
        charges.mark_dirty(tx)  # until it is confirmed its charges are what was confirmed before
    return intent, attempt


# ---- (2) and (3): mark sent, send ---------------------------------------------------------------------------------------------


def dispatch(ws: Workspace, book: str, lease: Lease, number: int, told: Told) -> None:
    """Sends one stored request and records what came back."""
    sink = ws.sink(book)
    with ws.store.begin(lease) as tx:
        now = ws.store.database_now(tx)
        state = protocol.request(tx, number).state
        if state == "resolved":
            return  # by a run that stood still: its answer was recorded since
        in_doubt = state == "sent"
        protocol.mark_sent(tx, number, now, now + timedelta(seconds=DEADLINE_SECONDS))
        stored = protocol.request(tx, number)
        deadline = ws.clock.boot() + DEADLINE_SECONDS
    told.sent += 1
    outcomes = sink.send(msgspec.structs.replace(stored.request, deadline_boot_s=deadline))
    record(ws, book, lease, number, outcomes, told, in_doubt=in_doubt)
    ws.tell(f"{book}: {len(told.done):,} documents confirmed")


# ---- (4) record -------------------------------------------------------------------------------------------------------------------


def record(
    ws: Workspace, book: str, lease: Lease, number: int, outcomes: Mapping[DocumentRef, Outcome], told: Told, *, in_doubt: bool = False
) -> None:
    """Commits what a request did. A confirmation is a fact: it is recorded whatever became of the lease; all else only by its
    holder, for another run may have sent the same request again since. `in_doubt`: it had been sent before this time.
    """
    with ws.store.begin() as tx:
        holder = holds(tx, lease)
        open_intents = [intent for intent in protocol.unfinished(tx, book) if intent.request == number and intent.state == "sent"]
        asked = [(intent, documents.document(tx, intent.document)) for intent in open_intents]
        answered = [(intent, _outcome_of(known, outcomes, holder=holder)) for intent, known in asked]
        for (_, known), (intent, outcome) in zip(asked, answered, strict=True):
            _follow(tx, ws, book, intent, known, outcome, told)
        if answered and not in_doubt and all(isinstance(outcome, NotSent) for _, outcome in answered):
            _unsend(tx, number)
        doubts = [outcome.reason for _, outcome in answered if isinstance(outcome, Unknown)]
        if doubts and holder:
            protocol.count_unknown(tx, number, doubts[0])
        protocol.close_request(tx, number)
    if taken := [intent for intent, outcome in answered if isinstance(outcome, Taken)]:
        _look_up(ws, book, lease, taken, told)


def _outcome_of(known: Known, outcomes: Mapping[DocumentRef, Outcome], *, holder: bool) -> Outcome:
    outcome = outcomes.get(DocumentRef(known.kind, known.number), Unknown("the answer does not mention it"))
    if holder or isinstance(outcome, Accepted):
        return outcome
    return Unknown("another run took over while this one waited for the answer")


def _follow(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, outcome: Outcome, told: Told) -> None:
    """What one member's outcome does to its document. A number that is taken is looked up afterwards: it is not a refusal."""
    match outcome:
        case Accepted(remote):
            settle(tx, ws, book, intent, known, remote, told)
        case Rejected(reason):
            refuse(tx, ws, book, intent, known, reason, told)
        case Stale(reason):
            withdraw(tx, ws, book, intent, known, reason or "its version over there moved; it is looked at again")
            told.waits.append((known.number, "changed over there while it was being amended; the next run compares again"))
        case NotSent(reason, why, seconds):
            told.waits.append((known.number, reason))
            told.stopped, told.stopped_why, told.stopped_seconds = reason, why, seconds
        case Unknown(reason):
            told.doubt.append((known.number, reason))
        case Taken():
            pass


def _unsend(tx: Tx, number: int) -> None:
    """Provably not processed, and never in doubt before: the next run takes it back and looks at its steps afresh."""
    tx.exec_driver_sql("UPDATE requests SET state = 'intended', sent_at = NULL, deadline_at = NULL WHERE id = ?", (number,))
    tx.exec_driver_sql("UPDATE intents SET state = 'intended' WHERE request = ? AND state = 'sent'", (number,))
    tx.exec_driver_sql(
        "UPDATE documents SET state = 'intended', in_doubt_since = NULL WHERE id IN (SELECT document FROM intents WHERE request = ? "
        "AND state = 'intended')",
        (number,),
    )


def settle(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, remote: Remote, told: Told) -> None:
    """The document stands over there: one confirmation, the claims as the step has them, and any difference said and held."""
    approved = approvals.step(tx, intent.step_id)
    step = msgspec.structs.replace(approved.step, number=known.number)
    assert step.document is not None
    target = msgspec.structs.replace(step.document, number=known.number)
    protocol.confirm(tx, intent.id, remote, ws.run, ws.now())
    approvals.set_state(tx, approved.id, "applied")
    if intent.operation == "allocate":
        documents.set_state(tx, known.id, "done")
        documents.set_theirs(tx, known.id, remote, known.touched)
    elif step.action == "void":
        _voided(tx, known, remote)
    elif step.action == "credit":
        _credited(tx, ws, known, step, target, remote, told)
    else:
        _stands(tx, ws, known, step, target, intent, remote, told)
    # While it was in doubt it was final: an edit, or a ruling, was stored as a correction, and is none any more.
    if step.action != "create" or _moved(tx, step) or decisions.any_on(tx, [charge.entry for charge in step.charges]):
        charges.mark_dirty(tx)
    tx.exec_driver_sql("UPDATE documents SET in_doubt_since = NULL WHERE id = ?", (known.id,))
    audit.append(
        tx, f"book:{book}", ws.now(), "confirmed",
        {"operation": intent.operation, "number": known.number, "remote_id": remote.id, "digest": step.digest,
         "net": str(remote.net), "currency": remote.currency, "run": ws.run},
    )  # fmt: skip
    told.done.append(known.number)


def _voided(tx: Tx, known: Known, remote: Remote) -> None:
    charges.free(tx, known.id)
    documents.refresh_claims(tx, known.id, 0, known.currency, [])
    documents.set_state(tx, known.id, "done", "voided by an approved step")
    documents.set_theirs(tx, known.id, remote, "")
    tx.exec_driver_sql("UPDATE documents SET net = 0, entries = 0, seconds = 0, billed_seconds = 0 WHERE id = ?", (known.id,))


def _credited(tx: Tx, ws: Workspace, known: Known, step: Step, target: Document, remote: Remote, told: Told) -> None:
    """The credit note stands over there: what it credits is on no document any more, and its time is billed as it is now."""
    assert target.credits is not None
    invoice = documents.by_number(tx, known.book, target.credits.ref)
    documents.set_confirmed(tx, known.id, step, target, remote, ws.mapping.digest)
    if invoice is not None:
        documents.release(tx, invoice.id, step.charges)
    if said := unlike(target, remote):
        documents.set_theirs(tx, known.id, remote, said)
        told.held.append((known.number, f"stands over there, but not as we sent it: {said}"))


def _stands(tx: Tx, ws: Workspace, known: Known, step: Step, target: Document, intent: Intent, remote: Remote, told: Told) -> None:
    charges.free(tx, known.id, keep=step.charges)
    documents.refresh_claims(tx, known.id, intent.id, target.currency, step.charges)
    documents.set_confirmed(tx, known.id, step, target, remote, ws.mapping.digest)
    charges.put_on_document(tx, step.charges, target.currency)
    if said := unlike(target, remote):
        documents.set_theirs(tx, known.id, remote, said)
        told.held.append((known.number, f"stands over there, but not as we sent it: {said}"))
    disposition = disposition_of(documents.document(tx, known.id))
    documents.set_disposition(tx, known.id, disposition, known.number)


def refuse(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, reason: str, told: Told) -> None:
    """A definite refusal: the claims of this intent are free, the attempt rises, the document waits for a person."""
    protocol.end(tx, intent.id, "refused", reason, ws.now())
    charges.free_intent(tx, known.id, intent.id)
    documents.release_new(tx, known.id, intent.id)
    documents.count_refusal(tx, known.id, intent.digest)
    _back(tx, known, reason, refused=True)
    if intent.operation != "allocate":  # the credit note itself stands
        approvals.set_state(tx, intent.step_id, "refused", reason)
    tx.exec_driver_sql("UPDATE documents SET in_doubt_since = NULL WHERE id = ?", (known.id,))
    audit.append(
        tx, f"book:{book}", ws.now(), "refused",
        {"number": known.number, "digest": intent.digest, "reason": reason[:500], "run": ws.run},
    )  # fmt: skip
    told.refused.append((known.number, reason))


def withdraw(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, reason: str) -> None:
    """An intent that provably had no effect is taken back without counting as a refusal; its step stays approved."""
    protocol.end(tx, intent.id, "refused", reason, ws.now())
    charges.free_intent(tx, known.id, intent.id)
    documents.release_new(tx, known.id, intent.id)
    _back(tx, known, reason)
    tx.exec_driver_sql("UPDATE documents SET in_doubt_since = NULL WHERE id = ?", (known.id,))
    audit.append(tx, f"book:{book}", ws.now(), "withdrawn", {"number": known.number, "reason": reason[:500], "run": ws.run})


def _back(tx: Tx, known: Known, reason: str, *, refused: bool = False) -> None:
    """The document as it was before the intent: confirmed, or never made."""
    if not known.remote_id:
        documents.set_state(tx, known.id, "refused", reason)
        return
    charges.mark_dirty(tx)
    documents.set_state(tx, known.id, "done", reason if refused else "")
    documents.set_disposition(tx, known.id, disposition_of(documents.document(tx, known.id)), known.number)


def hold(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, reason: str, told: Told) -> None:
    """In doubt and not to be sent again by itself; the claims stay, a person must look."""
    tx.exec_driver_sql("UPDATE intents SET state = 'held', reason = ? WHERE id = ?", (reason, intent.id))
    documents.set_state(tx, known.id, "held", reason)
    documents.set_disposition(tx, known.id, "held", known.number)
    charges.mark_dirty(tx)
    audit.append(tx, f"book:{book}", ws.now(), "held", {"number": known.number, "reason": reason[:500], "run": ws.run})
    told.held.append((known.number, reason))


def _look_up(ws: Workspace, book: str, lease: Lease, taken: Sequence[Intent], told: Told) -> None:
    from connector.use_cases.resolve import look_up  # noqa: PLC0415  (resolve and push answer each other)

    try:
        look_up(ws, book, lease, taken, told, number_taken=True)
    except AWAY as error:
        stop(told, error)
