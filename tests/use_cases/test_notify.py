"""One digest at its time, what is urgent at once, nothing twice, and a way that fails disturbs nobody."""

import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from connector.errors import TransientError
from connector.store import troubles
from connector.use_cases.causes import causes
from connector.use_cases.notify import AGAIN, notify, notify_test, slot
from connector.use_cases.workspace import Notices
from tests.use_cases.months import busy_month
from tests.use_cases.world import START, World

EIGHT = 8 * 60
"""START is six in the evening in Auckland, ten hours after the day's digest was due."""


class Post:
    """A way to people that keeps what it was given, or fails."""

    def __init__(self) -> None:
        self.told = []
        self.broken: Exception | None = None

    def tell(self, notice):
        if self.broken:
            raise self.broken
        self.told.append(notice)

    @property
    def last(self):
        return json.loads(self.told[-1].json)


class Firm:
    def __init__(self, world=None):
        self.world = world or busy_month()
        self.post, self.other = Post(), Post()
        self.pull_hours_max = 1000
        self.ways = {"smtp": lambda: self.post}

    def open(self):
        ws = self.world.open()
        ws.notices = Notices(
            tellers=self.ways, at_minutes=EIGHT, every_hours=24, zone="Pacific/Auckland", pull_hours_max=self.pull_hours_max
        )
        return ws

    def notify(self, **later):
        """As a new process would, some time later."""
        self.world.clock.at += timedelta(**later)
        return notify(self.open(), self.world.clock.now())


@pytest.fixture
def firm():
    found = Firm()
    found.world.pull()
    return found


def keys(told):
    return [cause["key"] for cause in told["waits"]]


def test_what_waits_is_told_in_one_digest(firm):
    assert firm.notify().digests == ["smtp"]
    (notice,) = firm.post.told
    assert keys(firm.post.last) == ["unmatched:nz", "held:nz", "approval:nz"]
    assert notice.subject == "Hourbridge: 3 things wait for you"
    assert "- new: nz: 2 entries are unmatched (NZD" in notice.text
    assert "Next: hourbridge unmatched" in notice.text


def test_nothing_is_told_twice_also_after_a_restart(firm):
    firm.notify()
    for _ in range(3):
        assert firm.notify(hours=24).digests == []
    assert len(firm.post.told) == 1


def test_what_is_new_waits_for_its_time_of_day(firm):
    firm.notify()
    firm.world.work("n1", "Who Else Ltd")
    firm.world.pull()
    assert firm.notify(hours=1).digests == []
    assert firm.notify(hours=14).digests == ["smtp"]
    assert firm.post.last["new"] == ["unmatched:nz"]
    assert "- new: nz: 3 entries are unmatched" in firm.post.told[-1].text
    assert "- nz: 3 documents await approval" in firm.post.told[-1].text


def test_what_is_settled_is_told_once(firm):
    firm.notify()
    firm.world.approve()
    firm.world.apply()
    assert firm.notify(hours=24).digests == ["smtp"]
    assert firm.post.last["settled"] == ["approval:nz"]
    assert firm.notify(hours=24).digests == []


def test_where_nothing_waits_nobody_is_told():
    firm = Firm(World())
    firm.world.pull()
    assert firm.notify().digests == []
    assert firm.notify(hours=24).digests == []
    assert firm.post.told == []


def trouble(firm, text="answered 401", code=5):
    troubles.keep_for_book(firm.world.store, "nz", text, code)


def test_what_stops_the_work_is_told_at_once_and_once_a_day(firm):
    firm.notify()
    trouble(firm)
    assert firm.notify(minutes=1).urgent == ["smtp"]
    assert keys(firm.post.last) == ["authorise:nz"]
    assert firm.post.told[-1].subject == "Hourbridge stopped and needs you"
    assert firm.notify(hours=1).urgent == []
    assert firm.notify(hours=22).urgent == []
    found = firm.notify(hours=1)
    assert found.urgent + found.digests == ["smtp"]


