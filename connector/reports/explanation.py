"""What `explain` says: every step from a line of a document back to the entries, rules and prices that made it, as frozen values."""

from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import Struct

from connector.reports.planned import ApprovedBy
from connector.reports.tie_out import DocumentRow
from connector.reports.values import Head


class Because(Struct, frozen=True, kw_only=True):
    """A rule that decided something. `said` is the line of the mapping file as it was then, "" where nothing was kept."""

    rule: str
    text: str
    file: str
    line: int
    rank: int | None
    said: str = ""


class Matched(Struct, frozen=True, kw_only=True):
    """The rule that found the client (or says why none was found)."""

    file: str
    line: int
    rule: str


class Rated(Struct, frozen=True, kw_only=True):
    """The price of an hour: the row it stands in, its rank of 18, and the multiplier in it."""

    file: str
    line: int
    rate: Decimal | None
    rank: int | None
    currency: str = ""
    text: str = ""
    multiplier: str = ""


class Rounded(Struct, frozen=True, kw_only=True):
    """One rounding on the way: `before` and `after` as they are printed, the rule, where a file has it, and the values themselves.

    Of an entry each `part` (charge) from `worked_seconds` to `billed_seconds`. Of a line `billed_seconds` to `hours`, as its
    quantity is printed; `product` (hours times price) to `net`; `net` to `shared`, the sum of its charges' shares.
    """

    what: str
    before: str
    after: str
    rule: str = ""
    file: str = ""
    line: int = 0
    part: int | None = None
    worked_seconds: int | None = None
    billed_seconds: int | None = None
    hours: Decimal | None = None
    price: Decimal | None = None
    product: Decimal | None = None
    net: Decimal | None = None
    shared: Decimal | None = None
    currency: str = ""


class Revised(Struct, frozen=True, kw_only=True):
    """An earlier state of an entry, and what the next one changed: field → before and after."""

    revision: int
    deleted: bool
    changed: dict[str, tuple[str, str]]


class Ruled(Struct, frozen=True, kw_only=True):
    """A person's decision. `holds`: the entry is still as it was when it was decided. `replaced`: a later one answers the same question."""

    entry: str
    decision: str
    argument: str
    why: str
    who: str
    at: str
    holds: bool
    replaced: bool = False


class ChoiceMade(Struct, frozen=True, kw_only=True):
    """What a person chose for billed time, or for the document it stands on, and what that did to the money. `net` is what the correction
    came to, of a document what stood on it; `holds`: it is so now; `document`: where the money stands by it, "" on none.
    """

    number: str
    choice: str
    seconds: int
    net: Decimal
    currency: str
    effect: str
    holds: bool
    document: str
    why: str
    who: str
    at: str


class ChargeRow(Struct, frozen=True, kw_only=True):
    """One charge of an entry, or of a line."""

    entry: str
    part: int
    disposition: str
    reason: str
    client: str
    period: str | None
    worked_on: date | None
    person: str
    seconds: int
    billed_seconds: int
    currency: str
    value: Decimal | None
    net: Decimal | None
    document: str
    late: bool = False
    notes: str = ""


class EntryFacts(Struct, frozen=True, kw_only=True):
    """An entry and what became of it: its charges add up to what its source says now."""

    ref: str
    seconds: int
    revision: int
    gone: bool
    charges: tuple[ChargeRow, ...]


class LineFacts(Struct, frozen=True, kw_only=True):
    """A line: quantity times price, rounded once, is its net; its charges add up to it."""

    ref: str
    number: str
    line: int
    description: str
    service_from: date
    service_to: date
    billing_code: str
    target: str
    tax_code: str
    tracking: dict[str, str]
    quantity: Decimal
    price: Decimal
    product: Decimal
    net: Decimal
    currency: str
    charges: tuple[ChargeRow, ...]

    @property
    def adds_up(self) -> bool:
        return sum((charge.net or Decimal(0) for charge in self.charges), Decimal(0)) == self.net


class Explanation(Struct, frozen=True, kw_only=True):
    """`entry` for an entry, `line` for a line; a whole document has neither, and its `lines`."""

    head: Head
    entry: EntryFacts | None = None
    line: LineFacts | None = None
    source: dict[str, Any] = {}
    revisions: tuple[Revised, ...] = ()
    matched_by: Matched | None = None
    rated_by: Rated | None = None
    rounding: tuple[Rounded, ...] = ()
    decisions: tuple[Ruled, ...] = ()
    choices: tuple[ChoiceMade, ...] = ()
    document: DocumentRow | None = None
    lines: tuple[LineFacts, ...] = ()
    because: tuple[Because, ...] = ()
    approved: ApprovedBy | None = None
