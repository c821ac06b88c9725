"""Explain a document, or a line of one, as it was approved: its charges, the rule of its price, and every rounding."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from connector.core.ledger import Claim, Known, disposition_of
from connector.core.money import multiply, round_half_up
from connector.core.values import Staged
from connector.errors import ConfigError
from connector.reports.called import Called, called_in
from connector.reports.explanation import ChargeRow, Explanation, LineFacts, Rated, Rounded, Ruled
from connector.reports.hours import both, both_of
from connector.store import charges, choices, decisions, documents, entries
from connector.store.store import Tx
from connector.use_cases.made_choices import chosen_on
from connector.use_cases.paper import document_row
from connector.use_cases.reasons import all_ruled, because_of, matched_by, signed, step_line_of
from connector.use_cases.standing import Standing, head
from connector.use_cases.workspace import Workspace, catalogue_of


def document_explained(ws: Workspace, now: Standing, known: Known) -> Explanation:
    """A document with every line and every charge on it."""
    claims, called = documents.claims_of(now.read, known.id), called_in(catalogue_of(now.read, known.book))
    lines = tuple(_line(now.read, known, index, claims, called) for index in range(len(known.target.lines)))
    return Explanation(
        head=head(ws, now, known.book, known.period), document=document_row(known), lines=lines, approved=signed(now.read, known),
        decisions=tuple(_chosen(now.read, known)), choices=tuple(chosen_on(now.read, known)),
    )  # fmt: skip


def _chosen(read: Tx, known: Known) -> Iterator[Ruled]:
    """What people chose for a document that could not go on by itself; the latest holds."""
    made = choices.of_document(read, known.id)
    for one in made:
        yield Ruled(entry=known.number, decision=one.choice, argument="", why=one.why, who=one.who, at=one.at, holds=one is made[-1])


def line_explained(ws: Workspace, now: Standing, known: Known, typed: str) -> Explanation:
    """One line of a document; `typed` is its number as a person counts, from 1. Raises ConfigError where it has no such line."""
    if not typed.isdigit() or not 1 <= int(typed) <= len(known.target.lines):
        raise ConfigError(
            f"has no line '{typed}'",
            to=known.number,
            next_step=f"Its lines are numbered from 1 to {len(known.target.lines)}.",
        )
    index = int(typed) - 1
    step_line = step_line_of(now.read, known, index)
    line = _line(now.read, known, index, documents.claims_of(now.read, known.id), called_in(catalogue_of(now.read, known.book)))
    because = because_of(ws, now.read, step_line.why if step_line else (), known)
    found = next((one for one in because if one.rule == "rate"), None)
    return Explanation(
        head=head(ws, now, known.book, known.period), line=line, document=document_row(known), because=because,
        matched_by=matched_by(because), rounding=tuple(_line_roundings(line)), decisions=tuple(_rulings(now.read, known, index)),
        approved=signed(now.read, known),
        rated_by=Rated(
            file=found.file, line=found.line, rate=line.price, rank=found.rank, currency=known.currency, text=found.text,
            multiplier=next((one.text for one in because if one.rule == "multiplier"), ""),
        ) if found else None,
    )  # fmt: skip


def _line(read: Tx, known: Known, index: int, claims: Sequence[Claim], called: Called) -> LineFacts:
    line, step_line = known.target.lines[index], step_line_of(read, known, index)
    mine = [claim for claim in claims if claim.line == index]
    staged = entries.by_keys(read, list(dict.fromkeys(claim.entry for claim in mine)))
    return LineFacts(
        ref=f"{known.number}:{index + 1}", number=known.number, line=index + 1, description=line.description,
        service_from=line.service_from, service_to=line.service_to, billing_code=step_line.billing_code if step_line else "",
        target=called.target(line.target.kind, line.target.code), tax_code=called.tax(line.tax_code), tracking=called.tracking(line),
        quantity=line.quantity, price=line.price, product=multiply(line.quantity, line.price), net=line.net, currency=known.currency,
        charges=tuple(_claimed(read, staged[claim.entry], claim, known) for claim in mine),
    )  # fmt: skip


def _rulings(read: Tx, known: Known, line: int) -> Iterator[Ruled]:
    """Decisions on the entries of a line."""
    decided = decisions.in_force(read)
    keys = dict.fromkeys(claim.entry for claim in documents.claims_of(read, known.id) if claim.line == line and claim.entry in decided)
    staged = entries.by_keys(read, list(keys))
    for key in keys:
        yield from all_ruled(decided[key], staged[key])


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
