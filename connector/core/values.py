"""The values that flow through the core: staged entry → charge → proposed document. All frozen; nothing here decides."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from connector.core.mapping import Client, Rounding, Treated, Where
from connector.model import Catalogue, Line, TimeEntry

Disposition = Literal[
    "sending", "drafted", "invoiced", "deleted", "before_start", "billed_elsewhere", "written_off", "held", "excluded",
    "unmatched", "non_billable", "pending", "covered", "drawn", "no_charge", "ready",
]  # fmt: skip
Estimate = Literal["priced", "client_mean", "book_mean", "none"]
"""How a value was found."""
DISPOSITIONS: tuple[Disposition, ...] = Disposition.__args__  # type: ignore[attr-defined]


class Staged(Struct, frozen=True, gc=False, kw_only=True):
    """An entry as the state keeps it. `key` is the state's own number, `revision` rises when a fact that bills changes,
    `ref` is what people type: connection:entry id. `source` is kind and account, the identity's first half.
    """

    key: int
    source: str
    connection: str
    revision: int
    deleted: bool = False
    entry: TimeEntry

    @property
    def ref(self) -> str:
        return f"{self.connection}:{self.entry.id}"


class Decision(Struct, frozen=True, gc=False, kw_only=True):
    """A person's ruling on one entry, bound to the revision it was made for. `said_seconds` is what was worked then."""

    entry: int
    kind: Literal[
        "release", "bill", "no_charge", "non_billable", "covered", "write_off", "exclude", "client", "project", "work_type", "hold"
    ]
    revision: int
    argument: str = ""
    why: str = ""
    who: str = ""
    at: datetime
    said_seconds: int = 0


class Marked(Struct, frozen=True, gc=False, kw_only=True):
    """A person's word that an entry was billed elsewhere, given for a whole window at the cut-over. It stays, whatever becomes of the
    entry; `said_seconds` is what was worked then.
    """

    why: str
    who: str = ""
    at: datetime
    said_seconds: int


class BookFacts(Struct, frozen=True, kw_only=True):
    """What the core must know of a book: its zone decides nothing about bare dates, `start` is the cut-over.

    `tax` is the sink's trait; `price_places`, `quantity_places`, `amount_places`, `number_length_max` bound what it takes.
    """

    name: str
    start: date
    grace_days: int = 0
    drafts: bool = True
    tax: Literal["per_line", "per_document", "theirs"] = "per_line"
    price_places: int = 4
    quantity_places: int = 4
    amount_places: int = 2
    number_length_max: int = 21
    catalogue: Catalogue | None = None
    checks_catalogue: bool = False
    today: date


class Why(Struct, frozen=True, gc=False):
    """Which rule decided what: `rule` is client, person, work_type, billing_code, treatment, rate, multiplier, rounding, exclude,
    hold, decision …; `text` is what it said, in words for a report; `rank` 0-18, 99 where there is none.
    """

    rule: str
    text: str
    where: Where
    rank: int = 99


class Price(Struct, frozen=True, gc=False):
    """An hour's price with its multiplier in it: `rate` is `base` times `times`."""

    rate: Decimal
    currency: str
    base: Decimal
    times: Decimal
    why: tuple[Why, ...]


class Unmatched(Struct, frozen=True, gc=False):
    """What could not be matched: kind is client, customer, work_type, person, rate, currency, ambiguous …; `value` is what the
    source says, `reason` a sentence, `fix` a line to paste into a mapping file.
    """

    kind: str
    value: str
    reason: str
    fix: str = ""


