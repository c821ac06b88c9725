"""Pulling: every page is staged in one transaction, the cursor with the last; then every charge's disposition is stored.

A connection that fails stops by itself and is told; the others go on. Nothing is inferred from a partial, failed or suddenly empty listing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from connector.errors import AuthError, HourbridgeError, StateError, TransientError, UnsafePlanError
from connector.ports import DeclaresDeletions, Page, ProbesScope, Source, Window
from connector.store import audit, entries, mapping_texts
from connector.store.entries import Stagings
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.look import look, read_catalogue
from connector.use_cases.picture import holds_or_refused, refresh
from connector.use_cases.push import Told
from connector.use_cases.resolve import resolve
from connector.use_cases.unmatched import note
from connector.use_cases.workspace import CATALOGUE_HOURS, Workspace

VANISHED_PERCENT_MAX = 20
VANISHED_FLOOR = 10
BETWEEN_LISTINGS = timedelta(minutes=10)


class Pulled(Struct):
    """What one pull did, for the report: per connection what was staged, per book what the look found, and what failed."""

    connections: dict[str, Stagings] = msgspec.field(default_factory=dict)
    warnings: list[tuple[str, str]] = msgspec.field(default_factory=list)
    failures: list[tuple[str, HourbridgeError]] = msgspec.field(default_factory=list)
    charges_written: int = 0


def pull(
    ws: Workspace,
    *,
    only: Sequence[str] = (),
    window: Window | None = None,
    confirm: bool = False,
    books: bool = True,
    forced: str = "",
    mended_hours: float = 0.0,
) -> Pulled:
    """Reads every source (or `only` some), then what changed in every book, and stores dispositions and prices.

    `forced`: a person's reason to believe a listing that lacks many entries; it is kept in the audit log. `mended_hours`: while a
    document is held or was refused, a catalogue older than this is read again: what was wrong over there may have been mended.
    """
    pulled = Pulled()
    for name in only or ws.source_names:
        _guarded(pulled, name, lambda name=name: _pull_one(ws, name, window or Window(), pulled, confirm=confirm, forced=forced))  # type: ignore[misc]
        _keep_trouble(ws, pulled, name)
    if books:
        for name in ws.books:
            _guarded(pulled, name, lambda name=name: _read_book(ws, name, pulled, mended_hours))  # type: ignore[misc]
    with ws.store.begin() as tx:
        mapping_texts.keep(tx, ws.mapping, ws.now())
    ws.tell("matching and pricing")
    pulled.charges_written = refresh(ws, note)
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
    """A listing that did not end: reports say that this connection's figures may not be whole, until one does."""
    said = [str(error) for failed, error in pulled.failures if failed == name]
    if said:
        with ws.store.begin() as tx:
            tx.exec_driver_sql(
                "INSERT INTO connections (name, kind, trouble) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET trouble = excluded.trouble",
                (name, ws.kinds[name], said[-1]),
            )


def _read_book(ws: Workspace, name: str, pulled: Pulled, mended_hours: float) -> None:
    with ws.store.snapshot() as read:
        hours = mended_hours if holds_or_refused(read, name) else CATALOGUE_HOURS
    with ws.lease(f"book:{name}") as lease:
        read_catalogue(ws, name, lease, hours=hours)
        told = Told()
        resolve(ws, name, lease, told)
        pulled.warnings += [(name, f"{number}: {why}") for number, why in told.held + told.doubt]
        if told.stopped:
            raise (AuthError if told.stopped_why == "auth" else TransientError)(told.stopped)
        look(ws, name, lease)


def _pull_one(ws: Workspace, name: str, window: Window, pulled: Pulled, *, confirm: bool, forced: str) -> None:
    source = ws.source(name)
    if isinstance(source, ProbesScope) and (partial := source.probe().partial):
        pulled.warnings.append((name, f"sees only a part: {partial}"))
    with ws.lease(f"connection:{name}") as lease:
        for _ in range(2 if confirm else 1):
            done = _list(ws, name, source, window, lease, forced)
            pulled.connections.setdefault(name, Stagings()).add(done)


