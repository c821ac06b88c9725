"""Our documents as QuickBooks' invoices and credit memos. Pure."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
from msgspec import Struct

from connector.errors import RejectedError
from connector.model import Amounts, Document, DocumentKind, Line, Remote, RemoteLine
from connector.ports import Change

Element = dict[str, Any]
"""An invoice as it is sent: JSON's own types, with Decimal for numbers."""

CLASS, LOCATION = "Class", "Location"
AMOUNTS: Mapping[Amounts, str] = {
    "tax_exclusive": "TaxExcluded",
    "tax_inclusive": "TaxInclusive",
    "no_tax": "NotApplicable",
}
MARKED = "Hourbridge: "
PO, CREDITS = "PO: ", "Credits "
_MEMO = "creditmemo/"
"""Before a credit memo's id in ours: whether the vendor's ids are unique over kinds, nobody says."""
_CENT = Decimal("0.01")
SALES = "SalesItemLineDetail"


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
        "PrivateNote": f"{MARKED}{document.mark}",
        **(_po(document.po, habits) if document.po else {}),
        "Line": [_line(line) for line in document.lines],
    }


def credited(document: Document, habits: Habits) -> Element:
    """A credit memo is due on no day. The customer reads which invoice it credits, after the PO where that stands there too."""
    element: Element = {"DocNumber": document.number, **_head(document, habits), "PrivateNote": f"{MARKED}{document.mark}"}
    del element["DueDate"]
    message = [f"{PO}{document.po}"] if document.po and not habits.po_field else []
    message += [f"{CREDITS}{document.credits.ref.number}"] if document.credits is not None else []
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
        "PrivateNote": f"{MARKED}{document.mark}",
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
        element["PrivateNote"] = f"{MARKED}{document.mark}"
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
        element["GlobalTaxCalculation"] = AMOUNTS[document.amounts]
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
    return {"CustomerMemo": {"value": f"{PO}{po}" if po else ""}}


def _line(line: Line) -> Element:
    """Amount is exactly quantity times price as they are sent, half up to the cent, or it is refused (6070)."""
    if line.target.kind != "item":
        raise RejectedError(f"a line names the account {line.target.code}, and QuickBooks bills items only", to=line.description[:40])
    detail = _detail(line, line.target.code)
    if line.service_from == line.service_to:
        detail["ServiceDate"] = line.service_to.isoformat()
    amount = (line.quantity * line.price).quantize(_CENT, ROUND_HALF_UP)
    return {"DetailType": SALES, "Description": line.description, "Amount": amount, SALES: detail}


def _detail(line: Line | RemoteLine, item: str) -> Element:
    detail: Element = {"ItemRef": {"value": item}, "Qty": line.quantity, "UnitPrice": line.price}
    if line.tax_code:
        detail["TaxCodeRef"] = {"value": line.tax_code}
    if option := dict(line.tracking).get(CLASS):
        detail["ClassRef"] = {"value": option}
    return detail


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
    detail = _detail(line, line.target.code)
    return {"Id": line.id, "DetailType": SALES, "Description": line.description, "Amount": line.net, SALES: detail}
