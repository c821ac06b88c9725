"""A past document made again from what was stored when it was approved: the entries as their sources had said them, the decisions, the
mapping texts by their hash. Matched, priced, rounded and laid out by this program, and compared with what was billed.

Items, tax codes and customers are looked up in the catalogue last read: money does not follow from it, but for predicted tax.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from connector.core.directory import Directory
from connector.core.dispositions import rule
from connector.core.grouping import Group, Parts
from connector.core.layout import Layout, Layouts
from connector.core.ledger import Known
from connector.core.line_layout import LineLayouts
from connector.core.lines import Lines, propose_lines
from connector.core.mapping import Mapping as MappingFiles
from connector.core.matching import Matcher
from connector.core.periods import read_period
from connector.core.steps import Step, StepCharge
from connector.core.values import BookFacts, Charge, ProposedLine, Staged
from connector.errors import ConfigError
from connector.mappings import load
from connector.mappings.names import did_you_mean
from connector.model import Line
from connector.reports.as_billed import AsBilled, ChargeAgain, LineAgain
from connector.store import approvals, as_of, documents, mapping_texts
from connector.store.approvals import Approved
from connector.store.store import Tx
from connector.use_cases.standing import head, standing
from connector.use_cases.workspace import Workspace

MONEY = ("quantity", "price", "net", "description", "service_from", "service_to")
LOOKED_UP = ("target", "tax_code", "tax", "tracking")
"""What the catalogue over there has a word in."""
PERIODS_MAX = 1200
"""Between the period time was worked in and the one it was billed in: weeks of twenty years."""


class Made(Struct, frozen=True, kw_only=True):
    """What came out: the lines, and the charges of the step that the rules of then do not make."""

    lines: Lines
    charges: Mapping[tuple[int, int], Charge]
    missing: tuple[str, ...]


def as_billed(ws: Workspace, ref: str) -> AsBilled:
    """Raises ConfigError where nothing has this number, it was never billed, or its inputs are not kept."""
    with standing(ws) as now:
        known = _known(now.read, ref)
        applied = _applied(now.read, known)
        digest = str(now.read.exec_driver_sql("SELECT mapping FROM approvals WHERE id = ?", (applied.approval,)).scalar_one())
        mapping = _mapping_then(ws, now.read, digest, known)
        made = _make(ws, now.read, mapping, applied)
        return _compared(known, applied, made, digest, head(ws, now, known.book, known.period))


def _known(read: Tx, ref: str) -> Known:
    by_number = {known.number: known for known in documents.documents(read)}
    number = ref if ref in by_number else ref.rpartition(":")[0]
    if number not in by_number:
        raise ConfigError(
            "is no document", to=ref, next_step=f"Write a document's number. {did_you_mean(ref, by_number, 'Such as HB-2606-001.')}"
        )
    return by_number[number]


def _applied(read: Tx, known: Known) -> Approved:
    steps = approvals.of_document(read, known.book, known.key, known.generation)
    applied = [one for one in steps if one.state == "applied" and one.step.action in ("create", "update") and one.step.document]
    if not applied:
        raise ConfigError("was never billed as approved", to=known.number, next_step="`hourbridge explain` shows what became of it.")
    return applied[-1]


def _mapping_then(ws: Workspace, read: Tx, digest: str, known: Known) -> MappingFiles:
    """The mapping files as they were when it was approved."""
    texts = mapping_texts.texts(read, digest)
    if not texts:
        raise ConfigError(
            "the mapping files it was priced with are not kept in this state", to=known.number,
            next_step="Restore the backup that belongs to it, and ask there.",
        )  # fmt: skip
    connections = {name for (name,) in read.exec_driver_sql("SELECT name FROM connections")} | set(ws.source_names)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for name, text in texts.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            paths.append(path)
        return load(paths, {*ws.books, known.book}, sorted(connections))


# ---- made again ----------------------------------------------------------------------------------------------------------------


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
    group, missing = _grouped(step, charges, layouts)
    lines = LineLayouts(mapping, Directory(facts[step.book]))
    return (
        Made(lines=propose_lines(group, lines, mapping.hours_places), charges=charges, missing=tuple(missing))
        if group
        else _nothing(charges, missing)
    )


def _nothing(charges: Mapping[tuple[int, int], Charge], missing: Sequence[str]) -> Made:
    nothing = Lines(lines=(), net=Decimal(0), tax=None, gross=None, problems=())
    return Made(lines=nothing, charges=charges, missing=tuple(missing))


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
    for bound in step.charges:
        charge = charges.get((bound.entry, bound.part))
        day = charge.staged.entry.worked_on if charge else None
        if charge is None or day is None or charge.terms.client is None or charge.disposition not in ("ready", "no_charge", "covered"):
            missing.append(f"{bound.ref}, part {bound.part}: {_why(charge)}")
            continue
        natural, po = layouts.route(charge.terms, day)
        there = _layout_of(natural, step, layouts)
        if group is None:
            group = Group(key=step.key, layout=there, parts=_parts(step, charge, there, po), since=there.period.first)
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


def _parts(step: Step, charge: Charge, layout: Layout, po: str) -> Parts:
    assert step.document is not None, "only steps that were applied with a document are made again"
    ticket = charge.staged.entry.ticket.strip() if layout.per == "ticket" else ""
    return Parts(charge.po or charge.staged.entry.po.strip() or po, ticket, step.document.currency)


# ---- compared ------------------------------------------------------------------------------------------------------------------


def _compared(known: Known, applied: Approved, made: Made, digest: str, told_head: object) -> AsBilled:
    step = applied.step
    assert step.document is not None
    billed, again = step.document.lines, made.lines.lines
    lines = tuple(
        _line(index, billed[index] if index < len(billed) else None, again[index] if index < len(again) else None)
        for index in range(max(len(billed), len(again)))
    )
    charges = tuple(_charges(step, made))
    differs = bool(made.missing) or any(line.differs for line in lines) or any(charge.differs for charge in charges)
    return AsBilled(
        head=told_head, number=known.number, book=known.book, client=known.client, currency=known.currency, net=step.document.net,  # type: ignore[arg-type]
        net_again=made.lines.net, approved_by=applied.who, approved_at=applied.at, mapping=digest, reproduced=not differs,
        lines=lines, charges=tuple(charge for charge in charges if charge.differs), missing=made.missing, entries=step.entries,
    )  # fmt: skip


def _line(index: int, billed: Line | None, again: ProposedLine | None) -> LineAgain:
    now = again.line if again else None
    differs = tuple(_differing(billed, now, MONEY))
    one = billed or now
    assert one is not None
    return LineAgain(
        line=index + 1, description=one.description, quantity=billed.quantity if billed else None, price=billed.price if billed else None,
        net=billed.net if billed else None, quantity_again=now.quantity if now else None, price_again=now.price if now else None,
        net_again=now.net if now else None, differs=differs, looked_up=tuple(_differing(billed, now, LOOKED_UP)) if billed and now else (),
    )  # fmt: skip


def _differing(billed: Line | None, now: Line | None, fields: Sequence[str]) -> Iterator[str]:
    if billed is None or now is None:
        yield "the line is new" if billed is None else "the line is not made any more"
        return
    for name in fields:
        was, became = getattr(billed, name), getattr(now, name)
        if was != became:
            yield f"{name.replace('_', ' ')}: {was} was billed, {became} now"


def _charges(step: Step, made: Made) -> Iterator[ChargeAgain]:
    shares = {(share.charge.staged.key, share.charge.part): share.net for line in made.lines.lines for share in line.shares}
    for bound in step.charges:
        place = bound.entry, bound.part
        charge, net = made.charges.get(place), shares.get(place)
        if charge is not None and net is not None:
            same = (charge.seconds, charge.billed, net) == (bound.seconds, bound.billed, bound.net)
            yield ChargeAgain(
                ref=bound.ref,
                part=bound.part,
                billed=bound.billed,
                billed_again=charge.billed,
                net=bound.net,
                net_again=net,
                differs=not same,
            )
