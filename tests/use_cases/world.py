"""A small firm in memory: a source, a company and a state, for tests of the use cases and for the simulation.

Every `run` opens a new workspace on the same state, as a new process would.
"""

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

import msgspec
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, ExceptionContext
from sqlalchemy.pool import StaticPool

from adapters.memory.sink import Company, Settings, Sink
from connector.core.mapping import Mapping, Where
from connector.errors import BusyError, UnsafePlanError
from connector.model import Remote, TimeEntry
from connector.ports import Cursor, Known, Page, Request, SourceTraits, Window
from connector.settings import Book
from connector.store.engine import STATE
from connector.store.leases import Lease
from connector.store.store import Store
from connector.use_cases import apply, approve, picture, pull
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace
from tests import postgres
from tests.use_cases.firm import mapping_of

START = datetime(2026, 7, 2, 6, 0, tzinfo=UTC)


class Dead(BaseException):
    """A process that is no more: nothing catches it."""


class MortalStore(Store):
    """A store whose process can die before any statement, before a commit and after it. What was committed survives on the "disk",
    what was not is rolled back, as after a real death."""

    clock: "WorldClock"

    def __init__(self, url: str, clock: "WorldClock") -> None:
        super().__init__(url, clock)
        self.comes_to: Callable[[str], None] = lambda _statement: None
        self.open = 0
        """Transactions that are open: no other process gets a turn before they end."""
        event.listen(self.engine, "before_cursor_execute", self._execute)
        event.listen(self.engine, "handle_error", _keep_disk)

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's connection to the state in memory."""
        with self.engine.connect() as connection:
            return connection.connection.driver_connection

    def close(self) -> None:
        self.engine.dispose()

    def _execute(self, _connection, _cursor, statement: str, _parameters, _context, _many) -> None:
        if not statement.startswith("BEGIN"):
            self.comes_to(statement)

    def database_ms(self, tx: Connection) -> int:
        """The database is on the world's clock as well: leases expire when the world says so."""
        now = self.clock.at if isinstance(self.clock, WorldClock) else self.clock.now()
        return int(now.timestamp() * 1000)

    @contextmanager
    def begin(self, lease: Lease | None = None, *, turn: str = STATE) -> Iterator[Connection]:
        self.comes_to("BEGIN IMMEDIATE")
        with self._open(), super().begin(lease, turn=turn) as tx:
            yield tx
            self.comes_to("COMMIT")
        self.comes_to("COMMITTED")

    @contextmanager
    def snapshot(self, *, shadows: bool = False) -> Iterator[Connection]:
        self.comes_to("BEGIN")
        with self._open(), super().snapshot(shadows=shadows) as read:
            yield read

    @contextmanager
    def _open(self) -> Iterator[None]:
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


@cache
def _new_state() -> bytes:
    """An empty state at the program's schema: migrating one for every world would take most of the time."""
    store = Store("sqlite://", WorldClock())
    store.migrate()
    with store.engine.connect() as connection:
        body = bytes(connection.connection.driver_connection.serialize())
    store.engine.dispose()
    return body


def _keep_disk(context: ExceptionContext) -> None:
    """SQLAlchemy drops a connection on what is no Exception, and with it the state in memory."""
    context.is_disconnect = False


