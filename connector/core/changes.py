"""What changed between a step as it was approved and the step that is planned now: the document's own facts, and line by line. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from connector.core.steps import Step
from connector.model import Document, Line

FACTS = {"customer": "customer", "customer_id": "customer", "currency": "currency", "po": "PO", "invoice_date": "invoice date",
         "due_date": "due date", "amounts": "amounts", "send_as": "sent as", "tax": "tax"}  # fmt: skip
FIELDS = {
    "description": "text", "quantity": "hours", "price": "price", "net": "net", "target": "target", "tax_code": "tax code", "tax": "tax",
    "tracking": "tracking", "service_from": "dates", "service_to": "dates",
}  # fmt: skip
"""What finance calls the parts of a document and of a line."""


class Fact(Struct, frozen=True):
    """One fact of a document, as it was approved and as it is planned; "" is none."""

    what: str
    was: str
    now: str


class LineFigures(Struct, frozen=True, kw_only=True):
    """A line as it is compared; `line` is its place on its document, from 1."""

    line: int
    description: str
    service_from: date
    service_to: date
    billing_code: str
    target: str
    tracking: dict[str, str]
    tax_code: str
    hours: Decimal
    price: Decimal
    net: Decimal


class LineChange(Struct, frozen=True, kw_only=True):
    """A line that is new, is gone, or says something else; `fields` names what. `was` is None for a new one, `now` for one that is gone."""

    what: Literal["added", "removed", "changed"]
    fields: tuple[str, ...] = ()
    was: LineFigures | None = None
    now: LineFigures | None = None


def facts(was: Step, now: Step) -> tuple[Fact, ...]:
    """The document's own facts that differ, but for its lines and net."""
    return tuple(_facts(was, now))


def _facts(was: Step, now: Step) -> Iterator[Fact]:
    if was.document is None or now.document is None:
        return
    if was.terms != now.terms:
        yield Fact("terms", was.terms, now.terms)
    told = set()
    for name, what in FACTS.items():
        before, after = getattr(was.document, name), getattr(now.document, name)
        if before != after and what not in told:
            told.add(what)
            yield Fact(what, _said(before), _said(after))


def _said(value: object) -> str:
    return "" if value is None else str(value)


def lines(was: Step, now: Step) -> tuple[LineChange, ...]:
    """Lines that differ, in the order of the document planned now, and after them those that are gone. A void leaves no line."""
    before, after = _lines(was), _lines(now)
    pairs = _pairs(was, now, before, after)
    found = []
    for index, line in enumerate(after):
        other = pairs.get(index)
        if other is None:
            found.append(LineChange(what="added", now=_figures(now, index, line)))
        elif before[other] != line:
            found.append(LineChange(what="changed", fields=_differing(before[other], line),
                                    was=_figures(was, other, before[other]), now=_figures(now, index, line)))  # fmt: skip
    gone = sorted(set(range(len(before))) - set(pairs.values()))
    return (*found, *(LineChange(what="removed", was=_figures(was, index, before[index])) for index in gone))


def _lines(step: Step) -> Sequence[Line]:
    document: Document | None = None if step.action == "void" else step.document
    return document.lines if document else ()


def _pairs(was: Step, now: Step, before: Sequence[Line], after: Sequence[Line]) -> dict[int, int]:
    """Line now → the line it was: an equal one, else the one that shares most charges with it, else one of the same text."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for new, old in _likely(was, now, before, after):
        if new not in pairs and old not in taken:
            pairs[new] = old
            taken.add(old)
    return pairs


def _likely(was: Step, now: Step, before: Sequence[Line], after: Sequence[Line]) -> Iterator[tuple[int, int]]:
    every = [(new, old) for new in range(len(after)) for old in range(len(before))]
    yield from ((new, old) for new, old in every if after[new] == before[old])
    stood = {(charge.entry, charge.part): charge.line for charge in was.charges}
    shared: dict[tuple[int, int], int] = {}
    for charge in now.charges:
        old = stood.get((charge.entry, charge.part))
        if old is not None and old < len(before) and charge.line < len(after):
            shared[charge.line, old] = shared.get((charge.line, old), 0) + 1
    yield from sorted(shared, key=lambda pair: (-shared[pair], pair))
    yield from ((new, old) for new, old in every if after[new].description == before[old].description)


def _differing(was: Line, now: Line) -> tuple[str, ...]:
    return tuple(dict.fromkeys(what for name, what in FIELDS.items() if getattr(was, name) != getattr(now, name)))


def _figures(step: Step, index: int, line: Line) -> LineFigures:
    return LineFigures(
        line=index + 1, description=line.description, service_from=line.service_from, service_to=line.service_to,
        billing_code=step.lines[index].billing_code if index < len(step.lines) else "", target=f"{line.target.kind} {line.target.code}",
        tracking=dict(line.tracking), tax_code=line.tax_code, hours=line.quantity, price=line.price, net=line.net,
    )  # fmt: skip
