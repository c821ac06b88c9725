"""Writing invoices: SyncToken is the lock, a used number is refused where the company says so, and there are no drafts."""

from collections.abc import Callable
from copy import deepcopy
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, get_args

from adapters.quickbooks.emulated.company import Company, Customer, EmailStatus, GlobalTax, Invoice, Kind, PrintStatus, Write
from adapters.quickbooks.emulated.forms import Refused, business, gone, missing, read_day, read_number, seconds
from adapters.quickbooks.emulated.lines import bounded, keep_lines, only_known, reference, tax

NUMBER_LENGTH_MAX = 21
NOTE_LENGTH_MAX = 4000
MEMO_LENGTH_MAX = 1000
FIELD_LENGTH_MAX = 31
VOIDED = "Voided"
WhoWrites = Literal["app", "person"]
USERS: dict[WhoWrites, str] = {"app": "9130350000000001", "person": "9130350000000002"}
"""The users' ids: an app writes as whoever authorised it."""
Sent = dict[str, Any]
_TAKEN = "DocNumber TxnDate DueDate CustomerRef CurrencyRef ExchangeRate PrivateNote CustomerMemo EmailStatus PrintStatus BillEmail SalesTermRef DepartmentRef ClassRef CustomField GlobalTaxCalculation AllowOnlineCreditCardPayment AllowOnlineACHPayment Line Id SyncToken sparse"
# What the vendor's schema has and this emulator does not keep; other clients send many of these unasked.
_IGNORED = "domain status MetaData LinkedTxn TxnTaxDetail TxnSource BillAddr ShipAddr FreeFormAddress ShipFromAddr ShipMethodRef ShipDate TrackingNum TotalAmt HomeTotalAmt ApplyTaxAfterDiscount Balance HomeBalance Deposit DepositToAccountRef AllowIPNPayment AllowOnlinePayment BillEmailCc BillEmailBcc ARAccountRef DeliveryInfo TxnStatus InvoiceLink RecurDataRef TaxExemptionRef ProjectRef TransactionLocationType AttachableRef EInvoiceStatus"
KNOWN = {*_TAKEN.split(), *_IGNORED.split()}


