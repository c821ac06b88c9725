"""QuickBooks' replies to a write as outcomes. Pure."""

from collections.abc import Sequence

import msgspec

from adapters.quickbooks import faults, wire
from adapters.quickbooks.invoices import Habits, bare
from adapters.quickbooks.remotes import remote
from connector.http import Answered, UnreadableError, decode
from connector.model import DocumentRef
from connector.ports import Accepted, Member, Outcome, Request, Unknown

_MAKING = ("create", "credit")


def outcomes(answer: Answered, request: Request, habits: Habits) -> dict[DocumentRef, Outcome]:
    """A member that the reply does not name is left out: unknown. Matched by what our own element under a bId said, never by
    position in the reply or among the members.
    """
    refs = [member.ref for member in request.members]
    said = faults.whole(answer)
    if said is not None:
        return dict.fromkeys(refs, said)
    try:
        reply = decode(answer.body, wire.Written)
    except UnreadableError as error:
        return dict.fromkeys(refs, Unknown(f"answered {answer.status}, but {error}{faults.named(answer)}"))
    if reply.fault is not None:
        fault = faults.Fault(reply.fault)
        return {ref: fault.outcome(ref.number, creates=request.operation in _MAKING, tid=faults.named(answer)) for ref in refs}
    if reply.batch_item_response is not None:
        return _of_batch(reply.batch_item_response, request, habits, faults.named(answer))
    written = reply.credit_memo or reply.invoice
    if written is None or len(refs) != 1:
        return {}
    return {refs[0]: _accepted(written, request.members[0], habits)}


def allocation(answer: Answered, member: Member) -> Outcome | None:
    """What became of an allocation; None where a payment was made, which the credit memo must then show."""
    said = faults.whole(answer)
    if said is not None:
        return said
    try:
        reply = decode(answer.body, wire.Written)
    except UnreadableError as error:
        return Unknown(f"answered {answer.status}, but {error}{faults.named(answer)}")
    if reply.fault is not None:
        return faults.Fault(reply.fault).outcome(member.ref.number, creates=False, tid=faults.named(answer))
    return None if reply.payment is not None else Unknown(f"the answer holds no payment{faults.named(answer)}")


def _of_batch(items: Sequence[wire.BatchItem], request: Request, habits: Habits, tid: str) -> dict[DocumentRef, Outcome]:
    try:
        members = _members(request)
    except msgspec.ValidationError:  # a batch was answered where none was sent: it says nothing of what was
        return {}
    found: dict[DocumentRef, Outcome] = {}
    for item in items:
        member = members.pop(item.b_id or "", None)
        if member is None:
            continue
        if item.fault is not None:
            fault = faults.Fault(item.fault)
            found[member.ref] = fault.outcome(member.ref.number, creates=request.operation in _MAKING, tid=tid)
        elif (written := item.credit_memo or item.invoice) is not None:
            found[member.ref] = _accepted(written, member, habits)
    return found


def _members(request: Request) -> dict[str, Member]:
    """BId → the member that its element was about."""
    by_id = {bare(member.remote_id): member for member in request.members if member.remote_id}
    by_number = {member.ref.number: member for member in request.members if not member.remote_id}
    found: dict[str, Member] = {}
    for sent in msgspec.json.decode(request.body, type=wire.SentBatch).batch_item_request:
        element = sent.credit_memo or sent.invoice or wire.Sent()
        member = by_id.get(element.id or "") or by_number.get(element.doc_number or "")
        if member is not None:
            found[sent.b_id] = member
    return found


def _accepted(invoice: wire.Invoice, member: Member, habits: Habits) -> Outcome:
    try:
        made = remote(invoice, habits, number=member.ref.number, kind=member.ref.kind)
    except ValueError as error:
        return Unknown(f"the answer holds {error}")
    if member.remote_id and made.id != member.remote_id:
        return Unknown(f"the answer is about another document ({made.id})")
    return Accepted(made)
