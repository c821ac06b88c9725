"""Instants as a report's table says them: in the zone that its head names. JSON keeps them as they are, in ISO 8601."""

from datetime import datetime
from zoneinfo import ZoneInfo

from connector.reports.values import Head


def zone_of(head: Head) -> ZoneInfo | None:
    """The one zone of a report's book; None where several books with their own zones are reported together."""
    return ZoneInfo(head.zone) if head.zone and "," not in head.zone else None


def at(instant: str, zone: ZoneInfo | None) -> str:
    """2026-07-02 18:00 NZST, with the seconds where there are any; without a zone as it was given."""
    said = datetime.fromisoformat(instant)
    there = said.astimezone(zone) if zone else said
    return f"{there:%Y-%m-%d %H:%M:%S %Z}" if there.second else to_the_minute(instant, zone)


def to_the_minute(instant: str, zone: ZoneInfo | None) -> str:
    """2026-07-02 18:00 NZST."""
    said = datetime.fromisoformat(instant)
    return f"{said.astimezone(zone) if zone else said:%Y-%m-%d %H:%M %Z}"
