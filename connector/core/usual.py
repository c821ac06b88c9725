"""Entries about which nothing is to be said, as most are: known in one look, where the steps one by one take a dozen."""

from collections.abc import Container
from collections.abc import Mapping as MappingOf
from datetime import date, datetime

from msgspec import Struct

from connector.core.conditions import Case
from connector.core.fates import FIRST_YEAR, YEARS_AHEAD_MAX, asks_approval, readable_time
from connector.core.mapping import Mapping
from connector.core.rulings import NO_RULING
from connector.core.values import BookFacts, Terms

NEVER = (date.max, date.min)


class Days(Struct, frozen=True, gc=False):
    """The days of which these terms bill time and nothing holds it back, both included. Keeping `terms` keeps their id taken."""

    terms: Terms
    first: date
    last: date


class Usual:
    """Whether an entry is ready unless a rule excludes or holds it: its client is billed for it, it can be read and priced, it is
    approved, and nobody ruled on it.
    """

    def __init__(self, mapping: Mapping, books: MappingOf[str, BookFacts], now: datetime, marks: Container[int]) -> None:
        self._mapping, self._books, self._now, self._marks = mapping, books, now, marks
        self._veto = mapping.source_says_not_billable == "veto"
        self._asks: dict[str, bool] = {}
        self._days: dict[int, Days] = {}

    def holds_of(self, case: Case) -> bool:
        """True only where steps 4 to 18 come to `READY` with no rule that fires; they decide on all others."""
        terms, staged = case.terms, case.staged
        entry = staged.entry
        if staged.deleted or entry.billed or entry.running or entry.problem or case.ruling is not NO_RULING:
            return False
        days = self._days.get(id(terms)) or self._days_of(terms)
        if entry.worked_on is None or not days.first <= entry.worked_on <= days.last or not readable_time(entry):
            return False
        if (entry.billable is False and self._veto) or staged.key in self._marks:
            return False
        return bool(entry.approved) or not self._asks_approval(staged.connection)

    def _asks_approval(self, connection: str) -> bool:
        if connection not in self._asks:
            self._asks[connection] = asks_approval(self._mapping, connection)
        return self._asks[connection]

    def _days_of(self, terms: Terms) -> Days:
        days = self._days[id(terms)] = Days(terms, *self._first_and_last(terms))
        return days

    def _first_and_last(self, terms: Terms) -> tuple[date, date]:
        client = terms.client
        if client is None or client.internal or terms.treatment.treatment != "bill" or terms.nobody or terms.unpriced:
            return NEVER
        if self._mapping.source_rates == "use":  # each entry may have a price of its own, or none
            return NEVER
        starts = [date(FIRST_YEAR, 1, 1), *(book.start for book in [self._books.get(terms.book)] if book)]
        ends = [date(self._now.year + YEARS_AHEAD_MAX, 12, 31), client.closed, terms.person_until]
        return max(starts), min(end for end in ends if end is not None)
