"""When an entry was worked: a bare day, and times of day as people read them ("3:00pm", "15:00") in the account's zone.

A time that cannot be read is left out and no problem: what is billed are the hours, which stand by themselves.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_TIME = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?\s*([ap]m)?", re.ASCII)
_DAY = timedelta(days=1)
_NOON = 12
_HOURS = 24
Span = tuple[datetime | None, datetime | None]
SpanOf = Callable[[date, str | None, str | None], Span]


@lru_cache(maxsize=20_000)
def day_of(text: str) -> date | None:
    """The calendar day, None where the text is none. No zone has a part in it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def time_of_day(text: str) -> time | None:
    found = _TIME.fullmatch(text.strip().lower())
    if found is None:
        return None
    hour, half = int(found[1]), found[3]
    if half:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half == "pm" else 0)
    return time(hour, int(found[2])) if hour < _HOURS else None


def spans_in(zone_name: str) -> SpanOf:
    """A reader of start and end as UTC instants. An end that says less than the start is on the next day; of an hour that comes
    twice the first is meant, unless the end would then lie before the start.
    """
    zone = ZoneInfo(zone_name)

    @lru_cache(maxsize=50_000)
    def span(day: date, started: str | None, ended: str | None) -> Span:
        start = time_of_day(started) if started else None
        end = time_of_day(ended) if ended else None
        begun = _instant(day, start, zone) if start else None
        if end is None or start is None or begun is None:
            return begun, None
        done = _instant(day + _DAY if end < start else day, end, zone)
        if done < begun:
            done = datetime.combine(day, end, zone).replace(fold=1).astimezone(UTC)
        return begun, done

    return span


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)
