"""What the sync ledger makes of the charges: claims decide the first three dispositions, and time that changed after its document was
final never alters a charge, it adds a correction. One that a person chose for is what was chosen, while it is what it was then.
"""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import msgspec

from connector.core.chains import Chain, Chains, Choices, chained, split_claims
from connector.core.corrections import EARNS_NOTHING, Laid, at_home, corrections_of, left_over, ruled_otherwise, split, taken_back
from connector.core.ledger import Claim, Known, Ledger, Settled, disposition_of
from connector.core.line_difference import Lines, Move, by_line
from connector.core.line_now import Part
from connector.core.money import ZERO
from connector.core.values import Charge, Disposition


def overlay(charges: Sequence[Charge], ledger: Ledger, hours_places: int = 2) -> Iterator[Charge]:
    """The charges as they really stand: claimed ones as their document has them, and a correction for what changed since: held, or what
    a person chose for it.

    `charges` are what the rules say now, one or more an entry in the entry's order. Whatever happens, the charges of an entry add up
    to what its source says now.
    """
    if not ledger.claims:
        yield from charges
        return
    settled_of: dict[int, list[Settled]] = {}
    for settled in ledger.settled.values():
        settled_of.setdefault(settled.entry, []).append(settled)
    several = split_claims(ledger)
    standing: list[Charge] = []
    moves: list[Move] = []
    lines = Lines(ledger)
    for entry_charges in _by_entry(charges):
        key = entry_charges[0].staged.key
        alone = ledger.claims.get((key, 1)) if key not in several else None
        claims = several.get(key, []) if alone is None else [alone]
        if not claims:
            standing += entry_charges
        elif alone is not None and key not in settled_of and (stands := _as_billed(entry_charges, alone, ledger)) is not None:
            standing.append(stands)
        else:
            entry = _Entry(entry_charges, chained(claims, ledger), settled_of.get(key, []), lines, ledger, len(standing))
            standing += entry.standing()
            moves += entry.moves
    for place, value in by_line(moves, ledger, hours_places):
        standing[place] = msgspec.structs.replace(standing[place], value=value)
    yield from standing


def _as_billed(charges: Sequence[Charge], claim: Claim, ledger: Ledger) -> Charge | None:
    """Most entries have one charge with one claim, on a document that is amended as a whole or with nothing changed since: as `_Entry`
    has them, in one step. None: that one must look.
    """
    charge, known = charges[0], ledger.documents[claim.document]
    if len(charges) > 1 or charge.part != claim.part:
        return None
    if known.amendable:
        return _as_claimed(charge, claim, known, charge.seconds)
    same = charge.staged.revision == claim.revision and charge.seconds == claim.seconds != 0 and not ruled_otherwise(charge, claim)
    return _as_claimed(charge, claim, known, claim.seconds) if same else None


def _by_entry(charges: Iterable[Charge]) -> Iterator[list[Charge]]:
    group: list[Charge] = []
    for charge in charges:
        if group and group[0].staged.key != charge.staged.key:
            yield group
            group = []
        group.append(charge)
    if group:
        yield group


