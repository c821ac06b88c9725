"""Counting afresh at the sources: what they say at this moment, beside what was staged. Stages nothing, keeps nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from msgspec import Struct
from msgspec.structs import replace

from connector.core.periods import read_period
from connector.errors import TransientError
from connector.model import TimeEntry
from connector.ports import DeclaresDeletions, Source, Window
from connector.reports.hours import both_exact
from connector.reports.tie_out import Aside, Difference, SourceCount, TieOut
from connector.store import entries, staging, tallies
from connector.store.store import Tx
from connector.store.tallies import Placed, Scope
from connector.use_cases.placing import Differing, Place, places
from connector.use_cases.standing import standing
from connector.use_cases.workspace import Workspace

NO_CLIENT, NO_DATE = "no client", "no date"
Counts = Mapping[tuple[str, str], tuple[int, int]]
"""(connection, client as the source names it) → (entries, seconds)."""


class Listed(Struct, frozen=True, kw_only=True):
    """What one connection lists now. `same` are the keys of entries that are staged exactly so, `differing` all others by their ids.
    `keeps`: an entry that is not listed is not gone, the source only does not list it any more.
    """

    connection: str
    number: int | None
    account: str
    same: set[int]
    differing: dict[str, TimeEntry]
    keeps: bool


class Recount(Struct, frozen=True, kw_only=True):
    """The sources' own figures for what was asked for, the connections that were listed, and what stands beside it."""

    counts: Counts
    connections: frozenset[str]
    aside: tuple[Aside, ...] = ()


# ---- listing -----------------------------------------------------------------------------------------------------------------


def list_afresh(ws: Workspace, scope: Scope) -> list[Listed]:
    """Lists every source, of the days that a period concerns. Raises TransientError or AuthError where one cannot be listed to its
    end.
    """
    window = _window(ws, scope)
    return [_list(ws, name, window) for name in ws.source_names]


def _window(ws: Workspace, scope: Scope) -> Window:
    """From the first to the last day of the period, and of all that stands in it: time worked earlier may be late on its documents.
    A day more at both ends: some sources have their own midnight.
    """
    if scope.period is None:
        return Window()
    with standing(ws) as now:
        stands = tallies.days(now.read, scope)
    period = read_period(scope.period)
    first, last = stands or (period.first, period.last)
    return Window(min(first, period.first) - timedelta(days=1), max(last, period.last) + timedelta(days=1))


def _list(ws: Workspace, name: str, window: Window) -> Listed:
    source = ws.source(name)
    account = source.account()
    with ws.store.snapshot() as read:
        number = entries.source_known(read, ws.kinds[name], account)
    listed = Listed(connection=name, number=number, account=account, same=set(), differing={}, keeps=_keeps(source))
    whole = False
    for page in source.pages(window, None):
        _beside_staged(ws, listed, page.entries)
        whole = page.is_last
    if not whole:
        raise TransientError("the listing ended without its last page", to=name, next_step="Nothing was counted; try again.")
    return listed


def _keeps(source: Source) -> bool:
    return (source.deletions() if isinstance(source, DeclaresDeletions) else source.traits.deletions) == "none"


def _beside_staged(ws: Workspace, listed: Listed, page: Sequence[TimeEntry]) -> None:
    """Only what differs is kept. A row that moved while its list was paged stands in it twice: the later one counts."""
    same: Mapping[str, int] = {}
    if listed.number is not None:
        with ws.store.snapshot() as read:
            same = staging.unchanged(read, listed.number, page)
    for entry in page:
        if entry.id in same:
            listed.same.add(same[entry.id])
            listed.differing.pop(entry.id, None)
        else:
            listed.differing[entry.id] = entry


# ---- counting ----------------------------------------------------------------------------------------------------------------


def recount(ws: Workspace, read: Tx, scope: Scope, listings: Sequence[Listed]) -> Recount:
    """What was listed, each entry in the book and period in which it stands. What is staged as it was listed stands where it is
    staged; what differs is matched with the same files.
    """
    listed = {one.connection: one for one in listings}
    keys = {one.connection: _keys(read, one) for one in listings}
    found = _fresh(ws, read, listings, keys)
    again = {place.key for place in found if place.key > 0}
    stands = [one for one in tallies.placed(read, scope) if _stands(one, listed.get(one.connection), again)]
    inside = [one for one in found if scope.whole or _is_in(scope, one)]
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for one in (*stands, *inside):
        count, seconds = counts.get((one.connection, one.said), (0, 0))
        counts[one.connection, one.said] = (count + 1, seconds + one.seconds)
    aside = () if scope.whole else tuple(_aside(scope, [*(one for one in tallies.nowhere(read) if one.key not in again), *found]))
    return Recount(counts=counts, connections=frozenset(listed), aside=aside)


