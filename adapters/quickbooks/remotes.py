"""QuickBooks' invoices and credit memos as ours. Pure."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from adapters.quickbooks import wire
from adapters.quickbooks.invoices import AMOUNTS, CLASS, CREDITS, LOCATION, MARKED, PO, SALES, Habits, whole_id
from connector.errors import TransientError
from connector.http import decode
from connector.model import Amounts, DocumentKind, Remote, RemoteLine, Status, Target

NO_MARK = "(none)"
"""The mark of a document without ours: every one that we make carries one, so it is somebody else's."""
_AMOUNTS_READ: Mapping[str, Amounts] = {text: amounts for amounts, text in AMOUNTS.items()}
_MARK = re.compile(rf"{MARKED}(\S.*?)\s*$", re.MULTILINE)
_SUBTOTAL = "SubTotalLineDetail"
_plain = msgspec.json.Decoder(wire.PlainLine)
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder()


def remote(invoice: wire.Invoice, habits: Habits, *, number: str = "", kind: DocumentKind = "invoice") -> Remote:
    """An invoice or a credit memo as it stands over there; of a deleted one only the id is left, and `number` where we know it.

    Raises ValueError for one that cannot be read, which is no answer at all.
    """
    if not invoice.id:
        raise ValueError("an invoice without id")
    meta = invoice.meta_data or wire.MetaData()
    changed_at, changed_by = wire.instant(meta.last_updated_time), _user(meta.last_modified_by_ref)
    if (invoice.deletion or "").casefold() == "deleted":
        remote_id, known = whole_id(invoice.id, kind), invoice.doc_number or number
        return Remote(id=remote_id, kind=kind, number=known, status="deleted", changed_at=changed_at, changed_by=changed_by)
    left = invoice.remaining_credit if kind == "credit_note" and invoice.remaining_credit is not None else invoice.balance
    if invoice.total_amt is None or left is None:
        raise ValueError("an invoice without its sums")
    total, balance = wire.money(invoice.total_amt), wire.money(left)
    tax = wire.money(invoice.txn_tax_detail.total_tax) if invoice.txn_tax_detail is not None else Decimal(0)
    location = wire.value(invoice.department_ref)
    lines = tuple(_remote_lines(invoice.line or (), location))
    customer = invoice.customer_ref or wire.Ref()
    return Remote(
        id=whole_id(invoice.id, kind),
        kind=kind,
        number=invoice.doc_number or "",
        status=_status(invoice, lines, total, balance),
        version=invoice.sync_token or "",
        mark=_mark(invoice.private_note or ""),
        customer_id=customer.value or "",
        customer=customer.name or "",
        invoice_date=wire.day(invoice.txn_date),
        due_date=wire.day(invoice.due_date),
        currency=wire.value(invoice.currency_ref) or habits.currency,
        amounts=_AMOUNTS_READ.get(invoice.global_tax_calculation or "TaxExcluded"),
        po=_po_read(invoice, habits),
        lines=lines,
        net=total - tax,
        tax=tax,
        gross=total,
        paid=total - balance,
        balance=balance,
        sent=invoice.email_status == "EmailSent",
        changed_at=changed_at,
        changed_by=changed_by,
    )


def _user(ref: wire.Ref | None) -> str:
    return (ref.name or (f"user {ref.value}" if ref.value else "")) if ref is not None else ""


def _status(invoice: wire.Invoice, lines: Sequence[RemoteLine], total: Decimal, balance: Decimal) -> Status:
    """There is no field for it: a void leaves zeros and a note that begins with "Voided", in the company's language perhaps."""
    zeros = all(line.quantity == 0 and line.net == 0 for line in lines)
    if not total and not balance and (zeros or (invoice.private_note or "").casefold().startswith("voided")):
        return "voided"
    if balance == total:
        return "posted"
    return "part_paid" if balance else "paid"


def _mark(note: str) -> str:
    """Ours, wherever in the note it stands now; else whatever stands there instead."""
    found = _MARK.search(note)
    return found[1] if found else note or NO_MARK


def _po_read(invoice: wire.Invoice, habits: Habits) -> str:
    if habits.po_field:
        fields = invoice.custom_field or ()
        return next((field.string_value or "" for field in fields if field.definition_id == habits.po_field), "")
    memo = wire.value(invoice.customer_memo).partition(f"\n{CREDITS}")[0]
    return memo.removeprefix(PO) if memo.startswith(PO) else ""


def _remote_lines(lines: Sequence[msgspec.Raw], location: str) -> list[RemoteLine]:
    read = [_read(raw) for raw in lines]
    return [_remote_line(line, as_read, location) for line, as_read in read if line.detail_type != _SUBTOTAL]


def _read(raw: msgspec.Raw) -> tuple[wire.Line | wire.PlainLine, str]:
    """A line, and its own text where that says more than the line's fields. Nearly all are plain, and read once."""
    line: wire.Line | wire.PlainLine
    try:
        line = _plain.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        line = decode(bytes(raw), wire.Line)
        return line, "" if line.detail_type == _SUBTOTAL else _as_read(raw)
    return line, _as_read(raw) if line.sales_item_line_detail.service_date else ""


def _remote_line(line: wire.Line | wire.PlainLine, as_read: str, location: str) -> RemoteLine:
    """A discount counts against the sum. Whatever these fields do not say is kept as it was read."""
    detail = line.sales_item_line_detail
    amount = wire.money(line.amount)
    is_sale = line.detail_type == SALES and detail is not None and detail.item_ref is not None
    tracking = [(CLASS, wire.value(detail.class_ref))] if detail is not None and detail.class_ref is not None else []
    tracking += [(LOCATION, location)] if location else []
    return RemoteLine(
        id=line.id or "",
        description=line.description or "",
        quantity=wire.money(detail.qty) if detail is not None else Decimal(0),
        price=wire.money(detail.unit_price) if detail is not None else Decimal(0),
        net=-amount if line.detail_type == "DiscountLineDetail" else amount,
        target=Target("item", wire.value(detail.item_ref)) if detail is not None and is_sale else None,
        tax_code=wire.value(detail.tax_code_ref) if detail is not None else "",
        tracking=tuple(tracking),
        as_read=as_read,
    )


def _as_read(raw: msgspec.Raw) -> str:
    """Without its number in the list, for the list may change."""
    element = _parts.decode(raw)
    element.pop("LineNum", None)
    return _encoder.encode(element).decode()


def listed(invoices: Sequence[wire.Invoice], habits: Habits, whose: str, kind: DocumentKind = "invoice") -> tuple[Remote, ...]:
    try:
        return tuple(remote(invoice, habits, kind=kind) for invoice in invoices)
    except ValueError as error:
        raise TransientError(f"the listing holds {error}", to=whose, next_step="Nothing was lost; the next run asks again") from None
