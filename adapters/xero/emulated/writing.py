"""A request that writes: its elements one by one, each answered by itself or all undone together."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from adapters.xero.emulated.company import Invoice, InvoiceType
from adapters.xero.emulated.credits import Credits, read_allocation, view_allocation
from adapters.xero.emulated.forms import Answer, Query, Refused, Unreadable, answer, from_json, validation
from adapters.xero.emulated.invoices import InvoiceIn, Invoices, read_invoice
from adapters.xero.emulated.listing import unit_places
from adapters.xero.emulated.views import view_document

BODY_BYTES_MAX = 3_500_000
NO_ID = "00000000-0000-0000-0000-000000000000"
Body = dict[str, Any]


class Form(Struct, frozen=True, kw_only=True):
    """One of the two sorts of sales document, as the API names it."""

    name: str
    id: str
    number: str
    type: InvoiceType


INVOICES = Form(name="Invoices", id="InvoiceID", number="InvoiceNumber", type="ACCREC")
CREDIT_NOTES = Form(name="CreditNotes", id="CreditNoteID", number="CreditNoteNumber", type="ACCRECCREDIT")
FORMS = {form.name: form for form in (INVOICES, CREDIT_NOTES)}


class Writing:
    def __init__(self, invoices: Invoices, credits_there: Credits) -> None:
        self._invoices = invoices
        self._credits = credits_there
        self._company = invoices.company

    def write(self, form: Form, method: str, query: Query, body: bytes, envelope: Body, document_id: str = "") -> Answer:
        """Each element by itself with summarizeErrors=false; else one refusal undoes the whole request."""
        if len(body) > BODY_BYTES_MAX:
            return 413, {"Content-Type": "text/plain"}, b"Request Entity Too Large"
        elements = _elements(from_json(body), form, document_id)
        one_by_one = not query.flag("summarizeErrors", default=True)
        digits = unit_places(query)
        before = self._state()
        sent = [_read(element, form) for element in elements]
        given, refused = [], []
        for element, asked in zip(elements, sent, strict=True):
            try:
                written = self._written(form, method, asked, digits)
                view = view_document(self._company, written, digits)
                given.append(view | ({"StatusAttributeString": "OK"} if one_by_one else {}))
            except Refused as refusal:
                given.append(_refused(element, refusal, form.id))
                refused.append(given[-1])
        if refused and not one_by_one:
            self._undo(before)
            return validation(refused)
        return answer(200, envelope | {form.name: given})

    def allocate(self, query: Query, body: bytes, note: Invoice, envelope: Body) -> Answer:
        """Puts parts of one credit note against invoices."""
        one_by_one = not query.flag("summarizeErrors", default=True)
        sent = from_json(body)
        elements = sent.get("Allocations", [sent]) if isinstance(sent, dict) else None
        if not isinstance(elements, list) or not elements:
            raise Unreadable("No allocations in the request")
        asked = [read_allocation(element) for element in elements]
        before = self._state()
        given, refused = [], []
        for element, one in zip(elements, asked, strict=True):
            try:
                made = self._credits.allocate(note.id, one, by="app")
                given.append(view_allocation(self._company, made) | ({"StatusAttributeString": "OK"} if one_by_one else {}))
            except Refused as refusal:
                messages = [{"Message": message} for message in refusal.messages]
                given.append({**element, "ValidationErrors": messages, "StatusAttributeString": "ERROR"})
                refused.append(given[-1])
        if refused and not one_by_one:
            self._undo(before)
            return validation(refused)
        return answer(200, envelope | {"Allocations": given})

    def _written(self, form: Form, method: str, asked: InvoiceIn, digits: int) -> Invoice:
        standing = None if method == "PUT" else self._invoices.target_of(asked, form.type)
        if standing is None:
            return self._invoices.create(asked, by="app", unit_places=digits)
        return self._invoices.update(standing, asked, by="app", unit_places=digits)

    def _state(self) -> tuple[dict[str, Any], int, int]:
        company = self._company
        kept = {name: dict(getattr(company, name)) for name in ("invoices", "credit_notes", "contacts")}
        return kept, len(company.ledger), company.organisation.next_number

    def _undo(self, before: tuple[dict[str, Any], int, int]) -> None:
        kept, ledger, next_number = before
        for name, rows in kept.items():
            setattr(self._company, name, rows)
        del self._company.ledger[ledger:]
        self._company.organisation.next_number = next_number


def _elements(sent: Any, form: Form, document_id: str) -> list[Body]:
    """`{"Invoices": [...]}` or one bare invoice; a path's id names the document. Credit notes alike."""
    elements = sent.get(form.name, [sent]) if isinstance(sent, dict) else None
    if not isinstance(elements, list) or not elements or not all(isinstance(one, dict) for one in elements):
        raise Unreadable(f"No {form.name} in the request")
    if document_id and len(elements) > 1:
        raise Unreadable("Only one document can be sent to the address of one")
    return [{**one, form.id: document_id} for one in elements] if document_id else elements


def _read(element: Mapping[str, Any], form: Form) -> InvoiceIn:
    names = {form.id: "InvoiceID", form.number: "InvoiceNumber"}
    asked = read_invoice({names.get(name, name): value for name, value in element.items()})
    if isinstance(asked.type, str) and (asked.type == "ACCRECCREDIT") != (form is CREDIT_NOTES):
        raise Unreadable(f"{asked.type} is not a type of {form.name}")
    return asked


def _refused(element: Mapping[str, Any], refusal: Refused, id_name: str) -> Body:
    messages = [{"Message": message} for message in refusal.messages]
    echo = {id_name: NO_ID, **element, "HasErrors": True, "ValidationErrors": messages}
    return echo | {"StatusAttributeString": "ERROR"}
