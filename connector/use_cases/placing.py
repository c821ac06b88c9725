"""In which book and period an entry stands that is not staged as its source says it now: found with the same rules as for staged ones."""

from collections.abc import Sequence

from msgspec import Struct

from connector.core.dispositions import rule
from connector.core.layout import Layouts
from connector.core.matching import Matcher
from connector.core.values import Staged
from connector.model import TimeEntry
from connector.store import decisions, entries, tallies
from connector.store.fingerprints import billing_fingerprint
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace


class Differing(Struct, frozen=True):
    """An entry as its source says it now. `key` is the state's own number, below zero where it was never staged."""

    key: int
    source: str
    connection: str
    entry: TimeEntry


class Place(Struct, frozen=True):
    """Book, period ("" where the day cannot be read) and client ("" where none is matched)."""

    book: str
    period: str
    client: str


def places(ws: Workspace, read: Tx, differing: Sequence[Differing]) -> list[Place]:
    """In their order. What the files place as they did before stays where it stands: it may be late, on another period's document."""
    if not differing:
        return []
    before = entries.by_keys(read, [one.key for one in differing if one.key > 0])
    now = [_staged(one, before.get(one.key)) for one in differing]
    matched, was = _matched(ws, read, now), _matched(ws, read, list(before.values()))
    stands = tallies.places(read, list(before))
    found = []
    for one in differing:
        place, old = matched[one.key], was.get(one.key)
        if old is not None and (place.book, place.period) == (old.book, old.period) and one.key in stands:
            place = Place(*stands[one.key], place.client)
        found.append(place)
    return found


def _staged(one: Differing, before: Staged | None) -> Staged:
    """As the next pull would stage it: a fact that bills raises the revision, and decisions on the entry lapse."""
    revision = 1
    if before is not None:
        revision = before.revision + (before.deleted or billing_fingerprint(before.entry) != billing_fingerprint(one.entry))
    return Staged(key=one.key, source=one.source, connection=one.connection, revision=revision, entry=one.entry)


def _matched(ws: Workspace, read: Tx, staged: Sequence[Staged]) -> dict[int, Place]:
    """Key → where the files put the entry's first charge."""
    facts = ws.facts(read)
    ruled = rule(
        staged, Matcher(ws.mapping, facts), ws.mapping, facts, decisions.in_force(read), ws.now(),
        period_of=Layouts(ws.mapping, facts).period_of,
    )  # fmt: skip
    return {charge.staged.key: Place(charge.book, charge.period or "", charge.client) for charge in ruled if charge.part == 1}
