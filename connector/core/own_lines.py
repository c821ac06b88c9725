"""Lines of ours on a document that looks changed over there: a restored state forgot that it put them there, and a person says that what
stands there is right. They are known again by saying to the last figure what our time would say there now; their time is then billed. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from connector.core.ledger import Claim, Known
from connector.core.money import ZERO, places, round_half_up
from connector.core.rounding import SECONDS_PER_HOUR
from connector.core.steps import Step, StepCharge
from connector.core.taking import OWN, Pair, pair_up
from connector.model import Line, Remote, RemoteLine

SUMS_MAX = 4096
"""Sums of hours that are tried for what a line grew by; beyond them nothing is said of it."""


class Own(Struct, frozen=True):
    """A document as our state would know it, had it not forgotten: with our lines in its target and our time among its claims. `pairs`
    are the charges that are new on it; `doubt` says in words which line may be ours and is not told for certain.
    """

    known: Known
    claims: tuple[Claim, ...]
    doubt: str = ""

    @property
    def pairs(self) -> list[Pair]:
        return [(claim.entry, claim.part) for claim in self.claims]


def know_own(known: Known, theirs: Remote, claims: Sequence[Claim], step: Step | None, unbilled: Collection[str] = ()) -> Own:
    """`step`: what we would make of the document now, had nobody touched it, None for nothing else; `unbilled`: texts of lines that other
    documents would have for time of this client.
    """
    ours = step.document.lines if step and step.document else known.target.lines
    was = _were(ours, known.target.lines)
    on: dict[int, list[StepCharge]] = {}
    for charge in step.charges if step else ():
        on.setdefault(charge.line, []).append(charge)
    held = {(claim.entry, claim.part): claim for claim in claims}
    found = Own(known, tuple(claims))
    free, pairs = list(on), pair_up(known.target, known.base, theirs)
    for there, pair in zip(theirs.lines, pairs, strict=True):
        if pair != OWN and _says(known.target.lines[pair], there, known.currency):
            continue
        mine = [at for at in free if was.get(at, pair) == pair]
        same = next((at for at in mine if _says(ours[at], there, known.currency)), None)
        if same is not None:
            free.remove(same)
            found = _with(found, pair, ours[same], there, on[same])
        elif (pair == OWN and there.description.strip() in unbilled) or any(
            _may_say(ours[at], known, pair, there, on[at], held) for at in mine
        ):
            found = replace(found, doubt=f"`{there.description}`, {there.quantity.normalize():f} at {there.price.normalize():f}")
    gone = set(range(len(known.target.lines))).difference(pairs, was.values())
    return _without(found, gone) if gone else found


def _were(now: Sequence[Line], before: Sequence[Line]) -> dict[int, int]:
    """Place of a line now → the line of the same text it was then, rather one of the same price, too."""
    found: dict[int, int] = {}
    for same_price in (True, False):
        for at, line in enumerate(now):
            if at not in found:
                free = (old for old in range(len(before)) if old not in found.values() and before[old].description == line.description)
                match = next((old for old in free if not same_price or before[old].price == line.price), None)
                if match is not None:
                    found[at] = match
    return found


def _without(found: Own, gone: Collection[int]) -> Own:
    """Lines that are neither there any more nor what we would say: their time is nothing of this document's."""
    target = found.known.target
    lines = [replace(line, quantity=ZERO, net=line.net - line.net) if at in gone else line for at, line in enumerate(target.lines)]
    net = target.net - sum((target.lines[at].net for at in gone), ZERO)
    claims = tuple(claim for claim in found.claims if claim.line not in gone)
    return replace(found, known=replace(found.known, target=replace(target, lines=tuple(lines), net=net)), claims=claims)


def _says(ours: Line, there: RemoteLine, currency: str) -> bool:
    net = round_half_up(there.net, places(currency))
    return (ours.description.strip(), ours.quantity, ours.price, ours.net) == (there.description.strip(), there.quantity, there.price, net)


def _with(found: Own, pair: int, line: Line, there: RemoteLine, charges: Iterable[StepCharge]) -> Own:
    """One line of ours more, or said anew, with just these charges on it."""
    known, lines, more = found.known, list(found.known.target.lines), line.net
    if pair == OWN:
        base = known.base and replace(known.base, lines=(*known.base.lines, there))
        pair = len(lines)
        lines.append(line)
    else:
        base = known.base
        more -= lines[pair].net
        lines[pair] = line
    target = replace(known.target, lines=tuple(lines), net=known.target.net + more)
    own = [
        Claim(
            entry=charge.entry, part=charge.part, document=known.id, revision=charge.revision, seconds=charge.seconds, billed=charge.billed,
            net=charge.net, currency=known.currency, line=pair, client=charge.client, period=charge.period,
        )
        for charge in charges
    ]  # fmt: skip
    mine = {(claim.entry, claim.part) for claim in own}
    others = [claim for claim in found.claims if claim.line != pair and (claim.entry, claim.part) not in mine]
    return replace(found, known=replace(known, target=target, base=base), claims=(*others, *own))


def _may_say(ours: Line, known: Known, pair: int, there: RemoteLine, charges: Sequence[StepCharge], held: Mapping[Pair, Claim]) -> bool:
    """Whether a line may be ours though more changed since: a new one of our text, or one that grew by just some of our time."""
    if ours.description.strip() != there.description.strip():
        return False
    if pair == OWN or ours.price != there.price:
        return pair == OWN
    grown = there.quantity - known.target.lines[pair].quantity
    more = [charge.billed - (held[at].billed if (at := (charge.entry, charge.part)) in held else ZERO) for charge in charges]
    return bool(grown) and grown in _sums([one for one in more if one], known.target.lines[pair].quantity)


def _sums(more: Sequence[Decimal], before: Decimal) -> set[Decimal]:
    """What a line's quantity may have grown by: the hours of some of this time."""
    digits = max(2, -int(before.as_tuple().exponent))
    sums = {ZERO}
    for seconds in more:
        if len(sums) > SUMS_MAX:
            break
        sums |= {one + seconds for one in sums}
    return {round_half_up(one / SECONDS_PER_HOUR, digits) for one in sums if one}
