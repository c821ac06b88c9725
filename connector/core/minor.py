"""Money as the state keeps it: whole minor units, so that a database adds it exactly."""

from decimal import ROUND_HALF_UP, Decimal

from connector.core.money import WIDE, places


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units (cents, yen, fils) of an amount, rounded half up."""
    return int(amount.scaleb(places(currency), WIDE).to_integral_value(ROUND_HALF_UP))


def from_minor(units: int, currency: str) -> Decimal:
    """The amount, with as many places as the currency has."""
    return Decimal(units).scaleb(-places(currency))
