"""States for tests: in a file, because most of what is tested is what a second opening finds."""

from pathlib import Path

from connector.store.store import Store, Tx
from tests.fakes import VirtualClock


class TimedStore(Store):
    """A store whose database counts with the virtual clock too, so that a lease can expire in a test."""

    def database_ms(self, tx: Tx) -> int:
        return int(self.clock.now().timestamp() * 1000)


def at(place: Path | str, clock: VirtualClock | None = None) -> Store:
    """A state in a file, or at a URL, as one process opens it, with its own clock or a shared one; not migrated."""
    return TimedStore(place if isinstance(place, str) else f"sqlite:///{place}", clock or VirtualClock())


def made(place: Path | str, clock: VirtualClock | None = None) -> Store:
    """The same, at the program's schema."""
    store = at(place, clock)
    store.migrate()
    return store


def in_memory(clock: VirtualClock | None = None) -> Store:
    """A state that is never opened a second time: for properties, which make many."""
    store = Store("sqlite://", clock or VirtualClock())
    store.migrate()
    return store


def write(store: Store, sql: str) -> None:
    with store.begin() as tx:
        tx.exec_driver_sql(sql)


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    with store.snapshot() as read:
        return [tuple(row) for row in read.exec_driver_sql(sql)]
