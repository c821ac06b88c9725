"""Rows that are known by their digest: which ones are, and what makes them unknown again."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from connector.model import TimeEntry
from connector.store import entries, staging

ONE = TimeEntry(
    id="e1",
    client="Alpine Dental",
    notes="cabling",
    worked_on=date(2026, 6, 3),
    seconds=3600,
    edited_at=datetime(2026, 6, 3, 12, tzinfo=UTC),
)
FIRST, SECOND = b"first row's bytes"[:16], b"other row's bytes"[:16]


def stage(store, entry, digest=None):
    with store.begin() as tx:
        source = entries.source_id(tx, "clockify", "acme")
        return staging.stage(tx, source, "clock", 1, [entry], lambda _: None, () if digest is None else (digest,))


def known(store, *listed):
    with store.snapshot() as read:
        return staging.said_before(read, 1, listed)


def test_a_row_is_known_by_its_entrys_id_and_its_digest(store):
    stage(store, ONE, FIRST)
    assert known(store, ("e1", FIRST), ("e1", SECOND), ("e2", FIRST)) == {FIRST: (1, "e1")}


def test_what_is_staged_without_a_digest_is_not_known(store):
    stage(store, ONE)
    assert not known(store, ("e1", b""), ("e1", FIRST))


@pytest.mark.parametrize("changed", [{"seconds": 60}, {"notes": "other"}])
def test_a_change_that_came_without_a_digest_takes_the_old_one_away(store, changed):
    stage(store, ONE, FIRST)
    stage(store, replace(ONE, edited_at=datetime(2026, 6, 4, tzinfo=UTC), **changed))
    assert not known(store, ("e1", FIRST))


def test_an_entry_that_is_gone_is_not_known(store):
    stage(store, ONE, FIRST)
    with store.begin() as tx:
        staging.delete(tx, [1], 2)
    assert not known(store, ("e1", FIRST))
    assert stage(store, ONE, FIRST).changed == 1
    assert known(store, ("e1", FIRST))


def test_other_bytes_that_say_the_same_are_known_from_then_on(store):
    stage(store, ONE, FIRST)
    with store.snapshot() as read:
        before = entries.stamp(read)
    assert stage(store, ONE, SECOND).unchanged == 1
    assert known(store, ("e1", SECOND))
    assert not known(store, ("e1", FIRST))
    with store.snapshot() as read:
        assert entries.stamp(read) == before, "nothing that is computed from entries has changed"
        assert entries.revisions(read, 1) == []


def test_the_same_without_a_digest_leaves_the_row_known(store):
    stage(store, ONE, FIRST)
    assert stage(store, ONE).unchanged == 1
    assert known(store, ("e1", FIRST))


def test_a_row_older_than_what_is_staged_is_never_known(store):
    stage(store, ONE, FIRST)
    assert stage(store, replace(ONE, seconds=60, edited_at=datetime(2026, 6, 2, tzinfo=UTC)), SECOND).unchanged == 1
    assert known(store, ("e1", FIRST))
    assert not known(store, ("e1", SECOND))


def test_of_a_row_that_stands_twice_on_a_page_the_newer_ones_digest_is_kept(store):
    newer = replace(ONE, seconds=60, edited_at=datetime(2026, 6, 4, tzinfo=UTC))
    with store.begin() as tx:
        staging.stage(tx, entries.source_id(tx, "clockify", "acme"), "clock", 1, [newer, ONE], lambda _: None, (SECOND, FIRST))
    assert known(store, ("e1", SECOND))
    assert not known(store, ("e1", FIRST))


def test_more_rows_than_a_statement_takes_are_known(store):
    page = [TimeEntry(id=f"e{number}") for number in range(entries.CHUNK + 3)]
    digests = [f"{number:016}".encode() for number in range(len(page))]
    with store.begin() as tx:
        staging.stage(tx, entries.source_id(tx, "clockify", "acme"), "clock", 1, page, lambda _: None, digests)
    assert known(store, *zip([one.id for one in page], digests, strict=True)).keys() == set(digests)
