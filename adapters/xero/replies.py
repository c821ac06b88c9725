"""Xero's replies to a write as outcomes. Pure."""

import re
from collections.abc import Sequence

from adapters.xero import wire
from adapters.xero.invoices import remote
from connector.http import Answered, UnreadableError, decode
from connector.model import DocumentRef
from connector.ports import Accepted, Member, NotSent, Outcome, Rejected, Taken, Unknown

_TAKEN = re.compile(r"(?i)\b(?:invoice|credit\s*note)\s*(?:#|no\.?|number)\s.*must be unique")
_OK, _BAD, _FORBIDDEN = 200, 400, 403


def outcomes(answer: Answered, members: Sequence[Member]) -> dict[DocumentRef, Outcome]:
    """A member that the reply does not name, or names twice, is left out: unknown. Never matched by position."""
    if answer.status == _FORBIDDEN:
        return dict.fromkeys((member.ref for member in members), NotSent(f"answered 403{_why(answer)}", "auth"))
    if answer.status == _BAD:
        return _refused(answer, members)
    if answer.status > _BAD:
        return dict.fromkeys((member.ref for member in members), Rejected(f"answered {answer.status}{_why(answer)}"))
    try:
        reply = decode(answer.body, wire.Invoices)
    except UnreadableError as error:
        return dict.fromkeys((member.ref for member in members), Unknown(f"answered, but {error}{_named(answer)}"))
    return _of_elements(reply.documents, members)


def allocation(answer: Answered, member: Member) -> Outcome | None:
    """What became of an allocation; None where Xero says that it was done, which the credit note must then show."""
    if answer.status >= _BAD:
        return outcomes(answer, (member,)).get(member.ref)
    try:
        made = decode(answer.body, wire.Allocations).allocations or ()
    except UnreadableError as error:
        return Unknown(f"answered, but {error}{_named(answer)}")
    messages = [error.message for one in made for error in one.validation_errors or () if error.message]
    if messages or any(one.status_attribute_string == "ERROR" for one in made):
        return Rejected("; ".join(messages) or "refused without a reason")
    return None


def _refused(answer: Answered, members: Sequence[Member]) -> dict[DocumentRef, Outcome]:
    try:
        refusal = decode(answer.body, wire.Refusal)
    except UnreadableError:
        return dict.fromkeys((member.ref for member in members), Unknown(f"answered 400, and it cannot be read{_named(answer)}"))
    elements = refusal.elements or ()
    if not elements:
        return dict.fromkeys((member.ref for member in members), Rejected(f"the request was refused{_why(answer)}"))
    found = _of_elements(elements, members)
    if not found and len(members) == 1 and len(elements) == 1 and _messages(elements[0]):
        # The element is echoed without number and id, and there is only one that it can mean.
        found = {members[0].ref: _refusal(elements[0], members[0].ref)}
    return {ref: outcome for ref, outcome in found.items() if not isinstance(outcome, Accepted)}


def _of_elements(elements: Sequence[wire.Invoice], members: Sequence[Member]) -> dict[DocumentRef, Outcome]:
    by_number = {member.ref.number.casefold(): member.ref for member in members if not member.remote_id}
    by_id = {member.remote_id: member.ref for member in members if member.remote_id}
    found: dict[DocumentRef, Outcome | None] = {}
    for element in elements:
        ref = by_id.get(element.id) or by_number.get(element.number.casefold())
        if ref is not None:
            found[ref] = _outcome(element, ref) if ref not in found else None
    return {ref: outcome for ref, outcome in found.items() if outcome is not None}


def _outcome(element: wire.Invoice, ref: DocumentRef) -> Outcome | None:
    if _messages(element) or element.has_errors or element.status_attribute_string == "ERROR":
        return _refusal(element, ref)
    try:
        # It was made by us a moment ago, or known as ours when it was amended; of a credit note Xero never says so.
        return Accepted(remote(element, ours=True if ref.kind == "invoice" else None))
    except ValueError as error:
        return Unknown(f"the answer holds {error}")


def _refusal(element: wire.Invoice, ref: DocumentRef) -> Taken | Rejected:
    """Xero has no codes: the messages are all there is, and all of them are told."""
    messages = _messages(element)
    if any(_TAKEN.search(message) for message in messages):
        return Taken(ref.number)
    return Rejected("; ".join(messages) or "refused without a reason")


def _messages(element: wire.Invoice) -> tuple[str, ...]:
    return tuple(dict.fromkeys(error.message for error in element.validation_errors or () if error.message))


def _why(answer: Answered) -> str:
    try:
        said = decode(answer.body, wire.Refusal)
    except UnreadableError:
        return _named(answer)
    words = " ".join(word for word in (said.type or said.title, said.message or said.detail) if word)
    return f" {words}{_named(answer)}"


def _named(answer: Answered) -> str:
    return f" (request id {answer.request_id})" if answer.request_id else ""
