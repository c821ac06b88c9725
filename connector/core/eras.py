"""Eras: between two dates at which anything in the mapping files changes, every rule answers the same."""

from bisect import bisect_right
from datetime import date, timedelta

from msgspec import Struct

from connector.core.mapping import Mapping

_ONE_DAY = timedelta(days=1)


def breakpoints(mapping: Mapping) -> list[date]:
    """The first days of all eras but the first: every `since`, and the day after every `until`."""
    found = set[date]()
    _collect(mapping, found)
    return sorted(found)


def _collect(value: object, found: set[date]) -> None:
    if isinstance(value, tuple):
        for member in value:
            _collect(member, found)
    elif isinstance(value, Struct):
        for field in value.__struct_fields__:
            _collect_field(field, getattr(value, field), found)


def _collect_field(field: str, value: object, found: set[date]) -> None:
    if not isinstance(value, date):
        _collect(value, found)
    elif field == "until":
        if value < date.max:
            found.add(value + _ONE_DAY)
    elif field == "since":
        found.add(value)


class Eras:
    """The number of a day's era, remembered."""

    def __init__(self, mapping: Mapping) -> None:
        self._breakpoints = breakpoints(mapping)
        self._known: dict[date, int] = {}

    def of(self, day: date) -> int:
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = bisect_right(self._breakpoints, day)
        return known
