"""The last step of the push protocol: what each outcome does to its document, in the transaction that records it."""

from collections.abc import Collection, Mapping, Sequence

import msgspec
from msgspec import Struct

from connector.core.drift import unlike
from connector.core.ledger import Known, disposition_of
from connector.core.steps import Step
from connector.model import Document, Remote
from connector.ports import Accepted, NotSent, Outcome, Rejected, Stale, Taken, Unknown
from connector.store import approvals, audit, charges, claims, decisions, documents, protocol
from connector.store.claims import Holding
from connector.store.documents import Confirmed
from connector.store.protocol import Intent
from connector.store.store import Tx
from connector.use_cases.intending import moved_of
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace


class Answered(Struct, frozen=True):
    """A member of a request, and what is known now of what became of it."""

    intent: Intent
    known: Known
    outcome: Outcome


class _Settling(Struct, frozen=True):
    """A document that stands over there, with the step that was carried out and what was asked for, under its number."""

    intent: Intent
    known: Known
    step: Step
    target: Document
    remote: Remote
    text: str
    """Of the remote, as it is kept."""


NONE_READ: Mapping[int, Step] = {}


def follow(tx: Tx, ws: Workspace, book: str, answered: Sequence[Answered], told: Told, steps: Mapping[int, Step]) -> None:
    """What the outcomes do to their documents. A number that is taken is looked up afterwards: it is not a refusal."""
    confirmed = [(one.intent, one.known, one.outcome.remote) for one in answered if isinstance(one.outcome, Accepted)]
    settle(tx, ws, book, confirmed, told, steps)
    for one in answered:
        _follow(tx, ws, book, one.intent, one.known, one.outcome, told)


def _follow(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, outcome: Outcome, told: Told) -> None:
    match outcome:
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
        case Accepted() | Taken():
            pass


# ---- confirmed ----------------------------------------------------------------------------------------------------------------


def settle(
    tx: Tx,
    ws: Workspace,
    book: str,
    confirmed: Sequence[tuple[Intent, Known, Remote]],
    told: Told,
    steps: Mapping[int, Step] = NONE_READ,
) -> None:
    """The documents stand over there: one confirmation each, the claims as their steps have them, and any difference said and held.

    `steps`: those that the caller has read already, by the state's own numbers; the rest are read here.
    """
    if not confirmed:
        return
    some = _settling(tx, confirmed, steps)
    protocol.confirm(tx, [(one.intent.id, one.text) for one in some], ws.run, ws.now())
    approvals.set_state(tx, [one.intent.step_id for one in some], "applied")
    stand = []
    for one in some:
        if one.intent.operation == "allocate":
            documents.set_done(tx, one.known.id)
            documents.set_theirs(tx, one.known.id, one.remote, one.known.touched)
        elif one.step.action == "void":
            _voided(tx, one.known, one.remote)
        elif one.step.action == "credit":
            _credited(tx, ws, one, told)
        else:
            stand.append(one)
    _stand(tx, ws, stand, told)
    if _changed_meanwhile(tx, [one.step for one in some]):
        charges.mark_dirty(tx)
    audit.append_each(
        tx, f"book:{book}", ws.now(), "confirmed",
        [
            {"operation": one.intent.operation, "number": one.known.number, "remote_id": one.remote.id, "digest": one.step.digest,
             "net": str(one.remote.net), "currency": one.remote.currency, "run": ws.run}
            for one in some
        ],
    )  # fmt: skip
    told.done += [one.known.number for one in some]


def _settling(tx: Tx, confirmed: Sequence[tuple[Intent, Known, Remote]], steps: Mapping[int, Step]) -> list[_Settling]:
    unread = {intent.step_id for intent, _, _ in confirmed} - steps.keys()
    steps = {**steps, **{number: approved.step for number, approved in approvals.steps(tx, unread).items()}}
    some = []
    for intent, known, remote in confirmed:
        step = msgspec.structs.replace(steps[intent.step_id], number=known.number)
        assert step.document is not None
        some.append(
            _Settling(intent, known, step, msgspec.structs.replace(step.document, number=known.number), remote, documents.text_of(remote))
        )
    return some


