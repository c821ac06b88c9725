"""What is PostgreSQL's own: how statements, numbers and order come to be as on SQLite, and what its faults tell a person."""

from datetime import date

import psycopg
import pytest
import sqlalchemy as sa

from connector.errors import ConfigError, StateError
from connector.model import TimeEntry
from connector.store import charges, entries, postgres, seen, staging
from connector.store import engine as opening
from connector.store.shadow import shadowed
from connector.store.store import COPY_MIN, Store, insert_many
from connector.store.version import VERSION
from tests import postgres as server
from tests.fakes import VirtualClock
from tests.store.stores import at, rows, write

CANARY = "canary-of-the-state"


# ---- statements, numbers, order -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT ? WHERE a = ?", "SELECT %s WHERE a = %s"),
        ("SELECT '?', \"a?\" || ?", "SELECT '?', \"a?\" || %s"),
        ("SELECT 'it''s ?' -- why?\n, ?", "SELECT 'it''s ?' -- why?\n, %s"),
        ("SELECT 7 % ?, 'book:%' -- 100%", "SELECT 7 %% %s, 'book:%%' -- 100%%"),
    ],
)
def test_question_marks_stand_for_values_only_where_they_are_not_quoted(ours, theirs):
    assert postgres.with_percent_signs(ours) == theirs


def test_what_is_quoted_reaches_the_database_as_it_is(store):
    with store.begin() as tx:
        store.set_fact(tx, "100% sure?", "it's 5% ?")
    assert rows(store, "SELECT body FROM facts WHERE name LIKE '100% sure?'") == [("it's 5% ?",)]


def test_names_are_in_the_order_of_their_code_points(store):
    names = ["a", "B", "ä", "Z", "_", "1", "z", "Ω", "\U0001f600"]
    with store.begin() as tx:
        for name in names:
            store.set_fact(tx, name, "x")
    assert rows(store, "SELECT name FROM facts ORDER BY name") == [(name,) for name in sorted(names)]
    assert rows(store, "SELECT max(name) FROM facts") == [(max(names),)]


def test_money_and_milliseconds_are_longer_than_32_bits(store):
    write(store, "INSERT INTO sources (kind, account) VALUES ('a', 'b')")
    write(store, f"INSERT INTO entries (source_id, entry_id, seconds) VALUES (1, 'e1', {2**40})")
    write(store, f"INSERT INTO charges (entry, part, net) VALUES (1, 1, {2**53})")
    write(store, f"INSERT INTO leases (name, expires_ms) VALUES ('x', {2**41})")
    (found,) = rows(store, "SELECT sum(net), max(net) FROM charges")
    assert found == (2**53, 2**53)
    assert [type(value) for value in found] == [int, int], "a sum of whole numbers is a whole number"


def test_every_whole_number_has_64_bits_and_every_text_the_order_of_code_points(postgres_place):
    store = at(postgres_place)
    short = rows(
        store, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'integer'"
    )
    assert short == []
    others = rows(
        store, "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text' "
        "AND collation_name IS DISTINCT FROM 'C'",
    )  # fmt: skip
    assert others == []
    store.engine.dispose()


@pytest.mark.parametrize("count", [1, COPY_MIN])
def test_a_nul_that_a_source_sends_is_no_fault_of_the_database(store, count):
    page = [TimeEntry(id=f"a\0{number}", client="Alpine\0", notes="\0", worked_on=date(2026, 6, 3), seconds=60) for number in range(count)]
    for expected in ("new", "unchanged"):
        with store.begin() as tx:
            source = entries.source_id(tx, "clockify", "acme")
            done = staging.stage(tx, source, "clock", 1, page, lambda *_said: None)
        assert getattr(done, expected) == count
    with store.begin() as tx:
        store.set_fact(tx, "said", "refused\0")
    with store.snapshot() as read:
        assert {one.entry.notes for one in entries.staged(read)} == {"\0"}


@pytest.mark.parametrize("count", [1, COPY_MIN])
def test_many_rows_are_inserted_whole_or_not_at_all(store, count):
    given = [(f"name {number}", f"100% \\ \t\n {number}") for number in range(count)]
    with store.begin() as tx:
        insert_many(tx, "facts", ("name", "body"), given)
    assert sorted(rows(store, "SELECT name, body FROM facts")) == sorted(given)
    with pytest.raises(sa.exc.IntegrityError), store.begin() as tx:
        insert_many(tx, "facts", ("name", "body"), [("new", ""), *given])
    assert rows(store, "SELECT count(*) FROM facts") == [(count,)]


