"""Why a document must not go, and what finance should see before it signs. Every reason says what to do next."""

from collections.abc import Iterator
from decimal import Decimal

from connector.core.directory import Directory, Payer
from connector.core.durations import both
from connector.core.grouping import Group
from connector.core.known import Known
from connector.core.layout import Layout
from connector.core.mapping import TermsOfPayment
from connector.core.money import places
from connector.core.periods import day_text
from connector.core.rulings import says_hours
from connector.core.terms_of_payment import HOW_TO_WRITE, read_terms
from connector.core.values import LeftOut

MORE_MAX = 5
"""A flag names so many entries; the rest are counted."""
INCOMPLETE = "incomplete: "
"""How the one reason begins that `approve --only` may override."""

NO_PO = "requires a PO and there is none"
"""What the reason says where a required PO is missing."""


def terms_of(layout: Layout, payer: Payer) -> tuple[TermsOfPayment | None, str]:
    """Bill-to > client > customer over there > `terms_if_none` > held."""
    options, book = layout.options, layout.book
    if options.terms and options.terms.kind != "customer":
        return options.terms, ""
    theirs = payer.known.terms if payer.known else ""
    said = read_terms(theirs) if theirs else options.terms_if_none
    if said and said.kind != "customer":
        return said, ""
    if theirs:
        return (
            None,
            f"the terms {theirs!r} of the customer {payer.name} in book {book} are not understood: say `terms:` ({HOW_TO_WRITE})",
        )
    return (
        None,
        f"no terms of payment: the customer {payer.name} has none in book {book}; say `terms:` or `terms_if_none:` in clients.yaml",
    )


def holds(group: Group, directory: Directory, payer: Payer, net: Decimal, left_out: LeftOut) -> Iterator[str]:
    """Every reason to hold a document, "" among them."""
    yield directory.unread
    yield payer.problem
    yield terms_of(group.layout, payer)[1]
    yield from _book_problems(directory, group)
    yield from _group_problems(group, net)
    if group.layout.options.incomplete == "hold" and left_out.entries:
        yield _incomplete(group, left_out)


def _book_problems(directory: Directory, group: Group) -> Iterator[str]:
    options, facts, currency = group.layout.options, directory.facts, group.parts.currency
    yield directory.currency_problem(currency)
    if not currency:
        yield f"no currency: say `currency:` in the defaults of book {facts.name}"
    elif places(currency) > facts.amount_places:
        yield f"{currency} has {places(currency)} decimals, book {facts.name} takes {facts.amount_places}: this document cannot be sent there"
    if not options.series:
        yield f"no number series: say `number:` in the defaults of book {facts.name}"
    lock = directory.lock_date
    if lock and options.invoice_date <= lock:
        yield (
            f"book {facts.name} is locked up to {day_text(lock)} and this document is dated {day_text(options.invoice_date)}: "
            "move the lock date over there and run `hourbridge pull`, or change `invoice_date:`"
        )


def _group_problems(group: Group, net: Decimal) -> Iterator[str]:
    options, client = group.layout.options, group.layout.party.client
    if not group.parts.po and any(heap.layout.po_required for heap in group.heaps.values()):
        yield f"{client.key} {NO_PO} for the days worked: say `po:` at {client.where}"
    if group.late_held:
        yield f"late time for {group.period.key}, whose document is final: say `late_time: next_document` or `own_document` at {client.where}"
    if not net and options.net_zero == "hold":
        yield "the net is zero: say `net_zero: send` if the book is to send such documents"
    if net < 0:
        yield (
            "the net is below zero and no credit note is made by itself: choose `credit` where time was billed wrongly "
            "(`hourbridge corrections`), or say `net_negative: carry`"
        )


def _incomplete(group: Group, left_out: LeftOut) -> str:
    entries = "1 entry" if left_out.entries == 1 else f"{left_out.entries} entries"
    return (
        f"{INCOMPLETE}{group.layout.party.client.key} still has {entries} of {both(left_out.seconds)} h unmatched, "
        f"pending or held in {group.period.key}: clear them (`hourbridge unmatched`), approve with `--only`, or say `incomplete: send`"
    )


def flags(group: Group, payer: Payer, left_out: LeftOut, known: Known) -> Iterator[str]:
    """What finance should see before it signs; none of these stops a document."""
    customers = known.billed_customers
    if not group.parts.po and any(heap.layout.po_required for heap in group.heaps.values()):
        yield "PO missing"
    if customers is not None and (group.layout.book, payer.id) not in customers:
        yield "first invoice to this customer"
    if _rate_changed(group):
        yield "rate changed in period"
    if any(heap.late for heap in group.heaps.values()):
        yield "late time"
    corrected = {charge.corrects.number for heap in group.heaps.values() if heap.late for charge in heap.charges if charge.corrects}
    if corrected:
        yield f"corrects {', '.join(sorted(corrected))}"
    yield from sorted({f"carried from {heap.origin}" for heap in group.heaps.values() if heap.origin and not heap.late})
    yield from _more_than_worked(group)
    if left_out.entries:
        yield "incomplete: sent" if group.layout.options.incomplete == "send" else "incomplete"
    if group.key in known.touched:
        yield "touched over there"
    if payer.known and payer.known.balance_overdue:
        yield "overdue balance"
    if payer.known and payer.known.currency not in ("", group.parts.currency):
        yield f"the customer's currency is {payer.known.currency}"


def _more_than_worked(group: Group) -> Iterator[str]:
    """Hours that a person decided to bill, and that nobody worked."""
    charges = [charge for heap in group.heaps.values() for charge in heap.charges if charge.billed > max(charge.seconds, 0)]
    more = [charge for charge in charges if says_hours(charge.why)]
    if more:
        said = ", ".join(f"{charge.staged.ref} {both(charge.billed)} h of {both(charge.seconds)} h" for charge in more[:MORE_MAX])
        yield f"more billed than worked, as decided: {said}" + (f" and {len(more) - MORE_MAX:,} more" if len(more) > MORE_MAX else "")


def _rate_changed(group: Group) -> bool:
    """Whether the same person's same work has two prices among the time of this period itself."""
    rates: dict[tuple[str, str, str], Decimal] = {}
    for heap in group.heaps.values():
        for charge in heap.charges if not heap.origin else ():
            price = charge.price or charge.terms.price
            if charge.disposition == "ready" and price:
                what = (charge.terms.person, charge.terms.work_type, charge.terms.project)
                if rates.setdefault(what, price.rate) != price.rate:
                    return True
    return False
