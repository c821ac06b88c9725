"""From the charges of one document to its lines. The line is the unit of money.

A line's hours are the sum of its charges' billed time, rounded once, times one price, rounded half up to the currency. Its net is then
allocated to its charges by billed time, so that charges add up to lines and lines to the document: no cent is made or lost.
A line never mixes two prices, billing codes, targets, tax codes, trackings or ways of rounding, and time moved here from another
period stands on lines of its own. Negative time is a positive quantity at a negative price.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from connector.core.grouping import Group, Heap
from connector.core.line_layout import LineLayout, LineLayouts
from connector.core.line_text import line_text, with_note
from connector.core.mapping import LinePer, Rounding
from connector.core.money import ZERO, Taxable, allocate, multiply, places, plain, round_half_up, tax
from connector.core.periods import days_text
from connector.core.rounding import EXACT, billed
from connector.core.values import BookFacts, Charge, Corrects, ProposedLine, Share, Why
from connector.model import Line

HOUR_S = 3600
_UNKNOWN_TAX = "amounts include tax, and nobody knows how much: name a tax code with a percentage, or say amounts: tax_exclusive"
_READ: Mapping[LinePer, Callable[[Charge], object]] = {
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


class Row(Struct, eq=False, kw_only=True):
    """A line in the making. `rate` None: printed at 0.00."""

    layout: LineLayout
    heap: Heap
    rate: Decimal | None
    rounding: Rounding | None
    charges: list[Charge]
    corrects: Corrects | None = None


class Drawn(Struct, frozen=True, eq=False, kw_only=True):
    """A line before tax. `amount` is what quantity and price make, in the currency."""

    row: Row
    quantity: Decimal
    price: Decimal
    amount: Decimal
    text: str
    first: date
    last: date


class Lines(Struct, frozen=True, kw_only=True):
    """All lines of a document and their sums. `tax` None: the book works it out."""

    lines: tuple[ProposedLine, ...]
    net: Decimal
    tax: Decimal | None
    gross: Decimal | None
    problems: tuple[str, ...]


def propose_lines(group: Group, layouts: LineLayouts, hours_places: int) -> Lines:
    """The lines of one document, in a fixed order: by first day worked, billing code, text, price."""
    facts, currency = layouts.directory.facts, group.parts.currency
    digits = places(currency)
    drawn = [_draw(row, group, facts, hours_places) for row in _rows(group, layouts)]
    drawn.sort(key=_order)
    amounts = group.layout.options.amounts
    taxable = [Taxable(one.amount, one.row.layout.tax_code, one.row.layout.percent) for one in drawn]
    taxed = tax(taxable, amounts, facts.tax, digits)
    lines = tuple(_line(one, net=due.net, due=due.tax, group=group, digits=digits) for one, due in zip(drawn, taxed, strict=True))
    net = sum((line.line.net for line in lines), round_half_up(ZERO, digits))
    taxes = [due.tax for due in taxed]
    whole = None if None in taxes else sum((due for due in taxes if due is not None), round_half_up(ZERO, digits))
    divided = layouts.directory.divided(dict(one.row.layout.tracking) for one in drawn)
    unknown = [_UNKNOWN_TAX] if amounts == "tax_inclusive" and whole is None else []
    return Lines(
        lines=lines,
        net=net,
        tax=whole,
        gross=None if whole is None else net + whole,
        problems=tuple(dict.fromkeys((*_problems(drawn, facts), *unknown, *divided))),
    )


def _rows(group: Group, layouts: LineLayouts) -> Iterable[Row]:
    rows: dict[tuple[object, ...], Row] = {}
    for heap in group.heaps.values():
        shared: dict[int, tuple[LineLayout, Rounding | None]] = {}
        reads = [_READ[what] for what in heap.layout.one_per]
        for charge in heap.charges:
            terms = charge.terms
            if charge.corrects is not None:
                _add_correction(rows, charge, charge.corrects, heap, layouts)
                continue
            found = shared.get(id(terms))
            if found is None:
                rounding = terms.rounding if terms.rounding and terms.rounding.per == "line" else None
                found = shared[id(terms)] = (layouts.of(heap.layout, terms.billing_code, terms.person), rounding)
            layout, rounding = found
            rate = _rate(charge)
            kind = charge.disposition if rate is None else rate
            key = (layout.number, heap.origin, heap.late, kind, rounding, *[read(charge) for read in reads])
            row = rows.get(key)
            if row is None:
                row = rows[key] = Row(layout=layout, heap=heap, rate=rate, rounding=rounding, charges=[])
            row.charges.append(charge)
    return rows.values()


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


def worked_order(charge: Charge) -> tuple[date, str, str, int]:
    """The order of a line's charges, the same whatever order they came in and whatever state they are in."""
    entry = charge.staged.entry
    assert entry.worked_on is not None, "a charge without a day is on no document"
    return entry.worked_on, entry.id, charge.staged.connection, charge.part


