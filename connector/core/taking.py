"""Taking what a person made of a document over there as right, or going on with it: their content as ours, and our claims' shares of it.

Their lines pair up with ours by the ids they had when we last confirmed them, else by text. What pairs up is shared out line by line;
what somebody added, or took away, by what each claim was billed, so that the document's charges add up to it. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from connector.core.ledger import Claim, Kept, Known
from connector.core.money import ZERO, allocate, multiply, places, round_half_up
from connector.model import Document, Line, Remote, RemoteLine, Target

Pair = tuple[int, int]
OWN = -1
"""A line that is none of ours."""


class Share(Struct, frozen=True, gc=False):
    """One claim's part of what stands there: its line's place, and its net."""

    line: int
    net: Decimal


class Taken(Struct, frozen=True):
    """Their content as a document of ours, which line of ours each line was, and what each charge (entry, part) has of it."""

    document: Document
    pairs: tuple[int, ...]
    shares: Mapping[Pair, Share]


def take(known: Known, theirs: Remote, claims: Sequence[Claim]) -> Taken:
    pairs = pair_up(known.target, known.base, theirs)
    document = as_ours(known.target, theirs, pairs)
    return Taken(document, pairs, share_out(known.target, document, pairs, claims))


def keep(known: Known, taken: Taken) -> Kept:
    """What is to be amended from now on. Chosen once more, it is still our content of the first time that ours is compared with."""
    before = known.kept
    if before is None:
        return Kept(mine=known.target, theirs=taken.document, pairs=taken.pairs)
    return Kept(mine=before.mine, theirs=taken.document, pairs=tuple(OWN if at == OWN else before.pairs[at] for at in taken.pairs))


def know_again(kept: Kept, merged: Document) -> Kept:
    """The same, where a line more over there says what a new line of ours says that `merged` would put there beside it: a restored state
    forgot that it put it there, so it is ours, and follows our time from now on.
    """
    new = list(merged.lines[len(kept.theirs.lines) :])
    lines, pairs = list(kept.mine.lines), list(kept.pairs)
    for at, theirs in enumerate(kept.theirs.lines):
        forgotten = next((line for line in new if pairs[at] == OWN and _said_alike(line, theirs)), None)
        if forgotten is not None:
            new.remove(forgotten)
            pairs[at] = len(lines)
            lines.append(theirs)
    return replace(kept, mine=replace(kept.mine, lines=tuple(lines)), pairs=tuple(pairs))


def pair_up(ours: Document, base: Remote | None, theirs: Remote) -> tuple[int, ...]:
    """For each of their lines the place of ours that it was, `OWN` where it was none."""
    places_by_id = {line.id: at for at, line in enumerate(base.lines) if line.id} if base and len(base.lines) == len(ours.lines) else {}
    found = [places_by_id.get(line.id, OWN) for line in theirs.lines]
    free = [at for at in range(len(ours.lines)) if at not in found]
    for at, there in enumerate(theirs.lines):
        if found[at] == OWN:
            same = [place for place in free if ours.lines[place].description.strip() == there.description.strip()]
            if same:
                found[at] = same[0]
                free.remove(same[0])
    return tuple(found)


def as_ours(ours: Document, theirs: Remote, pairs: Sequence[int]) -> Document:
    """What stands there in our words. Tax is theirs: it is not judged any more."""
    digits = places(ours.currency)
    lines = tuple(
        _line(there, ours.lines[pair] if pair != OWN else None, ours, digits) for there, pair in zip(theirs.lines, pairs, strict=True)
    )
    return replace(
        ours, customer_id=theirs.customer_id or ours.customer_id, customer=theirs.customer or ours.customer,
        invoice_date=theirs.invoice_date or ours.invoice_date, due_date=theirs.due_date or ours.due_date, po=theirs.po, lines=lines,
        net=round_half_up(theirs.net, digits), tax=None, gross=None,
    )  # fmt: skip


def _line(there: RemoteLine, ours: Line | None, document: Document, digits: int) -> Line:
    days = (ours.service_from, ours.service_to) if ours else (document.invoice_date, document.invoice_date)
    return Line(
        description=there.description, quantity=there.quantity, price=there.price, net=round_half_up(there.net, digits),
        target=there.target or (ours.target if ours else Target("account", "")), tax_code=there.tax_code,
        tax=None if there.tax is None else round_half_up(there.tax, digits), tracking=there.tracking, service_from=days[0], service_to=days[1],
    )  # fmt: skip


def share_out(ours: Document, document: Document, pairs: Sequence[int], claims: Sequence[Claim]) -> dict[Pair, Share]:
    """Every claim's share of the document: what each line is worth more or less now by the claims on it, what stands on nobody's line by
    all of them. With what credit notes took back before they add up to its net, as they did to ours.
    """
    place_of = {pair: at for at, pair in enumerate(pairs) if pair != OWN}
    given = [(claim.line, claim.net, claim.billed) for claim in claims]
    nets, digits = [claim.net for claim in claims], places(document.currency)
    was = sum(nets, ZERO)
    for at, line in enumerate(ours.lines):
        now = document.lines[place_of[at]].net if at in place_of else ZERO
        _spread(nets, given, [index for index, one in enumerate(given) if one[0] == at], now - line.net, digits)
    _spread(nets, given, range(len(given)), document.net - ours.net - (sum(nets, ZERO) - was), digits)
    return {(claim.entry, claim.part): Share(max(place_of.get(claim.line, OWN), 0), net) for claim, net in zip(claims, nets, strict=True)}


# ---- amending what a person touched ------------------------------------------------------------------------------------------------------


class Merged(Struct, frozen=True):
    """A document to be made of ours as it is now and theirs as a person left it; `lines` is the place of each of our lines in it."""

    document: Document
    lines: tuple[int, ...]


def merge(now: Document, kept: Kept) -> Merged:
    """Theirs, with what changed of ours since: their lines, dates and texts stay, ours are amended on it, and what is new comes last."""
    was = _were(now.lines, kept.mine.lines)
    lines: list[Line] = []
    place_of: dict[int, int] = {}
    for theirs, pair in zip(kept.theirs.lines, kept.pairs, strict=True):
        mine = next((at for at, old in was.items() if old == pair), None)
        if pair == OWN:
            lines.append(theirs)
        elif mine is not None:
            place_of[mine] = len(lines)
            lines.append(_amended(now.lines[mine], kept.mine.lines[pair], theirs, places(now.currency)))
    gone = {old for old in range(len(kept.mine.lines)) if old not in kept.pairs}
    for at, line in enumerate(now.lines):
        if at not in place_of and (was.get(at) not in gone or line != kept.mine.lines[was[at]]):
            place_of[at] = len(lines)
            lines.append(line)
    whole = sum((line.net for line in lines), round_half_up(ZERO, places(now.currency)))
    return Merged(_facts(now, kept, tuple(lines), whole), tuple(place_of.get(at, OWN) for at in range(len(now.lines))))


def _facts(now: Document, kept: Kept, lines: tuple[Line, ...], net: Decimal) -> Document:
    """Dates, customer and PO as a person left them, where one did."""
    changed = {
        name: getattr(kept.theirs, name)
        for name in ("customer_id", "customer", "invoice_date", "due_date", "po")
        if getattr(kept.theirs, name) != getattr(kept.mine, name)
    }
    return replace(now, lines=lines, net=net, tax=None, gross=None, **changed)


def _were(now: Sequence[Line], mine: Sequence[Line]) -> dict[int, int]:
    """Place of a line now → the line it was then: an equal one, else one of the same text and price, the same text, the same days."""
    found: dict[int, int] = {}
    for alike in (_equal, _said_alike, _same_text, _same_place):
        for at, line in enumerate(now):
            if at not in found:
                free = (old for old, one in enumerate(mine) if old not in found.values() and alike(line, one))
                if (match := next(free, None)) is not None:
                    found[at] = match
    return found


def _equal(one: Line, other: Line) -> bool:
    return one == other


def _said_alike(one: Line, other: Line) -> bool:
    return (one.description, one.price) == (other.description, other.price)


def _same_text(one: Line, other: Line) -> bool:
    return one.description == other.description


def _same_place(one: Line, other: Line) -> bool:
    return (one.target, one.tracking, one.price) == (other.target, other.tracking, other.price)


def _amended(now: Line, mine: Line, theirs: Line, digits: int) -> Line:
    """Their line with what changed of ours since; a figure that both changed is ours."""
    if now == mine:
        return theirs
    quantity = now.quantity if now.quantity != mine.quantity else theirs.quantity
    price = now.price if now.price != mine.price else theirs.price
    untouched = (theirs.quantity, theirs.price, theirs.net) == (mine.quantity, mine.price, mine.net)
    net = now.net if untouched else round_half_up(multiply(quantity, price), digits)
    text = theirs.description if theirs.description != mine.description else now.description
    return replace(
        theirs, description=text, quantity=quantity, price=price, net=net, tax=now.tax if net == now.net else None,
        service_from=now.service_from, service_to=now.service_to,
    )  # fmt: skip


def spread(merged: Merged, charges: Iterable[tuple[int, Decimal, Decimal]]) -> list[Share]:
    """Shares of charges, given as (line of ours, net, billed time): each line's net by what was billed of each, else by time (what was
    given free stays free); what stands on nobody's line by all of them. They add up to the document's net.
    """
    given = list(charges)
    document, digits = merged.document, places(merged.document.currency)
    nets = [round_half_up(ZERO, digits) for _ in given]
    for at, line in enumerate(document.lines):
        _spread(nets, given, [index for index, one in enumerate(given) if merged.lines[one[0]] == at], line.net, digits)
    _spread(nets, given, range(len(given)), document.net - sum(nets, ZERO), digits)
    return [Share(max(merged.lines[one[0]], 0), net) for one, net in zip(given, nets, strict=True)]


def _spread(
    nets: list[Decimal], given: Sequence[tuple[int, Decimal, Decimal]], places_of: Sequence[int], amount: Decimal, digits: int
) -> None:
    weights = [abs(given[index][1]) for index in places_of]
    if not any(weights):
        weights = [given[index][2] for index in places_of]
    for index, share in zip(places_of, allocate(amount, weights, digits), strict=True):
        nets[index] += share
