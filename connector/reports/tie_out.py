"""What the tie-out says, as frozen values: what was worked, what became of it, and what stands over there (domain section 8.3)."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from connector.core.reconciliation import Wip
from connector.reports.closed import ClosedPeriod, LaterChange
from connector.reports.values import Amounts, Head


class Counted(Struct, frozen=True, kw_only=True):
    """What the staged entries say: those not gone at the source. `gone` counts those that are, whose time is 0 now. `elsewhere`:
    seconds of these entries' charges that stand outside the book or period asked for, less those of other entries inside it.
    """

    count: int
    seconds: int
    gone: int = 0
    elsewhere: int = 0


class SourceCount(Struct, frozen=True, kw_only=True):
    """One connection's own count for one client as the source names it; `complete` when its last listing was read to its end."""

    connection: str
    client: str
    count: int
    seconds: int
    complete: bool


class Aside(Struct, frozen=True, kw_only=True):
    """Entries of one connection that a book or a period alone may not hold: they match no client (and stand in the default book), or
    their day cannot be read (and they stand in no period). `counted`: they are in the counts of this report; `book` is where they stand.
    """

    connection: str
    what: str
    count: int
    seconds: int
    counted: bool
    book: str


class Bucket(Struct, frozen=True, kw_only=True):
    """The charges of one disposition or reason. `value` is at standard rate (`estimated`: some of it), `net` stands on documents."""

    count: int = 0
    seconds: int = 0
    billed_seconds: int = 0
    net: Amounts = {}
    value: Amounts = {}
    estimated: bool = False
    reasons: dict[str, "Bucket"] = {}
    unvalued_seconds: int = 0
    """Of time that waits: what nobody can put a price or an estimate to."""


class DocumentRow(Struct, frozen=True, kw_only=True):
    """One document of ours, here and over there. Their figures are None until it was read over there, and 0 once it is out of force."""

    book: str
    key: str
    number: str
    client: str
    customer: str
    period: str
    po: str
    invoice_date: date
    due_date: date
    currency: str
    state: str
    hours: Decimal
    net: Decimal
    their_net: Decimal | None
    their_tax: Decimal | None
    their_gross: Decimal | None
    their_status: str
    their_balance: Decimal | None
    edited_there: bool
    remote_id: str
    paid: Decimal | None = None
    sent_there: bool = False
    difference: str = ""
    next_step: str = ""
    payments: str = ""
    """How it was paid, in words, where that was asked for over there and there is something to say."""


class AccountRow(Struct, frozen=True, kw_only=True):
    """Net by the item or account that our lines name, and what lines of these documents name over there. `name` is how a person
    calls what has an id for a code, else the code.
    """

    code: str
    currency: str
    net: Decimal
    their_net: Decimal
    kind: str = ""
    book: str = ""
    name: str = ""


class Numbers(Struct, frozen=True, kw_only=True):
    """The number series: `unused` are gaps and numbers bound to nothing over there, `strangers` ours by their number or look, and unknown to us."""

    first: str = ""
    last: str = ""
    unused: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    issued: int = 0
    voided: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class MissingClient(Struct, frozen=True, kw_only=True):
    """A client billed in the period before and not in this one."""

    client: str
    last_period_net: Decimal
    currency: str = ""
    period: str = ""
    book: str = ""


class Difference(Struct, frozen=True, kw_only=True):
    what: str
    ours: str
    theirs: str
    cause: str
    next_step: str


class Equation(Struct, frozen=True, kw_only=True):
    """One of the three that must hold; `left` and `right` as they are printed."""

    what: str
    left: str
    right: str
    holds: bool


class TieOut(Struct, frozen=True, kw_only=True):
    """What is filed at the end of the month (domain section 8.3)."""

    book: str
    period: str | None
    as_of: str
    ties: bool
    equations: tuple[Equation, ...]
    entries: Counted
    sources: tuple[SourceCount, ...]
    dispositions: dict[str, Bucket]
    wip: dict[str, Wip]
    documents: tuple[DocumentRow, ...]
    accounts: tuple[AccountRow, ...]
    numbers: Numbers
    missing: tuple[MissingClient, ...]
    differences: tuple[Difference, ...]
    head: Head
    aside: tuple[Aside, ...] = ()
    """Only where the sources were counted afresh for a book or a period."""
    closed: tuple[ClosedPeriod, ...] = ()
    later: tuple[LaterChange, ...] = ()
    """Of the period asked for, where it is closed."""
