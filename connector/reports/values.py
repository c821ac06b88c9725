"""What the reports say, as frozen values: a use case fills them, a module of this package prints them.

The JSON of a report is its value's own keys (domain section 9): keys may be added, never renamed or removed. Amounts are decimals in
whole minor units of their currency, durations whole seconds, instants ISO 8601 text.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from connector.core.reconciliation import Wip
from connector.reports.closed import ClosedPeriod, LaterChange

Amounts = dict[str, Decimal]
"""Currency → amount; a currency without one is left out."""


ENDS_SOON = timedelta(days=30)


class LastPull(Struct, frozen=True, kw_only=True):
    """When a connection was last read to its end. `partial` says in words why it may not be whole, "" when it is."""

    connection: str
    last_complete_pull: str | None
    partial: str = ""


class Head(Struct, frozen=True, kw_only=True):
    """What every report says first. `note` is "" when stored figures were read, else why they were computed afresh."""

    book: str
    period: str | None
    zone: str
    as_of: str
    pulls: tuple[LastPull, ...]
    mapping: str
    run: int
    note: str = ""


# ---- the tie-out --------------------------------------------------------------------------------------------------------------


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
    """The number series: `unused` are gaps and numbers bound to nothing over there, `strangers` ours by their look and unknown to us."""

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


# ---- unmatched ------------------------------------------------------------------------------------------------------------------


class Suggested(Struct, frozen=True):
    target: str
    score: int
    why: str


class Finding(Struct, frozen=True, kw_only=True):
    """Entries that wait for one and the same act of a person. `value_at_risk` is an estimate, found as `estimate` says (the weakest of
    its ways); {} is unknown, never nothing. `unvalued_seconds` are in no amount. `blocks`: documents that wait for it.
    """

    disposition: str
    connection: str
    kind: str
    value: str
    client: str
    reason: str
    fix: str
    entries: int
    entry_ids: tuple[str, ...]
    seconds: int
    value_at_risk: Amounts
    estimate: str
    oldest: date | None
    newest: date | None
    blocks: tuple[str, ...]
    first_seen: str
    suggestions: tuple[Suggested, ...]
    book: str = ""
    people: tuple[str, ...] = ()
    owner: str = ""
    new: bool = False
    unvalued_seconds: int = 0


class ToDecide(Struct, frozen=True, kw_only=True):
    """One entry of a finding, as a row of the spreadsheet in which people decide."""

    entry: str
    disposition: str
    kind: str
    reason: str
    value: str
    client: str
    worked_on: date | None
    person: str
    project: str
    work_type: str
    notes: str
    seconds: int
    currency: str
    amount: Decimal | None
    estimate: str


class Unmatched(Struct, frozen=True, kw_only=True):
    """Everything that a person must do, worst money first; `blocking_seconds` are on documents that are otherwise ready."""

    head: Head
    findings: tuple[Finding, ...]
    entries: tuple[ToDecide, ...]
    blocking_seconds: int = 0


# ---- status -----------------------------------------------------------------------------------------------------------------------


class ConnectionStatus(Struct, frozen=True, kw_only=True):
    """`budget`: calls spent in the rolling window, by budget. `token_expires`: when the stored access token ends. `trouble_code`: the
    exit code of its trouble, 5 where somebody must authorise again. `source`: whether time is read there; documents go to the others.
    `authorise_by`: when its refresh token ends, where the vendor tells; each use may move it.
    """

    name: str
    last_complete_pull: str | None
    last_full_listing: str | None
    budget: dict[str, int]
    token_expires: str | None
    kind: str = ""
    trouble: str = ""
    entries: int = 0
    trouble_code: int = 0
    source: bool = True
    authorise_by: str | None = None

    def ends_soon(self, as_of: str) -> bool:
        """Whether somebody must authorise it again within a month: while it is used its refresh token hardly ever comes so near its end."""
        return self.authorise_by is not None and datetime.fromisoformat(self.authorise_by) - datetime.fromisoformat(as_of) < ENDS_SOON


class BookStatus(Struct, frozen=True, kw_only=True):
    """`in_doubt`, `awaiting_approval` and `approved` count documents; `held` and `unmatched` count entries of periods that are due."""

    name: str
    last_run: str | None
    in_doubt: int
    held: int
    unmatched: int
    awaiting_approval: int
    approved: int = 0
    pending: int = 0
    held_documents: int = 0
    strangers: int = 0
    looked_at: str | None = None
    trouble: str = ""
    trouble_code: int = 0
    closed: tuple[str, ...] = ()
    """Periods that are closed, oldest first."""


class Status(Struct, frozen=True, kw_only=True):
    connections: tuple[ConnectionStatus, ...]
    books: tuple[BookStatus, ...]
    head: Head

    @property
    def waits_for_a_person(self) -> bool:
        """Whether anything is unmatched, held, unapproved or a stranger."""
        return any(b.held or b.unmatched or b.pending or b.awaiting_approval or b.held_documents or b.strangers for b in self.books)
