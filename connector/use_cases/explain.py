"""Explain: an entry (connection:entry id), a document (its number) or a line of one (number:line), back to rule, price and rounding."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec

from connector.core.ledger import Claim, Known, disposition_of
from connector.core.minor import from_minor
from connector.core.money import multiply, round_half_up
from connector.core.precedence import NO_RANK
from connector.core.steps import Step, StepLine
from connector.core.values import Decision, Price, Staged, Why
from connector.errors import ConfigError
from connector.mappings.names import did_you_mean
from connector.model import TimeEntry
from connector.reports.called import Called, called_in
from connector.reports.explanation import (
    Because,
    ChargeRow,
    EntryFacts,
    Explanation,
    LineFacts,
    Matched,
    Rated,
    Revised,
    Rounded,
    Ruled,
)
from connector.reports.hours import both, both_of
from connector.reports.planned import ApprovedBy
from connector.store import approvals, charges, choices, decisions, documents, entries, mapping_texts
from connector.store.approvals import Approved
from connector.store.charges import Stored
from connector.store.store import Tx
from connector.use_cases.again import Again
from connector.use_cases.decide import NAMING
from connector.use_cases.made_choices import chosen_of, chosen_on
from connector.use_cases.paper import document_row
from connector.use_cases.standing import Standing, head, standing
from connector.use_cases.workspace import Workspace, catalogue_of


def explain(ws: Workspace, ref: str) -> Explanation:
    """Raises ConfigError, with what is like it, where nothing has this name."""
    with standing(ws) as now:
        connection, colon, rest = ref.partition(":")
        if colon and connection in {pull.connection for pull in head(ws, now, None, None).pulls}:
            staged = entries.find(now.read, connection, rest)
            if staged is None:
                raise ConfigError("there is no such entry", to=ref, next_step="`hourbridge pull` first, or look for a typing error.")
            return _entry(ws, now, staged)
        return _paper(ws, now, ref)


def _paper(ws: Workspace, now: Standing, ref: str) -> Explanation:
    by_number = {known.number: known for known in documents.documents(now.read)}
    if ref in by_number:
        return _document(ws, now, by_number[ref])
    number, _, line = ref.rpartition(":" if ":" in ref else "/")
    if number in by_number:
        return _one_line(ws, now, by_number[number], line)
    raise ConfigError(
        "is no entry, document or line", to=ref,
        next_step=did_you_mean(number or ref, by_number, "Write CONNECTION:ENTRY-ID, a document's number, or NUMBER:LINE."),
    )  # fmt: skip


# ---- an entry ------------------------------------------------------------------------------------------------------------------------


def _entry(ws: Workspace, now: Standing, staged: Staged) -> Explanation:
    read = now.read
    stored = charges.of_entry(read, staged.key)
    claims = documents.claim_of(read, staged.key)
    known = documents.document(read, claims[0].document) if claims else None
    whys = _whys_of(now, stored, claims[0] if claims else None, known)
    because = _because(ws, read, whys, known)
    return Explanation(
        head=head(ws, now, _book_of(ws, stored, known), None),
        entry=EntryFacts(
            ref=staged.ref, seconds=staged.entry.seconds, revision=staged.revision, gone=staged.deleted,
            charges=tuple(_charge(staged, row) for row in stored),
        ),
        source={"kind and account": staged.source, "connection": staged.connection, **_said(staged.entry)},
        revisions=tuple(_revisions(read, staged)), matched_by=_matched(because), rated_by=_rated(because, claims, known, Again(ws, read).price(staged)),
        rounding=tuple(_roundings(because, stored)), decisions=tuple(_all_ruled(decisions.of_entry(read, staged.key), staged)),
        choices=tuple(chosen_of(read, staged.key, stored)), document=document_row(known) if known else None, because=because, approved=_signed(read, known) if known else None,
    )  # fmt: skip


def _book_of(ws: Workspace, stored: Sequence[Stored], known: Known | None) -> str | None:
    """The book whose zone the entry is told in: its document's, else the one it stands in."""
    book = known.book if known else stored[0].book if stored else ""
    return book if book in ws.books else None


def _said(entry: TimeEntry) -> dict[str, Any]:
    """Every field that the source filled. What the person costs us is salary, and stays out of every report."""
    said = msgspec.to_builtins(entry)
    return {name: value for name, value in said.items() if value not in ("", None, [], ()) and name != "cost_rate"}


