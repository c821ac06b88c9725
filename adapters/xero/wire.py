"""What Xero's accounting API answers, only the fields we use; everything else is ignored. Every field may be missing or null.

Dates come as `/Date(1718150400000+0000)/` (milliseconds since 1970, then an offset that only tells the local day), as
`DateString` without a zone, or as plain ISO, depending on endpoint and age; `day` and `instant` read all three.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field

_MS_DATE = re.compile(r"/Date\((-?\d{1,15})(?:([+-])(\d\d)(\d\d))?\)/")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS_MAX = 15
_PLACES_MAX = 18


def _named_there(name: str) -> str:
    """`updated_date_utc` → `UpdatedDateUTC`, `contact_id` → `ContactID`."""
    return "".join(word.upper() if word in ("id", "utc") else word.capitalize() for word in name.split("_"))


class Wire(Struct, frozen=True, rename=_named_there):
    """Frozen, named as in Python here and as Xero does on the wire."""


class Message(Wire, frozen=True):
    message: str | None = None


class LineTracking(Wire, frozen=True):
    name: str | None = None
    option: str | None = None


class Line(Wire, frozen=True):
    line_item_id: str | None = None
    description: str | None = None
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    line_amount: Decimal | None = None
    tax_amount: Decimal | None = None
    tax_type: str | None = None
    item_code: str | None = None
    account_code: str | None = None
    tracking: tuple[LineTracking, ...] | None = None


class DocumentContact(Wire, frozen=True):
    contact_id: str | None = None
    name: str | None = None


class InvoiceNamed(Wire, frozen=True):
    invoice_id: str | None = None


class Allocation(Wire, frozen=True):
    """Part of a credit note against an invoice, or what became of one that we sent."""

    allocation_id: str | None = None
    amount: Decimal | None = None
    date: str | None = None
    invoice: InvoiceNamed | None = None
    is_deleted: bool | None = None
    status_attribute_string: str | None = None
    validation_errors: tuple[Message, ...] | None = None


class Payment(Wire, frozen=True):
    """Money: on the document it was taken for, or in the listing of payments, where it names its document."""

    payment_id: str | None = None
    batch_payment_id: str | None = None
    amount: Decimal | None = None
    date: str | None = None
    status: str | None = None
    invoice: InvoiceNamed | None = None
    credit_note: "CreditApplied | None" = None


class CreditApplied(Wire, frozen=True):
    """A credit note, or money paid too much or too early, on the invoice that it stands against."""

    credit_note_id: str | None = None
    overpayment_id: str | None = None
    prepayment_id: str | None = None
    applied_amount: Decimal | None = None
    total: Decimal | None = None
    date: str | None = None


class Invoice(Wire, frozen=True):
    """A sales invoice, a bill or a credit note, which has an id and a number of its own; also an element of a reply to a write, which
    then may hold only an echo and its errors.
    """

    type: str | None = None
    invoice_id: str | None = None
    invoice_number: str | None = None
    credit_note_id: str | None = None
    credit_note_number: str | None = None
    remaining_credit: Decimal | None = None
    allocations: tuple[Allocation, ...] | None = None
    payments: tuple[Payment, ...] | None = None
    credit_notes: tuple[CreditApplied, ...] | None = None
    overpayments: tuple[CreditApplied, ...] | None = None
    prepayments: tuple[CreditApplied, ...] | None = None
    reference: str | None = None
    status: str | None = None
    contact: DocumentContact | None = None
    date: str | None = None
    date_string: str | None = None
    due_date: str | None = None
    due_date_string: str | None = None
    line_amount_types: str | None = None
    currency_code: str | None = None
    line_items: tuple[Line, ...] | None = None
    sub_total: Decimal | None = None
    total_tax: Decimal | None = None
    total: Decimal | None = None
    amount_due: Decimal | None = None
    amount_paid: Decimal | None = None
    amount_credited: Decimal | None = None
    sent_to_contact: bool | None = None
    updated_date_utc: str | None = None
    updated_date_utc_string: str | None = None
    status_attribute_string: str | None = None
    has_errors: bool | None = None
    validation_errors: tuple[Message, ...] | None = None

    @property
    def id(self) -> str:
        return self.credit_note_id or self.invoice_id or ""

    @property
    def number(self) -> str:
        return self.credit_note_number or self.invoice_number or ""


class Pagination(Struct, frozen=True, rename="camel"):
    page_count: int | None = None


class Invoices(Wire, frozen=True):
    """A listing or a reply: of invoices, or of credit notes."""

    invoices: tuple[Invoice, ...] | None = None
    credit_notes: tuple[Invoice, ...] | None = None
    pagination: Pagination | None = field(default=None, name="pagination")

    @property
    def documents(self) -> tuple[Invoice, ...]:
        return (*(self.invoices or ()), *(self.credit_notes or ()))


class Allocations(Wire, frozen=True):
    allocations: tuple[Allocation, ...] | None = None


class Payments(Wire, frozen=True):
    payments: tuple[Payment, ...] | None = None
    pagination: Pagination | None = field(default=None, name="pagination")


class Refusal(Wire, frozen=True):
    """A 400: `Elements` holds what was refused, each with its messages; without elements the whole request was."""

    type: str | None = None
    title: str | None = None
    message: str | None = None
    detail: str | None = None
    elements: tuple[Invoice, ...] | None = None


class Tenant(Struct, frozen=True, rename="camel"):
    """One row of `GET /connections`: an organisation that the token reaches."""

    tenant_id: str | None = None
    tenant_name: str | None = None
    tenant_type: str | None = None


def money(number: Decimal | None) -> Decimal:
    """An amount, price or quantity; none is zero. Raises ValueError for a number that no document can hold (10^400)."""
    if number is None:
        return Decimal(0)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() > _DIGITS_MAX or exponent < -_PLACES_MAX:
        raise ValueError("a number that no document can hold")
    return number


def day(text: str | None, string: str | None = None) -> date | None:
    """The calendar day of a date field and its `…String` twin. Raises ValueError for one that cannot be read."""
    if string:
        return date.fromisoformat(string[:10])
    if not text:
        return None
    found = _MS_DATE.fullmatch(text)
    return _local(found).date() if found else date.fromisoformat(text[:10])


def instant(text: str | None, string: str | None = None) -> datetime | None:
    """The moment of a UTC field, aware. Raises ValueError for one that cannot be read."""
    if text and (found := _MS_DATE.fullmatch(text)):
        return _moment(found)
    said = text or string
    if not said:
        return None
    moment = datetime.fromisoformat(said)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _moment(found: re.Match[str]) -> datetime:
    return _after_epoch(timedelta(milliseconds=int(found[1])))


def _local(found: re.Match[str]) -> datetime:
    offset = timedelta(hours=int(found[3] or 0), minutes=int(found[4] or 0))
    return _after_epoch(timedelta(milliseconds=int(found[1])) + (-offset if found[2] == "-" else offset))


def _after_epoch(span: timedelta) -> datetime:
    try:
        return _EPOCH + span
    except OverflowError:
        raise ValueError("a date outside the calendar") from None
