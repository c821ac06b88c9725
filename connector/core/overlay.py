"""What the sync ledger makes of the charges: claims decide the first three dispositions, and time that changed after its document was
final never alters a charge, it adds one.

A correction of a line is what the whole line would be now minus what was billed of it, never the price of the difference: the held
corrections of one line add up to exactly that, shared cents and all.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from connector.core.ledger import Claim, Known, Ledger, disposition_of
from connector.core.line_now import Part, net_now
from connector.core.mapping import Rounding, Where
from connector.core.money import ZERO, allocate, places, round_half_up
from connector.core.values import Charge, Disposition, Estimate, Why

_EARNS_NOTHING: frozenset[Disposition] = frozenset((
    "deleted", "before_start", "billed_elsewhere", "written_off", "excluded", "non_billable", "covered", "drawn", "no_charge",
))  # fmt: skip


class Correction(Struct, frozen=True, eq=False):
    """A charge that a change added. `of`: the claim whose line it corrects; `now`: what that claim's part of the line would be, None
    where nothing of it is left. Without `of` it is no correction of a line: time that came here, or that nobody billed.
    """

    charge: Charge
    of: Claim | None = None
    now: Part | None = None
    rounding: Rounding | None = None


def overlay(charges: Sequence[Charge], ledger: Ledger, hours_places: int = 2) -> Iterator[Charge]:
    """The charges as they really stand: claimed ones as their document has them, and a held correction for what changed since.

    `charges` are what the rules say now, one or more an entry in the entry's order. Whatever happens, the charges of an entry add up
    to what its source says now.
    """
    if not ledger.claims:
        yield from charges
        return
    claims_of: dict[int, list[Claim]] = {}
    for claim in ledger.claims.values():
        claims_of.setdefault(claim.entry, []).append(claim)
    standing: list[Charge] = []
    corrections: dict[int, Correction] = {}
    for entry_charges in _by_entry(charges):
        claims = claims_of.get(entry_charges[0].staged.key)
        if claims is None:
            standing += entry_charges
            continue
        for one in _claimed(entry_charges, claims, ledger):
            if one.of is not None:
                corrections[len(standing)] = one
            standing.append(one.charge)
    for place, value in _by_line(corrections, ledger, hours_places):
        standing[place] = msgspec.structs.replace(standing[place], value=value)
    yield from standing


def _by_entry(charges: Iterable[Charge]) -> Iterator[list[Charge]]:
    group: list[Charge] = []
    for charge in charges:
        if group and group[0].staged.key != charge.staged.key:
            yield group
            group = []
        group.append(charge)
    if group:
        yield group


def _claimed(now: list[Charge], claims: list[Claim], ledger: Ledger) -> Iterator[Correction]:
    """Each charge of an entry with claims as it stands, then what its changes added."""
    by_part = {claim.part: claim for claim in claims}
    final = next((known for claim in claims if not (known := ledger.documents[claim.document]).amendable), None)
    corrections: list[Correction] = []
    for charge in now:
        claim = by_part.pop(charge.part, None)
        if claim is None:
            yield Correction(charge if final is None or charge.disposition != "ready" else _split(charge, final))
            continue
        known = ledger.documents[claim.document]
        if known.amendable or known.in_doubt:
            yield Correction(_as_claimed(charge, claim, known, charge.seconds if known.amendable else claim.seconds))
            if not known.amendable:
                corrections += _corrections(charge, claim, known)
        else:
            yield Correction(_as_claimed(charge, claim, known, claim.seconds))
            corrections += _corrections(charge, claim, known)
    for claim in by_part.values():
        known = ledger.documents[claim.document]
        gone = msgspec.structs.replace(now[0], part=claim.part, seconds=0)
        yield Correction(_as_claimed(gone, claim, known, 0 if known.amendable else claim.seconds))
        if not known.amendable:
            corrections.append(_taken_back(now[0], claim, known, f"no longer billable, but on {known.number}"))
    part = max([charge.part for charge in now] + [claim.part for claim in claims])
    for offset, one in enumerate(corrections, start=1):
        yield msgspec.structs.replace(one, charge=msgspec.structs.replace(one.charge, part=part + offset))


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
        charge, disposition=disposition, kind=kind, reason=reason, seconds=seconds, billed=claim.billed, value=value,
        estimate="priced", period=claim.period, billed_client=claim.client, billed_book=known.book,
    )  # fmt: skip


def _corrections(charge: Charge, claim: Claim, known: Known) -> list[Correction]:
    """What must be added after a final document so that the charges say what the source says now."""
    if charge.staged.revision == claim.revision:  # a mapping that changed since never moves what is final
        if charge.seconds == claim.seconds and not _ruled_otherwise(charge, claim):
            return []
        return [_difference(charge, claim, known, f"decided otherwise after it was billed on {known.number}")]
    if charge.disposition == "deleted":
        return [_taken_back(charge, claim, known, f"deleted at the source after it was billed on {known.number}")]
    late_home = (charge.period or "") <= claim.period  # late time stands on a later period's document
    if charge.terms.client_key != claim.client or not late_home or not _same_money(charge, claim):
        gone = _taken_back(charge, claim, known, f"moved away after it was billed on {known.number}")
        held = msgspec.structs.replace(
            charge, disposition="held", kind="correction", reason=f"moved here after it was billed on {known.number}"
        )
        come = msgspec.structs.replace(charge if charge.disposition in _EARNS_NOTHING else held, part=0)
        return [gone, Correction(come)]
    if charge.seconds == claim.seconds and _same_worth(charge, claim, known):
        return []
    return [_difference(charge, claim, known, f"edited after it was billed on {known.number}")]


def _ruled_otherwise(charge: Charge, claim: Claim) -> bool:
    """Whether a person now bills other hours of it, or gives up money that was billed; what the files say now is no decision."""
    ruled = next((why.text for why in charge.why if why.rule == "decision"), None)
    if ruled is None:
        return False
    if charge.disposition in _EARNS_NOTHING:
        return bool(claim.net)
    return ruled.startswith("bill ") and charge.billed != claim.billed


def _same_worth(charge: Charge, claim: Claim, known: Known) -> bool:
    """Whether it would be billed with the same figures; its line, where it is confirmed, says at which price it was."""
    if charge.disposition in ("no_charge", "covered"):
        return not claim.net
    if charge.disposition != "ready" or charge.billed != claim.billed:
        return False
    lines = known.target.lines
    billed_at = lines[claim.line].price if claim.line < len(lines) else None  # None: claimed by an amendment that nobody confirmed
    same_price = charge.price is None or (billed_at is not None and charge.price.rate in (billed_at, -billed_at))
    return same_price or charge.value == claim.net


def _split(charge: Charge, known: Known) -> Charge:
    """A share that nobody billed of an entry whose document is final: it goes nowhere by itself."""
    return msgspec.structs.replace(
        charge, disposition="held", kind="correction", reason=f"decided otherwise after it was billed on {known.number}"
    )


def _same_money(charge: Charge, claim: Claim) -> bool:
    return charge.price is None or charge.price.currency == claim.currency


def _difference(charge: Charge, claim: Claim, known: Known, reason: str) -> Correction:
    """What it would be billed at now by itself minus what was billed of it; its line then says what is really between them."""
    earns = charge.disposition not in _EARNS_NOTHING
    worth = charge.value if earns else ZERO
    made = _correction(
        charge, claim, known, reason, seconds=charge.seconds - claim.seconds, billed=(charge.billed if earns else ZERO) - claim.billed,
        value=None if worth is None else worth - claim.net, estimate=charge.estimate if earns else "priced",
    )  # fmt: skip
    if not earns:
        return Correction(made, claim)
    if charge.price is None or worth is None:
        return Correction(made)  # an estimate is nothing that a line could be worked out with
    return Correction(made, claim, Part(charge.seconds, charge.billed, charge.price.rate), charge.terms.rounding)


def _taken_back(charge: Charge, claim: Claim, known: Known, reason: str) -> Correction:
    """All that was billed of it, with a minus."""
    made = _correction(
        charge, claim, known, reason, seconds=-claim.seconds, billed=-claim.billed, value=-claim.net, estimate="priced"
    )  # fmt: skip
    return Correction(made, claim)


def _correction(
    charge: Charge, claim: Claim, known: Known, reason: str, *, seconds: int, billed: Decimal, value: Decimal | None, estimate: Estimate
) -> Charge:
    return msgspec.structs.replace(
        charge, disposition="held", kind="correction", reason=reason, detail=(), seconds=seconds, billed=billed, billed_client=claim.client,
        billed_book=known.book, billed_currency=claim.currency, value=value, estimate=estimate, period=claim.period, price=None,
        why=(*charge.why, Why("correction", reason, Where("", 0))),
    )  # fmt: skip


# ---- the line is the unit of money ---------------------------------------------------------------------------------------------


def _by_line(corrections: Mapping[int, Correction], ledger: Ledger, hours_places: int) -> Iterator[tuple[int, Decimal]]:
    """What each correction is worth where those of its line add up to the line as it would be now minus the line as billed."""
    lines: dict[tuple[int, int], dict[int, Correction]] = {}
    for place, one in corrections.items():
        assert one.of is not None
        lines.setdefault((one.of.document, one.of.line), {})[place] = one
    claims: dict[tuple[int, int], list[Claim]] = {line: [] for line in lines}
    for claim in ledger.claims.values() if lines else ():
        if (claim.document, claim.line) in claims:
            claims[claim.document, claim.line].append(claim)
    for (document, line), found in lines.items():
        yield from _of_line(found, claims[document, line], ledger.documents[document], line, hours_places)


def _of_line(
    found: Mapping[int, Correction], claims: Sequence[Claim], known: Known, number: int, hours_places: int
) -> Iterator[tuple[int, Decimal]]:
    lines, billed = known.target.lines, sum((claim.net for claim in claims), ZERO)
    if number >= len(lines) or lines[number].net != billed:
        return  # an amendment is in doubt: its claims stand beside those of the lines that were confirmed
    changed = {(one.of.entry, one.of.part): one for one in found.values() if one.of}
    before = {(claim.entry, claim.part): Part(claim.seconds, claim.billed) for claim in claims}
    now = [one.now if (one := changed.get(place)) else part for place, part in before.items()]
    rounding = next((one.rounding for one in found.values() if one.rounding), None)
    net = net_now(lines[number], known.currency, list(before.values()), [part for part in now if part], hours_places, rounding)
    digits = places(known.currency)
    alone = [round_half_up(one.charge.value or ZERO, digits) for one in found.values()]
    shared = allocate(net - billed - sum(alone, ZERO), list(map(abs, alone)), digits)
    yield from ((place, value + share) for place, value, share in zip(found, alone, shared, strict=True))