def _charge(staged: Staged, row: Stored) -> ChargeRow:
    money = None if row.value is None or not row.currency else from_minor(row.value, row.currency)
    return ChargeRow(
        entry=staged.ref, part=row.part, disposition=row.disposition, reason=row.says or row.reason, client=row.client,
        period=row.period or None, worked_on=staged.entry.worked_on, person=staged.entry.person, seconds=row.seconds,
        billed_seconds=row.billed_seconds, currency=row.currency, value=money,
        net=None if row.net is None else from_minor(row.net, row.currency), document=row.document, late=bool(row.late),
        notes=staged.entry.notes,
    )  # fmt: skip


def _revisions(read: Tx, staged: Staged) -> Iterator[Revised]:
    """What the source said before, oldest first, each with what the next one changed."""
    every = [*entries.revisions(read, staged.key), (staged.revision, staged.deleted, staged.entry)]
    for (revision, deleted, entry), (_, _, then) in pairwise(every):
        old, new = _said(entry), _said(then)
        changed = {name: (str(old.get(name, "")), str(new.get(name, ""))) for name in {**old, **new} if old.get(name) != new.get(name)}
        yield Revised(revision=revision, deleted=deleted, changed=changed)


def _all_ruled(made: Sequence[Decision], staged: Staged) -> Iterator[Ruled]:
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


# ---- rules ---------------------------------------------------------------------------------------------------------------------------


def _whys_of(now: Standing, stored: Sequence[Stored], claim: Claim | None, known: Known | None) -> tuple[Why, ...]:
    """The rules behind an entry's first charge. Of billed time those it was approved with, also when the files say otherwise now."""
    own = charges.whys(now.read, stored[0].why) if stored else ()
    if claim is None or known is None:
        return own
    line = _step_line(now.read, known, claim.line)
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


def _step_line(read: Tx, known: Known, line: int) -> StepLine | None:
    step = _step(read, known)
    return step.lines[line] if step is not None and line < len(step.lines) else None


def _because(ws: Workspace, read: Tx, whys: Iterable[Why], known: Known | None) -> tuple[Because, ...]:
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


def _matched(because: Iterable[Because]) -> Matched | None:
    found = next((one for one in because if one.rule == "client"), None)
    return Matched(file=found.file, line=found.line, rule=found.text) if found else None


def _rated(because: Sequence[Because], claims: Sequence[Claim], known: Known | None, price: Price | None) -> Rated | None:
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


def _roundings(because: Iterable[Because], stored: Iterable[Stored]) -> Iterator[Rounded]:
    """A person who said the hours has said them exactly: no rule rounded them."""
    rules = tuple(because)
    said = next((one for one in rules if one.rule == "decision" and one.text.startswith("bill")), None)
    rule = said or next((one for one in rules if one.rule == "rounding"), None)
    for row in stored:
        if row.billed_seconds or row.seconds:
            yield Rounded(
                what=f"part {row.part}: worked to billed time", before=f"{both(row.seconds)} h", after=f"{both(row.billed_seconds)} h",
                part=row.part, worked_seconds=row.seconds, billed_seconds=row.billed_seconds,
                rule=rule.text if rule else "no rule: as worked", file=rule.file if rule else "", line=rule.line if rule else 0,
            )  # fmt: skip


# ---- a document, a line --------------------------------------------------------------------------------------------------------------


def _document(ws: Workspace, now: Standing, known: Known) -> Explanation:
    claims, called = documents.claims_of(now.read, known.id), called_in(catalogue_of(now.read, known.book))
    lines = tuple(_line(now.read, known, index, claims, called) for index in range(len(known.target.lines)))
    return Explanation(
        head=head(ws, now, known.book, known.period), document=document_row(known), lines=lines, approved=_signed(now.read, known),
        decisions=tuple(_chosen(now.read, known)), choices=tuple(chosen_on(now.read, known)),
    )  # fmt: skip


def _chosen(read: Tx, known: Known) -> Iterator[Ruled]:
    """What people chose for a document that could not go on by itself; the latest holds."""
    made = choices.of_document(read, known.id)
    for one in made:
        yield Ruled(entry=known.number, decision=one.choice, argument="", why=one.why, who=one.who, at=one.at, holds=one is made[-1])


def _signed(read: Tx, known: Known) -> ApprovedBy | None:
    """Who approved the document as it stands, and what of the client's time was left out of it then."""
    one = _applied(read, known)
    return ApprovedBy(by=one.who, at=one.at, note=one.note, left_out=one.step.left_out) if one else None


