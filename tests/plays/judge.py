"""The judge of a play: what stands over there is held against what the source says and the files price, by sums of its own.

Only the companies' documents and the source's entries are read, and of our state what a person gave up. No figure is the engine's.
"""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from connector.model import Remote, TimeEntry
from connector.use_cases.reconcile import tie_out
from connector.use_cases.verify import verify
from tests.plays.firm import BOOKS, Firm

Place = tuple[str, ...]
"""Client, or client and ticket: what a line over there says it is for."""


def standing(firm: Firm) -> Iterator[tuple[str, Remote, str, Decimal]]:
    """Every line of ours in force over there: book, document, ticket (where lines are of tickets) and money, less for a credit."""
    for book, company in firm.companies.items():
        for there in company.documents.values():
            if there.live and there.mark:
                sign = 1 if there.kind == "invoice" else -1
                assert sum((line.net for line in there.lines), Decimal(0)) == there.net, f"{there.number} is not the sum of its lines"
                for line in there.lines:
                    yield book, there, line.description.split()[0].lstrip("#"), sign * line.net


def judge_as_worked(firm: Firm) -> None:
    """Each client was billed each entry for exactly its hours: money over there, by the price of its day in the book where it stands."""
    want: dict[Place, Fraction] = defaultdict(Fraction)
    have: dict[Place, Fraction] = defaultdict(Fraction)
    days = {entry.ticket: entry.worked_on for entry in firm.source.entries.values()}
    for entry in firm.source.entries.values():
        if _bills(entry):
            want[_place(firm, entry.client, entry.ticket)] += Fraction(entry.seconds, 3600)
    for book, there, ticket, net in standing(firm):
        day = days.get(ticket, firm.clock.started.date()) if firm.files.by_ticket else firm.clock.started.date()
        assert day is not None
        have[_place(firm, there.customer, ticket)] += Fraction(net) / Fraction(firm.files.rate_on(book, day))
    _same(want, have, "hours")


def judge_given_back(firm: Firm) -> None:
    """Of time that was deleted nothing stands but what a person gave up; of the rest all, at its price in its client's book."""
    want: dict[Place, Fraction] = defaultdict(Fraction)
    have: dict[Place, Fraction] = defaultdict(Fraction)
    homes = dict(zip(("Alpine Dental", "Bayside Motors", "Cedar Legal"), firm.files.homes, strict=True))
    for entry in firm.source.entries.values():
        assert entry.worked_on is not None
        rate = firm.files.rate_on(homes[entry.client], entry.worked_on)
        want[entry.client, homes[entry.client]] += Fraction(entry.seconds, 3600) * Fraction(rate)
    for client, book, minor in firm.rows(
        "SELECT c.client, c.book, c.value FROM charges c JOIN entries e ON e.key = c.entry "
        "WHERE c.kind = 'correction' AND c.disposition = 'written_off' AND e.deleted = 1"
    ):
        want[str(client), str(book)] -= Fraction(int(str(minor)), 100)
    for book, there, _, net in standing(firm):
        have[there.customer, book] += Fraction(net)
    _same(want, have, "money")


def judge_our_books(firm: Firm) -> None:
    """Our own reports agree: everything ties, and the whole state holds."""
    for book in BOOKS:
        told = tie_out(firm.open(), book)
        assert told.ties, f"{book} does not tie: {told.differences} {[one for one in told.equations if not one.holds]}"
    found = verify(firm.open())
    assert found.holds, f"verify: {found}"


def _bills(entry: TimeEntry) -> bool:
    return entry.work_type == "Project work"


def _place(firm: Firm, client: str, ticket: str) -> Place:
    return (client, ticket) if firm.files.by_ticket else (client,)


def _same(want: dict[Place, Fraction], have: dict[Place, Fraction], what: str) -> None:
    wrong = [
        f"{' '.join(place)}: {float(have[place]):.4f} stand, {float(want[place]):.4f} should"
        for place in sorted({*want, *have})
        if want[place] != have[place]
    ]
    assert not wrong, f"{what}: {'; '.join(wrong)}"
