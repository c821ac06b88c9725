"""The state, opened: read snapshots, write transactions under a lease, and the rows that every command needs."""

import contextlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.errors import BusyError, StateError
from connector.ports import Clock
from connector.store import engine as opening
from connector.store.leases import Lease, check_lease, release_lease, take_lease

LEASE_SECONDS = 300


class RunRow(Struct, frozen=True, kw_only=True):
    """One sync run: what was asked, when, and how it ended."""

    id: int
    command: str
    started_at: str
    ended_at: str | None
    exit_code: int | None
    summary: str


class Store:
    """One state. `begin` writes, `snapshot` reads one moment; nothing here is open across a request."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url, self.clock = url, clock
        with opening.told_as_state_errors(url):
            self.engine = opening.open_engine(url)

    def current(self) -> bool:
        """Whether the schema is the program's. Raises StateError where it is newer."""
        with opening.told_as_state_errors(self.url):
            return opening.check_version(self.engine, self.url)

    def migrate(self) -> str:
        with opening.told_as_state_errors(self.url):
            return opening.migrate(self.engine, self.url)

    def require(self) -> None:
        """For commands that only read. Raises StateError where the state is not at the program's schema."""
        if not self.current():
            raise StateError("has no state yet, or an older one", to=self.url, next_step="Run `hourbridge migrate`, or `hourbridge pull`.")

    @contextlib.contextmanager
    def begin(self, lease: Lease | None = None) -> Iterator[Connection]:
        """A write transaction; with a lease its row is locked and its fencing token checked first."""
        with opening.told_as_state_errors(self.url), self._connect(writes=True) as connection, connection.begin():
            if lease is not None:
                check_lease(connection, lease)
            yield connection

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with opening.told_as_state_errors(self.url), self._connect(writes=False) as connection, connection.begin():
            yield connection

    def _connect(self, *, writes: bool) -> Connection:
        return self.engine.connect().execution_options(writes=writes)

    def now(self) -> datetime:
        return self.clock.now()

    # ---- leases ---------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lease(self, name: str, owner: str, *, wait_seconds: float = 0.0) -> Iterator[Lease]:
        """Holds a lease; releases it at the end. Raises BusyError when another holds it and waiting did not help."""
        lease = self._take(name, owner, wait_seconds)
        try:
            yield lease
        finally:
            with contextlib.suppress(Exception), self.begin() as tx:
                release_lease(tx, lease)

    def renew_lease(self, lease: Lease) -> None:
        """Pushes the expiry on; called before each request so that a long run keeps what it holds. Raises BusyError when lost."""
        with self.begin(lease) as tx:
            tx.exec_driver_sql(
                "UPDATE leases SET expires_ms = ? WHERE name = ? AND token = ?",
                (self.database_ms(tx) + LEASE_SECONDS * 1000, lease.name, lease.token),
            )

    def _take(self, name: str, owner: str, wait_seconds: float) -> Lease:
        deadline = self.clock.boot() + wait_seconds
        while True:
            with self.begin() as tx:
                lease = take_lease(tx, name, owner, self.database_ms(tx), LEASE_SECONDS * 1000)
            if lease is not None:
                return lease
            if self.clock.boot() >= deadline:
                raise BusyError("another run holds it", to=name, next_step="Wait for it to end, or give --wait.")
            self.clock.sleep(1.0)

    def database_ms(self, tx: Connection) -> int:
        """The clock by which leases expire: never this program's own, which may be wrong."""
        return opening.clock_ms(tx)

    # ---- sync runs ------------------------------------------------------------------------------------------------------

    def start_run(self, command: str) -> int:
        with self.begin() as tx:
            row = tx.exec_driver_sql("INSERT INTO runs (command, started_at) VALUES (?, ?) RETURNING id", (command, self.now().isoformat()))
            return int(row.scalar_one())

    def end_run(self, run: int, exit_code: int, summary: str) -> None:
        with self.begin() as tx:
            tx.exec_driver_sql(
                "UPDATE runs SET ended_at = ?, exit_code = ?, summary = ? WHERE id = ?",
                (self.now().isoformat(), exit_code, summary, run),
            )

    def runs(self, limit: int = 50) -> list[RunRow]:
        with self.snapshot() as read:
            rows = read.exec_driver_sql(
                "SELECT id, command, started_at, ended_at, exit_code, summary FROM runs ORDER BY id DESC LIMIT ?", (limit,)
            ).all()
        names = RunRow.__struct_fields__
        return [RunRow(**dict(zip(names, row, strict=True))) for row in rows]

    # ---- small named facts: digests, cursors of reports ------------------------------------------------------------------

    def fact(self, read: Connection, name: str) -> str:
        return str(read.exec_driver_sql("SELECT body FROM facts WHERE name = ?", (name,)).scalar() or "")

    def set_fact(self, tx: Connection, name: str, body: str) -> None:
        if self.fact(tx, name) != body:
            tx.exec_driver_sql(
                "INSERT INTO facts (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body", (name, body)
            )


def placeholders(count: int) -> str:
    return ",".join("?" * count)


Row = tuple[Any, ...]
Tx = Connection
"""An open transaction: what the functions of this package take."""
