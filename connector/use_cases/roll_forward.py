"""Work in progress rolled forward, from what is stored.

Nothing remembers what yesterday's figures were, so every line is derived from the charges as they stand now:
- the billing period of a charge is the one stored with it: its document's, or the work month of what is on none;
- `opening` is what of earlier billing periods is unbilled today, and what the minimum carried from them into this one;
- `worked` is work of the period itself, whatever became of it; `late`, charges worked in an earlier period whose client's document for
  it was final already; a charge worked earlier without such a document was carried;
- `repriced` are held corrections: what edits and deletions after billing add to or take from billed time;
- `invoiced` is net on posted documents, `written_off` and `other` are at standard rate;
- for all time there is no earlier period: `opening` holds only what is carried today.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Literal

from connector.core.ledger import Known
from connector.core.minor import from_minor
from connector.core.periods import period_of, read_period
from connector.core.reconciliation import Movement, Wip, roll_forward
from connector.store.store import Tx
from connector.store.tallies import Moved, Scope, Tally, moved

Origin = Literal["own", "late", "carried"]


def roll(read: Tx, scope: Scope, tallies: Iterable[Tally], known: Iterable[Known]) -> dict[str, Wip]:
    """Currency → its roll-forward for the period asked for, or for all time. `tallies`: the book's, of every period."""
    final = {(document.book, document.client, document.period) for document in known if document.there}
    away = [one for one in moved(read, scope) if one.currency and _origin(one, final) != "own"]
    return roll_forward([*_whole(scope, tallies), *_apart(away, final)])


def _whole(scope: Scope, tallies: Iterable[Tally]) -> Iterator[Movement]:
    """Every charge as if it were worked in its own period."""
    first = read_period(scope.period).first if scope.period else date.min
    for tally in tallies:
        if not tally.currency or not tally.value:
            continue
        earlier = scope.period is not None and tally.period != scope.period
        if earlier and (not tally.period or read_period(tally.period).first >= first):
            continue
        yield Movement(
            currency=tally.currency,
            disposition=tally.disposition,
            amount=from_minor(tally.value, tally.currency),
            correction=bool(tally.correction),
            earlier=earlier,
        )


def _apart(away: Iterable[Moved], final: Collection[tuple[str, str, str]]) -> Iterator[Movement]:
    """Late and carried time, taken out of `worked` and put where it belongs."""
    for one in away:
        amount = from_minor(one.value, one.currency)
        yield Movement(currency=one.currency, disposition=one.disposition, amount=-amount)
        yield Movement(currency=one.currency, disposition=one.disposition, amount=amount, origin=_origin(one, final))


def _origin(one: Moved, final: Collection[tuple[str, str, str]]) -> Origin:
    period = read_period(one.period)
    day = date.fromisoformat(one.worked_on)
    if one.correction or day >= period.first:
        return "own"
    if one.late or (one.book, one.client, period_of(day, period.every).key) in final:
        return "late"
    return "carried"
