"""Money as the state keeps it: whole minor units, so that a database adds it exactly."""

from decimal import Decimal

from connector.core.money import places, round_half_up


def to_minor(amount: Decimal, currency: str) -> int:
    """Whole minor units (cents, yen, fils) of an amount, rounded half up."""
    digits = places(currency)
    return int(round_half_up(amount, digits).scaleb(digits))


def from_minor(units: int, currency: str) -> Decimal:
    """The amount, with as many places as the currency has."""
    return Decimal(units).scaleb(-places(currency))
