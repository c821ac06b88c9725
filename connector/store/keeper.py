"""What HTTP keeps over restarts for one connection: its tokens, refreshed by one holder at a time, and its request budgets."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from connector.ports import Tokens
from connector.store.store import Store

BUCKETS = 60
REFRESH_WAIT_SECONDS = 30.0
_tokens = msgspec.json.Decoder(Tokens)
_budget = msgspec.json.Decoder(dict[str, int])


class StoreKeeper:
    """Fulfils `ports.Keeper` for one connection."""

    def __init__(self, store: Store, connection: str, owner: str) -> None:
        self._store, self._connection, self._owner = store, connection, owner

    def tokens(self) -> Tokens | None:
        with self._store.snapshot() as read:
            body = read.exec_driver_sql("SELECT body FROM tokens WHERE connection = ?", (self._connection,)).scalar()
        return _tokens.decode(body) if body else None

    def renew(self, seen: Tokens | None, exchange: Callable[[Tokens | None], Tokens]) -> Tokens:
        """Re-read, exchange, commit, return: under a lease of its own, so that one refresh runs at a time over all processes."""
        with self._store.lease(f"tokens:{self._connection}", self._owner, wait_seconds=REFRESH_WAIT_SECONDS) as lease:
            current = self.tokens()
            if current is not None and current != seen:
                return current
            fresh = exchange(current)
            with self._store.begin(lease) as tx:
                tx.exec_driver_sql(
                    "INSERT INTO tokens (connection, body, expires_at) VALUES (?, ?, ?) ON CONFLICT (connection) DO UPDATE SET "
                    "body = excluded.body, expires_at = excluded.expires_at",
                    (self._connection, msgspec.json.encode(fresh).decode(), fresh.expires_at.isoformat()),
                )
            return fresh

    def spend(self, budget: str, calls_max: int, window_seconds: int) -> float:
        """A rolling window in 60 buckets: never more than `calls_max` in any whole window."""
        now = self._store.now()
        width = max(1, window_seconds // BUCKETS)
        slot = int(now.timestamp()) // width
        with self._store.begin() as tx:
            body = tx.exec_driver_sql("SELECT body FROM budgets WHERE connection = ? AND budget = ?", (self._connection, budget)).scalar()
            kept = _budget.decode(body) if body else {}
            until = kept.pop("until", 0)
            if until > now.timestamp():
                return float(until - now.timestamp())
            used = {int(name): count for name, count in kept.items() if int(name) > slot - window_seconds // width - 1}
            if sum(used.values()) >= calls_max:
                oldest = min(used)
                return float((oldest + window_seconds // width + 1) * width - now.timestamp())
            used[slot] = used.get(slot, 0) + 1
            self._save(tx, budget, {str(name): count for name, count in used.items()})
        return 0.0

    def pause(self, budget: str, seconds: float) -> None:
        until = int((self._store.now() + timedelta(seconds=seconds)).timestamp()) + 1
        with self._store.begin() as tx:
            body = tx.exec_driver_sql("SELECT body FROM budgets WHERE connection = ? AND budget = ?", (self._connection, budget)).scalar()
            self._save(tx, budget, {**(_budget.decode(body) if body else {}), "until": until})

    def _save(self, tx: object, budget: str, kept: dict[str, int]) -> None:
        tx.exec_driver_sql(  # type: ignore[attr-defined]
            "INSERT INTO budgets (connection, budget, body) VALUES (?, ?, ?) ON CONFLICT (connection, budget) DO UPDATE SET body = excluded.body",
            (self._connection, budget, msgspec.json.encode(kept).decode()),
        )


def expires_at(store: Store, connection: str) -> datetime | None:
    """When the stored access token of a connection ends."""
    tokens = StoreKeeper(store, connection, "").tokens()
    return tokens.expires_at if tokens else None
