"""One of several programs on one state, as a process of its own: `python -m tests.store.rival URL NAME [IDLE_MS]`.

It says when it is ready, begins when it is told to, and ends with what came of it, as JSON.
"""

import json
import sys
from datetime import UTC, datetime
from threading import Event

from sqlalchemy.exc import IntegrityError

from connector.errors import HourbridgeError
from connector.ports import Budget
from connector.store import audit, postgres
from connector.store.keeper import StoreKeeper
from connector.store.store import Store

ROUNDS, CHARGES, CALLS_MAX = 15, 40, 25


class Clock:
    def now(self) -> datetime:
        return datetime(2026, 7, 2, 6, tzinfo=UTC)

    def boot(self) -> float:
        return 0.0

    def sleep(self, _seconds: float) -> None:
        Event().wait(0.005)


def tell(**said: object) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()


def rivals(store: Store, name: str) -> None:
    """Everything that two programs might do to each other, again and again."""
    keeper, calls, won = StoreKeeper(store, "xero", name), 0, 0
    document = _document(store, name)
    for _ in range(ROUNDS):
        with store.begin() as tx:
            audit.append(tx, "book:nz", store.now(), "page", {"by": name})
        calls += keeper.spend([Budget("minute", CALLS_MAX, 3600)]).held_by is None
        with store.lease("book:nz", name, wait_seconds=1) as lease:
            with store.snapshot() as read:
                count = int(store.fact(read, "counter") or 0)
            with store.begin(lease) as tx:
                store.set_fact(tx, "counter", str(count + 1))
    for entry in range(1, CHARGES + 1):
        try:
            with store.begin() as tx:
                tx.exec_driver_sql("INSERT INTO claims (entry, part, document) VALUES (?, 1, ?)", (entry, document))
            won += 1
        except IntegrityError:
            pass
    tell(calls=calls, won=won)


def _document(store: Store, name: str) -> int:
    with store.begin() as tx:
        row = tx.exec_driver_sql(
            "INSERT INTO documents (book, key, generation, kind, number, state, target) VALUES ('nz', ?, 1, 'invoice', ?, 'done', '') RETURNING id",
            (name, name),
        )
        return int(row.scalar_one())


def sleeper(store: Store, name: str) -> None:
    """Stops within a write transaction, under a lease, and goes on when it is told to."""
    try:
        with store.lease("book:nz", name) as lease, store.begin(lease) as tx:
            store.set_fact(tx, "who", name)
            tell(asleep=name)
            sys.stdin.readline()
    except HourbridgeError as error:
        tell(error=type(error).__name__, said=str(error))
    else:
        tell(error="", said="written")


def main() -> None:
    url, name, *idle = sys.argv[1:]
    if idle:
        postgres.IDLE_MS = int(idle[0])
    store = Store(url, Clock())
    tell(ready=name)
    sys.stdin.readline()
    store.migrate()
    (sleeper if idle else rivals)(store, name)
    store.engine.dispose()


if __name__ == "__main__":
    main()