def _draw(row: Row, group: Group, facts: BookFacts, hours_places: int) -> Drawn:
    row.charges.sort(key=worked_order)
    if row.corrects:
        return _draw_correction(row, row.corrects, group, facts, hours_places)
    if row.rounding:
        row.charges[:] = _rounded_together(row.charges, row.rounding)
    first, last = worked_order(row.charges[0])[0], worked_order(row.charges[-1])[0]
    digits = places(group.parts.currency)
    hours = round_half_up(sum((charge.billed for charge in row.charges), ZERO) / HOUR_S, min(hours_places, facts.quantity_places))
    price = plain(row.rate or ZERO, digits)
    quantity, price = (-hours, -price) if hours < 0 else (hours, price)
    exact = multiply(quantity, price)
    amount = round_half_up(exact, digits)
    fixed = {
        "hours": f"{hours:f}",
        "rate": f"{abs(price):f}",
        "billing_code": row.layout.code_text,
        "po": group.parts.po,
        "client": group.layout.party.client.key,
    }
    text = line_text(row.heap.layout.text, row.charges, first=first, last=last, fixed=fixed, late=row.heap.late)
    if digits < facts.amount_places and amount != exact:
        text, quantity, price = with_note(text, f"{hours:f} h at {abs(price):f}"), Decimal(1), amount
    return Drawn(row=row, quantity=quantity, price=price, amount=amount, text=text, first=first, last=last)


def _draw_correction(row: Row, of: Corrects, group: Group, facts: BookFacts, hours_places: int) -> Drawn:
    """The difference to a line that was billed, to the cent: hours times that line's price where they make it, else 1 times the amount
    with the hours in the text. It says which document it corrects and when that time was worked.
    """
    first, last = worked_order(row.charges[0])[0], worked_order(row.charges[-1])[0]
    digits = places(group.parts.currency)
    net = round_half_up(sum((charge.value or ZERO for charge in row.charges), ZERO), digits)
    amount = _with_tax(net, of.as_billed, digits)
    hours = round_half_up(sum((charge.billed for charge in row.charges), ZERO) / HOUR_S, min(hours_places, facts.quantity_places))
    price = plain(abs(of.as_billed.price), digits)
    note = f"correction of {of.number}, worked {days_text(first, last)}"
    quantity, signed = abs(hours), price if amount >= 0 else -price
    if multiply(quantity, signed) != amount and (
        digits < facts.amount_places or round_half_up(multiply(quantity, signed), digits) != amount
    ):
        note, quantity, signed = f"{note}, {hours:f} h", Decimal(1), amount
    text = with_note(of.as_billed.description, note)
    return Drawn(row=row, quantity=quantity, price=signed, amount=amount, text=text, first=first, last=last)


def _with_tax(net: Decimal, line: Line, digits: int) -> Decimal:
    """What quantity times price must come to, in the proportion in which the line's own did: prices may include tax."""
    whole = round_half_up(multiply(line.quantity, line.price), digits)
    return net if whole == line.net or not line.net else round_half_up(EXACT.divide(multiply(net, whole), line.net), digits)


