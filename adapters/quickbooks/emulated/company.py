"""What one company's books hold. Money and quantities are `Decimal`, instants aware UTC, ids the vendor's numbers as text."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct, field

EmailStatus = Literal["NotSet", "NeedToSend", "EmailSent"]
PrintStatus = Literal["NotSet", "NeedToPrint", "PrintComplete"]
GlobalTax = Literal["TaxExcluded", "TaxInclusive", "NotApplicable"]
Kind = Literal["Invoice", "CreditMemo"]
LineKind = Literal["SalesItemLineDetail", "DescriptionOnly", "DiscountLineDetail"]
Day = date
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Line(Struct, kw_only=True):
    """`amount` is quantity times price in cents; of a discount what it takes off."""

    id: str
    kind: LineKind = "SalesItemLineDetail"
    description: str = ""
    amount: Decimal = Decimal(0)
    item_id: str = ""
    quantity: Decimal | None = None
    price: Decimal | None = None
    tax_code: str = ""
    class_id: str = ""
    service_date: Day | None = None

    @property
    def signed(self) -> Decimal:
        return -self.amount if self.kind == "DiscountLineDetail" else self.amount


class Payment(Struct, frozen=True, kw_only=True):
    """Money, or a credit, taken against one document; `id` is that of the payment that links them."""

    id: str
    amount: Decimal
    paid_on: Day
    credit: bool = False


class Link(Struct, frozen=True, kw_only=True):
    """One line of a payment: so much of another transaction."""

    type: Literal["Invoice", "CreditMemo", "Expense"]
    id: str
    amount: Decimal


class Receipt(Struct, kw_only=True):
    """A payment of the vendor: money received, credits and what they stand against. Voided, it has neither money nor lines left."""

    id: str
    sync_token: int = 0
    customer_id: str
    currency: str
    date: Day
    total: Decimal
    note: str = ""
    links: list[Link] = field(default_factory=list)
    voided: bool = False
    updated_at: datetime = EPOCH

    @property
    def unapplied(self) -> Decimal:
        """What of money and credits stands against nothing."""
        taken = sum((one.amount for one in self.links if one.type != "CreditMemo"), Decimal(0))
        given = sum((one.amount for one in self.links if one.type == "CreditMemo"), Decimal(0))
        return self.total + given - taken


class Invoice(Struct, kw_only=True):
    """A sales invoice, or a credit memo, which is written like one. There are no drafts. A deleted one is kept here for the ledger's sake; the API no longer shows it."""

    id: str
    kind: Kind = "Invoice"
    sync_token: int = 0
    number: str = ""
    date: Day
    due_date: Day
    customer_id: str
    currency: str
    exchange_rate: Decimal | None = None
    private_note: str = ""
    memo: str = ""
    email_status: EmailStatus = "NotSet"
    print_status: PrintStatus = "NotSet"
    bill_email: str = ""
    terms_id: str = ""
    department_id: str = ""
    class_id: str = ""
    custom_fields: dict[str, str] = field(default_factory=dict)
    global_tax: GlobalTax | None = None
    online_card: bool = False
    online_ach: bool = False
    lines: list[Line] = field(default_factory=list)
    tax: Decimal = Decimal(0)
    payments: list[Payment] = field(default_factory=list)
    voided: bool = False
    deleted: bool = False
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH
    updated_by: str = ""

    @property
    def live(self) -> bool:
        return not (self.voided or self.deleted)

    @property
    def status(self) -> Literal["open", "paid", "voided", "deleted"]:
        """Our own word for it: the vendor has no such field."""
        if self.deleted or self.voided:
            return "deleted" if self.deleted else "voided"
        return "paid" if self.payments and not self.balance else "open"

    @property
    def amounts(self) -> Decimal:
        return sum((line.signed for line in self.lines), Decimal(0))

    @property
    def net(self) -> Decimal:
        return self.amounts - self.tax if self.global_tax == "TaxInclusive" else self.amounts

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def balance(self) -> Decimal:
        return self.total - sum((payment.amount for payment in self.payments), Decimal(0))


