"""Writing invoices: PUT makes new ones and refuses a used number, POST overwrites by id or by number. No lock of any kind."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from adapters.xero.emulated.company import Company, Contact, Invoice, InvoiceStatus, InvoiceType, LineAmountTypes, Write
from adapters.xero.emulated.forms import Refused, Unreadable, milliseconds, places, read_day
from adapters.xero.emulated.lines import LineIn, keep_lines, tax

NUMBER_LENGTH_MAX = 255
NOT_MODIFIABLE = "Invoice not of valid status for modification"
PAID_ALREADY = "This document cannot be edited as it has a payment or credit note allocated to it."
UNIQUE = {"ACCREC": "Invoice # must be unique.", "ACCRECCREDIT": "Credit note # must be unique."}
WhoWrites = Literal["app", "person"]


class ContactIn(Struct, kw_only=True):
    contact_id: str = field(name="ContactID", default="")
    number: str = field(name="ContactNumber", default="")
    name: str = field(name="Name", default="")


class InvoiceIn(Struct, kw_only=True, rename="pascal"):
    """An invoice as a caller sends it; what is unset stays as it is."""

    invoice_id: str | UnsetType = field(name="InvoiceID", default=UNSET)
    type: InvoiceType | UnsetType = UNSET
    invoice_number: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    contact: ContactIn | UnsetType = UNSET
    date: str | UnsetType = UNSET
    due_date: str | UnsetType = UNSET
    status: InvoiceStatus | UnsetType = UNSET
    line_amount_types: LineAmountTypes | UnsetType = UNSET
    currency_code: str | UnsetType = UNSET
    currency_rate: Decimal | UnsetType = UNSET
    branding_theme_id: str | UnsetType = field(name="BrandingThemeID", default=UNSET)
    url: str | UnsetType = UNSET
    sent_to_contact: bool | UnsetType = UNSET
    line_items: list[LineIn] | UnsetType = UNSET


def read_invoice(element: Any) -> InvoiceIn:
    try:
        return msgspec.convert(element, InvoiceIn)
    except msgspec.ValidationError as error:
        raise Unreadable(f"The request has a value that cannot be read: {error}") from error


class Invoices:
    """The company's book of invoices, and the only place that changes it; every accepted write goes to the ledger."""

    def __init__(self, company: Company, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self.company = company
        self._now = now
        self._new_id = new_id

    def create(self, sent: InvoiceIn, *, by: WhoWrites, unit_places: int = 4) -> Invoice:
        """Raises Refused, and changes nothing, when any rule forbids it."""
        if isinstance(sent.type, UnsetType):
            raise Refused("Type is required")
        contacts_before = len(self.company.contacts)
        contact = self._contact(sent.contact)
        new = Invoice(
            id=self._new_id(),
            type=sent.type,
            contact_id=contact.id,
            date=self._now().date(),
            currency=contact.currency or self.company.organisation.base_currency,
            by_app=by == "app",
        )
        try:
            return self._write(None, new, sent, by, unit_places)
        except Refused:
            if len(self.company.contacts) > contacts_before:
                del self.company.contacts[contact.id]
            raise

    def update(self, standing: Invoice, sent: InvoiceIn, *, by: WhoWrites, unit_places: int = 4) -> Invoice:
        """Amends, approves, voids or deletes a document that is there. Raises Refused, and changes nothing."""
        if not standing.live:
            raise Refused(NOT_MODIFIABLE)
        if sent.status in ("VOIDED", "DELETED"):
            return self.end(standing, sent.status, by=by)
        return self._write(standing, deepcopy(standing), sent, by, unit_places)

    def end(self, standing: Invoice, status: Literal["VOIDED", "DELETED"], *, by: WhoWrites) -> Invoice:
        """A draft is deleted, an approved one without payments is voided; no other way out."""
        allowed = {"DELETED": ("DRAFT", "SUBMITTED"), "VOIDED": ("AUTHORISED",)}[status]
        if standing.status not in allowed or standing.payments:
            raise Refused(NOT_MODIFIABLE)
        self._check_dates(standing, standing)
        ended = deepcopy(standing)
        ended.status = status
        return self.store(ended, status.lower(), by)

    def store(self, invoice: Invoice, what: str, by: WhoWrites) -> Invoice:
        """Puts it into the books, stamps it and writes the ledger."""
        invoice.updated_at = milliseconds(self._now())
        self.company.shelf(invoice.type)[invoice.id] = invoice
        self.company.ledger.append(
            Write(
                at=invoice.updated_at,
                what=what,
                by=by,
                id=invoice.id,
                type=invoice.type,
                number=invoice.number,
                status=invoice.status,
                net=invoice.net,
            )
        )
        return invoice

    def target_of(self, sent: InvoiceIn, kind: InvoiceType = "ACCREC") -> Invoice | None:
        """The document a POST would overwrite: by id, else a sales document by its number (a bill's number may repeat)."""
        if isinstance(sent.invoice_id, str):
            found = self.company.shelf(kind).get(sent.invoice_id)
            if found is None:
                raise Refused(f"The document with the id '{sent.invoice_id}' could not be found")
            return found
        if isinstance(sent.invoice_number, str) and sent.type in (kind, UNSET):
            holders = [i for i in self.company.numbered(sent.invoice_number, kind) if i.status != "DELETED"]
            return holders[-1] if holders else None
        return None

    # ---- the rules -----------------------------------------------------------------------------------------------------

    def _write(self, standing: Invoice | None, new: Invoice, sent: InvoiceIn, by: WhoWrites, unit_places: int) -> Invoice:
        problems: list[str] = []
        for step in (self._take_status, self._take_number, self._take_head, self._take_currency):
            try:
                step(standing, new, sent)
            except Refused as refusal:
                problems.extend(refusal.messages)
        line_problems = self._take_lines(new, sent, unit_places)
        problems.extend(line_problems)
        if standing is not None and standing.payments and _matters(standing, new):
            problems.append(PAID_ALREADY)
        if not new.lines and not line_problems and new.status != "DRAFT":
            problems.append("One or more line items must be specified")
        if new.due_date is None and new.status == "AUTHORISED" and new.type != "ACCRECCREDIT":
            problems.append("Due Date cannot be empty for an approved invoice")
        try:
            self._check_dates(standing, new)
        except Refused as refusal:
            problems.extend(refusal.messages)
        if problems:
            raise Refused(*problems)
        if new.type != "ACCPAY" and not new.number:
            new.number = self._next_number()
        what = "created" if standing is None else "updated" if new.status == standing.status else new.status.lower()
        return self.store(new, what, by)

    def _take_status(self, standing: Invoice | None, new: Invoice, sent: InvoiceIn) -> None:
        if isinstance(sent.status, UnsetType):
            return
        before = standing.status if standing else "DRAFT"
        allowed = {
            "DRAFT": ("DRAFT", "SUBMITTED", "AUTHORISED"),
            "SUBMITTED": ("DRAFT", "SUBMITTED", "AUTHORISED"),
            "AUTHORISED": ("AUTHORISED",),
            "PAID": ("PAID", "AUTHORISED"),
        }.get(before, ())
        if sent.status not in allowed:
            raise Refused(NOT_MODIFIABLE)
        new.status = "PAID" if before == "PAID" else sent.status

    def _take_number(self, _: Invoice | None, new: Invoice, sent: InvoiceIn) -> None:
        if isinstance(sent.type, str) and sent.type != new.type:
            raise Refused("The Type of a document cannot be changed")
        if isinstance(sent.invoice_number, UnsetType):
            return
        if len(sent.invoice_number) > NUMBER_LENGTH_MAX:
            raise Refused(f"InvoiceNumber must not be longer than {NUMBER_LENGTH_MAX} characters")
        new.number = sent.invoice_number
        # A deleted draft frees its number, a voided invoice keeps it [Xero's help on deleting and voiding, 2026].
        holders = [i for i in self.company.numbered(new.number, new.type) if i.status != "DELETED" and i.id != new.id]
        if new.type in UNIQUE and new.number and holders:
            raise Refused(UNIQUE[new.type])

    def _take_head(self, standing: Invoice | None, new: Invoice, sent: InvoiceIn) -> None:
        if isinstance(sent.contact, ContactIn) and standing is not None:
            new.contact_id = self._contact(sent.contact).id
        if self.company.contacts[new.contact_id].status == "ARCHIVED":
            raise Refused("The contact of this document is archived and cannot be used for a new or changed document.")
        if isinstance(sent.reference, str) and new.type != "ACCPAY":
            new.reference = sent.reference
        new.date = _day(sent.date, new.date)
        new.due_date = _day(sent.due_date, new.due_date)
        if isinstance(sent.url, str):
            new.url = sent.url
        if isinstance(sent.sent_to_contact, bool):
            new.sent_to_contact = sent.sent_to_contact
        if isinstance(sent.branding_theme_id, str):
            if sent.branding_theme_id not in {theme.id for theme in self.company.branding_themes}:
                raise Refused("The BrandingThemeID is not a branding theme of this organisation")
            new.branding_theme_id = sent.branding_theme_id

    def _take_currency(self, _: Invoice | None, new: Invoice, sent: InvoiceIn) -> None:
        if isinstance(sent.currency_code, str):
            new.currency = sent.currency_code
        if new.currency not in self.company.currencies:
            raise Refused(f"Organisation is not subscribed to currency {new.currency}")
        if isinstance(sent.currency_rate, Decimal):
            new.currency_rate = places(sent.currency_rate, 6)

    def _take_lines(self, new: Invoice, sent: InvoiceIn, unit_places: int) -> list[str]:
        if not isinstance(sent.line_amount_types, UnsetType):
            new.line_amount_types = sent.line_amount_types
        if not isinstance(sent.line_items, UnsetType):
            new.lines, problems = keep_lines(self.company, new, sent.line_items, unit_places, self._new_id)
            return problems
        if isinstance(sent.line_amount_types, UnsetType):
            return []
        try:
            for line in new.lines:
                tax(self.company, new, line)
        except Refused as refusal:
            return list(refusal.messages)
        return []

    def _check_dates(self, standing: Invoice | None, new: Invoice) -> None:
        organisation = self.company.organisation
        dates = [new.date] if standing is None else [standing.date, new.date]
        for name, lock in (
            ("period lock date", organisation.period_lock_date),
            ("end of year lock date", organisation.end_of_year_lock_date),
        ):
            if lock is not None and min(dates) <= lock:
                raise Refused(f"The document date cannot be before the {name}")

    def _contact(self, sent: ContactIn | UnsetType) -> Contact:
        """By id, by number, else by name; a name nobody has becomes a new contact."""
        if isinstance(sent, UnsetType) or not (sent.contact_id or sent.number or sent.name):
            raise Refused("A Contact must be specified for this type of transaction")
        contacts = self.company.contacts
        if sent.contact_id:
            if sent.contact_id not in contacts:
                raise Refused(f"The Contact with ContactID '{sent.contact_id}' could not be found")
            return contacts[sent.contact_id]
        numbered = next((c for c in contacts.values() if sent.number and c.number == sent.number), None)
        found = numbered or self.company.contact_named(sent.name)
        if found is None:
            found = Contact(id=self._new_id(), name=sent.name or sent.number, updated_at=milliseconds(self._now()))
            contacts[found.id] = found
        return found

    def _next_number(self) -> str:
        organisation = self.company.organisation
        while True:
            number = f"{organisation.number_prefix}{organisation.next_number:04d}"
            organisation.next_number += 1
            if not self.company.numbered(number):
                return number


def _day(sent: str | UnsetType, standing: Any) -> Any:
    return standing if isinstance(sent, UnsetType) else read_day(sent)


def _matters(before: Invoice, after: Invoice) -> bool:
    """Whether the amendment touches what a payment rests on."""

    def core(invoice: Invoice) -> tuple[object, ...]:
        return (invoice.contact_id, invoice.date, invoice.currency, invoice.lines, invoice.line_amount_types)

    return core(before) != core(after)


def pay_day(invoice: Invoice, on: date) -> None:
    """Status follows the balance: paid when nothing is due."""
    invoice.status = "PAID" if invoice.due <= 0 else "AUTHORISED"
    invoice.fully_paid_on = on if invoice.status == "PAID" else None
