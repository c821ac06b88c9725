"""Our documents as Xero's invoices, its invoices as ours, and its replies to a write as outcomes. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from adapters.xero import wire
from connector.errors import TransientError
from connector.http import Answered, UnreadableError, decode
from connector.model import Amounts, Document, DocumentRef, Line, Remote, RemoteLine, Status, Target
from connector.ports import Accepted, Change, Member, NotSent, Outcome, Rejected, Taken, Unknown

Element = dict[str, Any]
"""An invoice as it is sent: JSON's own types, with Decimal for numbers."""

AMOUNTS: Mapping[Amounts, str] = {"tax_exclusive": "Exclusive", "tax_inclusive": "Inclusive", "no_tax": "NoTax"}
_AMOUNTS_READ: Mapping[str, Amounts] = {text: amounts for amounts, text in AMOUNTS.items()}
_STATUS: Mapping[str, Status] = {
    "DRAFT": "draft",
    "SUBMITTED": "draft",
    "AUTHORISED": "posted",
    "PAID": "paid",
    "VOIDED": "voided",
    "DELETED": "deleted",
}
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_TAKEN = re.compile(r"(?i)\binvoice\s*(?:#|no\.?|number)\s.*must be unique")
_OK, _BAD, _FORBIDDEN = 200, 400, 403


# ---- what is sent -------------------------------------------------------------------------------------------------------


def created(document: Document, branding_theme: str) -> Element:
    element: Element = {
        "Type": "ACCREC",
        "InvoiceNumber": document.number,
        **_head(document),
        "Status": "AUTHORISED" if document.send_as == "posted" else "DRAFT",
        "LineItems": [_line(line) for line in document.lines],
    }
    if branding_theme:
        element["BrandingThemeID"] = branding_theme
    return element


def amended(change: Change, theirs: Remote) -> Element:
    """Only what is ours to say: status, number, branding, exchange rate and the like stay as they are when not sent."""
    return {"InvoiceID": theirs.id, "Type": "ACCREC", **_head(change.document), "LineItems": _lines(change, theirs)}


def restated(theirs: Remote, status: Literal["AUTHORISED", "DELETED", "VOIDED"]) -> Element:
    """Nothing but another status."""
    return {"InvoiceID": theirs.id, "Status": status, "SentToContact": False}


def _head(document: Document) -> Element:
    return {
        "Contact": {"ContactID": document.customer_id},
        "Reference": document.po,
        "Date": document.invoice_date.isoformat(),
        "DueDate": document.due_date.isoformat(),
        "LineAmountTypes": AMOUNTS[document.amounts],
        "CurrencyCode": document.currency,
        "SentToContact": False,
    }


def _line(line: Line) -> Element:
    """Quantity and price, never LineAmount: Xero refuses one that it does not arrive at itself."""
    element: Element = {
        "Description": line.description,
        "Quantity": line.quantity,
        "UnitAmount": line.price,
        "ItemCode" if line.target.kind == "item" else "AccountCode": line.target.code,
        "Tracking": [_tracking(category, option) for category, option in line.tracking],
    }
    if line.tax_code:
        element["TaxType"] = line.tax_code
    return element


def _tracking(category: str, option: str) -> Element:
    by_id = _UUID.fullmatch(category) and _UUID.fullmatch(option)
    return {"TrackingCategoryID": category, "TrackingOptionID": option} if by_id else {"Name": category, "Option": option}


def _lines(change: Change, theirs: Remote) -> list[Element]:
    """Every line, for a line that is not sent is removed over there. Ours keep the LineItemID of the line that they amend; a
    line that is not ours is named by its id and content, where it stood.
    """
    owned = [line for line in theirs.lines if change.owned is None or line.id in change.owned]
    ids = _line_ids(change.document.lines, owned)
    elements = [{"LineItemID": ids[at], **_line(line)} if at in ids else _line(line) for at, line in enumerate(change.document.lines)]
    for at, line in enumerate(theirs.lines):
        if line not in owned:
            elements.insert(min(at, len(elements)), _foreign(line))
    return elements


def _line_ids(ours: Sequence[Line], theirs: Sequence[RemoteLine]) -> dict[int, str]:
    """Position of our line → id of theirs. Same content first, then same text, then any; but only ever between lines of the
    same account, tax and tracking, since a field that is not sent keeps its value under an id.
    """
    free = [line for line in theirs if line.id]
    found: dict[int, str] = {}
    for alike in (_same_content, _same_text, _same_place):
        for at, line in enumerate(ours):
            match = next((remote for remote in free if alike(line, remote)), None) if at not in found else None
            if match is not None:
                free.remove(match)
                found[at] = match.id
    return found


