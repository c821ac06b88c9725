"""Sums for the tie-out: whichever way they are added up, they are what the rows say one by one."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.model import TimeEntry
from connector.store import entries, staging, tallies
from connector.store.adding_up import added_up
from connector.store.tallies import Moved, OfSource, Scope
from tests.core import ledgers
from tests.store.stores import in_memory
from tests.store.test_charges import keep

HERE = Scope("nz")


def stage(store, *clients):
    """Entries 1, 2, … of so many clients: one minute, two minutes, …"""
    page = [TimeEntry(id=f"e{at}", client=client, seconds=60 * at, worked_on=date(2026, 6, at)) for at, client in enumerate(clients, 1)]
    with store.begin() as tx:
        staging.stage(tx, entries.source_id(tx, "clockify", "acme"), "clock", 1, page, lambda *_: None)


def charge(entry=1, *, book="nz", **said):
    found = ledgers.charge(entry, **said)
    return replace(found, terms=replace(found.terms, book=book))


def of_sources(store, scope=HERE):
    with store.snapshot() as read:
        return tallies.of_sources(read, scope)


@pytest.fixture
def staged(store):
    stage(store, "Beta", "Alpine", "Alpine", "Beta")
    return store


def test_rows_are_added_up_in_their_groups_and_nothing_stays_behind(staged):
    for _ in range(2):
        with staged.snapshot() as read:
            found = added_up(
                read, "entries e WHERE e.key > ?", (1,), by={"client": "e.client"}, sums={"entries": "1", "seconds": "e.seconds"}
            )
        assert sorted(found) == [("Alpine", 2, 300), ("Beta", 1, 240)]


def test_no_row_makes_no_group(staged):
    with staged.snapshot() as read:
        assert added_up(read, "entries e WHERE e.key > ?", (9,), by={"client": "e.client"}, sums={"seconds": "e.seconds"}) == []


def test_charges_are_added_up_by_all_that_the_tie_out_shows(staged):
    keep(
        staged, charge(1), charge(2), charge(2, part=2, seconds=600), charge(3, disposition="held", reason="too long", kind="rule"),
        charge(4, disposition="unmatched", price=None, value=None, estimate="none"),
    )  # fmt: skip
    with staged.snapshot() as read:
        found = {one.disposition: one for one in tallies.tallies(read, HERE)}
        assert tallies.tallies(read, Scope("us")) == tallies.tallies(read, Scope("nz", "2026-05")) == []
        assert len(tallies.tallies(read, Scope(period="2026-06"))) == 3
    ready, held, unmatched = found["ready"], found["held"], found["unmatched"]
    assert (ready.count, ready.seconds, ready.value, ready.net, ready.unvalued_seconds) == (2, 7800, 10000 + 10000 + 1667, 0, 0)
    assert (held.reason, held.correction, held.estimated) == ("too long", False, False)
    assert (unmatched.value, unmatched.unvalued_seconds) == (0, unmatched.seconds)


def test_what_few_or_most_entries_of_a_book_say_at_the_source(staged):
    most = [charge(1), charge(2), charge(3, book="us"), charge(4)]
    keep(staged, *most)
    assert of_sources(staged) == [OfSource("clock", "Alpine", 1, 120, 0), OfSource("clock", "Beta", 2, 300, 0)]
    assert of_sources(staged, Scope("us")) == [OfSource("clock", "Alpine", 1, 180, 0)]
    keep(staged, charge(1), charge(2, book="us"), charge(3, book="us"), charge(4))
    assert of_sources(staged) == [OfSource("clock", "Beta", 2, 300, 0)]


def test_an_entry_whose_charge_is_lost_is_in_no_book_and_still_in_the_whole(staged):
    keep(staged, charge(1), charge(2), charge(3))
    assert sum(one.count for one in of_sources(staged)) == 3
    assert sum(one.count for one in of_sources(staged, Scope())) == 4


def test_further_parts_elsewhere_are_the_difference_to_the_entries_of_a_book(staged):
    keep(staged, charge(1), charge(1, part=2, seconds=600, book="us"), charge(2, book="us"), charge(2, part=2, seconds=60), charge(3))
    with staged.snapshot() as read:
        assert [tallies.elsewhere(read, scope) for scope in (HERE, Scope("us"), Scope())] == [60 - 600, 600 - 60, 0]


def test_what_stands_in_another_month_than_its_day_is_told_by_day(staged):
    keep(staged, charge(1), charge(2, period="2026-07"), charge(3, period="2026-07", value=None))
    with staged.snapshot() as read:
        [found] = tallies.moved(read, HERE)
    assert found == Moved("nz", "Alpine", "NZD", "ready", False, "2026-07", False, "2026-06-02", 10000)


@pytest.fixture(scope="module")
def nine():
    store = in_memory()
    stage(store, *("Alpine" if at % 3 else "Beta" for at in range(9)))
    yield store
    store.engine.dispose()


PLACES = st.lists(st.tuples(st.sampled_from(["nz", "us", ""]), st.sampled_from(["2026-05", "2026-06"])), min_size=9, max_size=9)


@settings(max_examples=50, deadline=None)
@given(PLACES, st.sampled_from([Scope("nz"), Scope("us"), Scope(period="2026-06"), Scope("nz", "2026-05"), Scope()]))
def test_the_sources_figures_are_those_of_the_entries_that_stand_there(nine, places, scope):
    keep(nine, *(charge(at, book=book, period=period) for at, (book, period) in enumerate(places, 1)))
    seconds = Counter[str]()
    for at, (book, period) in enumerate(places):
        if scope.book in (None, book) and scope.period in (None, period):
            seconds["Alpine" if at % 3 else "Beta"] += 60 * (at + 1)
    assert {one.client: one.seconds for one in of_sources(nine, scope)} == seconds
