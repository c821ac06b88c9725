"""A state as its database sees it: which rows a command wrote, and how a state of a million entries comes about quickly."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

SHIFT = 1_000_000_000
"""Added to an entry's key for each copy; far above any key that a state of this size gives."""


def watch(state: Path, tables: Sequence[str]) -> None:
    """From now on every row that is inserted, updated (also to the same values) or deleted in these tables is counted by a trigger."""
    with closing(sqlite3.connect(state)) as database, database:
        database.execute("CREATE TABLE bench_writes (written TEXT)")
        for table in tables:
            for verb in ("INSERT", "UPDATE", "DELETE"):
                database.execute(
                    f"CREATE TRIGGER bench_{table}_{verb} AFTER {verb} ON {table} BEGIN INSERT INTO bench_writes VALUES ('{table}'); END"
                )


def written(state: Path) -> dict[str, int]:
    """Table → rows written since the last time this was asked; only tables with any."""
    with closing(sqlite3.connect(state)) as database, database:
        found = dict(database.execute("SELECT written, count(*) FROM bench_writes GROUP BY 1").fetchall())
        database.execute("DELETE FROM bench_writes")
        return found


def count(state: Path, table: str) -> int:
    with closing(sqlite3.connect(state)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def worked_seconds(state: Path) -> int:
    with closing(sqlite3.connect(state)) as database:
        return int(database.execute("SELECT sum(seconds) FROM entries WHERE deleted = 0").fetchone()[0])


def multiply(state: Path, times: int) -> None:
    """Every entry and its charges that many times, under ids of their own. Staging a million entries through the program and pricing
    them gives the same rows in about a minute more; nothing that says whether the charges are current is touched.
    """
    with closing(sqlite3.connect(state)) as database, database:
        for copy in range(1, times):
            for table, changed in (
                ("entries", {"key": f"key + {copy * SHIFT}", "entry_id": f"entry_id || '-{copy}'"}),
                ("charges", {"entry": f"entry + {copy * SHIFT}"}),
            ):
                names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
                values = ", ".join(changed.get(name, name) for name in names)
                own = f"{'key' if table == 'entries' else 'entry'} < {SHIFT}"
                database.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE {own}")


def forget_budgets(state: Path) -> None:
    """As if the minute before this one had passed: no call of it is remembered."""
    with closing(sqlite3.connect(state)) as database, database:
        database.execute("DELETE FROM budgets")
