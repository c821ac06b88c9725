"""The vocabulary: what a source says was worked, and what a document is, here and over there.

Values are frozen. Instants are aware and in UTC, a `date` is the day as the source's people count it,
worked time is whole seconds, money and hours are `Decimal`. An empty string or tuple means "the source has none".
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

DocumentKind = Literal["invoice", "credit_note"]
Status = Literal["draft", "posted", "part_paid", "paid", "voided", "deleted"]
Amounts = Literal["tax_exclusive", "tax_inclusive", "no_tax"]
SendAs = Literal["draft", "posted"]
TargetKind = Literal["item", "account"]
Operation = Literal["create", "update", "post", "void", "delete", "credit", "allocate"]
PaymentKind = Literal["payment", "credit", "refund"]


class TimeEntry(Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One piece of worked time, as its source says it.

    `id` is the source's own and never re-used there. `seconds` is worked time; `hours` is set where the source counts in
    decimal hours, which are billed as given. `worked_on` None means the day cannot be read, and `problem` says why;
    `origin` tells where the row stands (file:line) where the source is a file.
    """

    id: str
    client: str = ""
    client_id: str = ""
    project: str = ""
    project_id: str = ""
    work_type: str = ""
    work_type_id: str = ""
    task: str = ""
    task_id: str = ""
    person: str = ""
    person_id: str = ""
    role: str = ""
    ticket: str = ""
    ticket_title: str = ""
    site: str = ""
    department: str = ""
    tags: tuple[str, ...] = ()
    agreement: str = ""
    po: str = ""
    notes: str = ""
    internal_notes: str = ""
    worked_on: date | None = None
    started: datetime | None = None
    ended: datetime | None = None
    seconds: int = 0
    hours: Decimal | None = None
    entered_at: datetime | None = None
    edited_at: datetime | None = None
    captured_by: Literal["", "timer", "manual", "import"] = ""
    running: bool = False
    billable: bool | None = None
    approved: bool | None = None
    billed: bool = False
    billed_document: str = ""
    rate: Decimal | None = None
    cost_rate: Decimal | None = None
    currency: str = ""
    problem: str = ""
    origin: str = ""


class DocumentRef(Struct, frozen=True, gc=False, order=True):
    """How a document is found over there by what we know before it exists."""

    kind: DocumentKind
    number: str


class Target(Struct, frozen=True, gc=False, order=True):
    """Where a line's money goes over there; the kind is always said."""

    kind: TargetKind
    code: str


class Line(Struct, frozen=True, gc=False, kw_only=True):
    """One line of a document: `quantity` hours, rounded once, times one `price`, rounded half up to the currency.

    `tax` is predicted where tax is ours to predict, else None.
    """

    description: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    target: Target
    tax_code: str = ""
    tax: Decimal | None = None
    tracking: tuple[tuple[str, str], ...] = ()
    service_from: date
    service_to: date


class Credited(Struct, frozen=True, gc=False):
    """The document over there that a credit note takes back, wholly or in part: its kind and number, and its remote id."""

    ref: DocumentRef
    remote_id: str


class Document(Struct, frozen=True, gc=False, kw_only=True):
    """What a document over there is to say. `mark` is ours, for systems with a field that only we write. `credits` is set on a credit
    note alone, whose lines have positive quantities and prices like an invoice's.
    """

    kind: DocumentKind = "invoice"
    number: str
    mark: str
    customer_id: str
    customer: str
    invoice_date: date
    due_date: date
    currency: str
    amounts: Amounts
    send_as: SendAs
    po: str = ""
    lines: tuple[Line, ...]
    net: Decimal
    tax: Decimal | None = None
    gross: Decimal | None = None
    credits: Credited | None = None

    @property
    def ref(self) -> DocumentRef:
        return DocumentRef(self.kind, self.number)


class RemoteLine(Struct, frozen=True, gc=False, kw_only=True):
    """A line as it stands over there. `as_read` is the vendor's own text of a line that holds more than these fields say, for it
    to be sent back unchanged.
    """

    id: str = ""
    description: str = ""
    quantity: Decimal = Decimal(0)
    price: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    target: Target | None = None
    tax_code: str = ""
    tax: Decimal | None = None
    tracking: tuple[tuple[str, str], ...] = ()
    as_read: str = ""


class Allocation(Struct, frozen=True, gc=False, kw_only=True):
    """Part of a credit note that stands against an invoice. `document_id` is the other document's remote id; `amount` is gross, in the
    documents' currency; `id` is the vendor's own, where it has one.
    """

    document_id: str
    amount: Decimal
    id: str = ""
    on: date | None = None


class Remote(Struct, frozen=True, gc=False, kw_only=True):
    """A document as it stands over there.

    `ours` is the vendor's own word on who made it (True, False), or None where it has none. `version` is the vendor's
    lock token, empty where it has none. `paid` is what was paid or credited so far; of a credit note, what was allocated or paid
    back, and `balance` what is left of it. `changed_by` is whoever changed it last, as listings name them, or the history that
    told of that very change. `allocated` is told of a credit note; of an invoice only where it comes with it.
    """

    id: str
    kind: DocumentKind = "invoice"
    number: str = ""
    status: Status
    version: str = ""
    ours: bool | None = None
    mark: str = ""
    customer_id: str = ""
    customer: str = ""
    invoice_date: date | None = None
    due_date: date | None = None
    currency: str = ""
    amounts: Amounts | None = None
    po: str = ""
    lines: tuple[RemoteLine, ...] = ()
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    gross: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    balance: Decimal = Decimal(0)
    sent: bool = False
    changed_at: datetime | None = None
    changed_by: str = ""
    allocated: tuple[Allocation, ...] = ()

    @property
    def ref(self) -> DocumentRef:
        return DocumentRef(self.kind, self.number)

    @property
    def live(self) -> bool:
        return self.status not in ("voided", "deleted")

    def allocated_to(self, document_id: str) -> Decimal:
        """How much of it stands against one other document, over all allocations: the look-up after an allocation in doubt."""
        return sum((one.amount for one in self.allocated if one.document_id == document_id), Decimal(0))


