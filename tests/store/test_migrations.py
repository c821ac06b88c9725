"""The state moves forward only, in one piece, after a copy; and the migrations end where the schema stands."""

import contextlib
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from connector.errors import ConfigError, StateError
from connector.store import engine as opening
from connector.store.schema import metadata
from connector.store.store import Store
from connector.store.version import VERSION
from tests.fakes import VirtualClock
from tests.store.stores import at, made, rows

ROOT = Path(__file__).parents[2]
SCHEMAS = Path(__file__).parent / "schemas"
MIGRATIONS = Path(opening.__file__).parent / "migrations"
KEPT = sorted(SCHEMAS.glob("*.sql"))


def objects(store):
    """Tables and indexes as the database has them, but for its own and Alembic's."""
    found = rows(store, "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'alembic_%'")
    return {(kind, name): " ".join(str(sql).split()) for kind, name, sql in found}


def restored(path, schema):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(schema.read_text())
    return at(path)


def migrated(store):
    """Through every migration, as a new state never is: it is made at once."""
    with opening.connect(store.engine, turn=opening.STATE) as connection, connection.begin():
        opening.upgrade(connection)
    return store


@pytest.fixture
def grown():
    store = migrated(Store("sqlite://", VirtualClock()))
    yield store
    store.engine.dispose()


def differences(store):
    with store.snapshot() as read:
        return compare_metadata(MigrationContext.configure(read, opts={"compare_type": True}), metadata)


def test_a_new_state_is_the_schema(store):
    assert differences(store) == []


def test_a_migrated_state_is_the_schema(new_place):
    store = migrated(at(new_place))
    assert store.current()
    assert differences(store) == []
    store.engine.dispose()


def columns(store):
    """(table, column, type, not null, default, place in the primary key), as the database has them."""
    return set(rows(store, 'SELECT m.name, c.name, c.type, c."notnull", c.dflt_value, c.pk FROM sqlite_master m, pragma_table_info(m.name) c '
                           "WHERE m.type = 'table' AND m.name NOT LIKE 'alembic_%'"))  # fmt: skip


def test_columns_defaults_and_constraints_are_those_of_the_schema(grown, in_file):
    assert columns(grown) == columns(in_file)
    assert set(objects(grown)) == set(objects(in_file))
    for name, sql in objects(in_file).items():
        for word in ("CHECK", "UNIQUE", "FOREIGN KEY", "PRIMARY KEY", "NOT NULL", "WHERE"):
            assert objects(grown)[name].count(word) == sql.count(word), (name, word)


def test_a_new_state_loads_no_alembic(path):
    program = (
        f"import sys; from connector.store.store import Store; from tests.fakes import VirtualClock; "
        f"Store('sqlite:///{path}', VirtualClock()).migrate(); sys.exit('alembic' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode == 0
    )


def test_the_newest_migration_is_the_version_that_the_program_knows():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == VERSION


def test_every_schema_that_was_ever_released_is_kept():
    versions = sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert [path.stem for path in KEPT] == versions


@pytest.mark.parametrize("schema", KEPT, ids=lambda schema: schema.stem)
def test_a_kept_schema_migrates_forward_with_what_is_in_it(path, schema):
    store = restored(path, schema)
    if not store.current():
        store.migrate()
    assert store.current()
    with store.snapshot() as read:
        context = MigrationContext.configure(read, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    assert rows(store, "SELECT entry_id, seconds FROM entries") == [("kept", 3600)]
    assert rows(store, "SELECT number, state, net FROM documents") == [("HB-2606-001", "done", 12000)]
    store.engine.dispose()


def test_a_new_state_is_made_and_needs_no_copy(path):
    store = at(path)
    assert not store.current()
    assert store.migrate() == f"the state is now at schema {VERSION}"
    assert store.current()
    assert store.migrate() == f"the state is current (schema {VERSION})"
    assert [found.name for found in path.parent.iterdir() if "before" in found.name] == []
    store.engine.dispose()


def test_reading_a_state_that_is_not_there_yet_tells_how_to_make_it(path):
    store = at(path)
    with pytest.raises(StateError, match="hourbridge migrate"):
        store.require()
    store.migrate()
    store.require()
    store.engine.dispose()


def test_d2_a_newer_state_is_refused_and_left_alone(path):
    made(path).engine.dispose()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    store = at(path)
    for ask in (store.current, store.migrate, store.require):
        with pytest.raises(StateError, match=f"newer Hourbridge \\(schema 9999, this program knows {VERSION}\\)") as told:
            ask()
        assert "Install the newer version; this one will not touch it" in str(told.value)
    store.engine.dispose()
    assert path.read_bytes() == before


@pytest.fixture
def old(path, monkeypatch):
    """A state one schema behind, with something in it: as a program sees it that knows one migration more."""
    store = made(path)
    with store.begin() as tx:
        tx.exec_driver_sql("INSERT INTO facts (name, body) VALUES ('kept', 'yes')")
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    store.engine.dispose()
    return path


def steps(monkeypatch, upgrade):
    """Puts a migration in the place of Alembic's own run; the transaction around it is the real one."""

    def run(config, _revision):
        connection = config.attributes["connection"]
        upgrade(connection)
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (VERSION,))

    monkeypatch.setattr("alembic.command.upgrade", run)


def test_a_copy_is_made_first(old, monkeypatch):
    steps(monkeypatch, lambda connection: connection.exec_driver_sql("DELETE FROM facts"))
    store = at(old)
    copy = Path(f"{old}.before-{VERSION}")
    assert store.migrate() == f"the state is now at schema {VERSION}; a copy of the old one is {copy}"
    assert rows(store, "SELECT * FROM facts") == []
    with contextlib.closing(sqlite3.connect(copy)) as before:
        assert before.execute("SELECT name FROM facts").fetchall() == [("kept",)]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    store.engine.dispose()


def test_d2_a_migration_that_fails_changes_nothing(old, monkeypatch):
    def fail(connection):
        connection.exec_driver_sql("DROP TABLE facts")
        connection.exec_driver_sql("SELECT * FROM nothing_like_it")

    steps(monkeypatch, fail)
    store = at(old)
    with pytest.raises(StateError):
        store.migrate()
    assert rows(store, "SELECT name FROM facts") == [("kept",)]
    assert not store.current()
    store.engine.dispose()


def test_a_database_of_something_else_is_left_alone(path):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    store = at(path)
    with pytest.raises(ConfigError, match="it has a table `bookmarks`"):
        store.migrate()
    assert rows(store, "SELECT name FROM sqlite_master WHERE type = 'table'") == [("bookmarks",)]
    store.engine.dispose()
