"""What a line carries besides time and money: item or account, tax code and tracking, each as the book takes it.

Tax code: bill-to > project > client > billing code > defaults. Tracking, each category by itself: project > bill-to > client > billing code >
person > defaults. The item or account is the billing code's in this book. All as said on the invoice date.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from connector.core import mapping as rules
from connector.core.directory import Directory
from connector.core.layout import Layout, Party, said
from connector.core.mapping import NOWHERE, BillingCode, CodeTarget, Options, Span, at, fold
from connector.core.values import Why
from connector.model import Line, Target

Tracking = tuple[tuple[str, str], ...]
NO_TARGET = Target("account", "")


class LineLayout(Struct, frozen=True, eq=False, kw_only=True):
    """Shared by all lines of one layout, billing code and tracking. `number`: equal for line layouts whose charges may share a line."""

    number: int
    layout: Layout
    billing_code: str
    code_text: str
    target: Target
    tax_code: str
    percent: Decimal | None
    tracking: Tracking
    why: tuple[Why, ...]
    problems: tuple[str, ...]


class LineLayouts:
    """The line layouts of one book, each worked out once."""

    def __init__(self, files: rules.Mapping, directory: Directory) -> None:
        self.directory = directory
        self._codes = {code.key: code for code in files.billing_codes}
        self._people = {person.key: person.tracking for person in files.people if person.tracking}
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: dict[tuple[int, str, Tracking], LineLayout] = {}

    def of(self, layout: Layout, billing_code: str, person: str) -> LineLayout:
        day = layout.options.invoice_date
        span = at(self._people[person], day) if person in self._people else None
        key = (id(layout), billing_code, span.value if span else ())
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._make(layout, *key[1:])
        return found

    def as_billed(self, layout: Layout, billing_code: str, line: Line) -> LineLayout:
        """Of a line that corrects one that was billed: where that one's money went, at that one's tax."""
        rate = self.directory.tax_rate(line.tax_code) if layout.options.amounts != "no_tax" and line.tax_code else None
        carries = (billing_code, line.target, line.tax_code, rate.percent if rate else None, line.tracking)
        code = self._codes.get(billing_code)
        return LineLayout(
            number=self._numbers.setdefault((*carries, "as billed"), len(self._numbers)),
            layout=layout,
            billing_code=billing_code,
            code_text=code.text or code.key if code else billing_code,
            target=line.target,
            tax_code=line.tax_code,
            percent=rate.percent if rate else None,
            tracking=line.tracking,
            why=(),
            problems=(rate.problem,) if rate and rate.problem else (),
        )

    def _make(self, layout: Layout, billing_code: str, of_person: Tracking) -> LineLayout:
        directory, day, party = self.directory, layout.options.invoice_date, layout.party
        code = self._codes.get(billing_code)
        coded = _coded(code, directory.facts.name, day)
        target, problem = self._target(billing_code, coded, day)
        tax = _tax_code(party, coded, day) if layout.options.amounts != "no_tax" else None
        rate = directory.tax_rate(tax.value if tax else "") if layout.options.amounts != "no_tax" else None
        tracking, problems = directory.tracking(_tracking(party, coded, of_person, day))
        why = [Why("billing_code", f"{billing_code}: {coded.target.kind} {coded.target.code}", coded.where)] if coded else []
        if tax and tax.where != NOWHERE:
            why.append(Why("tax_code", tax.value, tax.where))
        carries = (billing_code, target, rate.code if rate else "", rate.percent if rate else None, tracking)
        return LineLayout(
            number=self._numbers.setdefault((*carries, layout.one_per, layout.text), len(self._numbers)),
            layout=layout,
            billing_code=billing_code,
            code_text=code.text or code.key if code else billing_code,
            target=target,
            tax_code=rate.code if rate else "",
            percent=rate.percent if rate else None,
            tracking=tracking,
            why=tuple(why),
            problems=tuple(filter(None, (problem, rate.problem if rate else "", *problems))),
        )

    def _target(self, billing_code: str, coded: CodeTarget | None, day: date) -> tuple[Target, str]:
        """A book that is not checked takes the billing code itself as its item."""
        if coded:
            return self.directory.target(coded.target)
        if not self.directory.facts.checks_catalogue:
            return Target("item", billing_code), ""
        book, code = self.directory.facts.name, self._codes.get(billing_code)
        if code:
            return (
                NO_TARGET,
                f"the billing code {billing_code} has no item or account in book {book} on {day}: add `{book}:` at {code.where}",
            )
        what = f"the billing code {billing_code} is not in billing_codes.yaml" if billing_code else "shown time has no billing code"
        return NO_TARGET, f"{what}: give its work type a code that has an item or account in book {book}"


def _coded(code: BillingCode | None, book: str, day: date) -> CodeTarget | None:
    span = at(dict(code.targets).get(book, ()), day) if code else None
    return span.value if span else None


def _tax_code(party: Party, coded: CodeTarget | None, day: date) -> Span[str] | None:
    payer = (party.bill_to.options,) if party.bill_to else ()
    own = (party.own,) if party.own else ()
    strong = said((*payer, *own, party.client.options), lambda options: options.tax_code, day)
    return strong or (at(coded.tax_code, day) if coded else None) or at(party.defaults.tax_code, day)


def _tracking(party: Party, coded: CodeTarget | None, of_person: Tracking, day: date) -> Mapping[str, str]:
    strong = [_said_tracking(options, day) for options in reversed(party.levels[:-1])]
    weak = [_said_tracking(party.defaults, day), of_person, coded.tracking if coded else ()]
    merged: dict[str, tuple[str, str]] = {}
    for pairs in (*weak, *strong):
        merged |= {fold(category): (category, option) for category, option in pairs}
    return dict(merged.values())


def _said_tracking(options: Options, day: date) -> Tracking:
    span = at(options.tracking, day)
    return span.value if span else ()
