"""What becomes of an entry, step by step: dispositions 4 to 18 of domain section 2, of which the first that applies wins.

Each function answers for some steps in a row, or None: go on. Comparing entries with each other is not done here.
"""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from connector.core.conditions import Case, Compiled
from connector.core.durations import both
from connector.core.mapping import NOWHERE, Mapping, Treatment
from connector.core.money import ZERO
from connector.core.precedence import CLIENT_RANK_MAX, NO_RANK
from connector.core.rulings import NO_RULING
from connector.core.values import BookFacts, Disposition, Marked, Price, Staged, Terms, Unmatched, Why
from connector.model import TimeEntry

FIRST_YEAR = 1970
YEARS_AHEAD_MAX = 10
_HOURS_MAX = Decimal(744)
_SECONDS_MAX = 744 * 3600
_WORK_TYPE_RANK_MAX = 15
LATE = "late_for_old_system"
UNREADABLE = "unreadable"
MARKED = "marked at the cut-over"


class Fate(Struct, frozen=True, gc=False):
    """A disposition with its reason (what reports sub-total by), the machine's word for it, and sentences for a person."""

    disposition: Disposition
    reason: str = ""
    kind: str = ""
    detail: tuple[str, ...] = ()
    why: tuple[Why, ...] = ()


DELETED = Fate("deleted", "gone at the source")
EXCLUDED_BY_A_PERSON = "decision"
READY = Fate("ready")


def readable_day(entry: TimeEntry, now: datetime) -> date | None:
    """The day it was worked, if it can be: not before 1970 and not ten years ahead."""
    day = entry.worked_on
    return day if day is not None and FIRST_YEAR <= day.year <= now.year + YEARS_AHEAD_MAX else None


def readable_time(entry: TimeEntry) -> bool:
    """Whether worked time can be believed: not negative, and no more than a month in one entry."""
    if not 0 <= entry.seconds <= _SECONDS_MAX:
        return False
    hours = entry.hours
    return hours is None or (hours.is_finite() and ZERO <= hours <= _HOURS_MAX)


def unreadable(entry: TimeEntry, now: datetime) -> str:
    """Why an entry that cannot be read cannot."""
    if entry.problem:
        return entry.problem
    if entry.worked_on is None:
        return "the day cannot be read: mend it at the source"
    if readable_day(entry, now) is None:
        return f"worked on {entry.worked_on.isoformat()}, which cannot be: mend it at the source"
    negative = entry.seconds < 0 or (entry.hours is not None and entry.hours.is_signed())
    why = "it is less than nothing" if negative else f"one entry has {_HOURS_MAX} h at most"
    return f"worked time cannot be read: {why}. Mend it at the source"


def closed_case(case: Case, books: MappingOf[str, BookFacts], now: datetime, marked: Marked | None = None) -> Fate | None:
    """Steps 4 to 8: deleted, before the start, billed elsewhere (the source says so, or a person marked it), written off, unreadable."""
    entry = case.staged.entry
    if case.staged.deleted:
        return DELETED
    day = readable_day(entry, now)
    if day is not None and _before_start(case.terms.book, day, books) and not late_for_old_system(case, books):
        return Fate("before_start", f"worked before {books[case.terms.book].start.isoformat()}")
    if entry.billed:
        document = (f"document {entry.billed_document}",) if entry.billed_document else ()
        return Fate("billed_elsewhere", "invoiced at the source", "", document)
    if marked is not None:
        return Fate("billed_elsewhere", MARKED, "", (_said_at_the_mark(marked, case.staged.entry.seconds),))
    if case.ruling is not NO_RULING and (case.ruling.is_("write_off") or case.ruling.hours == 0):
        return Fate("written_off", "decision", "", case.ruling.said, case.ruling.why)
    if day is not None and not entry.problem and readable_time(entry):
        return None
    return Fate("held", UNREADABLE, UNREADABLE, (unreadable(entry, now), *_origin(entry)))


def _said_at_the_mark(marked: Marked, seconds: int) -> str:
    then, now = both(marked.said_seconds), both(seconds)
    changed = "" if then == now else f"; it was {then} h then and is {now} h now"
    return f"{marked.who or 'a person'} on {marked.at.date().isoformat()}: {marked.why}{changed}"


