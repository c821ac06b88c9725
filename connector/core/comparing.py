"""Last period beside this one, like with like.

A document is compared with what the same split of its client came to in the period before: the same bill-to customer, project, ticket
and PO, in the same currency. Where the client was not split like this then, its whole period is compared with its whole period
before, in that currency. What names nothing is the rest beside the splits, so it is compared only where both periods have splits beside
it, or neither has. Late documents and those that stand already count with their split.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from connector.core.known import Known
from connector.core.money import ZERO
from connector.core.periods import previous_period, read_period
from connector.core.values import Proposed

Place = tuple[str, str, str, str]
"""Book, client, currency, period."""
REST = ""
_SPLITS_NOTHING = ("late=", "currency=")


class Comparison(Struct, frozen=True):
    """Net `now` beside net `then`, of the document's own split or of all the client's documents in its currency."""

    of: Literal["document", "client"]
    now: Decimal
    then: Decimal


def split_of(key: str) -> str:
    """What sets a document apart from the client's others, of its key: to=Shop/po=PO-1; "" is the rest."""
    return "/".join(part for part in key.split("/")[3:] if not part.startswith(_SPLITS_NOTHING))


def comparisons(documents: Iterable[Proposed], known: Known) -> dict[str, Comparison]:
    """Document key → the comparison; without one where the client was not billed in that currency in the period before."""
    proposed = {one.key: one for one in documents}
    sums: dict[Place, dict[str, Decimal]] = {}
    for one in proposed.values():
        _add(sums, (one.book, one.client, one.currency, one.period), one.key, one.net)
    for billed in known.documents:
        if billed.key not in proposed:
            _add(sums, (billed.book, billed.client, billed.currency, billed.period), billed.key, billed.net)
    return {key: found for key, one in proposed.items() if (found := _compared(one, sums, known)) is not None}


def _add(sums: dict[Place, dict[str, Decimal]], place: Place, key: str, net: Decimal) -> None:
    splits = sums.setdefault(place, {})
    splits[split_of(key)] = splits.get(split_of(key), ZERO) + net


def _compared(one: Proposed, sums: Mapping[Place, Mapping[str, Decimal]], known: Known) -> Comparison | None:
    before = (one.book, one.client, one.currency, previous_period(read_period(one.period)).key)
    whole = known.nets.get(before)
    if whole is None:
        return None
    now, then, mine = sums[one.book, one.client, one.currency, one.period], sums.get(before, {}), split_of(one.key)
    if mine in then and (mine != REST or (len(then) > 1) == (len(now) > 1)):
        return Comparison("document", now[mine], then[mine])
    return Comparison("client", sum(now.values(), ZERO), whole)
