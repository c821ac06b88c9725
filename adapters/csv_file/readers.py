"""The column map made ready to read: each mapped cell with the rules of its connection becomes a function of a text.

Text cells of a sheet are read as declared; its date, time and number cells have a form of their own that no declaration changes.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from adapters.csv_file.cells import (
    Moments,
    Remembered,
    TimesOfDay,
    Unreadable,
    quoted,
    read_duration,
    read_flag,
    read_number,
    whole_seconds,
)
from adapters.csv_file.columns import Columns, Day, Duration, Flag, Moment, Number

SHEET_DAYS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%f")
SHEET_CLOCK = "%H:%M:%S"


class Rules(NamedTuple):
    """What holds for every file of a listing. `first` and `last` are the days that can be true."""

    columns: Columns
    id: str
    key: tuple[str, ...]
    nulls: frozenset[str]
    zone: str
    first: date
    last: date
    absurd_hours: Decimal


def zone_of(name: str) -> tzinfo:
    """The zone of a name; UTC is Python's own, which costs nothing to convert."""
    return UTC if name.upper() == "UTC" else ZoneInfo(name)


def read_moment(cell: Day, rules: Rules, *, is_sheet: bool) -> Callable[[str], datetime]:
    """A reader of days or local times: aware, in the connection's zone where the text has no offset."""
    formats = cell.format + SHEET_DAYS if is_sheet and cell.format else cell.format
    return Moments(formats, zone_of(rules.zone), rules.first, rules.last)


def read_clock(cell: Moment, rules: Rules, *, is_sheet: bool) -> Callable[[str, date | None], datetime | None]:
    """A reader of local times; one that only says the time of day needs its day, and is None without."""
    if not cell.time_only:
        moments = read_moment(cell, rules, is_sheet=is_sheet)
        return lambda text, _: moments(text)
    clocks = TimesOfDay((*cell.format, SHEET_CLOCK) if is_sheet else cell.format)
    zone = zone_of(rules.zone)

    def read(text: str, day: date | None) -> datetime | None:
        clock = clocks(text)
        return datetime.combine(day, clock, zone) if day else None

    return read


def read_decimal(cell: Number, *, is_sheet: bool) -> Callable[[str], Decimal]:
    mark = cell.decimal
    return lambda text: read_number(text, "." if is_sheet and "," not in text else mark)


def read_seconds(cell: Duration, rules: Rules, *, is_sheet: bool) -> Callable[[str], int]:
    """A reader of worked seconds. Raises Unreadable; what is unreadable is remembered too."""

    def read(text: str) -> int | str:
        try:
            mark = "." if is_sheet and "," not in text else cell.decimal
            return whole_seconds(read_duration(text, cell.unit, mark), rules.absurd_hours)
        except Unreadable as bad:
            return str(bad) if quoted(text) in str(bad) else f"{quoted(text)}: {bad}"

    remembered = Remembered(read)

    def known(text: str) -> int:
        seconds = remembered[text]
        if isinstance(seconds, str):
            raise Unreadable(seconds)
        return seconds

    return known


def read_yes_no(cell: Flag) -> Callable[[str], bool]:
    yes, no = (frozenset(text.strip().casefold() for text in texts) for texts in (cell.true, cell.false))
    return lambda text: read_flag(text, yes, no)
