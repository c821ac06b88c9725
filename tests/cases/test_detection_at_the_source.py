"""What becomes of billed time at its source is noticed, told once, and never acted on by itself; what only looks gone is not gone.

`tracked` has no tombstones (Harvest: absence, a second listing, a read by id); `Tombstones` says itself what it deleted.
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import ClassVar

import msgspec
import pytest

from adapters.harvest.emulated.account import Entry
from connector.errors import UnsafePlanError
from connector.model import TimeEntry
from connector.ports import Cursor, Page, SourceTraits, Window
from connector.use_cases.waiting import Waiting
from tests.adapters.harvest.accounts import FIRST_DAY
from tests.cases.firm import CEDAR, JUNE, CaseFirm, TrackedFirm
from tests.use_cases.world import ListSource

POSTED = ("  Alpine Dental:\n", "  Alpine Dental: {send_as: posted}\n")
APPROVED = ("hours_places: 2", "time_approval: required\nhours_places: 2")


class Tombstones(ListSource):
    """A source whose change feed names what was deleted. The cursor counts changes; a listing without one tells of no deletion."""

    traits: ClassVar[SourceTraits] = SourceTraits(changes="modified_since", deletions="tombstones", page_size=100)

    def __init__(self, entries: dict[str, TimeEntry]) -> None:
        super().__init__()
        self.entries, self.told, self.hidden = entries, list(entries), set[str]()

    def delete(self, name: str) -> None:
        del self.entries[name]
        self.told.append(name)

    def edit(self, name: str, **changes: object) -> None:
        self.entries[name] = msgspec.structs.replace(self.entries[name], **changes)
        self.told.append(name)

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        names = [name for name in (self.told if cursor is None else self.told[int(cursor) :]) if name not in self.hidden]
        found = tuple(self.entries[name] for name in dict.fromkeys(names) if name in self.entries)
        gone = tuple(name for name in dict.fromkeys(names) if name not in self.entries and cursor is not None)
        yield Page(entries=found, deleted=gone, is_last=True, next_cursor=str(len(self.told)))


@pytest.fixture
def billed(tracked: TrackedFirm) -> TrackedFirm:
    """Eleven entries of June, approved at the source, are billed and posted."""
    tracked.mapping = tracked.mapping_with(POSTED, APPROVED)
    tracked.ids = tracked.harvest.fill(11)  # type: ignore[attr-defined]
    tracked.people.close(*tracked.ids)  # type: ignore[attr-defined]
    tracked.listed()
    assert tracked.bill().done == [JUNE]
    return tracked


@pytest.fixture
def telling(firm: CaseFirm) -> CaseFirm:
    """Three hours of June are billed and posted, from a source with tombstones."""
    for name in ("one", "two", "three"):
        firm.work(name, CEDAR)
    firm.source = Tombstones(firm.source.entries)
    assert firm.bill().done == [JUNE]
    return firm


def unmoved(firm: CaseFirm) -> None:
    """Nothing is sent and nothing over there changes, today and tomorrow."""
    before = firm.standing()
    for _ in range(2):
        assert firm.bill().sent == 0
        firm.bench.advance(86_400)
    assert firm.standing() == before
    firm.none_twice()


def only(firm: CaseFirm) -> Waiting:
    (row,) = firm.waits()
    return row


# ---- what only looks gone ---------------------------------------------------------------------------------------------------------


def test_permission_lost_is_no_deletion(billed: TrackedFirm) -> None:
    billed.harvest.token = billed.harvest.emulator.identity.personal_token(billed.people.user("Mia Torres").id)
    billed.tracker = billed.harvest.source()
    billed.listed()
    billed.bench.advance(86_400)
    billed.listed()
    assert (billed.gone(), billed.waits()) == (set(), [])
    unmoved(billed)


@pytest.mark.parametrize("hidden", [{"two"}, {"one", "two", "three"}], ids=["permission lost, filtered or archived", "mass vanishing"])
def test_what_a_source_with_tombstones_does_not_show_is_not_gone(telling: CaseFirm, hidden: set[str]) -> None:
    """It lists less and names nothing as deleted."""
    telling.source.hidden = hidden
    telling.pull(full=True)
    telling.bench.advance(1200)
    telling.pull(full=True)
    assert telling.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]
    assert telling.waits() == []
    unmoved(telling)


def test_time_moved_out_of_the_window_at_a_source_with_tombstones_is_not_gone(telling: CaseFirm) -> None:
    telling.source.edit("two", worked_on=date(2025, 5, 3))
    telling.pull()
    assert telling.seconds() == {"invoiced": 3 * 3600}
    unmoved(telling)


def test_a_restarted_timer_at_a_source_with_tombstones_is_not_gone_and_counts_when_it_is_stopped(telling: CaseFirm) -> None:
    telling.source.edit("two", running=True)
    telling.pull()
    assert telling.rows("SELECT count(*) FROM entries WHERE deleted = 1") == [(0,)]
    telling.source.edit("two", running=False, seconds=2 * 3600)
    telling.pull()
    row = only(telling)
    assert (row.net, row.seconds) == (100, 3600)
    unmoved(telling)


@pytest.mark.parametrize("days", [-400, -40])
def test_time_moved_out_of_the_window_is_not_gone(billed: TrackedFirm, days: int) -> None:
    """A billed entry is back-dated far before what is listed again. It is late time of that month now; its price is the same, so nothing
    is to be corrected; and it is not taken for deleted.
    """
    entry = billed.harvest.emulator.entries()[5]
    entry.closed = False
    billed.people.edit(entry.id, spent_date=FIRST_DAY + timedelta(days=days))
    billed.people.close(entry.id)
    for _ in range(3):
        billed.bench.advance(86_400)
        billed.pull()
    assert billed.gone() == set()
    assert billed.seconds() == {"invoiced": sum(int(one.hours * 3600) for one in billed.harvest.emulator.entries())}
    unmoved(billed)


def test_a_restarted_timer_is_not_gone_and_counts_when_it_is_stopped(billed: TrackedFirm) -> None:
    entry = billed.harvest.emulator.entries()[0]
    entry.closed = False
    billed.people.restart_timer(entry.id)
    billed.listed()
    assert billed.gone() == set()
    assert sum(billed.seconds().values()) == sum(int(one.hours * 3600) for one in billed.harvest.emulator.entries())
    billed.bench.advance(3600)
    billed.people.stop_timer(entry.id)
    billed.people.close(entry.id)
    billed.pull()
    row = only(billed)
    assert row.cause == f"list:{entry.id} was edited after it was billed on {JUNE}"
    assert row.seconds >= 3600
    assert row.net > 0
    unmoved(billed)


@pytest.mark.parametrize("hides", ["filtered", "archived"])
def test_what_a_listing_filters_out_or_archives_is_not_gone(billed: TrackedFirm, hides: str) -> None:
    """The listings lack three billed entries; a read by id finds them (archived), or says that they may not be seen (filtered)."""
    hidden = {str(entry_id) for entry_id in billed.ids[2:5]}  # type: ignore[attr-defined]
    hide(billed, hidden, reads=hides == "archived")
    billed.listed()
    billed.bench.advance(86_400)
    billed.listed()
    assert (billed.gone(), billed.waits()) == (set(), [])
    unmoved(billed)


def hide(firm: TrackedFirm, hidden: set[str], *, reads: bool) -> None:
    answer = firm.harvest.emulator.answer

    def less(method, target, headers, body):
        status, given, text = answer(method, target, headers, body)
        if target.rsplit("/", 1)[-1] in hidden:
            return (status, given, text) if reads else (403, {}, b'{"message": "not for you"}')
        if "/v2/time_entries?" in target:
            said = json.loads(text)
            said["time_entries"] = [row for row in said["time_entries"] if str(row["id"]) not in hidden]
            text = json.dumps(said).encode()
        return status, given, text

    firm.harvest.emulator.answer = less  # type: ignore[method-assign]


def test_mass_vanishing_stops_and_nothing_is_taken_for_deleted(billed: TrackedFirm) -> None:
    """All eleven are missing at once: the listing is refused with what to do, and every second stays billed."""
    seconds = billed.seconds()
    billed.harvest.emulator.account.entries.clear()
    for _ in range(2):
        billed.bench.advance(86_400)
        ((_, error),) = billed.pull(full=True).failures
        assert "11 of 11 entries are missing" in str(error)
    assert (billed.gone(), billed.seconds(), billed.waits()) == (set(), seconds, [])


# ---- what really changed -------------------------------------------------------------------------------------------------------------


def test_a_deletion_without_a_tombstone_is_noticed_by_two_listings_and_a_read(billed: TrackedFirm) -> None:
    entry = billed.harvest.emulator.entries()[5]
    entry.closed = False
    billed.people.delete(entry.id)
    billed.listed()
    row = only(billed)
    assert row.cause == f"list:{entry.id} was deleted at the source after it was billed on {JUNE}"
    assert (row.net, row.seconds) == (-entry.hours * 100, -int(entry.hours * 3600))
    unmoved(billed)


def test_a_deletion_with_a_tombstone_is_noticed_at_once(telling: CaseFirm) -> None:
    telling.source.delete("two")
    telling.pull()
    row = only(telling)
    assert row.cause == f"list:two was deleted at the source after it was billed on {JUNE}"
    assert (row.net, row.seconds) == (-100, -3600)
    unmoved(telling)


def test_a_mass_of_tombstones_is_one_correction_and_sends_nothing(telling: CaseFirm) -> None:
    for name in ("one", "two", "three"):
        telling.source.delete(name)
    telling.pull()
    row = only(telling)
    assert (len(row.entries), row.net, row.seconds) == (3, -300, -3 * 3600)
    unmoved(telling)


def test_a_mass_move_at_a_source_with_tombstones_is_one_correction_and_sends_nothing(telling: CaseFirm) -> None:
    for name in ("one", "two", "three"):
        telling.source.edit(name, client="Alpine Dental")
    telling.pull()
    row = only(telling)
    assert (len(row.entries), row.net) == (3, -300)
    assert "it is Alpine Dental's now" in row.said
    unmoved(telling)


def test_an_edit_and_a_move_are_noticed(billed: TrackedFirm) -> None:
    edited, moved = billed.harvest.emulator.entries()[3:5]
    edited.closed = moved.closed = False
    billed.people.edit(edited.id, hours=str(edited.hours + 2))
    billed.people.edit(moved.id, project="Website")
    billed.people.close(edited.id, moved.id)
    billed.pull()
    rows = {row.entries: row for row in billed.waits()}
    assert rows[f"list:{edited.id}",].net == 200
    away = rows[f"list:{moved.id}",]
    assert (away.net, away.seconds) == (-moved.hours * 100, -int(moved.hours * 3600))
    assert "it is Bayside Motors's now" in away.said
    assert sum(billed.seconds().values()) == sum(int(one.hours * 3600) for one in billed.harvest.emulator.entries())
    unmoved(billed)


def test_back_dating_over_a_rise_is_noticed_with_its_money(billed: TrackedFirm) -> None:
    """An hour costs 100.00 and cost 80.00 until May. What is moved to May is worth 20 % less: the difference is a correction."""
    billed.mapping = billed.mapping_with(
        POSTED, APPROVED,
        ("blocks: [{from: 2025-01-01, any: {any: 100.00}}]", "blocks: [{from: 2025-01-01, any: {any: 80.00}}, {from: 2026-06-01, any: {any: 100.00}}]"),
    )  # fmt: skip
    entry = billed.harvest.emulator.entries()[4]
    entry.closed = False
    billed.people.edit(entry.id, spent_date=date(2026, 5, 20))
    billed.people.close(entry.id)
    billed.pull()
    assert only(billed).net == -entry.hours * 20
    unmoved(billed)


def test_approval_withdrawn_of_billed_time_is_noticed_and_gone_when_it_is_given_again(billed: TrackedFirm) -> None:
    """It stays billed; a correction of nothing says that its approval is gone, and ends when the approval is back."""
    entry = billed.harvest.emulator.entries()[0]
    billed.people.reopen(entry.id)
    billed.pull()
    row = only(billed)
    assert (row.entries, row.net, row.seconds) == ((f"list:{entry.id}",), 0, 0)
    assert set(billed.seconds()) == {"invoiced"}
    unmoved(billed)
    billed.people.close(entry.id)
    billed.pull()
    assert billed.waits() == []


def test_a_mass_move_is_one_correction_and_sends_nothing(billed: TrackedFirm) -> None:
    """A project is given to another client: eleven entries move at once, for one reason, and are one row."""
    project = billed.people.project("Upgrade")
    project.client_id = billed.people.client("Bayside Motors").id
    for entry in billed.harvest.emulator.entries():
        touched(billed, entry)
    billed.listed()
    row = only(billed)
    assert len(row.entries) == 11
    assert row.net == -billed.named(JUNE).net
    unmoved(billed)


def touched(firm: TrackedFirm, entry: Entry) -> None:
    firm.people.reopen(entry.id)
    firm.people.close(entry.id)


def test_a_mass_move_of_drafts_is_unsafe_and_stops(drafting: CaseFirm) -> None:
    """Three drafts of six would be changed in one plan; the bound is 20 %: nothing is approved without a reason."""
    drafting.mapping = drafting.mapping_with(("changed_documents_percent: none", "changed_documents_percent: 20"))
    for number in range(6):
        drafting.work(f"a{number}", "Alpine Dental", on=date(2026, number + 1, 3))
    drafting.pull()
    drafting.approve()
    drafting.apply()
    before = drafting.standing()
    assert len(before) >= 1
    for number in range(6):
        drafting.work(f"a{number}", "Bayside Motors", on=date(2026, number + 1, 3))
    drafting.pull()
    assert any("would change" in said for said in drafting.plan().unsafe)
    with pytest.raises(UnsafePlanError, match="would change"):
        drafting.approve()
    assert drafting.apply().sent == 0
    assert drafting.standing() == before
