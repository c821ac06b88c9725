"""What every source must do, as tests. An adapter's test is a subclass that says where its recorded data is and how people change it.

```python
class TestHarvest(SourceContract):
    @pytest.fixture
    def recording(self) -> Recording:
        return HarvestRecording(...)
```
The behaviours come with the class; one is skipped only because a trait says that the source does not have it.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Protocol, get_args

import pytest

from connector.errors import HourbridgeError
from connector.model import TimeEntry
from connector.ports import Cursor, DeclaresDeletions, Page, SkipsKnown, Source, SourceTraits, Window

ALL_TIME = Window()
TEXTS = tuple(name for name, kind in TimeEntry.__annotations__.items() if kind is str)
INSTANTS = ("started", "ended", "entered_at", "edited_at")
DECIMALS = ("hours", "rate", "cost_rate")
FLAGS = ("running", "billed")
ANSWERS = ("billable", "approved")
DELETIONS = get_args(SourceTraits.__annotations__["deletions"])


class Recording(Protocol):
    """Recorded data behind a source, and what people do to it over there.

    At its start it holds more entries than two pages, one of them unreadable where the system allows such a thing, over more
    than one day.
    """

    def source(self, connection: str = "timelog") -> Source:
        """A source that reads the data as it is now, under the connection's name given."""

    def append(self) -> str:
        """Somebody enters time; returns the new entry's id."""

    def edit(self) -> str:
        """Somebody changes the worked time of an entry; returns its id."""

    def delete(self) -> str:
        """Somebody deletes an entry; returns its id."""

    def break_off(self) -> None:
        """From now on a listing cannot be read to its end."""


def listing(source: Source, window: Window = ALL_TIME, cursor: Cursor | None = None) -> list[Page]:
    return list(source.pages(window, cursor))


def entries(pages: Iterable[Page]) -> dict[str, TimeEntry]:
    return {entry.id: entry for page in pages for entry in page.entries}


def cursor_of(pages: list[Page]) -> Cursor:
    cursor = pages[-1].next_cursor
    assert cursor is not None
    return cursor


def deletions_of(source: Source) -> str:
    return source.deletions() if isinstance(source, DeclaresDeletions) else source.traits.deletions


