"""The first step of the push protocol: what will be done is written down whole before anything of it happens.

One transaction for all documents of a request: check the lease, compare every charge with the approved step, claim, store intents and
requests. What a step is compared with is read for all of them at once.
"""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from connector.core.ledger import Known
from connector.core.steps import Step, StepCharge
from connector.model import DocumentRef, Operation
from connector.ports import Change, Request
from connector.store import approvals, audit, charges, claims, decisions, documents, protocol
from connector.store.approvals import Approved
from connector.store.claims import Holding, Pair
from connector.store.leases import Lease
from connector.store.protocol import Intended
from connector.store.store import Tx
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace


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

    @property
    def key(self) -> documents.Key:
        return self.approved.step.key, self.approved.step.generation


class Standing(Struct, frozen=True, kw_only=True):
    """What the state says, in one transaction, of all that some steps are compared with. `in_doubt`: documents with an unfinished
    intent; `ruled`: by the ruling a step was found current at, entries that were ruled on since; `held`: which charges are claimed.
    """

    known: Mapping[documents.Key, Known]
    in_doubt: Mapping[int, int]
    revisions: Mapping[int, tuple[int, bool]]
    ruled: Mapping[int, set[int]]
    held: Mapping[Pair, tuple[int, str]]


def intend(ws: Workspace, book: str, lease: Lease, operation: Operation, batch: Sequence[Ready], told: Told) -> list[int]:
    """Writes down what will be done with those of the batch that still fit; returns the requests, by number, that will do it."""
    with ws.store.begin(lease) as tx:
        fit = batch if operation == "allocate" else fitting(tx, ws, book, batch, told)
        if not fit:
            return []
        intents = _write_intents(tx, ws, book, operation, fit)
        numbers = store_requests(tx, ws, book, lease, operation, [ready.change for ready in fit], intents)
        audit.append(
            tx, f"book:{book}", ws.now(), "intended",
            {"operation": operation, "numbers": [ready.step.number for ready in fit], "digests": [ready.step.digest for ready in fit],
             "requests": numbers, "run": ws.run},
        )  # fmt: skip
    return numbers


