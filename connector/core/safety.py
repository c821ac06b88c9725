"""The bounds that stop a plan rather than send it: too many documents, too much money, too many changes at once."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from connector.core.durations import HOUR_S, both
from connector.core.ledger import Known
from connector.core.mapping import Safety
from connector.core.rulings import says_hours
from connector.core.steps import Step

Place = tuple[str, str, str]
"""Client, currency and period."""


def unsafe(steps: Sequence[Step], known: Iterable[Known], safety: Safety) -> Iterator[str]:
    """The safety bounds that this plan breaks, as sentences."""
    live = [document for document in known if document.there and document.kind == "invoice"]
    if safety.documents_per_client_and_period is not None:
        yield from _too_many(steps, live, safety.documents_per_client_and_period)
    if safety.client_total_over_last_month is not None:
        yield from _totals_over(steps, live, safety.client_total_over_last_month)
    if safety.changed_documents_percent is not None:
        yield from _too_many_changed(steps, live, safety.changed_documents_percent)
    if safety.decided_over_worked is not None:
        yield from _billed_far_more(steps, live, safety.decided_over_worked)


def _too_many(steps: Sequence[Step], live: Sequence[Known], bound: int) -> Iterator[str]:
    made = [(step.client, step.period) for step in steps if step.action == "create"]
    counts: dict[tuple[str, str], int] = {}
    for place in made + [(document.client, document.period) for document in live]:
        counts[place] = counts.get(place, 0) + 1
    for client, period in sorted(set(made)):
        if (count := counts[client, period]) > bound:
            yield f"{client} would have {count} documents for {period} (bound: {bound})"


def _totals_over(steps: Sequence[Step], live: Sequence[Known], times: Decimal) -> Iterator[str]:
    """A client's total for a period, with all that stands there already, against the newest period before it. Only a total that the
    plan raises is held to the bound.
    """
    before, after = _totals(live, ()), _totals(live, steps)
    for (client, currency, period), net in sorted(after.items()):
        earlier = [(place[2], total) for place, total in after.items() if place[:2] == (client, currency) and place[2] < period]
        last = max(earlier)[1] if earlier else Decimal(0)
        if last > 0 and net > times * last and net > before.get((client, currency, period), Decimal(0)):
            yield f"{client}: {currency} {net} for {period} is more than {times} times the period before ({last})"


def _totals(live: Sequence[Known], steps: Sequence[Step]) -> dict[Place, Decimal]:
    """What stands there once these steps are done."""
    replaced = {step.key for step in steps if step.action in ("update", "void")}
    nets = [((document.client, document.currency, document.period), document.net) for document in live if document.key not in replaced]
    nets += [
        ((step.client, step.document.currency, step.period), step.document.net)
        for step in steps
        if step.document is not None and step.action in ("create", "update")
    ]
    totals: dict[Place, Decimal] = {}
    for place, net in nets:
        totals[place] = totals.get(place, Decimal(0)) + net
    return totals


def _too_many_changed(steps: Sequence[Step], live: Sequence[Known], bound: Decimal) -> Iterator[str]:
    """One change is never too many."""
    changed = sum(step.action in ("update", "void") for step in steps)
    if changed > 1 and Decimal(100 * changed) > bound * len(live):
        yield f"{changed} of {len(live)} documents would change ({Decimal(100 * changed) / len(live):.0f}%; bound: {bound}%)"


def _billed_far_more(steps: Sequence[Step], live: Sequence[Known], times: Decimal) -> Iterator[str]:
    """Hours that a person said and that are far more than were worked: a slip of the keyboard looks like this. A line that stands over
    there already was looked at before.
    """
    standing = {document.key: document.target.lines for document in live}
    for step in steps:
        if step.document is None or not step.may_be_approved or step.action in ("void", "credit"):
            continue
        for charge in step.charges:
            far_more = charge.billed > times * charge.seconds and charge.billed > charge.seconds + HOUR_S
            if far_more and says_hours(step.lines[charge.line].why) and step.document.lines[charge.line] not in standing.get(step.key, ()):
                yield f"{step.client}: {charge.ref} is decided to be billed {both(charge.billed)} h, and {both(charge.seconds)} h were worked"
