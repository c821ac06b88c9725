"""Pulling: what changed is read, once a day everything that is still open; then every charge's disposition is stored.

A connection that fails stops by itself and is told; the others go on. Nothing is inferred from a partial, failed or suddenly empty listing.
"""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from connector.errors import AWAY, HourbridgeError, StateError
from connector.ports import Cursor, ProbesScope, Window
from connector.store import mapping_texts, troubles
from connector.store.staging import Stagings
from connector.use_cases import listing
from connector.use_cases.absence import look_for_absent, settle
from connector.use_cases.catalogue import CATALOGUE_HOURS, read_catalogue
from connector.use_cases.listing import Reading, Standing
from connector.use_cases.look import look
from connector.use_cases.picture import holds_or_refused, refresh
from connector.use_cases.resolve import resolve
from connector.use_cases.told import Told, error_of
from connector.use_cases.unmatched import note
from connector.use_cases.workspace import Workspace


class Asked(Struct, frozen=True, kw_only=True):
    """What a person or the clock wants of a pull."""

    window: Window
    full: bool
    confirm: bool
    forced: str


class Pulled(Struct):
    """What one pull did, for the report: per connection what was staged, per book what the look found, and what failed. `partial`:
    connections whose credential sees only a part, and which.
    """

    connections: dict[str, Stagings] = msgspec.field(default_factory=dict)
    warnings: list[tuple[str, str]] = msgspec.field(default_factory=list)
    failures: list[tuple[str, HourbridgeError]] = msgspec.field(default_factory=list)
    charges_written: int = 0
    partial: dict[str, str] = msgspec.field(default_factory=dict)


def pull(
    ws: Workspace,
    *,
    only: Sequence[str] = (),
    window: Window | None = None,
    full: bool = False,
    confirm: bool = False,
    books: bool = True,
    forced: str = "",
    mended_hours: float = 0.0,
) -> Pulled:
    """Reads every source (or `only` some), then what changed in every book, and stores dispositions and prices.

    `full` lists everything again, not only what changed; `confirm` lists it twice, so that what is gone may count as deleted.
    `forced`: a person's reason to believe a listing that lacks many entries; it is kept in the audit log. `mended_hours`: while a
    document is held or was refused, a catalogue older than this is read again: what was wrong over there may have been mended.
    """
    pulled = stage(ws, only=only, asked=Asked(window=window or Window(), full=full, confirm=confirm, forced=forced))
    if books:
        for name in ws.books:
            _guarded(pulled, name, lambda name=name: _read_book(ws, name, pulled, mended_hours))  # type: ignore[misc]
            troubles.keep_for_book(ws.store, name, *_trouble(pulled, name))
    pulled.charges_written = match_and_price(ws)
    return pulled


def read_book(ws: Workspace, name: str, *, mended_hours: float = CATALOGUE_HOURS) -> Pulled:
    """One book without the sources: what changed over there is read, and dispositions and prices are stored.

    Raises TransientError, AuthError or RejectedError where nothing can be read there now.
    """
    pulled = Pulled()
    try:
        _read_book(ws, name, pulled, mended_hours)
    except AWAY as error:
        troubles.keep_for_book(ws.store, name, str(error), error.exit_code)
        raise
    troubles.keep_for_book(ws.store, name, "", 0)
    pulled.charges_written = match_and_price(ws)
    return pulled


def match_and_price(ws: Workspace) -> int:
    """Stores every charge's disposition and price with the mapping texts they follow from; returns the rows written."""
    with ws.store.begin() as tx:
        mapping_texts.keep(tx, ws.mapping, ws.now())
    ws.tell("matching and pricing")
    return refresh(ws, note)


def stage(ws: Workspace, asked: Asked, *, only: Sequence[str] = ()) -> Pulled:
    """Reads every source (or `only` some) into the staged entries, with their history and the audit log; nothing is matched or priced."""
    pulled = Pulled()
    for name in only or ws.source_names:
        _guarded(pulled, name, lambda name=name: _pull_one(ws, name, asked, pulled))  # type: ignore[misc]
        _keep_trouble(ws, pulled, name)
    return pulled