def _rulings(read: Tx, known: Known, line: int) -> Iterator[Ruled]:
    """Decisions on the entries of a line."""
    decided = decisions.in_force(read)
    keys = dict.fromkeys(claim.entry for claim in documents.claims_of(read, known.id) if claim.line == line and claim.entry in decided)
    staged = entries.by_keys(read, list(keys))
    for key in keys:
        yield from _all_ruled(decided[key], staged[key])


def _one_line(ws: Workspace, now: Standing, known: Known, typed: str) -> Explanation:
    if not typed.isdigit() or not 1 <= int(typed) <= len(known.target.lines):
        raise ConfigError(
            f"has no line '{typed}'",
            to=known.number,
            next_step=f"Its lines are numbered from 1 to {len(known.target.lines)}.",
        )
    index = int(typed) - 1
    step_line = _step_line(now.read, known, index)
    line = _line(now.read, known, index, documents.claims_of(now.read, known.id), called_in(catalogue_of(now.read, known.book)))
    because = _because(ws, now.read, step_line.why if step_line else (), known)
    found = next((one for one in because if one.rule == "rate"), None)
    return Explanation(
        head=head(ws, now, known.book, known.period), line=line, document=document_row(known), because=because,
        matched_by=_matched(because), rounding=tuple(_line_roundings(line)), decisions=tuple(_rulings(now.read, known, index)),
        approved=_signed(now.read, known),
        rated_by=Rated(
            file=found.file, line=found.line, rate=line.price, rank=found.rank, currency=known.currency, text=found.text,
            multiplier=next((one.text for one in because if one.rule == "multiplier"), ""),
        ) if found else None,
    )  # fmt: skip


def _line(read: Tx, known: Known, index: int, claims: Sequence[Claim], called: Called) -> LineFacts:
    line, step_line = known.target.lines[index], _step_line(read, known, index)
    mine = [claim for claim in claims if claim.line == index]
    staged = entries.by_keys(read, list(dict.fromkeys(claim.entry for claim in mine)))
    return LineFacts(
        ref=f"{known.number}:{index + 1}", number=known.number, line=index + 1, description=line.description,
        service_from=line.service_from, service_to=line.service_to, billing_code=step_line.billing_code if step_line else "",
        target=called.target(line.target.kind, line.target.code), tax_code=called.tax(line.tax_code), tracking=called.tracking(line),
        quantity=line.quantity, price=line.price, product=multiply(line.quantity, line.price), net=line.net, currency=known.currency,
        charges=tuple(_claimed(read, staged[claim.entry], claim, known) for claim in mine),
    )  # fmt: skip


def _claimed(read: Tx, staged: Staged, claim: Claim, known: Known) -> ChargeRow:
    """The charge as it was billed, whatever its source says now. What is printed at 0.00 stays what it is."""
    free = () if claim.net else (row for row in charges.of_entry(read, staged.key) if row.part == claim.part)
    disposition = next((row.disposition for row in free), disposition_of(known))
    return ChargeRow(
        entry=staged.ref, part=claim.part, disposition=disposition, reason="", client=claim.client,
        period=claim.period or None, worked_on=staged.entry.worked_on, person=staged.entry.person, seconds=claim.seconds,
        billed_seconds=int(round_half_up(claim.billed, 0)), currency=claim.currency, value=claim.net, net=claim.net,
        document=known.number, notes=staged.entry.notes,
    )  # fmt: skip


def _line_roundings(line: LineFacts) -> Iterator[Rounded]:
    billed = sum(charge.billed_seconds for charge in line.charges)
    yield Rounded(
        what="billed time of the charges to the hours printed", before=f"{both(billed)} h", after=f"{both_of(line.quantity)} h",
        billed_seconds=billed, hours=line.quantity, rule="rounded once, half up, to hours_places",
    )  # fmt: skip
    yield Rounded(
        what="quantity x price to the net", before=f"{line.quantity} x {line.price} = {line.product:f}",
        after=f"{line.currency} {line.net}", rule="half up to the currency",
        hours=line.quantity, price=line.price, product=line.product, net=line.net, currency=line.currency,
    )  # fmt: skip
    shared = sum((charge.net or Decimal(0) for charge in line.charges), Decimal(0))
    yield Rounded(
        what="net shared out to the charges by billed time", before=f"{line.currency} {line.net}", after=f"{line.currency} {shared}",
        rule="largest remainder, then entry id; nothing is lost", net=line.net, shared=shared, currency=line.currency,
    )  # fmt: skip