def _rounded_together(charges: Sequence[Charge], rounding: Rounding) -> Iterator[Charge]:
    """Rounding `per: line`: the rule on the line's summed worked time; each charge's billed time becomes its share of it, in whole
    seconds. Time that a person decided to bill stays as decided.
    """
    together = [index for index, charge in enumerate(charges) if not _decided(charge, rounding)]
    exact = [_worked(charges[index]) for index in together]
    summed = sum(exact, ZERO)
    total = billed(summed, rounding) if summed > 0 else summed  # time taken back is left as it is
    shares = allocate(total, exact, 0) if total == total.to_integral_value() else exact
    share_of = dict(zip(together, shares, strict=True))
    return (replace(charge, billed=share_of.get(index, charge.billed)) for index, charge in enumerate(charges))


def _worked(charge: Charge) -> Decimal:
    """Exact seconds: a source's decimal hours as given."""
    entry = charge.staged.entry
    if entry.hours is not None and charge.seconds == entry.seconds:
        return entry.hours * HOUR_S
    return Decimal(charge.seconds)


def _decided(charge: Charge, rounding: Rounding) -> bool:
    """Rating can round an entry only by itself; billed time that is neither that nor what was worked is a person's decision."""
    worked = _worked(charge)
    return charge.billed not in (0, worked, billed(worked, rounding))


def _order(drawn: Drawn) -> tuple[object, ...]:
    layout = drawn.row.layout
    return (
        drawn.first, layout.billing_code, drawn.text, drawn.price, drawn.quantity, layout.target, layout.tax_code, layout.tracking,
        worked_order(drawn.row.charges[0]),
    )  # fmt: skip


def _line(drawn: Drawn, *, net: Decimal, due: Decimal | None, group: Group, digits: int) -> ProposedLine:
    layout, charges = drawn.row.layout, drawn.row.charges
    nets = _correcting(net, charges, digits) if drawn.row.corrects else allocate(net, [charge.billed for charge in charges], digits)
    heap = drawn.row.heap
    return ProposedLine(
        line=Line(
            description=drawn.text,
            quantity=drawn.quantity,
            price=drawn.price,
            net=net,
            target=layout.target,
            tax_code=layout.tax_code,
            tax=due,
            tracking=layout.tracking,
            service_from=drawn.first,
            service_to=drawn.last,
        ),
        billing_code=layout.billing_code,
        shares=tuple(Share(stand(charge, group, heap), share) for charge, share in zip(charges, nets, strict=True)),
        why=_whys(charges, layout),
    )


def _correcting(net: Decimal, charges: Sequence[Charge], digits: int) -> list[Decimal]:
    """Each correction's own worth; what tax in the prices rounded away is shared out."""
    own = [round_half_up(charge.value or ZERO, digits) for charge in charges]
    more = allocate(net - sum(own, ZERO), list(map(abs, own)), digits)
    return [worth + share for worth, share in zip(own, more, strict=True)]


def stand(charge: Charge, group: Group, heap: Heap) -> Charge:
    """The charge as it stands on its document: in its billing period, with its PO, flagged late where it is."""
    period, po = group.period.key, group.parts.po
    if charge.period == period and charge.po == po and charge.late == heap.late:
        return charge
    return replace(charge, period=period, po=po, late=heap.late)


def _whys(charges: Iterable[Charge], layout: LineLayout) -> tuple[Why, ...]:
    """What decided anything on this line, each once, in the order of its charges."""
    tuples: dict[int, tuple[Why, ...]] = {}
    for charge in charges:
        terms = charge.terms
        price = charge.price or terms.price
        for why in (terms.why, price.why if price else (), charge.why):
            tuples[id(why)] = why
    return tuple(dict.fromkeys((*chain.from_iterable(tuples.values()), *layout.why)))


def _problems(drawn: Iterable[Drawn], facts: BookFacts) -> Iterator[str]:
    for one in drawn:
        yield from one.row.layout.problems
        exponent = one.price.as_tuple().exponent
        assert isinstance(exponent, int), "a price is a finite number"
        if -exponent > facts.price_places:
            yield f"the price {one.price:f} has {-exponent} decimals, book {facts.name} takes {facts.price_places}: mend rate_cards.yaml"