def _list(ws: Workspace, name: str, source: Source, window: Window, lease: Lease, forced: str) -> Stagings:
    """One listing, staged page by page. The cursor is saved with the last page and every page before it."""
    with ws.store.begin(lease) as tx:
        number = entries.source_id(tx, ws.kinds[name], source.account())
        cursor = tx.exec_driver_sql("SELECT cursor FROM connections WHERE name = ?", (name,)).scalar()
        tx.exec_driver_sql(
            "INSERT INTO connections (name, kind, source_id) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET source_id = excluded.source_id",
            (name, ws.kinds[name], number),
        )
    deletions = source.deletions() if isinstance(source, DeclaresDeletions) else source.traits.deletions
    whole = window == Window() and (source.traits.changes == "window_only" or cursor is None)
    started = ws.now()
    done, seen = Stagings(), set[str]()
    complete = False
    for page in _pages(source, window, cursor):
        with ws.store.begin(lease) as tx:
            staged = entries.stage(tx, number, name, ws.run, page.entries, seen.add)
            gone = entries.keys_of(tx, number, page.deleted)
            entries.delete(tx, gone, ws.run)
            staged.deleted += len(gone)
            done.add(staged)
            ws.tell(f"{name}: {len(seen):,} entries read")
            if page.is_last:
                complete = True
                if whole and deletions in ("snapshot", "absence"):
                    done.deleted += _absent(tx, ws, number, name, seen, deletions, forced)
                _close(tx, ws, name, page, whole=whole)
            if staged.moved or page.is_last:
                audit.append(
                    tx, f"connection:{name}", ws.now(), "page",
                    {"entries": len(page.entries), "new": staged.new, "changed": staged.changed, "reworded": staged.reworded,
                     "deleted": staged.deleted, "last": page.is_last, "run": ws.run, "started": started.isoformat(),
                     **({"forced": forced} if forced else {})},
                )  # fmt: skip
    if not complete:
        raise TransientError("the listing ended without its last page", to=name, next_step="Nothing was inferred from it; pull again.")
    return done


def _pages(source: Source, window: Window, cursor: str | None) -> Iterator[Page]:
    """Each page is let go of before the next is asked for."""
    yield from source.pages(window, cursor)


def _close(tx: Tx, ws: Workspace, name: str, page: Page, *, whole: bool) -> None:
    now = ws.now().isoformat()
    tx.exec_driver_sql(
        "UPDATE connections SET cursor = coalesce(?, cursor), last_complete_pull = ?, last_full_listing = CASE WHEN ? THEN ? ELSE "
        "last_full_listing END, trouble = '' WHERE name = ?",
        (page.next_cursor, now, whole, now, name),
    )


def _absent(tx: Tx, ws: Workspace, number: int, name: str, seen: set[str], deletions: str, forced: str) -> int:
    """Entries that a complete listing lacks: gone at once from a snapshot, else after a second listing at least 10 minutes later."""
    live = list(entries.live_ids(tx, number))
    missing = [(key, since) for key, entry_id, _, since in live if entry_id not in seen]
    back = [key for key, entry_id, _, since in live if entry_id in seen and since is not None]
    entries.mark_absent(tx, back, None)
    if not forced and len(missing) > VANISHED_FLOOR and len(missing) * 100 > len(live) * VANISHED_PERCENT_MAX:
        raise UnsafePlanError(
            f"{len(missing)} of {len(live)} entries are missing from a complete listing", to=name,
            next_step="If they are really gone, `hourbridge pull --force REASON`; nothing was deleted.",
        )  # fmt: skip
    now = ws.now()
    if deletions == "snapshot":
        gone = [key for key, _ in missing]
    else:
        gone = [key for key, since in missing if since is not None and _old_enough(since, now)]
        entries.mark_absent(tx, [key for key, since in missing if since is None], now.isoformat())
    entries.delete(tx, gone, ws.run)
    return len(gone)


def _old_enough(since: str, now: datetime) -> bool:
    return now - datetime.fromisoformat(since) >= BETWEEN_LISTINGS
