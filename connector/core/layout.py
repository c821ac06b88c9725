"""What a document looks like: the options of defaults, client, bill-to and project, resolved key by key for one period.

Keys that group (document, lines, text, show, late time, incomplete, minimum) count as said on the period's first day; amounts, terms,
series, currency, items, tax and tracking as said on the invoice date; a PO as said on the day worked.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from connector.core import mapping as rules
from connector.core.mapping import BillTo, Client, InvoiceDay, LinePer, Options, Per, Span, TermsOfPayment, at, fold
from connector.core.money import ZERO
from connector.core.periods import Period, month_end, period_at, period_by
from connector.core.terms_of_payment import invoice_date
from connector.core.values import BookFacts, Terms
from connector.model import Amounts, SendAs

T = TypeVar("T")
Spans = Callable[[Options], tuple[Span[T], ...]]
Levels = tuple[Options, ...]


def said(levels: Levels, spans: Spans[T], day: date) -> Span[T] | None:
    """What the first level that says anything for this day says; levels stand strongest first."""
    for options in levels:
        if span := at(spans(options), day):
            return span
    return None


def value(levels: Levels, spans: Spans[T], day: date, otherwise: T) -> T:
    span = said(levels, spans, day)
    return span.value if span else otherwise


class Party(Struct, frozen=True, eq=False, kw_only=True):
    """One client's project with the customer it goes to. `levels`: project > bill-to > client > defaults, those that exist."""

    facts: BookFacts
    client: Client
    bill_to: BillTo | None
    project: str
    own: Options | None
    others: Levels

    @property
    def levels(self) -> Levels:
        return (self.own, *self.others) if self.own else self.others

    @property
    def defaults(self) -> Options:
        return self.others[-1]

    @property
    def is_steady(self) -> bool:
        """No PO and no kind of period here begins or ends on some day."""
        dated = [span for options in self.levels[:-1] for span in options.po] + [
            span for options in self.levels for span in options.document_every
        ]
        return all(span.since is None and span.until is None for span in dated)

    @property
    def is_like_the_rest(self) -> bool:
        """Its project has no options of its own and never stands on a document of its own."""
        return self.own is None and all(span.value != "project" for options in self.others for span in options.document_per)

    def period(self, day: date) -> Period:
        levels = self.levels
        return period_by(day, lambda on: value(levels, lambda options: options.document_every, on, "month"))

    def po(self, day: date) -> str:
        """The PO for a day worked: project > bill-to > client."""
        return value(self.levels[:-1], lambda options: options.po, day, "")


class DocumentOptions(Struct, frozen=True, kw_only=True):
    """What holds for a document as a whole."""

    invoice_date: date
    amounts: Amounts
    currency: str
    series: str
    send_as: SendAs
    terms: TermsOfPayment | None
    terms_if_none: TermsOfPayment | None
    late_time: rules.LateTime
    incomplete: rules.Incomplete
    minimum: Decimal
    net_zero: Literal["hold", "send"]
    net_negative: Literal["credit_note", "carry"]


class Layout(Struct, frozen=True, eq=False, kw_only=True):
    """A party's layout in one period. `apart`: this project stands on a document of its own."""

    party: Party
    period: Period
    options: DocumentOptions
    per: Per
    apart: bool
    one_per: tuple[LinePer, ...]
    text: str
    show: tuple[Literal["no_charge", "covered"], ...]
    po_required: bool

    @property
    def book(self) -> str:
        return self.party.facts.name


def document_options(levels: Levels, period: Period, today: date) -> DocumentOptions:
    first = period.first
    rule = value(levels, lambda options: options.invoice_date, period.last, InvoiceDay("period_end"))
    dated = invoice_date(rule, period, today)
    terms = said(levels, lambda options: options.terms, dated)
    if_none = said(levels, lambda options: options.terms_if_none, dated)
    return DocumentOptions(
        invoice_date=dated,
        amounts=value(levels, lambda options: options.amounts, dated, "tax_exclusive"),
        currency=value(levels, lambda options: options.currency, dated, ""),
        series=value(levels, lambda options: options.number, dated, ""),
        send_as=value(levels, lambda options: options.send_as, dated, "draft"),
        terms=terms.value if terms else None,
        terms_if_none=if_none.value if if_none else None,
        late_time=value(levels, lambda options: options.late_time, first, "next_document"),
        incomplete=value(levels, lambda options: options.incomplete, first, "hold"),
        minimum=value(levels, lambda options: options.minimum_document, first, ZERO),
        net_zero=value(levels, lambda options: options.net_zero, dated, "hold"),
        net_negative=value(levels, lambda options: options.net_negative, dated, "credit_note"),
    )