def key_of(book: str, request: Request, attempt: int) -> str:
    """32 hex characters: other bytes or another attempt, other key."""
    parts = [book, request.method, request.url, hashlib.sha256(request.body).hexdigest(), str(attempt)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


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


def fitting(tx: Tx, ws: Workspace, book: str, batch: Sequence[Ready], told: Told) -> list[Ready]:
    """Compares every charge with the approved step inside the transaction; a step that no longer fits is stale and not sent."""
    standing = _standing(tx, book, batch)
    return [ready for ready in batch if _fits(tx, ws, book, ready, standing, told)]


def _standing(tx: Tx, book: str, batch: Sequence[Ready]) -> Standing:
    known = documents.by_keys(tx, book, {ready.key for ready in batch})
    bound = [charge for ready in batch for charge in ready.step.charges]
    return Standing(
        known=known,
        in_doubt=protocol.unfinished_among(tx, [one.id for one in known.values()]),
        revisions=charges.revisions(tx, {charge.entry for charge in bound}),
        ruled={ruling: decisions.entries_since(tx, ruling) for ruling in {ready.decided for ready in batch} if ruling is not None},
        held=charges.holders(tx, [(charge.entry, charge.part) for charge in bound]),
    )


def _fits(tx: Tx, ws: Workspace, book: str, ready: Ready, standing: Standing, told: Told) -> bool:
    step = ready.step
    ruled = standing.ruled[ready.decided] if ready.decided is not None else set[int]()
    moved = moved_of(step, standing.revisions) or [charge.ref for charge in step.charges if charge.entry in ruled]
    if moved and step.action != "void":
        more = f", and {len(moved) - 1} more" if len(moved) > 1 else ""
        let_go_stale(tx, ws, book, ready.approved, f"{moved[0]} changed since it was approved{more}", told)
        return False
    known = standing.known.get(ready.key)
    if step.action in ("create", "credit") and known is not None and known.remote_id:
        let_go_stale(tx, ws, book, ready.approved, "stands over there already", told)
        return False
    if known is not None and known.id in standing.in_doubt:
        told.waits.append((step.number, "is in doubt; it is resolved first"))
        return False
    if step.action == "credit":
        return _as_was_billed(tx, ws, book, ready, told)
    holders = charges.elsewhere(standing.held, [(charge.entry, charge.part) for charge in step.charges], known.id if known else 0)
    if holders:
        told.waits.append((step.number, f"waits for {', '.join(sorted(holders))} to let go of its time"))
    return not holders


def moved_of(step: Step, now: Mapping[int, tuple[int, bool]]) -> list[str]:
    """What changed at the source since the step was drawn up. `now`: entry → (revision, gone)."""
    return [charge.ref for charge in step.charges if not _stands_still(step, charge, now.get(charge.entry))]


def _stands_still(step: Step, charge: StepCharge, now: tuple[int, bool] | None) -> bool:
    """What a person chose for a correction was chosen for that revision of its entry, gone or not."""
    return now is not None and now[0] == charge.revision and (charge.is_added or step.action == "credit" or not now[1])


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


def let_go_stale(tx: Tx, ws: Workspace, book: str, approved: Approved, reason: str, told: Told) -> None:
    """The step is not what was approved any more. Its document is open again to late time, so plans are no longer current."""
    approvals.set_state(tx, [approved.id], "stale", reason)
    audit.append(
        tx, f"book:{book}", ws.now(), "stale",
        {"key": approved.step.key, "number": approved.step.number, "digest": approved.step.digest, "run": ws.run},
    )  # fmt: skip
    told.stale.append((approved.step.number or approved.step.key, reason))


# ---- what is written ----------------------------------------------------------------------------------------------------------


def _write_intents(tx: Tx, ws: Workspace, book: str, operation: Operation, fit: Sequence[Ready]) -> dict[DocumentRef, tuple[int, int]]:
    """Documents, intents and claims; returns ref → (intent, attempt)."""
    keys = {ready.key for ready in fit}
    before = documents.ids(tx, book, keys)
    fresh = [(ready.step, ready.change.document) for ready in fit if ready.key not in before]
    documents.make(tx, fresh, ws.mapping.digest)
    ids = documents.ids(tx, book, keys) if fresh else before
    members = [(ids[ready.key], ready) for ready in fit]
    refused = protocol.attempts(tx, before.values())
    intents = protocol.intend(
        tx,
        [
            Intended(
                document=number, step_id=ready.approved.id, operation=operation, digest=ready.step.digest, theirs=ready.change.theirs,
                attempt=refused.get(number, 0) + 1,
            )
            for number, ready in members
        ],
        ws.now(),
    )  # fmt: skip
    _claim(tx, members, intents, held=claims.held_by(tx, before.values()))
    documents.set_intended(tx, before.values())
    documents.set_dispositions(tx, [(number, "sending", ready.step.number) for number, ready in members])
    if any(ready.step.action != "create" for ready in fit):
        charges.mark_dirty(tx)  # until it is confirmed its charges are what was confirmed before
    return {ready.change.document.ref: (intents[number], refused.get(number, 0) + 1) for number, ready in members}


def _claim(tx: Tx, members: Sequence[tuple[int, Ready]], intents: Mapping[int, int], held: set[tuple[int, int, int]]) -> None:
    """What the documents do not hold yet; while an amendment is in doubt the old charges stay claimed beside the new ones."""
    claims.claim(
        tx,
        [
            Holding(
                number, intents[number], ready.change.document.currency,
                tuple(charge for charge in ready.step.charges if (number, charge.entry, charge.part) not in held),
            )
            for number, ready in members
            if ready.step.action not in ("void", "credit")
        ],
    )  # fmt: skip
