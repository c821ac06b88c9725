"""Opening the state, on SQLite or PostgreSQL (`postgres.py` knows that one's habits).

SQLite: WAL, synchronous=FULL, foreign keys, a busy time-out; the driver's own transaction control is off (left alone it commits
DDL at once and does not begin at a SELECT), and every write transaction opens with BEGIN IMMEDIATE.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, IntegrityError
from sqlalchemy.pool import StaticPool

from connector.errors import ConfigError, StateError
from connector.store import postgres
from connector.store.version import VERSION

BUSY_MS = 20_000
PAGE_BYTES = 8192
"""Of a new file, twice what is usual: a staged entry's row is 800 bytes long, and a first load costs SQLite a fifth less."""
ROOM = ("cache_size=-12000", "wal_autocheckpoint=2000")
"""12 MB of pages in memory and 16 MB in the WAL, six and four times what is usual: the pages of an index that every commit touches are
written back less often, a seventh of what a first load costs SQLite, and what every new charge refers to stays at hand, a fifth of what
storing charges does.
"""
VERSIONS = "alembic_version"
STATE = "state"
"""The turn of every transaction that writes to more than one connection's or lease's own rows."""
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"})


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///file`, `sqlite://` (in memory) or a PostgreSQL URL. Raises ConfigError, StateError."""
    parsed = _parsed(url)
    if parsed.drivername != "sqlite":
        return postgres.open_engine(postgres.url_of(parsed))
    memory = not parsed.database or parsed.database == ":memory:"
    if not memory:
        _check_folder(Path(str(parsed.database)))
    options: dict[str, Any] = {"poolclass": StaticPool} if memory else {}
    engine = sa.create_engine(parsed, connect_args={"check_same_thread": False}, **options)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (ArgumentError, ValueError) as error:  # its own message may quote the URL, and with it a password
        raise ConfigError(
            "is no URL of a database", to="state", next_step=f"Use sqlite:///FILE or {postgres.DRIVER}://USER@HOST/DATABASE."
        ) from error.with_traceback(None)


def is_postgres(tx: Connection) -> bool:
    return tx.dialect.name == "postgresql"


def connect(engine: Engine, *, turn: str = "") -> Connection:
    """A connection for write transactions, or for snapshots where `turn` is empty. Writers of one turn go one after the other; SQLite
    has one turn for all.
    """
    if engine.dialect.name == "postgresql":
        return postgres.connect(engine, turn=turn)
    return engine.connect().execution_options(writes=bool(turn))


def _check_folder(path: Path) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ConfigError("the folder does not exist", to=str(folder), next_step="Make it, or change `state` in the configuration.")
    if file_system(folder) in NETWORK_FILE_SYSTEMS:
        raise ConfigError(
            "is on a network file system, whose locks cannot be trusted", to=str(path),
            next_step="Keep the state on a local disk, or use PostgreSQL.",
        )  # fmt: skip
    if not path.exists():
        _make_private(path)


def _make_private(path: Path) -> None:
    """An empty file for this user alone: it will hold tokens."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StateError(f"the file cannot be made ({error.strerror})", to=str(path), next_step=_next_step(str(error.strerror))) from error


def file_system(folder: Path) -> str:
    """The type of the file system that holds a folder, "" where the machine does not tell."""
    best, kind = "", ""
    with contextlib.suppress(OSError):
        for row in Path("/proc/self/mounts").read_text("utf-8").splitlines():
            _, mount, name, *_ = row.split()
            mount = mount.replace("\\040", " ")
            inside = str(folder) == mount or str(folder).startswith(mount.rstrip("/") + "/")
            if inside and len(mount) >= len(best):
                best, kind = mount, name
    return kind


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    connection.execute(f"PRAGMA page_size={PAGE_BYTES}")
    _keep_a_log_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", *ROOM):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log_ahead(connection: sqlite3.Connection) -> None:
    """SQLite does not wait for the lock that this takes in a new file: two programs that make one state at once would stop one of them."""
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def clock_ms(tx: Connection) -> int:
    """The database's own clock, in milliseconds since 1970: one clock for all who share a state, whatever their own say."""
    if is_postgres(tx):
        return postgres.clock_ms(tx)
    return int(tx.exec_driver_sql("SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)").scalar_one())


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


@contextlib.contextmanager
def told_as_state_errors(url: str) -> Iterator[None]:
    """Database faults as sentences: locked, full, read-only, corrupt, out of reach. A broken rule of ours (IntegrityError) is none."""
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        fault: BaseException = error.orig or error
        there = postgres.is_ours(fault)
        said, step = (postgres.sentence(fault), postgres.next_step(fault)) if there else (str(fault), _next_step(str(fault)))
        raise StateError(
            _sentence(said), to=shown(url),
            next_step=step or "Nothing was sent without its intent; look at the message, then run the command again.",
        ) from error  # fmt: skip