class Invoices:
    """The company's invoices and credit memos, and the only place that changes them; every accepted write goes to the ledger.

    `protects_paid`: whether an invoice that was paid refuses to be changed or taken out of force. Not confirmed, hence a switch.
    """

    def __init__(self, company: Company, now: Callable[[], datetime]) -> None:
        self.company = company
        self.protects_paid = True
        self._now = now

    # ---- the operations ------------------------------------------------------------------------------------------------

    def create(self, sent: Sent, *, by: WhoWrites, kind: Kind = "Invoice") -> Invoice:
        """Raises Refused, and changes nothing, when any rule forbids it."""
        only_known(sent, KNOWN, kind)
        customer = self._customer(sent.get("CustomerRef"))
        today = self._now().date()
        new = Invoice(
            id="",
            kind=kind,
            date=today,
            due_date=today,
            customer_id=customer.id,
            currency=self._currency_of(customer),
            created_at=seconds(self._now()),
        )
        self._take(new, sent, creating=True)
        self._check_closed(new.date)
        if not self.company.preferences.custom_numbers:
            new.number = self._next_number()
        self._check_number(new)
        new.id = self.company.draw_id()
        return self.store(new, "created", by)

    def update(self, sent: Sent, *, by: WhoWrites, kind: Kind = "Invoice") -> Invoice:
        """Sparse: what is not sent stays; else it is cleared. Raises Refused, and changes nothing."""
        only_known(sent, KNOWN, kind)
        standing = self._meant(sent, kind)
        if standing.voided:
            raise business("A voided transaction cannot be changed")
        self._check_unpaid(standing)
        changed = deepcopy(standing) if sent.get("sparse") is True else self._cleared(standing)
        if "CustomerRef" in sent:
            changed.customer_id = self._customer(sent["CustomerRef"]).id
        elif sent.get("sparse") is not True:
            raise missing("CustomerRef")
        self._take(changed, sent, creating=sent.get("sparse") is not True)
        self._check_closed(standing.date)
        self._check_closed(changed.date)
        if changed.number != standing.number:
            self._check_number(changed)
        changed.sync_token += 1
        return self.store(changed, "updated", by)

    def void(self, sent: Sent, *, by: WhoWrites, kind: Kind = "Invoice") -> Invoice:
        """Amounts and quantities become zero, the note begins with "Voided" [blogs.intuit.com/2016/04/06/voiding-invoice-objects]."""
        standing = self._meant(sent, kind)
        if standing.voided:
            raise business("The transaction has been voided already")
        self._check_unpaid(standing)
        self._check_closed(standing.date)
        voided = deepcopy(standing)
        voided.voided, voided.tax = True, Decimal(0)
        voided.private_note = f"{VOIDED} - {standing.private_note}" if standing.private_note else VOIDED
        for line in voided.lines:
            line.amount = Decimal(0)
            line.quantity = None if line.quantity is None else Decimal(0)
        voided.sync_token += 1
        return self.store(voided, "voided", by)

    def delete(self, sent: Sent, *, by: WhoWrites, kind: Kind = "Invoice") -> Invoice:
        """It is gone: no read and no query shows it again, only what changed tells."""
        standing = self._meant(sent, kind)
        self._check_unpaid(standing)
        self._check_closed(standing.date)
        deleted = deepcopy(standing)
        deleted.deleted = True
        deleted.sync_token += 1
        return self.store(deleted, "deleted", by)

    def store(self, invoice: Invoice, what: str, by: WhoWrites) -> Invoice:
        """Puts it into the books, stamps it and writes the ledger."""
        invoice.updated_at, invoice.updated_by = seconds(self._now()), USERS[by]
        self.company.shelf(invoice.kind)[invoice.id] = invoice
        if invoice.email_status == "NeedToSend":
            self.company.mailed.append(invoice.id)
            invoice.email_status = "EmailSent"
        self.company.ledger.append(
            Write(
                at=invoice.updated_at,
                what=what,
                by=by,
                id=invoice.id,
                number=invoice.number,
                status=invoice.status,
                net=invoice.net,
            )
        )
        return invoice

    def standing(self, invoice_id: str, kind: Kind = "Invoice") -> Invoice:
        found = self.company.shelf(kind).get(invoice_id)
        if found is None or found.deleted:
            raise gone("transactions")
        return found

    # ---- the rules -----------------------------------------------------------------------------------------------------

    def _meant(self, sent: Sent, kind: Kind) -> Invoice:
        for name in ("Id", "SyncToken"):
            if name not in sent:
                raise missing(name)
        standing = self.standing(str(sent["Id"]), kind)
        if str(sent["SyncToken"]) != str(standing.sync_token):
            text = "Stale Object Error"
            detail = f"{text} : You and a colleague were working on this at the same time. The colleague finished before you did, so your work was not saved."
            raise Refused("5010", text, detail)
        return standing

    @staticmethod
    def _cleared(standing: Invoice) -> Invoice:
        return Invoice(
            id=standing.id, kind=standing.kind, sync_token=standing.sync_token, date=standing.date, due_date=standing.due_date,
            customer_id=standing.customer_id, currency=standing.currency, exchange_rate=standing.exchange_rate,
            lines=deepcopy(standing.lines), payments=list(standing.payments), created_at=standing.created_at,
        )  # fmt: skip

    def _take(self, new: Invoice, sent: Sent, *, creating: bool) -> None:
        self._take_texts(new, sent)
        self._take_references(new, sent)
        if "TxnDate" in sent:
            new.date = read_day(sent["TxnDate"], "TxnDate")
        if sent.get("DueDate"):
            new.due_date = read_day(sent["DueDate"], "DueDate")
        elif creating:
            new.due_date = self._due(new)
        self._take_currency(new, sent)
        if "Line" in sent:
            new.lines = keep_lines(self.company, new, sent["Line"])
        elif creating:
            raise missing("Line")
        new.tax = tax(self.company, new)
        if new.total < 0:
            raise business("The transaction amount must be 0 or greater")

    def _take_texts(self, new: Invoice, sent: Sent) -> None:
        texts = {"DocNumber": NUMBER_LENGTH_MAX, "PrivateNote": NOTE_LENGTH_MAX}
        for name, longest in texts.items():
            bounded(str(sent.get(name) or ""), longest, name)
        if "DocNumber" in sent and self.company.preferences.custom_numbers:
            new.number = str(sent["DocNumber"] or "")
        if "PrivateNote" in sent:
            new.private_note = str(sent["PrivateNote"] or "")
        if sent.get("CustomerMemo"):
            new.memo = str(sent["CustomerMemo"].get("value") or "")
            bounded(new.memo, MEMO_LENGTH_MAX, "CustomerMemo")
        if sent.get("BillEmail"):
            new.bill_email = str(sent["BillEmail"].get("Address", ""))
        new.email_status = _one_of(sent, "EmailStatus", get_args(EmailStatus), new.email_status)
        new.print_status = _one_of(sent, "PrintStatus", get_args(PrintStatus), new.print_status)
        new.online_card = bool(sent.get("AllowOnlineCreditCardPayment", new.online_card))
        new.online_ach = bool(sent.get("AllowOnlineACHPayment", new.online_ach))
        if sent.get("GlobalTaxCalculation") and not self.company.preferences.automated_sales_tax:
            new.global_tax = _one_of(sent, "GlobalTaxCalculation", get_args(GlobalTax), new.global_tax)
        for field in sent.get("CustomField") or ():
            self._take_field(new, field)

    def _take_field(self, new: Invoice, sent: Sent) -> None:
        """A field that is not switched on is passed over in silence."""
        number, names = str(sent.get("DefinitionId", "")), self.company.preferences.sales_fields
        bounded(str(sent.get("StringValue") or ""), FIELD_LENGTH_MAX, "CustomField")
        if number.isdigit() and 0 < int(number) <= len(names) and names[int(number) - 1]:
            new.custom_fields[number] = str(sent.get("StringValue") or "")

    def _take_references(self, new: Invoice, sent: Sent) -> None:
        for name, table in (
            ("SalesTermRef", self.company.terms),
            ("DepartmentRef", self.company.departments),
            ("ClassRef", self.company.classes),
        ):
            meant = table.get(reference(sent[name], name)) if sent.get(name) else None
            if meant is not None and not meant.active:
                raise gone(name)
            if sent.get(name) and meant is None:
                raise Refused(
                    "2500",
                    "Invalid Reference Id",
                    f"Invalid Reference Id : {name} {sent[name]['value']} not found",
                    name,
                )
        if sent.get("SalesTermRef"):
            new.terms_id = reference(sent["SalesTermRef"], "SalesTermRef")
        if sent.get("DepartmentRef"):
            new.department_id = reference(sent["DepartmentRef"], "DepartmentRef")
        if sent.get("ClassRef"):
            new.class_id = reference(sent["ClassRef"], "ClassRef")

    def _take_currency(self, new: Invoice, sent: Sent) -> None:
        own = self._currency_of(self.company.customers[new.customer_id])
        asked = reference(sent["CurrencyRef"], "CurrencyRef") if sent.get("CurrencyRef") else own
        if asked != own:
            raise business(f"The currency of the transaction ({asked}) is not the currency of the customer ({own})")
        new.currency = own
        if sent.get("ExchangeRate") is not None and self.company.preferences.multicurrency:
            new.exchange_rate = read_number(sent["ExchangeRate"], "ExchangeRate")

    def _customer(self, sent: Any) -> Customer:
        customer_id = reference(sent, "CustomerRef")
        found = self.company.customers.get(customer_id)
        if found is None:
            raise Refused(
                "2500",
                "Invalid Reference Id",
                f"Invalid Reference Id : Names element id {customer_id} not found",
                "CustomerRef",
            )
        if not found.active:
            raise gone("customers")
        return found

    def _currency_of(self, customer: Customer) -> str:
        switches = self.company.preferences
        return (customer.currency if switches.multicurrency else "") or switches.home_currency

    def _due(self, new: Invoice) -> date:
        term = self.company.terms.get(new.terms_id or self.company.customers[new.customer_id].terms_id)
        return new.date + timedelta(days=term.due_days if term is not None else 0)

    def _check_number(self, new: Invoice) -> None:
        holders = [one for one in self.company.numbered(new.number, new.kind) if one.id != new.id] if new.number else []
        if holders and self.company.preferences.refuse_used_numbers:
            text = "Duplicate Document Number Error"
            detail = (
                f"{text} : You must specify a different number. This number has already been used. "
                f"DocNumber={holders[0].number} is assigned to TxnType={new.kind} with TxnId={holders[0].id}"
            )
            raise Refused("6140", text, detail)

    def _check_unpaid(self, standing: Invoice) -> None:
        if standing.payments and self.protects_paid:
            raise business("The transaction is linked to a payment and cannot be changed")

    def _check_closed(self, day: date) -> None:
        """The text is the vendor's; that its code is 6210 is not confirmed."""
        closed = self.company.preferences.book_close_date
        if closed is not None and day <= closed:
            text = "Account Period Closed"
            detail = "The account period has closed and the account books cannot be updated through the QBO Services API."
            raise Refused("6210", text, f"{text}, Cannot Update Through Services API : {detail}")

    def _next_number(self) -> str:
        while True:
            number = str(self.company.next_number)
            self.company.next_number += 1
            if not self.company.numbered(number):
                return number


def _one_of(sent: Sent, name: str, allowed: tuple[str, ...], standing: Any) -> Any:
    value = sent.get(name) or standing
    if value is not None and value not in allowed:
        raise Refused(
            "2010",
            "Request has invalid or unsupported property",
            f"{name} '{value}' is not one of {', '.join(allowed)}",
            name,
        )
    return value
