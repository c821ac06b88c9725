"""Our documents as QuickBooks' invoices and credit memos, and its own as ours. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
from msgspec import Struct

from adapters.quickbooks import wire
from connector.errors import RejectedError, TransientError
from connector.http import decode
from connector.model import Amounts, Document, DocumentKind, Line, Remote, RemoteLine, Status, Target
from connector.ports import Change

Element = dict[str, Any]
"""An invoice as it is sent: JSON's own types, with Decimal for numbers."""

CLASS, LOCATION = "Class", "Location"
NO_MARK = "(none)"
"""The mark of a document without ours: every one that we make carries one, so it is somebody else's."""
_AMOUNTS: Mapping[Amounts, str] = {
    "tax_exclusive": "TaxExcluded",
    "tax_inclusive": "TaxInclusive",
    "no_tax": "NotApplicable",
}
_AMOUNTS_READ: Mapping[str, Amounts] = {text: amounts for amounts, text in _AMOUNTS.items()}
_MARKED = "Hourbridge: "
_MARK = re.compile(rf"{_MARKED}(\S.*?)\s*$", re.MULTILINE)
_PO, _CREDITS = "PO: ", "Credits "
_MEMO = "creditmemo/"
"""Before a credit memo's id in ours: whether the vendor's ids are unique over kinds, nobody says."""
_CENT = Decimal("0.01")
_SALES, _SUBTOTAL = "SalesItemLineDetail", "SubTotalLineDetail"
_PLAIN_LINE = frozenset({"Id", "LineNum", "Description", "Amount", "DetailType", _SALES})
_PLAIN_DETAIL = frozenset({"ItemRef", "ItemAccountRef", "Qty", "UnitPrice", "TaxCodeRef", "ClassRef", "TaxClassificationRef"})
_exactly = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")


class Habits(Struct, frozen=True, kw_only=True):
    """What the settings say of the company: its home currency, and how tax, currencies and POs are written."""

    currency: str
    multicurrency: bool
    automated_sales_tax: bool
    po_field: str


# ---- what is sent -------------------------------------------------------------------------------------------------------


def created(document: Document, habits: Habits) -> Element:
    return {
        "DocNumber": document.number,
        **_head(document, habits),
        "PrivateNote": f"{_MARKED}{document.mark}",
        **(_po(document.po, habits) if document.po else {}),
        "Line": [_line(line) for line in document.lines],
    }


def credited(document: Document, habits: Habits) -> Element:
    """A credit memo is due on no day. The customer reads which invoice it credits, after the PO where that stands there too."""
    element: Element = {"DocNumber": document.number, **_head(document, habits), "PrivateNote": f"{_MARKED}{document.mark}"}
    del element["DueDate"]
    message = [f"{_PO}{document.po}"] if document.po and not habits.po_field else []
    message += [f"{_CREDITS}{document.credits.ref.number}"] if document.credits is not None else []
    if document.po and habits.po_field:
        element |= _po(document.po, habits)
    if message:
        element["CustomerMemo"] = {"value": "\n".join(message)}
    return {**element, "Line": [_line(line) for line in document.lines]}


def allocated(change: Change, habits: Habits) -> Element:
    """A payment of nothing that links the two; dated when both stand."""
    document, theirs, against = change.document, change.theirs, change.against
    assert theirs is not None
    assert against is not None
    days = [day for day in (document.invoice_date, against.invoice_date) if day is not None]
    pair = (("Invoice", against), ("CreditMemo", theirs))
    element: Element = {
        "CustomerRef": {"value": theirs.customer_id},
        "TxnDate": max(days).isoformat(),
        "TotalAmt": 0,
        "PrivateNote": f"{_MARKED}{document.mark}",
        "Line": [{"Amount": change.amount, "LinkedTxn": [{"TxnId": bare(one.id), "TxnType": txn_type}]} for txn_type, one in pair],
    }
    return element | ({"CurrencyRef": {"value": theirs.currency}} if habits.multicurrency else {})


def kind_of(remote_id: str) -> DocumentKind:
    return "credit_note" if remote_id.startswith(_MEMO) else "invoice"


def bare(remote_id: str) -> str:
    """The vendor's own id."""
    return remote_id.removeprefix(_MEMO)


def whole_id(vendors_id: str, kind: DocumentKind) -> str:
    return f"{_MEMO}{vendors_id}" if kind == "credit_note" else vendors_id


def amended(change: Change, theirs: Remote, habits: Habits) -> Element:
    """Sparse: only what is ours to say; number, terms, memo, addresses, online payment and the like stay when not sent. Lines are
    the exception: the list is taken as a whole, so every line is sent.
    """
    document = change.document
    element: Element = {**named(theirs), "sparse": True, **_head(document, habits), "Line": _lines(change, theirs)}
    if document.mark != theirs.mark:
        element["PrivateNote"] = f"{_MARKED}{document.mark}"
    if document.po != theirs.po:
        element |= _po(document.po, habits)
    return element


def named(theirs: Remote) -> Element:
    """Which document, at which version: all that a void or a delete says."""
    return {"Id": bare(theirs.id), "SyncToken": theirs.version}


