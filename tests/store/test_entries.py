"""Staging: what bills raises the revision, words do not, and what was said before stays readable."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.model import TimeEntry
from connector.ports import Window
from connector.store import entries, seen, staging
from connector.use_cases.listing import Listing
from tests.store.stores import rows

ONE = TimeEntry(
    id="e1", client="Alpine Dental", client_id="c1", person="Ben", person_id="p1", notes="cabling", worked_on=date(2026, 6, 3), seconds=3600,
    edited_at=datetime(2026, 6, 3, 12, tzinfo=UTC),
)  # fmt: skip


def stage(store, *page, run=1, connection="clock", account="acme"):
    with store.begin() as tx:
        return staging.stage(tx, entries.source_id(tx, "clockify", account), connection, run, page, lambda *_: None)


def staged(store):
    with store.snapshot() as read:
        return list(entries.staged(read))


def history(store, key=1):
    with store.snapshot() as read:
        return entries.revisions(read, key)


def later(entry, **changes):
    return replace(entry, **{"edited_at": datetime(2026, 6, 4, 12, tzinfo=UTC), **changes})


def test_a_new_entry_stands_at_revision_one(store):
    assert stage(store, ONE).new == 1
    [found] = staged(store)
    assert (found.key, found.revision, found.deleted, found.ref, found.source) == (1, 1, False, "clock:e1", "clockify:acme")
    assert found.entry == ONE


def test_the_same_entry_again_writes_nothing(store):
    stage(store, ONE)
    before = rows(store, "SELECT * FROM entries")
    assert stage(store, ONE, run=2).unchanged == 1
    assert rows(store, "SELECT * FROM entries") == before
    assert history(store) == []


BILLS = [
    {"seconds": 3660},
    {"hours": Decimal("1.02")},
    {"worked_on": date(2026, 6, 4)},
    {"client_id": "c2"},
    {"person_id": "p2"},
    {"project": "Upgrade"},
    {"work_type": "On-site"},
    {"task": "Cabling"},
    {"role": "Senior"},
    {"ticket": "T-1"},
    {"agreement": "Gold"},
    {"po": "PO-7"},
    {"started": datetime(2026, 6, 3, 9, tzinfo=UTC)},
    {"ended": datetime(2026, 6, 3, 10, tzinfo=UTC)},
    {"billable": False},
    {"approved": True},
    {"running": True},
    {"rate": Decimal(120)},
    {"currency": "NZD"},
    {"problem": "an end before its start"},
]
WORDS = [
    {"notes": "cabling, and tea"},
    {"internal_notes": "he was late"},
    {"client": "Alpine Dental Ltd"},
    {"person": "Benjamin"},
    {"ticket_title": "No network"},
    {"site": "Queen St"},
    {"department": "Service"},
    {"tags": ("urgent",)},
    {"captured_by": "timer"},
    {"billed": True},
    {"billed_document": "INV-1"},
]
NEITHER = [{"edited_at": datetime(2026, 6, 9, tzinfo=UTC)}, {"entered_at": datetime(2026, 6, 9, tzinfo=UTC)}, {"origin": "log.csv:7"}]


@pytest.mark.parametrize("change", BILLS, ids=lambda change: next(iter(change)))
def test_what_a_document_depends_on_raises_the_revision(store, change):
    stage(store, ONE)
    assert stage(store, later(ONE, **change), run=2).changed == 1
    [found] = staged(store)
    assert found.revision == 2
    assert [(revision, entry) for revision, _, entry in history(store)] == [(1, ONE)]


@pytest.mark.parametrize("change", WORDS, ids=lambda change: next(iter(change)))
def test_words_are_kept_and_raise_no_revision(store, change):
    stage(store, ONE)
    assert stage(store, later(ONE, **change), run=2).reworded == 1
    [found] = staged(store)
    assert found.revision == 1
    assert all(getattr(found.entry, name) == value for name, value in change.items())
    assert [entry for _, _, entry in history(store)] == [ONE]


@pytest.mark.parametrize("change", NEITHER, ids=lambda change: next(iter(change)))
def test_stamps_and_places_are_no_change(store, change):
    stage(store, ONE)
    assert stage(store, replace(ONE, **change), run=2).unchanged == 1
    assert history(store) == []


def test_every_field_of_an_entry_is_money_or_words_or_neither():
    told = {name for change in (*BILLS, *WORDS, *NEITHER) for name in change}
    elsewhere = {"id", "project_id", "work_type_id", "task_id"}  # the id is the row itself; the others stand before their names
    unbilled = {"cost_rate"}  # what it costs us is on no document
    assert told | elsewhere | unbilled == set(TimeEntry.__struct_fields__)


def test_a_name_bills_where_the_source_has_no_id(store):
    named = replace(ONE, client_id="")
    stage(store, named)
    assert stage(store, later(named, client="Someone Else")).changed == 1


def test_p4_an_older_revision_never_replaces_a_newer_one(store):
    stage(store, later(ONE, seconds=7200))
    assert stage(store, replace(ONE, seconds=60)).unchanged == 1
    assert staged(store)[0].entry.seconds == 7200


def test_without_stamps_the_last_word_counts(store):
    bare = replace(ONE, edited_at=None)
    stage(store, bare)
    assert stage(store, replace(bare, seconds=60)).changed == 1
    assert staged(store)[0].entry.seconds == 60


def test_p3_an_entry_twice_on_one_page_counts_once_with_its_newest_content(store):
    assert stage(store, ONE, later(ONE, seconds=7200)).new == 1
    assert [found.entry.seconds for found in staged(store)] == [7200]
    assert stage(store, later(ONE, seconds=9000, edited_at=datetime(2026, 6, 5, tzinfo=UTC)), ONE).changed == 1
    assert [found.entry.seconds for found in staged(store)] == [9000]


def test_the_same_id_in_another_account_is_another_entry(store):
    stage(store, ONE)
    assert stage(store, ONE, account="other").new == 1
    assert len(staged(store)) == 2


def test_a_renamed_connection_keeps_its_entries(store):
    stage(store, ONE)
    assert stage(store, later(ONE, seconds=60), connection="renamed").changed == 1
    assert [found.ref for found in staged(store)] == ["renamed:e1"]


def test_a_deleted_entry_stays_as_a_row_with_a_new_revision(store):
    stage(store, ONE)
    with store.begin() as tx:
        staging.delete(tx, entries.keys_of(tx, 1, ["e1", "unknown"]), run=2)
    [found] = staged(store)
    assert (found.deleted, found.revision, found.entry.notes) == (True, 2, "cabling")
    with store.snapshot() as read:
        assert entries.totals(read) == {}
        assert seen.compare(read, 1, Window(), seen.Seen(9)).missing == ()
        assert entries.keys_of(read, 1, ["e1"]) == []


def test_an_entry_that_comes_back_is_a_change(store):
    stage(store, ONE)
    with store.begin() as tx:
        staging.delete(tx, [1], run=2)
    assert stage(store, ONE, run=3).changed == 1
    [found] = staged(store)
    assert (found.deleted, found.revision) == (False, 3)
    assert [(revision, gone) for revision, gone, _ in history(store)] == [(1, False), (2, True)]


def test_what_was_said_before_is_readable_in_order(store):
    for hour, seconds in enumerate((100, 200, 300), start=1):
        stage(store, later(ONE, seconds=seconds, edited_at=datetime(2026, 6, 5, hour, tzinfo=UTC)), run=hour)
    assert [(revision, entry.seconds) for revision, _, entry in history(store)] == [(1, 100), (2, 200)]


def test_a_body_that_another_version_of_the_program_wrote_is_no_change(store):
    stage(store, ONE)
    with store.begin() as tx:
        (body,) = tx.exec_driver_sql("SELECT body FROM entries").one()
        tx.exec_driver_sql("UPDATE entries SET body = ?", (body.replace('"seconds":3600', '"seconds": 3600, "of_tomorrow": 1'),))
    assert stage(store, ONE, run=2).unchanged == 1
    assert history(store) == []
    assert stage(store, later(ONE, seconds=60), run=3).changed == 1


def test_a_page_larger_than_a_statement_takes_is_staged(store):
    page = [TimeEntry(id=f"e{number}", seconds=number) for number in range(entries.CHUNK * 2 + 3)]
    assert stage(store, *page).new == len(page)
    assert stage(store, *page).unchanged == len(page)
    with store.snapshot() as read:
        assert len(entries.keys_of(read, 1, [entry.id for entry in page])) == len(page)
        assert len(entries.by_keys(read, range(1, len(page) + 1))) == len(page)


def test_the_stamp_moves_with_every_change_and_only_then(store):
    def stamp():
        with store.snapshot() as read:
            return entries.stamp(read)

    seen = [stamp()]
    for page in ([ONE], [later(ONE, notes="other")], [later(ONE, seconds=60)], [replace(ONE, id="e2")]):
        stage(store, *page)
        seen.append(stamp())
        stage(store, *page)
        assert stamp() == seen[-1]
    assert len(set(seen)) == len(seen)


def test_an_entry_is_found_by_what_people_type(store):
    stage(store, ONE)
    with store.snapshot() as read:
        found = entries.find(read, "clock", "e1")
        assert found is not None
        assert found == entries.by_key(read, found.key)
        assert entries.find(read, "clock", "e2") is None
        assert entries.project_names(read) == set()


def test_absence_is_marked_and_taken_back(store):
    stage(store, ONE)
    with store.begin() as tx:
        seen.mark_absent(tx, [1], "2026-07-01T00:00:00+00:00")
        (missing,) = seen.compare(tx, 1, Window(), seen.Seen(1)).missing
        assert (missing.key, missing.entry_id, missing.since) == (1, "e1", "2026-07-01T00:00:00+00:00")
        seen.mark_absent(tx, [1], None)
        assert seen.compare(tx, 1, Window(), seen.Seen(1)).missing == (seen.Missing(1, "e1", None, "2026-06-03"),)


def listed(store, *page):
    """What a listing of this page is told of its rows."""
    told = []
    with store.begin() as tx:
        staging.stage(tx, entries.source_id(tx, "clockify", "acme"), "clock", 1, page, told.extend)
    return told


def test_two_passes_over_the_same_rows_are_told_the_same(store):
    page = [ONE, replace(ONE, id="e2")]
    first, again = listed(store, *page), listed(store, *page)
    assert first == [(None, "e1"), (None, "e2")]
    assert again == [(1, "e1"), (2, "e2")]


def passed(listed, *moved):
    """A pass that was told of these rows, and that changed so many."""
    held = seen.Seen(2)
    held.add(listed)
    return Listing(done=staging.Stagings(changed=len(moved)), seen=held, pages=2, cursor=None, started=datetime(2026, 6, 5, tzinfo=UTC))


def test_a_pass_that_saw_other_rows_or_changed_one_is_not_the_same():
    first = passed([(1, "e1"), (2, "e2")])
    assert passed([(2, "e2"), (1, "e1")]).repeats(first)
    assert not passed([(1, "e1")]).repeats(first)
    assert not passed([(1, "e1"), (1, "e1")]).repeats(first)
    assert not passed([(1, "e1"), (2, "e2")], "one").repeats(first)


def test_what_a_listing_brought_counts_among_what_it_should_have_held(store):
    stage(store, ONE)
    with store.snapshot() as read:
        before = seen.start_seeing(read)
    stage(store, replace(ONE, id="e2"), replace(ONE, id="e3"))
    with store.snapshot() as read:
        compared = seen.compare(read, 1, Window(), before)
    assert compared.live == 3
    assert [one.entry_id for one in compared.missing] == ["e1"]


def test_what_is_back_is_told_and_not_missing(store):
    stage(store, ONE, replace(ONE, id="e2"))
    with store.begin() as tx:
        seen.mark_absent(tx, [1, 2], "2026-07-01T00:00:00+00:00")
    with store.snapshot() as read:
        held = seen.start_seeing(read)
        held.add([(2, "e2")])
        compared = seen.compare(read, 1, Window(), held)
    assert compared.back == (2,)
    assert [one.key for one in compared.missing] == [1]
