from datetime import UTC, date, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invoicing_firm import Decimal, charge, client

from connector.core.closing import Fact, keep_closed, next_open
from connector.core.mapping import NOWHERE
from connector.core.values import Why

D = Decimal
ALPINE, BAYSIDE = client(), client("Bayside Motors")
CLOSED = frozenset({"nz/2026-06"})
DECIDED = (Why("decision", "exclude", NOWHERE),)
assert datetime(2026, 6, 10, tzinfo=UTC).date() == date(2026, 6, 10)


def now(of=ALPINE, hours="1", *, part=1, disposition="non_billable", revision=1, day="2026-06-10", why=()):
    one = charge(of, day, hours, disposition=disposition, part=part, number=7)
    return msgspec.structs.replace(one, staged=msgspec.structs.replace(one.staged, revision=revision), why=why, value=D(100))


def fact(hours="1", *, part=1, disposition="non_billable", revision=1, client="Alpine Dental", why=()):
    return Fact(
        entry=7, part=part, revision=revision, book="nz", period="2026-06", client=client, disposition=disposition, reason="internal",
        says="as said then", seconds=int(D(hours) * 3600), billed_seconds=3600, currency="NZD", value=D(90), estimate="priced", why=why,
    )  # fmt: skip


def kept(charges, *facts, closed=CLOSED, claimed=None):
    found = keep_closed(charges, {7: facts} if facts else {}, closed, claimed or {})
    assert sum(one.seconds for one in found) == sum(one.seconds for one in charges), "an entry's charges add up to what its source says"
    assert len({one.part for one in found}) == len(found)
    return [(one.part, one.disposition, one.client, one.period, one.seconds) for one in found]


JUNE_HOUR = (1, "non_billable", "Alpine Dental", "2026-06", 3600)


def test_nothing_closed_changes_nothing():
    charges = [now(), now(part=2)]
    assert keep_closed(charges, {}, frozenset(), {}) == charges


def test_a_fact_stays_whatever_the_files_say_now():
    assert kept([now(BAYSIDE, disposition="ready")], fact()) == [JUNE_HOUR]
    assert kept([now(disposition="unmatched")], fact()) == [JUNE_HOUR]


def test_a_fact_keeps_its_words_figures_and_rules():
    rules = (Why("client", "name 'Alpine Dental'", NOWHERE),)
    (one,) = keep_closed([now(BAYSIDE, disposition="ready")], {7: [fact(why=rules)]}, CLOSED, {})
    assert (one.reason, one.detail, one.value, one.estimate, one.billed, one.why) == (
        "internal", ("as said then",), D(90), "priced", D(3600), rules,
    )  # fmt: skip
    (silent,) = keep_closed([now()], {7: [msgspec.structs.replace(fact(), says="")]}, CLOSED, {})
    assert silent.detail == ()


def test_an_edit_adds_what_it_changed():
    assert kept([now(hours="1.5", revision=2)], fact()) == [JUNE_HOUR, (2, "held", "Alpine Dental", "2026-06", 1800)]


def test_an_edit_that_changes_no_figure_adds_nothing():
    assert kept([now(revision=2)], fact()) == [JUNE_HOUR]


def test_a_deletion_is_taken_back():
    assert kept([now(hours="0", revision=2, disposition="deleted")], fact()) == [JUNE_HOUR, (2, "held", "Alpine Dental", "2026-06", -3600)]


def test_what_was_deleted_already_and_comes_back_waits_for_a_person():
    then = fact("0", disposition="deleted")
    assert kept([now(revision=3)], then) == [
        (1, "deleted", "Alpine Dental", "2026-06", 0), (2, "held", "Alpine Dental", "2026-06", 3600),
    ]  # fmt: skip


def test_a_move_is_taken_back_and_waits_where_it_came_to():
    assert kept([now(BAYSIDE, revision=2)], fact()) == [
        JUNE_HOUR, (2, "held", "Alpine Dental", "2026-06", -3600), (3, "held", "Bayside Motors", "2026-06", 3600),
    ]  # fmt: skip


@pytest.mark.parametrize(("disposition", "then"), [("covered", "covered"), ("ready", "held"), ("unmatched", "held"), ("pending", "held")])
def test_a_move_to_an_open_period_waits_only_where_it_may_earn(disposition, then):
    moved = now(revision=2, day="2026-07-02", disposition=disposition)
    assert kept([moved], fact())[2] == (3, then, "Alpine Dental", "2026-07", 3600)


def test_a_move_to_no_day_at_all_waits():
    moved = msgspec.structs.replace(now(revision=2), period=None)
    assert kept([moved], fact())[2] == (3, "held", "Alpine Dental", None, 3600)


