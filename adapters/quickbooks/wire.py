"""What QuickBooks Online answers, only the fields we use; everything else is ignored. Every field may be missing or null.

Faults come in two casings: `Fault` from the API, `fault` from the gateway before it; both also with HTTP 200. Instants carry the
company's offset. Lines are kept as text until they are looked at, so that a person's line can be sent back as it is.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Raw, Struct, field

_DIGITS_MAX = 15
_PLACES_MAX = 18


class Wire(Struct, frozen=True, rename="pascal"):
    """Frozen, named as in Python here and as QuickBooks does on the wire."""


class Ref(Struct, frozen=True):
    """A reference: the id, and the name beside it."""

    value: str | None = None
    name: str | None = None


class UpperError(Wire, frozen=True):
    message: str | None = None
    detail: str | None = None
    code: str | None = field(default=None, name="code")


class UpperFault(Wire, frozen=True):
    error: tuple[UpperError, ...] | None = None
    type: str | None = field(default=None, name="type")


class LowerError(Struct, frozen=True):
    message: str | None = None
    detail: str | None = None
    code: str | None = None


class LowerFault(Struct, frozen=True):
    error: tuple[LowerError, ...] | None = None
    type: str | None = None


class Faulty(Wire, frozen=True):
    """Any answer: it may hold a fault instead of what was asked for."""

    upper: UpperFault | None = field(default=None, name="Fault")
    lower: LowerFault | None = field(default=None, name="fault")

    @property
    def fault(self) -> UpperFault | LowerFault | None:
        return self.upper or self.lower


class SalesItem(Wire, frozen=True):
    item_ref: Ref | None = None
    class_ref: Ref | None = None
    tax_code_ref: Ref | None = None
    qty: Decimal | None = None
    unit_price: Decimal | None = None


class Line(Wire, frozen=True):
    id: str | None = None
    description: str | None = None
    amount: Decimal | None = None
    detail_type: str | None = None
    sales_item_line_detail: SalesItem | None = None


class PlainSalesItem(Wire, frozen=True, forbid_unknown_fields=True):
    """Nothing but what we say of a sale, and what the vendor adds to every one. `service_date` is sent and not compared."""

    item_ref: Ref | None
    qty: Decimal | None
    unit_price: Decimal | None
    class_ref: Ref | None = None
    tax_code_ref: Ref | None = None
    item_account_ref: Raw = Raw()
    tax_classification_ref: Raw = Raw()
    service_date: Raw = Raw()


class PlainLine(Wire, frozen=True, forbid_unknown_fields=True):
    """A line in which nothing else stands; `line_num` may change with the list."""

    detail_type: Literal["SalesItemLineDetail"]
    sales_item_line_detail: PlainSalesItem
    id: str | None = None
    line_num: Raw = Raw()
    description: str | None = None
    amount: Decimal | None = None


class TaxDetail(Wire, frozen=True):
    total_tax: Decimal | None = None


class CustomField(Wire, frozen=True):
    definition_id: str | None = None
    name: str | None = None
    string_value: str | None = None
    boolean_value: bool | None = None


class MetaData(Wire, frozen=True):
    """Of whoever changed it last QuickBooks tells the user's id, seldom a name; for what came from here, that of who authorised us."""

    last_updated_time: str | None = None
    last_modified_by_ref: Ref | None = None


class Invoice(Wire, frozen=True):
    """A sales invoice or a credit memo; of a deleted one only id and `status` are left."""

    id: str | None = None
    sync_token: str | None = None
    deletion: str | None = field(default=None, name="status")
    meta_data: MetaData | None = None
    doc_number: str | None = None
    txn_date: str | None = None
    due_date: str | None = None
    customer_ref: Ref | None = None
    currency_ref: Ref | None = None
    department_ref: Ref | None = None
    private_note: str | None = None
    customer_memo: Ref | None = None
    custom_field: tuple[CustomField, ...] | None = None
    global_tax_calculation: str | None = None
    email_status: str | None = None
    line: tuple[Raw, ...] | None = None
    txn_tax_detail: TaxDetail | None = None
    total_amt: Decimal | None = None
    balance: Decimal | None = None
    remaining_credit: Decimal | None = None


class Linked(Wire, frozen=True):
    txn_id: str | None = None
    txn_type: str | None = None


class PaymentLine(Wire, frozen=True):
    """So much of one other transaction."""

    amount: Decimal | None = None
    linked_txn: tuple[Linked, ...] | None = None


class Payment(Wire, frozen=True):
    id: str | None = None
    txn_date: str | None = None
    total_amt: Decimal | None = None
    unapplied_amt: Decimal | None = None
    line: tuple[PaymentLine, ...] | None = None


class BatchItem(Faulty, frozen=True):
    b_id: str | None = field(default=None, name="bId")
    invoice: Invoice | None = None
    credit_memo: Invoice | None = None


class Written(Faulty, frozen=True):
    """A reply to a write, alone or in a batch; also to a read by id."""

    invoice: Invoice | None = None
    credit_memo: Invoice | None = None
    payment: Payment | None = None
    batch_item_response: tuple[BatchItem, ...] | None = None


class Sent(Wire, frozen=True):
    """One element of what we sent: enough to say which document it was about."""

    id: str | None = None
    doc_number: str | None = None


class SentItem(Wire, frozen=True):
    b_id: str = field(name="bId")
    invoice: Sent | None = None
    credit_memo: Sent | None = None


class SentBatch(Wire, frozen=True):
    batch_item_request: tuple[SentItem, ...]


def money(number: Decimal | None) -> Decimal:
    """An amount, price or quantity; none is zero. Raises ValueError for a number that no document can hold (10^400)."""
    if number is None:
        return Decimal(0)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or number.adjusted() > _DIGITS_MAX or exponent < -_PLACES_MAX:
        raise ValueError("a number that no document can hold")
    return number


def day(text: str | None) -> date | None:
    """The calendar day of a date field. Raises ValueError for one that cannot be read."""
    return date.fromisoformat(text[:10]) if text else None


def instant(text: str | None) -> datetime | None:
    """The moment, aware, in UTC. Raises ValueError for one that cannot be read."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def value(ref: Ref | None) -> str:
    return (ref.value or "") if ref is not None else ""
