"""Charges made of cases and their fates: billed time, value at standard rate, and the parts of an entry."""

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime
from decimal import Decimal

from connector.core.conditions import Case
from connector.core.fates import READY, Fate, rates_differ, readable_day, readable_time, source_price
from connector.core.mapping import Mapping
from connector.core.money import round_half_up
from connector.core.rating import Means, value
from connector.core.repeats import order_of
from connector.core.rounding import SECONDS_PER_HOUR, billed, billed_together, group_key, worked
from connector.core.rulings import NO_RULING
from connector.core.values import Charge, Disposition, Estimate, Price, Terms, Unmatched

WITHOUT_VALUE: frozenset[Disposition] = frozenset(("deleted", "before_start", "billed_elsewhere", "excluded"))
"""What is not ours to bill has no billed time and no value here."""
_SPLIT: frozenset[Disposition] = frozenset(("unmatched", "pending", "ready"))
_NOTHING = Decimal(0)


class Pricing:
    """Prices and values of cases, remembered: the same time at the same price has the same value."""

    def __init__(self, mapping: Mapping, means: Means) -> None:
        self._use, self._compare = mapping.source_rates == "use", mapping.source_rates == "compare"
        self._means = means
        self._known: dict[tuple[int, int, int | str], tuple[Decimal, Decimal | None, Estimate]] = {}

    def of(self, case: Case) -> tuple[Price | None, Unmatched | None]:
        """The price of the entry's hour and why there is none; what the source's own rate makes up for is not missing."""
        terms, entry = case.terms, case.staged.entry
        if not self._use or entry.rate is None:
            return terms.price, terms.unpriced
        price = source_price(entry, terms)
        if isinstance(price, Unmatched):
            return None, price
        missing = terms.unpriced
        made_up = missing is not None and terms.price is None and missing.kind in {"rate", "currency", "person"}
        return price, None if made_up else missing

    def differing(self, case: Case, price: Price | None) -> tuple[str, ...]:
        said = rates_differ(case.staged.entry, price) if self._compare and price else ""
        return (said,) if said else ()

    def alone(self, case: Case, price: Price | None) -> tuple[Decimal, Decimal | None, Estimate]:
        """Billed time, value and how it was found, of an entry that is rounded by itself."""
        terms, entry = case.terms, case.staged.entry
        if price is not terms.price:
            seconds = billed(worked(entry), terms.rounding)
            return seconds, *self.value(terms, price, seconds)
        # hours as they are written: 4.0 and 4.00 are the same time, told with other decimals
        time = entry.seconds if entry.hours is None else str(entry.hours)
        key = id(terms if price is None else price), id(terms.rounding), time
        known = self._known.get(key)
        if known is None:
            seconds = billed(worked(entry), terms.rounding)
            known = self._known[key] = seconds, *self.value(terms, price, seconds)
        return known

    def value(self, terms: Terms, price: Price | None, seconds: Decimal) -> tuple[Decimal | None, Estimate]:
        """Value at standard rate; without a price at the client's mean, else the book's, else none."""
        if price is not None:
            return value(seconds, price.rate, price.currency), "priced"
        of_client = self._means.client.get((terms.client_key, terms.currency))
        if of_client is not None:
            return value(seconds, of_client, terms.currency), "client_mean"
        of_book = self._means.book.get((terms.book, terms.currency))
        if of_book is not None:
            return value(seconds, of_book, terms.currency), "book_mean"
        return None, "none"


PeriodOf = Callable[[Terms, date], str]
"""The work month of a readable day, in words like 2026-06."""


def charges(cases: Sequence[Case], fates: Sequence[Fate], pricing: Pricing, now: datetime, period_of: PeriodOf | None) -> list[Charge]:
    """The charges of every case, in order; their seconds add up to what the source says now."""
    together = _together(cases, fates)
    made: list[Charge] = []
    for index, (case, fate) in enumerate(zip(cases, fates, strict=True)):
        period = None
        if period_of is not None and (day := readable_day(case.staged.entry, now)) is not None:
            period = period_of(case.terms, day)
        if case.ruling is not NO_RULING and case.ruling.hours is not None and fate.disposition in _SPLIT:
            made.extend(_parts(case, fate, pricing, period))
        elif index in together:
            made.append(_grouped(case, fate, pricing, period, together[index]))
        else:
            made.append(_single(case, fate, pricing, period))
    return made