def lay_out(party: Party, period: Period) -> Layout:
    """A project whose document options differ from its client's cannot stand on the client's document: it gets its own."""
    first, levels, today = period.first, party.levels, party.facts.today
    grouped = said(levels, lambda options: options.document_per, first)
    per: Per = grouped.value if grouped else "client"
    options = document_options(levels, period, today)
    shared = document_options(party.others, period, today) if party.own else options
    return Layout(
        party=party,
        period=period,
        options=options,
        per=per,
        apart=bool(party.project) and (per == "project" or options != shared),
        one_per=value(levels, lambda options: options.lines_one_per, first, ("work_type",)),
        text=value(levels, lambda options: options.line_text, first, "{work_type}, {month}"),
        show=value(levels, lambda options: options.show, first, ()),
        po_required=value(levels, lambda options: options.po_required, first, False),
    )


Route = tuple[Layout, str]
Routes = dict[date, Route]


class Layouts:
    """Every layout of one proposal, worked out once for each party and period."""

    def __init__(self, files: rules.Mapping, books: Mapping[str, BookFacts]) -> None:
        self._books = books
        self._clients = {client.key: client for client in files.clients}
        self._defaults = dict(files.defaults)
        self._parties: dict[tuple[str, str, int, str], Party] = {}
        self._layouts: dict[tuple[int, str], Layout] = {}
        self._routes: dict[int, tuple[Terms, Party, Routes]] = {}
        self._parties_routes: dict[int, Routes] = {}
        self._months: dict[tuple[int, int, int], Route] = {}

    def party(self, terms: Terms) -> Party:
        assert terms.client is not None, "a charge without a client is nobody's document"
        key = (terms.book, terms.client.key, terms.bill_to, " ".join(terms.project.split()))
        party = self._parties.get(key)
        if party is None:
            party = self._make(terms.client, *key)
            if party.is_like_the_rest:  # one party for all projects that nothing sets apart
                party = self._parties.setdefault((*key[:3], ""), replace(party, project=""))
            self._parties[key] = party
        return party

    def party_of(self, book: str, client: str, customer: str, project: str) -> Party | None:
        """Whose document a document was, by what its key says; None where the files no longer have them."""
        named = self._clients.get(client)
        if named is None or book not in self._books:
            return None
        payers = [number for number, payer in enumerate(named.bill_to) if payer.customer == customer] if customer else [-1]
        return self.party(Terms(client=named, book=book, bill_to=payers[0], project=project)) if payers else None

    def _make(self, client: Client, book: str, _: str, bill_to: int, project: str) -> Party:
        named = next((known for known in client.projects if project and fold(known.name) == fold(project)), None)
        payer = client.bill_to[bill_to] if bill_to >= 0 else None
        defaults = self._defaults.get(book, Options())
        return Party(
            facts=self._books[book],
            client=client,
            bill_to=payer,
            project=named.name if named else project,
            own=named.options if named else None,
            others=(payer.options, client.options, defaults) if payer else (client.options, defaults),
        )

    def of(self, party: Party, period: Period) -> Layout:
        layout = self._layouts.get((id(party), period.key))
        if layout is None:
            layout = self._layouts[(id(party), period.key)] = lay_out(party, period)
        return layout

    def route(self, terms: Terms, day: date) -> Route:
        """The layout of the period in which a day's work falls, and the PO of that day."""
        found = self._routes.get(id(terms))
        if found is None:
            # The terms are kept with their routes: an id is only theirs while they live.
            party = self.party(terms)
            found = self._routes[id(terms)] = (terms, party, self._parties_routes.setdefault(id(party), {}))
        _, party, routes = found
        route = routes.get(day)
        if route is None:
            route = routes[day] = self._route(party, day)
        return route

    def _route(self, party: Party, day: date) -> Route:
        """Days of one calendar month mostly go the same way: it is worked out once where no period and no PO ends inside."""
        month = id(party), day.year, day.month
        route = self._months.get(month)
        if route is None:
            layout = self.of(party, party.period(day))
            route = (layout, party.po(day))
            if day.replace(day=1) in layout.period and month_end(day) in layout.period and party.is_steady:
                self._months[month] = route
        return route

    def period_of(self, terms: Terms, day: date) -> str:
        """The billing period in which a day's work falls, for charges of whatever disposition; without a client the book's own."""
        if terms.client is not None and terms.book in self._books:
            return self.route(terms, day)[0].period.key
        return period_at(day, self._defaults.get(terms.book, Options()).document_every).key

    def after(self, layout: Layout) -> Layout:
        """The same party's layout in the period that follows."""
        return self.of(layout.party, layout.party.period(layout.period.last + timedelta(days=1)))
