"""Durations and amounts as people read them, and durations as a spreadsheet does."""

from collections.abc import Mapping
from decimal import Decimal

from connector.core.durations import both, both_exact, both_of, clock, decimal, exact

__all__ = ["amount", "amounts", "both", "both_exact", "both_of", "cells_of", "clock", "decimal", "exact"]


def cells_of(seconds: int | Decimal | None) -> tuple[str, Decimal | None]:
    """Two cells of a CSV, h:mm and decimal; without thousands, so that a spreadsheet reads numbers. None is nothing."""
    return ("", None) if seconds is None else (clock(seconds).replace(",", ""), Decimal(decimal(seconds).replace(",", "")))


def amount(value: Decimal | None) -> str:
    """With thousands separated; nothing where there is none."""
    return "" if value is None else f"{value:,}"


def amounts(values: Mapping[str, Decimal]) -> str:
    """NZD 1,400.00 · USD 20.00; nothing where there is none."""
    return " · ".join(f"{currency} {value:,}" for currency, value in values.items())
