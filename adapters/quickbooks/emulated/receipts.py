"""Payments: money and credit memos against invoices. A payment of nothing is what links a credit memo to an invoice
[docs.breadwinner.com/quickbooks/applying-credit-to-an-invoice; hub.acctivate.com: credit applications in QuickBooks Online].
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters.quickbooks.emulated.company import Body, Invoice, Link, Payment, Receipt, Write
from adapters.quickbooks.emulated.forms import Refused, business, gone, missing, read_day, read_number, seconds, stamp
from adapters.quickbooks.emulated.invoices import Invoices, WhoWrites
from adapters.quickbooks.emulated.lines import only_known, reference

KNOWN = {
    "TxnDate", "CustomerRef", "CurrencyRef", "ExchangeRate", "TotalAmt", "PrivateNote", "Line", "PaymentRefNum", "PaymentMethodRef",
    "ProcessPayment", "UnappliedAmt", "DepositToAccountRef", "domain", "sparse",
}  # fmt: skip


class Receipts:
    def __init__(self, books: Invoices, now: Callable[[], datetime]) -> None:
        self._books = books
        self._company = books.company
        self._now = now

    def create(self, sent: dict[str, Any], *, by: WhoWrites) -> Receipt:
        """Raises Refused, and changes nothing, when any rule forbids it."""
        only_known(sent, KNOWN, "Payment")
        for name in ("CustomerRef", "TotalAmt"):
            if name not in sent:
                raise missing(name)
        customer_id = reference(sent["CustomerRef"], "CustomerRef")
        if customer_id not in self._company.customers:
            raise gone("customers")
        links = [_link(line) for line in sent.get("Line") or ()]
        on = read_day(sent["TxnDate"], "TxnDate") if "TxnDate" in sent else self._now().date()
        closed = self._company.preferences.book_close_date
        if closed is not None and on <= closed:
            raise Refused("6210", "Account Period Closed", "The account period has closed and the account books cannot be updated")
        customer = self._company.customers[customer_id]
        receipt = Receipt(
            id="",
            customer_id=customer_id,
            currency=customer.currency or self._company.preferences.home_currency,
            date=on,
            total=read_number(sent["TotalAmt"], "TotalAmt"),
            note=str(sent.get("PrivateNote") or ""),
            links=links,
        )
        self._check(receipt)
        return self._take(receipt, by)

    def received(self, amounts: Mapping[str, Decimal], over: Decimal) -> Receipt:
        """Somebody enters one payment for several documents; a credit memo among them is paid back by an expense that it is linked to."""
        links: list[Link] = []
        for document_id, amount in amounts.items():
            if document_id in self._company.credit_memos:
                links += [
                    Link(type="CreditMemo", id=document_id, amount=amount),
                    Link(type="Expense", id=self._company.draw_id(), amount=amount),
                ]
            else:
                links.append(Link(type="Invoice", id=document_id, amount=amount))
        total = sum((one.amount for one in links if one.type == "Invoice"), over)
        customer_id = self._document(next(one for one in links if one.type != "Expense")).customer_id
        currency = self._company.customers[customer_id].currency or self._company.preferences.home_currency
        receipt = Receipt(id="", customer_id=customer_id, currency=currency, date=self._now().date(), total=total, links=links)
        self._check(receipt)
        return self._take(receipt, "person")

    def apply(self, memo: Invoice, invoice: Invoice, amount: Decimal) -> Receipt:
        """Somebody, or the company by itself, puts part of a credit memo against an invoice."""
        links = [Link(type="Invoice", id=invoice.id, amount=amount), Link(type="CreditMemo", id=memo.id, amount=amount)]
        receipt = Receipt(
            id="", customer_id=memo.customer_id, currency=memo.currency, date=self._now().date(), total=Decimal(0), links=links
        )
        self._check(receipt)
        return self._take(receipt, "person")

    def apply_by_itself(self, memo: Invoice) -> None:
        """Where the company does that: the customer's oldest open invoices first."""
        open_ones = [one for one in self._company.invoices.values() if one.live and one.balance > 0 and one.customer_id == memo.customer_id]
        for invoice in sorted(open_ones, key=lambda one: (one.date, int(one.id))):
            left = self._company.credit_memos[memo.id].balance
            if left > 0:
                self.apply(memo, invoice, min(left, invoice.balance))

    def take_back(self, receipt_id: str) -> None:
        """Voids a payment: what it was for is open again."""
        receipt = deepcopy(self._company.receipts[receipt_id])
        for link in receipt.links:
            if link.type != "Expense":
                changed = deepcopy(self._document(link))
                changed.payments = [one for one in changed.payments if one.id != receipt_id]
                changed.sync_token += 1
                self._books.store(changed, "unpaid", "person")
        receipt.links, receipt.total, receipt.voided, receipt.note = [], Decimal(0), True, "Voided"
        receipt.sync_token += 1
        self._store(receipt, "voided", "person")

    def _check(self, receipt: Receipt) -> None:
        """Each document is there, in force, the customer's and open for so much; no more is taken than there is."""
        for link in receipt.links:
            if link.type == "Expense":
                continue
            document = self._document(link)
            if not document.live:
                raise business("You cannot link to a transaction that was voided")
            if document.customer_id != receipt.customer_id:
                raise business("The linked transaction belongs to another customer")
            if not 0 < link.amount <= document.balance:
                raise business("The amount applied is more than the open balance of the linked transaction")
        if receipt.unapplied < 0:
            raise business("The amount applied is more than the amount received")

    def _document(self, link: Link) -> Invoice:
        return self._books.standing(link.id, "CreditMemo" if link.type == "CreditMemo" else "Invoice")

    def _take(self, receipt: Receipt, by: WhoWrites) -> Receipt:
        receipt.id = self._company.draw_id()
        for link in receipt.links:
            if link.type != "Expense":
                changed = deepcopy(self._document(link))
                credits_it = link.type == "Invoice" and not receipt.total
                changed.payments.append(Payment(id=receipt.id, amount=link.amount, paid_on=receipt.date, credit=credits_it))
                changed.sync_token += 1
                self._books.store(changed, "credited" if credits_it else "applied" if link.type == "CreditMemo" else "paid", by)
        return self._store(receipt, "received", by)

    def _store(self, receipt: Receipt, what: str, by: WhoWrites) -> Receipt:
        receipt.updated_at = seconds(self._now())
        self._company.receipts[receipt.id] = receipt
        status = "voided" if receipt.voided else "open"
        self._company.ledger.append(
            Write(at=receipt.updated_at, what=what, by=by, id=receipt.id, number="", status=status, net=receipt.total)
        )
        return receipt


