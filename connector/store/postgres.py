"""PostgreSQL's habits, in one place: how it is opened, how a transaction begins, and what its faults mean.

Statements are written with `?`, as SQLite takes them, and translated here. Snapshots are REPEATABLE READ. Write transactions are READ
COMMITTED and wait for their turn first (an advisory lock that ends with the transaction): what SQLite gets from BEGIN IMMEDIATE, so that
what is read in one may be written upon in it, and nothing fails to serialize.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import ConnectionPoolEntry

from connector.errors import ConfigError

DRIVER = "postgresql+psycopg"
TURN_MS = 120_000
"""How long a writer waits for its turn; drawing a large picture takes some seconds of a write transaction."""
IDLE_MS = 300_000
"""A program that stands still for so long within a transaction loses it: as long as a lease, so that it holds nobody up for ever."""
CONNECT_SECONDS = 10
NO_SUCH_TABLE = "42P01"


def url_of(parsed: sa.URL) -> sa.URL:
    """The URL with the one driver we speak. Raises ConfigError for another."""
    if parsed.drivername not in ("postgresql", "postgres", DRIVER):
        raise ConfigError(f"`{parsed.drivername}` is not supported", to="state", next_step=f"Use {DRIVER}://USER@HOST/DATABASE.")
    return parsed.set(drivername=DRIVER)


def open_engine(url: sa.URL) -> Engine:
    """An engine; nothing is connected yet. Raises ConfigError where the driver is not installed."""
    options = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    try:
        engine = sa.create_engine(url, pool_pre_ping=True, connect_args=options, use_native_hstore=False)
    except ModuleNotFoundError as error:
        raise ConfigError("the driver psycopg is not installed", to="state", next_step="Install `hourbridge[scale]`.") from error
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    sa.event.listen(engine, "before_cursor_execute", _translate, retval=True)
    return engine


def connect(engine: Engine, *, turn: str) -> Connection:
    """A connection whose transactions write, at their turn, or read one moment where `turn` is empty."""
    return engine.connect().execution_options(turn=turn, isolation_level="READ COMMITTED" if turn else "REPEATABLE READ")


def _prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Settings of this session. A commit is durable whatever the server's default; a sum of whole numbers is a whole number."""
    from psycopg.types.numeric import Int8Dumper, IntLoader  # noqa: PLC0415  (only where PostgreSQL is used)

    connection.adapters.register_loader("numeric", IntLoader)
    connection.adapters.register_dumper(int, Int8Dumper)  # one type for all sizes: a statement for many rows is prepared once
    settings = {"lock_timeout": str(TURN_MS), "idle_in_transaction_session_timeout": str(IDLE_MS), "timezone": "UTC"}
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        cursor.execute("SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
        (encoding,) = cursor.execute("SELECT current_setting('server_encoding')").fetchone()
    connection.commit()
    if encoding != "UTF8":
        connection.close()
        raise ConfigError(f"the database is encoded in {encoding}", to="state", next_step="Make one with `createdb --encoding UTF8`.")


def _begin(connection: Connection) -> None:
    turn = connection.get_execution_options().get("turn")
    if turn:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext('hourbridge'), hashtext(?))", (turn,))


def forbid_writes(read: Connection) -> None:
    """From here on this snapshot changes nothing, whatever is asked of it."""
    read.exec_driver_sql("SET TRANSACTION READ ONLY")


def clock_ms(tx: Connection) -> int:
    """The server's clock now, not at the transaction's begin: milliseconds since 1970."""
    return int(tx.exec_driver_sql("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)").scalar_one())


# ---- statements -------------------------------------------------------------------------------------------------------------

_PIECES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|[?%]")
"""What is quoted or a comment is passed over whole; outside of it a question mark stands for a value."""


@lru_cache(maxsize=512)
def with_percent_signs(statement: str) -> str:
    """A statement with `?` as the driver takes it."""
    return _PIECES.sub(lambda piece: "%s" if piece[0] == "?" else piece[0].replace("%", "%%"), statement)


def _translate(_connection: Connection, _cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> tuple[str, Any]:
    """Only what was written by hand: what SQLAlchemy or Alembic made is in the driver's style already."""
    if context.compiled is not None:
        return statement, parameters
    return with_percent_signs(statement), [*map(without_nul, parameters)] if many else without_nul(parameters)


def without_nul(row: Sequence[Any]) -> Sequence[Any]:
    """A NUL, which PostgreSQL keeps in no text, is written as the sign for what cannot be read."""
    for value in row:
        if type(value) is str and "\0" in value:
            return tuple(value.replace("\0", "\ufffd") if type(value) is str else value for value in row)
    return row


def copy_rows(tx: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds rows by COPY, in the transaction. Its faults are those that a statement would have raised."""
    import psycopg  # noqa: PLC0415  (see above)

    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    driver: Any = tx.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(without_nul(row))
    except psycopg.Error as error:
        raise sa.exc.DBAPIError.instance(statement, None, error, psycopg.Error, dialect=tx.dialect) from error


# ---- faults -----------------------------------------------------------------------------------------------------------------

STEPS = (
    ("28", "password authentication failed|no password supplied|no pg_hba.conf entry|role .* does not exist",
     "Mend the user or the password in `state`; keep the URL in a file for this user alone (`state: file:PATH`)."),
    ("3D000", "database .* does not exist", "Make the database first (`createdb --encoding UTF8`), or name another in `state`."),
    ("42501", "permission denied", "Let this user connect to the database and make tables in it: the simplest is that it owns the database."),
    ("25006", "read-only", "This server takes no writes, it may be a standby; name the one that does in `state`."),
    ("53100", "No space left", "Free disk space at the server and run the command again; it goes on where it stopped."),
    ("53300", "too many clients|remaining connection slots", "Run fewer workers, or raise max_connections at the server."),
    ("55P03|40", "lock timeout|deadlock",
     "Another program holds it; try again when it has ended. Nothing was sent without its intent."),
    ("XX", "invalid page|could not read block", "Restore the latest backup, then `hourbridge apply --adopt`; keep the damaged database."),
    ("25P03|57P|08", "connection|timeout expired|could not translate host name|failed to resolve host",
     "Check that the server runs and can be reached, then run the command again; it goes on where it stopped."),
)  # fmt: skip
"""SQLSTATEs by their beginning, words where the driver has no state yet (it did not get in), and what to do.
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""


def is_ours(error: BaseException | None) -> bool:
    """Whether a fault came through this driver."""
    return type(error).__module__.partition(".")[0] == "psycopg"


def is_no_such_table(error: BaseException | None) -> bool:
    return getattr(error, "sqlstate", None) == NO_SUCH_TABLE


def sentence(error: BaseException) -> str:
    """The fault in one line; its details, which quote values, are left out."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    return " ".join(str(primary or error).split())


def next_step(error: BaseException) -> str:
    """What to do about it, "" where nothing is known."""
    state, said = getattr(error, "sqlstate", None), str(error)
    found = (step for states, words, step in STEPS if (re.match(states, state) if state else re.search(words, said)))
    return next(found, "")
