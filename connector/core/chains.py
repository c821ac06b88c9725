"""Claims of one entry as chains: what was first billed, and the differences billed since. Pure.

The difference between what an entry is now and what a chain holds in all is a correction; what a person chose for one holds while the
correction is what it was then.
"""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from connector.core.ledger import FIRST_ADDED, Claim, Ledger, Settled
from connector.core.money import ZERO
from connector.core.values import Charge


class Chain(Struct, frozen=True, eq=False):
    """A claim and the differences to it that stand on final documents. `total` is all of it, as if it were one claim. `came`: it is
    time that came from another client or another share, so its part is none of the rules'. `rest_of`: the part that it is a difference to,
    where the document that billed that part first was given up; else 0. `left`: money that is left where all billed time was taken back,
    which is no part of `total`: a difference is of the line, and its cents are the line's.
    """

    base: Claim
    added: tuple[Claim, ...]
    total: Claim
    came: bool
    rest_of: int = 0
    left: Decimal = ZERO

    @property
    def spent(self) -> bool:
        """Nothing is left of what was billed."""
        return not (self.total.seconds or self.total.billed or self.total.net)

    @property
    def since(self) -> Decimal:
        """What was billed of it since, in money."""
        return self.total.net + self.left - self.base.net


class Chains(Struct, frozen=True, eq=False):
    """`loose` are claims of differences on drafts that may still be amended: they are made anew like all else there."""

    chains: tuple[Chain, ...]
    loose: tuple[Claim, ...]


def split_claims(ledger: Ledger) -> dict[int, list[Claim]]:
    """Entry → its claims, where it has others than one of its part 1."""
    seen: set[int] = set()
    split: set[int] = set()
    for entry, part in ledger.claims:
        if part != 1 or entry in seen:
            split.add(entry)
        seen.add(entry)
    found: dict[int, list[Claim]] = {}
    for claim in [claim for claim in ledger.claims.values() if claim.entry in split] if split else ():
        found.setdefault(claim.entry, []).append(claim)
    return found


def chained(claims: Sequence[Claim], ledger: Ledger) -> Chains:
    """The claims of one entry. The differences whose first claim is gone stand for themselves, together."""
    loose = tuple(claim for claim in claims if claim.part >= FIRST_ADDED and ledger.documents[claim.document].amendable)
    firm = [claim for claim in claims if claim not in loose]
    parts = {claim.part for claim in firm}
    found: dict[int, list[Claim]] = {}
    for claim in sorted(firm, key=lambda claim: claim.part):
        found.setdefault(_root(claim, ledger, parts), []).append(claim)
    return Chains(tuple(_chain(some[0], some[1:], ledger, 0 if root in parts else -root) for root, some in found.items()), loose)


def _root(claim: Claim, ledger: Ledger, parts: Collection[int]) -> int:
    """The part at the bottom of a claim's chain; of one that is gone its negative, so that it is none of those that are there."""
    part = claim.part
    while (settled := ledger.settled.get((claim.entry, part))) is not None and settled.of:
        if settled.of not in parts:
            return -settled.of
        part = settled.of
    return part


def _chain(base: Claim, added: Sequence[Claim], ledger: Ledger, rest_of: int) -> Chain:
    every = (base, *added)
    total = msgspec.structs.replace(
        base, revision=max(one.revision for one in every), seconds=sum(one.seconds for one in every),
        billed=sum((one.billed for one in every), ZERO), net=sum((one.net for one in every), ZERO),
    )  # fmt: skip
    left = total.net if added and not total.billed and not rest_of else ZERO
    settled = ledger.settled.get((base.entry, base.part))
    return Chain(
        base, every[1:], msgspec.structs.replace(total, net=total.net - left), came=settled is not None and settled.of == 0, rest_of=rest_of,
        left=left,
    )  # fmt: skip


class Choices:
    """What a person chose for corrections of one entry, each for one correction."""

    def __init__(self, settled: Iterable[Settled], taken: Collection[int]) -> None:
        """`taken` are the parts that stand on final documents: they are no choices any more, but facts."""
        self._open = sorted((one for one in settled if one.part not in taken), key=lambda one: -one.part)

    def of(self, correction: Charge, claim: Claim | None, *, exactly: bool = False) -> Settled | None:
        """The newest that was made for this correction as it is now. `exactly`: to the cent, too; what a credit takes back is no
        difference of a line.
        """
        place = (claim.document, claim.part) if claim else (0, 0)
        figures = (correction.staged.revision, correction.seconds, correction.billed)
        for one in self._open:
            same = not exactly or one.choice == "credit" or one.net == correction.value
            if same and (one.document, one.of) == place and (one.revision, one.seconds, one.billed) == figures:
                self._open.remove(one)
                return one
        return None