def _guarded(pulled: Pulled, name: str, work: Callable[[], None]) -> None:
    """One connection's trouble is its own, whatever it is; the state's is everybody's."""
    try:
        work()
    except StateError:
        raise
    except HourbridgeError as error:
        pulled.failures.append((name, error))


def _keep_trouble(ws: Workspace, pulled: Pulled, name: str) -> None:
    """A listing that did not end, or one of a part only: reports say that this connection's figures are not whole, until one is."""
    trouble, code = _trouble(pulled, name)
    if not trouble and name in pulled.partial:
        trouble, code = pulled.partial[name], troubles.SEES_A_PART
    if trouble:
        troubles.keep_for_connection(ws.store, name, ws.kinds[name], trouble, code)


def _trouble(pulled: Pulled, name: str) -> tuple[str, int]:
    """What went wrong last with this connection or book, and who must act; nothing: ("", 0)."""
    return next(((str(error), error.exit_code) for failed, error in reversed(pulled.failures) if failed == name), ("", 0))


def _read_book(ws: Workspace, name: str, pulled: Pulled, mended_hours: float) -> None:
    with ws.store.snapshot() as read:
        hours = mended_hours if holds_or_refused(read, name) else CATALOGUE_HOURS
    with ws.lease(f"book:{name}") as lease:
        read_catalogue(ws, name, lease, hours=hours)
        told = Told()
        resolve(ws, name, lease, told)
        pulled.warnings += [(name, f"{number}: {why}") for number, why in told.held + told.doubt]
        if told.stopped:
            raise error_of(told)
        look(ws, name, lease)


def _pull_one(ws: Workspace, name: str, asked: Asked, pulled: Pulled) -> None:
    source = ws.source(name)
    scope = source.probe() if isinstance(source, ProbesScope) else None
    if scope is not None and scope.partial:
        pulled.partial[name] = f"sees only a part: {scope.partial}"
        pulled.warnings.append((name, pulled.partial[name]))
    with ws.lease(f"connection:{name}") as lease:
        reading, standing = listing.start(ws, name, source, lease, scope=scope, forced=asked.forced)
        done = pulled.connections.setdefault(name, Stagings())
        if asked.window != Window():
            _list_window(reading, asked.window, done)
        elif source.traits.changes == "window_only" or standing.cursor is None:
            for again in range(2 if asked.confirm else 1):
                _list_all(reading, Window(), standing, pulled, confirmed=again > 0)
        else:
            _list_changes(reading, standing.cursor, done)
            if asked.full or asked.confirm or listing.is_relisting_due(ws, standing):
                window = listing.window_to_list_again(reading, standing, full=asked.full)
                for again in range(2 if asked.confirm else 1):
                    _list_all(reading, window, standing, pulled, confirmed=again > 0)


def _list_window(reading: Reading, window: Window, done: Stagings) -> None:
    """What a person asked for: it is staged, and nothing else follows from it; the cursor stays for everything else."""
    done.add(listing.read(reading, window, None).done)


def _list_changes(reading: Reading, cursor: Cursor, done: Stagings) -> None:
    changes = listing.read_changes(reading, cursor)
    with reading.ws.store.begin(reading.lease) as tx:
        listing.close(tx, reading, cursor=changes.cursor, full=False)
    done.add(changes.done)


def _list_all(reading: Reading, window: Window, standing: Standing, pulled: Pulled, *, confirmed: bool) -> None:
    """Everything in the window. The cursor of a listing that had none before is saved with it; else only changes move it."""
    found = listing.read(reading, window, None)
    absence = look_for_absent(reading, found, window, confirmed=confirmed)
    with reading.ws.store.begin(reading.lease) as tx:
        found.done.add(settle(tx, reading, absence))
        full = listing.counts_as_full(reading, found, standing, confirmed=confirmed)
        moves = standing.cursor is None or reading.source.traits.changes == "window_only"
        listing.close(tx, reading, cursor=found.cursor if moves else None, full=full)
    pulled.warnings += [(reading.name, warning) for warning in absence.warnings]
    pulled.connections[reading.name].add(found.done)