def _keys(read: Tx, listed: Listed) -> dict[str, int]:
    return {} if listed.number is None else staging.keys_by_id(read, listed.number, list(listed.differing))


def _fresh(ws: Workspace, read: Tx, listings: Sequence[Listed], keys: Mapping[str, Mapping[str, int]]) -> list[Placed]:
    """Every entry that is not staged as it was listed, where the files put it. What nobody ever staged has a key below zero."""
    differing, unknown = [], 0
    for listed in listings:
        for entry in listed.differing.values():
            key = keys[listed.connection].get(entry.id)
            unknown -= key is None
            source = f"{ws.kinds[listed.connection]}:{listed.account}"
            differing.append(Differing(unknown if key is None else key, source, listed.connection, entry))
    return [_placed(one, place) for one, place in zip(differing, places(ws, read, differing), strict=True)]


def _placed(one: Differing, place: Place) -> Placed:
    return Placed(one.key, one.connection, one.entry.client, one.entry.seconds, place.book, place.period, place.client)


def _stands(one: Placed, listed: Listed | None, again: set[int]) -> bool:
    return listed is not None and one.key not in again and (listed.keeps or one.key in listed.same)


def _is_in(scope: Scope, one: Placed) -> bool:
    return scope.book in (None, one.book) and scope.period in (None, one.period)


def _aside(scope: Scope, nowhere: Sequence[Placed]) -> Iterator[Aside]:
    """What may be missed in a book or a period, by connection: time without a day, and of the period asked for time without a client."""
    sums: dict[tuple[str, str, bool, str], tuple[int, int]] = {}
    for one in nowhere:
        if one.period and (one.client or scope.period not in (None, one.period)):
            continue
        place = (one.connection, NO_CLIENT if one.period else NO_DATE, _is_in(scope, one), one.book)
        count, seconds = sums.get(place, (0, 0))
        sums[place] = (count + 1, seconds + one.seconds)
    for (connection, what, counted, book), (count, seconds) in sorted(sums.items()):
        yield Aside(connection=connection, what=what, count=count, seconds=seconds, counted=counted, book=book)


# ---- beside the tie-out --------------------------------------------------------------------------------------------------------


def beside(told: TieOut, found: Recount) -> TieOut:
    """The tie-out with the sources' own figures of this moment; where they are not what was staged it does not tie."""
    staged = {(source.connection, source.client): source for source in told.sources}
    rows = [source for place, source in staged.items() if place[0] not in found.connections]
    rows += [
        SourceCount(connection=connection, client=client, count=count, seconds=seconds, complete=True)
        for (connection, client), (count, seconds) in found.counts.items()
    ]
    differences = (*told.differences, *_moved(staged, found))
    return replace(
        told, sources=tuple(sorted(rows, key=lambda row: (row.connection, row.client))), differences=differences,
        ties=told.ties and len(differences) == len(told.differences), aside=found.aside,
    )  # fmt: skip


AGAIN = "hourbridge pull, then reconcile again"
GONE = "hourbridge pull --confirm, then reconcile again"
"""What to do: where entries came or changed, and where the source has fewer: what is gone is believed when two listings lack it."""


def _moved(staged: Mapping[tuple[str, str], SourceCount], found: Recount) -> Iterator[Difference]:
    for connection, client in sorted({place for place in staged if place[0] in found.connections} | set(found.counts)):
        source = staged.get((connection, client))
        ours = (source.count, source.seconds) if source else (0, 0)
        theirs = found.counts.get((connection, client), (0, 0))
        if ours != theirs:
            yield Difference(
                what=f"{connection}: {client or 'no client'}", ours=_said(*ours), theirs=_said(*theirs),
                cause="time changed at the source after the last pull", next_step=AGAIN if theirs[0] >= ours[0] else GONE,
            )  # fmt: skip


def _said(count: int, seconds: int) -> str:
    return f"{count:,} entries, {both_exact(seconds)} h"
