"""From what a source says of an entry to `Terms`: all that the mapping says of it, with the rule behind every answer.

Terms are remembered by what the source says and the era, so that an entry costs one dictionary look-up.
"""

from collections.abc import Mapping as MappingOf
from datetime import date
from typing import TypeVar

from connector.core.eras import Eras
from connector.core.levels import Levels, levels, lines_need, said
from connector.core.mapping import Mapping, Rounding, Treated
from connector.core.names import quoted
from connector.core.parties import Parties, Party, Says
from connector.core.precedence import NO_RANK, Facts, Ranked, facts
from connector.core.rating import ROLE_NEEDED, Asked, Prices
from connector.core.values import BookFacts, Price, Terms, Unmatched, Why
from connector.core.workers import Work, Worker, Workers, WorkTypes
from connector.model import TimeEntry

T = TypeVar("T")


class Matcher:
    """A mapping, compiled; the same answer always for the same words in the same era."""

    def __init__(self, mapping: Mapping, books: MappingOf[str, BookFacts]) -> None:
        self._eras = Eras(mapping)
        self._parties, self._workers, self._work_types = Parties(mapping), Workers(mapping), WorkTypes(mapping)
        self._prices = Prices(mapping)
        self._codes, self._treatments = Ranked(mapping.codes), Ranked(mapping.treatments)
        self._roundings = Ranked(mapping.roundings)
        self._defaults = dict(mapping.defaults)
        self._default_book = mapping.default_book or (next(iter(books)) if len(books) == 1 else "")
        self._today = max((book.today for book in books.values()), default=date.max)
        self._known: dict[tuple[str | int, ...], Terms] = {}

    def terms(self, connection: str, entry: TimeEntry, *, client: str = "", project: str = "", work_type: str = "") -> Terms:
        """All that the mapping says of an entry; `client`, `project` and `work_type` are a person's decisions on it.

        An entry whose day cannot be read is answered as of today, so that it can be shown and estimated.
        """
        day = entry.worked_on or self._today
        key = (
            connection, entry.client_id, entry.client, entry.project_id, entry.project, entry.work_type_id, entry.work_type,
            entry.person_id, entry.person, client, project, work_type, self._eras.of(day),
        )  # fmt: skip
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._terms(Says(*key[:-1]), day)
        return known

    def _terms(self, says: Says, day: date) -> Terms:
        party, worker, work = self._parties.find(says), self._workers.find(says, day), self._work_types.find(says, day)
        client, person = party.client, worker.person
        book = (client.book if client else "") or self._default_book
        options = levels(party, self._defaults.get(book))
        asked = _asked(party, worker, work)
        wanted = self._wanted(asked, options, book, day, f"{work.name}, {worker.role or worker.name}")
        price = self._prices.find(wanted, day)
        code, code_why = self._code(asked, work, day)
        treatment, treatment_why = self._treatment(asked, day)
        rounding, rounding_why = self._rounding(asked, day)
        return Terms(
            client=client,
            book=book,
            bill_to=party.bill_to,
            project=party.project_name,
            person=person.key if person else "",
            person_text=worker.text,
            person_until=person.until if person else None,
            role=worker.role,
            work_type=work.name,
            billing_code=code,
            treatment=treatment,
            price=price if isinstance(price, Price) else None,
            currency=wanted.currency or (price.currency if isinstance(price, Price) else ""),
            rounding=rounding,
            po=said([level.po for level in options.po], day, ""),
            nobody=party.nobody,
            unpriced=_unbillable(work, code)
            or self._worker_needed(asked, worker, options, day, price)
            or (None if isinstance(price, Price) else price),
            why=(*party.why, *worker.why, *work.why, *code_why, *treatment_why, *rounding_why),
        )

    def _wanted(self, asked: Facts, options: Levels, book: str, day: date, says: str) -> Asked:
        currency = said([level.currency for level in options.money], day, "")
        card = said([level.rate_card for level in options.money], day, "") or self._prices.default_card(book)
        return Asked(asked, card, currency, says)

    def _code(self, asked: Facts, work: Work, day: date) -> tuple[str, tuple[Why, ...]]:
        """A rule's billing code, else the work type's own."""
        found = self._codes.find(asked, day)
        if found is None:
            return work.code, work.code_why
        return found.rule.value, (Why("billing_code", found.rule.value, found.rule.where, found.rank),)

    def _treatment(self, asked: Facts, day: date) -> tuple[Treated, tuple[Why, ...]]:
        found = self._treatments.find(asked, day)
        if found is None:
            return Treated("bill"), ()
        return found.rule.value, (Why("treatment", found.rule.value.treatment, found.rule.where, found.rank),)

    def _rounding(self, asked: Facts, day: date) -> tuple[Rounding | None, tuple[Why, ...]]:
        found = self._roundings.find(asked, day)
        if found is None:
            return None, ()
        rule = found.rule.value
        text = f"{rule.increment_minutes} min {rule.direction}, at least {rule.minimum_minutes}, per {rule.per}"
        return rule, (Why("rounding", text, found.rule.where, found.rank),)

    def _worker_needed(self, asked: Facts, worker: Worker, options: Levels, day: date, price: Price | Unmatched) -> Unmatched | None:
        """Why the person matters: a price, a rule or a line needs the role or the name, and it is not known."""
        if worker.unmatched is None:
            return None
        name_needed, role_needed = lines_need(options.layout, day)
        needed = price is ROLE_NEEDED or role_needed or (name_needed and worker.person is None)
        return worker.unmatched if needed or self._role_matters(asked, day) else None

    def _role_matters(self, asked: Facts, day: date) -> bool:
        """Whether a treatment, billing code or rounding would be another if the role were known."""
        return (
            _hangs_on_role(self._treatments, asked, day)
            or _hangs_on_role(self._codes, asked, day)
            or _hangs_on_role(self._roundings, asked, day)
        )


def _asked(party: Party, worker: Worker, work: Work) -> Facts:
    key = party.client.key if party.client else ""
    return facts(project=party.project_name, client=key, work_type=work.name, person=worker.name, role=worker.role)


def _hangs_on_role(rules: Ranked[T], asked: Facts, day: date) -> bool:
    found = rules.find(asked, day)
    return rules.role_matters(asked, day, found.rank if found else NO_RANK)


def _unbillable(work: Work, code: str) -> Unmatched | None:
    """What the work type lacks to be billed: a match, or a billing code."""
    if work.unmatched or code:
        return work.unmatched
    fix = f"{quoted(work.name)}: BILLING_CODE   # work_types.yaml, under work_types"
    return Unmatched("work_type", work.name, f"the work type {work.name} has no billing code", fix)
