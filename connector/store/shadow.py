"""Charges computed afresh, put before the stored ones for one reader: reports then have one way of reading, and nothing is written.

The two tables are temporary and of the reading connection alone; a name without a schema finds them first.
"""

import contextlib
from collections.abc import Iterator

from sqlalchemy.engine import Connection

MAKE = (
    "CREATE TEMPORARY TABLE charges AS SELECT * FROM charges WHERE 1 = 0",
    "CREATE UNIQUE INDEX temp.shadow_charges ON charges (entry, part)",
    "CREATE TEMPORARY TABLE reasons (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL)",
)
END = ("DROP TABLE temp.charges", "DROP TABLE temp.reasons")


@contextlib.contextmanager
def shadowed(read: Connection) -> Iterator[None]:
    """Empty `charges` and `reasons` for this connection, until the end; `charges.store` then fills them."""
    for statement in MAKE:
        read.exec_driver_sql(statement)
    try:
        yield
    finally:
        for statement in END:
            read.exec_driver_sql(statement)
