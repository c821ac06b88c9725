import json
from datetime import timedelta

import msgspec
import pytest

from adapters.memory.sink import Sink
from connector.errors import AuthError
from connector.ports import Budget, Tokens
from connector.reports import runs as printed_runs
from connector.reports import status as printed
from connector.store.keeper import StoreKeeper
from connector.use_cases.apply import apply
from connector.use_cases.causes import causes
from connector.use_cases.pull import pull
from connector.use_cases.status import runs, status
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World


def book(world):
    return status(world.open()).books[0]


def test_the_json_has_the_keys_of_the_contract():
    world = busy_month()
    world.pull()
    told = json.loads(printed.as_json(status(world.open())))
    assert told["connections"][0].keys() >= {
        "name",
        "last_complete_pull",
        "last_full_listing",
        "budget",
        "token_expires",
    }
    assert told["books"][0].keys() >= {"name", "last_run", "in_doubt", "held", "unmatched", "awaiting_approval"}


def test_it_counts_what_waits_from_pull_to_apply():
    world = busy_month()
    world.pull()
    assert (book(world).unmatched, book(world).held, book(world).awaiting_approval, book(world).approved) == (
        2,
        2,
        3,
        0,
    )
    world.approve()
    assert (book(world).awaiting_approval, book(world).approved) == (0, 3)
    world.apply()
    assert (book(world).awaiting_approval, book(world).approved, book(world).in_doubt) == (0, 0, 0)
    assert status(world.open()).waits_for_a_person


def test_a_connection_that_only_takes_documents_is_not_one_that_was_never_read():
    world = busy_month()
    StoreKeeper(world.store, "books", "a run").spend([Budget("day", 5000, 86_400)])
    found = {one.name: one for one in status(world.open()).connections}
    assert (found["list"].source, found["books"].source) == (True, False)
    text = printed.as_table(status(world.open()))
    (row,) = [line for line in text.splitlines() if line.startswith("books")]
    assert "never" not in row


def test_a_state_that_nobody_pulled_into_says_never():
    found = status(World().open())
    assert found.connections[0].last_complete_pull is None
    assert not found.waits_for_a_person
    text = printed.as_table(found)
    assert "never" in text
    assert "PARTIAL" in text


def test_trouble_stands_by_itself_where_it_can_be_read():
    world = World()
    world.pull()
    found = status(world.open())
    trouble = "company: answered 401. Authorise again: renew the credentials"
    stopped = msgspec.structs.replace(found, books=(msgspec.structs.replace(found.books[0], trouble=trouble),))
    assert f"nz     {trouble}" in printed.as_table(stopped)
    assert "Trouble" not in printed.as_table(found)
    assert f"book,nz,trouble,,{trouble}" in printed.as_csv(stopped)


def test_periods_that_are_not_due_wait_for_nobody():
    world = World()
    world.work("u1", "Who Ltd", on=world.clock.at.date())
    world.pull()
    assert book(world).unmatched == 0
    world.clock.at += timedelta(days=40)
    assert book(world).unmatched == 1


def test_documents_that_are_held_and_in_doubt_are_counted():
    world = World(mapping_of(YAML.replace("incomplete: send", "incomplete: hold")))
    world.work("a1")
    world.work("h1", hours="14")
    world.pull()
    assert (book(world).held_documents, book(world).awaiting_approval) == (1, 0)


def test_pending_is_counted_apart():
    world = World(mapping_of(YAML + "time_approval: required\n"))
    world.work("a1", approved=False)
    world.pull()
    assert book(world).pending == 1


def test_spent_budgets_and_tokens_are_told():
    world = World()
    keeper = StoreKeeper(world.store, "nz", "a run")
    for _ in range(7):
        keeper.spend([Budget("day", 5000, 86_400)])
    keeper.pause("day", 89)
    with world.store.begin() as tx:
        tx.exec_driver_sql("INSERT INTO tokens (connection, body, expires_at) VALUES ('nz', 'secret', '2026-07-02T06:30:00+00:00')")
    found = {one.name: one for one in status(world.open()).connections}
    assert found["nz"].budget == {"day": 7, "day paused": 90}
    assert found["nz"].token_expires == "2026-07-02T06:30:00+00:00"
    assert "secret" not in printed.as_json(status(world.open()))


@pytest.mark.parametrize(("days", "shown"), [(29, True), (31, False)])
def test_a_refresh_token_that_ends_within_a_month_is_told_while_there_is_time(days, shown):
    world = World()
    ends = world.clock.now() + timedelta(days=days)
    given = Tokens(access="a-canary", refresh="r-canary", expires_at=world.clock.now(), refresh_expires_at=ends)
    StoreKeeper(world.store, "list", "a run").renew(None, lambda _seen: given)
    told = status(world.open())
    assert {one.name: one.authorise_by for one in told.connections} == {"list": ends.isoformat()}
    assert ("authorise" in printed.as_table(told)) is shown
    assert [cause.key for cause in causes(world.open()) if cause.key.startswith("ends:")] == (["ends:list"] if shown else [])


def test_runs_are_listed_newest_first():
    world = World()
    first = world.store.start_run("pull")
    world.store.end_run(first, 0, "nothing moved")
    second = world.store.start_run("apply")
    found = runs(world.open())
    assert [run.id for run in found] == [second, first]
    text = printed_runs.as_table(found)
    assert "did not end" in text
    assert "nothing moved" in text
    assert len(json.loads(printed_runs.as_json(found))) == 2
    assert printed_runs.as_csv(found).count("\r\n") == 3


class Refuses:
    """A sink whose credential is dead."""

    traits = Sink.traits

    def changed_since(self, cursor):
        raise AuthError("answered 401", to="books", next_step="Authorise again")


def test_a_book_that_must_be_authorised_again_says_so_until_it_was():
    world = World()
    world.work("a1")
    ws = world.open()
    ws._open_sinks = {"nz": Refuses}
    pull(ws)
    assert (book(world).trouble_code, "answered 401" in book(world).trouble) == (5, True)
    assert "answered 401" in printed.as_table(status(world.open()))
    world.pull()
    assert (book(world).trouble, book(world).trouble_code) == ("", 0)
    ws = world.open()
    ws._open_sinks = {"nz": Refuses}
    apply(ws, "nz")
    assert book(world).trouble_code == 5
    world.apply()
    assert book(world).trouble_code == 0


def test_a_source_that_must_be_authorised_again_says_so_until_it_was():
    world = World()
    ws = world.open()
    ws._open_sources = {"list": refused}
    pull(ws)
    assert status(world.open()).connections[0].trouble_code == 5
    world.pull()
    assert status(world.open()).connections[0].trouble_code == 0


def refused():
    raise AuthError("answered 401", to="list")
