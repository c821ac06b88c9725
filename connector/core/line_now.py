"""What a line that was billed would be now, worked out as a line is: hours summed, rounded once, times the price."""

from collections.abc import Collection, Sequence
from decimal import Decimal

from msgspec import Struct

from connector.core.mapping import Rounding
from connector.core.money import ZERO, multiply, places, round_half_up
from connector.core.rounding import EXACT, SECONDS_PER_HOUR, billed
from connector.model import Line


class Part(Struct, frozen=True, gc=False):
    """One charge of a line: worked and billed time in seconds. `rate` None: the line's own price."""

    worked: int
    billed: Decimal
    rate: Decimal | None = None


def net_now(
    line: Line, currency: str, before: Sequence[Part], now: Sequence[Part], hours_places: int, rounding: Rounding | None = None
) -> Decimal:
    """The net of a line whose charges were `before` and are `now`. A price of its own makes a line of its own, as it would on paper.

    `rounding` counts where it is per line, and where it is what the line was billed by: time that a person decided stays as decided.
    """
    digits = places(currency)
    together = rounding if rounding and _was_rounded_together(before, rounding) else None
    own = _own_rate(line, before, {part.rate for part in now if part.rate is not None}, hours_places, digits)
    rates: dict[Decimal, list[Part]] = {}
    for part in now:
        rates.setdefault(own if part.rate is None else part.rate, []).append(part)
    amounts = (round_half_up(multiply(_hours(parts, hours_places, together), rate), digits) for rate, parts in rates.items())
    return _less_tax(sum(amounts, round_half_up(ZERO, digits)), line, digits)


def _was_rounded_together(before: Sequence[Part], rounding: Rounding) -> bool:
    return rounding.per == "line" and billed(Decimal(sum(part.worked for part in before)), rounding) == _billed(before)


def _billed(parts: Sequence[Part]) -> Decimal:
    return sum((part.billed for part in parts), ZERO)


def _hours(parts: Sequence[Part], hours_places: int, together: Rounding | None = None) -> Decimal:
    seconds = billed(Decimal(sum(part.worked for part in parts)), together) if together else _billed(parts)
    return round_half_up(EXACT.divide(seconds, Decimal(SECONDS_PER_HOUR)), hours_places)


def _own_rate(line: Line, before: Sequence[Part], offered: Collection[Decimal], hours_places: int, digits: int) -> Decimal:
    """The price of the line's hour. Where it went as 1 x its amount, the price that makes the amount, else what an hour came to."""
    hours = _hours(before, hours_places)
    if hours == line.quantity or not hours:
        return line.price
    fits = [rate for rate in sorted(offered) if round_half_up(multiply(hours, rate), digits) == _amount(line, digits)]
    return fits[0] if fits else EXACT.divide(multiply(line.quantity, line.price), hours)


def _amount(line: Line, digits: int) -> Decimal:
    return round_half_up(multiply(line.quantity, line.price), digits)


def _less_tax(amount: Decimal, line: Line, digits: int) -> Decimal:
    """The net in an amount, in the proportion in which the line's own had it: prices may include tax."""
    whole = _amount(line, digits)
    return amount if whole in (line.net, 0) else round_half_up(EXACT.divide(multiply(amount, line.net), whole), digits)
