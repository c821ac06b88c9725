"""What one cell says: a day, an instant, worked time, a number, a yes or no. Nothing here knows of files or columns.

A file repeats itself, so the readers remember what a text meant (bounded). A text that cannot be read raises `Unreadable` with
the words a person needs; nothing is guessed: no thousands separators, no exponents, no two-way dates.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal, TypeVar

T = TypeVar("T")
Unit = Literal["hours", "minutes", "seconds", "h:mm"]
Mark = Literal[".", ","]

REMEMBERED_MAX = 20_000
"""Texts a reader remembers before it forgets them all: 2,244 days and 1,440 minutes cover years of real time logs."""
SHOWN_MAX = 60
"""Characters of a cell that a message quotes."""
SECONDS_PER = {"hours": 3600, "minutes": 60, "seconds": 1}

_NUMBER = {
    ".": re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII),
    ",": re.compile(r"[+-]?(\d{1,30}(,\d{0,30})?|,\d{1,30})", re.ASCII),
}
_CLOCK = re.compile(r"([+-]?)(\d{1,30}):([0-5]?\d)(?::([0-5]?\d))?", re.ASCII)
_DIRECTIVE = re.compile(r"%(.)")
_DAY_DIRECTIVES = frozenset("aAdbBmyYj%")
_TIME_DIRECTIVES = frozenset("HIpMSf%")


class Unreadable(Exception):  # noqa: N818  # it is a finding about a row, not an error of the program
    """A cell does not say what its column promises; the text is for a person."""


class Remembered(dict[str, T]):
    """The answers of `read` to the texts seen so far; it forgets them all at a bound, so that memory stays flat."""

    def __init__(self, read: Callable[[str], T]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: str) -> T:
        if len(self) >= REMEMBERED_MAX:
            self.clear()
        answer = self[text] = self.read(text)
        return answer


def quoted(text: str) -> str:
    """A cell as a message shows it: one line, not too long."""
    short = text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"
    return "'" + " ".join(short.split()) + "'"


# ---- numbers and worked time --------------------------------------------------------------------------------------------


def read_number(text: str, mark: Mark) -> Decimal:
    """A decimal with the declared mark. Raises Unreadable for all else: NaN, exponents, thousands separators, currency signs."""
    bare = text.strip()
    if not _NUMBER[mark].fullmatch(bare):
        other: Mark = "," if mark == "." else "."
        hint = (
            f'; where all are written so, say `decimal: "{other}"` beside the column in config.yaml'
            if _NUMBER[other].fullmatch(bare)
            else ""
        )
        raise Unreadable(f"{quoted(text)} is not a number with '{mark}' as its decimal mark{hint}")
    return Decimal(bare.replace(",", "."))


def read_duration(text: str, unit: Unit, mark: Mark) -> Decimal:
    """Seconds, exact and perhaps negative or absurd: the bounds are the caller's."""
    if unit != "h:mm":
        return read_number(text, mark) * SECONDS_PER[unit]
    clock = _CLOCK.fullmatch(text.strip())
    if clock is None:
        raise Unreadable(f"{quoted(text)} is not a duration like 1:30")
    sign, hours, minutes, seconds = clock.groups()
    total = Decimal(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    return -total if sign == "-" else total


def whole_seconds(exact: Decimal, absurd_hours: Decimal) -> int:
    """Worked seconds, half up. Raises Unreadable where no such time can have been worked."""
    if exact < 0:
        raise Unreadable("it is negative")
    if exact >= absurd_hours * 3600:
        raise Unreadable(f"it is {absurd_hours} hours or more")
    return int(exact.to_integral_value(ROUND_HALF_UP))


# ---- yes and no ---------------------------------------------------------------------------------------------------------


def read_flag(text: str, yes: frozenset[str], no: frozenset[str]) -> bool:
    """True or False by the declared texts, capitals aside."""
    folded = text.strip().casefold()
    if folded in yes:
        return True
    if folded in no:
        return False
    raise Unreadable(f"{quoted(text)} is neither yes ({', '.join(sorted(yes))}) nor no ({', '.join(sorted(no))})")


# ---- days and instants --------------------------------------------------------------------------------------------------


def is_time_only(form: str) -> bool:
    """Whether a format says a time of day without its day."""
    said = set(_DIRECTIVE.findall(form)) - {"%"}
    return bool(said) and said <= _TIME_DIRECTIVES


def read_moment_as(form: str, zone: tzinfo) -> Callable[[str], datetime | None]:
    """A reader of one strptime format: aware, in `zone` where the text has no offset of its own; None when it does not fit.

    Where the format is a day, one space or `T`, and a time, the halves are read apart: they repeat, the whole seldom does, and
    two look-ups are ten times cheaper than strptime.
    """

    def read_whole(text: str) -> datetime | None:
        try:
            found = datetime.strptime(text.strip(), form)  # noqa: DTZ007  # the zone is attached below
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=zone)

    whole = Remembered(read_whole)
    halves = _halves(form)
    if halves is None:
        return whole.__getitem__
    between, day_form, time_form = halves
    days, times = Remembered(_part(day_form, datetime.date)), Remembered(_part(time_form, datetime.time))

    def read_halves(text: str) -> datetime | None:
        left, _, right = text.partition(between)
        day, clock = days[left], times[right]
        return whole[text] if day is None or clock is None else datetime.combine(day, clock, zone)

    return read_halves


