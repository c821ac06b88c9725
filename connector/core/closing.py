"""What is closed stays: the charges of a closed period are facts, and what changes later stands beside them as corrections. Pure.

Charges on documents are facts by their claims (`ledger`); here are all others: what was covered, given free, written off, not ours to bill.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count, groupby

import msgspec
from msgspec import Struct

from connector.core.grouping import closed_name
from connector.core.mapping import Where
from connector.core.periods import next_period, read_period
from connector.core.values import Charge, Disposition, Estimate, Terms, Why

EARNS: frozenset[Disposition] = frozenset(("ready", "held", "unmatched", "pending"))
"""What may still become money."""
_NOTHING = Decimal(0)


class Fact(Struct, frozen=True, gc=False, kw_only=True):
    """A charge as it stood when its period was closed; `value` in the currency, `revision` of its entry then."""

    entry: int
    part: int
    revision: int
    book: str
    period: str
    client: str
    disposition: Disposition
    kind: str = ""
    reason: str = ""
    says: str = ""
    seconds: int
    billed_seconds: int = 0
    currency: str = ""
    value: Decimal | None = None
    estimate: Estimate = "none"
    why: tuple[Why, ...] = ()


Facts = Mapping[int, Sequence[Fact]]
"""Entry → its facts, by part."""


def keep_closed(ruled: Sequence[Charge], facts: Facts, closed: Collection[str], claimed: Mapping[int, Collection[int]]) -> list[Charge]:
    """The charges that the rules make now, with those of closed periods as they were closed.

    `ruled`: in the entries' order. `closed`: names of closed periods (`closed_name`). `claimed`: entry → its parts on documents. Time that came after its period was closed stands in the next open one, late. An entry's charges still add up to what its
    source says.
    """
    kept: list[Charge] = []
    for key, group in groupby(ruled, key=lambda charge: charge.staged.key):
        if key in facts:
            kept += sorted(_beside(list(group), facts[key], closed, claimed.get(key, ())), key=lambda charge: charge.part)
        elif key in claimed:
            kept += group
        else:
            kept += (_late(charge, closed) for charge in group)
    return kept


def _late(charge: Charge, closed: Collection[str]) -> Charge:
    if charge.period is None or closed_name(charge.terms.book, charge.period) not in closed:
        return charge
    return msgspec.structs.replace(charge, period=next_open(charge.terms.book, charge.period, closed), late=True)


def next_open(book: str, period: str, closed: Collection[str]) -> str:
    """The first period after this one that is not closed. Each closed name closes one: this ends."""
    following = next_period(read_period(period))
    while closed_name(book, following.key) in closed:
        following = next_period(following)
    return following.key


def _beside(now: list[Charge], facts: Sequence[Fact], closed: Collection[str], claimed: Collection[int]) -> Iterator[Charge]:
    """The facts of one entry, what stands on documents, and corrections where the source or a person says otherwise now."""
    by_part = {fact.part: fact for fact in facts}
    corrections: list[Charge] = []
    for charge in now:
        fact = by_part.pop(charge.part, None)
        if fact is not None:
            yield _as_closed(charge, fact)
            corrections += _corrections(charge, fact, closed)
        elif charge.part in claimed:
            yield charge
        else:
            corrections.append(_come(charge, closed, "decided otherwise after the period was closed"))
    for fact in by_part.values():
        yield _as_closed(now[0], fact)
        corrections += _taken_back(now[0], fact, f"decided otherwise after {fact.period} was closed")
    last = max([*claimed, *(charge.part for charge in now), *(fact.part for fact in facts)])
    for part, correction in zip(count(last + 1), corrections, strict=False):
        yield msgspec.structs.replace(correction, part=part)


def _as_closed(charge: Charge, fact: Fact) -> Charge:
    """The fact as a charge; what the files say of its client, price or rules now does not count."""
    return Charge(
        staged=charge.staged, part=fact.part, terms=Terms(book=fact.book), disposition=fact.disposition, reason=fact.reason, kind=fact.kind,
        detail=(fact.says,) if fact.says else (), period=fact.period, seconds=fact.seconds, billed=Decimal(fact.billed_seconds),
        value=fact.value, estimate=fact.estimate, why=fact.why, billed_client=fact.client, billed_book=fact.book,
        billed_currency=fact.currency,
    )  # fmt: skip


def _corrections(charge: Charge, fact: Fact, closed: Collection[str]) -> Iterator[Charge]:
    if charge.staged.revision == fact.revision and not _decided(charge, fact):
        return
    if charge.disposition == "deleted":
        yield from _taken_back(charge, fact, f"deleted at the source after {fact.period} was closed")
    elif _place(charge) != (fact.book, fact.period, fact.client, fact.disposition):
        what = "edited" if charge.staged.revision != fact.revision else "decided otherwise"
        yield from _taken_back(charge, fact, f"{what} after {fact.period} was closed")
        yield _come(charge, closed, f"{what} after {fact.period} was closed")
    elif charge.seconds != fact.seconds:
        yield _correction(
            charge, fact, f"edited after {fact.period} was closed", charge.seconds - fact.seconds, charge.billed - fact.billed_seconds
        )


def _decided(charge: Charge, fact: Fact) -> bool:
    """Whether a person ruled on it since; what the files say now is no decision."""
    ruled = tuple(why.text for why in charge.why if why.rule == "decision")
    return charge.seconds != fact.seconds or (bool(ruled) and ruled != tuple(why.text for why in fact.why if why.rule == "decision"))


def _place(charge: Charge) -> tuple[str, str, str, Disposition]:
    return charge.terms.book, charge.period or "", charge.terms.client_key, charge.disposition


def _come(charge: Charge, closed: Collection[str], reason: str) -> Charge:
    """What it is now. What may earn money, and what would stand in a closed period, waits for a person."""
    open_still = charge.period is not None and closed_name(charge.terms.book, charge.period) not in closed
    if open_still and charge.disposition not in EARNS:
        return charge
    return msgspec.structs.replace(charge, disposition="held", kind="correction", reason=reason)


def _taken_back(charge: Charge, fact: Fact, reason: str) -> Iterator[Charge]:
    if fact.seconds:
        yield _correction(charge, fact, reason, -fact.seconds, -Decimal(fact.billed_seconds))


def _correction(charge: Charge, fact: Fact, reason: str, seconds: int, billed: Decimal) -> Charge:
    """Time only: what was closed without money takes none back."""
    return Charge(
        staged=charge.staged, part=0, terms=Terms(book=fact.book), disposition="held", reason=reason, kind="correction", period=fact.period,
        seconds=seconds, billed=billed, value=_NOTHING if fact.currency else None, estimate="priced",
        why=(Why("correction", reason, Where("", 0)),), billed_client=fact.client, billed_book=fact.book, billed_currency=fact.currency,
    )  # fmt: skip
