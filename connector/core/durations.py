"""Durations as people read them. Reports show hours in one form, `both`: h:mm and, in brackets, decimal."""

from decimal import Decimal

from connector.core.money import round_half_up

HOUR_S = 3600


def clock(seconds: int | Decimal) -> str:
    """h:mm, rounded half up to the minute: 7:30, -0:45."""
    minutes = int(round_half_up(Decimal(seconds) / 60, 0))
    return f"{'-' if minutes < 0 else ''}{abs(minutes) // 60:,}:{abs(minutes) % 60:02}"


def decimal(seconds: int | Decimal) -> str:
    """Decimal hours with two places: 7.50."""
    return f"{round_half_up(Decimal(seconds) / HOUR_S, 2):,}"


def both(seconds: int | Decimal) -> str:
    """h:mm and decimal, as every report shows hours: 7:30 (7.50)."""
    return f"{clock(seconds)} ({decimal(seconds)})"


def both_of(hours: Decimal) -> str:
    """The same of hours that are printed on a line, with their own places: 7:30 (7.5)."""
    return f"{clock(hours * HOUR_S)} ({hours:,})"


def exact(seconds: int) -> str:
    """h:mm, and the seconds where there are any: two figures that look equal are equal."""
    rest = abs(seconds) % 60
    whole = abs(seconds) - rest
    return f"{'-' if seconds < 0 else ''}{clock(whole)}{f':{rest:02}' if rest else ''}"


def both_exact(seconds: int) -> str:
    """The exact time and decimal: 7:30:01 (7.50)."""
    return f"{exact(seconds)} ({decimal(seconds)})"
