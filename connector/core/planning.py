"""The plan: the difference between the documents that the charges ask for and those the sync ledger knows.

A step's digest binds all that will be sent and why; the plan's checksum is the hash of its sorted digests. Pure.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from connector.core.holding import INCOMPLETE
from connector.core.ledger import Claim, Known, Ledger
from connector.core.mapping import Safety
from connector.core.values import LeftOut, Proposed, ProposedLine, Why
from connector.model import Document, Remote

Action = Literal["create", "update", "void", "credit", "hold", "carry"]
DIGEST_VERSION = "p1"
REFUSALS_MAX = 3
SENDS: frozenset[Action] = frozenset({"create", "update", "void"})


class StepCharge(Struct, frozen=True, gc=False, array_like=True):
    """A charge as a step binds it: `billed` exact seconds, `net` its share of line number `line`."""

    entry: int
    part: int
    ref: str
    revision: int
    seconds: int
    billed: Decimal
    net: Decimal
    line: int
    client: str
    period: str
    late: bool = False


class StepLine(Struct, frozen=True, gc=False):
    """What a report says of a line beside what is sent."""

    billing_code: str
    seconds: int
    billed_seconds: Decimal
    entries: int
    why: tuple[Why, ...]


class Step(Struct, frozen=True, kw_only=True):
    """One thing the plan would do. `document` carries no number before approval. `theirs` is the document over there that is
    amended (as last confirmed) or, for a hold, as it was last read.
    """

    action: Action
    book: str
    key: str
    generation: int
    digest: str = ""
    number: str = ""
    series: str = ""
    client: str
    period: str
    document: Document | None
    terms: str = ""
    lines: tuple[StepLine, ...] = ()
    charges: tuple[StepCharge, ...] = ()
    after: tuple[str, ...] = ()
    base: Remote | None = None
    theirs: Remote | None = None
    flags: tuple[str, ...] = ()
    reason: str = ""
    worked_from: date | None = None
    worked_to: date | None = None
    late_seconds: int = 0
    left_out: LeftOut = LeftOut()
    last_period_net: Decimal | None = None
    releasable: bool = False
    """Held only because its client has time left out, or because it was refused as it is: `approve --only` lets it go."""

    @property
    def seconds(self) -> int:
        return sum(charge.seconds for charge in self.charges)

    @property
    def billed_seconds(self) -> Decimal:
        return sum((charge.billed for charge in self.charges), Decimal(0))

    @property
    def entries(self) -> int:
        return len({charge.entry for charge in self.charges})

    @property
    def sends(self) -> bool:
        return self.action in SENDS


class Plan(Struct, frozen=True, kw_only=True):
    """What would be done in one book. `unsafe` names the safety bounds that stop it."""

    book: str
    period: str
    as_of: str
    mapping: str
    steps: tuple[Step, ...]
    unsafe: tuple[str, ...] = ()
    checksum: str = ""
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def sending(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.sends)


def digest(step: Step) -> str:
    """`p1:` and the hash of everything the step sends and every charge it stands for; amending steps bind what they amend."""
    document = step.document and msgspec.structs.replace(step.document, number="", mark="")
    charges = [(c.ref, c.part, c.revision, c.seconds, c.billed, c.net, c.line) for c in step.charges]
    body = (step.book, step.action, step.key, step.generation, step.terms, document, sorted(charges), step.base and stable(step.base))
    return f"{DIGEST_VERSION}:{hashlib.sha256(msgspec.json.encode(body, order='sorted')).hexdigest()[:32]}"


def stable(remote: Remote) -> Remote:
    """A remote without what moves by itself: version, stamp, payments and whether it was sent."""
    return msgspec.structs.replace(
        remote, version="", changed_at=None, sent=False, paid=Decimal(0), balance=Decimal(0), ours=None, customer=""
    )


def checksum(steps: Iterable[Step]) -> str:
    """12 hex characters over the sorted digests of what would be sent."""
    return hashlib.sha256("\n".join(sorted(step.digest for step in steps if step.sends)).encode()).hexdigest()[:12]


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
) -> Plan:
    """The steps for one book, sorted by key. `in_scope` limits them to those document keys; the comparison is always whole."""
    latest = {key: known for (name, key), known in ledger.latest().items() if name == book}
    claims = _claims_by_document(ledger)
    steps = [step for proposed in proposals if (step := _step(proposed, latest.get(proposed.key), claims, mapping)) is not None]
    asked = {proposed.key for proposed in proposals}
    steps += [
        _void(known, claims.get(known.id, []), refs or {})
        for key, known in latest.items()
        if key not in asked and known.amendable and known.there
    ]
    steps += [_touched(known) for key, known in latest.items() if key not in asked and known.touched and known.their_status == "draft"]
    steps = _ordered(steps, ledger)
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
    if known is not None and known.emptied:
        step = _build(proposed, known.generation + 1)
        return _held_or(
            proposed, msgspec.structs.replace(step, flags=(*step.flags, f"{known.number} was {known.their_status}: made again"))
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
        return _hold(step, known, f"{known.number} was changed over there: {known.touched}")
    if not known.amendable:
        return _hold(step, known, f"{known.number} is {known.their_status} over there and is not amended")
    if _same(step, known, claims.get(known.id, [])):
        return None
    return _unless_refused(
        _held_or(proposed, msgspec.structs.replace(step, action="update", number=known.number, base=known.base)), known, mapping
    )


def _build(proposed: Proposed, generation: int) -> Step:
    charges = tuple(
        StepCharge(
            share.charge.staged.key, share.charge.part, f"{share.charge.staged.source}:{share.charge.staged.entry.id}",
            share.charge.staged.revision, share.charge.seconds, share.charge.billed, share.net, index,
            share.charge.terms.client_key, share.charge.period or "", share.charge.late,
        )
        for index, line in enumerate(proposed.lines)
        for share in line.shares
    )  # fmt: skip
    return Step(
        action="create", book=proposed.book, key=proposed.key, generation=generation, series=proposed.series, client=proposed.client,
        period=proposed.period, document=_document(proposed, generation), terms=proposed.terms,
        lines=tuple(_line(line) for line in proposed.lines), charges=charges, flags=proposed.flags, worked_from=proposed.worked_from,
        worked_to=proposed.worked_to, late_seconds=proposed.late_seconds, left_out=proposed.left_out,
        last_period_net=proposed.last_period_net,
    )  # fmt: skip


def _line(line: ProposedLine) -> StepLine:
    return StepLine(
        line.billing_code,
        sum(share.charge.seconds for share in line.shares),
        sum((share.charge.billed for share in line.shares), Decimal(0)),
        len({share.charge.staged.key for share in line.shares}),
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
        StepCharge(
            claim.entry, claim.part, refs.get(claim.entry, str(claim.entry)), claim.revision, 0, Decimal(0), Decimal(0), 0,
            claim.client, claim.period,
        )
        for claim in sorted(claims, key=lambda claim: (claim.entry, claim.part))
    )  # fmt: skip
    return Step(
        action="void", book=known.book, key=known.key, generation=known.generation, number=known.number, client=known.client,
        period=known.period, document=known.target, base=known.base, charges=charges,
        reason="nothing is left to bill on it",
    )  # fmt: skip


def _touched(known: Known) -> Step:
    return Step(
        action="hold", book=known.book, key=known.key, generation=known.generation, number=known.number, client=known.client,
        period=known.period, document=known.target, base=known.base, theirs=known.theirs,
        reason=f"{known.number} was changed over there: {known.touched}",
    )  # fmt: skip


def _ordered(steps: list[Step], ledger: Ledger) -> list[Step]:
    """A step that takes a charge from another document goes after the step that drops it there."""
    keys = {known.id: known.key for known in ledger.documents.values()}
    acting = {step.key for step in steps if step.sends}
    ordered = []
    for step in steps:
        holders = {
            keys[claim.document]
            for charge in step.charges
            if (claim := ledger.claims.get((charge.entry, charge.part))) is not None and keys[claim.document] != step.key
        }
        blocked = sorted(holders - acting)
        after = tuple(sorted(holders & acting))
        if blocked and step.sends:
            reason = f"its time still stands on {', '.join(blocked)}"
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
    taken = {step.key: _taken(step, ledger) for step in steps if step.sends and step.key in round_trip}
    if not taken:
        return frozenset()
    entire = {step.key: len(step.charges) for step in steps if step.key in taken}
    first = min(taken, key=lambda key: (len(taken[key]) == entire[key], key))  # rather one that keeps something
    return taken[first]


def _taken(step: Step, ledger: Ledger) -> frozenset[tuple[int, int]]:
    """The charges of a step that stand on another document now."""
    pairs = {(charge.entry, charge.part) for charge in step.charges}
    return frozenset(pair for pair in pairs if (claim := ledger.claims.get(pair)) and ledger.documents[claim.document].key != step.key)


def unsafe(steps: Sequence[Step], known: Iterable[Known], safety: Safety) -> Iterable[str]:
    """The safety bounds that this plan breaks, as sentences."""
    live = [document for document in known if document.there]
    creates = [step for step in steps if step.action == "create" and step.document is not None]
    if safety.documents_per_client_and_period is not None:
        counts: dict[tuple[str, str], int] = {}
        for client, period in [(s.client, s.period) for s in creates] + [(d.client, d.period) for d in live]:
            counts[client, period] = counts.get((client, period), 0) + 1
        for (client, period), count in sorted(counts.items()):
            if count > safety.documents_per_client_and_period and any((s.client, s.period) == (client, period) for s in creates):
                yield f"{client} would have {count} documents for {period} (bound: {safety.documents_per_client_and_period})"
    if safety.client_total_over_last_month is not None:
        yield from _totals_over(creates, live, safety.client_total_over_last_month)
    if safety.changed_documents_percent is not None and live:
        changed = sum(step.action in ("update", "void") for step in steps)
        percent = Decimal(100 * changed) / len(live)
        if changed > 1 and percent > safety.changed_documents_percent:
            yield f"{changed} of {len(live)} documents would change ({percent:.0f}%; bound: {safety.changed_documents_percent}%)"


def _totals_over(creates: Sequence[Step], live: Sequence[Known], times: Decimal) -> Iterable[str]:
    nets: dict[tuple[str, str, str], Decimal] = {}
    for document in live:
        where = (document.client, document.currency, document.period)
        nets[where] = nets.get(where, Decimal(0)) + document.net
    planned: dict[tuple[str, str, str], Decimal] = {}
    for step in creates:
        assert step.document is not None
        where = (step.client, step.document.currency, step.period)
        planned[where] = planned.get(where, Decimal(0)) + step.document.net
    for (client, currency, period), net in sorted(planned.items()):
        earlier = [(p, n) for (c, cur, p), n in {**nets, **planned}.items() if (c, cur) == (client, currency) and p < period]
        if not earlier:
            continue
        last = max(earlier)[1]
        if last > 0 and net > times * last:
            yield f"{client}: {currency} {net} for {period} is more than {times} times the period before ({last})"


def last_nets(ledger: Ledger, book: str) -> dict[tuple[str, str], tuple[str, Decimal]]:
    """(client, currency) → newest period with a live document, and its net."""
    newest: dict[tuple[str, str], tuple[str, Decimal]] = {}
    for known in ledger.documents.values():
        if known.book == book and known.there:
            place = (known.client, known.currency)
            period, net = newest.get(place, ("", Decimal(0)))
            if known.period > period:
                newest[place] = (known.period, known.net)
            elif known.period == period:
                newest[place] = (period, net + known.net)
    return newest
