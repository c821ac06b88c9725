"""What was put against invoices and credit notes, as Xero says it. Pure."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from adapters.xero import wire
from connector.model import Payment, PaymentKind


def payments_of(row: wire.Invoice) -> Iterator[Payment]:
    """Money of a batch is named by the batch, so that it has one id over all its documents. Overpayments and prepayments are money
    that was there before. Raises ValueError for what cannot be read.
    """
    kind: PaymentKind = "refund" if row.credit_note_id else "payment"
    for one in row.payments or ():
        if one.status != "DELETED":
            yield Payment(id=_id(one), document_id=row.id, kind=kind, amount=wire.money(one.amount), on=wire.day(one.date))
    for note in row.credit_notes or ():
        note_id = note.credit_note_id or ""
        yield Payment(id=note_id, document_id=row.id, kind="credit", amount=_applied(note), on=wire.day(note.date), credit_note_id=note_id)
    for money in (*(row.overpayments or ()), *(row.prepayments or ())):
        money_id = money.overpayment_id or money.prepayment_id or ""
        yield Payment(id=money_id, document_id=row.id, kind="payment", amount=_applied(money), on=wire.day(money.date), whole=_whole(money))


def taken_back(row: wire.Payment) -> Payment | None:
    """A deleted payment; None where it was for something that we do not read."""
    if row.credit_note is not None and row.credit_note.credit_note_id:
        document_id, refunded = row.credit_note.credit_note_id, True
    elif row.invoice is not None and row.invoice.invoice_id:
        document_id, refunded = row.invoice.invoice_id, False
    else:
        return None
    kind: PaymentKind = "refund" if refunded else "payment"
    return Payment(id=_id(row), document_id=document_id, kind=kind, amount=wire.money(row.amount), on=wire.day(row.date), reversed=True)


def by_age(payment: Payment) -> tuple[date, str]:
    return payment.on or date.min, payment.id


def _id(payment: wire.Payment) -> str:
    return payment.batch_payment_id or payment.payment_id or ""


def _applied(one: wire.CreditApplied) -> Decimal:
    return wire.money(one.applied_amount if one.applied_amount is not None else one.total)


def _whole(one: wire.CreditApplied) -> Decimal | None:
    return wire.money(one.total) if one.total is not None else None