def _halves(form: str) -> tuple[str, str, str] | None:
    for between in (" ", "T"):
        left, _, right = form.partition(between)
        if form.count(between) == 1 and left and right:
            day, clock = set(_DIRECTIVE.findall(left)), set(_DIRECTIVE.findall(right))
            if day and clock and day <= _DAY_DIRECTIVES and clock <= _TIME_DIRECTIVES:
                return between, left, right
    return None


def _part(form: str, of: Callable[[datetime], T]) -> Callable[[str], T | None]:
    def read(text: str) -> T | None:
        try:
            return of(datetime.strptime(text, form))  # noqa: DTZ007  # half of a local time
        except ValueError:
            return None

    return read


def read_iso_moment(zone: tzinfo) -> Callable[[str], datetime | None]:
    """A reader of ISO 8601, with or without offset, with or without a time."""

    def read(text: str) -> datetime | None:
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError:
            return None
        return found if found.tzinfo else found.replace(tzinfo=zone)

    return read


class Moments:
    """Reads local times by the declared formats (ISO 8601 where none is) within the days that can be true."""

    def __init__(self, formats: Sequence[str], zone: tzinfo, first: date, last: date) -> None:
        self.between = f"between {first} and {last}"
        self.first, self.last = (datetime.combine(day, clock, zone) for day, clock in ((first, time.min), (last, time.max)))
        self.like = (
            " or ".join(formats) or "2026-06-30 or 2026-06-30 09:15; where all are written otherwise, say their `format` in config.yaml"
        )
        self.readers = [read_moment_as(form, zone) for form in formats] or [read_iso_moment(zone)]

    def __call__(self, text: str) -> datetime:
        """An aware local time. Raises Unreadable."""
        for read in self.readers:
            found = read(text)
            if found is not None:
                if self.first <= found <= self.last:
                    return found
                raise Unreadable(f"{quoted(text)} is not {self.between}")
        raise Unreadable(f"{quoted(text)} is not a date like {self.like}")


class TimesOfDay:
    """Reads a time of day by the declared formats."""

    def __init__(self, formats: Sequence[str]) -> None:
        self.like = " or ".join(formats)
        self.readers = [Remembered(_part(form, datetime.time)) for form in formats]

    def __call__(self, text: str) -> time:
        bare = text.strip()
        for remembered in self.readers:
            found = remembered[bare]
            if found is not None:
                return found
        raise Unreadable(f"{quoted(text)} is not a time like {self.like}")


def instant(local: datetime) -> datetime:
    """The UTC instant of an aware local time.

    A clock reading that occurs twice (autumn) is the first of the two; one that never occurs (spring) counts on from the
    moment the clocks went forward, as PEP 495 has it.
    """
    return local if local.tzinfo is UTC else local.astimezone(UTC)


def end_instant(local: datetime, started: datetime | None) -> datetime:
    """The UTC instant of an end: as `instant`, but the second of two where the first would lie before the start."""
    end = instant(local)
    if started is not None and end < started:
        second = local.replace(fold=1).astimezone(UTC)
        return second if second >= started else end
    return end
