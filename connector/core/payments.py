"""Payments of one document in words: in parts, split over several documents, taken back, or more than was due. Pure."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from connector.core.money import ZERO
from connector.model import Payment, Remote


def payments_told(there: Remote, payments: Iterable[Payment]) -> str:
    """What a person should know of how it was paid, "" where it was paid once and whole, or not at all."""
    return "; ".join(_told(there, list(payments)))


def _told(there: Remote, payments: list[Payment]) -> Iterator[str]:
    counting = [one for one in payments if not one.reversed]
    for kind, word in (("payment", "payments"), ("credit", "credit notes"), ("refund", "refunds")):
        mine = [one for one in counting if one.kind == kind]
        if len(mine) > 1 or (mine and (there.balance > 0 or kind != "payment")):
            yield f"{sum((one.amount for one in mine), ZERO)} by {len(mine)} {word if len(mine) > 1 else word[:-1]}"
    for one in counting:
        if one.whole is not None and one.whole > one.amount + (one.unapplied or ZERO):
            yield f"{one.amount} of a payment of {one.whole} over several documents"
        if one.unapplied:
            yield f"{one.unapplied} more was paid than stands against documents"
    if there.balance < 0:
        yield f"overpaid by {abs(there.balance)}"
    if back := [one for one in payments if one.reversed]:
        yield f"{_sum(back)} was paid and taken back"


def _sum(payments: Iterable[Payment]) -> Decimal:
    return sum((one.amount for one in payments), ZERO)
