"""Stored charges equal what was computed, are rewritten only where they differ, and are added up by the database."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.core.mapping import Where
from connector.core.steps import StepCharge
from connector.core.taking import Share
from connector.core.values import Why
from connector.model import TimeEntry
from connector.store import charges, choices, claims, entries, staging
from connector.store.claims import Holding
from connector.store.tallies import Scope, tallies
from tests.core.ledgers import charge, claim, known, remote
from tests.core.ledgers import document as ours
from tests.store.stores import in_memory, rows


def stage(store, count=4):
    with store.begin() as tx:
        page = [TimeEntry(id=f"e{at}", seconds=3600) for at in range(1, count + 1)]
        staging.stage(tx, entries.source_id(tx, "clockify", "acme"), "clock", 1, page, lambda *_: None)


def keep(store, *found, claims=(), numbers=None):
    with store.begin() as tx:
        return charges.store(tx, found, {(one.entry, one.part): one for one in claims}, numbers or {})


def kept(store):
    return rows(store, "SELECT entry, part, disposition, seconds, value, net, document FROM charges ORDER BY entry, part")


@pytest.fixture
def staged(store):
    stage(store)
    return store


def test_charges_are_kept_in_minor_units(staged):
    assert keep(staged, charge(), charge(2, seconds=1800)) == 2
    assert kept(staged) == [(1, 1, "ready", 3600, 10000, None, ""), (2, 1, "ready", 1800, 5000, None, "")]


def test_the_same_charges_again_write_nothing(staged):
    keep(staged, charge(), charge(2))
    assert keep(staged, charge(), charge(2)) == 0


def test_only_what_differs_is_written(staged):
    keep(staged, charge(1), charge(2), charge(3))
    assert keep(staged, charge(1), charge(2, seconds=60), charge(3)) == 1
    assert keep(staged, charge(1), charge(3)) == 1
    assert keep(staged, charge(1), charge(2), charge(2, part=2), charge(3), charge(4)) == 3
    assert [row[:2] for row in kept(staged)] == [(1, 1), (2, 1), (2, 2), (3, 1), (4, 1)]
    assert keep(staged) == 5
    assert kept(staged) == []


PARTS = st.dictionaries(st.tuples(st.integers(1, 4), st.integers(1, 3)), st.integers(0, 3), max_size=10)


@given(first=PARTS, second=PARTS)
@settings(max_examples=30, deadline=None)
def test_whatever_was_kept_before_what_is_kept_now_is_what_was_computed(first, second):
    store = in_memory()
    stage(store)
    for said in (first, second):
        keep(store, *(charge(entry, part=part, seconds=hours * 3600) for (entry, part), hours in sorted(said.items())))
        assert [(row[0], row[1], row[3]) for row in kept(store)] == [(*place, hours * 3600) for place, hours in sorted(said.items())]
    store.engine.dispose()


def test_a_claimed_charge_has_its_documents_money_and_number(staged):
    keep(staged, charge(), claims=[claim(net=Decimal("99.99"), on=7)], numbers={7: "HB-1"})
    assert kept(staged)[0][4:] == (10000, 9999, "HB-1")


def test_reasons_are_kept_once_and_read_back(staged):
    because = (Why("rate", "145.00 an hour", Where("rate_cards.yaml", 7), 3),)
    keep(staged, charge(why=because), charge(2, why=because), charge(3))
    assert rows(staged, "SELECT count(*) FROM reasons") == [(2,)]
    keep(staged, charge(why=because))
    assert rows(staged, "SELECT count(*) FROM reasons") == [(2,)]
    with staged.snapshot() as read:
        [found] = charges.of_entry(read, 1)
        assert charges.whys(read, found.why) == because
        assert charges.whys(read, None) == ()


def test_charges_are_added_up_by_all_that_a_report_shows(staged):
    keep(
        staged, charge(1), charge(2), charge(2, part=2, seconds=600), charge(3, disposition="held", reason="too long", kind="rule"),
        charge(4, disposition="unmatched", price=None, value=None, estimate="none"),
    )  # fmt: skip
    with staged.snapshot() as read:
        found = {one.disposition: one for one in tallies(read, Scope())}
        assert tallies(read, Scope(book="us")) == tallies(read, Scope(book="nz", period="2026-05")) == []
        assert len(tallies(read, Scope(book="nz", period="2026-06"))) == 3
        assert [one.entry for one in charges.rows(read, ["held", "unmatched"])] == [3, 4]
    ready = found["ready"]
    assert (ready.count, ready.seconds, ready.value, ready.net) == (2, 7800, 10000 + 10000 + 1667, 0)
    assert (found["held"].reason, found["unmatched"].value) == ("too long", 0)


# ---- what the push protocol asks and does ------------------------------------------------------------------------------------


def on(store, number, *claimed, intent=1):
    """A document that holds these charges; its number in the state."""
    one = known(number, key=number)
    with store.begin() as tx:
        made_row = tx.exec_driver_sql(
            "INSERT INTO documents (book, key, generation, kind, number, state, target) VALUES ('nz', ?, 1, 'invoice', ?, 'done', '{}') RETURNING id",
            (one.key, number),
        ).scalar_one()
        claims.claim(tx, [Holding(made_row, intent, "NZD", tuple(step_charge(each) for each in claimed))])
    return made_row


def step_charge(of, net="100.00"):
    return StepCharge(
        of.staged.key, of.part, of.staged.ref, of.staged.revision, of.seconds, of.billed, Decimal(net), 0, "Alpine", "2026-06"
    )


def freed(store):
    return [row[0] for row in rows(store, "SELECT entry FROM charges WHERE disposition = 'ready' AND document = '' ORDER BY entry")]


@pytest.fixture
def billed(staged):
    """Entries 1 and 2 on HB-1, entry 3 on HB-2."""
    one, two = on(staged, "HB-1", charge(1), charge(2)), on(staged, "HB-2", charge(3))
    held = [claim(charge(1), on=one), claim(charge(2), on=one), claim(charge(3), on=two)]
    keep(staged, *(charge(at, disposition="drafted") for at in (1, 2, 3)), claims=held, numbers={one: "HB-1", two: "HB-2"})
    return staged


def test_what_another_document_holds_is_told(billed):
    with billed.snapshot() as read:
        assert charges.held_elsewhere(read, [(1, 1), (3, 1), (4, 1)], own=1) == {"HB-2"}
        assert charges.held_elsewhere(read, [(1, 1), (3, 2)], own=1) == set()


def test_revisions_tell_what_is_gone(billed):
    with billed.begin() as tx:
        staging.delete(tx, [2], run=2)
        assert charges.revisions(tx, [1, 2, 99]) == {1: (1, False), 2: (2, True)}


def test_what_a_document_drops_is_free_and_the_rest_stays(billed):
    with billed.begin() as tx:
        charges.free(tx, claims.hold_just(tx, [Holding(1, 1, "NZD", (step_charge(charge(1)),))]))
    assert freed(billed) == [2]


def test_claims_of_two_intents_become_those_of_the_one_that_was_confirmed(staged):
    first, second = step_charge(charge(1)), step_charge(charge(2))
    document = on(staged, "HB-1")
    with staged.begin() as tx:
        claims.claim(tx, [Holding(document, 1, "NZD", (first,)), Holding(document, 2, "NZD", (second,))])
        assert claims.hold_just(tx, [Holding(document, 2, "NZD", (first, second))]) == []
        assert claims.hold_just(tx, [Holding(document, 2, "NZD", (first, second))]) == []
    assert rows(staged, "SELECT entry, intent FROM claims ORDER BY entry") == [(1, 2), (2, 2)]


def test_what_a_choice_said_of_claims_is_replaced_by_what_is_confirmed_after_it(staged):
    held = step_charge(charge(1))
    document = on(staged, "HB-1")
    with staged.begin() as tx:
        claims.claim(tx, [Holding(document, 1, "NZD", (held,))])
        choices.take(tx, document, ours(), remote(), {(1, 1): Share(3, Decimal("90.00"))})
        claims.hold_just(tx, [Holding(document, 1, "NZD", (held,))])
    assert rows(staged, "SELECT net, line FROM claims") == [(10000, held.line)]


def test_dropping_marks_the_stored_rows_as_no_longer_current(billed):
    with billed.begin() as tx:
        billed.set_fact(tx, "charges", "digest of what they follow from")
        charges.free(tx, claims.hold_just(tx, [Holding(2, 1, "NZD", (step_charge(charge(3)),))]))
        assert billed.fact(tx, "charges") == "digest of what they follow from"
        charges.free(tx, claims.hold_just(tx, [Holding(2)]))
        assert billed.fact(tx, "charges") == ""


def test_a_refused_intent_frees_what_it_alone_had_claimed(billed):
    with billed.begin() as tx:
        claims.claim(tx, [Holding(1, 9, "NZD", (step_charge(charge(4)),))])
        charges.free_intent(tx, 1, 9)
        claims.release_new(tx, 1, 9)
    assert rows(billed, "SELECT entry FROM claims WHERE document = 1 ORDER BY entry") == [(1,), (2,)]
    assert freed(billed) == []


def test_confirmed_figures_are_those_of_the_step(billed):
    with billed.begin() as tx:
        figures = replace(step_charge(charge(1), net="80.00"), billed=Decimal("5400.5"))
        charges.put_on_documents(tx, [(Holding(1, 1, "NZD", (figures,)), "invoiced", "HB-1"), (Holding(2, 1, "NZD"), "invoiced", "HB-2")])
        charges.put_on_documents(tx, [])
    assert rows(billed, "SELECT billed_seconds, currency, value, net FROM charges WHERE entry = 1") == [(5401, "NZD", 8000, 8000)]