class Customer(Struct, kw_only=True):
    """`name` is the DisplayName. One currency for ever, the company's own where multicurrency is off."""

    id: str
    name: str
    active: bool = True
    currency: str = ""
    terms_id: str = ""
    taxable: bool = True
    tax_code: str = ""
    email: str = ""
    sync_token: int = 0
    updated_at: datetime = EPOCH


class Item(Struct, kw_only=True):
    """A product or service; a category groups others and cannot be sold."""

    id: str
    name: str
    parent: str = ""
    sku: str = ""
    type: Literal["Service", "NonInventory", "Inventory", "Category"] = "Service"
    active: bool = True
    account_id: str = ""
    price: Decimal | None = None
    taxable: bool = False
    sync_token: int = 0
    updated_at: datetime = EPOCH

    @property
    def full_name(self) -> str:
        return f"{self.parent}:{self.name}" if self.parent else self.name


class Account(Struct, kw_only=True):
    id: str
    name: str
    number: str = ""
    type: str = "Income"
    classification: Literal["Asset", "Equity", "Expense", "Liability", "Revenue"] = "Revenue"
    active: bool = True


class TaxCode(Struct, kw_only=True):
    """A US company with automated sales tax has TAX and NON for lines; the others stand on the transaction. `percent` is the
    whole rate of sales.
    """

    id: str
    name: str
    percent: Decimal = Decimal(0)
    taxable: bool = True
    active: bool = True


class Term(Struct, kw_only=True):
    """STANDARD: due so many days after; DATE_DRIVEN: due on a day of the month."""

    id: str
    name: str
    type: Literal["STANDARD", "DATE_DRIVEN"] = "STANDARD"
    due_days: int = 0
    day_of_month: int = 0
    next_month_days: int = 0
    active: bool = True


class Named(Struct, kw_only=True):
    """A class or a department (location)."""

    id: str
    name: str
    active: bool = True


class Preferences(Struct, kw_only=True):
    """The switches of one company. `refuse_used_numbers` is what the browser calls "warn if duplicate number is used".
    `sales_fields` are the names of the old custom fields 1 to 3; an empty one is switched off.
    """

    custom_numbers: bool = True
    refuse_used_numbers: bool = True
    multicurrency: bool = False
    home_currency: str = "USD"
    using_sales_tax: bool = True
    automated_sales_tax: bool = True
    sales_tax_percent: Decimal = Decimal("8.25")
    classes_per_line: bool = True
    departments: bool = True
    department_word: str = "Location"
    sales_fields: list[str] = field(default_factory=lambda: ["PO Number", "", ""])
    book_close_date: Day | None = None
    auto_apply_credit: bool = False


class Write(Struct, frozen=True, kw_only=True):
    """One accepted write: the ground truth that tests compare our own state with. `by` says who made it."""

    at: datetime
    what: str
    by: Literal["app", "person"]
    id: str
    number: str
    status: str
    net: Decimal


class Company(Struct, kw_only=True):
    """All of one realm's books."""

    realm_id: str
    name: str = "Demo Company (US)"
    country: str = "US"
    preferences: Preferences = field(default_factory=Preferences)
    currencies: list[str] = field(default_factory=list)
    customers: dict[str, Customer] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    tax_codes: dict[str, TaxCode] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    classes: dict[str, Named] = field(default_factory=dict)
    departments: dict[str, Named] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    credit_memos: dict[str, Invoice] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    mailed: list[str] = field(default_factory=list)
    ledger: list[Write] = field(default_factory=list)
    next_id: int = 1
    next_number: int = 1001

    def draw_id(self) -> str:
        self.next_id += 1
        return str(self.next_id - 1)

    def customer_named(self, name: str) -> Customer | None:
        wanted = name.strip().casefold()
        return next((one for one in self.customers.values() if one.name.casefold() == wanted), None)

    def shelf(self, kind: Kind) -> dict[str, Invoice]:
        """Where documents of the kind stand, by id."""
        return self.invoices if kind == "Invoice" else self.credit_memos

    def numbered(self, number: str, kind: Kind = "Invoice") -> list[Invoice]:
        """Documents with that number that are still in the books, voided ones too: a deleted one has left its number."""
        wanted = number.casefold()
        return [one for one in self.shelf(kind).values() if one.number.casefold() == wanted and not one.deleted]


Body = dict[str, Any]
