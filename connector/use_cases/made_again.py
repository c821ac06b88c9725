"""A past document made again: the charges of its step as the rules, prices and files of then make them, with what people had chosen by then."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from connector.core.crediting import credited_lines
from connector.core.directory import Directory
from connector.core.dispositions import rule
from connector.core.grouping import Group, Grouping, read_key
from connector.core.known import Known as Past
from connector.core.layout import Layout, Layouts
from connector.core.ledger import Kept
from connector.core.line_layout import LineLayouts
from connector.core.lines import Lines, propose_lines
from connector.core.mapping import Mapping as MappingFiles
from connector.core.matching import Matcher
from connector.core.money import ZERO, places, round_half_up
from connector.core.periods import read_period
from connector.core.steps import Step, StepCharge
from connector.core.taking import Merged, merge, spread
from connector.core.values import BookFacts, Charge, Corrects, Staged
from connector.model import Line
from connector.store import as_of, choices, documents
from connector.store.approvals import Approved
from connector.store.store import Tx
from connector.use_cases.stood_then import Pair, as_it_stood, bound_of
from connector.use_cases.workspace import Workspace

PERIODS_MAX = 1200
"""Between the period time was worked in and the one it was billed in: weeks of twenty years."""


class Again(Struct, frozen=True):
    """A charge as it comes out: worked seconds, exact billed seconds, and its share of its line."""

    seconds: int
    billed: Decimal
    net: Decimal


class Made(Struct, frozen=True, kw_only=True):
    """What came out: the lines, and the charges of the step; `missing` are those that the rules of then do not make."""

    lines: tuple[Line, ...]
    net: Decimal
    charges: Mapping[Pair, Again]
    missing: tuple[str, ...]


def make_again(ws: Workspace, read: Tx, mapping: MappingFiles, applied: Approved) -> Made:
    return _credit(read, applied) if applied.step.action == "credit" else _make(ws, read, mapping, applied)


# ---- a credit note -------------------------------------------------------------------------------------------------------------


def _credit(read: Tx, applied: Approved) -> Made:
    """What was billed of its charges, as the document that it credits had them then."""
    step, run = applied.step, as_of.run_at(read, applied.at)
    assert step.document is not None, "it was applied with a document"
    assert step.document.credits is not None, "a credit note says what it credits"
    credited = documents.by_number(read, step.book, step.document.credits.ref)
    assert credited is not None, "only documents of ours are credited"
    stood, bound = as_it_stood(read, credited, applied.at), bound_of(read, step)
    staged = as_of.staged_then(read, {charge.entry: charge.revision for charge in bound}, run)
    found = [
        (staged[pair[0]].entry.worked_on, stood.claims[pair]) for charge in bound if (pair := (charge.entry, charge.part)) in stood.claims
    ]
    lines = credited_lines(stood.document, found)
    return Made(
        lines=lines, net=_sum(lines, step.document.currency),
        charges={(claim.entry, claim.part): Again(claim.seconds, claim.billed, claim.net) for _, claim in found},
        missing=tuple(
            f"{charge.ref}, part {charge.part}: {credited.number} had no such charge"
            for charge in bound if (charge.entry, charge.part) not in stood.claims
        ),
    )  # fmt: skip


def _sum(lines: Sequence[Line], currency: str) -> Decimal:
    return sum((line.net for line in lines), round_half_up(ZERO, places(currency)))


# ---- an invoice ----------------------------------------------------------------------------------------------------------------


def _make(ws: Workspace, read: Tx, mapping: MappingFiles, applied: Approved) -> Made:
    step = applied.step
    facts = _facts_then(ws, read, applied.at)
    layouts, matcher = Layouts(mapping, facts), Matcher(mapping, facts)
    run = as_of.run_at(read, applied.at)
    own = as_of.staged_then(read, {charge.entry: charge.revision for charge in step.charges}, run)
    own = {key: replace(one, entry=replace(one.entry, billed=False, billed_document="")) for key, one in own.items()}
    staged = own | _beside(read, matcher, own, run)
    everyone = [staged[key] for key in sorted(staged)]
    claimed = {key for key in staged if key in own or documents.claim_of(read, key)}
    ruled = rule(
        everyone, matcher, mapping, facts, as_of.decided_then(read, sorted(staged), applied.at), datetime.fromisoformat(applied.at), claimed,
        period_of=layouts.period_of,
    )  # fmt: skip
    charges = {(charge.staged.key, charge.part): charge for charge in ruled}
    charges |= {
        (added.staged.key, added.part): added
        for bound in step.charges
        if bound.is_added and (added := _chosen(read, applied, bound, ruled))
    }
    group, missing = _grouped(step, charges, layouts)
    if group is None:
        return Made(lines=(), net=ZERO, charges={}, missing=tuple(missing))
    lines = propose_lines(group, LineLayouts(mapping, Directory(facts[step.book])), mapping.hours_places)
    return _amended(step, lines, choices.kept_then(read, _id_of(read, step), applied.at), tuple(missing))


def _id_of(read: Tx, step: Step) -> int:
    known = documents.by_key(read, step.book, step.key, step.generation)
    assert known is not None, "it was applied"
    return known.id


def _amended(step: Step, made: Lines, kept: Kept | None, missing: tuple[str, ...]) -> Made:
    """Where a person had said to go on amending what somebody made of it: theirs, with ours on it."""
    shares = [(at, share) for at, line in enumerate(made.lines) for share in line.shares]
    lines, net = tuple(line.line for line in made.lines), made.net
    nets = [share.net for _, share in shares]
    if kept is not None and step.document is not None:
        merged: Merged = merge(replace(step.document, lines=lines, net=net, tax=made.tax, gross=made.gross), kept)
        lines, net = merged.document.lines, merged.document.net
        nets = [one.net for one in spread(merged, [(at, share.net, share.charge.billed) for at, share in shares])]
    return Made(
        lines=lines, net=net, missing=missing,
        charges={
            (share.charge.staged.key, share.charge.part): Again(share.charge.seconds, share.charge.billed, worth)
            for (_, share), worth in zip(shares, nets, strict=True)
        },
    )  # fmt: skip


def _chosen(read: Tx, applied: Approved, bound: StepCharge, ruled: Sequence[Charge]) -> Charge | None:
    """A difference that a person chose to bill, as it was chosen; None where the choice, or what it is of, is not kept."""
    settled, mine = documents.settled(read, bound.entry, bound.part), [charge for charge in ruled if charge.staged.key == bound.entry]
    if settled is None or not mine:
        return None
    if not settled.of:  # time that came from another client, or a share: nobody had billed it here
        figures = settled.seconds, settled.billed
        came = next((charge for charge in mine if charge.disposition == "ready" and (charge.seconds, charge.billed) == figures), None)
        return replace(came, part=bound.part) if came else None
    known = documents.document(read, settled.document)
    stood = as_it_stood(read, known, applied.at)
    claim = stood.claims.get((settled.entry, settled.of))
    if claim is None or claim.line >= len(stood.document.lines):
        return None
    of = Corrects(
        document=known.id, key=known.key, number=known.number, part=claim.part, line=claim.line, as_billed=stood.document.lines[claim.line]
    )  # fmt: skip
    return replace(
        next((charge for charge in mine if charge.part == settled.of), mine[0]), part=bound.part, disposition="ready", kind="correction",
        seconds=settled.seconds, billed=settled.billed, value=settled.net, estimate="priced", price=None, period=claim.period,
        billed_client=claim.client, billed_book=known.book, billed_currency=settled.currency, corrects=of, chosen="delta",
    )  # fmt: skip


def _facts_then(ws: Workspace, read: Tx, at: str) -> dict[str, BookFacts]:
    moment = datetime.fromisoformat(at)
    return {name: replace(found, today=moment.astimezone(ws.books[name].timezone).date()) for name, found in ws.facts(read).items()}


def _beside(read: Tx, matcher: Matcher, own: Mapping[int, Staged], run: int) -> dict[int, Staged]:
    """Where time of a day is rounded together: the other entries of those days, as they were known then."""
    days = {
        one.entry.worked_on
        for one in own.values()
        if one.entry.worked_on and (rounding := matcher.terms(one.connection, one.entry).rounding) and rounding.per not in ("entry", "line")
    }
    return as_of.staged_then(read, dict.fromkeys(as_of.worked_on(read, days, own)), run) if days else {}


def _grouped(step: Step, charges: Mapping[tuple[int, int], Charge], layouts: Layouts) -> tuple[Group | None, list[str]]:
    """The charges of the step as they stood on their document, and those that the rules of then do not make."""
    group: Group | None = None
    missing = []
    parts = replace(read_key(step.key).parts, currency=step.document.currency if step.document else "")
    for bound in step.charges:
        charge = charges.get((bound.entry, bound.part))
        if charge is not None and charge.corrects is not None:
            natural, origin = Grouping(layouts, Past()).after(charge), read_key(charge.corrects.key).period
            if natural is None:
                missing.append(f"{bound.ref}, part {bound.part}: the files do not know {charge.client} any more")
                continue
            there = _layout_of(natural, step, layouts)
            group = group or Group(key=step.key, layout=there, parts=parts, since=there.period.first)
            group.heap(there, origin, late=True).charges.append(charge)
            continue
        day = charge.staged.entry.worked_on if charge else None
        if charge is None or day is None or charge.terms.client is None or charge.disposition not in ("ready", "no_charge", "covered"):
            missing.append(f"{bound.ref}, part {bound.part}: {_why(charge)}")
            continue
        natural = layouts.route(charge.terms, day)[0]
        there = _layout_of(natural, step, layouts)
        group = group or Group(key=step.key, layout=there, parts=parts, since=there.period.first)
        group.heap(there, _origin(natural, step, bound), late=bound.late).charges.append(charge)
    return group, missing


def _why(charge: Charge | None) -> str:
    if charge is None:
        return "the rules make no such charge of it; it was a correction, or was decided by hand"
    return f"it would be {charge.disposition}{f': {charge.reason}' if charge.reason else ''}"


def _layout_of(natural: Layout, step: Step, layouts: Layouts) -> Layout:
    """The same party's layout in the period in which it was billed."""
    first, found = read_period(step.period).first, natural
    for _ in range(PERIODS_MAX):
        if found.period.first >= first:
            break
        found = layouts.after(found)
    return found


def _origin(natural: Layout, step: Step, bound: StepCharge) -> str:
    """The period it came from: late, or carried because it was below the minimum."""
    return natural.period.key if bound.late or natural.period.key != step.period else ""