class Terms(Struct, frozen=True, gc=False, kw_only=True):
    """All that the mapping says of one combination of client, project, person and work type in one era (between two dates at
    which anything in the files changes). Shared by every charge it holds for.
    """

    client: Client | None = None
    book: str
    bill_to: int = -1
    project: str = ""
    person: str = ""
    person_text: str = ""
    person_until: date | None = None
    role: str = ""
    work_type: str = ""
    billing_code: str = ""
    treatment: Treated = Treated("bill")
    price: Price | None = None
    currency: str = ""
    rounding: Rounding | None = None
    po: str = ""
    """The PO that project, bill-to or client says for that day; the entry's own comes first (`Charge.po`)."""
    nobody: Unmatched | None = None
    """The client or customer is not known: nobody to bill."""
    unpriced: Unmatched | None = None
    """The work type, person, rate or currency is not known: cannot be priced."""
    why: tuple[Why, ...] = ()

    @property
    def client_key(self) -> str:
        return self.client.key if self.client else ""


class Corrects(Struct, frozen=True, gc=False, kw_only=True):
    """What a correction is of: part `part` of its entry as billed on `line` of document `document` (the state's own number of it, its
    key and its number over there).
    """

    document: int
    key: str
    number: str
    part: int
    line: int
    as_billed: Line


class Charge(Struct, frozen=True, gc=False, kw_only=True):
    """A signed share of an entry with one fate. `billed` is exact seconds of billed time, `value` at standard rate (estimated
    when `estimate` is not "priced"), `net` its share of a line once it stands on one.
    """

    staged: Staged
    part: int = 1
    terms: Terms
    disposition: Disposition
    reason: str = ""
    kind: str = ""
    detail: tuple[str, ...] = ()
    period: str | None = None
    seconds: int
    billed: Decimal = Decimal(0)
    value: Decimal | None = None
    estimate: Estimate = "none"
    price: Price | None = None
    po: str = ""
    late: bool = False
    why: tuple[Why, ...] = ()
    billed_client: str = ""
    billed_book: str = ""
    billed_currency: str = ""
    """Whose document it stands on and its currency, where that is not what the mapping says now."""
    corrects: Corrects | None = None
    chosen: Literal["", "delta", "credit", "write_off", "accept"] = ""
    """What a person chose for this correction, while that holds."""

    @property
    def client(self) -> str:
        return self.billed_client or (self.terms.client.key if self.terms.client else "")

    @property
    def book(self) -> str:
        return self.billed_book or self.terms.book


class Share(Struct, frozen=True, gc=False):
    """A charge's part of a line: net is allocated from the line by billed time, largest remainder, then id."""

    charge: Charge
    net: Decimal


class ProposedLine(Struct, frozen=True, gc=False, kw_only=True):
    """A line before it is sent, with all that explains it."""

    line: Line
    billing_code: str
    shares: tuple[Share, ...]
    why: tuple[Why, ...]


class LeftOut(Struct, frozen=True, gc=False):
    """Time of this client and period that is not on the document: unmatched, pending or held."""

    seconds: int = 0
    value: Decimal | None = None
    entries: int = 0


class Proposed(Struct, frozen=True, gc=False, kw_only=True):
    """A document as the charges say it should be. `key` is permanent; `hold` says why it must not go, `carry` why it waits."""

    key: str
    book: str
    client: str
    customer_id: str
    customer: str
    period: str
    po: str = ""
    currency: str
    invoice_date: date
    due_date: date
    terms: str
    amounts: Literal["tax_exclusive", "tax_inclusive", "no_tax"]
    send_as: Literal["draft", "posted"]
    series: str
    lines: tuple[ProposedLine, ...]
    net: Decimal
    tax: Decimal | None
    gross: Decimal | None
    worked_from: date | None
    worked_to: date | None
    left_out: LeftOut = LeftOut()
    late_seconds: int = 0
    no_charge_seconds: int = 0
    """Worked time of this client and period that is given free, printed or not."""
    last_period_net: Decimal | None = None
    this_period_net: Decimal | None = None
    last_period_of: Literal["", "document", "client"] = ""
    """What `last_period_net` and `this_period_net` compare: this document's own split of the client, or the client as a whole."""
    flags: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()
    carry: str = ""
    number_length_max: int = 255

    @property
    def charges(self) -> tuple[Charge, ...]:
        return tuple(share.charge for line in self.lines for share in line.shares)
