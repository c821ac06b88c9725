"""What people do over there in the browser, under the same rules as the API; each method is one click of a bookkeeper."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from adapters.xero.emulated.company import Contact, Invoice, Payment
from adapters.xero.emulated.credits import AllocationIn, Credits, InvoiceNamed
from adapters.xero.emulated.forms import Refused, milliseconds
from adapters.xero.emulated.invoices import InvoiceIn, Invoices, pay_day
from adapters.xero.emulated.lines import LineIn


class People:
    """`ref` is an invoice's id, or its number when only one document that is not deleted has it. Raises Refused as the API would."""

    def __init__(self, invoices: Invoices, credits_there: Credits, now: Callable[[], datetime], new_id: Callable[[], str]) -> None:
        self._invoices = invoices
        self._credits = credits_there
        self._company = invoices.company
        self._now = now
        self._new_id = new_id

    # ---- invoices ------------------------------------------------------------------------------------------------------

    def add_invoice(
        self,
        number: str,
        contact: str,
        *,
        net: Decimal = Decimal(100),
        kind: Literal["ACCREC", "ACCPAY"] = "ACCREC",
        status: Literal["DRAFT", "SUBMITTED", "AUTHORISED"] = "DRAFT",
        on: date | None = None,
        description: str = "Typed in by hand",
        account_code: str | None = None,
        currency: str | None = None,
    ) -> Invoice:
        """A stranger's document: not made by the app. An empty number takes the company's next one."""
        on = on or self._now().date()
        sent = {
            "Type": kind,
            "Contact": {"Name": contact},
            "InvoiceNumber": number,
            "Date": on.isoformat(),
            "DueDate": on.isoformat(),
            "Status": status,
            "LineItems": [
                {
                    "Description": description,
                    "Quantity": 1,
                    "UnitAmount": net,
                    "AccountCode": account_code or self._any_account(),
                }
            ],
        }
        if currency is not None:
            sent["CurrencyCode"] = currency
        return self._invoices.create(msgspec.convert(sent, InvoiceIn), by="person")

    def edit(self, ref: str, **changes: Any) -> Invoice:
        """Fields as the API names them, in snake case: `edit("HB-1", reference="PO-7", date="2026-07-02")`.
        `contact` is a name.
        """
        if "contact" in changes:
            changes["contact"] = {"Name": changes["contact"]}
        standing = self.invoice(ref)
        sent = msgspec.convert({_pascal(name): value for name, value in changes.items()}, InvoiceIn)
        return self._invoices.update(standing, sent, by="person")

    def edit_line(self, ref: str, index: int = 0, **changes: Any) -> Invoice:
        """Changes one line, keeps the others: `edit_line("HB-1", 0, quantity=Decimal(2), description="Half of it")`."""
        standing = self.invoice(ref)
        lines = [LineIn(line_item_id=line.id) for line in standing.lines]
        fields = {_pascal(name): value for name, value in changes.items()}
        lines[index] = msgspec.convert({"LineItemID": standing.lines[index].id, **fields}, LineIn)
        return self._invoices.update(standing, InvoiceIn(line_items=lines), by="person")

    def add_line(self, ref: str, description: str, unit_amount: Decimal, quantity: Decimal = Decimal(1)) -> Invoice:
        standing = self.invoice(ref)
        lines = [LineIn(line_item_id=line.id) for line in standing.lines]
        new = LineIn(description=description, quantity=quantity, unit_amount=unit_amount, account_code=self._any_account())
        return self._invoices.update(standing, InvoiceIn(line_items=[*lines, new]), by="person")

    def remove_line(self, ref: str, index: int = 0) -> Invoice:
        standing = self.invoice(ref)
        lines = [LineIn(line_item_id=line.id) for line in standing.lines]
        return self._invoices.update(standing, InvoiceIn(line_items=lines[:index] + lines[index + 1 :]), by="person")

    def renumber(self, ref: str, number: str) -> Invoice:
        return self.edit(ref, invoice_number=number)

    def reuse_number(self, number: str, contact: str) -> Invoice:
        """Takes the number for a document of their own: a holder that is not deleted is renumbered first."""
        for holder in self._company.numbered(number):
            if holder.live:
                self.renumber(holder.id, f"{number}-old")
        return self.add_invoice(number, contact)

    def authorise(self, ref: str) -> Invoice:
        return self.edit(ref, status="AUTHORISED")

    def void(self, ref: str) -> Invoice:
        return self._invoices.end(self.invoice(ref), "VOIDED", by="person")

    def delete(self, ref: str) -> Invoice:
        return self._invoices.end(self.invoice(ref), "DELETED", by="person")

    def mark_sent(self, ref: str) -> Invoice:
        return self.edit(ref, sent_to_contact=True)

    def pay(self, ref: str, amount: Decimal | None = None, *, credit: bool = False) -> Invoice:
        """The whole balance, or part of it; `credit` allocates a credit note instead. Only approved documents take money."""
        standing = self.invoice(ref)
        amount = standing.due if amount is None else amount
        if standing.status != "AUTHORISED" or not 0 < amount <= standing.due:
            raise Refused("Payments can only be made against Authorised documents, up to the amount due")
        now = milliseconds(self._now())
        paid = deepcopy(standing)
        paid.payments.append(Payment(id=self._new_id(), amount=amount, paid_on=now.date(), updated_at=now, credit=credit))
        pay_day(paid, now.date())
        return self._invoices.store(paid, "credited" if credit else "paid", "person")

    def take_back_payments(self, ref: str) -> Invoice:
        unpaid = deepcopy(self.invoice(ref))
        unpaid.payments.clear()
        pay_day(unpaid, self._now().date())
        return self._invoices.store(unpaid, "unpaid", "person")

    def pay_parts(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        """One payment for several documents, by id, `over` of it for none; of a credit note it is paid back. Returns its id."""
        return self._credits.take(amounts, over)

    def take_back(self, payment_id: str) -> None:
        self._credits.take_back(payment_id)

    def use_overpayment(self, paid_with: str, invoice_id: str, amount: Decimal) -> None:
        """What was over when that payment was taken pays another invoice."""
        self._credits.use_overpayment(paid_with, invoice_id, amount)

    def allocate(self, note_id: str, invoice_id: str, amount: Decimal) -> None:
        """Puts part of a credit note against an invoice."""
        on = self._now().date().isoformat()
        sent = AllocationIn(amount=amount, invoice=InvoiceNamed(id=invoice_id), date=on)
        self._credits.allocate(note_id, sent, by="person")

    def invoice(self, ref: str) -> Invoice:
        """Raises LookupError when nothing, or more than one document, is meant."""
        for shelf in (self._company.invoices, self._company.credit_notes):
            if ref in shelf:
                return shelf[ref]
        found = [i for i in self._company.numbered(ref) if i.status != "DELETED"] or self._company.numbered(ref)
        if len(found) != 1:
            raise LookupError(f"{len(found)} invoices are meant by {ref}; name one by its id")
        return found[0]

    # ---- contacts and settings -----------------------------------------------------------------------------------------

    def contact(self, name: str) -> Contact:
        found = self._company.contact_named(name)
        if found is None:
            raise LookupError(f"no contact is named {name}")
        return found

    def archive_contact(self, name: str) -> None:
        self._touch(self.contact(name)).status = "ARCHIVED"

    def restore_contact(self, name: str) -> None:
        self._touch(self.contact(name)).status = "ACTIVE"

    def rename_contact(self, name: str, new_name: str) -> None:
        taken = self._company.contact_named(new_name)
        if taken is not None and taken is not self.contact(name):
            raise Refused(f"The contact name {new_name} is already assigned to another contact.")
        self._touch(self.contact(name)).name = new_name

    def merge_contact(self, name: str, into: str) -> None:
        """The first is archived and points to the survivor, which takes over its documents."""
        gone, survivor = self._touch(self.contact(name)), self._touch(self.contact(into))
        gone.status, gone.merged_into = "ARCHIVED", survivor.id
        for invoice in list(self._company.invoices.values()):
            if invoice.contact_id == gone.id:
                moved = deepcopy(invoice)
                moved.contact_id = survivor.id
                self._invoices.store(moved, "merged", "person")

    def delete_item(self, code: str) -> None:
        """Items cannot be archived: they are gone."""
        found = next((item for item in self._company.items.values() if item.code == code), None)
        if found is None:
            raise LookupError(f"no item has the code {code}")
        del self._company.items[found.id]

    def archive_account(self, code: str) -> None:
        for account in self._company.accounts.values():
            if account.code == code:
                account.status = "ARCHIVED"
                account.updated_at = milliseconds(self._now())

    def delete_tax_rate(self, tax_type: str) -> None:
        self._company.tax_rates[tax_type].status = "DELETED"

    def lock(self, until: date | None, *, year_end: bool = False) -> None:
        """Sets or lifts a lock date."""
        if year_end:
            self._company.organisation.end_of_year_lock_date = until
        else:
            self._company.organisation.period_lock_date = until

    def _touch(self, contact: Contact) -> Contact:
        contact.updated_at = milliseconds(self._now())
        return contact

    def _any_account(self) -> str:
        return next(one.code for one in self._company.accounts.values() if one.account_class == "REVENUE")


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_")).replace("Id", "ID")
