"""The state, opened: read snapshots, write transactions under a lease, and the rows that every command needs."""

import contextlib
import math
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.errors import BusyError, StateError
from connector.ports import Clock
from connector.store import engine as opening
from connector.store import postgres
from connector.store.leases import Lease, check_lease, release_lease, take_lease, turn_of

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
        self._renewed: dict[Lease, float] = {}

    def exists(self) -> bool:
        """Whether the state was ever made, at whatever schema."""
        with opening.told_as_state_errors(self.url):
            return opening.schema_version(self.engine) != ""

    def current(self) -> bool:
        """Whether the schema is the program's. Raises StateError where it is newer."""
        with opening.told_as_state_errors(self.url):
            return opening.check_version(self.engine, self.url)

    def migrate(self, *, kept: bool = False) -> str:
        """Brings the schema to the program's; `kept` says that a backup was made where the program makes none (PostgreSQL)."""
        with opening.told_as_state_errors(self.url):
            return opening.migrate(self.engine, self.url, kept=kept)

    def require(self) -> None:
        """For commands that only read. Raises StateError where the state is not at the program's schema."""
        if not self.current():
            raise StateError(
                "has no state yet, or an older one", to=opening.shown(self.url), next_step="Run `hourbridge migrate`, or `hourbridge pull`."
            )

    @contextlib.contextmanager
    def begin(self, lease: Lease | None = None, *, turn: str = opening.STATE) -> Iterator[Connection]:
        """A write transaction; with a lease its row is locked and its fencing token checked first.

        Writers of one turn go one after the other, so that what one reads is so until it has written. A turn of its own is for rows that
        nothing else writes to, and that must not wait while a picture is drawn: a lease, what HTTP keeps.
        """
        with opening.told_as_state_errors(self.url), opening.connect(self.engine, turn=turn) as connection, connection.begin():
            if lease is not None:
                check_lease(connection, lease)
            yield connection

    @contextlib.contextmanager
    def snapshot(self, *, shadows: bool = False) -> Iterator[Connection]:
        """One moment to read from; nothing is written. `shadows`: temporary tables may be put before the stored ones."""
        with opening.told_as_state_errors(self.url), opening.connect(self.engine) as connection, connection.begin():
            if opening.is_postgres(connection) and not shadows:
                postgres.forbid_writes(connection)
            yield connection

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
            with contextlib.suppress(Exception), self.begin(turn=turn_of(name)) as tx:
                release_lease(tx, lease)
            self._renewed.pop(lease, None)

    def renew_lease(self, lease: Lease) -> None:
        """Pushes the expiry on where a tenth of it has passed; called before each request so that a long run keeps what it holds. Raises
        BusyError when lost; else whoever writes next is told.
        """
        now = self.clock.boot()
        if 0.0 <= now - self._renewed.get(lease, -math.inf) < LEASE_SECONDS / 10:
            return
        with self.begin(lease, turn=turn_of(lease.name)) as tx:
            tx.exec_driver_sql(
                "UPDATE leases SET expires_ms = ? WHERE name = ? AND token = ?",
                (self.database_ms(tx) + LEASE_SECONDS * 1000, lease.name, lease.token),
            )
        self._renewed[lease] = now

    def _take(self, name: str, owner: str, wait_seconds: float) -> Lease:
        deadline = self.clock.boot() + wait_seconds
        while True:
            begun = self.clock.boot()
            with self.begin(turn=turn_of(name)) as tx:
                lease = take_lease(tx, name, owner, self.database_ms(tx), LEASE_SECONDS * 1000)
            if lease is not None:
                self._renewed[lease] = begun
                return lease
            if self.clock.boot() >= deadline:
                raise BusyError("another run holds it", to=name, next_step="Wait for it to end, or give --wait.")
            self.clock.sleep(1.0)

    def database_ms(self, tx: Connection) -> int:
        """The clock by which leases expire: never this program's own, which may be wrong."""
        return opening.clock_ms(tx)

    def database_now(self, tx: Connection) -> datetime:
        """The same clock as an instant: by it a request's deadline is kept and its settle time waited out, whichever machine waits."""
        return datetime.fromtimestamp(self.database_ms(tx) / 1000, UTC)

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

    def tables(self, read: Connection) -> list[str]:
        """Those of the program's schema that this state has."""
        from sqlalchemy import inspect  # noqa: PLC0415  (this and the schema's tables are 0.04 CPU s that no other command pays)

        from connector.store.schema import metadata  # noqa: PLC0415

        there = set(inspect(read).get_table_names())
        return [name for name in sorted(metadata.tables) if name in there]

    # ---- small named facts: digests, cursors of reports ------------------------------------------------------------------

    def fact(self, read: Connection, name: str) -> str:
        return str(read.exec_driver_sql("SELECT body FROM facts WHERE name = ?", (name,)).scalar() or "")

    def set_fact(self, tx: Connection, name: str, body: str) -> None:
        if self.fact(tx, name) != body:
            tx.exec_driver_sql(
                "INSERT INTO facts (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body", (name, body)
            )


Row = tuple[Any, ...]
COPY_MIN = 100
"""Fewer rows go faster one by one."""
ROWS_AT_ONCE = 25
"""New rows that one statement of SQLite takes: a quarter less CPU time than one by one, most of what checking references costs."""
AMONG_MAX = 5000
"""Values that one statement is given; both databases take several times as many."""


def verb(command: str) -> str:
    """What a run was asked to do, without what it was asked of, which may be a name: `pull`, `daemon: pull`."""
    words = command.split(" ")
    return " ".join(words[: 2 if words[0].endswith(":") else 1])


def placeholders(count: int) -> str:
    return ",".join("?" * count)


def rows_among(read: Connection, statement: str, values: Collection[Any], *first: Any) -> list[Row]:
    """Rows of a statement in which `{}` stands for these values, so many of them at a time; `first` are bound before them."""
    wanted, found = list(values), list[Row]()
    for start in range(0, len(wanted), AMONG_MAX):
        some = wanted[start : start + AMONG_MAX]
        found += map(tuple, read.exec_driver_sql(statement.format(placeholders(len(some))), (*first, *some)).all())
    return found


def insert_many(tx: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """New rows; many go to PostgreSQL by COPY: a ninth of the CPU time of single statements, and half of the wait."""
    if opening.is_postgres(tx) and len(rows) >= COPY_MIN:
        postgres.copy_rows(tx, table, columns, rows)
        return
    whole = len(rows) - len(rows) % ROWS_AT_ONCE
    groups = [tuple(chain.from_iterable(rows[start : start + ROWS_AT_ONCE])) for start in range(0, whole, ROWS_AT_ONCE)]
    for each, given in ((ROWS_AT_ONCE, groups), (1, list(rows[whole:]))):
        if given:
            values = ", ".join([f"({placeholders(len(columns))})"] * each)
            tx.exec_driver_sql(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}", given)


Tx = Connection
"""An open transaction: what the functions of this package take."""
