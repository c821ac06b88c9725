"""A document as it was billed beside the same document made again: line by line, to the cent."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from connector.reports.cells import csv_text
from connector.reports.hours import amount, both, both_of
from connector.reports.instants import to_the_minute, zone_of
from connector.reports.json_text import json_text
from connector.reports.tables import Part, Said, Table, head_of, text_of
from connector.reports.values import Head
from connector.reports.words import counted


class LineAgain(Struct, frozen=True, kw_only=True):
    """`differs`: figures and texts in which the two are not the same; `looked_up`: what follows from the catalogue over there and did
    not stay, which is no difference in money. None where there is no such line.
    """

    line: int
    description: str
    quantity: Decimal | None
    price: Decimal | None
    net: Decimal | None
    quantity_again: Decimal | None
    price_again: Decimal | None
    net_again: Decimal | None
    differs: tuple[str, ...]
    looked_up: tuple[str, ...] = ()


class ChargeAgain(Struct, frozen=True, kw_only=True):
    """A charge whose billed seconds or share of its line are not the same."""

    ref: str
    part: int
    billed: Decimal
    billed_again: Decimal
    net: Decimal
    net_again: Decimal
    differs: bool


class AsBilled(Struct, frozen=True, kw_only=True):
    """`reproduced`: every line and every share is the same to the cent. `missing`: charges that the rules of then do not make."""

    head: Head
    number: str
    book: str
    client: str
    currency: str
    net: Decimal
    net_again: Decimal
    approved_by: str
    approved_at: str
    mapping: str
    reproduced: bool
    entries: int
    lines: tuple[LineAgain, ...]
    charges: tuple[ChargeAgain, ...]
    missing: tuple[str, ...]
    since: tuple[str, ...] = ()
    """What people chose for the document after it was approved."""


def as_json(one: AsBilled) -> str:
    return json_text(one)


def as_csv(one: AsBilled) -> str:
    columns = ("document", *LineAgain.__struct_fields__)
    rows = [
        (one.number, *("; ".join(v) if isinstance(v, tuple) else v for v in (getattr(line, n) for n in columns[1:]))) for line in one.lines
    ]
    return csv_text(columns, rows)


def as_table(one: AsBilled) -> str:
    return text_of(_parts(one))


def _parts(one: AsBilled) -> Iterator[Part]:
    yield from head_of("As billed", one.head)
    verdict = "REPRODUCED TO THE CENT" if one.reproduced else "DIFFERS: this program makes it otherwise than it was billed"
    yield Said(f"\n{one.number}, {one.client}: {verdict}", "bold green" if one.reproduced else "bold red")
    yield Said(
        f"  billed {one.currency} {one.net:,}, made again {one.currency} {one.net_again:,}, of {counted(one.entries, 'entry', 'entries')}"
    )
    yield Said(f"  approved by {one.approved_by} on {to_the_minute(one.approved_at, zone_of(one.head))}, with mapping {one.mapping[:12]}")
    yield Table(
        title="Lines",
        columns=[">line", "text", ">hours billed", ">again", ">price billed", ">again", ">net billed", ">again", "differs"],
        rows=[
            [
                str(line.line), line.description, _hours(line.quantity), _hours(line.quantity_again), amount(line.price),
                amount(line.price_again), amount(line.net), amount(line.net_again), "; ".join(line.differs),
            ]
            for line in one.lines
        ],
        totals=[["", "all", "", "", "", "", amount(one.net), amount(one.net_again), ""]],
    )  # fmt: skip
    yield Table(
        title="Charges that differ",
        columns=["entry", ">part", ">billed h", ">again", ">net billed", ">again"],
        rows=[
            [one.ref, str(one.part), both(int(one.billed)), both(int(one.billed_again)), amount(one.net), amount(one.net_again)]
            for one in one.charges
        ],
    )
    for since in one.since:
        yield Said(f"  {since}", "yellow")
    for missing in one.missing:
        yield Said(f"  {missing}", "red")
    for line in one.lines:
        for said in line.looked_up:
            yield Said(f"  line {line.line}, from the catalogue over there: {said}", "yellow")


def _hours(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{both_of(quantity)} h"