def _head(document: Document, habits: Habits) -> Element:
    """DueDate always: today would be taken for a missing one. Nothing is ever mailed or printed from here."""
    element: Element = {
        "TxnDate": document.invoice_date.isoformat(),
        "DueDate": document.due_date.isoformat(),
        "CustomerRef": {"value": document.customer_id},
        "EmailStatus": "NotSet",
        "PrintStatus": "NotSet",
    }
    if habits.multicurrency:
        element["CurrencyRef"] = {"value": document.currency}
    if not habits.automated_sales_tax:
        element["GlobalTaxCalculation"] = _AMOUNTS[document.amounts]
    location = _location(document)
    return element | ({"DepartmentRef": {"value": location}} if location else {})


def _location(document: Document) -> str:
    """A location stands on the transaction, so every line must be of the same one."""
    found = {dict(line.tracking).get(LOCATION, "") for line in document.lines}
    if len(found) > 1:
        raise RejectedError(
            "its lines are of different locations, and QuickBooks has one for a whole invoice",
            to=document.number,
            next_step="Make a document per location, or take the location out of `tracking:`",
        )
    return "".join(found)


def _po(po: str, habits: Habits) -> Element:
    """In the custom field that the settings name, else in the message that the customer reads."""
    if habits.po_field:
        return {"CustomField": [{"DefinitionId": habits.po_field, "Type": "StringType", "StringValue": po}]}
    return {"CustomerMemo": {"value": f"{_PO}{po}" if po else ""}}


def _line(line: Line) -> Element:
    """Amount is exactly quantity times price as they are sent, half up to the cent, or it is refused (6070)."""
    if line.target.kind != "item":
        raise RejectedError(f"a line names the account {line.target.code}, and QuickBooks bills items only", to=line.description[:40])
    detail: Element = {"ItemRef": {"value": line.target.code}, "Qty": line.quantity, "UnitPrice": line.price}
    if line.tax_code:
        detail["TaxCodeRef"] = {"value": line.tax_code}
    if option := dict(line.tracking).get(CLASS):
        detail["ClassRef"] = {"value": option}
    if line.service_from == line.service_to:
        detail["ServiceDate"] = line.service_to.isoformat()
    amount = (line.quantity * line.price).quantize(_CENT, ROUND_HALF_UP)
    return {"DetailType": _SALES, "Description": line.description, "Amount": amount, _SALES: detail}


def _lines(change: Change, theirs: Remote) -> list[Any]:
    """Ours keep the id of the line that they amend; a line that is not ours is sent as it was read, where it stood."""
    owned = [line for line in theirs.lines if change.owned is None or line.id in change.owned]
    ids = _line_ids(change.document.lines, owned)
    elements: list[Any] = [{"Id": ids[at], **_line(line)} if at in ids else _line(line) for at, line in enumerate(change.document.lines)]
    for at, line in enumerate(theirs.lines):
        if line not in owned:
            elements.insert(min(at, len(elements)), _foreign(line))
    return elements


def _line_ids(ours: Sequence[Line], theirs: Sequence[RemoteLine]) -> dict[int, str]:
    """Position of our line → id of theirs. Same content first, then same text, then any sales line: under an id everything of the
    line is sent anew.
    """
    free = [line for line in theirs if line.id and line.target is not None]
    found: dict[int, str] = {}
    for alike in (_same_content, _same_text, _any):
        for at, line in enumerate(ours):
            match = next((remote for remote in free if alike(line, remote)), None) if at not in found else None
            if match is not None:
                free.remove(match)
                found[at] = match.id
    return found


def _same_content(line: Line, remote: RemoteLine) -> bool:
    return _same_text(line, remote) and (line.quantity, line.price, line.target) == (
        remote.quantity,
        remote.price,
        remote.target,
    )


def _same_text(line: Line, remote: RemoteLine) -> bool:
    return line.description == remote.description


def _any(_line: Line, _remote: RemoteLine) -> bool:
    return True


def _foreign(line: RemoteLine) -> Any:
    if line.as_read:
        return msgspec.Raw(line.as_read.encode())
    assert line.target is not None
    detail: Element = {"ItemRef": {"value": line.target.code}, "Qty": line.quantity, "UnitPrice": line.price}
    if line.tax_code:
        detail["TaxCodeRef"] = {"value": line.tax_code}
    if option := dict(line.tracking).get(CLASS):
        detail["ClassRef"] = {"value": option}
    return {"Id": line.id, "DetailType": _SALES, "Description": line.description, "Amount": line.net, _SALES: detail}


# ---- what is read -------------------------------------------------------------------------------------------------------


