"""Counting afresh at the sources: what they say at this moment, beside what was staged. Stages nothing, keeps nothing."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from connector.errors import TransientError
from connector.ports import Window
from connector.reports.hours import both_exact
from connector.reports.values import Difference, SourceCount, TieOut
from connector.use_cases.workspace import Workspace

Counts = Mapping[tuple[str, str], tuple[int, int]]
"""(connection, client as the source names it) → (entries, seconds)."""


def recount(ws: Workspace) -> Counts:
    """Lists every source whole. Raises TransientError or AuthError where one cannot be listed to its end."""
    counts: dict[tuple[str, str], tuple[int, int]] = {}
    for name in ws.source_names:
        seen: set[str] = set()
        whole = False
        for page in ws.source(name).pages(Window(), None):
            for entry in page.entries:
                if entry.id not in seen:
                    count, seconds = counts.get((name, entry.client), (0, 0))
                    counts[name, entry.client] = (count + 1, seconds + entry.seconds)
            seen.update(entry.id for entry in page.entries)
            whole = page.is_last
        if not whole:
            raise TransientError("the listing ended without its last page", to=name, next_step="Nothing was counted; try again.")
    return counts


def beside(told: TieOut, counts: Counts) -> TieOut:
    """The tie-out with the sources' own figures of this moment; where they are not what was staged it does not tie."""
    staged = {(source.connection, source.client): source for source in told.sources}
    listed = {connection for connection, _ in counts}
    rows = [source for place, source in staged.items() if place[0] not in listed]
    rows += [
        SourceCount(connection=connection, client=client, count=count, seconds=seconds, complete=True)
        for (connection, client), (count, seconds) in counts.items()
    ]
    differences = (*told.differences, *_moved(staged, counts, listed))
    return replace(
        told, sources=tuple(sorted(rows, key=lambda row: (row.connection, row.client))), differences=differences,
        ties=told.ties and len(differences) == len(told.differences),
    )  # fmt: skip


def _moved(staged: Mapping[tuple[str, str], SourceCount], counts: Counts, listed: set[str]) -> Iterator[Difference]:
    for connection, client in sorted({place for place in staged if place[0] in listed} | set(counts)):
        source = staged.get((connection, client))
        ours = (source.count, source.seconds) if source else (0, 0)
        theirs = counts.get((connection, client), (0, 0))
        if ours != theirs:
            yield Difference(
                what=f"{connection}: {client or 'no client'}", ours=_said(*ours), theirs=_said(*theirs),
                cause="time changed at the source after the last pull", next_step="hourbridge pull, then reconcile again",
            )  # fmt: skip


def _said(count: int, seconds: int) -> str:
    return f"{count:,} entries, {both_exact(seconds)} h"
