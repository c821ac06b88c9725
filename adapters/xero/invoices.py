"""Our documents as Xero's invoices, its invoices as ours, and its replies to a write as outcomes. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from adapters.xero import wire
from connector.errors import TransientError
from connector.model import Allocation, Amounts, Document, Line, Remote, RemoteLine, Status, Target
from connector.ports import Change

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
_CREDITS = re.compile(r"(?:(?P<po>.*) · )?Credits (?P<number>\S+)", re.DOTALL)


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


def credited(document: Document, branding_theme: str) -> Element:
    """A credit note is neither due nor sent to anybody; its reference says which invoice it credits."""
    of = f"Credits {document.credits.ref.number}" if document.credits is not None else ""
    element: Element = {
        "Type": "ACCRECCREDIT",
        "CreditNoteNumber": document.number,
        "Contact": {"ContactID": document.customer_id},
        "Reference": " · ".join(filter(None, (document.po, of))),
        "Date": document.invoice_date.isoformat(),
        "LineAmountTypes": AMOUNTS[document.amounts],
        "CurrencyCode": document.currency,
        "Status": "AUTHORISED" if document.send_as == "posted" else "DRAFT",
        "LineItems": [_line(line) for line in document.lines],
    }
    return element | ({"BrandingThemeID": branding_theme} if branding_theme else {})


def allocated(change: Change) -> Element:
    """Dated when both documents stand: no earlier than either."""
    document, against = change.document, change.against
    assert against is not None
    days = [day for day in (document.invoice_date, against.invoice_date) if day is not None]
    return {"Amount": change.amount, "Date": max(days).isoformat(), "Invoice": {"InvoiceID": against.id}}


def amended(change: Change, theirs: Remote) -> Element:
    """Only what is ours to say: status, number, branding, exchange rate and the like stay as they are when not sent."""
    return {"InvoiceID": theirs.id, "Type": "ACCREC", **_head(change.document), "LineItems": _lines(change, theirs)}


def restated(theirs: Remote, status: Literal["AUTHORISED", "DELETED", "VOIDED"]) -> Element:
    """Nothing but another status."""
    if theirs.kind == "credit_note":
        return {"CreditNoteID": theirs.id, "Status": status}
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
    """An invoice or a credit note as it stands over there. Raises ValueError for one that cannot be read, which is no answer at all."""
    status = _STATUS.get(invoice.status or "")
    if not invoice.id or status is None:
        raise ValueError("an invoice without id or known status")
    contact = invoice.contact or wire.DocumentContact()
    amounts = _AMOUNTS_READ.get(invoice.line_amount_types or "")
    is_note = bool(invoice.credit_note_id)
    paid, balance = _left_of(invoice, status) if is_note else _paid_of(invoice)
    return Remote(
        id=invoice.id,
        kind="credit_note" if is_note else "invoice",
        number=invoice.number,
        status="part_paid" if status == "posted" and paid else status,
        ours=ours,
        customer_id=contact.contact_id or "",
        customer=contact.name or "",
        invoice_date=wire.day(invoice.date, invoice.date_string),
        due_date=wire.day(invoice.due_date, invoice.due_date_string),
        currency=invoice.currency_code or "",
        amounts=amounts,
        po=_po(invoice.reference or "") if is_note else invoice.reference or "",
        lines=tuple(_remote_line(line, amounts) for line in invoice.line_items or ()),
        net=wire.money(invoice.sub_total),
        tax=wire.money(invoice.total_tax),
        gross=wire.money(invoice.total),
        paid=paid,
        balance=balance,
        sent=invoice.sent_to_contact or False,
        changed_at=wire.instant(invoice.updated_date_utc, invoice.updated_date_utc_string),
        allocated=tuple(_allocation(one) for one in invoice.allocations or () if is_note and one.is_deleted is not True),
    )


def _paid_of(invoice: wire.Invoice) -> tuple[Decimal, Decimal]:
    return wire.money(invoice.amount_paid) + wire.money(invoice.amount_credited), wire.money(invoice.amount_due)


def _left_of(note: wire.Invoice, status: Status) -> tuple[Decimal, Decimal]:
    """What was used of a credit note, and what is left of it; of one that is out of force neither."""
    if status in ("voided", "deleted"):
        return Decimal(0), Decimal(0)
    if note.remaining_credit is not None:
        left = wire.money(note.remaining_credit)
        return wire.money(note.total) - left, left
    amounts = [*(one.amount for one in note.allocations or ()), *(one.amount for one in note.payments or ())]
    used = sum(map(wire.money, amounts), Decimal(0))
    return used, wire.money(note.total) - used


def _po(reference: str) -> str:
    """Without what we say in the reference of a credit note."""
    found = _CREDITS.fullmatch(reference)
    return (found["po"] or "") if found else reference


def _allocation(one: wire.Allocation) -> Allocation:
    if one.invoice is None or not one.invoice.invoice_id:
        raise ValueError("an allocation without its invoice")
    return Allocation(document_id=one.invoice.invoice_id, amount=wire.money(one.amount), id=one.allocation_id or "", on=wire.day(one.date))


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
    """The sales invoices of a listing; bills may carry the same numbers and are left out. Of credit notes Xero never says who made
    them.
    """
    try:
        return tuple(
            remote(row, ours=row.id in ours if row.type == "ACCREC" else None) for row in invoices if row.type in ("ACCREC", "ACCRECCREDIT")
        )
    except ValueError as error:
        raise TransientError(f"the listing holds {error}", to=whose, next_step="Nothing was lost; the next run asks again") from None
