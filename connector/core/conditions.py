"""Exclude and hold rules, compiled: which of them fire on an entry.

What compares an entry with others (`same`, `overlap_minutes_over`) is in repeats.py; the rest is answered here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from connector.core.mapping import Condition, EntryRule, fold
from connector.core.names import compiled
from connector.core.rounding import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from connector.core.rulings import NO_RULING, Ruling
from connector.core.values import Staged, Terms

Test = Callable[[Staged, Terms], bool]


class Case(Struct, frozen=True, gc=False):
    """An entry on its way to a disposition, with what the mapping and a person say of it."""

    staged: Staged
    terms: Terms
    ruling: Ruling = NO_RULING


class Compiled(Struct, frozen=True):
    """A rule ready to be asked: its tests, and those of `unless` (None where it has none)."""

    rule: EntryRule
    when: tuple[Test, ...]
    unless: tuple[Test, ...] | None
    kind: str

    @property
    def compares(self) -> bool:
        return bool(self.rule.when.same) or self.rule.when.overlap_minutes_over is not None

    def fires(self, case: Case) -> bool:
        """Whether it fires, as far as the entry alone can say."""
        staged, terms = case.staged, case.terms
        for test in self.when:
            if not test(staged, terms):
                return False
        return self.unless is None or not all(test(staged, terms) for test in self.unless)


def compile_rules(rules: Sequence[EntryRule]) -> tuple[Compiled, ...]:
    return tuple(
        Compiled(
            rule,
            (*_dates(rule), *_tests(rule.when)),
            None if rule.unless is None else tuple(_tests(rule.unless)),
            _kind(rule.when),
        )
        for rule in rules
    )


def _kind(when: Condition) -> str:
    """The machine's word for what a rule looks at (domain section 8.1)."""
    if when.same:
        return "duplicate"
    if when.overlap_minutes_over is not None:
        return "overlap"
    if when.hours_over is not None:
        return f"over_{when.hours_over.normalize():f}_hours"
    if when.notes_blank:
        return "no_notes"
    return "entered_late" if when.entered_days_after is not None else "rule"


def _dates(rule: EntryRule) -> Iterator[Test]:
    if rule.since is not None:
        since = rule.since
        yield lambda staged, _: _day(staged) >= since
    if rule.until is not None:
        until = rule.until
        yield lambda staged, _: _day(staged) <= until


def _day(staged: Staged) -> date:
    assert staged.entry.worked_on is not None, "an entry without a readable day is held before any rule is asked"
    return staged.entry.worked_on


def _tests(when: Condition) -> Iterator[Test]:
    """Cheap tests first; all must hold."""
    yield from _amounts(when)
    named: tuple[tuple[tuple[str, ...], Callable[[Staged, Terms], str]], ...] = (
        (when.connection, lambda staged, _: staged.connection),
        (when.client, lambda staged, terms: terms.client_key or staged.entry.client),
        (when.project, lambda _, terms: terms.project),
        (when.work_type, lambda _, terms: terms.work_type),
        (when.person, lambda staged, terms: terms.person or staged.entry.person),
    )
    for texts, name in named:
        if texts:
            yield _name_test(texts, name)
    if when.tags:
        tagged = _any_of(when.tags)
        yield lambda staged, _: any(map(tagged, staged.entry.tags))
    if when.notes_blank:
        yield lambda staged, _: not staged.entry.notes.strip()
    if when.notes:
        noted = _any_of(when.notes)
        yield lambda staged, _: noted(staged.entry.notes)


def _amounts(when: Condition) -> Iterator[Test]:
    # While a timer runs nobody knows how short the time will be: no rule on little time fires before it was stopped.
    if when.minutes is not None:
        seconds = when.minutes * SECONDS_PER_MINUTE
        yield lambda staged, _: staged.entry.seconds == seconds and not staged.entry.running
    if when.hours_over is not None:
        over = _seconds(when.hours_over)
        yield lambda staged, _: staged.entry.seconds > over
    if when.hours_under is not None:
        under = _seconds(when.hours_under)
        yield lambda staged, _: staged.entry.seconds < under and not staged.entry.running
    if when.entered_days_after is not None:
        days = when.entered_days_after
        yield (lambda staged, _: staged.entry.entered_at is not None and (staged.entry.entered_at.date() - _day(staged)).days > days)


def _seconds(hours: Decimal) -> Decimal:
    return hours * SECONDS_PER_HOUR


def _name_test(texts: tuple[str, ...], name: Callable[[Staged, Terms], str]) -> Test:
    """The same few names come again and again: answers are remembered."""
    matches, known = _any_of(texts), dict[str, bool]()

    def test(staged: Staged, terms: Terms) -> bool:
        asked = name(staged, terms)
        if asked not in known:
            known[asked] = matches(asked)
        return known[asked]

    return test


def _any_of(texts: tuple[str, ...]) -> Callable[[str], bool]:
    patterns = tuple(compiled(text) for text in texts)

    def matches(name: str) -> bool:
        folded = fold(name)
        return any(pattern.fullmatch(folded) is not None for pattern in patterns)

    return matches
