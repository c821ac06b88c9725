"""Putting credit notes, and money that was paid too much, against invoices, and taking money for several at once."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import Struct, field

from adapters.xero.emulated.company import Company, Invoice, Overpayment, Payment, TakenBack
from adapters.xero.emulated.forms import Refused, Unreadable, day, milliseconds, read_day
from adapters.xero.emulated.invoices import Invoices, WhoWrites, pay_day


class InvoiceNamed(Struct, kw_only=True):
    id: str = field(name="InvoiceID", default="")
    number: str = field(name="InvoiceNumber", default="")


class AllocationIn(Struct, kw_only=True, rename="pascal"):
    """An allocation as a caller sends it."""

    amount: Decimal
    invoice: InvoiceNamed
    date: str


class Allocated(Struct, frozen=True, kw_only=True):
    """One that was made."""

    id: str
    invoice: Invoice
    amount: Decimal
    on: date


def read_allocation(element: Any) -> AllocationIn:
    try:
        return msgspec.convert(element, AllocationIn)
    except msgspec.ValidationError as error:
        raise Unreadable(f"The request has a value that cannot be read: {error}") from error


def view_allocation(company: Company, made: Allocated) -> dict[str, Any]:
    named = {"InvoiceID": made.invoice.id, "InvoiceNumber": made.invoice.number}
    contact = {"ContactID": made.invoice.contact_id, "Name": company.contacts[made.invoice.contact_id].name}
    return {"AllocationID": made.id, "Amount": made.amount, "Date": day(made.on), "Invoice": {**named, "Contact": contact}}


class Credits:
    """Every rule of what may stand against what; both documents change together and both go to the ledger."""

    def __init__(self, invoices: Invoices, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._invoices = invoices
        self._company = invoices.company
        self._now = now
        self._new_id = new_id

    def allocate(self, note_id: str, sent: AllocationIn, *, by: WhoWrites) -> Allocated:
        """Part of a credit note against an invoice. Raises Refused, and changes nothing."""
        note, invoice = self._company.credit_notes[note_id], self._meant(sent.invoice)
        on = read_day(sent.date)
        if note.status != "AUTHORISED":
            raise Refused("Credit notes can only be allocated when they are AUTHORISED")
        if invoice.status != "AUTHORISED":
            raise Refused("The invoice is not of valid status for a credit to be allocated to it")
        if (note.contact_id, note.currency) != (invoice.contact_id, invoice.currency):
            raise Refused("The contact and currency of the credit note and the invoice must be the same")
        if not 0 < sent.amount <= note.due:
            raise Refused("The amount is more than the remaining credit of the credit note")
        if sent.amount > invoice.due:
            raise Refused("The amount is more than the amount due on the invoice")
        locks = (self._company.organisation.period_lock_date, self._company.organisation.end_of_year_lock_date)
        if any(lock is not None and on <= lock for lock in locks):
            raise Refused("The date of the allocation cannot be before the period lock date")
        allocation_id = self._new_id()
        for document, other, what in ((note, invoice, "allocated"), (invoice, note, "credited")):
            self._settle(document, self._payment(allocation_id, sent.amount, on, credit=True, other_id=other.id), what, by)
        return Allocated(id=allocation_id, invoice=invoice, amount=sent.amount, on=on)

    def take(self, amounts: Mapping[str, Decimal], over: Decimal) -> str:
        """One payment for several documents; what is over becomes an overpayment of the contact. Returns the payment's id, or the
        batch's where there are several.
        """
        batch_id = self._new_id() if len(amounts) > 1 else ""
        payment_id = ""
        for document_id, amount in amounts.items():
            document = self.document(document_id)
            if document.status != "AUTHORISED" or not 0 < amount <= document.due:
                raise Refused("Payments can only be made against Authorised documents, up to the amount due")
            payment_id = self._new_id()
            self._settle(document, self._payment(payment_id, amount, self._now().date(), batch_id=batch_id), "paid", "person")
            if over:
                self._company.overpayments[payment_id] = Overpayment(
                    id=self._new_id(), contact_id=document.contact_id, total=over, left=over
                )
        return batch_id or payment_id

    def take_back(self, payment_id: str) -> None:
        """Deletes a payment, or every one of a batch."""
        for shelf in (self._company.invoices, self._company.credit_notes):
            for document in list(shelf.values()):
                gone = [one for one in document.payments if not one.credit and payment_id in (one.id, one.batch_id)]
                if gone:
                    changed = deepcopy(document)
                    changed.payments = [one for one in document.payments if one not in gone]
                    self._company.taken_back += [TakenBack(document_id=document.id, payment=one) for one in gone]
                    pay_day(changed, self._now().date())
                    self._invoices.store(changed, "unpaid", "person")

    def use_overpayment(self, paid_with: str, invoice_id: str, amount: Decimal) -> None:
        """Money that was over when a payment was taken pays another invoice."""
        money, invoice = self._company.overpayments[paid_with], self._company.invoices[invoice_id]
        if money.contact_id != invoice.contact_id or not 0 < amount <= min(money.left, invoice.due):
            raise Refused("The amount is more than is left of the overpayment, or due")
        money.left -= amount
        allocation = self._payment(self._new_id(), amount, self._now().date(), credit=True, other_id=money.id, overpayment=True)
        self._settle(invoice, allocation, "credited", "person")

    def document(self, document_id: str) -> Invoice:
        return self._company.invoices.get(document_id) or self._company.credit_notes[document_id]

    def _meant(self, named: InvoiceNamed) -> Invoice:
        found = self._company.invoices.get(named.id)
        holders = self._company.numbered(named.number) if named.number else []
        if found is None and len(holders) == 1:
            return holders[0]
        if found is None or found.type != "ACCREC":
            raise Refused("The invoice of the allocation could not be found")
        return found

    def _payment(self, payment_id: str, amount: Decimal, on: date, **more: Any) -> Payment:
        return Payment(id=payment_id, amount=amount, paid_on=on, updated_at=milliseconds(self._now()), **more)

    def _settle(self, document: Invoice, payment: Payment, what: str, by: WhoWrites) -> None:
        changed = deepcopy(document)
        changed.payments.append(payment)
        pay_day(changed, payment.paid_on)
        self._invoices.store(changed, what, by)
