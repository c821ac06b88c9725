"""What finance wrote, as frozen values: the result of reading the mapping files, and the input of matching and rating.

Every value that may be dated is a tuple of spans; `()` means "not said here". `until` is the last day a span holds.
Names are kept as typed; comparing is `fold`'s business (capitals and double spaces aside).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from msgspec import Struct

from connector.model import Amounts, SendAs, Target

T = TypeVar("T")
Treatment = Literal["bill", "no_charge", "non_billable", "covered"]
Per = Literal["client", "project", "po", "ticket"]
Every = Literal["week", "fortnight", "month"]
LinePer = Literal["work_type", "person", "role", "project", "ticket", "task", "date", "entry", "site", "department", "billing_code"]
LateTime = Literal["next_document", "own_document", "hold"]
Incomplete = Literal["hold", "send"]
InvoiceDate = Literal["period_end", "approval_date", "day_of_next_month"]
RoundPer = Literal["entry", "ticket_day", "person_day", "line"]
ANY = "any"


class Where(Struct, frozen=True, gc=False, order=True):
    """A place in a file that finance can open; `row` names the rate row or rule where a line holds several."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


NOWHERE = Where("", 0)


class Span(Struct, Generic[T], frozen=True):
    """A value and the days it holds, both ends included; None is open."""

    value: T
    since: date | None = None
    until: date | None = None
    where: Where = NOWHERE


def at(spans: Sequence[Span[T]], day: date) -> Span[T] | None:
    """The span that holds on `day`; the latest `since` wins (overlaps that matter were refused by `check`)."""
    best: Span[T] | None = None
    for span in spans:
        holds = (span.since is None or span.since <= day) and (span.until is None or day <= span.until)
        if holds and (best is None or (span.since or date.min) >= (best.since or date.min)):
            best = span
    return best


def fold(name: str) -> str:
    """Names are equal when they fold to the same text: capitals, outer and double spaces do not count."""
    return " ".join(name.split()).casefold()


class TermsOfPayment(Struct, frozen=True, gc=False):
    """`customer` (as kept over there) | `net` days | `after_month_end` days | `day_of_next_month` day | `on_receipt`."""

    kind: Literal["customer", "net", "after_month_end", "day_of_next_month", "on_receipt"]
    days: int = 0


class InvoiceDay(Struct, frozen=True, gc=False):
    """The rule for a document's date; `day` counts only for `day_of_next_month`."""

    kind: InvoiceDate
    day: int = 0


class Options(Struct, frozen=True, kw_only=True):
    """The keys that defaults, clients, projects and bill-tos share. `()` = not said at this level, ask the next."""

    currency: tuple[Span[str], ...] = ()
    tax_code: tuple[Span[str], ...] = ()
    amounts: tuple[Span[Amounts], ...] = ()
    terms: tuple[Span[TermsOfPayment], ...] = ()
    terms_if_none: tuple[Span[TermsOfPayment], ...] = ()
    invoice_date: tuple[Span[InvoiceDay], ...] = ()
    number: tuple[Span[str], ...] = ()
    send_as: tuple[Span[SendAs], ...] = ()
    document_per: tuple[Span[Per], ...] = ()
    document_every: tuple[Span[Every], ...] = ()
    lines_one_per: tuple[Span[tuple[LinePer, ...]], ...] = ()
    line_text: tuple[Span[str], ...] = ()
    show: tuple[Span[tuple[Literal["no_charge", "covered"], ...]], ...] = ()
    late_time: tuple[Span[LateTime], ...] = ()
    incomplete: tuple[Span[Incomplete], ...] = ()
    minimum_document: tuple[Span[Decimal], ...] = ()
    net_zero: tuple[Span[Literal["hold", "send"]], ...] = ()
    net_negative: tuple[Span[Literal["credit_note", "carry"]], ...] = ()
    rate_card: tuple[Span[str], ...] = ()
    po: tuple[Span[str], ...] = ()
    po_required: tuple[Span[bool], ...] = ()
    tracking: tuple[Span[tuple[tuple[str, str], ...]], ...] = ()


class Name(Struct, frozen=True, gc=False):
    """A name, or a pattern with `*`, that holds in one connection (`tracker/DUNMORE`) or, with "" as connection, anywhere."""

    text: str
    connection: str = ""
    where: Where = NOWHERE


class BillTo(Struct, frozen=True, kw_only=True):
    """One customer over there for some of a client's projects. `projects` empty: takes what the others do not."""

    customer: str
    customer_id: str = ""
    projects: tuple[Name, ...] = ()
    options: Options
    where: Where


class Project(Struct, frozen=True, kw_only=True):
    """What is special about one project of a client. Its treatment is also in `Mapping.treatments` as a rank-6 rule."""

    name: str
    ids: tuple[tuple[str, str], ...] = ()
    options: Options
    where: Where


class Client(Struct, frozen=True, kw_only=True):
    """Whom we work for. `key` is our name, permanent. `ids`: connection or book name → id there (a book's id is the customer)."""

    key: str
    where: Where
    ids: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Name, ...] = ()
    patterns: tuple[Name, ...] = ()
    book: str = ""
    customer: tuple[Span[str], ...] = ()
    options: Options
    bill_to: tuple[BillTo, ...] = ()
    projects: tuple[Project, ...] = ()
    internal: bool = False
    closed: date | None = None
    merged_into: str = ""
    segment: str = ""