def test_a_snapshot_writes_nothing(postgres_place):
    store = at(postgres_place)
    with pytest.raises(StateError, match="read-only transaction"), store.snapshot() as read:
        store.set_fact(read, "a", "b")
    store.engine.dispose()


def test_a_statement_that_was_prepared_before_finds_the_shadow_and_never_the_stored_rows(postgres_place):
    store = at(postgres_place)
    write(store, "INSERT INTO sources (kind, account) VALUES ('a', 'b')")
    write(store, "INSERT INTO entries (source_id, entry_id) VALUES (1, 'e1')")
    insert = "INSERT INTO charges (entry, part) VALUES (?, ?)"
    for first in (0, 10):  # once more, when the session has made temporary tables before
        for part in range(first, first + 10):  # often enough that the driver prepares it
            with store.begin() as tx:
                tx.exec_driver_sql(insert, [(1, part)])
                charges.of_entry(tx, 1)
        with store.snapshot(shadows=True) as read:
            with shadowed(read):
                assert charges.of_entry(read, 1) == []
                read.exec_driver_sql(insert, [(1, 99)])
                assert [charge.part for charge in charges.of_entry(read, 1)] == [99]
            assert len(charges.of_entry(read, 1)) == first + 10
    assert rows(store, "SELECT count(*), max(part) FROM charges") == [(20, 19)]
    store.engine.dispose()


def test_a_fault_within_a_shadow_is_told_as_it_is(postgres_place):
    store = at(postgres_place)
    with pytest.raises(StateError, match="nothing_like_it"), store.snapshot(shadows=True) as read, shadowed(read):
        read.exec_driver_sql("SELECT * FROM nothing_like_it")
    with store.snapshot(shadows=True) as read:
        assert seen.start_seeing(read).newest == 0
    store.engine.dispose()


def test_a_commit_is_durable_whatever_the_servers_default(postgres_place):
    with psycopg.connect(postgres_place.replace("+psycopg", ""), autocommit=True) as connection:
        (name,) = connection.execute("SELECT current_database()").fetchone()
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        store = at(postgres_place)
        assert rows(store, "SHOW synchronous_commit") == [("on",)]
        assert rows(store, "SHOW idle_in_transaction_session_timeout") == [("5min",)]
        store.engine.dispose()
        connection.execute(f"ALTER DATABASE {name} RESET synchronous_commit")


def test_a_server_that_was_started_again_is_no_fault_of_the_next_command(postgres_place):
    store = at(postgres_place)
    write(store, "INSERT INTO facts (name, body) VALUES ('a', 'b')")
    end_sessions(postgres_place)
    assert rows(store, "SELECT body FROM facts") == [("b",)]
    store.engine.dispose()


def end_sessions(place):
    with psycopg.connect(place.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# ---- faults ---------------------------------------------------------------------------------------------------------------


def told(url):
    with pytest.raises((StateError, ConfigError)) as fault:
        Store(url, VirtualClock()).current()
    said = str(fault.value)
    assert CANARY not in said
    assert "wrong-one" not in said
    return said


def guarded(place, password, query=()):
    return sa.make_url(place).set(username="guarded", password=password).update_query_pairs(query).render_as_string(hide_password=False)


def test_a_wrong_password_is_told_and_never_shown(postgres_place):
    said = told(guarded(postgres_place, "wrong-one"))
    assert 'password authentication failed for user "guarded"' in said
    assert "guarded:***@" in said
    assert "Mend the user or the password in `state`" in said


def test_a_password_behind_the_question_mark_is_not_shown_either(postgres_place):
    assert "password authentication failed" in told(guarded(postgres_place, None, [("password", "wrong-one")]))


def test_a_user_who_may_not_make_tables_is_told(postgres_place):
    empty = server.new_database()
    store = Store(guarded(empty, CANARY), VirtualClock())
    with pytest.raises(StateError, match="permission denied for schema public") as fault:
        store.migrate()
    assert "the simplest is that it owns the database" in str(fault.value)
    assert CANARY not in str(fault.value)
    store.engine.dispose()


def test_a_server_that_is_not_there_is_told():
    said = told(f"postgresql://me:{CANARY}@/state?host=/nowhere/at/all")
    assert said.startswith("postgresql://me:***@/state: the state cannot be used (connection")
    assert "Check that the server runs and can be reached" in said
    assert "Check that the server runs" in told(f"postgresql://me:{CANARY}@127.0.0.1:9/state")


def test_a_database_that_is_not_there_is_told(postgres_place):
    missing = sa.make_url(postgres_place).set(database="no_such_state").render_as_string(hide_password=False)
    assert "Make the database first" in told(missing)


def test_a_server_that_goes_away_in_the_middle_is_told_and_nothing_is_half_written(postgres_place):
    store = at(postgres_place)
    with pytest.raises(StateError, match="terminating connection") as fault, store.begin() as tx:
        store.set_fact(tx, "a", "b")
        end_sessions(postgres_place)
        store.set_fact(tx, "c", "d")
    assert "it goes on where it stopped" in str(fault.value)
    assert rows(store, "SELECT * FROM facts") == []
    store.engine.dispose()


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("53100", "Free disk space at the server"),
        ("53300", "Run fewer workers"),
        ("40P01", "Another program holds it"),
        ("55P03", "Another program holds it"),
        ("25006", "name the one that does in `state`"),
        ("57P03", "Check that the server runs"),
        ("XX001", "Restore the latest backup, then `hourbridge apply --adopt`"),
        ("22021", "look at the message, then run the command again"),
    ],
)
def test_each_fault_says_what_to_do(state, step):
    fault = psycopg.errors.lookup(state)("the server said so")
    with pytest.raises(StateError, match="the server said so") as said, opening.told_as_state_errors(f"postgresql://me:{CANARY}@there/x"):
        raise sa.exc.DBAPIError.instance("SELECT 1", None, fault, psycopg.Error)
    assert step in str(said.value)
    assert CANARY not in str(said.value)


