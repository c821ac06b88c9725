"""What HTTP keeps over restarts for one connection: its tokens, refreshed by one holder at a time, and its request budgets."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from connector.ports import Tokens
from connector.store.store import Store, Tx

BUCKETS = 60
REFRESH_WAIT_SECONDS = 30.0
UNTIL = "until"
"""Beside the buckets of a budget (their number → calls): the instant before which the vendor wants to hear nothing."""
_tokens = msgspec.json.Decoder(Tokens)
_budget = msgspec.json.Decoder(dict[str, int])


class StoreKeeper:
    """Fulfils `ports.Keeper` for one connection."""

    def __init__(self, store: Store, connection: str, owner: str) -> None:
        self._store, self._connection, self._owner = store, connection, owner
        self._turn = f"keeper:{connection}"

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
            tx.exec_driver_sql(
                "INSERT INTO tokens (connection, body, expires_at) VALUES (?, ?, ?) ON CONFLICT (connection) DO UPDATE SET "
                "body = excluded.body, expires_at = excluded.expires_at",
                (self._connection, msgspec.json.encode(fresh).decode(), fresh.expires_at.isoformat()),
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
            until = kept.pop(UNTIL, 0)
            if until > now:
                return until - now
            used = {name: count for name, count in kept.items() if int(name) >= slot - buckets}
            if sum(used.values()) >= calls_max:
                return (min(map(int, used)) + buckets + 1) * width - now
            self._save(tx, budget, {**used, str(slot): used.get(str(slot), 0) + 1})
        return 0.0

    def pause(self, budget: str, seconds: float) -> None:
        until = int((self._store.now() + timedelta(seconds=seconds)).timestamp()) + 1
        with self._store.begin(turn=self._turn) as tx:
            kept = self._budget(tx, budget)
            self._save(tx, budget, {**kept, UNTIL: max(until, kept.get(UNTIL, 0))})

    def _read(self, read: Tx) -> Tokens | None:
        body = read.exec_driver_sql("SELECT body FROM tokens WHERE connection = ?", (self._connection,)).scalar()
        return _tokens.decode(body) if body else None

    def _budget(self, read: Tx, budget: str) -> dict[str, int]:
        row = read.exec_driver_sql("SELECT body FROM budgets WHERE connection = ? AND budget = ?", (self._connection, budget))
        body = row.scalar()
        return _budget.decode(body) if body else {}

    def _save(self, tx: Tx, budget: str, kept: dict[str, int]) -> None:
        tx.exec_driver_sql(
            "INSERT INTO budgets (connection, budget, body) VALUES (?, ?, ?) ON CONFLICT (connection, budget) DO UPDATE SET body = excluded.body",
            (self._connection, budget, msgspec.json.encode(kept).decode()),
        )


def expires_at(store: Store, connection: str) -> datetime | None:
    """When the stored access token of a connection ends."""
    tokens = StoreKeeper(store, connection, "").tokens()
    return tokens.expires_at if tokens else None
