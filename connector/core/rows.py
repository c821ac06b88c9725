"""Which charges of a document share a line: those alike in price, rounding, layout and all that the mapping makes lines of."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal

from msgspec import Struct

from connector.core.grouping import Group, Heap
from connector.core.line_layout import LineLayout, LineLayouts
from connector.core.mapping import LinePer, Rounding
from connector.core.values import Charge, Corrects, Terms

Read = Callable[[Charge], object]
_READ: Mapping[LinePer, Read] = {
    "work_type": lambda charge: charge.terms.work_type or charge.staged.entry.work_type,
    "person": lambda charge: charge.terms.person or charge.staged.entry.person,
    "role": lambda charge: charge.terms.role,
    "project": lambda charge: charge.terms.project or charge.staged.entry.project,
    "ticket": lambda charge: charge.staged.entry.ticket,
    "task": lambda charge: charge.staged.entry.task,
    "date": lambda charge: charge.staged.entry.worked_on,
    "entry": lambda charge: (charge.staged.key, charge.part),
    "site": lambda charge: charge.staged.entry.site,
    "department": lambda charge: charge.staged.entry.department,
    "billing_code": lambda charge: charge.terms.billing_code,
}


_OF_TERMS = frozenset(("role", "billing_code"))
_NAMES = frozenset(("work_type", "person", "project"))
"""What terms say, and the entry where they do not."""


class Row(Struct, eq=False, kw_only=True):
    """A line in the making. `rate` None: printed at 0.00."""

    layout: LineLayout
    heap: Heap
    rate: Decimal | None
    rounding: Rounding | None
    charges: list[Charge]
    corrects: Corrects | None = None


def rows_of(group: Group, layouts: LineLayouts) -> Collection[Row]:
    """The lines in the making. Charges with the same terms, price and disposition mostly go the same way, worked out once."""
    rows: dict[tuple[object, ...], Row] = {}
    for heap in group.heaps.values():
        alike: dict[tuple[object, ...], Row] = {}
        reads_of: dict[int, list[Read]] = {}
        for charge in heap.charges:
            if charge.corrects is not None:
                _add_correction(rows, charge, charge.corrects, heap, layouts)
                continue
            terms = charge.terms
            reads = reads_of.get(id(terms))
            if reads is None:
                reads = reads_of[id(terms)] = _reads_of(terms, heap.layout.one_per)
            same: tuple[object, ...] = (id(terms), id(charge.price), charge.disposition)
            if reads:
                same = (*same, *[read(charge) for read in reads])
            row = alike.get(same)
            if row is None:
                row = alike[same] = _row(rows, charge, heap, layouts)
            row.charges.append(charge)
    return rows.values()


def _reads_of(terms: Terms, one_per: Iterable[LinePer]) -> list[Read]:
    """What must be read of each charge of these terms to tell its line, because the terms do not say it."""
    return [_READ[what] for what in one_per if not (what in _OF_TERMS or (what in _NAMES and getattr(terms, what)))]


def _row(rows: dict[tuple[object, ...], Row], charge: Charge, heap: Heap, layouts: LineLayouts) -> Row:
    terms, rate = charge.terms, _rate(charge)
    rounding = terms.rounding if terms.rounding and terms.rounding.per == "line" else None
    layout = layouts.of(heap.layout, terms.billing_code, terms.person)
    kind = charge.disposition if rate is None else rate
    key = (layout.number, heap.origin, heap.late, kind, rounding, *[_READ[what](charge) for what in heap.layout.one_per])
    if key not in rows:
        rows[key] = Row(layout=layout, heap=heap, rate=rate, rounding=rounding, charges=[])
    return rows[key]


def _add_correction(rows: dict[tuple[object, ...], Row], charge: Charge, of: Corrects, heap: Heap, layouts: LineLayouts) -> None:
    """What corrects one line stands on one line of its own."""
    key = ("corrects", of.document, of.line)
    if key not in rows:
        layout = layouts.as_billed(heap.layout, charge.terms.billing_code, of.as_billed)
        rows[key] = Row(layout=layout, heap=heap, rate=of.as_billed.price, rounding=None, charges=[], corrects=of)
    rows[key].charges.append(charge)


def _rate(charge: Charge) -> Decimal | None:
    if charge.disposition != "ready":
        return None
    price = charge.price or charge.terms.price
    assert price is not None, f"{charge.staged.ref} is ready and has no price: rating broke its promise"
    return price.rate


def unlike(charges: Iterable[Charge]) -> Collection[Charge]:
    """One charge of each kind: with the same terms, price and reasons of its own."""
    return {(id(charge.terms), id(charge.price), id(charge.why)): charge for charge in charges}.values()
