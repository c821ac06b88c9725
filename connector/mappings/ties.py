"""Ties that can be seen in the files: same columns, overlapping dates, different answers. `check` names both places."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import combinations
from typing import Any, Protocol, TypeVar

from connector.core.mapping import Mapping, Rule, Span, Treated, Where, fold
from connector.mappings.references import Desk

T = TypeVar("T")
_ALL = ("project", "client", "work_type", "person", "role")


class Dates(Protocol):
    """Anything that holds on some days."""

    @property
    def since(self) -> date | None: ...
    @property
    def until(self) -> date | None: ...
    @property
    def where(self) -> Where: ...


D = TypeVar("D", bound=Dates)


def overlap(one: Dates, other: Dates) -> bool:
    """Both ends are days it holds."""
    begins = max(one.since or date.min, other.since or date.min)
    ends = min(one.until or date.max, other.until or date.max)
    return begins <= ends


def unclear(one: Dates, other: Dates) -> bool:
    """A timeline takes the latest `from` not after the day. That is unclear where two begin together, or overlap with an end."""
    return overlap(one, other) and (one.since == other.since or one.until is not None or other.until is not None)


def clashes(found: Sequence[D], same: Callable[[D, D], bool], unclear: Callable[[Dates, Dates], bool]) -> Iterator[tuple[D, D]]:
    """Pairs with different answers, in the order written."""
    return ((one, other) for one, other in combinations(found, 2) if unclear(one, other) and not same(one, other))


def check_rule_ties(mapping: Mapping, desk: Desk) -> None:
    """Every kind of rule. Prices of the same columns form a timeline; of all else two must never hold on the same day."""
    _tie(mapping.treatments, "treatments", desk, overlap, lambda value: value.treatment)
    _tie(mapping.codes, "billing codes", desk, overlap)
    _tie(mapping.multipliers, "multipliers", desk, overlap)
    _tie(mapping.roundings, "roundings", desk, overlap)
    _tie(mapping.special_rates, "prices", desk, unclear)


def _tie(
    rules: Iterable[Rule[T]],
    what: str,
    desk: Desk,
    unclear: Callable[[Dates, Dates], bool],
    answer: Callable[[T], Any] = lambda value: value,
) -> None:
    columns: dict[tuple[str, ...], list[Rule[T]]] = defaultdict(list)
    for rule in rules:
        columns[tuple(fold(getattr(rule, name)) for name in _ALL)].append(rule)
    for alike in columns.values():
        for one, other in clashes(alike, lambda a, b: answer(a.value) == answer(b.value), unclear):
            said = f"{_in_words(answer(other.value))} here and {_in_words(answer(one.value))} at {one.where}"
            fix = "give one of them a `from` or `until`, or take one out"
            desk.problem(other.where, f"two {what} for {named(one)} on the same days: {said}", fix)


def _in_words(value: Any) -> str:
    if hasattr(value, "increment_minutes"):
        return f"{value.increment_minutes} min {value.direction} per {value.per}, at least {value.minimum_minutes}"
    return f"'{value}'" if not isinstance(value, Treated) else f"'{value.treatment}'"


def named(rule: Rule[Any]) -> str:
    """What a rule names, in words."""
    said = [f"{name.replace('_', ' ')} '{getattr(rule, name)}'" for name in _ALL if getattr(rule, name)]
    return ", ".join(said) or "everything"


def check_spans(spans: Sequence[Span[Any]], what: str, desk: Desk) -> None:
    """A dated value: each spell ends after it begins, and no day has two answers."""
    for span in spans:
        if span.since and span.until and span.until < span.since:
            desk.problem(span.where, f"{what} ends ({span.until}) before it begins ({span.since})", "mend one of the dates")
    for one, other in clashes(spans, lambda a, b: a.value == b.value, unclear):
        since = other.since or one.since
        desk.problem(
            other.where,
            f"{what} has two values on the same days",
            f"the other is at {one.where}: end it before {since or 'this one'}",
        )
