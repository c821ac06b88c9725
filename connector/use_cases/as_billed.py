"""A past document made again from what was stored when it was approved: the entries as their sources had said them, the decisions, the
mapping texts by their hash. Matched, priced, rounded and laid out by this program, and compared with what was billed.

Items, tax codes and customers are looked up in the catalogue last read: money does not follow from it, but for predicted tax.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from connector.core.ledger import Known
from connector.core.mapping import Mapping as MappingFiles
from connector.core.steps import Step
from connector.errors import ConfigError
from connector.mappings import load
from connector.mappings.names import did_you_mean
from connector.model import Line
from connector.reports.as_billed import AsBilled, ChargeAgain, LineAgain
from connector.store import approvals, choices, documents, mapping_texts
from connector.store.approvals import Approved
from connector.store.store import Tx
from connector.use_cases.made_again import Again, Made, make_again
from connector.use_cases.standing import head, standing
from connector.use_cases.workspace import Workspace

MONEY = ("quantity", "price", "net", "description", "service_from", "service_to")
MAKES = ("create", "update", "credit")
LOOKED_UP = ("target", "tax_code", "tax", "tracking")
"""What the catalogue over there has a word in."""


def as_billed(ws: Workspace, ref: str) -> AsBilled:
    """Raises ConfigError where nothing has this number, it was never billed, or its inputs are not kept."""
    with standing(ws) as now:
        known = _known(now.read, ref)
        applied = _applied(now.read, known)
        digest = str(now.read.exec_driver_sql("SELECT mapping FROM approvals WHERE id = ?", (applied.approval,)).scalar_one())
        mapping = _mapping_then(ws, now.read, digest, known)
        made = make_again(ws, now.read, mapping, applied)
        return _compared(known, applied, made, digest, _since(now.read, known, applied), head(ws, now, known.book, known.period))


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
    applied = [one for one in steps if one.state == "applied" and one.step.action in MAKES and one.step.document]
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


# ---- compared ------------------------------------------------------------------------------------------------------------------


def _compared(known: Known, applied: Approved, made: Made, digest: str, since: tuple[str, ...], told_head: object) -> AsBilled:
    step = applied.step
    assert step.document is not None
    billed, again = step.document.lines, made.lines
    lines = tuple(
        _line(index, billed[index] if index < len(billed) else None, again[index] if index < len(again) else None)
        for index in range(max(len(billed), len(again)))
    )
    charges = tuple(_charges(step, made))
    differs = bool(made.missing) or any(line.differs for line in lines) or any(charge.differs for charge in charges)
    return AsBilled(
        head=told_head, number=known.number, book=known.book, client=known.client, currency=known.currency, net=step.document.net,  # type: ignore[arg-type]
        net_again=made.net, approved_by=applied.who, approved_at=applied.at, mapping=digest, reproduced=not differs,
        lines=lines, charges=tuple(charge for charge in charges if charge.differs), missing=made.missing, since=since, entries=step.entries,
    )  # fmt: skip


def _line(index: int, billed: Line | None, again: Line | None) -> LineAgain:
    now = again
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
    for bound in step.charges:
        again = made.charges.get((bound.entry, bound.part))
        if again is not None:
            yield ChargeAgain(
                ref=bound.ref, part=bound.part, billed=bound.billed, billed_again=again.billed, net=bound.net, net_again=again.net,
                differs=again != Again(bound.seconds, bound.billed, bound.net),
            )  # fmt: skip


def _since(read: Tx, known: Known, applied: Approved) -> tuple[str, ...]:
    """What became of the document after it was approved: it is made again as it was approved."""
    later = [one for one in choices.of_document(read, known.id) if one.at > applied.at]
    return tuple(f"{one.choice} was chosen for it on {one.at[:10]} by {one.who}: {known.currency} {known.net} since" for one in later)
