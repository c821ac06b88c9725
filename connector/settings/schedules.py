"""When the daemon does what: five fields of a cron expression a job, `none` for never.

`minute hour day month weekday`, as cron reads them: `*`, numbers, ranges, lists, `/step`, names of months and weekdays, and `last` for
the last day of the month. A weekday is 0 or 7 for Sunday, or its name. Both a day and a weekday are refused: programs differ on what
that means.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Struct
from pydantic import PlainValidator, WithJsonSchema

from connector.mappings.base_shapes import Shape
from connector.mappings.scalars import Text, Whole, wrong

FIELDS = ("minute", "hour", "day", "month", "day_of_week")
WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
NEVER = "none"
EXAMPLE = "write five fields, minute hour day month weekday, such as 10 * * * * (every hour at ten past), or none"
DEFAULTS: Mapping[str, str] = {
    "pull": "10 * * * *",
    "full": "30 3 * * sun",
    "plan": "20 * * * *",
    "apply": "*/10 * * * *",
    "reconcile": "0 5 * * *",
    "reports": "0 6 1 * *",
}
"""Job → when it goes where nobody says."""
OF_CONNECTION, OF_BOOK = ("pull", "full"), ("plan", "apply", "reconcile", "reports")
JITTER_SECONDS, REPORTS_FOLDER = 30, "reports"


class Cron(Struct, frozen=True):
    """A cron expression as it was typed; `fields` are its parts in the scheduler's words, none for never."""

    said: str
    fields: tuple[str, ...] = ()

    @property
    def parts(self) -> dict[str, str]:
        return dict(zip(FIELDS, self.fields, strict=True))


def read_cron(said: Any) -> Cron:
    """Raises a problem in our own words where it is no cron expression."""
    if not isinstance(said, str) or not said.strip():
        raise wrong("this is no cron expression", EXAMPLE)
    text = " ".join(said.lower().split())
    if text == NEVER:
        return Cron(NEVER)
    fields = text.split(" ")
    if len(fields) != len(FIELDS):
        raise wrong(f"'{said}' has {len(fields)} of the five fields of a cron expression", EXAMPLE)
    fields[4] = _weekdays(fields[4])
    if "*" not in (fields[2], fields[4]):
        raise wrong(f"'{said}' names a day of the month and a weekday", "name one of them, and * for the other")
    _prove(said, fields)
    return Cron(said, tuple(fields))


def _weekdays(field: str) -> str:
    """Weekdays by name: numbers mean another day in every program."""
    return ",".join(_names(part) for part in field.split(","))


def _names(part: str) -> str:
    found = re.fullmatch(r"([0-7])(?:-([0-7]))?", part)
    if found is None:
        return part
    first, last = int(found[1]), int(found[2] or found[1])
    days = range(first, last + 1) if first <= last else [*range(first, 7), *range(last + 1)]
    return ",".join(dict.fromkeys(WEEKDAYS[day % 7] for day in days))


def _prove(said: str, fields: list[str]) -> None:
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415  (0.1 CPU s that only a schedule of one's own pays)

    for name, field in zip(FIELDS, fields, strict=True):
        try:
            CronTrigger(**{name: field}, timezone=UTC)
        except (ValueError, TypeError):
            raise wrong(f"'{said}': '{field}' is no {name.replace('_', ' ')}", EXAMPLE) from None
    whole = CronTrigger(**dict(zip(FIELDS, fields, strict=True)), timezone=UTC)
    if whole.get_next_fire_time(None, datetime(2026, 1, 1, tzinfo=UTC)) is None:
        raise wrong(f"'{said}' never comes", "name a day that its month has")


CronText = Annotated[Cron, PlainValidator(read_cron), WithJsonSchema({"type": "string"})]


class ConnectionScheduleShape(Shape):
    pull: CronText | None = None
    full: CronText | None = None


class BookScheduleShape(Shape):
    plan: CronText | None = None
    apply: CronText | None = None
    reconcile: CronText | None = None
    reports: CronText | None = None


class ScheduleShape(BookScheduleShape, ConnectionScheduleShape):
    """For every book and connection that does not say otherwise. `zone` is that of the connections' jobs."""

    zone: Text | None = None
    jitter_seconds: Whole = JITTER_SECONDS
    reports_folder: Text = REPORTS_FOLDER


def crons(jobs: tuple[str, ...], own: Shape | None, common: ScheduleShape) -> dict[str, Cron]:
    """Job → when: its own word, else what holds for all, else the default. What never goes is left out."""
    found = {}
    for job in jobs:
        cron = (getattr(own, job) if own else None) or getattr(common, job) or Cron(DEFAULTS[job], tuple(DEFAULTS[job].split(" ")))
        if cron.fields:
            found[job] = cron
    return found
