"""Corrections: what must be added after a final document so that the charges of an entry say what its source says now.

A correction of a line is what the whole line would be now minus what was billed of it, never the price of the difference: the
corrections of one line add up to exactly that, shared cents and all.
"""

from decimal import Decimal

import msgspec
from msgspec import Struct

from connector.core.chains import Chain
from connector.core.ledger import Claim, Known
from connector.core.line_now import Part
from connector.core.mapping import NOWHERE, Rounding
from connector.core.money import ZERO
from connector.core.values import Charge, Corrects, Disposition, Estimate, Why

EARNS_NOTHING: frozenset[Disposition] = frozenset((
    "deleted", "before_start", "billed_elsewhere", "written_off", "excluded", "non_billable", "covered", "drawn", "no_charge",
))  # fmt: skip


class Laid(Struct, frozen=True, eq=False):
    """A charge as it stands. `of`: it is a correction, of this claim; None of time that came here, or that nobody billed. `now`: what the
    claim's part of its line would be, None where nothing of it is left; `priced` is False where nobody can say what that is worth.
    """

    charge: Charge
    is_correction: bool = False
    of: Claim | None = None
    now: Part | None = None
    rounding: Rounding | None = None
    priced: bool = True
    since: Decimal = ZERO


def corrections_of(charge: Charge, chain: Chain, known: Known) -> list[Laid]:
    """What must be added after a final document so that the charges say what the source says now."""
    claim = chain.total
    if chain.rest_of and charge.disposition != "deleted" and at_home(charge, claim):
        return _rest(charge, chain, known)
    if chain.spent and charge.disposition != "deleted" and not at_home(charge, claim):
        return [_come(charge, known)]  # all of it was taken back where it was billed
    if charge.staged.revision == claim.revision:  # a mapping that changed since never moves what is final
        if charge.seconds == claim.seconds and not ruled_otherwise(charge, claim):
            return []
        return [_difference(charge, chain, known, f"decided otherwise after it was billed on {known.number}")]
    if charge.disposition == "deleted":
        return [] if chain.spent else [taken_back(charge, chain, known, f"deleted at the source after it was billed on {known.number}")]
    if not at_home(charge, claim):
        return [taken_back(charge, chain, known, f"moved away after it was billed on {known.number}"), _come(charge, known)]
    if charge.seconds == claim.seconds and _same_worth(charge, claim, known):
        return []
    return [_difference(charge, chain, known, f"edited after it was billed on {known.number}")]


def _rest(charge: Charge, chain: Chain, known: Known) -> list[Laid]:
    """What is left of time whose first document was given up, while a difference to it stands: the whole now minus that difference."""
    if (charge.seconds, charge.billed) == (chain.total.seconds, chain.total.billed):
        return []
    why = f"billed first on a document that was given up, and in part on {known.number}, which stands: this is the rest"
    return [_difference(charge, chain, known, why)]


def _come(charge: Charge, known: Known) -> Laid:
    """Time that is another client's now, or another currency's: nobody billed it there. What would not be billed there stays what it is."""
    if charge.disposition != "ready":
        return Laid(msgspec.structs.replace(charge, part=0), True)
    held = msgspec.structs.replace(
        charge, part=0, disposition="held", kind="correction", reason=f"moved here after it was billed on {known.number}"
    )
    return Laid(held, True)


def ruled_otherwise(charge: Charge, claim: Claim) -> bool:
    """Whether a person now bills other hours of it, or gives up money that was billed; what the files say now is no decision."""
    ruled = next((why.text for why in charge.why if why.rule == "decision"), None)
    if ruled is None:
        return False
    if charge.disposition in EARNS_NOTHING:
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


def split(charge: Charge, known: Known) -> Charge:
    """A share that nobody billed of an entry whose document is final: it goes nowhere by itself."""
    return msgspec.structs.replace(
        charge, disposition="held", kind="correction", reason=f"decided otherwise after it was billed on {known.number}"
    )


def at_home(charge: Charge, claim: Claim) -> bool:
    """Whether it would stand on that client's documents, in that currency; late time stands on a later period's document."""
    return charge.terms.client_key == claim.client and (charge.period or "") <= claim.period and _same_money(charge, claim)


def _same_money(charge: Charge, claim: Claim) -> bool:
    return charge.price is None or charge.price.currency == claim.currency


def _difference(charge: Charge, chain: Chain, known: Known, reason: str) -> Laid:
    """What it would be billed at now by itself minus what was billed of it; its line then says what is really between them."""
    claim = chain.total
    earns = charge.disposition not in EARNS_NOTHING
    worth = charge.value if earns else ZERO
    made = _correction(
        charge, chain, known, reason, seconds=charge.seconds - claim.seconds, billed=(charge.billed if earns else ZERO) - claim.billed,
        value=None if worth is None else worth - claim.net - chain.left, estimate=charge.estimate if earns else "priced",
    )  # fmt: skip
    if not earns:
        return Laid(made, True, chain.base, since=chain.since)
    if charge.price is None or worth is None:  # an estimate is nothing that a line could be worked out with
        return Laid(made, True, chain.base, priced=False)
    now = Part(charge.seconds, charge.billed, charge.price.rate)
    return Laid(made, True, chain.base, now, charge.terms.rounding, since=chain.since)


def taken_back(charge: Charge, chain: Chain, known: Known, reason: str) -> Laid:
    """All that was billed of it, with a minus."""
    claim = chain.total
    made = _correction(
        charge, chain, known, reason, seconds=-claim.seconds, billed=-claim.billed, value=-claim.net - chain.left, estimate="priced"
    )  # fmt: skip
    return Laid(made, True, chain.base, since=chain.since)


def left_over(charge: Charge, chain: Chain, known: Known) -> Laid:
    """Money of time that was taken back, of a line that can no longer bear it: some of the line was credited."""
    reason = f"taken back after it was billed on {known.number}, but for {chain.base.currency} {chain.left} of its line"
    return Laid(
        _correction(charge, chain, known, reason, seconds=0, billed=ZERO, value=-chain.left, estimate="priced"),
        True,
        chain.base,
        since=chain.since,
    )


def _correction(
    charge: Charge, chain: Chain, known: Known, reason: str, *, seconds: int, billed: Decimal, value: Decimal | None, estimate: Estimate
) -> Charge:
    claim, lines = chain.base, known.target.lines
    corrects = Corrects(
        document=known.id, key=known.key, number=known.number, part=claim.part, line=claim.line, as_billed=lines[claim.line]
    ) if claim.line < len(lines) else None  # fmt: skip
    return msgspec.structs.replace(
        charge, part=0, disposition="held", kind="correction", reason=reason, detail=(), seconds=seconds, billed=billed, billed_client=claim.client,
        billed_book=known.book, billed_currency=claim.currency, value=value, estimate=estimate, period=claim.period, price=None,
        why=(*charge.why, Why("correction", reason, NOWHERE)), corrects=corrects,
    )  # fmt: skip
