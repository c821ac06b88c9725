"""Dated values of the shapes → spans with places."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, TypeVar

from connector.core.mapping import Span
from connector.mappings.references import At
from connector.mappings.shared_shapes import Spell

T = TypeVar("T")
Spelled = tuple[Any, date | None, date | None, At]


def spells(value: Any, at: At) -> list[Spelled]:
    """(value, since, until, place) of each spell; an undated value is one spell without ends; nothing for None."""
    if value is None:
        return []
    if isinstance(value, list) and value and isinstance(value[0], Spell):
        return [(spell.value, spell.since, spell.until, at / index / "is") for index, spell in enumerate(value)]
    return [(value, None, None, at)]


def spans(value: Any, at: At, to: Callable[[Any], T] | None = None) -> tuple[Span[T], ...]:
    """Spans in the order written; `to` turns each value."""
    return tuple(Span(to(said) if to else said, since, until, place.where) for said, since, until, place in spells(value, at))


def spans_within(value: Any, at: At, inner: str, to: Callable[[Any], T] | None = None) -> tuple[Span[T], ...]:
    """The spans of one key of a map that is itself dated: each spell of the map ends where the next begins."""
    outer = spells(value, at)
    starts = sorted(since for _, since, _, _ in outer if since)
    found: list[Span[T]] = []
    for shape, since, until, place in outer:
        following = next((start for start in starts if start > (since or date.min)), None)
        last = _earlier(until, following - timedelta(days=1) if following else None)
        said = spans(getattr(shape, inner), place / inner, to)
        found += [Span(each.value, _later(since, each.since), _earlier(last, each.until), each.where) for each in said]
    return tuple(found)


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


def _later(one: date | None, other: date | None) -> date | None:
    return max(one, other) if one and other else one or other