@pytest.mark.parametrize("url", [f"mysql://me:{CANARY}@localhost/x", f"postgresql+psycopg2://me:{CANARY}@localhost/x"])
def test_another_database_or_driver_is_refused(url):
    assert "Use postgresql+psycopg://USER@HOST/DATABASE" in told(url)


@pytest.mark.parametrize("url", [f"me:{CANARY}@localhost", f"postgresql://me:{CANARY}@localhost:port/x", ""])
def test_what_is_no_url_is_told_without_repeating_it(url):
    assert "is no URL of a database" in told(url)


def test_the_driver_is_an_extra(monkeypatch):
    def missing(*_given, **_options):
        raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")

    monkeypatch.setattr(postgres.sa, "create_engine", missing)
    assert "Install `hourbridge[scale]`" in told("postgresql://me@localhost/x")


def test_a_database_that_cannot_keep_every_name_is_refused(postgres_place):
    name = "latin_one"
    with psycopg.connect(postgres_place.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    assert "the database is encoded in LATIN1" in told(server.url(name))


# ---- migrations -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def old(postgres_place):
    """A state one schema behind, as a program sees it that knows one migration more."""
    write(store := at(postgres_place), "UPDATE alembic_version SET version_num = '0000'")
    yield store
    write(store, f"UPDATE alembic_version SET version_num = '{VERSION}'")
    store.engine.dispose()


def test_an_old_state_is_changed_only_when_somebody_says_that_there_is_a_backup(old, monkeypatch):
    upgraded = []
    monkeypatch.setattr("alembic.command.upgrade", lambda config, revision: upgraded.append(revision))
    with pytest.raises(StateError, match="there may be no copy of it to go back to") as fault:
        old.migrate()
    assert "pg_dump --format=custom" in str(fault.value)
    assert "`hourbridge migrate --yes`" in str(fault.value)
    assert upgraded == []
    assert old.migrate(kept=True) == f"the state is now at schema {VERSION}"
    assert upgraded == ["head"]


def test_a_migration_that_fails_changes_nothing(old, monkeypatch):
    def fail(config, _revision):
        config.attributes["connection"].exec_driver_sql("DROP TABLE facts")
        config.attributes["connection"].exec_driver_sql("SELECT * FROM nothing_like_it")

    monkeypatch.setattr("alembic.command.upgrade", fail)
    with pytest.raises(StateError):
        old.migrate(kept=True)
    assert rows(old, "SELECT * FROM facts") == []
    assert not old.current()


def test_a_database_of_something_else_is_left_alone():
    place = server.new_database()
    with psycopg.connect(place.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    store = at(place)
    with pytest.raises(ConfigError, match="it has a table `bookmarks`"):
        store.migrate()
    assert rows(store, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == [(1,)]
    store.engine.dispose()


def test_a_state_that_is_not_made_yet_is_told_without_its_password():
    store = Store(server.new_database(), VirtualClock())
    with pytest.raises(StateError, match=r"postgres:\*\*\*@"):
        store.require()
    store.engine.dispose()