def _same_content(line: Line, remote: RemoteLine) -> bool:
    return _same_text(line, remote) and (line.quantity, line.price) == (remote.quantity, remote.price)


def _same_text(line: Line, remote: RemoteLine) -> bool:
    return _same_place(line, remote) and line.description == remote.description


def _same_place(line: Line, remote: RemoteLine) -> bool:
    return (line.target, line.tax_code, set(line.tracking)) == (remote.target, remote.tax_code, set(remote.tracking))


def _foreign(line: RemoteLine) -> Element:
    element: Element = {"LineItemID": line.id, "Description": line.description}
    if line.quantity or line.price:
        element |= {"Quantity": line.quantity, "UnitAmount": line.price}
    if line.target is not None:
        element["ItemCode" if line.target.kind == "item" else "AccountCode"] = line.target.code
    if line.tax_code:
        element["TaxType"] = line.tax_code
    if line.tracking:
        element["Tracking"] = [_tracking(category, option) for category, option in line.tracking]
    return element


# ---- what is read -------------------------------------------------------------------------------------------------------


def remote(invoice: wire.Invoice, *, ours: bool | None) -> Remote:
    """An invoice as it stands over there. Raises ValueError for one that cannot be read, which is no answer at all."""
    status = _STATUS.get(invoice.status or "")
    if not invoice.invoice_id or status is None:
        raise ValueError("an invoice without id or known status")
    contact = invoice.contact or wire.DocumentContact()
    amounts = _AMOUNTS_READ.get(invoice.line_amount_types or "")
    paid = wire.money(invoice.amount_paid) + wire.money(invoice.amount_credited)
    balance = wire.money(invoice.amount_due)
    return Remote(
        id=invoice.invoice_id,
        number=invoice.invoice_number or "",
        status="part_paid" if status == "posted" and paid else status,
        ours=ours,
        customer_id=contact.contact_id or "",
        customer=contact.name or "",
        invoice_date=wire.day(invoice.date, invoice.date_string),
        due_date=wire.day(invoice.due_date, invoice.due_date_string),
        currency=invoice.currency_code or "",
        amounts=amounts,
        po=invoice.reference or "",
        lines=tuple(_remote_line(line, amounts) for line in invoice.line_items or ()),
        net=wire.money(invoice.sub_total),
        tax=wire.money(invoice.total_tax),
        gross=wire.money(invoice.total),
        paid=paid,
        balance=balance,
        sent=invoice.sent_to_contact or False,
        changed_at=wire.instant(invoice.updated_date_utc, invoice.updated_date_utc_string),
    )


def _remote_line(line: wire.Line, amounts: Amounts | None) -> RemoteLine:
    """`net` is before tax, so that lines add up to the document's: an inclusive LineAmount has its tax in it."""
    amount, tax = wire.money(line.line_amount), wire.money(line.tax_amount)
    target = Target("item", line.item_code) if line.item_code else Target("account", line.account_code) if line.account_code else None
    return RemoteLine(
        id=line.line_item_id or "",
        description=line.description or "",
        quantity=wire.money(line.quantity),
        price=wire.money(line.unit_amount),
        net=amount - tax if amounts == "tax_inclusive" else amount,
        target=target,
        tax_code=line.tax_type or "",
        tax=tax if line.tax_amount is not None else None,
        tracking=tuple((tracking.name or "", tracking.option or "") for tracking in line.tracking or ()),
    )


def listed(invoices: Sequence[wire.Invoice], ours: frozenset[str], whose: str) -> tuple[Remote, ...]:
    """The sales invoices of a listing; bills may carry the same numbers and are left out."""
    try:
        return tuple(remote(invoice, ours=(invoice.invoice_id or "") in ours) for invoice in invoices if invoice.type == "ACCREC")
    except ValueError as error:
        raise TransientError(f"the listing holds {error}", to=whose, next_step="Nothing was lost; the next run asks again") from None


# ---- what became of a write ---------------------------------------------------------------------------------------------


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
    return _of_elements(reply.invoices or (), members)


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
        ref = by_id.get(element.invoice_id or "") or by_number.get((element.invoice_number or "").casefold())
        if ref is not None:
            found[ref] = _outcome(element, ref) if ref not in found else None
    return {ref: outcome for ref, outcome in found.items() if outcome is not None}


def _outcome(element: wire.Invoice, ref: DocumentRef) -> Outcome | None:
    if _messages(element) or element.has_errors or element.status_attribute_string == "ERROR":
        return _refusal(element, ref)
    try:
        # It was made by us a moment ago, or known as ours when it was amended.
        return Accepted(remote(element, ours=True))
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