def _changed_meanwhile(tx: Tx, steps: Collection[Step]) -> bool:
    """While it was in doubt a document was final: an edit, or a ruling, was stored as a correction, and is none any more."""
    if any(step.action != "create" for step in steps):
        return True
    entries = {charge.entry for step in steps for charge in step.charges}
    now = charges.revisions(tx, entries)
    return any(moved_of(step, now) for step in steps) or bool(decisions.ruled_on(tx, entries))


def _voided(tx: Tx, known: Known, remote: Remote) -> None:
    charges.free(tx, claims.hold_just(tx, [Holding(known.id)]))
    documents.set_done(tx, known.id, "voided by an approved step")
    documents.set_theirs(tx, known.id, remote, "")
    tx.exec_driver_sql("UPDATE documents SET net = 0, entries = 0, seconds = 0, billed_seconds = 0 WHERE id = ?", (known.id,))


def _credited(tx: Tx, ws: Workspace, one: _Settling, told: Told) -> None:
    """The credit note stands over there: what it credits is on no document any more, and its time is billed as it is now."""
    assert one.target.credits is not None
    invoice = documents.by_number(tx, one.known.book, one.target.credits.ref)
    documents.set_confirmed(tx, [Confirmed(one.known.id, one.step, one.target, one.remote, one.text)], ws.mapping.digest)
    if invoice is not None:
        claims.release(tx, invoice.id, one.step.charges)
    _say_unlike(tx, one, told)


def _stand(tx: Tx, ws: Workspace, some: Sequence[_Settling], told: Told) -> None:
    if not some:
        return
    holdings = [Holding(one.known.id, one.intent.id, one.target.currency, one.step.charges) for one in some]
    charges.free(tx, claims.hold_just(tx, holdings))
    documents.set_confirmed(tx, [Confirmed(one.known.id, one.step, one.target, one.remote, one.text) for one in some], ws.mapping.digest)
    charges.put_on_documents(
        tx, [(held, disposition_of(_confirmed(one)), one.known.number) for held, one in zip(holdings, some, strict=True)]
    )
    for one in some:
        _say_unlike(tx, one, told)


def _confirmed(one: _Settling) -> Known:
    return msgspec.structs.replace(one.known, state="done", remote_id=one.remote.id, their_status=one.remote.status)


def _say_unlike(tx: Tx, one: _Settling, told: Told) -> None:
    if said := unlike(one.target, one.remote):
        documents.set_theirs(tx, one.known.id, one.remote, said)
        told.held.append((one.known.number, f"stands over there, but not as we sent it: {said}"))


# ---- not confirmed ------------------------------------------------------------------------------------------------------------


def refuse(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, reason: str, told: Told) -> None:
    """A definite refusal: the claims of this intent are free, the attempt rises, the document waits for a person."""
    protocol.end(tx, intent.id, "refused", reason, ws.now())
    charges.free_intent(tx, known.id, intent.id)
    claims.release_new(tx, known.id, intent.id)
    documents.count_refusal(tx, known.id, intent.digest)
    _back(tx, known, reason, refused=True)
    if intent.operation != "allocate":  # the credit note itself stands
        approvals.set_state(tx, [intent.step_id], "refused", reason)
    documents.end_doubt(tx, known.id)
    audit.append(
        tx, f"book:{book}", ws.now(), "refused",
        {"number": known.number, "digest": intent.digest, "reason": reason[:500], "run": ws.run},
    )  # fmt: skip
    told.refused.append((known.number, reason))


def withdraw(tx: Tx, ws: Workspace, book: str, intent: Intent, known: Known, reason: str) -> None:
    """An intent that provably had no effect is taken back without counting as a refusal; its step stays approved."""
    protocol.end(tx, intent.id, "refused", reason, ws.now())
    charges.free_intent(tx, known.id, intent.id)
    claims.release_new(tx, known.id, intent.id)
    _back(tx, known, reason)
    documents.end_doubt(tx, known.id)
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
