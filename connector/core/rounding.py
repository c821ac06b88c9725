"""Billed time: max(minimum, worked time rounded to the increment), exact, in seconds (domain section 6).

Worked time is whole seconds, or a source's decimal hours as given (0.01 h = 36 s). Zero worked time bills zero.
"""

from collections.abc import Hashable, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from connector.core.mapping import Rounding, fold
from connector.core.money import allocate
from connector.core.values import Staged, Terms
from connector.model import TimeEntry

SECONDS_PER_MINUTE = 60
SECONDS_PER_HOUR = 3600
EXACT = Context(prec=60, rounding=ROUND_HALF_UP)
"""For products and quotients of hours and prices, whatever the ambient context is."""
_HALF = Decimal("0.5")
_folded = lru_cache(maxsize=65536)(fold)


def worked(entry: TimeEntry) -> Decimal:
    """Worked time in exact seconds: the source's decimal hours where it counts in them."""
    return Decimal(entry.seconds) if entry.hours is None else EXACT.multiply(entry.hours, Decimal(SECONDS_PER_HOUR))


def billed(seconds: Decimal, rounding: Rounding | None) -> Decimal:
    """Billed seconds of one entry, group or line that was worked for `seconds`; without a rule, what was worked."""
    if rounding is None or seconds <= 0:
        return max(seconds, Decimal(0))
    minimum = Decimal(rounding.minimum_minutes * SECONDS_PER_MINUTE)
    if rounding.increment_minutes <= 0:
        return max(minimum, seconds)
    increment = Decimal(rounding.increment_minutes * SECONDS_PER_MINUTE)
    whole, rest = EXACT.divmod(seconds, increment)
    more = rest > 0 and (rounding.direction == "up" or (rounding.direction == "nearest" and rest >= increment * _HALF))
    return max(minimum, (whole + (1 if more else 0)) * increment)


def billed_together(seconds: Sequence[Decimal], rounding: Rounding) -> list[Decimal]:
    """Billed seconds of a group (a ticket's day, a person's day, a line), allocated to its members by worked time.

    Members come in the order of their entry ids: that order breaks the ties of the largest remainder. The members' billed
    time adds up to the group's, to the second (or to the group's own fraction of one).
    """
    total = billed(sum(seconds, Decimal(0)), rounding)
    exponent = total.normalize(EXACT).as_tuple().exponent
    return allocate(total, seconds, max(0, -exponent) if isinstance(exponent, int) else 0)


def group_key(staged: Staged, terms: Terms) -> Hashable | None:
    """What the billed time of this entry is rounded together with; None: by itself (also time that is on no ticket).

    `line` is None too: what makes a line is known only where lines are made, which rounds with `billed_together`.
    """
    rounding, entry = terms.rounding, staged.entry
    if rounding is None or rounding.per in ("entry", "line") or entry.worked_on is None:
        return None
    whose = (rounding, terms.client_key, terms.bill_to, entry.worked_on)
    if rounding.per == "person_day":
        return (*whose, who(staged, terms))
    return (*whose, staged.connection, fold(entry.ticket)) if entry.ticket.strip() else None


def who(staged: Staged, terms: Terms) -> tuple[str, str]:
    """One person's key for comparing entries: our name, else the source's own id or name within its connection."""
    if terms.person:
        return "", terms.person
    entry = staged.entry
    return staged.connection, f"#{entry.person_id}" if entry.person_id else _folded(entry.person)
