"""Charges computed afresh, put before the stored ones for one reader: reports then have one way of reading, and nothing is written.

The two tables are temporary and of the reading connection alone; a name without a schema finds them first. A snapshot that ends by a
fault takes them with it.
"""

import contextlib
from collections.abc import Iterator

from sqlalchemy.engine import Connection

MAKE = {
    "sqlite": (
        "CREATE TEMPORARY TABLE charges AS SELECT * FROM charges WHERE 1 = 0",
        "CREATE UNIQUE INDEX temp.shadow_charges ON charges (entry, part)",
        "CREATE TEMPORARY TABLE reasons (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, body TEXT NOT NULL)",
    ),
    "postgresql": (
        "CREATE TEMPORARY TABLE charges (LIKE charges INCLUDING DEFAULTS, PRIMARY KEY (entry, part)) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE reasons (id BIGINT PRIMARY KEY, digest BYTEA UNIQUE, body TEXT NOT NULL) ON COMMIT DROP",
        "DISCARD PLANS",  # a prepared statement would go on with the table its names stood for
    ),
}
END = {
    "sqlite": ("DROP TABLE temp.charges", "DROP TABLE temp.reasons"),
    "postgresql": ("DROP TABLE pg_temp.charges", "DROP TABLE pg_temp.reasons", "DISCARD PLANS"),
}


@contextlib.contextmanager
def shadowed(read: Connection) -> Iterator[None]:
    """Empty `charges` and `reasons` for this connection, until the end; `charges.store` then fills them."""
    for statement in MAKE[read.dialect.name]:
        read.exec_driver_sql(statement)
    yield
    for statement in END[read.dialect.name]:
        read.exec_driver_sql(statement)