def _origin(entry: TimeEntry) -> tuple[str, ...]:
    return (entry.origin,) if entry.origin else ()


def _before_start(book: str, day: date, books: MappingOf[str, BookFacts]) -> bool:
    return book in books and day < books[book].start


def late_for_old_system(case: Case, books: MappingOf[str, BookFacts]) -> bool:
    """Worked before the book's start and entered on it or after (by the UTC day); unknown when entered: before."""
    entry, book = case.staged.entry, case.terms.book
    if entry.worked_on is None or entry.entered_at is None or not _before_start(book, entry.worked_on, books):
        return False
    return entry.entered_at.date() >= books[book].start


def excluded(case: Case, fired: Sequence[tuple[Compiled, str]]) -> Fate | None:
    """Step 9, given the exclude rules that fire on the entry in file order; a person who says what to bill it as calls it work."""
    if case.ruling.is_("exclude"):
        return Fate("excluded", EXCLUDED_BY_A_PERSON, "", case.ruling.said, case.ruling.why)
    if not fired or case.ruling.is_("bill", "no_charge", "non_billable", "covered"):
        return None
    whys = tuple(Why("exclude", rule.rule.name, rule.rule.where) for rule, _ in fired)
    return Fate("excluded", fired[0][0].rule.name, "", tuple(sentence(rule, said) for rule, said in fired), whys)


def sentence(rule: Compiled, said: str) -> str:
    if said.startswith(rule.rule.name):
        return said
    return f"{rule.rule.name}: {said}" if said else rule.rule.name


def billable_case(case: Case, mapping: Mapping, books: MappingOf[str, BookFacts]) -> Fate | None:
    """Steps 10 to 12: nobody to bill, non-billable, pending."""
    terms, entry, ruling = case.terms, case.staged.entry, case.ruling
    if terms.nobody is not None:
        return _unmatched(terms.nobody)
    if (ruling.fate is None or ruling.is_("hold")) and late_for_old_system(case, books):
        what = "worked before the start date, entered after it: bill it, or write it off"
        return Fate("unmatched", "late for the old system", LATE, (what,))
    treatment = treated(case)
    if terms.client is not None and terms.client.internal:
        ruled = ("a decision to bill does nothing here: the client is ourselves",) if ruling.is_("bill") else ()
        return Fate("non_billable", "internal", "", ruled)
    if treatment == "non_billable":
        return _non_billable(case)
    if treatment == "bill" and not ruling.is_("bill") and entry.billable is False and mapping.source_says_not_billable == "veto":
        return Fate("non_billable", "source flag", "", ("the source says it is not billable",))
    return _pending(case.staged, mapping)


def treated(case: Case) -> Treatment:
    """What the entry is to be treated as: a decision, else the strongest rule."""
    fate = case.ruling.fate
    if fate is not None and (fate.kind in {"bill", "no_charge", "non_billable", "covered"}):
        return fate.kind
    return case.terms.treatment.treatment


def _unmatched(what: Unmatched) -> Fate:
    return Fate("unmatched", what.kind.replace("_", " "), what.kind, (what.reason,))


def _non_billable(case: Case) -> Fate:
    if case.ruling.is_("non_billable"):
        return Fate("non_billable", "decision", "", case.ruling.said, case.ruling.why)
    rank = next((why.rank for why in case.terms.why if why.rule == "treatment"), NO_RANK)
    weaker = "work type" if rank <= _WORK_TYPE_RANK_MAX else "rule"
    reason = "client rule" if rank <= CLIENT_RANK_MAX else weaker
    said = case.terms.treatment.why
    return Fate("non_billable", reason, "", (said,) if said else ())


def asks_approval(mapping: Mapping, connection: str) -> bool:
    """Whether time of this connection is billed only where the source says that it is approved."""
    approval = mapping.time_approval
    return approval.required and (not approval.connections or connection in approval.connections)


