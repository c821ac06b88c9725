"""What people do over there in the browser, under the same rules as the API; each method is one click of a bookkeeper."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from adapters.quickbooks.emulated.company import Account, Customer, Invoice, Item, Line, Named, Payment, TaxCode
from adapters.quickbooks.emulated.forms import cents, seconds
from adapters.quickbooks.emulated.invoices import Invoices
from adapters.quickbooks.emulated.lines import tax
from adapters.quickbooks.emulated.receipts import Receipts


class People:
    """`ref` is an invoice's id, or its number when only one document has it. Raises Refused as the API would."""

    def __init__(self, invoices: Invoices, receipts: Receipts, now: Callable[[], datetime]) -> None:
        self._invoices = invoices
        self._receipts = receipts
        self._company = invoices.company
        self._now = now

    # ---- invoices ------------------------------------------------------------------------------------------------------

    def add_invoice(
        self,
        number: str,
        customer: str,
        *,
        net: Decimal = Decimal(100),
        on: date | None = None,
        description: str = "Typed in by hand",
        note: str = "",
    ) -> Invoice:
        """A stranger's document, without our mark."""
        on = on or self._now().date()
        sent: dict[str, Any] = {
            "DocNumber": number,
            "CustomerRef": {"value": self.customer(customer).id},
            "TxnDate": on.isoformat(),
            "DueDate": on.isoformat(),
            "Line": [self._element(description, net, Decimal(1))],
        }
        return self._invoices.create(sent | ({"PrivateNote": note} if note else {}), by="person")

    def edit(self, ref: str, **changes: Any) -> Invoice:
        """Fields as the API names them: `edit("HB-1", TxnDate="2026-07-02", PrivateNote="see mail")`."""
        standing = self.invoice(ref)
        return self._invoices.update(_id(standing) | {"sparse": True, **changes}, by="person")

    def edit_line(self, ref: str, index: int = 0, **changes: Any) -> Invoice:
        """Changes fields of one line as the company keeps it: `edit_line("HB-1", 0, description="Half", quantity=Decimal(1))`."""
        changed = deepcopy(self.invoice(ref))
        line = changed.lines[index]
        for name, value in changes.items():
            setattr(line, name, value)
        if line.quantity is not None and line.price is not None:
            line.amount = cents(line.quantity * line.price)
        return self._stored(changed, "updated")

    def add_line(self, ref: str, description: str, price: Decimal, quantity: Decimal = Decimal(1)) -> Invoice:
        changed = deepcopy(self.invoice(ref))
        line_id = str(max(int(line.id) for line in changed.lines) + 1)
        changed.lines.append(
            Line(
                id=line_id, description=description, quantity=quantity, price=price, amount=cents(quantity * price),
                item_id=self._any_item().id, tax_code="NON", service_date=self._now().date(),
            )
        )  # fmt: skip
        return self._stored(changed, "updated")

    def add_discount(self, ref: str, amount: Decimal) -> Invoice:
        changed = deepcopy(self.invoice(ref))
        line_id = str(max(int(line.id) for line in changed.lines) + 1)
        changed.lines.append(Line(id=line_id, kind="DiscountLineDetail", amount=amount))
        return self._stored(changed, "updated")

    def remove_line(self, ref: str, index: int = 0) -> Invoice:
        changed = deepcopy(self.invoice(ref))
        del changed.lines[index]
        return self._stored(changed, "updated")

    def renumber(self, ref: str, number: str) -> Invoice:
        return self.edit(ref, DocNumber=number)

    def reuse_number(self, number: str, customer: str) -> Invoice:
        """Takes the number for a document of their own: whoever has it is renumbered first."""
        for holder in self._company.numbered(number):
            self.renumber(holder.id, f"{number}-old"[:21])
        return self.add_invoice(number, customer)

    def void(self, ref: str) -> Invoice:
        standing = self.invoice(ref)
        return self._invoices.void(_id(standing), by="person", kind=standing.kind)

    def delete(self, ref: str) -> Invoice:
        standing = self.invoice(ref)
        return self._invoices.delete(_id(standing), by="person", kind=standing.kind)

    def mark_sent(self, ref: str) -> Invoice:
        changed = deepcopy(self.invoice(ref))
        changed.email_status = "EmailSent"
        return self._stored(changed, "sent")

    def pay(self, ref: str, amount: Decimal | None = None, *, credit: bool = False) -> Invoice:
        """The whole balance, or part of it; `credit` applies a credit memo instead."""
        changed = deepcopy(self.invoice(ref))
        amount = changed.balance if amount is None else amount
        if not changed.live or not 0 < amount <= changed.balance:
            raise ValueError(f"{amount} cannot be taken against a balance of {changed.balance}")
        if not credit:
            self._receipts.received({changed.id: amount}, Decimal(0))
            return self.invoice(changed.id)
        changed.payments.append(Payment(id=self._company.draw_id(), amount=amount, paid_on=self._now().date(), credit=credit))
        return self._stored(changed, "credited" if credit else "paid")

    def take_back_payments(self, ref: str) -> Invoice:
        for payment in self.invoice(ref).payments:
            if payment.id in self._company.receipts:
                self._receipts.take_back(payment.id)
        changed = deepcopy(self.invoice(ref))
        changed.payments.clear()
        return self._stored(changed, "unpaid")

    def pay_parts(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        """One payment for several documents, by id, `over` of it for none; of a credit memo it is paid back. Returns its id."""
        return self._receipts.received(amounts, over).id

    def take_back(self, payment_id: str) -> None:
        self._receipts.take_back(payment_id)

    def apply_credit(self, memo_id: str, invoice_id: str, amount: Decimal) -> None:
        """Puts part of a credit memo against an invoice."""
        self._receipts.apply(self._company.credit_memos[memo_id], self._company.invoices[invoice_id], amount)

    def invoice(self, ref: str) -> Invoice:
        """Raises LookupError when nothing, or more than one document, is meant."""
        if ref in self._company.invoices:
            return self._company.invoices[ref]
        if ref in self._company.credit_memos:
            return self._company.credit_memos[ref]
        found = self._company.numbered(ref)
        if len(found) != 1:
            raise LookupError(f"{len(found)} invoices are meant by {ref}; name one by its id")
        return found[0]

    def _stored(self, changed: Invoice, what: str) -> Invoice:
        changed.tax = tax(self._company, changed)
        changed.sync_token += 1
        return self._invoices.store(changed, what, "person")

    def _element(self, description: str, price: Decimal, quantity: Decimal) -> dict[str, Any]:
        return {
            "DetailType": "SalesItemLineDetail",
            "Description": description,
            "Amount": cents(price * quantity),
            "SalesItemLineDetail": {"ItemRef": {"value": self._any_item().id}, "Qty": quantity, "UnitPrice": price},
        }

    def _any_item(self) -> Item:
        return next(one for one in self._company.items.values() if one.active and one.type != "Category")

    # ---- customers and settings ----------------------------------------------------------------------------------------

    def customer(self, name: str) -> Customer:
        found = self._company.customer_named(name)
        if found is None:
            raise LookupError(f"no customer is named {name}")
        return found

    def inactivate_customer(self, name: str) -> None:
        self._touch(self.customer(name)).active = False

    def activate_customer(self, name: str) -> None:
        self._touch(self.customer(name)).active = True

    def delete_item(self, name: str) -> None:
        """What the browser calls deleting only makes it inactive."""
        self.item(name).active = False

    def restore_item(self, name: str) -> None:
        self.item(name).active = True

    def item(self, name: str) -> Item:
        """By its full name, as `Services:Support`."""
        found = next((one for one in self._company.items.values() if one.full_name == name), None)
        if found is None:
            raise LookupError(f"no item is named {name}")
        return found

    def named(self, name: str) -> Named:
        """A class or a department."""
        every = [*self._company.classes.values(), *self._company.departments.values()]
        return next(one for one in every if one.name == name)

    def account(self, name: str) -> Account:
        return next(one for one in self._company.accounts.values() if one.name == name)

    def tax_code(self, name: str) -> TaxCode:
        return next(one for one in self._company.tax_codes.values() if one.name == name)

    def close_books(self, until: date | None) -> None:
        """Nothing dated on or before it can be made or changed; None opens them again."""
        self._company.preferences.book_close_date = until

    def _touch(self, customer: Customer) -> Customer:
        customer.updated_at = seconds(self._now())
        customer.sync_token += 1
        return customer


def _id(invoice: Invoice) -> dict[str, Any]:
    return {"Id": invoice.id, "SyncToken": str(invoice.sync_token)}