def _single(case: Case, fate: Fate, pricing: Pricing, period: str | None) -> Charge:
    entry = case.staged.entry
    if fate is not READY and (fate.disposition in WITHOUT_VALUE or not readable_time(entry)):
        seconds = 0 if fate.disposition == "deleted" else entry.seconds
        return _charge(case, fate, period, seconds, (_NOTHING, None, "none"), None, ())
    price = pricing.of(case)[0]
    return _charge(case, fate, period, entry.seconds, pricing.alone(case, price), price, pricing.differing(case, price))


def _grouped(case: Case, fate: Fate, pricing: Pricing, period: str | None, seconds: Decimal) -> Charge:
    price = pricing.of(case)[0]
    valued = (seconds, *pricing.value(case.terms, price, seconds))
    return _charge(case, fate, period, case.staged.entry.seconds, valued, price, pricing.differing(case, price))


def _charge(
    case: Case,
    fate: Fate,
    period: str | None,
    seconds: int,
    valued: tuple[Decimal, Decimal | None, Estimate],
    price: Price | None,
    remarks: tuple[str, ...],
    part: int = 1,
) -> Charge:
    return Charge(
        staged=case.staged,
        part=part,
        terms=case.terms,
        disposition=fate.disposition,
        reason=fate.reason,
        kind=fate.kind,
        detail=(*fate.detail, *remarks) if remarks else fate.detail,
        period=period,
        seconds=seconds,
        billed=valued[0],
        value=valued[1],
        estimate=valued[2],
        price=price,
        po=case.staged.entry.po or case.terms.po,
        why=fate.why,
    )


def _parts(case: Case, fate: Fate, pricing: Pricing, period: str | None) -> list[Charge]:
    """What a person bills, as said, and the worked time beyond it, written off."""
    assert case.ruling.hours is not None
    price, entry = pricing.of(case)[0], case.staged.entry
    wanted = case.ruling.hours * SECONDS_PER_HOUR
    seconds = min(entry.seconds, int(round_half_up(wanted, 0)))
    first = _charge(
        case,
        fate,
        period,
        seconds,
        (wanted, *pricing.value(case.terms, price, wanted)),
        price,
        pricing.differing(case, price),
    )
    if seconds == entry.seconds:
        return [first]
    rest = max(worked(entry) - wanted, _NOTHING)
    written_off = Fate("written_off", "the rest of a write-down", "", fate.detail, case.ruling.why)
    valued = (rest, *pricing.value(case.terms, price, rest))
    return [first, _charge(case, written_off, period, entry.seconds - seconds, valued, price, (), part=2)]


def _together(cases: Sequence[Case], fates: Sequence[Fate]) -> dict[int, Decimal]:
    """Billed time of entries that are rounded with others, by index: those of one group that share a disposition, so that time
    which is held or free does not change what the rest is billed.
    """
    groups: dict[Hashable, list[int]] = {}
    for index, (case, fate) in enumerate(zip(cases, fates, strict=True)):
        rounding = case.terms.rounding
        if rounding is None or rounding.per in {"entry", "line"} or fate.disposition in WITHOUT_VALUE:
            continue
        key = group_key(case.staged, case.terms)
        if key is not None and case.ruling.hours is None and readable_time(case.staged.entry):
            groups.setdefault((fate.disposition, key), []).append(index)
    found: dict[int, Decimal] = {}
    for group in groups.values():
        group.sort(key=lambda index: order_of(cases[index]))
        rounding = cases[group[0]].terms.rounding
        assert rounding is not None
        shares = billed_together([worked(cases[index].staged.entry) for index in group], rounding)
        found.update(zip(group, shares, strict=True))
    return found
