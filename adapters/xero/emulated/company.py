"""What one company's books hold. Money and quantities are `Decimal`, instants aware UTC, ids the vendor's UUID texts."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

InvoiceStatus = Literal["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"]
InvoiceType = Literal["ACCREC", "ACCPAY", "ACCRECCREDIT"]
LineAmountTypes = Literal["Exclusive", "Inclusive", "NoTax"]
Day = date
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Tracked(Struct, frozen=True):
    """One tracking option of a line, by ids."""

    category_id: str
    option_id: str


class Line(Struct, kw_only=True):
    """`line_amount` is quantity times unit amount less discount, in cents; `tax_given` when the caller named the tax itself."""

    id: str
    description: str = ""
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    item_code: str = ""
    account_code: str = ""
    tax_type: str = ""
    tax_amount: Decimal = Decimal(0)
    tax_given: bool = False
    line_amount: Decimal = Decimal(0)
    discount_rate: Decimal | None = None
    tracking: list[Tracked] = field(default_factory=list)


class Payment(Struct, frozen=True, kw_only=True):
    """Money taken against one document, in a batch perhaps; of a credit note it is paid back. `credit` marks an allocation instead:
    `other_id` is the document on its other side, or, with `overpayment`, the money that was there already.
    """

    id: str
    amount: Decimal
    paid_on: date
    updated_at: datetime
    credit: bool = False
    other_id: str = ""
    batch_id: str = ""
    overpayment: bool = False


class TakenBack(Struct, frozen=True, kw_only=True):
    """A payment that was deleted: its document no longer knows it, a listing of payments still does."""

    document_id: str
    payment: Payment


class Overpayment(Struct, kw_only=True):
    """Money of a contact that stands against no document yet."""

    id: str
    contact_id: str
    total: Decimal
    left: Decimal


class Invoice(Struct, kw_only=True):
    """A sales invoice (ACCREC), a bill (ACCPAY) or a credit note (ACCRECCREDIT). `by_app` is what `createdByMyApp` filters on."""

    id: str
    type: InvoiceType
    number: str = ""
    reference: str = ""
    contact_id: str
    date: Day
    due_date: Day | None = None
    status: InvoiceStatus = "DRAFT"
    line_amount_types: LineAmountTypes = "Exclusive"
    currency: str
    currency_rate: Decimal = Decimal(1)
    branding_theme_id: str = ""
    url: str = ""
    sent_to_contact: bool = False
    lines: list[Line] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)
    by_app: bool = False
    fully_paid_on: Day | None = None
    updated_at: datetime = EPOCH

    @property
    def live(self) -> bool:
        return self.status not in ("VOIDED", "DELETED")

    @property
    def tax(self) -> Decimal:
        return sum((line.tax_amount for line in self.lines), Decimal(0))

    @property
    def net(self) -> Decimal:
        """SubTotal: without tax, also where the line amounts include it."""
        amounts = sum((line.line_amount for line in self.lines), Decimal(0))
        return amounts - self.tax if self.line_amount_types == "Inclusive" else amounts

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def paid(self) -> Decimal:
        return sum((payment.amount for payment in self.payments if not payment.credit), Decimal(0))

    @property
    def credited(self) -> Decimal:
        return sum((payment.amount for payment in self.payments if payment.credit), Decimal(0))

    @property
    def due(self) -> Decimal:
        """What is open; of a credit note, what is left of it."""
        return self.total - self.paid - self.credited if self.live else Decimal(0)


class Terms(Struct, frozen=True, kw_only=True):
    """Payment terms of sales invoices as the vendor keeps them."""

    day: int
    type: Literal["DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", "OFCURRENTMONTH", "OFFOLLOWINGMONTH"]


class Contact(Struct, kw_only=True):
    """A customer or supplier; a merged one is archived and names the survivor."""

    id: str
    name: str
    number: str = ""
    email: str = ""
    status: Literal["ACTIVE", "ARCHIVED"] = "ACTIVE"
    currency: str = ""
    tax_type: str = ""
    terms: Terms | None = None
    merged_into: str = ""
    updated_at: datetime = EPOCH


class Item(Struct, kw_only=True):
    """A product or service; items are never archived, only deleted."""

    id: str
    code: str
    name: str = ""
    description: str = ""
    sold: bool = True
    account_code: str = ""
    tax_type: str = ""
    unit_price: Decimal | None = None
    updated_at: datetime = EPOCH


class Account(Struct, kw_only=True):
    """A row of the chart of accounts. `account_class` follows from the type and is read-only over there."""

    id: str
    code: str
    name: str
    type: str = "REVENUE"
    account_class: Literal["ASSET", "EQUITY", "EXPENSE", "LIABILITY", "REVENUE"] = "REVENUE"
    status: Literal["ACTIVE", "ARCHIVED"] = "ACTIVE"
    tax_type: str = ""
    updated_at: datetime = EPOCH


class TaxRate(Struct, kw_only=True):
    """`percent` is the whole effective rate."""

    tax_type: str
    name: str
    percent: Decimal
    status: Literal["ACTIVE", "DELETED", "ARCHIVED"] = "ACTIVE"
    on_sales: bool = True


class TrackingOption(Struct, kw_only=True):
    id: str
    name: str
    status: Literal["ACTIVE", "ARCHIVED"] = "ACTIVE"


class TrackingCategory(Struct, kw_only=True):
    id: str
    name: str
    status: Literal["ACTIVE", "ARCHIVED"] = "ACTIVE"
    options: list[TrackingOption] = field(default_factory=list)


class BrandingTheme(Struct, kw_only=True):
    id: str
    name: str


class Organisation(Struct, kw_only=True):
    """The company itself. Nothing dated on or before a lock date can be made or changed."""

    id: str
    name: str = "Demo Company (NZ)"
    base_currency: str = "NZD"
    country: str = "NZ"
    timezone: str = "NEWZEALANDSTANDARDTIME"
    period_lock_date: date | None = None
    end_of_year_lock_date: date | None = None
    number_prefix: str = "INV-"
    next_number: int = 1
    terms: Terms | None = None


class Write(Struct, frozen=True, kw_only=True):
    """One accepted write: the ground truth that tests compare our own state with. `by` says who made it."""

    at: datetime
    what: str
    by: Literal["app", "person"]
    id: str
    type: str
    number: str
    status: str
    net: Decimal


class Company(Struct, kw_only=True):
    """All of one tenant's books."""

    organisation: Organisation
    currencies: list[str] = field(default_factory=list)
    contacts: dict[str, Contact] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    tax_rates: dict[str, TaxRate] = field(default_factory=dict)
    tracking: list[TrackingCategory] = field(default_factory=list)
    branding_themes: list[BrandingTheme] = field(default_factory=list)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    credit_notes: dict[str, Invoice] = field(default_factory=dict)
    overpayments: dict[str, Overpayment] = field(default_factory=dict)
    taken_back: list[TakenBack] = field(default_factory=list)
    ledger: list[Write] = field(default_factory=list)

    def contact_named(self, name: str) -> Contact | None:
        wanted = name.strip().casefold()
        return next((c for c in self.contacts.values() if c.name.casefold() == wanted and not c.merged_into), None)

    def shelf(self, kind: str) -> dict[str, Invoice]:
        """Where documents of the type stand, by id."""
        return self.credit_notes if kind == "ACCRECCREDIT" else self.invoices

    def numbered(self, number: str, kind: str = "ACCREC") -> list[Invoice]:
        """Every document of the type with that number, also deleted and voided ones; the vendor ignores case."""
        wanted = number.casefold()
        return [i for i in self.shelf(kind).values() if i.type == kind and i.number.casefold() == wanted]

    @property
    def lock_date(self) -> date | None:
        """The later of the two lock dates."""
        dates = [d for d in (self.organisation.period_lock_date, self.organisation.end_of_year_lock_date) if d]
        return max(dates, default=None)
