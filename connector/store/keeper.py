"""What HTTP keeps over restarts for one connection: its tokens, refreshed by one holder at a time, and its request budgets."""

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from connector.ports import Budget, Tokens, Turn
from connector.store.store import Store, Tx
from connector.store.vault import NO_KEY, Vault, is_sealed

BUCKETS = 60
SPARE = 1
"""Buckets beyond a whole window: the vendor counts by a clock of its own, and of a call that its process did not outlive by another, only
when it began is known.
"""
REFRESH_WAIT_SECONDS = 30.0
UNTIL, MAX, WINDOW = "until", "max", "window"
"""Beside the buckets of a budget (their number → calls): the instant before which the vendor wants to hear nothing, and the calls that
a window of so many seconds allows.
"""
AUTHORISE_BY = "authorise by:"
"""A fact beside the tokens, which may be encrypted: when somebody must authorise a connection again at the latest."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._calls: dict[int, _Call] = {}

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
            self._vault.prove()
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
            ends = fresh.refresh_expires_at
            self._store.set_fact(tx, f"{AUTHORISE_BY}{self._connection}", ends.isoformat() if ends else "")
        return fresh

    def spend(self, budgets: Sequence[Budget]) -> Turn:
        """Rolling windows in at most 60 buckets, the running one and one to spare: never more than `calls_max` in any whole window, also
        where the vendor's clock cuts it a little elsewhere. All of them in one transaction.
        """
        with self._lock, self._store.begin(turn=self._turn) as tx:
            now_ms = _ms(self._store.now())
            kept = self._budgets(tx)
            recounted = [_recount(call, kept, now_ms) for call in self._calls.values()]
            until_ms = 1000 * max((calls.get(UNTIL, 0) for calls in kept.values()), default=0)
            waits = [(max(_free_ms(budget, kept.get(budget.name, {}), now_ms), until_ms) - now_ms, budget) for budget in budgets]
            wait_ms, longest = max(waits, key=lambda wait: wait[0])
            if wait_ms > 0:
                return Turn(seconds=wait_ms / 1000, held_by=longest)
            slots = {budget: now_ms // _width_ms(budget.window_seconds) for budget in budgets}
            for budget, slot in slots.items():
                _count(kept.setdefault(budget.name, {}), slot, 1)
            self._save(tx, kept, {budget for call in recounted for budget in call.slots} | slots.keys(), now_ms)
        number = next(self._numbers)
        self._calls = {call.number: call for call in recounted if call.answered_ms is None} | {number: _Call(number, slots)}
        return Turn(number)

    def answered(self, turn: Turn) -> None:
        """Written with the next call: until somebody makes one it changes nothing."""
        with self._lock:
            if (call := self._calls.get(turn.number)) is not None:
                self._calls[turn.number] = msgspec.structs.replace(call, answered_ms=_ms(self._store.now()))

    def pause(self, budget: str, seconds: float) -> None:
        until = int((self._store.now() + timedelta(seconds=seconds)).timestamp()) + 1
        with self._store.begin(turn=self._turn) as tx:
            kept = self._budgets(tx).get(budget, {})
            self._put(tx, [(budget, {**kept, UNTIL: max(until, kept.get(UNTIL, 0))})])

    def _read(self, read: Tx) -> Tokens | None:
        body = read.exec_driver_sql("SELECT body FROM tokens WHERE connection = ?", (self._connection,)).scalar()
        return _tokens.decode(self._vault.open(self._connection, body)) if body else None

    def _sealed(self, tokens: Tokens) -> str:
        return self._vault.seal(self._connection, msgspec.json.encode(tokens).decode())

    def _budgets(self, read: Tx) -> dict[str, dict[str, int]]:
        rows = read.exec_driver_sql("SELECT budget, body FROM budgets WHERE connection = ?", (self._connection,)).all()
        return {budget: _budget.decode(body) for budget, body in rows}

    def _save(self, tx: Tx, kept: Mapping[str, dict[str, int]], budgets: Iterable[Budget], now_ms: int) -> None:
        """What these budgets still count. No pause is left where a call was let in."""
        said = {budget.name: budget for budget in budgets}
        self._put(
            tx,
            [
                (name, {**_within(budget, kept[name], now_ms), MAX: budget.calls_max, WINDOW: budget.window_seconds})
                for name, budget in sorted(said.items())
            ],
        )

    def _put(self, tx: Tx, bodies: Iterable[tuple[str, dict[str, int]]]) -> None:
        tx.exec_driver_sql(
            "INSERT INTO budgets (connection, budget, body) VALUES (?, ?, ?) ON CONFLICT (connection, budget) DO UPDATE SET body = excluded.body",
            [(self._connection, budget, msgspec.json.encode(kept).decode()) for budget, kept in bodies],
        )


# ---- how a window counts ------------------------------------------------------------------------------------------------------


class _Call(Struct, frozen=True):
    """A call of this process that may arrive later than its budgets know: `slots`, where they count it; `answered_ms`, where it is over."""

    number: int
    slots: Mapping[Budget, int]
    answered_ms: int | None = None


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _width_ms(window_seconds: int) -> int:
    """How long one bucket of a window is."""
    return -(-window_seconds * 1000 // BUCKETS)


def _oldest(window_seconds: int, now_ms: int) -> int:
    """The first bucket that counts."""
    width = _width_ms(window_seconds)
    return now_ms // width - -(-window_seconds * 1000 // width) - SPARE


def _within(budget: Budget, calls: Mapping[str, int], now_ms: int) -> dict[str, int]:
    oldest = _oldest(budget.window_seconds, now_ms)
    return {slot: count for slot, count in calls.items() if slot.isdigit() and count > 0 and int(slot) >= oldest}


def _free_ms(budget: Budget, calls: Mapping[str, int], now_ms: int) -> int:
    """When the next call may go, now at the earliest."""
    used = _within(budget, calls, now_ms)
    if sum(used.values()) < budget.calls_max:
        return now_ms
    past = min(map(int, used)) - _oldest(budget.window_seconds, now_ms) + 1
    return (now_ms // _width_ms(budget.window_seconds) + past) * _width_ms(budget.window_seconds)


def _count(calls: dict[str, int], slot: int, more: int) -> None:
    calls[str(slot)] = calls.get(str(slot), 0) + more


def _recount(call: _Call, kept: dict[str, dict[str, int]], now_ms: int) -> _Call:
    """Counts a call where it ended, one that is still under way now: it may arrive as late as that."""
    at_ms = now_ms if call.answered_ms is None else call.answered_ms
    slots = {budget: at_ms // _width_ms(budget.window_seconds) for budget in call.slots}
    for budget, before in call.slots.items():
        calls = kept.setdefault(budget.name, {})
        if calls.get(str(before), 0) > 0:  # else it was under way for longer than the window is
            _count(calls, before, -1)
        _count(calls, slots[budget], 1)
    return msgspec.structs.replace(call, slots=slots)


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
    return [_left(connection, name, _budget.decode(body), now) for connection, name, body in rows]


def _left(connection: str, name: str, kept: dict[str, int], now: datetime) -> BudgetLeft:
    window = Budget(name, kept.get(MAX, 0), kept.get(WINDOW, 0))
    spent = sum(_within(window, kept, _ms(now)).values()) if window.window_seconds else 0
    paused = max(kept.get(UNTIL, 0) - now.timestamp(), 0.0)
    return BudgetLeft(connection=connection, name=name, spent=spent, calls_max=window.calls_max, paused_seconds=int(paused))


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


def reach_of(connection: str, book: str) -> str:
    """The fact that says how the connection was set when a book's catalogue was read through it."""
    return f"reach:{connection}:{book}"


def authorise_by(read: Tx) -> dict[str, str]:
    """Connection → when its refresh token ends, of those whose vendor tells. Each use may move it."""
    rows = read.exec_driver_sql("SELECT name, body FROM facts WHERE substr(name, 1, 13) = ? AND body <> ''", (AUTHORISE_BY,))
    return {str(name).removeprefix(AUTHORISE_BY): str(body) for name, body in rows}


def forget_tokens(store: Store, connection: str) -> bool:
    """Drops a connection's tokens, so that the next request authorises anew, perhaps with another company; whether there were any."""
    with store.begin(turn=turn_of(connection)) as tx:
        reach = reach_of(connection, "")
        tx.exec_driver_sql("UPDATE facts SET body = 'forgotten' WHERE substr(name, 1, CAST(? AS INTEGER)) = ?", (len(reach), reach))
        store.set_fact(tx, f"{AUTHORISE_BY}{connection}", "")
        _overwrite_old_pages(tx)
        return tx.exec_driver_sql("DELETE FROM tokens WHERE connection = ?", (connection,)).rowcount > 0
