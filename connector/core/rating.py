"""What an hour costs: special rates, the cells of one card, one multiplier; and the value of billed time.

Special rates and cells stand in one order (precedence.py): a cell's `any` row or column is "not named". A missing price is
an answer, never a default; nothing is ever converted.
"""

from collections.abc import Mapping as MappingOf
from datetime import date
from decimal import Decimal

from msgspec import Struct

from connector.core.mapping import ANY, Block, Cell, Mapping, RateCard, Where, fold
from connector.core.money import places, plain, round_half_up
from connector.core.names import quoted
from connector.core.precedence import NO_RANK, Facts, Ranked
from connector.core.rounding import EXACT, SECONDS_PER_HOUR
from connector.core.values import Price, Unmatched, Why

_SECONDS = Decimal(SECONDS_PER_HOUR)
ROLE_NEEDED = Unmatched("person", "", "the price depends on the work role, and the person is not listed")
"""A price exists, or may exist, for some role, and the role is not known."""


class Asked(Struct, frozen=True, gc=False):
    """A price that is wanted: for these facts, from this card ("" for none), for a document in this currency."""

    facts: Facts
    card: str
    currency: str
    says: str
    """What the source says, for the report: work type and role as typed."""


class _Given(Struct, frozen=True, gc=False):
    """A price as it stands in a file."""

    rate: Decimal
    rank: int
    currency: str
    where: Where
    text: str
    names_work_type: bool


class Prices:
    """All prices of the mapping, compiled."""

    def __init__(self, mapping: Mapping) -> None:
        self._special = Ranked(mapping.special_rates)
        self._multipliers = Ranked(mapping.multipliers)
        self._cards = {fold(card.key): card for card in mapping.rate_cards}
        self._blocks = {key: tuple(map(_compiled, card.blocks)) for key, card in self._cards.items()}
        self._default = {fold(book): card.key for card in mapping.rate_cards for book in card.default_for}
        self._known: dict[tuple[_Given, Decimal, Where | None], Price] = {}

    def default_card(self, book: str) -> str:
        """The card for who names none in this book; "" where the book has no default."""
        return self._default.get(fold(book), "")

    def find(self, asked: Asked, day: date) -> Price | Unmatched:
        """The price of an hour on that day, or why there is none (kind rate, currency or person)."""
        given = self._given(asked, day)
        if self._role_matters(asked, day, given.rank if given else NO_RANK):
            return ROLE_NEEDED
        if given is None:
            return self._missing(asked, day)
        if not given.currency or asked.currency not in ("", given.currency):
            return _in_another_currency(given, asked)
        multiplier = self._multipliers.find(asked.facts, day)
        if self._multipliers.role_matters(asked.facts, day, multiplier.rank if multiplier else NO_RANK):
            return ROLE_NEEDED
        if multiplier is None or (multiplier.rule.work_type and given.names_work_type):
            return self._price(given, Decimal(1), None, NO_RANK)
        return self._price(given, multiplier.rule.value, multiplier.rule.where, multiplier.rank)

    def _given(self, asked: Asked, day: date) -> _Given | None:
        """The strongest of special rate and cell; of two at one rank the special rate."""
        cell = self._cell(asked, day)
        special = self._special.find(asked.facts, day)
        if special is None or (cell and cell.rank < special.rank):
            return cell
        card = fold(asked.card)
        currency = self._cards[card].currency if card in self._cards else asked.currency
        rule = special.rule
        return _Given(rule.value, special.rank, currency, rule.where, f"special rate {rule.value}", bool(rule.work_type))

    def _cell(self, asked: Asked, day: date) -> _Given | None:
        for card, cells in self._tables(asked.card, day):
            for rank, row, column in _places(asked.facts):
                if (row, column) in cells:
                    cell = cells[row, column]
                    text = f"{card.key}: {cell.work_type} / {cell.role} {cell.rate}"
                    return _Given(cell.rate, rank, card.currency, cell.where, text, row != ANY)
        return None

    def _tables(self, card: str, day: date) -> list[tuple[RateCard, dict[tuple[str, str], Cell]]]:
        """The cells that hold on that day, of the card and of those it extends, nearest first; a circle ends."""
        tables = []
        key, seen = fold(card), set[str]()
        while key in self._cards and key not in seen:
            seen.add(key)
            holding = [cells for since, cells in self._blocks[key] if since <= day]
            if holding:
                tables.append((self._cards[key], holding[-1]))
            key = fold(self._cards[key].extends)
        return tables

    def _role_matters(self, asked: Asked, day: date, rank: int) -> bool:
        """Whether another price would stand there if the role were known."""
        if asked.facts.role:
            return False
        if self._special.role_matters(asked.facts, day, rank):
            return True
        rows = {row for stronger, row in ((14, asked.facts.work_type), (17, ANY)) if stronger < rank}
        return any(row in rows and column != ANY for _, cells in self._tables(asked.card, day) for row, column in cells)

    def _missing(self, asked: Asked, day: date) -> Unmatched:
        card = fold(asked.card)
        if card not in self._cards:
            what = f"there is no rate card {asked.card}" if asked.card else "no rate card applies"
            return Unmatched("rate", asked.says, what, "rate_card: NAME   # on the client, or default_for: BOOK on a card")
        key = self._cards[card].key
        tables = self._tables(card, day)
        if not tables:
            return Unmatched("rate", asked.says, f"{key} has no prices yet on that day", f"a block of {key} with an earlier `from`")
        row = f"{quoted(asked.says)}: PRICE   # rate_cards.yaml, {key}, row any"
        return Unmatched("rate", asked.says, f"{key} has no price for {asked.says}", row)

    def _price(self, given: _Given, times: Decimal, where: Where | None, rank: int) -> Price | Unmatched:
        """The same price is the same object, so that values can be remembered by it."""
        if given.rate <= 0 or times <= 0:
            return Unmatched("rate", given.text, "a price of 0 is refused", "treatment: no_charge")
        key = given, times, where
        if key not in self._known:
            why: tuple[Why, ...] = (Why("rate", given.text, given.where, given.rank),)
            if where is not None:
                why = (*why, Why("multiplier", f"times {times}", where, rank))
            rate = plain(EXACT.multiply(given.rate, times), places(given.currency))
            self._known[key] = Price(rate, given.currency, given.rate, times, why)
        return self._known[key]


