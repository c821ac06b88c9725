"""Why something is as it is: the rules behind a charge with the lines that finance wrote, what people decided, who approved."""

from collections.abc import Iterable, Iterator, Sequence

from connector.core.ledger import Claim, Known
from connector.core.precedence import NO_RANK
from connector.core.steps import Step, StepLine
from connector.core.values import Decision, Price, Staged, Why
from connector.reports.explanation import Because, Matched, Rated, Ruled
from connector.reports.planned import ApprovedBy
from connector.store import approvals, charges, mapping_texts
from connector.store.approvals import Approved
from connector.store.charges import Stored
from connector.store.store import Tx
from connector.use_cases.decide import NAMING
from connector.use_cases.standing import Standing
from connector.use_cases.workspace import Workspace


def all_ruled(made: Sequence[Decision], staged: Staged) -> Iterator[Ruled]:
    """Decisions on one entry, oldest first. Of those on the same question the latest counts: whose it is, which work, or what becomes of it."""
    latest = {_question(decision): decision for decision in made}
    for decision in made:
        yield _ruled(decision, staged, replaced=latest[_question(decision)] is not decision)


def _question(decision: Decision) -> str:
    return decision.kind if decision.kind in NAMING else "fate"


def _ruled(decision: Decision, staged: Staged, *, replaced: bool) -> Ruled:
    return Ruled(
        entry=staged.ref, decision=decision.kind, argument=decision.argument, why=decision.why, who=decision.who, at=decision.at.isoformat(),
        holds=decision.revision == staged.revision, replaced=replaced,
    )  # fmt: skip


def signed(read: Tx, known: Known) -> ApprovedBy | None:
    """Who approved the document as it stands, and what of the client's time was left out of it then."""
    one = _applied(read, known)
    return ApprovedBy(by=one.who, at=one.at, note=one.note, left_out=one.step.left_out) if one else None


def whys_of(now: Standing, stored: Sequence[Stored], claim: Claim | None, known: Known | None) -> tuple[Why, ...]:
    """The rules behind an entry's first charge. Of billed time those it was approved with, also when the files say otherwise now."""
    own = charges.whys(now.read, stored[0].why) if stored else ()
    if claim is None or known is None:
        return own
    line = step_line_of(now.read, known, claim.line)
    if line is None or set(own) <= set(line.why):
        return own
    return line.why


def _step(read: Tx, known: Known) -> Step | None:
    """The step that made the document what it is, as it was approved."""
    one = _applied(read, known)
    return one.step if one else None


def _applied(read: Tx, known: Known) -> Approved | None:
    applied = [one for one in approvals.of_document(read, known.book, known.key, known.generation) if one.state == "applied"]
    return applied[-1] if applied else None


def step_line_of(read: Tx, known: Known, line: int) -> StepLine | None:
    step = _step(read, known)
    return step.lines[line] if step is not None and line < len(step.lines) else None


def because_of(ws: Workspace, read: Tx, whys: Iterable[Why], known: Known | None) -> tuple[Because, ...]:
    """Each rule with the line that finance wrote, from the texts kept in the state or, where none was billed yet, from the files."""
    digest = ""
    if known is not None:
        digest = str(read.exec_driver_sql("SELECT mapping FROM documents WHERE id = ?", (known.id,)).scalar() or "")
    texts = dict(ws.mapping.texts)
    told = []
    for why in whys:
        file, line = why.where.file, why.where.line
        said = mapping_texts.line(read, digest, file, line) if digest and file else ""
        if not said and not digest and line:
            lines = texts.get(file, "").splitlines()
            said = lines[line - 1].strip() if line <= len(lines) else ""
        rank = why.rank if why.rank != NO_RANK else None
        told.append(Because(rule=why.rule, text=why.text, file=file, line=line, rank=rank, said=said))
    return tuple(told)


def matched_by(because: Iterable[Because]) -> Matched | None:
    found = next((one for one in because if one.rule == "client"), None)
    return Matched(file=found.file, line=found.line, rule=found.text) if found else None


def rated_by(because: Sequence[Because], claims: Sequence[Claim], known: Known | None, price: Price | None) -> Rated | None:
    """Of billed time the price of its line, else what the files say now."""
    found = next((one for one in because if one.rule == "rate"), None)
    if found is None:
        return None
    lines = known.target.lines if known is not None else ()
    on_line = lines[claims[0].line].price if claims and claims[0].line < len(lines) else None  # else: of an amendment in doubt
    currency = known.currency if known else price.currency if price else ""
    return Rated(
        file=found.file, line=found.line, rate=on_line if on_line is not None else price.rate if price else None, rank=found.rank,
        currency=currency, text=found.text, multiplier=next((one.text for one in because if one.rule == "multiplier"), ""),
    )  # fmt: skip
