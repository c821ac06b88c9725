"""What machines are told of the state: one snapshot, read as it is stored."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from connector.core.minor import from_minor
from connector.settings import Settings
from connector.store.keeper import BudgetLeft, budgets
from connector.store.store import Store, Tx, verb
from connector.store.troubles import AUTHORISE


class Seen(Struct, frozen=True, kw_only=True):
    """`entries`: (book, disposition) → entries. `documents`: (book, state) → documents. `in_doubt`: book → documents whose sending is
    not confirmed. `unmatched`: (book, currency) → value at standard rate or estimated. `pulled`: connection → seconds since its last
    complete pull, None where there was none. `authorise`: connections and books that somebody must authorise again. `runs`: (command,
    exit code) → runs; `last_seconds`: command → how long its latest run took.
    """

    entries: dict[tuple[str, str], int]
    documents: dict[tuple[str, str], int]
    in_doubt: dict[str, int]
    unmatched: dict[tuple[str, str], Decimal]
    pulled: dict[str, float | None]
    authorise: tuple[str, ...]
    budgets: tuple[BudgetLeft, ...]
    runs: dict[tuple[str, str], int]
    last_seconds: dict[str, float]


def look(settings: Settings, store: Store, sources: tuple[str, ...]) -> Seen:
    """Raises StateError where the state cannot be read, or is not at the program's schema."""
    store.require()
    with store.snapshot() as read:
        return Seen(
            entries=_counts(read, "SELECT book, disposition, count(*) FROM charges WHERE part = 1 GROUP BY book, disposition"),
            documents=_counts(read, "SELECT book, state, count(*) FROM documents GROUP BY book, state"),
            in_doubt=_in_doubt(settings, read),
            unmatched=_unmatched(read),
            pulled=_pulled(read, store.now(), sources),
            authorise=_authorise(read),
            budgets=tuple(budgets(read, store.now())),
            runs=_counts(read, _RUNS),
            last_seconds=_last_seconds(read),
        )


_RUNS = "SELECT command, coalesce(exit_code, -1), count(*) FROM runs GROUP BY command, exit_code"


def _counts(read: Tx, sql: str) -> dict[tuple[str, str], int]:
    """Rows of two names and a number; of a command only the verb counts: what follows may be a client's name."""
    found: dict[tuple[str, str], int] = {}
    for first, second, count in read.exec_driver_sql(sql):
        key = verb(str(first)) if sql is _RUNS else str(first), str(second)
        found[key] = found.get(key, 0) + int(count)
    return found


def _in_doubt(settings: Settings, read: Tx) -> dict[str, int]:
    rows = read.exec_driver_sql("SELECT book, count(*) FROM documents WHERE state IN ('intended', 'sent') GROUP BY book").all()
    return {**{book.name: 0 for book in settings.books}, **{str(book): int(count) for book, count in rows}}


def _unmatched(read: Tx) -> dict[tuple[str, str], Decimal]:
    rows = read.exec_driver_sql(
        "SELECT book, currency, sum(value) FROM charges WHERE disposition = 'unmatched' AND value IS NOT NULL GROUP BY book, currency"
    )
    return {(str(book), str(currency)): from_minor(int(value), str(currency)) for book, currency, value in rows}


def _pulled(read: Tx, now: datetime, sources: tuple[str, ...]) -> dict[str, float | None]:
    rows = {str(name): at for name, at in read.exec_driver_sql("SELECT name, last_complete_pull FROM connections")}
    return {name: (now - datetime.fromisoformat(rows[name])).total_seconds() if rows.get(name) else None for name in sources}


def _authorise(read: Tx) -> tuple[str, ...]:
    rows = read.exec_driver_sql(
        "SELECT name FROM connections WHERE trouble_code = ? UNION SELECT name FROM books WHERE trouble_code = ? ORDER BY name",
        (AUTHORISE, AUTHORISE),
    )
    return tuple(str(name) for (name,) in rows)


def _last_seconds(read: Tx) -> dict[str, float]:
    rows = read.exec_driver_sql(
        "SELECT command, started_at, ended_at FROM runs WHERE id IN (SELECT max(id) FROM runs WHERE ended_at IS NOT NULL GROUP BY command) "
        "ORDER BY id"
    )
    took = ((str(command), datetime.fromisoformat(ended) - datetime.fromisoformat(began)) for command, began, ended in rows)
    return {verb(command): spent.total_seconds() for command, spent in took}
