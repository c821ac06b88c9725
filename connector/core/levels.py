"""The levels at which the shared keys may be said (project, bill-to, client, defaults), nearest first for each kind of key."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from connector.core.mapping import Options, Span, at
from connector.core.parties import Party

T = TypeVar("T")


class Levels(NamedTuple):
    """The options that count for one party, in the orders of domain section 5."""

    money: tuple[Options, ...]
    """Currency and card: bill-to > project > client > default."""
    layout: tuple[Options, ...]
    """Lines: project > bill-to > client > default."""
    po: tuple[Options, ...]
    """PO: project > bill-to > client."""


def levels(party: Party, default: Options | None) -> Levels:
    bill_to = (party.billed_to.options,) if party.billed_to else ()
    project = (party.project.options,) if party.project else ()
    client = (party.client.options,) if party.client else ()
    last = (default,) if default else ()
    return Levels((*bill_to, *project, *client, *last), (*project, *bill_to, *client, *last), (*project, *bill_to, *client))


def said(values: Sequence[Sequence[Span[T]]], day: date, otherwise: T) -> T:
    """What the nearest level that says anything for that day says."""
    for spans in values:
        if (span := at(spans, day)) is not None:
            return span.value
    return otherwise


def lines_need(options: Sequence[Options], day: date) -> tuple[bool, bool]:
    """Whether a line needs the person's name, and the work role: it is made one per them, or its text prints them."""
    one_per = said([level.lines_one_per for level in options], day, ())
    text = said([level.line_text for level in options], day, "")
    return "person" in one_per or "{person}" in text, "role" in one_per or "{role}" in text
