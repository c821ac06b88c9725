"""Durations and amounts as people read them."""

from collections.abc import Mapping
from decimal import Decimal

from connector.core.money import round_half_up

HOUR_S = 3600


def clock(seconds: int) -> str:
    """h:mm, rounded half up to the minute: 7:30, -0:45."""
    minutes = int(round_half_up(Decimal(seconds) / 60, 0))
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60:,}:{abs(minutes) % 60:02}"


def exact(seconds: int) -> str:
    """h:mm, and the seconds where there are any: two figures that look equal are equal."""
    rest = abs(seconds) % 60
    whole = abs(seconds) - rest
    return f"{'-' if seconds < 0 else ''}{clock(whole)}{f':{rest:02}' if rest else ''}"


def counted(count: int, one: str, many: str) -> str:
    """1 entry, 2 entries."""
    return f"{count:,} {one if count == 1 else many}"


def decimal(seconds: int | Decimal) -> str:
    """Decimal hours with two places: 7.50."""
    return f"{round_half_up(Decimal(seconds) / HOUR_S, 2):,}"


def both(seconds: int) -> str:
    """h:mm and decimal, as every report shows hours."""
    return f"{clock(seconds)} {decimal(seconds)}"


def amount(value: Decimal | None) -> str:
    """With thousands separated; nothing where there is none."""
    return "" if value is None else f"{value:,}"


def amounts(values: Mapping[str, Decimal]) -> str:
    """NZD 1,400.00 · USD 20.00; nothing where there is none."""
    return " · ".join(f"{currency} {value:,}" for currency, value in values.items())