class SourceContract:
    """Subclass it as `Test…` and override `recording`."""

    @pytest.fixture
    def recording(self) -> Recording:
        raise NotImplementedError("say where the recorded data is")

    # ---- what it is -----------------------------------------------------------------------------------------------------

    def test_it_is_a_source_with_traits_nobody_can_change(self, recording):
        source = recording.source()
        assert isinstance(source, Source)
        assert isinstance(type(source).traits, SourceTraits)
        with pytest.raises(AttributeError):
            type(source).traits.page_size = 1
        assert deletions_of(source) in DELETIONS

    def test_its_account_is_the_vendors_and_not_the_connections_name(self, recording):
        account = recording.source("one name").account()
        assert account
        assert recording.source("another name").account() == account

    def test_its_entries_do_not_depend_on_the_connections_name(self, recording):
        assert entries(listing(recording.source("one name"))) == entries(listing(recording.source("another name")))

    # ---- pages ----------------------------------------------------------------------------------------------------------

    def test_pages_are_bounded(self, recording):
        source = recording.source()
        sizes = [len(page.entries) for page in source.pages(ALL_TIME, None)]
        assert len(sizes) > 1, "the recorded data must fill more than one page"
        assert max(sizes) <= source.traits.page_size

    def test_only_the_last_page_is_the_last_and_carries_a_cursor(self, recording):
        *others, last = listing(recording.source())
        assert last.is_last
        assert last.next_cursor
        assert not any(page.is_last for page in others)
        assert {page.next_cursor for page in others} <= {None}

    def test_pages_come_one_by_one(self, recording):
        pages = recording.source().pages(ALL_TIME, None)
        assert iter(pages) is iter(pages)
        assert not next(pages).is_last
        pages.close()

    def test_ids_are_there_and_unique_over_the_listing(self, recording):
        ids = [entry.id for page in listing(recording.source()) for entry in page.entries]
        assert all(ids)
        assert len(ids) == len(set(ids))

    def test_a_listing_again_says_the_same(self, recording):
        source = recording.source()
        assert entries(listing(source)) == entries(listing(source)) == entries(listing(recording.source()))

    def test_a_listing_that_breaks_off_raises_and_has_no_last_page(self, recording):
        recording.break_off()
        seen = []
        with pytest.raises(HourbridgeError):
            seen.extend(recording.source().pages(ALL_TIME, None))
        assert not any(page.is_last or page.next_cursor for page in seen)

    # ---- the window -----------------------------------------------------------------------------------------------------

    def test_a_window_holds_its_days_both_ends_included(self, recording):
        everything = entries(listing(recording.source()))
        days = sorted({entry.worked_on for entry in everything.values() if entry.worked_on})
        window = Window(days[1], days[-2])
        inside = entries(listing(recording.source(), window))
        assert inside == {
            key: entry for key, entry in everything.items() if entry.worked_on is None or days[1] <= entry.worked_on <= days[-2]
        }

    def test_an_open_side_of_a_window_is_open(self, recording):
        everything = entries(listing(recording.source()))
        day = max(entry.worked_on for entry in everything.values() if entry.worked_on)
        assert entries(listing(recording.source(), Window(None, day))) == everything
        nothing_dated = entries(listing(recording.source(), Window(day + timedelta(days=1), None)))
        assert all(entry.worked_on is None for entry in nothing_dated.values())

    # ---- entries --------------------------------------------------------------------------------------------------------

    def test_instants_are_aware_and_in_utc(self, recording):
        found = _values(recording, INSTANTS)
        assert all(type(value) is datetime and value.tzinfo is UTC for value in found)

    def test_days_are_dates(self, recording):
        found = _values(recording, ("worked_on",))
        assert found
        assert all(type(value) is date for value in found)

    def test_worked_time_is_whole_seconds(self, recording):
        found = [entry.seconds for entry in entries(listing(recording.source())).values()]
        assert any(found)
        assert all(type(seconds) is int and seconds >= 0 for seconds in found)

    def test_hours_and_money_are_finite_decimals(self, recording):
        assert all(type(value) is Decimal and value.is_finite() for value in _values(recording, DECIMALS))

    def test_texts_are_texts_and_flags_are_flags(self, recording):
        for entry in entries(listing(recording.source())).values():
            assert all(type(getattr(entry, name)) is str for name in TEXTS)
            assert all(type(getattr(entry, name)) is bool for name in FLAGS)
            assert all(getattr(entry, name) in (True, False, None) for name in ANSWERS)
            assert all(type(tag) is str and tag for tag in entry.tags)

    def test_texts_can_be_kept(self, recording):
        for entry in entries(listing(recording.source())).values():
            "".join(getattr(entry, name) for name in TEXTS).encode("utf-8")

    def test_a_day_that_cannot_be_read_says_why(self, recording):
        found = entries(listing(recording.source())).values()
        assert all(entry.problem for entry in found if entry.worked_on is None)

    # ---- what people do over there --------------------------------------------------------------------------------------

    def test_a_new_entry_is_listed(self, recording):
        before = listing(recording.source())
        new = recording.append()
        assert new not in entries(before)
        assert new in entries(listing(recording.source()))
        assert new in entries(listing(recording.source(), cursor=cursor_of(before)))

    def test_an_edited_entry_is_listed_again_under_its_id(self, recording):
        before = listing(recording.source())
        edited = recording.edit()
        for after in (listing(recording.source()), listing(recording.source(), cursor=cursor_of(before))):
            assert entries(after)[edited].seconds != entries(before)[edited].seconds
        assert len(entries(listing(recording.source()))) == len(entries(before))

    def test_a_deleted_entry_shows_as_the_traits_say(self, recording):
        before = listing(recording.source())
        deletions = deletions_of(recording.source())
        gone = recording.delete()
        assert gone in entries(before)
        after = listing(recording.source(), cursor=cursor_of(before) if deletions == "tombstones" else None)
        told = {key for page in after for key in page.deleted}
        if deletions == "tombstones":
            assert gone in told
        else:
            assert not told
        if deletions in ("absence", "snapshot"):
            assert entries(after).keys() == entries(before).keys() - {gone}

    def test_rows_that_are_known_are_left_out_and_nothing_else_is(self, recording):
        if not isinstance(recording.source(), SkipsKnown):
            pytest.skip("it makes an entry of every row")
        before, told = list(recording.source().pages_but(None, ALL_TIME, None)), []
        assert entries(before) == entries(listing(recording.source()))
        assert all(len(page.digests) == len(page.entries) for page in before)
        digests = {digest for page in before for digest in page.digests}
        assert {len(digest) for digest in digests} == {16}
        edited = recording.edit()

        def known(rows):
            told.append(dict(rows))
            return digests

        after = list(recording.source().pages_but(known, ALL_TIME, None))
        assert entries(after).keys() == {edited}
        assert {key for rows in told for key in rows} == entries(before).keys()
        assert [(page.is_last, page.next_cursor is None) for page in after] == [(page.is_last, page.next_cursor is None) for page in before]

    def test_a_source_without_a_change_feed_lists_everything_whatever_the_cursor(self, recording):
        if recording.source().traits.changes == "modified_since":
            pytest.skip("traits: it tells what was modified")
        before = listing(recording.source())
        assert entries(listing(recording.source(), cursor=cursor_of(before))) == entries(before)


def _values(recording: Recording, names: tuple[str, ...]) -> list[object]:
    found = entries(listing(recording.source())).values()
    return [value for entry in found for name in names if (value := getattr(entry, name)) is not None]
