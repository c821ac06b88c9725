"""Credit notes: what a person chose to credit of a document, exactly as it was billed. Pure.

The charges stay claimed by the document that billed them until the credit note is confirmed; then they are free, and their time is billed
again as it is now, or not at all when it is gone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from connector.core.grouping import escape
from connector.core.layout import Layout
from connector.core.ledger import Claim, Known, Ledger, Settled
from connector.core.line_text import with_note
from connector.core.money import ZERO, multiply, places, round_half_up
from connector.core.number_series import against_number
from connector.core.rounding import EXACT, SECONDS_PER_HOUR
from connector.core.steps import Step, StepCharge, StepLine
from connector.core.values import BookFacts, Charge
from connector.model import Credited, Document, DocumentRef, Line

LayoutOf = Callable[[Charge], Layout | None]
Worked = tuple[date | None, Claim]


def is_credit_of(one: Known, known: Known) -> bool:
    """Whether a document is a credit note that takes some of another back."""
    of = one.target.credits
    return one.book == known.book and of is not None and of.ref == DocumentRef(known.kind, known.number)


def credit_steps(book: str, charges: Iterable[Charge], ledger: Ledger, facts: BookFacts, layout_of: LayoutOf) -> list[Step]:
    """One credit note for each document of which a person chose to credit something, and again for each that is to be made again."""
    chosen: dict[int, list[Charge]] = {}
    for charge in charges:
        if charge.chosen == "credit" and charge.corrects is not None and charge.book == book:
            chosen.setdefault(charge.corrects.document, []).append(charge)
    latest = {key: known for (name, key), known in ledger.latest().items() if name == book and known.kind == "credit_note"}
    steps = [_step(ledger.documents[number], found, ledger, facts, layout_of, latest) for number, found in chosen.items()]
    made = {step.key for step in steps}
    due = [(known, _credited_by(known, ledger)) for key, known in latest.items() if key not in made and _is_due_again(known)]
    return steps + [_again(known, of, facts) for known, of in due if of is None or not of.ended]


def _is_due_again(known: Known) -> bool:
    return known.chosen == "again" and bool(known.remote_id)


def _credited_by(note: Known, ledger: Ledger) -> Known | None:
    return next((known for known in ledger.documents.values() if is_credit_of(note, known)), None)


def _again(known: Known, of: Known | None, facts: BookFacts) -> Step:
    """Voided or deleted over there after it was confirmed: the same once more. Its charges are free already."""
    generation = known.generation + 1
    against = against_number(known.book, known.number, generation, facts.number_length_max)
    if of is not None and not of.there:
        against = f"{of.number} was {of.their_status} over there: choose for that document first"
    return Step(
        action="hold" if against else "credit", reason=against, book=known.book, key=known.key, generation=generation, client=known.client, period=known.period,
        document=replace(known.target, number="", mark=f"{known.key}#{generation}"), lines=tuple(_plain_line() for _ in known.target.lines),
        flags=(f"{known.number} was given up: made again",),
    )  # fmt: skip


def _plain_line() -> StepLine:
    return StepLine("", 0, ZERO, 0, ())


def _step(
    known: Known, charges: Sequence[Charge], ledger: Ledger, facts: BookFacts, layout_of: LayoutOf, latest: Mapping[str, Known]
) -> Step:
    confirmed = sum(is_credit_of(one, known) and bool(one.remote_id) for one in ledger.documents.values())
    key = f"{known.key}/credit={escape(known.number)}-{confirmed + 1}"
    before = latest.get(key)
    generation = before.generation + before.ended if before else 1
    pairs = [(charge, ledger.claims[charge.staged.key, charge.corrects.part]) for charge in charges if charge.corrects]
    numbers = {line: at for at, line in enumerate(sorted({claim.line for _, claim in pairs}))}
    by_line = {line: [(charge, claim) for charge, claim in pairs if claim.line == line] for line in numbers}
    lines = credited_lines(known.target, [(charge.staged.entry.worked_on, claim) for charge, claim in pairs])
    layout = next((found for charge in charges if (found := layout_of(charge)) is not None), None)
    chosen_on = max(settled.at for settled in _choices(charges, ledger))[:10]
    document = _document(known, key, generation, date.fromisoformat(chosen_on), lines)
    step = Step(
        action="credit", book=known.book, key=key, generation=generation, series=layout.options.series if layout else "",
        client=known.client, period=known.period, document=document, lines=tuple(_told(found) for found in by_line.values()),
        charges=tuple(_as_billed(charge, claim, numbers[claim.line]) for charge, claim in pairs), flags=_flags(known, facts),
        worked_from=min(line.service_from for line in lines), worked_to=max(line.service_to for line in lines),
    )  # fmt: skip
    reason = _against(known, before, document, facts, step)
    return replace(step, action="hold", reason=reason) if reason else step


def _choices(charges: Sequence[Charge], ledger: Ledger) -> list[Settled]:
    return [ledger.settled[charge.staged.key, charge.part] for charge in charges]


def _against(known: Known, before: Known | None, document: Document, facts: BookFacts, step: Step) -> str:
    """Why it cannot go now, "" where nothing is in the way."""
    lock = facts.catalogue.lock_date if facts.catalogue else None
    if known.in_doubt or (before is not None and before.in_doubt):
        return f"{(before or known).number} is in doubt: `hourbridge apply` resolves it first"
    if not known.there or known.touched:
        return f"{known.number} was {'changed' if known.there else known.their_status} over there: choose for that document first"
    if lock is not None and document.invoice_date <= lock:
        return f"book {known.book} is locked up to {lock}: choose again after that day"
    if document.net <= 0:
        return f"nothing was billed of it on {known.number}"
    if not step.series:
        return f"no number series: say `number:` for {known.client}"
    return ""


def _flags(known: Known, facts: BookFacts) -> tuple[str, ...]:
    flags = [f"credits {known.number}"]
    if known.theirs is not None and known.theirs.balance <= 0:
        flags.append(f"{known.number} is paid: the credit stays with the customer")
    if facts.catalogue is not None and facts.catalogue.applies_credits_by_itself:
        flags.append("the company puts credits against open invoices by itself")
    return tuple(flags)


def _document(known: Known, key: str, generation: int, on: date, lines: Sequence[Line]) -> Document:
    net = sum((line.net for line in lines), round_half_up(ZERO, places(known.currency)))
    return replace(
        known.target, kind="credit_note", number="", mark=f"{key}#{generation}", invoice_date=on, due_date=on, lines=tuple(lines), net=net,
        tax=None, gross=None, credits=Credited(DocumentRef(known.kind, known.number), known.remote_id),
    )  # fmt: skip


def credited_lines(document: Document, found: Sequence[Worked]) -> tuple[Line, ...]:
    """The lines that take claims back from a document, in its order; each claim with the day that was worked."""
    return tuple(
        _line(document.lines[number], document.currency, [one for one in found if one[1].line == number])
        for number in sorted({claim.line for _, claim in found})
    )


def _line(line: Line, currency: str, found: Sequence[Worked]) -> Line:
    """What was billed of these charges on one line: the line itself where all of it is credited, hours times its price where they make the
    amount, else 1 times the amount with the hours in the text.
    """
    digits = places(currency)
    net = sum((claim.net for _, claim in found), ZERO)
    if net == line.net:
        return line
    hours = round_half_up(EXACT.divide(sum((claim.billed for _, claim in found), ZERO), Decimal(SECONDS_PER_HOUR)), 2)
    amount = (
        net if line.net in (0, _whole(line, digits)) else round_half_up(EXACT.divide(multiply(net, _whole(line, digits)), line.net), digits)
    )
    days = [day for day, _ in found if day] or [line.service_from]
    tax = None if line.tax is None or not line.net else round_half_up(EXACT.divide(multiply(line.tax, net), line.net), digits)
    part = replace(line, net=net, tax=tax, service_from=min(days), service_to=max(days))
    if round_half_up(multiply(hours, line.price), digits) == amount and digits:
        return replace(part, quantity=hours)
    return replace(part, quantity=Decimal(1), price=amount, description=with_note(line.description, f"{hours:f} h"))


def _whole(line: Line, digits: int) -> Decimal:
    return round_half_up(multiply(line.quantity, line.price), digits)


def _told(found: Sequence[tuple[Charge, Claim]]) -> StepLine:
    charge = found[0][0]
    return StepLine(
        charge.terms.billing_code, sum(claim.seconds for _, claim in found), sum((claim.billed for _, claim in found), ZERO),
        len({claim.entry for _, claim in found}), tuple(dict.fromkeys(why for one, _ in found for why in one.why[-1:])),
    )  # fmt: skip


def _as_billed(charge: Charge, claim: Claim, line: int) -> StepCharge:
    """As it was billed, and bound to the entry as it is now: another edit makes it another question."""
    return StepCharge(
        claim.entry, claim.part, f"{charge.staged.source}:{charge.staged.entry.id}", charge.staged.revision, claim.seconds, claim.billed,
        claim.net, line, claim.client, claim.period,
    )  # fmt: skip