class WorldClock:
    """Time that only moves when told to. `skew_seconds`: how wrong the clock of the machine is that works now."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start
        self.started = start
        self.skew_seconds = 0

    def now(self) -> datetime:
        return self.at + timedelta(seconds=self.skew_seconds)

    def boot(self) -> float:
        return (self.at - self.started).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class SkewedClock:
    """Another machine's clock: some seconds wrong, as fast as the world's."""

    def __init__(self, clock: WorldClock, seconds: int) -> None:
        self._clock, self._seconds = clock, seconds

    def now(self) -> datetime:
        return self._clock.at + timedelta(seconds=self._seconds)

    def boot(self) -> float:
        return self._clock.boot()

    def sleep(self, seconds: float) -> None:
        self._clock.sleep(seconds)


class ListSource:
    """Entries from a list that the test edits; a snapshot."""

    traits: ClassVar[SourceTraits] = SourceTraits(changes="window_only", deletions="snapshot", page_size=3)

    def __init__(self) -> None:
        self.entries: dict[str, TimeEntry] = {}

    def account(self) -> str:
        return "acme"

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        rows = list(self.entries.values())
        size = self.traits.page_size
        for start in range(0, max(len(rows), 1), size):
            last = start + size >= len(rows)
            yield Page(entries=tuple(rows[start : start + size]), is_last=last, next_cursor="c" if last else None)


def told_apart(pages: Iterator[Page], known: Known | None) -> Iterator[Page]:
    """A listing as a source gives it that knows its rows by their bytes: less those that are known."""
    for page in pages:
        rows = [(entry, msgspec.json.encode(entry)) for entry in page.entries]
        there = known([(entry.id, digest) for entry, digest in rows]) if known is not None else ()
        left = [(entry, digest) for entry, digest in rows if digest not in there]
        yield msgspec.structs.replace(page, entries=tuple(entry for entry, _ in left), digests=tuple(digest for _, digest in left))


class World:
    """The firm of `firm.py` with one book `nz` on a memory company."""

    place: ClassVar[str] = "sqlite://"
    """The URL of the state; tests put that of a PostgreSQL state here."""
    stores: ClassVar[deque[Store]] = deque(maxlen=50)
    """The states opened last: what a test put in PostgreSQL it must also close."""

    def __init__(self, mapping: Mapping | None = None, *, store: type[MortalStore] = MortalStore) -> None:
        self.clock = WorldClock()
        self.source = ListSource()
        self.company = Company(SkewedClock(self.clock, 0))
        self.mapping = mapping or mapping_of()
        self.store = (store if self.in_memory else MortalStore)(self.place, self.clock)
        self.stores.append(self.store)
        if self.in_memory:
            assert isinstance(self.store.engine.pool, StaticPool)
            self.restore(_new_state())
        else:
            postgres.empty(self.place)
        self.owners = self.strangers = 0

    # ---- the firm works --------------------------------------------------------------------------------------------------

    def work(self, name: str, client: str = "Alpine Dental", *, hours: str = "1", on: date = date(2026, 6, 3), **facts: object) -> None:
        """Somebody enters time; the same name again is an edit."""
        seconds = int(Decimal(hours) * 3600)
        given = {"person": "Ben Ito", "work_type": "Project work", "project": "Upgrade", "notes": f"work {name}", **facts}
        self.source.entries[name] = TimeEntry(id=name, client=client, seconds=seconds, worked_on=on, **given)  # type: ignore[arg-type]

    def remove(self, name: str) -> None:
        del self.source.entries[name]

    # ---- one command, one process -------------------------------------------------------------------------------------------

    def open(self) -> Workspace:
        self.owners += 1
        sink = Sink(Settings(company="unused"), _Host(self.clock))
        sink.company = self.company
        book = Book(
            name="nz", sink="memory", zone="Pacific/Auckland", start=date(2026, 1, 1), grace_days=0, look_back_days=62, auto_approve=None,
            safety=(), where=Where("config.yaml", 1),
        )  # fmt: skip
        return Workspace(
            self.store, self.mapping, {"nz": book}, {"list": lambda: self.source}, {"nz": lambda: sink}, kinds={"list": "list"},
            owner=f"process {self.owners}",
        )  # fmt: skip

    def pull(self, **options: object) -> pull.Pulled:
        return pull.pull(self.open(), **options)  # type: ignore[arg-type]

    def plan(self, *, interim: bool = False):
        ws = self.open()
        with ws.store.snapshot() as read:
            return picture.draw(ws, read, interim=interim).plans["nz"]

    def approve(self, **options: object) -> approve.Approval:
        return approve.approve(self.open(), self.plan().checksum, who="Finance", **options)  # type: ignore[arg-type]

    def apply(self, **options: object) -> Told:
        return apply.apply(self.open(), "nz", **options)  # type: ignore[arg-type]

    def bill(self) -> Told:
        """Pull, plan, approve, apply."""
        self.pull()
        if self.plan().sending:
            self.approve()
        return self.apply()

    def apply_to_the_end(self) -> Told:
        """One run that may find at its end that another took over; what it had told until then."""
        told = Told()
        with suppress(BusyError), pytest.MonkeyPatch.context() as patch:
            patch.setattr(apply, "Told", lambda: told)
            self.apply()
        return told

    def die_at(self, sql: str, work: Callable[[], object] | None = None, *, must: bool = True) -> None:
        """One apply (or other work) of a process that dies when it comes to this statement; nothing after it happens, not even a
        tidy end."""
        dead: list[str] = []

        def die(statement: str) -> None:
            if dead or statement.startswith(sql):
                dead.append(statement)
                raise Dead

        self.store.comes_to = die
        with suppress(Dead):
            (work or self.apply)()
        assert dead or not must, f"it never came to {sql}"
        self.store.comes_to = lambda _statement: None

    @staticmethod
    def day(text: str) -> date:
        return date.fromisoformat(text)

    def only(self, request: Request, count: int) -> Request:
        """The first members of a request, as a vendor that broke off half-way did them."""
        changes = msgspec.json.decode(request.body)[:count]
        return msgspec.structs.replace(
            request, body=msgspec.json.encode(changes), key=f"{request.key} broken off", members=request.members[:count]
        )

    def apply_refused(self) -> None:
        with pytest.raises(UnsafePlanError):
            self.apply()

    @property
    def in_memory(self) -> bool:
        return self.place == "sqlite://"

    def backup(self) -> Any:
        return bytes(self.store.raw.serialize()) if self.in_memory else postgres.dump(self.store)

    def restore(self, backup: Any) -> None:
        if self.in_memory:
            self.store.raw.deserialize(backup)
        else:
            postgres.load(self.store, backup)

    # ---- people over there -------------------------------------------------------------------------------------------------------

    def there(self, number: str) -> Remote:
        """The one document over there with this number."""
        (remote,) = [remote for remote in self.company.documents.values() if remote.number == number]
        return remote

    def touch(self, number: str, **changes: object) -> Remote:
        """A person changes a document: its version moves."""
        remote = self.there(number)
        return self.company.change(remote.id, version=str(int(remote.version) + 1), **changes)

    def stranger(self, number: str, *, net: str = "50", **facts: object) -> Remote:
        """A person, or another installation, makes a document."""
        self.strangers += 1
        return self.company.add(Remote(id=f"s{self.strangers}", number=number, status="posted", version="1", net=Decimal(net), **facts))  # type: ignore[arg-type]

    # ---- what is true -----------------------------------------------------------------------------------------------------------

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.store.snapshot() as read:
            return [tuple(row) for row in read.exec_driver_sql(sql)]

    def live_numbers(self) -> list[str]:
        return sorted(remote.number for remote in self.company.documents.values() if remote.live)

    def check(self) -> None:
        """What must hold at every moment, checked against the company's own ledger as well as the state."""
        numbers = self.live_numbers()
        assert len(numbers) == len(set(numbers)), f"a number stands twice over there: {numbers}"
        seconds = self.rows(
            "SELECT (SELECT coalesce(sum(seconds), 0) FROM charges), (SELECT coalesce(sum(seconds), 0) FROM entries WHERE deleted = 0)"
        )
        assert seconds[0][0] == seconds[0][1], f"buckets hold {seconds[0][0]} s, the source says {seconds[0][1]} s"


class _Host:
    def __init__(self, clock: WorldClock) -> None:
        self.clock = clock


def replaced(entry: TimeEntry, **changes: object) -> TimeEntry:
    return msgspec.structs.replace(entry, **changes)
