"""Billing periods: which one a day falls in, where it ends, what comes next, and when it is due.

Keys are what people type after `--period` and read in reports:
`2026-06` a month · `2026-W23` an ISO week, Monday to Sunday, named by the year its Thursday is in · `2026-F12` a fortnight.
Fortnights run on without a break, 14 days each, from Monday 1 January 2024; one is named by the ISO year and half the ISO week of
its first Monday (weeks 23 and 24 of 2026 are F12). In years of 53 weeks the last one reaches into the next year.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from msgspec import Struct

from connector.core.mapping import Every, Span, at
from connector.errors import ConfigError

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
KindOn = Callable[[date], Every]
_DAY = timedelta(days=1)
_FORTNIGHT_DAYS = 14
_FIRST_FORTNIGHT = date(2024, 1, 1).toordinal()
_KEY = re.compile(r"(\d{4})-(?:(\d\d)|W(\d\d)|F(\d\d))")


class Period(Struct, frozen=True, gc=False):
    """A billing period; both days belong to it."""

    key: str
    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def every(self) -> Every:
        letter = self.key[5]
        return "week" if letter == "W" else "fortnight" if letter == "F" else "month"


def period_of(day: date, every: Every) -> Period:
    """The one function that puts a day into a billing period. A bare date passes through no zone."""
    if every == "month":
        return Period(f"{day:%Y-%m}", day.replace(day=1), month_end(day))
    if every == "week":
        year, week, weekday = day.isocalendar()
        first = day - timedelta(days=weekday - 1)
        return Period(f"{year}-W{week:02}", first, first + timedelta(days=6))
    first = day - timedelta(days=(day.toordinal() - _FIRST_FORTNIGHT) % _FORTNIGHT_DAYS)
    year, week, _ = first.isocalendar()
    return Period(f"{year}-F{(week + 1) // 2:02}", first, first + timedelta(days=_FORTNIGHT_DAYS - 1))


def period_at(day: date, said: Sequence[Span[Every]]) -> Period:
    """The period of `day` where its kind is dated: a new kind takes effect from the first of its periods that begins under it.

    So every day is in exactly one period: a client that changes from months to weeks on Wednesday 17 June has a June that runs on
    to Sunday 21 June, and weeks from Monday 22 June. Months where nothing is said.
    """
    return period_by(day, lambda on: span.value if (span := at(said, on)) else "month")


def period_by(day: date, kind_on: KindOn) -> Period:
    """As `period_at`, with a function that says which kind holds on a day."""
    period = period_of(day, kind_on(day))
    earlier = kind_on(period.first)
    return period if earlier == period.every else period_of(day, earlier)


def read_period(key: str) -> Period:
    """The period of a key. Raises ConfigError where it is not one."""
    try:
        return _read(key)
    except ValueError:
        raise ConfigError(
            f"{key!r} is not a billing period",
            next_step="Write a month 2026-06, a week 2026-W23 or a fortnight 2026-F12.",
        ) from None


def _read(key: str) -> Period:
    found = _KEY.fullmatch(key)
    if not found:
        raise ValueError(key)
    year, month, week, fortnight = (int(part) if part else 0 for part in found.groups())
    if month:
        period = period_of(date(year, month, 1), "month")
    elif week:
        period = period_of(date.fromisocalendar(year, week, 1), "week")
    else:
        odd = period_of(date.fromisocalendar(year, 2 * fortnight - 1, 1), "fortnight")
        period = odd if odd.key == key else next_period(odd)
    if period.key != key:
        raise ValueError(key)
    return period


def next_period(period: Period) -> Period:
    return period_of(period.last + _DAY, period.every)


def previous_period(period: Period) -> Period:
    return period_of(period.first - _DAY, period.every)


def due_on(period: Period, grace_days: int) -> date:
    """The first day on which the period's documents are planned: it has ended, and the grace days have passed."""
    return period.last + timedelta(days=1 + grace_days)


def is_due(period: Period, today: date, grace_days: int) -> bool:
    return today >= due_on(period, grace_days)


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def day_of_next_month(day: date, number: int) -> date:
    """Day `number` of the month after `day`'s; the last one where that month is shorter."""
    first = month_end(day) + _DAY
    return first.replace(day=min(number, month_end(first).day))


def day_text(day: date) -> str:
    """A day as a client reads it, the same everywhere: 3 June 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def month_text(first: date, last: date) -> str:
    """The month of some days, or the first and last of several: June 2026; June to July 2026; December 2026 to January 2027."""
    end = f"{MONTHS[last.month - 1]} {last.year}"
    if (first.year, first.month) == (last.year, last.month):
        return end
    start = MONTHS[first.month - 1] + (f" {first.year}" if first.year != last.year else "")
    return f"{start} to {end}"


def days_text(first: date, last: date) -> str:
    """A day, or the first and last of several: 3 June 2026; 3 to 28 June 2026; 29 June to 2 July 2026."""
    if first == last:
        return day_text(last)
    start = str(first.day)
    if (first.year, first.month) != (last.year, last.month):
        start += f" {MONTHS[first.month - 1]}"
    if first.year != last.year:
        start += f" {first.year}"
    return f"{start} to {day_text(last)}"
