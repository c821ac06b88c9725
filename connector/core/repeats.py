"""Rules that compare an entry with others: repeats (`same`) and overlaps. Of several, one goes on and the rest fire."""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from connector.core.conditions import Case, Compiled
from connector.core.mapping import fold
from connector.core.rounding import who
from connector.errors import ConfigError
from connector.model import TimeEntry

Comparable = tuple[int, int, str, int]
_RESOLVED: dict[str, Callable[[Case], Hashable]] = {
    "client": lambda case: case.terms.client_key or fold(case.staged.entry.client),
    "project": lambda case: case.terms.project,
    "work_type": lambda case: case.terms.work_type,
    "person": lambda case: who(case.staged, case.terms),
    "connection": lambda case: case.staged.connection,
    "date": lambda case: case.staged.entry.worked_on,
    "minutes": lambda case: case.staged.entry.seconds,
    "hours": lambda case: case.staged.entry.seconds,
    "notes": lambda case: fold(case.staged.entry.notes),
}
"""Names that mean what the mapping makes of them, or that the entry calls otherwise. All others are fields of the entry."""


def order_of(case: Case) -> Comparable:
    """Entries by id: numbers as numbers and before other texts; the state's own key decides between two connections."""
    id_ = case.staged.entry.id
    if id_.isascii() and id_.isdigit():
        number = id_.lstrip("0")
        return 0, len(number), number, case.staged.key
    return 1, 0, id_, case.staged.key


def compared(rule: Compiled, cases: Sequence[Case], indexes: Iterable[int], billed: Collection[int]) -> dict[int, str]:
    """The entries (by index into `cases`) on which a comparing rule fires, each with a sentence that names the other one.

    The rule sees only entries for which the rest of it holds. `billed` are keys of entries that are on a document already:
    it never fires on them.
    """
    seen = [index for index in indexes if rule.fires(cases[index])]
    found = _repeats(rule.rule.when.same, cases, seen, billed) if rule.rule.when.same else dict.fromkeys(seen, "")
    minutes = rule.rule.when.overlap_minutes_over
    if minutes is None:
        return found
    overlaps = _overlaps(timedelta(minutes=minutes), cases, seen, billed)
    return {index: _joined(found[index], overlaps[index]) for index in found if index in overlaps}


def _joined(*sentences: str) -> str:
    return "; ".join(sentence for sentence in sentences if sentence)


def _repeats(fields: Sequence[str], cases: Sequence[Case], indexes: Sequence[int], billed: Collection[int]) -> dict[int, str]:
    firsts: dict[Hashable, int] = {}
    groups: dict[int, list[int]] = {}
    key_of = _key_of(fields)
    for index in _perhaps_equal(key_of, cases, indexes):
        key = key_of(cases[index])
        if key is not None and (first := firsts.setdefault(key, index)) != index:
            groups.setdefault(first, [first]).append(index)
    found: dict[int, str] = {}
    for group in groups.values():
        found.update(_all_but_one(group, cases, billed))
    return found


def _perhaps_equal(key_of: Callable[[Case], Hashable | None], cases: Sequence[Case], indexes: Sequence[int]) -> list[int]:
    """Those whose hash another one has too: few, and only their keys are kept, which of all entries would be a fifth of the memory."""
    hashes = [hash(key_of(cases[index])) for index in indexes]
    shared = {one for one, next_one in pairwise(sorted(hashes)) if one == next_one}
    return [index for index, one in zip(indexes, hashes, strict=True) if one in shared]


def _all_but_one(group: list[int], cases: Sequence[Case], billed: Collection[int]) -> dict[int, str]:
    """The one already billed goes on, else the lowest id."""
    group = sorted(group, key=lambda index: order_of(cases[index]))
    going_on = [index for index in group if cases[index].staged.key in billed] or group[:1]
    first = cases[going_on[0]].staged.ref
    return {index: f"repeats {first}" for index in group if index not in going_on}


def _key_of(fields: Sequence[str]) -> Callable[[Case], Hashable | None]:
    """What is compared. A time or day that the source does not say equals nothing; an empty text equals an empty text."""
    getters = [_getter(field) for field in fields]

    def key(case: Case) -> Hashable | None:
        values = tuple(getter(case) for getter in getters)
        return None if None in values else values

    return key


def _getter(field: str) -> Callable[[Case], Hashable]:
    if field in _RESOLVED:
        return _RESOLVED[field]
    if field not in TimeEntry.__struct_fields__:
        what = f"a rule compares entries by '{field}', which an entry does not have"
        raise ConfigError(what, next_step=f"Fields are {', '.join(sorted({*_RESOLVED, *TimeEntry.__struct_fields__}))}")
    return attrgetter(f"staged.entry.{field}")


def _overlaps(over: timedelta, cases: Sequence[Case], indexes: Iterable[int], billed: Collection[int]) -> dict[int, str]:
    people: dict[Hashable, list[tuple[datetime, Comparable, datetime, int]]] = {}
    for index in indexes:
        case = cases[index]
        started, ended = case.staged.entry.started, case.staged.entry.ended
        if started is not None and ended is not None and ended > started:
            people.setdefault(who(case.staged, case.terms), []).append((started, order_of(case), ended, index))
    found: dict[int, str] = {}
    for spells in people.values():
        found.update(_of_one_person(over, sorted(spells), cases, billed))
    return found


def _of_one_person(
    over: timedelta,
    spells: Sequence[tuple[datetime, Comparable, datetime, int]],
    cases: Sequence[Case],
    billed: Collection[int],
) -> dict[int, str]:
    """Later spells that overlap an earlier one, and earlier ones that overlap a billed one. Of all earlier spells the one that
    ends last overlaps most, so it alone need be asked.
    """
    found: dict[int, str] = {}
    longest: tuple[datetime, int] | None = None
    waiting: list[tuple[datetime, int]] = []
    for started, _, ended, index in spells:
        is_billed = cases[index].staged.key in billed
        if longest and not is_billed and min(ended, longest[0]) - started > over:
            found[index] = _overlap(cases[longest[1]], min(ended, longest[0]) - started)
        if is_billed:
            waiting = [spell for spell in waiting if spell[0] - started > over and spell[1] not in found]
            for end, other in waiting if ended - started > over else ():
                found[other] = _overlap(cases[index], min(ended, end) - started)
        else:
            waiting.append((ended, index))
        if longest is None or ended > longest[0]:
            longest = ended, index
    return found


def _overlap(other: Case, by: timedelta) -> str:
    return f"overlaps {other.staged.ref} by {by // timedelta(minutes=1)} min"