def test_a_cause_that_comes_back_within_the_day_is_not_told_again(firm):
    firm.notify()
    for _ in range(3):
        trouble(firm)
        firm.notify(minutes=1)
        trouble(firm, "", 0)
        firm.notify(minutes=1)
    assert len(firm.post.told) == 2


def test_an_urgent_cause_that_went_is_settled_in_the_next_digest(firm):
    firm.notify()
    trouble(firm)
    firm.notify(minutes=1)
    trouble(firm, "", 0)
    firm.notify(hours=24)
    assert firm.post.last["settled"] == ["authorise:nz"]


def test_unknown_documents_under_our_numbers_are_urgent(firm):
    firm.notify()
    firm.world.stranger("HB-2606-009")
    firm.world.pull()
    assert firm.notify(minutes=1).urgent == ["smtp"]
    assert "apply --adopt" in firm.post.told[-1].text


def test_what_ends_by_itself_is_not_urgent(firm):
    firm.notify()
    trouble(firm, "answered 503", 4)
    assert firm.notify(minutes=1).urgent == []
    assert "failed:nz" in keys_of(firm)


def keys_of(firm):
    return [cause.key for cause in causes(firm.open())]


def test_a_connection_that_nobody_read_for_long_is_told(firm):
    firm.pull_hours_max = 26
    assert "late:list" not in keys_of(firm)
    firm.world.clock.at += timedelta(hours=27)
    assert "late:list" in keys_of(firm)


def test_a_document_that_changed_since_its_approval_is_told(firm):
    firm.world.approve()
    firm.world.work("a1", hours="7")
    firm.world.pull()
    firm.world.apply()
    assert any(key == "stale:nz" for key in keys_of(firm))
    firm.world.approve()
    assert not any(key == "stale:nz" for key in keys_of(firm))


@pytest.mark.parametrize("broken", [TransientError("away"), OSError("no route"), ZeroDivisionError()])
def test_a_way_that_fails_is_tried_later_and_the_others_go_on(firm, broken):
    firm.ways["webhook"] = lambda: firm.other
    firm.post.broken = broken
    told = firm.notify()
    assert (told.digests, [name for name, _ in told.failures]) == (["webhook"], ["smtp"])
    assert firm.notify(minutes=1).failures == []
    firm.post.broken = None
    assert firm.notify(seconds=AGAIN.total_seconds()).digests == ["smtp"]
    assert (len(firm.post.told), len(firm.other.told)) == (1, 1)


def test_two_processes_tell_once(firm):
    with firm.world.store.lease("notify", "another process"):
        assert firm.notify().digests == []
    assert firm.notify().digests == ["smtp"]


def test_a_message_names_no_client_no_person_and_no_note(firm):
    trouble(firm, "answered 403: Alpine Dental work a1")
    firm.notify()
    for notice in firm.post.told:
        for word in ("Alpine", "Bayside", "Ben Ito", "work a1", "Upgrade"):
            assert word not in notice.text + notice.json.decode() + notice.subject


def test_a_test_is_sent_whatever_waits_and_remembered_nowhere(firm):
    assert notify_test(firm.open(), START).digests == ["smtp"]
    assert firm.post.told[0].subject == "Hourbridge: a test"
    assert firm.notify().digests == ["smtp"]


def test_a_firm_that_wants_no_messages_gets_none(firm):
    assert notify(firm.world.open(), START).digests == []


@pytest.mark.parametrize(
    ("every", "now", "due"),
    [(24, "2026-07-02T07:59", "2026-07-01T08:00"), (24, "2026-07-02T08:00", "2026-07-02T08:00"), (6, "2026-07-02T01:00", "2026-07-01T20:00"),
     (6, "2026-07-02T02:30", "2026-07-02T02:00"), (24, "2026-04-05T12:00", "2026-04-05T08:00")],
)  # fmt: skip
def test_a_digest_is_due_at_its_time_of_day_also_when_clocks_change(firm, every, now, due):
    notices = msgspec.structs.replace(firm.open().notices, every_hours=every)
    found = slot(notices, START.fromisoformat(now).replace(tzinfo=ZoneInfo("Pacific/Auckland")))
    assert found.strftime("%Y-%m-%dT%H:%M") == due
