"""The plan: the difference between the documents that the charges ask for and those the sync ledger knows. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

import msgspec

from connector.core.drift import how_it_stands
from connector.core.holding import INCOMPLETE
from connector.core.ledger import Claim, Known, Ledger
from connector.core.mapping import Safety
from connector.core.number_series import against_number
from connector.core.safety import unsafe
from connector.core.steps import Plan, Step, StepCharge, StepLine, checksum, digest
from connector.core.taking import merge, spread
from connector.core.values import Charge, Proposed, ProposedLine
from connector.model import Document

REFUSALS_MAX = 3
STILL_ON = "its time still stands on"
THEIR_LINE = StepLine("", 0, Decimal(0), 0, ())
"""A line that somebody added over there: no time of ours stands on it."""


def plan(
    book: str,
    proposals: Sequence[Proposed],
    ledger: Ledger,
    *,
    as_of: str,
    mapping: str,
    safety: Safety,
    in_scope: Collection[str] | None = None,
    refs: Mapping[int, str] | None = None,
    crediting: Sequence[Step] = (),
) -> Plan:
    """The steps for one book, sorted by key. `in_scope` limits them to those document keys; the comparison is always whole. `crediting`
    are the credit notes that a person chose to make.
    """
    latest = {key: known for (name, key), known in ledger.latest().items() if name == book}
    claims = _claims_by_document(ledger)
    steps = [step for proposed in proposals if (step := _step(proposed, latest.get(proposed.key), claims, mapping)) is not None]
    asked = {proposed.key for proposed in proposals}
    steps += [
        _void(known, claims.get(known.id, []), refs or {})
        for key, known in latest.items()
        if key not in asked and known.amendable and known.there
    ]
    steps += [
        _theirs(known, claims.get(known.id, []), refs or {}) for key, known in latest.items() if key not in asked and _is_theirs(known)
    ]
    steps = _ordered([*(step for step in steps if step.key not in {one.key for one in crediting}), *crediting], ledger)
    if in_scope is not None:
        steps = [step for step in steps if step.key in in_scope]
    finished = tuple(msgspec.structs.replace(step, digest=digest(step)) for step in sorted(steps, key=lambda step: step.key))
    return Plan(
        book=book, period="", as_of=as_of, mapping=mapping, steps=finished, checksum=checksum(finished),
        unsafe=tuple(unsafe(finished, latest.values(), safety)),
    )  # fmt: skip


def _claims_by_document(ledger: Ledger) -> dict[int, list[Claim]]:
    found: dict[int, list[Claim]] = {}
    for claim in ledger.claims.values():
        found.setdefault(claim.document, []).append(claim)
    return found


def _step(proposed: Proposed, known: Known | None, claims: Mapping[int, list[Claim]], mapping: str) -> Step | None:
    if known is not None and (known.emptied or known.ended):
        step = _build(proposed, known.generation + 1)
        was = f"{known.number} was {'given up' if known.ended else known.their_status}: made again"
        step = _held_or(proposed, msgspec.structs.replace(step, flags=(*step.flags, was)))
        too_long = against_number(known.book, known.number, known.generation + 1, proposed.number_length_max)
        return (
            msgspec.structs.replace(step, action="hold", reason=too_long, releasable=False) if too_long and step.may_be_approved else step
        )
    generation = known.generation if known else 1
    step = _build(proposed, generation)
    if known is None or (known.state == "refused" and not known.there):
        return _unless_refused(_held_or(proposed, msgspec.structs.replace(step, reason=known.reason if known else "")), known, mapping)
    if known.in_doubt:
        return _hold(step, known, f"{known.number} is in doubt: `hourbridge apply` resolves it first")
    if not known.there:
        return _hold(step, known, f"{known.number} was {known.their_status} over there: a person must choose")
    if known.touched:
        return _hold(step, known, f"{known.number} {how_it_stands(known)}")
    if not known.amendable:
        return _hold(step, known, f"{known.number} is {known.their_status} over there and is not amended")
    step = _kept(step, known)
    if _same(step, known, claims.get(known.id, [])):
        return None
    return _unless_refused(
        _held_or(proposed, msgspec.structs.replace(step, action="update", number=known.number, base=known.base)), known, mapping
    )


def _build(proposed: Proposed, generation: int) -> Step:
    charges = tuple(_bound(share.charge, share.net, index) for index, line in enumerate(proposed.lines) for share in line.shares)
    return Step(
        action="create", book=proposed.book, key=proposed.key, generation=generation, series=proposed.series, client=proposed.client,
        period=proposed.period, document=_document(proposed, generation), terms=proposed.terms,
        lines=tuple(_line(line) for line in proposed.lines), charges=charges, flags=proposed.flags, worked_from=proposed.worked_from,
        worked_to=proposed.worked_to, late_seconds=proposed.late_seconds, no_charge_seconds=proposed.no_charge_seconds, left_out=proposed.left_out,
        last_period_net=proposed.last_period_net, this_period_net=proposed.this_period_net, last_period_of=proposed.last_period_of,
    )  # fmt: skip


def _bound(charge: Charge, net: Decimal, line: int) -> StepCharge:
    staged = charge.staged
    return StepCharge(
        staged.key, charge.part, f"{staged.source}:{staged.entry.id}", staged.revision, charge.seconds, charge.billed, net, line,
        charge.client, charge.period or "", charge.late,
    )  # fmt: skip


def _line(line: ProposedLine) -> StepLine:
    charges = [share.charge for share in line.shares]
    return StepLine(
        line.billing_code,
        sum([charge.seconds for charge in charges]),
        sum([charge.billed for charge in charges], Decimal(0)),
        len({charge.staged.key for charge in charges}),
        line.why,
    )


def _document(proposed: Proposed, generation: int) -> Document:
    return Document(
        kind="invoice", number="", mark=f"{proposed.key}#{generation}", customer_id=proposed.customer_id, customer=proposed.customer,
        invoice_date=proposed.invoice_date, due_date=proposed.due_date, currency=proposed.currency, amounts=proposed.amounts,
        send_as=proposed.send_as, po=proposed.po, lines=tuple(line.line for line in proposed.lines), net=proposed.net,
        tax=proposed.tax, gross=proposed.gross,
    )  # fmt: skip


def _unless_refused(step: Step, known: Known | None, mapping: str) -> Step:
    """Refused three times with nothing changed: held until the document or the mapping changes, or a person says so."""
    if known is None or not step.sends or known.refusals < REFUSALS_MAX or (known.digest, known.refused_mapping) != (digest(step), mapping):
        return step
    reason = f"refused {known.refusals} times: {known.reason}. Mend it over there and approve it with `--only`, or change what it says"
    return msgspec.structs.replace(step, action="hold", reason=reason, releasable=True)


def _kept(step: Step, known: Known) -> Step:
    """Of a document that a person changed and said to go on amending: theirs, with what changed of ours since."""
    if known.kept is None or step.document is None:
        return step
    merged = merge(step.document, known.kept)
    shares = spread(merged, [(charge.line, charge.net, charge.billed) for charge in step.charges])
    told = {place: step.lines[at] for at, place in enumerate(merged.lines)}
    return msgspec.structs.replace(
        step, document=merged.document, lines=tuple(told.get(place, THEIR_LINE) for place in range(len(merged.document.lines))),
        charges=tuple(
            msgspec.structs.replace(charge, line=share.line, net=share.net) for charge, share in zip(step.charges, shares, strict=True)
        ),
        flags=(*step.flags, "amended as somebody left it over there"),
    )  # fmt: skip


def _held_or(proposed: Proposed, step: Step) -> Step:
    if proposed.hold:
        releasable = all(reason.startswith(INCOMPLETE) for reason in proposed.hold)
        return msgspec.structs.replace(step, action="hold", reason="; ".join(proposed.hold), base=step.base, releasable=releasable)
    if proposed.carry:
        return msgspec.structs.replace(step, action="carry", reason=proposed.carry)
    return step


def _hold(step: Step, known: Known, reason: str) -> Step:
    return msgspec.structs.replace(step, action="hold", number=known.number, base=known.base, theirs=known.theirs, reason=reason)


def _same(step: Step, known: Known, claims: Sequence[Claim]) -> bool:
    if step.document is None or msgspec.structs.replace(step.document, number="", mark="") != msgspec.structs.replace(
        known.target, number="", mark=""
    ):
        return False
    ours = {(c.entry, c.part): (c.revision, c.seconds, c.billed, c.net) for c in step.charges}
    return ours == {(c.entry, c.part): (c.revision, c.seconds, c.billed, c.net) for c in claims}


def _void(known: Known, claims: Sequence[Claim], refs: Mapping[int, str]) -> Step:
    charges = tuple(
        msgspec.structs.replace(charge, seconds=0, billed=Decimal(0), net=Decimal(0), line=0) for charge in _held_by(claims, refs)
    )
    return Step(
        action="void", book=known.book, key=known.key, generation=known.generation, number=known.number, client=known.client,
        period=known.period, document=known.target, base=known.base, charges=charges,
        reason="nothing is left to bill on it",
    )  # fmt: skip


def _held_by(claims: Sequence[Claim], refs: Mapping[int, str]) -> Iterator[StepCharge]:
    """The charges of a document as they were billed."""
    for claim in sorted(claims, key=lambda claim: (claim.entry, claim.part)):
        yield StepCharge(
            claim.entry, claim.part, refs.get(claim.entry, str(claim.entry)), claim.revision, claim.seconds, claim.billed, claim.net,
            claim.line, claim.client, claim.period,
        )  # fmt: skip


def _is_theirs(known: Known) -> bool:
    """A draft that a person edited over there, or a document that somebody voided or deleted while it still holds time."""
    if known.there:
        return bool(known.touched) and known.their_status == "draft"
    return known.state == "done" and bool(known.their_status) and known.holds_charges


def _theirs(known: Known, claims: Sequence[Claim], refs: Mapping[int, str]) -> Step:
    reason = how_it_stands(known) if known.there else f"was {known.their_status} over there: a person must choose"
    return Step(
        action="hold", book=known.book, key=known.key, generation=known.generation, number=known.number, client=known.client,
        period=known.period, document=known.target, base=known.base, theirs=known.theirs, charges=tuple(_held_by(claims, refs)),
        reason=f"{known.number} {reason}",
    )  # fmt: skip


def _ordered(steps: list[Step], ledger: Ledger) -> list[Step]:
    """A step that takes a charge from another document goes after the step that drops it there."""
    keys = {known.id: known.key for known in ledger.documents.values()}
    acting = {step.key for step in steps if step.sends}
    ordered = []
    for step in steps:
        if (
            step.document is not None and step.document.kind == "credit_note"
        ):  # its charges stay where they were billed until it is confirmed
            ordered.append(step)
            continue
        holders = {
            keys[claim.document]
            for charge in step.charges
            if (claim := ledger.claims.get((charge.entry, charge.part))) is not None and keys[claim.document] != step.key
        }
        blocked = sorted(holders - acting)
        after = tuple(sorted(holders & acting))
        if blocked and step.sends:
            reason = f"{STILL_ON} {', '.join(blocked)}"
            ordered.append(msgspec.structs.replace(step, action="hold", reason=reason, after=after))
        else:
            ordered.append(msgspec.structs.replace(step, after=after))
    return ordered


def shrunk_first(steps: Sequence[Step], ledger: Ledger) -> frozenset[tuple[int, int]]:
    """Documents that wait for each other would wait for ever: the charges that one of them must do without until the next plan,
    so that it only lets go now. Empty when nothing goes round in a circle.
    """
    round_trip = {step.key: set(step.after) for step in steps if step.sends}
    size = -1
    while len(round_trip) != size:
        size = len(round_trip)
        awaited = set().union(*round_trip.values())
        round_trip = {key: after & set(round_trip) for key, after in round_trip.items() if after & set(round_trip) and key in awaited}
    taken = {step.key: taken_by(step, ledger) for step in steps if step.sends and step.key in round_trip}
    if not taken:
        return frozenset()
    entire = {step.key: len(step.charges) for step in steps if step.key in taken}
    first = min(taken, key=lambda key: (len(taken[key]) == entire[key], key))  # rather one that keeps something
    return taken[first]


def taken_by(step: Step, ledger: Ledger) -> frozenset[tuple[int, int]]:
    """The charges of a step that stand on another document now; a credit note takes none."""
    if step.document is not None and step.document.kind == "credit_note":
        return frozenset()
    held = [claim for charge in step.charges if (claim := ledger.claims.get((charge.entry, charge.part))) is not None]
    return frozenset((claim.entry, claim.part) for claim in held if ledger.documents[claim.document].key != step.key)
