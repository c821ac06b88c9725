"""The engine over the emulated Harvest: edits, deletions, timers, pages that shift, and second pulls that find nothing."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.harvest.emulator import Emulator
from connector.ports import Window
from connector.use_cases import map_edit, pull
from connector.use_cases.causes import causes
from connector.use_cases.reconcile import tie_out
from connector.use_cases.status import status
from connector.use_cases.sync import sync
from connector.use_cases.workspace import Workspace
from tests.adapters.harvest.accounts import FIRST_DAY, Harvest
from tests.use_cases.world import START, World, WorldClock

DAY = 86_400


class Office(World):
    """The little firm, whose people write their time down at Harvest."""

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self.harvest = Harvest(page_size=4, **settings)
        self.harvest.clock.advance((START - self.harvest.clock.now()).total_seconds())
        self.harvest.clock = self.clock  # type: ignore[assignment]
        self._one_clock(self.harvest.emulator, self.clock)
        self.tracker = self.harvest.source()
        self.people = self.harvest.people

    def _one_clock(self, emulator: Emulator, clock: WorldClock) -> None:
        emulator._clock = clock
        emulator._open(emulator.account)
        emulator.limits._now = clock.now
        self.harvest.people = emulator.people

    def open(self) -> Workspace:
        ws = super().open()
        ws._open_sources = {"list": lambda: self.tracker}
        ws.kinds = {"list": "harvest"}
        return ws

    def pull(self, **options: object) -> pull.Pulled:
        """One pull, a while after the last one."""
        self.clock.sleep(1200)
        return pull.pull(self.open(), **options)  # type: ignore[arg-type]

    def moved(self, **options: object) -> int:
        pulled = self.pull(**options)
        assert pulled.failures == []
        return pulled.connections["list"].moved

    def live(self) -> set[str]:
        return {str(row[0]) for row in self.rows("SELECT entry_id FROM entries WHERE deleted = 0")}

    def gone(self) -> set[str]:
        return {str(row[0]) for row in self.rows("SELECT entry_id FROM entries WHERE deleted = 1")}

    def settled(self) -> "Office":
        """First load, and the whole listing that confirms it."""
        self.pull()
        self.pull()
        return self


@pytest.fixture
def office() -> Office:
    return Office()


def while_paging(office: Office, page: int, work: Callable[[], object]) -> None:
    """Somebody works between two pages of the next listing."""
    answer = office.harvest.emulator.answer
    waiting = [work]

    def shifted(method, target, headers, body):
        if f"page={page}" in target and "per_page" in target and waiting:
            waiting.pop()()
        return answer(method, target, headers, body)

    office.harvest.emulator.answer = shifted  # type: ignore[method-assign]


def nothing_is_written(office: Office, **options: object) -> None:
    watched = "SELECT (SELECT count(*) FROM entry_history), (SELECT max(run) FROM entries), (SELECT count(*) FROM audit)"
    before = office.rows(watched)
    assert office.moved(**options) == 0
    assert office.rows(watched) == before


def test_a_second_pull_finds_nothing_and_asks_once(office: Office) -> None:
    office.harvest.fill(11)
    office.settled()
    asked = len(office.harvest.listings)
    nothing_is_written(office)
    assert len(office.harvest.listings) == asked + 1
    assert "updated_since=" in office.harvest.listings[-1]


def test_everything_listed_again_unchanged_writes_nothing(office: Office) -> None:
    office.harvest.fill(11)
    office.settled()
    nothing_is_written(office, full=True)


def test_edits_arrive_by_the_change_feed_and_become_revisions(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    office.people.edit(ids[3], hours="9.5")
    office.people.close(ids[4])
    asked = len(office.harvest.listings)
    pulled = office.pull()
    assert pulled.connections["list"].changed == 2
    assert all("updated_since" in target for target in office.harvest.listings[asked:])
    assert office.rows(f"SELECT revision, seconds FROM entries WHERE entry_id = '{ids[3]}'") == [(2, 34_200)]


def test_a_first_load_over_several_pages_is_confirmed_by_listing_everything_once_more(office: Office) -> None:
    office.harvest.fill(11)
    office.pull()
    assert office.rows("SELECT last_full_listing FROM connections") == [(None,)]
    office.pull()
    assert office.rows("SELECT last_full_listing IS NOT NULL FROM connections") == [(1,)]
    assert not any("from=" in target for target in office.harvest.listings)


def test_a_first_load_of_one_page_needs_no_second(office: Office) -> None:
    office.harvest.fill(3)
    office.pull()
    assert office.rows("SELECT last_full_listing IS NOT NULL FROM connections") == [(1,)]


def test_p3_a_row_that_slipped_past_the_first_load_is_found_by_the_next(office: Office) -> None:
    ids = office.harvest.fill(11)
    while_paging(office, 2, lambda: office.people.delete(ids[-1]))
    office.pull()
    assert len(office.live()) == 10, "the deletion moved a row from the second page to the first"
    office.pull()
    assert set(ids) - office.live() == set()


def test_p3_changes_over_several_pages_are_read_until_two_passes_agree(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    cursor = office.rows("SELECT cursor FROM connections")
    for entry_id in ids:
        office.people.edit(entry_id, hours="3")
    while_paging(office, 2, lambda: office.people.edit(ids[-1], spent_date=FIRST_DAY - timedelta(days=40)))
    asked = len(office.harvest.listings)
    office.pull()
    assert len(office.harvest.listings) - asked == 9, "three passes of three pages: the first differs from the second"
    assert office.rows("SELECT count(*) FROM entries WHERE seconds = 10800") == [(11,)]
    assert office.rows("SELECT cursor FROM connections") > cursor


def test_p3_a_listing_that_never_settles_keeps_its_cursor(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    cursor = office.rows("SELECT cursor FROM connections")
    for entry_id in ids:
        office.people.edit(entry_id, hours="3")
    answer = office.harvest.emulator.answer
    hours = iter(range(1, 200))

    def restless(method, target, headers, body):
        office.people.edit(ids[0], hours=str(next(hours)))
        return answer(method, target, headers, body)

    office.harvest.emulator.answer = restless  # type: ignore[method-assign]
    ((_, error),) = office.pull().failures
    assert "5 listings in a row" in str(error)
    assert office.rows("SELECT cursor FROM connections") == cursor


def test_p6_a_deleted_entry_is_gone_after_two_complete_listings_and_a_read(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    office.people.delete(ids[5])
    office.moved(full=True)
    assert office.gone() == set()
    assert office.moved(full=True) == 1
    assert office.gone() == {ids[5]}
    assert ("GET", f"/v2/time_entries/{ids[5]}") in office.harvest.mount.log
    nothing_is_written(office, full=True)
    office.check()


def test_two_listings_within_ten_minutes_are_one(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    office.people.delete(ids[5])
    office.moved(full=True)
    pull.pull(office.open(), full=True)
    assert office.gone() == set()


def test_a_person_may_have_it_listed_twice(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    office.people.delete(ids[5])
    assert office.moved(confirm=True) == 1
    assert office.gone() == {ids[5]}


def test_by_itself_everything_open_is_listed_once_a_day(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    office.people.delete(ids[5])
    for _ in range(2):
        office.clock.sleep(DAY)
        asked = len(office.harvest.listings)
        office.pull()
        assert any("from=2026-04-" in target or "from=2026-05-" in target for target in office.harvest.listings[asked:])
        asked = len(office.harvest.listings)
        office.pull()
        assert len(office.harvest.listings) == asked + 1
    assert office.gone() == {ids[5]}


def test_the_window_listed_again_reaches_back_to_the_oldest_time_that_waits(office: Office) -> None:
    office.harvest.enter(FIRST_DAY - timedelta(days=200), user="Ana Reyes")
    office.harvest.fill(5)
    office.settled()
    office.clock.sleep(DAY)
    office.pull()
    assert any("from=2025-11-13" in target for target in office.harvest.listings)


def test_time_that_moved_out_of_the_window_is_not_gone(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    office.clock.sleep(DAY)
    office.people.edit(ids[5], spent_date=FIRST_DAY - timedelta(days=300))
    for _ in range(3):
        office.pull()
        office.clock.sleep(DAY)
    assert office.gone() == set()


def test_a_renamed_client_is_seen_when_everything_is_listed_again(office: Office) -> None:
    office.harvest.fill(5)
    office.settled()
    office.people.rename_client("Alpine Dental", "Alpine Dental Ltd")
    assert office.moved() == 0
    office.clock.sleep(DAY)
    assert office.pull().connections["list"].reworded == 5


def test_p6_many_that_vanish_at_once_are_a_persons_question(office: Office) -> None:
    ids = office.harvest.fill(30)
    office.settled()
    for entry_id in ids[:15]:
        office.people.delete(entry_id)
    for _ in range(2):
        ((_, error),) = office.pull(full=True).failures
        assert "15 of 30 entries are missing" in str(error)
    assert office.gone() == set()
    office.moved(full=True, forced="the trial project was removed")
    office.moved(full=True, forced="the trial project was removed")
    assert office.gone() == set(ids[:15])
    assert "the trial project" in str(office.rows("SELECT body FROM audit WHERE what = 'absent'"))


def test_a_listing_of_some_days_deletes_nothing_and_moves_no_cursor(office: Office) -> None:
    ids = office.harvest.fill(11)
    office.settled()
    cursor = office.rows("SELECT cursor, last_full_listing FROM connections")
    office.people.edit(ids[0], hours="5")
    office.people.edit(ids[9], hours="5")
    office.people.delete(ids[1])
    for _ in range(3):
        office.pull(window=Window(FIRST_DAY, FIRST_DAY + timedelta(days=4)), confirm=True)
    assert office.gone() == set()
    assert office.rows("SELECT cursor, last_full_listing FROM connections") == cursor
    assert office.moved() == 1, "what changed outside those days is still to come"


def test_a_running_timer_is_seen_and_billed_when_it_was_stopped(office: Office) -> None:
    entry_id = str(office.people.start_timer("Ben Ito", "Upgrade", "Project work").id)
    office.pull()
    assert office.rows("SELECT disposition, reason FROM charges") == [("pending", "timer running")]
    nothing_is_written(office, full=True)
    office.clock.sleep(3600)
    office.people.stop_timer(entry_id)
    office.pull()
    assert office.rows("SELECT disposition FROM charges") == [("ready",)]
    nothing_is_written(office)


def test_what_harvest_invoiced_is_billed_elsewhere(office: Office) -> None:
    ids = office.harvest.fill(3)
    office.people.invoice("1001", ids[0])
    office.pull()
    assert office.rows("SELECT count(*) FROM charges WHERE disposition = 'billed_elsewhere'") == [(1,)]


def test_a_token_that_sees_less_deletes_nothing_and_is_told(office: Office) -> None:
    office.harvest.fill(4)
    mine = office.harvest.enter(user="Ana Reyes")
    office.settled()
    office.harvest.token = office.harvest.emulator.identity.personal_token(office.people.user("Ben Ito").id)
    office.tracker = office.harvest.source()
    for _ in range(3):
        pulled = office.pull(full=True)
        assert any("only their own time" in warning for _, warning in pulled.warnings)
    assert any("does not see what it saw before" in warning for _, warning in pulled.warnings)
    assert mine in office.live()
    assert office.gone() == set()


def test_what_a_token_does_not_see_is_said_by_every_report_until_one_sees_all(office: Office) -> None:
    office.harvest.fill(4)
    whole = office.harvest.token
    office.harvest.token = office.harvest.emulator.identity.personal_token(office.people.user("Ben Ito").id)
    office.tracker = office.harvest.source()
    said = "sees only a part: Ben Ito is not an administrator at Harvest"
    for _ in range(2):
        office.pull()
        (one,) = [one for one in status(office.open()).connections if one.name == "list"]
        assert said in one.trouble
        told = tie_out(office.open())
        assert not told.ties
        assert [said in found.cause for found in told.differences if found.what == "list"] == [True]
    assert [(cause.key, cause.critical) for cause in causes(office.open()) if cause.key.endswith(":list")] == [("part:list", False)]
    office.harvest.token = whole
    office.tracker = office.harvest.source()
    office.pull()
    assert tie_out(office.open()).ties
    assert {one.trouble for one in status(office.open()).connections} == {""}


def test_a_scheduler_approves_nothing_of_a_part(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("connector.use_cases.sync.approve_by_policy", lambda _ws, book: asked.append(book))
    office.harvest.fill(4)
    books = tuple(office.open().books)
    whole = office.harvest.token
    office.harvest.token = office.harvest.emulator.identity.personal_token(office.people.user("Ben Ito").id)
    office.tracker = office.harvest.source()
    sync(office.open(), books)
    assert asked == []
    office.harvest.token = whole
    office.tracker = office.harvest.source()
    sync(office.open(), books)
    assert asked == list(books)


def test_an_entry_that_is_only_hidden_is_kept(office: Office) -> None:
    """The scope says administrator, and yet one entry is refused: a lost permission is no deletion."""
    ids = office.harvest.fill(4)
    office.settled()
    answer = office.harvest.emulator.answer

    def hiding(method, target, headers, body):
        if target.endswith(ids[2]):
            return 403, {}, b'{"message": "not for you"}'
        status, given, text = answer(method, target, headers, body)
        return status, given, _without(text, ids[2])

    office.harvest.emulator.answer = hiding  # type: ignore[method-assign]
    office.pull(full=True)
    pulled = office.pull(full=True)
    assert office.gone() == set()
    assert any("no longer shown" in warning for _, warning in pulled.warnings)


def test_an_entry_that_the_listings_lost_is_kept_when_a_read_finds_it(office: Office) -> None:
    ids = office.harvest.fill(4)
    office.settled()
    answer = office.harvest.emulator.answer

    def losing(method, target, headers, body):
        status, given, text = answer(method, target, headers, body)
        return status, given, text if target.endswith(ids[2]) else _without(text, ids[2])

    office.harvest.emulator.answer = losing  # type: ignore[method-assign]
    office.pull(full=True)
    office.pull(full=True)
    assert office.gone() == set()
    assert office.rows("SELECT count(*) FROM entries WHERE absent_since IS NOT NULL") == [(0,)]


def test_a_month_is_billed_once_from_harvest(office: Office) -> None:
    office.harvest.fill(6)
    office.settled()
    assert len(office.bill().done) == 1
    before = office.company.requests
    office.bill()
    assert office.company.requests == before
    office.check()


def test_names_without_any_time_can_be_pinned_too(office: Office) -> None:
    seen: map_edit.Seen = {}
    assert map_edit._ask_sources(office.open(), seen) == []
    bayside = str(office.people.client("Bayside Motors").id)
    assert seen["client", "list", "bayside motors"] == {bayside: 1}
    assert ("work_type", "list", "travel") in seen


def test_names_that_cannot_be_asked_for_are_said_and_stop_nothing(office: Office) -> None:
    office.harvest.emulator.identity.revoke_everything()
    (said,) = map_edit._ask_sources(office.open(), {})
    assert said.startswith("list: its names could not be asked for")


def _without(body: bytes, entry_id: str) -> bytes:
    said = json.loads(body)
    if "time_entries" in said:
        said["time_entries"] = [row for row in said["time_entries"] if str(row["id"]) != entry_id]
    return json.dumps(said).encode()
