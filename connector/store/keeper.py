"""What HTTP keeps over restarts for one connection: its tokens, refreshed by one holder at a time, and its request budgets."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from connector.ports import Tokens
from connector.store.store import Store, Tx
from connector.store.vault import NO_KEY, Vault, is_sealed

BUCKETS = 60
REFRESH_WAIT_SECONDS = 30.0
UNTIL, MAX, WINDOW = "until", "max", "window"
"""Beside the buckets of a budget (their number → calls): the instant before which the vendor wants to hear nothing, and the calls that
a window of so many seconds allows.
"""
_tokens = msgspec.json.Decoder(Tokens)
_budget = msgspec.json.Decoder(dict[str, int])


def turn_of(connection: str) -> str:
    """The turn in which what HTTP keeps of a connection is written: it never waits while a picture is drawn."""
    return f"keeper:{connection}"


class StoreKeeper:
    """Fulfils `ports.Keeper` for one connection. Tokens are encrypted by `vault`; those kept as plain text before it had a key are
    encrypted when the next pair is saved.
    """

    def __init__(self, store: Store, connection: str, owner: str, vault: Vault = NO_KEY) -> None:
        self._store, self._connection, self._owner, self._vault = store, connection, owner, vault
        self._turn = turn_of(connection)

    def tokens(self) -> Tokens | None:
        with self._store.snapshot() as read:
            return self._read(read)

    def renew(self, seen: Tokens | None, exchange: Callable[[Tokens | None], Tokens]) -> Tokens:
        """Re-read, exchange, commit, return: under a lease of its own, so that one refresh runs at a time over all processes and threads."""
        owner = f"{self._owner}/{threading.get_ident()}"  # a lease is its owner's to take again, and two threads are two owners
        with self._store.lease(f"tokens:{self._connection}", owner, wait_seconds=REFRESH_WAIT_SECONDS):
            current = self.tokens()
            if current is not None and current != seen:
                return current
            return self._kept(current, exchange(current))

    def _kept(self, before: Tokens | None, fresh: Tokens) -> Tokens:
        """The pair that counts from now on. What the vendor gave is a fact, kept even where the lease ended meanwhile: the pair before it
        may be dead. Only a pair that somebody else kept since stands before it.
        """
        with self._store.begin(turn=self._turn) as tx:
            newer = self._read(tx)
            if newer is not None and newer != before:
                return newer
            _overwrite_old_pages(tx)
            tx.exec_driver_sql(
                "INSERT INTO tokens (connection, body, expires_at) VALUES (?, ?, ?) ON CONFLICT (connection) DO UPDATE SET "
                "body = excluded.body, expires_at = excluded.expires_at",
                (self._connection, self._sealed(fresh), fresh.expires_at.isoformat()),
            )
        return fresh

    def spend(self, budget: str, calls_max: int, window_seconds: int) -> float:
        """A rolling window in at most 60 buckets and the running one: never more than `calls_max` in any whole window."""
        now = self._store.now().timestamp()
        width = -(-window_seconds // BUCKETS)
        buckets = -(-window_seconds // width)
        slot = int(now) // width
        with self._store.begin(turn=self._turn) as tx:
            kept = self._budget(tx, budget)
            until = kept.get(UNTIL, 0)
            if until > now:
                return until - now
            used = {name: count for name, count in kept.items() if name.isdigit() and int(name) >= slot - buckets}
            if sum(used.values()) >= calls_max:
                return (min(map(int, used)) + buckets + 1) * width - now
            self._save(tx, budget, {**used, str(slot): used.get(str(slot), 0) + 1, MAX: calls_max, WINDOW: window_seconds})
        return 0.0

    def pause(self, budget: str, seconds: float) -> None:
        until = int((self._store.now() + timedelta(seconds=seconds)).timestamp()) + 1
        with self._store.begin(turn=self._turn) as tx:
            kept = self._budget(tx, budget)
            self._save(tx, budget, {**kept, UNTIL: max(until, kept.get(UNTIL, 0))})

    def _read(self, read: Tx) -> Tokens | None:
        body = read.exec_driver_sql("SELECT body FROM tokens WHERE connection = ?", (self._connection,)).scalar()
        return _tokens.decode(self._vault.open(self._connection, body)) if body else None

    def _sealed(self, tokens: Tokens) -> str:
        return self._vault.seal(self._connection, msgspec.json.encode(tokens).decode())

    def _budget(self, read: Tx, budget: str) -> dict[str, int]:
        row = read.exec_driver_sql("SELECT body FROM budgets WHERE connection = ? AND budget = ?", (self._connection, budget))
        body = row.scalar()
        return _budget.decode(body) if body else {}

    def _save(self, tx: Tx, budget: str, kept: dict[str, int]) -> None:
        tx.exec_driver_sql(
            "INSERT INTO budgets (connection, budget, body) VALUES (?, ?, ?) ON CONFLICT (connection, budget) DO UPDATE SET body = excluded.body",
            (self._connection, budget, msgspec.json.encode(kept).decode()),
        )


class BudgetLeft(Struct, frozen=True, kw_only=True):
    """One budget of one connection now. `calls_max` is 0 while nobody has asked under it; `paused_seconds`: the vendor wants a pause."""

    connection: str
    name: str
    spent: int
    calls_max: int
    paused_seconds: int


def budgets(read: Tx, now: datetime) -> list[BudgetLeft]:
    """Every budget as it stands at this moment."""
    rows = read.exec_driver_sql("SELECT connection, budget, body FROM budgets ORDER BY connection, budget").all()
    return [_left(connection, name, _budget.decode(body), now.timestamp()) for connection, name, body in rows]


def _left(connection: str, name: str, kept: dict[str, int], now: float) -> BudgetLeft:
    width = -(-kept.get(WINDOW, 0) // BUCKETS)
    oldest = int(now) // width - -(-kept[WINDOW] // width) if width else 0
    spent = sum(count for bucket, count in kept.items() if bucket.isdigit() and int(bucket) >= oldest)
    paused = max(kept.get(UNTIL, 0) - now, 0.0)
    return BudgetLeft(connection=connection, name=name, spent=spent, calls_max=kept.get(MAX, 0), paused_seconds=int(paused))


def _overwrite_old_pages(tx: Tx) -> None:
    """A plain token that an encrypted one replaces must not stay behind in the file's free space."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA secure_delete=ON")


def expires_at(store: Store, connection: str) -> datetime | None:
    """When the stored access token of a connection ends."""
    with store.snapshot() as read:
        said = read.exec_driver_sql("SELECT expires_at FROM tokens WHERE connection = ?", (connection,)).scalar()
    return datetime.fromisoformat(said) if said else None


def plain_tokens(store: Store) -> list[str]:
    """Connections whose tokens are kept as plain text."""
    with store.snapshot() as read:
        rows = read.exec_driver_sql("SELECT connection, body FROM tokens ORDER BY connection").all()
    return [str(connection) for connection, body in rows if not is_sealed(body)]


def forget_tokens(store: Store, connection: str) -> bool:
    """Drops a connection's tokens, so that the next request authorises anew; whether there were any."""
    with store.begin(turn=turn_of(connection)) as tx:
        _overwrite_old_pages(tx)
        return tx.exec_driver_sql("DELETE FROM tokens WHERE connection = ?", (connection,)).rowcount > 0