class Deed(Struct, frozen=True, gc=False, kw_only=True):
    """One thing that was done to a document over there, as its history there tells it: `what` and `details` are the vendor's own words,
    `by` the name it gives, which may be no person's (an app, the vendor itself); "" where it names nobody. No text is over 200 characters,
    and none has control characters.
    """

    at: datetime
    by: str = ""
    what: str = ""
    details: str = ""


class Payment(Struct, frozen=True, gc=False, kw_only=True):
    """What was put against one document: money (`payment`), a credit note (`credit`, named by `credit_note_id`), or, of a credit note,
    money paid back (`refund`).

    A payment split over several documents is one of these for each, under one `id`; `whole` is all of it and `unapplied` what of it
    stands against no document (overpaid), both None where the vendor does not tell. `reversed`: it was taken back and counts for
    nothing any more; a vendor that keeps nothing of such a payment tells none, and only the balance has risen.
    """

    id: str
    document_id: str
    kind: PaymentKind
    amount: Decimal
    on: date | None = None
    reversed: bool = False
    whole: Decimal | None = None
    unapplied: Decimal | None = None
    credit_note_id: str = ""


# ---- what a book over there knows: the mapping is checked against it before anything is sent ----------------------------


class Customer(Struct, frozen=True, gc=False, kw_only=True):
    """Who gets the invoice. `terms` is the vendor's text in our form ("net 14"), empty where the customer has none."""

    id: str
    name: str
    active: bool = True
    currency: str = ""
    terms: str = ""
    tax_code: str = ""
    balance_overdue: Decimal | None = None
    merged_into: str = ""


class Item(Struct, frozen=True, gc=False, kw_only=True):
    """A product or service; `account` is where its sales go."""

    id: str
    code: str
    name: str = ""
    active: bool = True
    sold: bool = True
    account: str = ""


class Account(Struct, frozen=True, gc=False, kw_only=True):
    """An account that a line may name by its code."""

    id: str
    code: str
    name: str = ""
    active: bool = True
    revenue: bool = True


class TaxCode(Struct, frozen=True, gc=False, kw_only=True):
    """A tax code by code and name; `percent` is the whole rate, None where the vendor works it out."""

    code: str
    name: str = ""
    percent: Decimal | None = None
    active: bool = True


class TrackingCategory(Struct, frozen=True, gc=False, kw_only=True):
    """What lines can be told apart by over there (a tracking category, classes, departments): a name and its options (name → id).
    `by_id`: a line names the option by its id and not by its name. `per`: whether each line has an option of its own, or a document one
    for all its lines.
    """

    id: str
    name: str
    options: dict[str, str]
    by_id: bool = False
    per: Literal["line", "document"] = "line"


class Catalogue(Struct, frozen=True, gc=False, kw_only=True):
    """Everything a mapping may name in one book, as last read. Lock date: nothing on or before it can be changed."""

    company_id: str
    company: str = ""
    currency: str = ""
    currencies: tuple[str, ...] = ()
    lock_date: date | None = None
    customers: tuple[Customer, ...] = ()
    items: tuple[Item, ...] = ()
    accounts: tuple[Account, ...] = ()
    tax_codes: tuple[TaxCode, ...] = ()
    tracking: tuple[TrackingCategory, ...] = ()
    looks: tuple[tuple[str, str], ...] = ()
    """The layouts a document can be printed in (branding themes): id and name."""
    targets: tuple[TargetKind, ...] = ("item", "account")
    """What a line may name."""
    problems: tuple[str, ...] = ()
    """What somebody must first set right in the company itself, each with its fix; nothing is sent before."""
    complete: bool = True
    applies_credits_by_itself: bool | None = None
    """Whether the company puts a new credit note against open invoices by itself; None where nobody tells."""


# ---- what a source knows by name and id, also where no time was entered yet -------------------------------------------------


class SourceName(Struct, frozen=True, gc=False, kw_only=True):
    """A client, project, kind of work, person or work role at a source. `of` is the client's id of a project; `roles` are what a
    person works as over there.
    """

    id: str
    name: str
    active: bool = True
    code: str = ""
    currency: str = ""
    of: str = ""
    roles: tuple[str, ...] = ()


class SourceRate(Struct, frozen=True, gc=False, kw_only=True):
    """What an hour of a person is sold for, or costs, between two days, both included; None is open."""

    person_id: str
    amount: Decimal
    since: date | None = None
    until: date | None = None
    cost: bool = False


class SourceNames(Struct, frozen=True, gc=False, kw_only=True):
    """Everything that an entry of one source may name, as last read."""

    clients: tuple[SourceName, ...] = ()
    projects: tuple[SourceName, ...] = ()
    work_types: tuple[SourceName, ...] = ()
    people: tuple[SourceName, ...] = ()
    roles: tuple[SourceName, ...] = ()