class _Entry:
    """One entry that somebody was billed for: its charges as they stand, and what changed in the lines it was billed on."""

    def __init__(self, now: Sequence[Charge], chains: Chains, settled: Sequence[Settled], lines: Lines, ledger: Ledger, start: int) -> None:
        self._now, self._chains, self._settled, self._lines, self._ledger, self._start = now, chains, settled, lines, ledger, start
        firm = [claim for chain in chains.chains for claim in (chain.base, *chain.added)]
        self._choices = Choices(settled, {claim.part for claim in firm})
        self._final = next((known for claim in firm if not (known := ledger.documents[claim.document]).amendable), None)
        self._loose = {claim.part: claim for claim in chains.loose}
        self.moves: list[Move] = []

    def standing(self) -> list[Charge]:
        found = [*self._claimed()]
        charges = [one.charge for one in found if not one.is_correction]
        parts = [charge.part for charge in (*self._now, *charges)] + [one.part for one in self._settled] + [*self._loose, 0]
        free = max(parts)
        for one in found:
            if not one.is_correction:
                continue
            chosen = self._choices.of(one.charge, one.of, exactly=self._is_exact(one)) if one.charge.kind == "correction" else None
            if chosen is None:
                free += not one.charge.part
                charge = msgspec.structs.replace(one.charge, part=one.charge.part or free)
            else:
                charge = self._as_chosen(one, chosen)
            self._note(one, chosen, self._start + len(charges))
            charges.append(charge)
        # what was chosen holds no more: the draft drops it
        charges += [_as_claimed(self._now[0], claim, self._ledger.documents[claim.document], 0) for claim in self._loose.values()]
        if all(charge.part != 1 for charge in charges):  # entries are counted where their part 1 is
            charges.append(msgspec.structs.replace(charges[0], part=1, seconds=0, billed=ZERO, value=ZERO, corrects=None))
        return charges

    def _note(self, one: Laid, chosen: Settled | None, place: int) -> None:
        if one.of is None or not one.priced:
            return
        if chosen is not None and chosen.choice == "credit":
            self.moves.append(Move(of=one.of, now=None, net=-one.of.net, place=place))
            return
        self.moves.append(
            Move(of=one.of, now=one.now, rounding=one.rounding, since=one.since, net=chosen.net if chosen else None, place=place,
                 alone=one.charge.value or ZERO)
        )  # fmt: skip

    def _is_exact(self, one: Laid) -> bool:
        """Whether it takes back all that is left, of a line of which some was credited: its cents are its own then."""
        return one.of is not None and one.priced and one.now is None and not self._lines.bears(one.of)

    def _claimed(self) -> Iterator[Laid]:
        """Each charge of the entry as it stands, then what its changes added."""
        left = list(self._chains.chains)
        corrections: list[Laid] = []
        for charge in self._now:
            chain = _chain_of(charge, left)
            if chain is None:
                yield Laid(charge) if self._final is None or charge.disposition != "ready" else Laid(split(charge, self._final), True)
                continue
            left.remove(chain)
            known = self._ledger.documents[chain.base.document]
            yield from self._of_chain(charge, chain, charge.seconds if known.amendable else chain.base.seconds)
            found = [] if known.amendable else corrections_of(charge, chain, known)
            if not any(one.of for one in found) and self._is_left_over(chain, known):
                found.append(left_over(charge, chain, known))
            corrections += found
            if chain.added and not any(one.of for one in found):
                self.moves.append(Move(of=chain.base, now=_part_now(charge, chain), since=chain.since))
        for chain in left:
            known = self._ledger.documents[chain.base.document]
            gone = msgspec.structs.replace(self._now[0], seconds=0)
            yield from self._of_chain(gone, chain, 0 if known.amendable else chain.base.seconds)
            if not known.amendable and not chain.spent:
                what = "deleted at the source after it was billed" if gone.disposition == "deleted" else "no longer billable, but"
                corrections.append(taken_back(self._now[0], chain, known, f"{what} on {known.number}"))
            elif self._is_left_over(chain, known):
                corrections.append(left_over(self._now[0], chain, known))
            elif chain.added:
                self.moves.append(Move(of=chain.base, now=None, since=chain.since))
        yield from corrections

    def _is_left_over(self, chain: Chain, known: Known) -> bool:
        return bool(chain.left) and not known.amendable and known.there and not self._lines.bears(chain.base)

    def _of_chain(self, charge: Charge, chain: Chain, seconds: int) -> Iterator[Laid]:
        yield Laid(_as_claimed(charge, chain.base, self._ledger.documents[chain.base.document], seconds))
        for claim in chain.added:
            yield Laid(_as_claimed(charge, claim, self._ledger.documents[claim.document], claim.seconds))

    def _as_chosen(self, one: Laid, chosen: Settled) -> Charge:
        """What a person chose is so, for exactly what was chosen."""
        disposition, reason = _FATE[chosen.choice]
        if claim := self._loose.pop(chosen.part, None):
            known = self._ledger.documents[claim.document]
            disposition, reason = disposition_of(known), known.number
        elif one.of is not None and disposition == "ready" and not (known := self._ledger.documents[one.of.document]).there:
            # a difference to what nobody is asked for: once somebody chose for that document, its time is billed whole
            disposition = "held"
            reason = f"{known.number} is {known.their_status} over there: choose for that document first"
        came = one.of is None
        return msgspec.structs.replace(
            one.charge, part=chosen.part, disposition=disposition, reason=reason or one.charge.reason, detail=(chosen.why,),
            kind="correction", chosen=chosen.choice, value=one.charge.value if came else chosen.net,
            estimate=one.charge.estimate if came else "priced",
        )  # fmt: skip


_FATE: dict[str, tuple[Disposition, str]] = {
    "write_off": ("written_off", "correction written off"), "accept": ("written_off", "accepted as billed"), "delta": ("ready", ""),
    "credit": ("held", ""),
}  # fmt: skip
"""What becomes of a correction that a person chose for, and the reason that reports sub-total by."""


def _chain_of(charge: Charge, left: Sequence[Chain]) -> Chain | None:
    """What this charge was billed as: rather where something is left of it and nothing speaks against it."""
    own = next((chain for chain in left if chain.base.part == charge.part), None)
    came = [chain for chain in left if chain.came and not chain.spent and at_home(charge, chain.total)]
    if own is not None and (not came or (not own.spent and at_home(charge, own.total))):
        return own
    return came[0] if came else next((chain for chain in left if chain.rest_of == charge.part), None)


def _part_now(charge: Charge, chain: Chain) -> Part | None:
    if charge.disposition in EARNS_NOTHING or chain.spent:
        return None
    return Part(charge.seconds, charge.billed, charge.price.rate if charge.price else None)


def _as_claimed(charge: Charge, claim: Claim, known: Known, seconds: int) -> Charge:
    disposition = disposition_of(known)
    reason = known.number
    kind = ""
    value: Decimal | None = claim.net
    if charge.disposition in ("no_charge", "covered") and claim.net == 0:
        disposition, reason = charge.disposition, charge.reason  # printed at 0.00, and it stays what it is
        value = charge.value
    elif disposition == "held":
        kind = "document"
        reason = f"{known.number} is {known.their_status or known.state} over there: {known.reason or 'a person must choose'}"
    return msgspec.structs.replace(
        charge, part=claim.part, disposition=disposition, kind=kind, reason=reason, seconds=seconds, billed=claim.billed, value=value,
        estimate="priced", period=claim.period, billed_client=claim.client, billed_book=known.book,
    )  # fmt: skip