def _sentence(fault: str) -> str:
    return f"the state cannot be used ({fault})"


def shown(url: str) -> str:
    """A state's URL as messages may show it: no password, and nothing behind the question mark, where there may be another."""
    return _parsed(url).set(query={}).render_as_string(hide_password=True)


def _next_step(fault: str) -> str:
    lowered = fault.lower()
    if "locked" in lowered or "busy" in lowered:
        return "Another program holds it; try again when it has ended. Nothing was sent without its intent."
    if "full" in lowered or "no space" in lowered:
        return "Free disk space and run the command again; it goes on where it stopped."
    if "unable to open" in lowered:
        return "Check that `state` names a file, not a folder, and that this user may open it and write beside it."
    if "readonly" in lowered or "read-only" in lowered or "permission" in lowered:
        return "Make the file and its folder writable for this user. The same goes for files beside it that end in -wal and -shm."
    if "malformed" in lowered or "not a database" in lowered:
        return "Restore the latest backup, then `hourbridge apply --adopt`; keep the damaged file."
    return ""


def schema_version(engine: Engine) -> str:
    """The migration the state stands at, "" for a new state."""
    with engine.connect() as connection:
        try:
            return str(connection.exec_driver_sql(f"SELECT version_num FROM {VERSIONS}").scalar() or "")
        except DatabaseError as error:
            if "no such table" in str(error) or postgres.is_no_such_table(error.orig):
                return ""
            raise


def check_version(engine: Engine, url: str) -> bool:
    """True when the state is current, False when it must be migrated. Raises StateError when it is newer than the program."""
    version = schema_version(engine)
    if version > VERSION:
        raise StateError(
            f"was written by a newer Hourbridge (schema {version}, this program knows {VERSION})", to=shown(url),
            next_step="Install the newer version; this one will not touch it.",
        )  # fmt: skip
    return version == VERSION


def migrate(engine: Engine, url: str, *, kept: bool = False) -> str:
    """Brings the state to the newest schema, after a copy of it; returns what was done.

    `kept`: somebody says that there is a backup, where this program makes none. Raises StateError where one is wanted.
    """
    if check_version(engine, url):
        return f"the state is current (schema {VERSION})"
    _check_ours(engine, url)
    copy = _copy_first(engine, url, kept=kept)
    with connect(engine, turn=STATE) as connection, connection.begin():
        if sa.inspect(connection).has_table(VERSIONS):
            upgrade(connection)
        else:
            _make(connection)
    return f"the state is now at schema {VERSION}" + (f"; a copy of the old one is {copy}" if copy else "")


def _make(tx: Connection) -> None:
    """A new state as the migrations would leave it, without Alembic: loading that costs 0.2 CPU s."""
    from connector.store.schema import metadata  # noqa: PLC0415  (nothing else asks for it)

    metadata.create_all(tx)
    tx.exec_driver_sql(f"CREATE TABLE {VERSIONS} (version_num VARCHAR(32) NOT NULL, CONSTRAINT {VERSIONS}_pkc PRIMARY KEY (version_num))")
    tx.exec_driver_sql(f"INSERT INTO {VERSIONS} (version_num) VALUES ('{VERSION}')")


def upgrade(tx: Connection) -> None:
    """Every migration that the state does not have yet. The only importer of Alembic."""
    from alembic import command  # noqa: PLC0415  (only where there is a step to take)
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = tx
    command.upgrade(config, "head")


TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name LIMIT 1",
    "postgresql": "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1 LIMIT 1",
}


def _check_ours(engine: Engine, url: str) -> None:
    """Raises ConfigError for a database that somebody else's tables stand in."""
    if schema_version(engine):
        return
    with engine.connect() as connection:
        strange = connection.exec_driver_sql(TABLES[engine.dialect.name]).scalar()
    if strange is not None and not schema_version(engine):  # another program may have made the state meanwhile
        raise ConfigError(
            f"is not a state of Hourbridge: it has a table `{strange}`", to=shown(url), next_step="Name another one under `state`."
        )


def _copy_first(engine: Engine, url: str, *, kept: bool) -> Path | None:
    database = engine.url.database
    version = schema_version(engine)
    if not version or not database or database == ":memory:":
        return None
    if engine.dialect.name == "postgresql":
        if kept:
            return None
        raise StateError(
            f"is at schema {version}, this program is at {VERSION}, and there may be no copy of it to go back to", to=shown(url),
            next_step=f"Stop the other programs on it, `pg_dump --format=custom --file=before-{VERSION}.dump {database}`, then "
            "`hourbridge migrate --yes`.",
        )  # fmt: skip
    copy = Path(f"{database}.before-{VERSION}")
    _make_private(copy)
    with contextlib.closing(sqlite3.connect(database)) as source, contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy
