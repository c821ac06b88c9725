"""One connection's listings: every page is staged in a transaction of its own, and only a complete listing moves anything else.

Where a source's links carry page numbers, rows that move while they are paged can be missed. A first load is one pass, and the
next re-listing confirms it; a cursor that moves waits for two equal passes over what changed. One page cannot shift.
"""

from collections.abc import Container, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from msgspec import Struct

from connector.errors import TransientError
from connector.ports import Cursor, DeclaresDeletions, Known, Page, Scope, SkipsKnown, Source, Window
from connector.store import audit, entries, seen, staging
from connector.store.leases import Lease
from connector.store.seen import Said, Seen
from connector.store.staging import Stagings
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace

PASSES_MAX = 5
RELIST_EVERY = timedelta(hours=23)
"""A re-listing goes at most once a day by itself; an hour less than a day, so that a daily job that starts early is not a day late."""
RENEW_SECONDS = 60
LOOK_BACK_DAYS = 62
SEES_ALL = "all"
CLOSED = ("invoiced", "deleted", "before_start", "billed_elsewhere", "written_off", "excluded", "non_billable", "no_charge")
"""Dispositions that wait for nothing: of their time only the books' look-back is listed again."""


class Reading(Struct, frozen=True, kw_only=True):
    """One connection as one run reads it, under its lease. `number` is the state's of the vendor's account; `sees_what_it_saw`:
    nothing was ever read here with a credential that sees more; `forced` is a person's reason to believe a listing that lacks many
    entries.
    """

    ws: Workspace
    name: str
    source: Source
    lease: Lease
    number: int
    sees_what_it_saw: bool = True
    forced: str = ""

    @property
    def deletions(self) -> Literal["tombstones", "absence", "snapshot", "none"]:
        source = self.source
        return source.deletions() if isinstance(source, DeclaresDeletions) else source.traits.deletions


class Listing(Struct, frozen=True, kw_only=True):
    """A listing read to its end."""

    done: Stagings
    seen: Seen
    pages: int
    cursor: Cursor | None
    started: datetime

    def repeats(self, before: "Listing") -> bool:
        """Whether it saw the rows that the pass before it saw, and each as that one left it."""
        return self.seen.same_as(before.seen) and not self.done.moved


class Standing(Struct, frozen=True):
    """Where a connection stands: its cursor, and when everything was last listed (ISO), None where that is still to be done."""

    cursor: Cursor | None
    last_full_listing: str | None


def start(ws: Workspace, name: str, source: Source, lease: Lease, *, scope: Scope | None, forced: str) -> tuple[Reading, Standing]:
    with ws.store.begin(lease) as tx:
        number = entries.source_id(tx, ws.kinds[name], source.account())
        row = tx.exec_driver_sql("SELECT cursor, last_full_listing FROM connections WHERE name = ?", (name,)).one_or_none()
        tx.exec_driver_sql(
            "INSERT INTO connections (name, kind, source_id) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET source_id = excluded.source_id",
            (name, ws.kinds[name], number),
        )
        sees = _keep_scope(tx, ws, name, scope)
    reading = Reading(ws=ws, name=name, source=source, lease=lease, number=number, sees_what_it_saw=sees, forced=forced)
    return reading, Standing(*row) if row else Standing(None, None)


def _keep_scope(tx: Tx, ws: Workspace, name: str, scope: Scope | None) -> bool:
    """Whether the credential sees all, or the very part in which everything was read so far. Two parts, or a part after all, are
    no ground to infer anything until a credential sees all.
    """
    part = f"{scope.person}: {scope.partial}" if scope is not None and scope.partial else SEES_ALL
    before = ws.store.fact(tx, f"scope:{name}")
    ws.store.set_fact(tx, f"scope:{name}", part if before in ("", part) else SEES_ALL)
    return part == SEES_ALL or before in ("", part)


# ---- reading ----------------------------------------------------------------------------------------------------------------


def read(reading: Reading, window: Window, cursor: Cursor | None) -> Listing:
    """Stages every page. Raises TransientError where the listing ends without its last page; nothing follows from it then."""
    ws, started = reading.ws, reading.ws.now()
    with ws.store.snapshot() as before:
        held = seen.start_seeing(before)
    done, renewed, known = Stagings(), started, _Known(reading)
    for pages, page in enumerate(_pages(reading.source, known if held.newest else None, window, cursor), start=1):
        if (ws.now() - renewed).total_seconds() > RENEW_SECONDS:
            ws.store.renew_lease(reading.lease)
            renewed = ws.now()
        done.add(_stage(reading, page, known.of_page(page), held, started))
        ws.tell(f"{reading.name}: {held.count:,} entries read")
        if page.is_last:
            return Listing(done=done, seen=held, pages=pages, cursor=page.next_cursor, started=started)
        ws.may_go_on(reading.name)
    raise TransientError("the listing ended without its last page", to=reading.name, next_step="Nothing was inferred from it; pull again.")


class _Known:
    """What a source asks before it makes entries of a page's rows: which of them are staged as they stand."""

    def __init__(self, reading: Reading) -> None:
        self._reading, self._found = reading, dict[bytes, Said]()

    def __call__(self, rows: Sequence[tuple[str, bytes]]) -> Container[bytes]:
        with self._reading.ws.store.snapshot() as read:
            self._found = staging.said_before(read, self._reading.number, rows)
        return self._found

    def of_page(self, page: Page) -> list[Said]:
        """The rows that the page leaves out, but for one that stands on it once more and says something else there."""
        made, found = {entry.id for entry in page.entries}, list(self._found.values())
        self._found = {}
        return [row for row in found if row[1] not in made] if made else found


def _pages(source: Source, known: Known | None, window: Window, cursor: Cursor | None) -> Iterator[Page]:
    """Each page is let go of before the next is asked for."""
    yield from source.pages_but(known, window, cursor) if isinstance(source, SkipsKnown) else source.pages(window, cursor)


def _stage(reading: Reading, page: Page, same: Sequence[Said], held: Seen, started: datetime) -> Stagings:
    ws, name = reading.ws, reading.name
    held.add(same)
    with ws.store.begin(reading.lease) as tx:
        staged = staging.stage(tx, reading.number, name, ws.run, page.entries, held.add, page.digests)
        gone = entries.keys_of(tx, reading.number, page.deleted)
        staging.delete(tx, gone, ws.run)
        staged.deleted, staged.unchanged = staged.deleted + len(gone), staged.unchanged + len(same)
        if staged.moved:
            audit.append(
                tx, f"connection:{name}", ws.now(), "page",
                {"entries": len(page.entries) + len(same), "new": staged.new, "changed": staged.changed, "reworded": staged.reworded,
                 "deleted": staged.deleted, "last": page.is_last, "run": ws.run, "started": started.isoformat()},
            )  # fmt: skip
    return staged


def read_changes(reading: Reading, cursor: Cursor) -> Listing:
    """What changed since; the cursor is that of the first of two equal passes, where one alone might have missed a row."""
    listing = read(reading, Window(), cursor)
    if reading.source.traits.keyset_paging or listing.pages == 1:
        return listing
    done = listing.done
    for _ in range(PASSES_MAX - 1):
        again = read(reading, Window(), cursor)
        done.add_moved(again.done)
        if again.repeats(listing):
            return Listing(done=done, seen=again.seen, pages=again.pages, cursor=listing.cursor, started=listing.started)
        listing = again
    raise TransientError(
        f"rows moved between the pages of {PASSES_MAX} listings in a row", to=reading.name,
        next_step="What was read is kept and nothing is lost; pull again when fewer people work there.",
    )  # fmt: skip


# ---- when, and what, everything is listed again ---------------------------------------------------------------------------------


def is_relisting_due(ws: Workspace, standing: Standing) -> bool:
    last = standing.last_full_listing
    return last is None or ws.now() - datetime.fromisoformat(last) >= RELIST_EVERY


def window_to_list_again(reading: Reading, standing: Standing, *, full: bool) -> Window:
    """All that is not billed for good, and the books' look-back; everything where a person asks, or a first load is to be confirmed."""
    if full or standing.last_full_listing is None:
        return Window()
    ws = reading.ws
    look_back = max((book.look_back_days for book in ws.books.values()), default=LOOK_BACK_DAYS)
    # A day more: in some of the books' zones it is still yesterday.
    since = ws.now().date() - timedelta(days=look_back + 1)
    with ws.store.snapshot() as before:
        oldest = seen.oldest_open_day(before, reading.number, CLOSED)
    return Window(min(since, date.fromisoformat(oldest)) if oldest else since)


def counts_as_full(reading: Reading, listing: Listing, standing: Standing, *, confirmed: bool) -> bool:
    """The first load of several numbered pages does not: the next listing of everything is to confirm it."""
    return confirmed or reading.source.traits.keyset_paging or listing.pages == 1 or standing.cursor is not None


def close(tx: Tx, reading: Reading, *, cursor: Cursor | None, full: bool) -> None:
    """A complete listing: where the next one may begin, and whether it held everything that counts."""
    now = reading.ws.now().isoformat()
    tx.exec_driver_sql(
        "UPDATE connections SET cursor = coalesce(?, cursor), last_complete_pull = ?, last_full_listing = CASE WHEN ? THEN ? ELSE "
        "last_full_listing END, trouble = '', trouble_code = 0 WHERE name = ?",
        (cursor, now, full, now, reading.name),
    )