def _pending(staged: Staged, mapping: Mapping) -> Fate | None:
    entry = staged.entry
    if entry.running:
        return Fate("pending", "timer running", "running")
    if entry.approved or not asks_approval(mapping, staged.connection):
        return None
    if entry.approved is None:
        said = f"{staged.connection} does not say whether time is approved: name those that do, `required for [...]`"
        return Fate("pending", "not approved", "approval", (said,))
    return Fate("pending", "not approved", "approval")


def held(case: Case, fired: Sequence[tuple[Compiled, str]]) -> Fate | None:
    """Step 13, given the hold rules that fire on the entry in file order. All causes are listed; a person's own come first."""
    ruling, entry, client, until = case.ruling, case.staged.entry, case.terms.client, case.terms.person_until
    if ruling is NO_RULING and not fired and until is None and (client is None or client.closed is None):
        return None
    causes: list[tuple[str, str, str, Why]] = []
    if ruling.lapsed:
        causes.append(("decision lapsed", "decision_lapsed", ruling.lapsed, Why("decision", ruling.lapsed, NOWHERE, 0)))
    if ruling.problem:
        causes.append(("decision", "decision", ruling.problem, Why("decision", ruling.problem, NOWHERE, 0)))
    if ruling.is_("hold"):
        causes.append(("decision", "decision", "; ".join(case.ruling.said), ruling.why[0]))
    if not ruling.lifts_holds:
        causes.extend(
            (rule.rule.name, rule.kind, sentence(rule, said), Why("hold", rule.rule.name, rule.rule.where)) for rule, said in fired
        )
        if client is not None and client.closed is not None and _after(entry, client.closed):
            said = f"{client.key} is closed since {client.closed.isoformat()}"
            causes.append(("closed client", "closed_client", said, Why("hold", said, client.where)))
        if until is not None and _after(entry, until):
            said = f"{case.terms.person} left on {until.isoformat()}"
            causes.append(("person left", "person_left", said, Why("hold", said, NOWHERE)))
    if not causes:
        return None
    return Fate("held", causes[0][0], causes[0][1], tuple(cause[2] for cause in causes), tuple(cause[3] for cause in causes))


def _after(entry: TimeEntry, last: date) -> bool:
    return entry.worked_on is not None and entry.worked_on > last


def priced_case(case: Case, unpriced: Unmatched | None) -> Fate:
    """Steps 14 to 18: covered, cannot be priced, no charge, ready. Time given free needs no price, but a matched work type."""
    treatment = treated(case)
    if treatment == "covered":
        return _by_treatment(case, "covered")
    if unpriced is not None and (treatment == "bill" or unpriced.kind == "work_type"):
        return _unmatched(unpriced)
    if treatment == "no_charge":
        return _by_treatment(case, "no_charge")
    return Fate("ready", "", "", (), case.ruling.why) if case.ruling.fate else READY


def _by_treatment(case: Case, disposition: Disposition) -> Fate:
    if case.ruling.is_("covered", "no_charge"):
        return Fate(disposition, "decision", "", case.ruling.said, case.ruling.why)
    return Fate(disposition, case.terms.treatment.why or "rule")


def source_price(entry: TimeEntry, terms: Terms) -> Price | Unmatched:
    """The price that the source keeps, where the mapping says `source_rates: use`."""
    assert entry.rate is not None
    if entry.rate <= 0:
        said = "the source's rate is 0 or less; free time is said by a treatment"
        return Unmatched("rate", str(entry.rate), said, "treatment: no_charge")
    if entry.currency and terms.currency and entry.currency != terms.currency:
        said = f"the source's rate is in {entry.currency} and the document in {terms.currency}; nothing is converted"
        return Unmatched("currency", entry.currency, said, f"currency: {entry.currency}   # on the client, or mend the source")
    why = Why("rate", f"rate {entry.rate} at the source", NOWHERE)
    return Price(entry.rate, entry.currency or terms.currency, entry.rate, Decimal(1), (why,))


def rates_differ(entry: TimeEntry, price: Price) -> str:
    """What `source_rates: compare` lists; "" when they agree."""
    if entry.rate is None or entry.rate == price.rate:
        return ""
    return f"the source's rate is {entry.rate}, ours {price.rate} for {both(entry.seconds)} h"
