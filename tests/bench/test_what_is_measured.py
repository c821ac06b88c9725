"""What the bench says of a measurement: rates, verdicts, and rows that were written. Nothing here is timed."""

import sqlite3
from contextlib import closing

import pytest

from bench import state
from bench.pushing import Ceiling, per_minute
from bench.table import Figure

CEILING = Ceiling(calls=2, documents=50)


def calls(*seconds, status=200, method="PUT"):
    return [{"at": at, "method": method, "status": status} for at in seconds]


def test_a_steady_rate_is_of_whole_minutes_from_the_first_write_to_that_of_the_next_minute():
    assert per_minute(calls(0.0, 1.0, 60.0, 61.0, 120.0), CEILING) == 100.0
    assert per_minute(calls(0.0, 1.0, 75.0), CEILING) == 80.0


def test_reads_and_refused_calls_send_nothing():
    nothing = [*calls(0.0, 1.0, 2.0, method="GET"), *calls(3.0, status=429)]
    assert per_minute([*nothing, *calls(10.0, 11.0, 70.0)], CEILING) == 100.0


def test_a_push_that_uses_up_no_minute_has_no_rate():
    assert per_minute(calls(0.0, 1.0), CEILING) == 0.0
    assert per_minute([], CEILING) == 0.0


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("cost", 2.0, "CPU s", 2.0), True),
        (Figure("cost", 2.1, "CPU s", 2.0), False),
        (Figure("share", 89.0, "%", 90, at_least=True), False),
        (Figure("share", 98.0, "%", 90, at_least=True), True),
        (Figure("beside", 2.0, "CPU s"), None),
    ],
)
def test_a_bound_is_met_or_not_and_what_has_none_is_neither(figure, met):
    assert figure.met is met
    assert ("NOT MET" in figure.row) == (met is False)


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE entries (key INTEGER PRIMARY KEY, entry_id TEXT UNIQUE, seconds INTEGER, deleted INTEGER)")
        connection.execute("CREATE TABLE charges (entry INTEGER PRIMARY KEY, seconds INTEGER)")
        connection.executemany("INSERT INTO entries VALUES (?, ?, ?, 0)", [(1, "a", 60), (2, "b", 30)])
        connection.executemany("INSERT INTO charges VALUES (?, ?)", [(1, 60), (2, 30)])
    return path


def test_every_written_row_counts_also_one_that_is_given_the_same_value(database):
    state.watch(database, ("entries", "charges"))
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE entries SET seconds = seconds")
        connection.execute("INSERT INTO charges VALUES (3, 0) ON CONFLICT DO NOTHING")
        connection.execute("INSERT INTO charges VALUES (3, 0) ON CONFLICT DO NOTHING")
        connection.execute("DELETE FROM charges WHERE entry = 1")
    assert state.written(database) == {"entries": 2, "charges": 2}
    assert state.written(database) == {}


def test_a_state_is_multiplied_under_ids_of_its_own(database):
    state.multiply(database, 3)
    assert (state.count(database, "entries"), state.count(database, "charges")) == (6, 6)
    assert state.worked_seconds(database) == 270