def _compiled(block: Block) -> tuple[date, dict[tuple[str, str], Cell]]:
    cells: dict[tuple[str, str], Cell] = {}
    for cell in block.cells:
        cells.setdefault((fold(cell.work_type), fold(cell.role)), cell)
    return block.since, cells


def _places(asked: Facts) -> tuple[tuple[int, str, str], ...]:
    """Rank, row and column of the cells that fit, strongest first; an unknown work type or role fits only `any`."""
    ranked = ((14, asked.work_type, asked.role), (15, asked.work_type, ANY), (17, ANY, asked.role), (18, ANY, ANY))
    return tuple((rank, row, column) for rank, row, column in ranked if row and column)


def _in_another_currency(given: _Given, asked: Asked) -> Unmatched:
    if not given.currency:
        return Unmatched("currency", "", f"no currency is said for {given.text}", "currency: CODE   # on the client, or in defaults")
    reason = f"the price is in {given.currency} ({given.text}) and the document in {asked.currency}; nothing is converted"
    return Unmatched("currency", given.currency, reason, f"rate_card: NAME   # a card in {asked.currency}")


class Means(Struct, frozen=True):
    """Mean prices per hour, by client key or book and the currency: what unpriced time is estimated at (domain section 8.1)."""

    client: MappingOf[tuple[str, str], Decimal] = {}
    book: MappingOf[tuple[str, str], Decimal] = {}


def value(billed_seconds: Decimal, rate: Decimal, currency: str) -> Decimal:
    """Billed time times an hour's price, rounded half up to the currency."""
    return round_half_up(EXACT.divide(EXACT.multiply(billed_seconds, rate), _SECONDS), places(currency))