def test_a_decision_made_since_is_a_correction_and_one_of_then_is_not():
    assert kept([now(disposition="excluded", why=DECIDED)], fact()) == [
        JUNE_HOUR, (2, "held", "Alpine Dental", "2026-06", -3600), (3, "held", "Alpine Dental", "2026-06", 3600),
    ]  # fmt: skip
    ruled = fact(disposition="excluded", why=DECIDED)
    assert kept([now(disposition="excluded", why=DECIDED)], ruled) == [(1, "excluded", "Alpine Dental", "2026-06", 3600)]


def test_a_decision_that_splits_an_entry_leaves_the_fact_and_two_corrections():
    halves = [now(hours="0.5", disposition="ready", why=DECIDED), now(hours="0.5", part=2, disposition="written_off")]
    assert kept(halves, fact()) == [
        JUNE_HOUR, (3, "held", "Alpine Dental", "2026-06", -3600), (4, "held", "Alpine Dental", "2026-06", 1800),
        (5, "held", "Alpine Dental", "2026-06", 1800),
    ]  # fmt: skip


def test_a_part_that_is_gone_is_taken_back():
    assert kept([now(hours="1.5", disposition="held", revision=2)], fact("0.5", part=2, disposition="written_off"), claimed={7: [1]}) == [
        (1, "held", "Alpine Dental", "2026-06", 5400),
        (2, "written_off", "Alpine Dental", "2026-06", 1800),
        (3, "held", "Alpine Dental", "2026-06", -1800),
    ]


def test_what_stands_on_a_document_is_not_ours_to_keep():
    ready = now(disposition="ready")
    assert kept([ready], claimed={7: [1]}) == [(1, "ready", "Alpine Dental", "2026-06", 3600)]


@pytest.mark.parametrize("disposition", ["ready", "unmatched", "non_billable", "deleted"])
def test_time_that_came_after_the_close_is_late_in_the_next_open_period(disposition):
    (one,) = keep_closed([now(disposition=disposition)], {}, CLOSED | {"nz/2026-07"}, {})
    assert (one.period, one.late, one.disposition) == ("2026-08", True, disposition)


def test_time_of_an_open_period_or_of_none_stays_where_it_is():
    other = now(day="2026-07-02")
    nowhere = msgspec.structs.replace(now(), period=None)
    assert keep_closed([other], {}, CLOSED, {}) == [other]
    assert keep_closed([nowhere], {}, CLOSED, {}) == [nowhere]


def test_the_next_open_period_is_of_the_same_kind():
    assert next_open("nz", "2026-12", frozenset()) == "2027-01"
    assert next_open("nz", "2026-W23", frozenset({"nz/2026-W24"})) == "2026-W25"


def test_a_correction_of_time_without_a_currency_has_no_value():
    then = msgspec.structs.replace(fact(), currency="", value=None)
    found = keep_closed([now(hours="2", revision=2)], {7: [then]}, CLOSED, {})
    assert (found[1].value, found[1].kind) == (None, "correction")


DISPOSITIONS = st.sampled_from(["non_billable", "covered", "ready", "held", "unmatched", "excluded", "written_off"])
HOURS = st.sampled_from(["0", "0.5", "1", "7"])
PARTS = st.lists(st.tuples(HOURS, DISPOSITIONS, st.integers(1, 2)), min_size=1, max_size=3)


@given(today=PARTS, then=PARTS, revision=st.integers(1, 2), decided=st.booleans(), claimed=st.sets(st.integers(1, 4)), july=st.booleans())
def test_whatever_changed_an_entry_adds_up_and_its_facts_stand(today, then, revision, decided, claimed, july):
    facts = [fact(hours, part=part, disposition=said) for part, (hours, said, _) in enumerate(then, start=1) if part not in claimed]
    charges = [
        now(ALPINE if of == 1 else BAYSIDE, hours, part=part, disposition=said, revision=revision, why=DECIDED if decided else (),
            day="2026-07-02" if july else "2026-06-10")
        for part, (hours, said, of) in enumerate(today, start=1)
    ]  # fmt: skip
    found = keep_closed(charges, {7: facts} if facts else {}, CLOSED, {7: sorted(claimed)} if claimed else {})
    assert sum(one.seconds for one in found) == sum(one.seconds for one in charges)
    assert [one.part for one in found] == sorted({one.part for one in found})
    kept = {one.part: (one.disposition, one.seconds, one.period) for one in found}
    assert all(kept[one.part] == (one.disposition, one.seconds, "2026-06") for one in facts)