def remote(invoice: wire.Invoice, habits: Habits, *, number: str = "", kind: DocumentKind = "invoice") -> Remote:
    """An invoice or a credit memo as it stands over there; of a deleted one only the id is left, and `number` where we know it.

    Raises ValueError for one that cannot be read, which is no answer at all.
    """
    if not invoice.id:
        raise ValueError("an invoice without id")
    changed_at = wire.instant(invoice.meta_data.last_updated_time) if invoice.meta_data is not None else None
    if (invoice.deletion or "").casefold() == "deleted":
        remote_id, known = whole_id(invoice.id, kind), invoice.doc_number or number
        return Remote(id=remote_id, kind=kind, number=known, status="deleted", changed_at=changed_at)
    left = invoice.remaining_credit if kind == "credit_note" and invoice.remaining_credit is not None else invoice.balance
    if invoice.total_amt is None or left is None:
        raise ValueError("an invoice without its sums")
    total, balance = wire.money(invoice.total_amt), wire.money(left)
    tax = wire.money(invoice.txn_tax_detail.total_tax) if invoice.txn_tax_detail is not None else Decimal(0)
    location = wire.value(invoice.department_ref)
    lines = tuple(_remote_lines(invoice.line or (), location))
    customer = invoice.customer_ref or wire.Ref()
    return Remote(
        id=whole_id(invoice.id, kind),
        kind=kind,
        number=invoice.doc_number or "",
        status=_status(invoice, lines, total, balance),
        version=invoice.sync_token or "",
        mark=_mark(invoice.private_note or ""),
        customer_id=customer.value or "",
        customer=customer.name or "",
        invoice_date=wire.day(invoice.txn_date),
        due_date=wire.day(invoice.due_date),
        currency=wire.value(invoice.currency_ref) or habits.currency,
        amounts=_AMOUNTS_READ.get(invoice.global_tax_calculation or "TaxExcluded"),
        po=_po_read(invoice, habits),
        lines=lines,
        net=total - tax,
        tax=tax,
        gross=total,
        paid=total - balance,
        balance=balance,
        sent=invoice.email_status == "EmailSent",
        changed_at=changed_at,
    )


def _status(invoice: wire.Invoice, lines: Sequence[RemoteLine], total: Decimal, balance: Decimal) -> Status:
    """There is no field for it: a void leaves zeros and a note that begins with "Voided", in the company's language perhaps."""
    zeros = all(line.quantity == 0 and line.net == 0 for line in lines)
    if not total and not balance and (zeros or (invoice.private_note or "").casefold().startswith("voided")):
        return "voided"
    if balance == total:
        return "posted"
    return "part_paid" if balance else "paid"


def _mark(note: str) -> str:
    """Ours, wherever in the note it stands now; else whatever stands there instead."""
    found = _MARK.search(note)
    return found[1] if found else note or NO_MARK


def _po_read(invoice: wire.Invoice, habits: Habits) -> str:
    if habits.po_field:
        fields = invoice.custom_field or ()
        return next((field.string_value or "" for field in fields if field.definition_id == habits.po_field), "")
    memo = wire.value(invoice.customer_memo).partition(f"\n{_CREDITS}")[0]
    return memo.removeprefix(_PO) if memo.startswith(_PO) else ""


def _remote_lines(lines: Sequence[msgspec.Raw], location: str) -> list[RemoteLine]:
    read = [(raw, decode(bytes(raw), wire.Line)) for raw in lines]
    return [_remote_line(raw, line, location) for raw, line in read if line.detail_type != _SUBTOTAL]


def _remote_line(raw: msgspec.Raw, line: wire.Line, location: str) -> RemoteLine:
    """A discount counts against the sum. Whatever these fields do not say is kept as it was read."""
    detail = line.sales_item_line_detail
    amount = wire.money(line.amount)
    is_sale = line.detail_type == _SALES and detail is not None and detail.item_ref is not None
    tracking = [(CLASS, wire.value(detail.class_ref))] if detail is not None and detail.class_ref is not None else []
    tracking += [(LOCATION, location)] if location else []
    return RemoteLine(
        id=line.id or "",
        description=line.description or "",
        quantity=wire.money(detail.qty) if detail is not None else Decimal(0),
        price=wire.money(detail.unit_price) if detail is not None else Decimal(0),
        net=-amount if line.detail_type == "DiscountLineDetail" else amount,
        target=Target("item", wire.value(detail.item_ref)) if detail is not None and is_sale else None,
        tax_code=wire.value(detail.tax_code_ref) if detail is not None else "",
        tracking=tuple(tracking),
        as_read=_as_read(bytes(raw)),
    )


def _as_read(raw: bytes) -> str:
    """Nothing for a line that the fields above say whole; its number in the list is left out, for the list may change."""
    element: Element = _exactly.decode(raw)
    detail = element.get(_SALES) or {}
    if (
        element.get("DetailType") == _SALES
        and _PLAIN_LINE.issuperset(element)
        and _PLAIN_DETAIL.issuperset(detail)
        and {"ItemRef", "Qty", "UnitPrice"} <= detail.keys()
    ):
        return ""
    element.pop("LineNum", None)
    return _encoder.encode(element).decode()


def listed(invoices: Sequence[wire.Invoice], habits: Habits, whose: str, kind: DocumentKind = "invoice") -> tuple[Remote, ...]:
    try:
        return tuple(remote(invoice, habits, kind=kind) for invoice in invoices)
    except ValueError as error:
        raise TransientError(f"the listing holds {error}", to=whose, next_step="Nothing was lost; the next run asks again") from None
