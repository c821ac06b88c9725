"""When and how long: the day, the start, the end and the worked time of a row, which stand in for each other.

The day is the date column's, else the local day of the start. Worked time is the duration column's, else the hours column's, else
end less start as instants, so that a night with a clock change counts what was lived. An end that only says the time is on the
day of the start, or on the next where the clock says less.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from adapters.csv_file.cells import Unreadable, end_instant, instant, whole_seconds
from adapters.csv_file.columns import Cell
from adapters.csv_file.readers import Rules, read_clock, read_decimal, read_moment, read_seconds, read_yes_no, zone_of

Cells = list[str]
TIMES = frozenset({"worked_on", "started", "ended", "duration", "hours", "running"})
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


class Times:
    """Reads `TIMES` of a row; `text` makes a reader of a cell's text."""

    def __init__(self, rules: Rules, text: Callable[[Cell], Callable[[Cells], str]], *, is_sheet: bool) -> None:
        columns = rules.columns
        self.absurd_hours, self.zone = rules.absurd_hours, zone_of(rules.zone)
        self.text = {name: text(cell) for name, cell in columns.mapped().items() if name in TIMES}
        self.day = read_moment(columns.worked_on, rules, is_sheet=is_sheet) if columns.worked_on else None
        self.start = read_clock(columns.started, rules, is_sheet=is_sheet) if columns.started else None
        self.end = read_clock(columns.ended, rules, is_sheet=is_sheet) if columns.ended else None
        self.end_is_clock = columns.ended is not None and columns.ended.time_only
        self.duration = read_seconds(columns.duration, rules, is_sheet=is_sheet) if columns.duration else None
        self.hours = read_decimal(columns.hours, is_sheet=is_sheet) if columns.hours else None
        self.running = read_yes_no(columns.running) if columns.running else None

    def read(self, cells: Cells, values: dict[str, Any], problems: list[str]) -> None:
        """Fills `values` with what reads and `problems` with what does not; worked time that reads is kept in any case."""
        found = len(problems)
        day = self._day(cells, problems)
        day_reads = len(problems) == found
        started = self._started(cells, day, problems)
        if day is None and started is not None and day_reads:
            day = started.astimezone(self.zone).date()
        if day is None and len(problems) == found:
            problems.append("no day: the date is empty")
        start = instant(started) if started else None
        end = self._ended(cells, started, start, problems)
        values["worked_on"], values["started"], values["ended"] = day, start, end
        try:
            self._worked(cells, values, start, end)
        except Unreadable as bad:
            problems.append(f"worked time: {bad}")

    def _day(self, cells: Cells, problems: list[str]) -> date | None:
        if self.day is None or not (said := self.text["worked_on"](cells)):
            return None
        try:
            return self.day(said).astimezone(self.zone).date()
        except Unreadable as bad:
            problems.append(f"worked_on: {bad}")
            return None

    def _started(self, cells: Cells, day: date | None, problems: list[str]) -> datetime | None:
        if self.start is None or not (said := self.text["started"](cells)):
            return None
        try:
            return self.start(said, day)
        except Unreadable as bad:
            problems.append(f"started: {bad}")
            return None

    def _ended(self, cells: Cells, started: datetime | None, start: datetime | None, problems: list[str]) -> datetime | None:
        if self.end is None or not (said := self.text["ended"](cells)):
            return None
        try:
            ended = self.end(said, started.date() if started else None)
        except Unreadable as bad:
            problems.append(f"ended: {bad}")
            return None
        if ended is None:
            return None
        end = end_instant(ended, start)
        if self.end_is_clock and started and start and end < start and ended.time() < started.time():
            return end_instant(ended + DAY, start)
        return end

    def _worked(self, cells: Cells, values: dict[str, Any], start: datetime | None, end: datetime | None) -> None:
        """Worked time, and whether the clock still runs. Raises Unreadable with what was read already in `values`."""
        if self.running is not None and (said := self.text["running"](cells)):
            values["running"] = self.running(said)
        if self.hours is not None and (said := self.text["hours"](cells)):
            hours = self.hours(said)
            values["seconds"], values["hours"] = whole_seconds(hours * 3600, self.absurd_hours), hours
        if self.duration is not None and (said := self.text["duration"](cells)):
            values["seconds"] = self.duration(said)
        elif "hours" in values:
            return
        elif start and end:
            values["seconds"] = whole_seconds(Decimal((end - start) // MICROSECOND) / 1_000_000, self.absurd_hours)
        elif not values.get("running"):
            raise Unreadable("it is empty")
