"""The line is the unit of money: what the corrections of one line come to, to the cent. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from connector.core.ledger import Claim, Known, Ledger
from connector.core.line_now import Part, net_now
from connector.core.mapping import Rounding
from connector.core.money import ZERO, allocate, places, round_half_up


class Move(Struct, frozen=True, eq=False, kw_only=True):
    """What became of one claim's part of its line: `now` what it would be, None where nothing of it is left. `since` was billed of the
    difference already, and `net` is what a person chose of the rest; None: nobody did, and at `place` stands a correction of `alone`.
    """

    of: Claim
    now: Part | None
    rounding: Rounding | None = None
    since: Decimal = ZERO
    net: Decimal | None = None
    place: int = -1
    alone: Decimal = ZERO

    @property
    def is_open(self) -> bool:
        return self.place >= 0 and self.net is None


class Lines:
    """Which lines of documents still bear the rounding of what was billed on them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def bears(self, claim: Claim) -> bool:
        """Whether the claims of its line are the line, as far as anybody knows: none of them was credited."""
        known = self._ledger.documents[claim.document]
        lines = known.target.lines
        return known.in_doubt or claim.line >= len(lines) or lines[claim.line].net == self._billed[claim.document, claim.line]

    @cached_property
    def _billed(self) -> dict[tuple[int, int], Decimal]:
        billed: dict[tuple[int, int], Decimal] = {}
        for claim in self._ledger.claims.values():
            billed[claim.document, claim.line] = billed.get((claim.document, claim.line), ZERO) + claim.net
        return billed


def by_line(moves: Iterable[Move], ledger: Ledger, hours_places: int) -> Iterator[tuple[int, Decimal]]:
    """(place, worth) of each correction nobody chose for yet: those of a line add up to the line as it would be now, minus the line as
    billed, minus what was billed or chosen of the difference since.
    """
    lines: dict[tuple[int, int], list[Move]] = {}
    for move in moves:
        lines.setdefault((move.of.document, move.of.line), []).append(move)
    claims: dict[tuple[int, int], list[Claim]] = {line: [] for line in lines}
    for claim in ledger.claims.values() if lines else ():
        if (claim.document, claim.line) in claims:
            claims[claim.document, claim.line].append(claim)
    for (document, line), found in lines.items():
        if any(move.is_open for move in found):
            yield from _of_line(found, claims[document, line], ledger.documents[document], line, hours_places)


def _of_line(found: Sequence[Move], claims: Sequence[Claim], known: Known, number: int, hours_places: int) -> Iterator[tuple[int, Decimal]]:
    lines, billed = known.target.lines, sum((claim.net for claim in claims), ZERO)
    if number >= len(lines) or lines[number].net != billed:
        return  # an amendment is in doubt, or some of it was credited: each stands by itself
    changed = {(move.of.entry, move.of.part): move for move in found}
    before = {(claim.entry, claim.part): Part(claim.seconds, claim.billed) for claim in claims}
    now = [one.now if (one := changed.get(place)) else part for place, part in before.items()]
    rounding = next((move.rounding for move in found if move.rounding), None)
    net = net_now(lines[number], known.currency, list(before.values()), [part for part in now if part], hours_places, rounding)
    digits = places(known.currency)
    chosen = sum((move.since + (move.net or ZERO) for move in found), ZERO)
    still = [move for move in found if move.is_open]
    alone = [round_half_up(move.alone, digits) for move in still]
    shared = allocate(net - billed - chosen - sum(alone, ZERO), list(map(abs, alone)), digits)
    yield from ((move.place, value + share) for move, value, share in zip(still, alone, shared, strict=True))