def _link(line: Any) -> Link:
    linked: Sequence[Any] = line.get("LinkedTxn") or () if isinstance(line, dict) else ()
    if len(linked) != 1 or linked[0].get("TxnType") not in ("Invoice", "CreditMemo"):
        raise Refused(
            "2010", "Request has invalid or unsupported property", "A line of a payment links one Invoice or CreditMemo", "LinkedTxn"
        )
    return Link(type=linked[0]["TxnType"], id=str(linked[0].get("TxnId", "")), amount=read_number(line.get("Amount"), "Amount"))


def view_receipt(receipt: Receipt) -> Body:
    view: Body = {
        "domain": "QBO",
        "sparse": False,
        "Id": receipt.id,
        "SyncToken": str(receipt.sync_token),
        "MetaData": {"CreateTime": stamp(receipt.updated_at), "LastUpdatedTime": stamp(receipt.updated_at)},
        "TxnDate": receipt.date.isoformat(),
        "CurrencyRef": {"value": receipt.currency},
        "CustomerRef": {"value": receipt.customer_id},
        "TotalAmt": receipt.total,
        "UnappliedAmt": receipt.unapplied,
        "ProcessPayment": False,
        "Line": [{"Amount": one.amount, "LinkedTxn": [{"TxnId": one.id, "TxnType": one.type}]} for one in receipt.links],
    }
    return view | ({"PrivateNote": receipt.note} if receipt.note else {})
