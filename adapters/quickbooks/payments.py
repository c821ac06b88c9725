"""What QuickBooks' payments put against invoices and credit memos. Pure.

A payment lists invoices, credit memos and other transactions, each with an amount, and does not say which credit went to which invoice.
With one of either there is no doubt; with several of both, credits are counted to invoices in the order of the list: the sums are right.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from adapters.quickbooks import wire
from adapters.quickbooks.invoices import whole_id
from connector.model import Allocation, DocumentKind, Payment, Remote

_INVOICE, _MEMO = "Invoice", "CreditMemo"


class Share(Struct, frozen=True):
    """So much of one payment: for an invoice out of a credit memo, or out of money (no memo), or of a memo for neither (no invoice)."""

    payment: wire.Payment
    invoice_id: str
    memo_id: str
    amount: Decimal


def shares(payment: wire.Payment) -> Iterator[Share]:
    """Raises ValueError for amounts that cannot be read."""
    credits_left = _linked(payment, _MEMO)
    for invoice_id, amount in _linked(payment, _INVOICE):
        due = amount
        for at, (memo_id, left) in enumerate(credits_left):
            taken = min(due, left)
            if taken > 0:
                credits_left[at] = memo_id, left - taken
                due -= taken
                yield Share(payment, invoice_id, memo_id, taken)
        if due > 0:
            yield Share(payment, invoice_id, "", due)
    for memo_id, left in credits_left:
        if left > 0:
            yield Share(payment, "", memo_id, left)


def allocations(payments: Sequence[wire.Payment], memo: Remote) -> tuple[Allocation, ...]:
    """What of a credit memo stands against which invoice."""
    found = (share for payment in payments for share in shares(payment))
    return tuple(
        Allocation(document_id=one.invoice_id, amount=one.amount, id=one.payment.id or "", on=wire.day(one.payment.txn_date))
        for one in found
        if one.invoice_id and one.memo_id == memo.id
    )


def payments_of(payments: Sequence[wire.Payment], document: Remote) -> tuple[Payment, ...]:
    """Oldest first. What a credit memo gave to no invoice was paid back."""
    found = [share for payment in payments for share in shares(payment)]
    if document.kind == "credit_note":
        rows = [_told(one, document.id) for one in found if one.memo_id == document.id and not one.invoice_id]
    else:
        rows = [_told(one, document.id) for one in found if one.invoice_id == document.id]
    return tuple(sorted(rows, key=lambda one: (str(one.on or ""), one.id)))


def _told(share: Share, document_id: str) -> Payment:
    payment = share.payment
    is_money = not share.memo_id
    return Payment(
        id=payment.id or "",
        document_id=document_id,
        kind="payment" if is_money else "credit" if share.invoice_id else "refund",
        amount=share.amount,
        on=wire.day(payment.txn_date),
        whole=wire.money(payment.total_amt) if is_money else None,
        unapplied=wire.money(payment.unapplied_amt) if is_money and payment.unapplied_amt is not None else None,
        credit_note_id=share.memo_id if share.invoice_id else "",
    )


def _linked(payment: wire.Payment, txn_type: str) -> list[tuple[str, Decimal]]:
    kind: DocumentKind = "credit_note" if txn_type == _MEMO else "invoice"
    return [
        (whole_id(one.txn_id or "", kind), wire.money(line.amount))
        for line in payment.line or ()
        for one in line.linked_txn or ()
        if one.txn_type == txn_type
    ]
