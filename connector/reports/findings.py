"""What a person must do, as frozen values: the entries that wait, put together by the act that they wait for."""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from connector.reports.values import Amounts, Head


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
