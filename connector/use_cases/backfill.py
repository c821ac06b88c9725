"""Backfill: historic windows of days, read in chunks that can be resumed; with marks, what was billed elsewhere at the cut-over.

A chunk is staged like any listing, and nothing else follows from it: no cursor moves and nothing is taken for deleted. How far it came
is stored with each chunk, so that the same command goes on where it stopped, for want of budget or by death.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta

import msgspec
from msgspec import Struct

from connector.core.periods import month_end
from connector.errors import ConfigError, HourbridgeError, StateError, UnsafePlanError
from connector.ports import ProbesScope, Window
from connector.store import audit, backfills, entries, marks
from connector.store.backfills import Asked
from connector.store.staging import Stagings
from connector.store.store import Tx
from connector.use_cases import listing
from connector.use_cases.pull import match_and_price
from connector.use_cases.workspace import Workspace

SHOWN_MAX = 5


class Marking(Struct, frozen=True):
    """Who says that a window was billed elsewhere, and why."""

    who: str
    why: str


class Filled(Struct):
    """What became of one connection: chunks read by now of all there are, and what was staged and marked in this run. `error` is why it
    stopped before its end.
    """

    chunks: int = 0
    of: int = 0
    staged: Stagings = msgspec.field(default_factory=Stagings)
    marked: int = 0
    error: HourbridgeError | None = None

    @property
    def ended(self) -> bool:
        return self.chunks == self.of


Advance = Callable[[str, Filled], None]
"""Told of a connection after each of its chunks, and once before the first."""


def backfill(
    ws: Workspace,
    since: date,
    until: date,
    *,
    only: Sequence[str] = (),
    marking: Marking | None = None,
    advance: Advance = lambda _name, _filled: None,
) -> dict[str, Filled]:
    """Reads the days of every connection (or `only` some), both ends included. One connection's trouble is its own. Those that an earlier
    run of the same read to their end are left out while others are not at theirs.

    Raises ConfigError for days that are none, UnsafePlanError before anything is read where time to be marked is on documents of ours.
    """
    _refuse_days(ws, since, until)
    names = tuple(only) or ws.source_names
    if marking is not None:
        _refuse_ours(ws, names, since, until)
    filled: dict[str, Filled] = {}
    asked = [Asked(connection=name, since=since, until=until, marks=marking is not None) for name in names]
    for one in _unfinished(ws, asked):
        found = filled[one.connection] = Filled()
        try:
            _fill(ws, one, found, marking, advance)
        except StateError:
            raise
        except HourbridgeError as error:
            found.error = error
    match_and_price(ws)
    return filled


def unmark(ws: Workspace, since: date, until: date, *, only: Sequence[str] = (), marking: Marking) -> int:
    """Takes the marks of a window back: its time is matched and priced like any other again. Returns how many there were."""
    names = tuple(only) or ws.source_names
    with ws.store.begin() as tx:
        taken = 0
        for name in names:
            taken += (count := marks.unmark(tx, [name], since, until))
            _note(ws, tx, name, "unmarked", since, until, count, marking)
    match_and_price(ws)
    return taken


# ---- what is refused -----------------------------------------------------------------------------------------------------------------


def _refuse_days(ws: Workspace, since: date, until: date) -> None:
    if until < since:
        raise ConfigError(f"ends on {until} before it begins", to=f"backfill from {since}", next_step="Give --from the earlier day.")
    today = ws.now().date() + timedelta(days=1)  # in some zone it is tomorrow
    if until > today:
        raise ConfigError(f"{until} has not come yet", to="backfill", next_step="End it today at the latest; what comes is pulled.")


def _refuse_ours(ws: Workspace, names: Sequence[str], since: date, until: date) -> None:
    """Time on a document of ours was billed by us: a window that holds some is the wrong window."""
    with ws.store.snapshot() as read:
        ours = [(name, number) for name in names for number in marks.find(read, name, since, until).ours]
    if ours:
        raise _is_ours(ours)


def _is_ours(ours: Sequence[tuple[str, str]]) -> UnsafePlanError:
    shown = ", ".join(dict.fromkeys(number for _, number in ours[:SHOWN_MAX]))
    more = f" and {len(ours) - SHOWN_MAX} more" if len(ours) > SHOWN_MAX else ""
    return UnsafePlanError(
        f"time of these days is on documents of ours: {shown}{more}", to=", ".join(dict.fromkeys(name for name, _ in ours)),
        next_step="Nothing of them was marked as billed elsewhere. Choose a window that ends before, or void those documents first.",
    )  # fmt: skip


# ---- one connection ------------------------------------------------------------------------------------------------------------------


def _unfinished(ws: Workspace, asked: Sequence[Asked]) -> list[Asked]:
    """Those that are not at their end; all of them, from the beginning, where every one is."""
    with ws.store.snapshot() as read:
        left = [one for one in asked if not backfills.progress(read, one).ended]
    with ws.store.begin() as tx:
        for one in left or asked:
            if not left or backfills.progress(tx, one).done_until is None:
                backfills.start(tx, one, ws.now())
    return left or list(asked)


def _fill(ws: Workspace, asked: Asked, filled: Filled, marking: Marking | None, advance: Advance) -> None:
    name = asked.connection
    source = ws.source(name)
    # A source that cannot be asked for what changed is a file, which is read whole whatever the window.
    chunks = [(asked.since, asked.until)] if source.traits.changes == "window_only" else list(months(asked.since, asked.until))
    with ws.store.snapshot() as read:
        done_until = backfills.progress(read, asked).done_until
    left = [chunk for chunk in chunks if done_until is None or chunk[1] > done_until]
    filled.of, filled.chunks = len(chunks), len(chunks) - len(left)
    advance(name, filled)
    scope = source.probe() if isinstance(source, ProbesScope) else None
    with ws.lease(f"connection:{name}") as lease:
        reading, _ = listing.start(ws, name, source, lease, scope=scope, forced="")
        for first, last in left:
            ws.may_go_on(name)
            ws.store.renew_lease(lease)
            found = listing.read(reading, Window(first, last), None)
            filled.staged.add(found.done)
            filled.marked += _close(ws, asked, first, last, found.seen.count, marking)
            filled.chunks += 1
            advance(name, filled)


def months(since: date, until: date) -> Iterator[tuple[date, date]]:
    """The days in chunks of a calendar month, the first and the last cut where the window is."""
    while since <= until:
        last = min(month_end(since), until)
        yield since, last
        since = last + timedelta(days=1)


def _close(ws: Workspace, asked: Asked, first: date, last: date, read: int, marking: Marking | None) -> int:
    """The chunk was read to its end: its marks and how far it came are stored in one transaction. No book may be sending meanwhile."""
    with ExitStack() as held:
        for book in ws.books if marking is not None else ():
            held.enter_context(ws.lease(f"book:{book}"))
        with ws.store.begin() as tx:
            marked = 0
            if marking is not None:
                found = marks.find(tx, asked.connection, first, last)
                if found.ours:
                    raise _is_ours([(asked.connection, number) for number in found.ours])
                marked = marks.mark(tx, asked.connection, first, last, why=marking.why, who=marking.who, at=ws.now())
                _note(ws, tx, asked.connection, "marked", first, last, marked, marking)
            backfills.advance(tx, asked, last, read, ws.now())
    return marked


def _note(ws: Workspace, tx: Tx, name: str, what: str, since: date, until: date, count: int, marking: Marking) -> None:
    if not count:
        return
    entries.note_change(tx)
    audit.append(
        tx, f"connection:{name}", ws.now(), what,
        {"from": since.isoformat(), "to": until.isoformat(), "entries": count, "why": marking.why, "who": marking.who, "run": ws.run},
    )  # fmt: skip