class Person(Struct, frozen=True, kw_only=True):
    """Who worked. `roles` is dated; `until` is the last day this person's time counts."""

    key: str
    where: Where
    roles: tuple[Span[str], ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Name, ...] = ()
    on_invoice: str = ""
    until: date | None = None
    only_in: tuple[str, ...] = ()
    hours_per_week: Decimal | None = None
    tracking: tuple[Span[tuple[tuple[str, str], ...]], ...] = ()


class WorkType(Struct, frozen=True, kw_only=True):
    """What the technician picked. `code` is dated; empty when the work type has no billing code."""

    key: str
    where: Where
    code: tuple[Span[str], ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
    aliases: tuple[Name, ...] = ()
    patterns: tuple[Name, ...] = ()


class CodeTarget(Struct, frozen=True, kw_only=True):
    """Where a billing code goes in one book."""

    target: Target
    tax_code: tuple[Span[str], ...] = ()
    tracking: tuple[tuple[str, str], ...] = ()
    where: Where = NOWHERE


class BillingCode(Struct, frozen=True, kw_only=True):
    """What we charge work as. `targets`: book → dated target."""

    key: str
    where: Where
    text: str = ""
    targets: tuple[tuple[str, tuple[Span[CodeTarget], ...]], ...] = ()


class Rule(Struct, Generic[T], frozen=True, kw_only=True):
    """A value for what it names. "" = not named; a rule names a person or a role, never both; a project names its client too."""

    project: str = ""
    client: str = ""
    work_type: str = ""
    person: str = ""
    role: str = ""
    since: date | None = None
    until: date | None = None
    value: T
    where: Where


class Treated(Struct, frozen=True, gc=False):
    """A treatment and why."""

    treatment: Treatment
    why: str = ""


class Rounding(Struct, frozen=True, gc=False):
    """billed = max(minimum, worked rounded to the increment), per entry, ticket and day, person and day, or line."""

    increment_minutes: int
    direction: Literal["up", "nearest", "down"]
    minimum_minutes: int
    per: RoundPer


class Cell(Struct, frozen=True, gc=False):
    """One price of a card: `work_type` and `role` may be `any`."""

    work_type: str
    role: str
    rate: Decimal
    where: Where


class Block(Struct, frozen=True, gc=False):
    """A complete table of prices from one day on, until the next block."""

    since: date
    cells: tuple[Cell, ...]
    where: Where


class RateCard(Struct, frozen=True, kw_only=True):
    """Prices per hour in one currency. Blocks are sorted by `since`. `extends` names the card asked when a cell is missing."""

    key: str
    currency: str
    default_for: tuple[str, ...] = ()
    extends: str = ""
    blocks: tuple[Block, ...] = ()
    where: Where


class Condition(Struct, frozen=True, kw_only=True):
    """What an exclude or hold rule looks at; all that is said must hold. Texts may be patterns with `*`; names are folded.

    `same` and `overlap_minutes_over` compare with other entries. `notes` "blank" is `notes_blank`.
    """

    minutes: int | None = None
    hours_over: Decimal | None = None
    hours_under: Decimal | None = None
    notes: tuple[str, ...] = ()
    notes_blank: bool = False
    same: tuple[str, ...] = ()
    overlap_minutes_over: int | None = None
    entered_days_after: int | None = None
    client: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    work_type: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    connection: tuple[str, ...] = ()


class EntryRule(Struct, frozen=True, kw_only=True):
    """An exclude or hold rule: fires when `when` holds and `unless` (if said) does not."""

    name: str
    when: Condition
    unless: Condition | None = None
    since: date | None = None
    until: date | None = None
    where: Where


class TimeApproval(Struct, frozen=True, gc=False):
    """Whether entries must be approved at the source; `connections` empty = in all of them."""

    required: bool = False
    connections: tuple[str, ...] = ()


class Safety(Struct, frozen=True, gc=False, kw_only=True):
    """Bounds that stop a plan rather than send it; None = not bounded."""

    client_total_over_last_month: Decimal | None = Decimal(3)
    documents_per_client_and_period: int | None = 3
    changed_documents_percent: Decimal | None = Decimal(20)
    decided_over_worked: Decimal | None = Decimal(2)


class Mapping(Struct, frozen=True, kw_only=True):
    """All mapping files as one value. `digest` is the hash of their texts; `texts` file → text, for the state's archive."""

    digest: str
    texts: tuple[tuple[str, str], ...] = ()
    default_book: str = ""
    defaults: tuple[tuple[str, Options], ...] = ()
    clients: tuple[Client, ...] = ()
    people: tuple[Person, ...] = ()
    unlisted_people: str = "unmatched"
    work_types: tuple[WorkType, ...] = ()
    unlisted_work_types: str = "unmatched"
    billing_codes: tuple[BillingCode, ...] = ()
    codes: tuple[Rule[str], ...] = ()
    treatments: tuple[Rule[Treated], ...] = ()
    rate_cards: tuple[RateCard, ...] = ()
    special_rates: tuple[Rule[Decimal], ...] = ()
    multipliers: tuple[Rule[Decimal], ...] = ()
    roundings: tuple[Rule[Rounding], ...] = ()
    exclude: tuple[EntryRule, ...] = ()
    hold: tuple[EntryRule, ...] = ()
    source_says_not_billable: Literal["veto", "ignore"] = "veto"
    time_approval: TimeApproval = TimeApproval()
    source_rates: Literal["ignore", "compare", "use"] = "ignore"
    hours_places: int = 2
    safety: Safety = Safety()
