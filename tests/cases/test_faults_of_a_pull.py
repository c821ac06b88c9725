"""P1 to P6 and W1 over the emulated Harvest: what the tracker, the way to it or its clock does to a pull."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.ports import Window
from tests.adapters.csv_file.hosting import read
from tests.adapters.harvest.accounts import Harvest
from tests.adapters.harvest.test_pulling import Office
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.world import SkewedClock

Answer = tuple[int, dict[str, str], bytes]


@pytest.fixture
def office() -> Office:
    return Office()


def bodies(office: Office, change: Callable[[bytes], bytes], *, page: int = 2, times: int = 99) -> None:
    """From now on the tracker answers this page of a listing so."""
    answer = office.harvest.emulator.answer
    left = [times]

    def changed(method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        status, given, text = answer(method, target, headers, body)
        if "/v2/time_entries?" in target and (f"page={page}" in target or page == 1) and left[0]:
            left[0] -= 1
            return status, given, change(text)
        return status, given, text

    office.harvest.emulator.answer = changed  # type: ignore[method-assign]


# ---- P1 -----------------------------------------------------------------------------------------------------------------------------


def test_p1_two_workers_of_one_credential_share_its_budget_and_meet_no_429() -> None:
    """130 reads by two programs that share what the state keeps, against enforced limits of 100 calls in 15 seconds."""
    harvest = Harvest(page_size=1)
    harvest.fill(65)
    first, second = harvest.source(), harvest.source()
    second._host.keeper = first._host.keeper
    assert len({page.entries[0].id for source in (first, second) for page in source.pages(Window(), None)}) == 65
    assert (len(harvest.listings), harvest.emulator.limits.refused) == (130, 0)
    assert harvest.emulator.limits.enforced


# ---- P2 -----------------------------------------------------------------------------------------------------------------------------


def _field(name: bytes, value: bytes) -> Callable[[bytes], bytes]:
    def change(body: bytes) -> bytes:
        row = json.loads(body)["time_entries"][0]
        old = b'"%s":%s' % (name, json.dumps(row[name.decode()]).encode())
        assert old in body
        return body.replace(old, b'"%s":%s' % (name, value), 1)

    return change


UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "HTML with 200": lambda _: b"<html><body>Down for maintenance</body></html>",
    "nothing": lambda _: b"",
    "torn": lambda body: body[: len(body) // 2],
    "a list": lambda _: b"[]",
    "NaN": _field(b"hours", b"NaN"),
    "a text for an id": _field(b"id", b'"one"'),
    "nesting without end": lambda _: b"[" * 100_000,
    "more than fits": lambda body: body.replace(b'"notes":null', b'"notes":"%s"' % (b"x" * 70_000_000), 1),
}


@pytest.mark.parametrize("change", UNREADABLE.values(), ids=UNREADABLE)
def test_p2_an_unreadable_page_is_asked_for_four_times_and_then_the_source_stops_with_its_cursor(office: Office, change) -> None:
    """Page 2 of 3 is broken: what page 1 said is staged, nothing is inferred, the cursor stays, and the next pull has everything."""
    office.harvest.held_to_examples = False
    office.tracker = office.harvest.source()
    ids = office.harvest.fill(11)
    office.settled()
    before = office.rows("SELECT cursor, last_complete_pull, last_full_listing FROM connections")
    for entry_id in ids:
        office.people.edit(entry_id, hours="9.75")
    office.people.delete(ids[0])
    whole = office.harvest.emulator.answer
    asked = len(office.harvest.listings)
    bodies(office, change)
    ((name, error),) = office.pull(full=True).failures
    assert (name, error.exit_code) == ("list", 4)
    assert 2 <= len(office.harvest.listings) - asked <= 5, "reads are repeated, and not for ever"
    assert office.rows("SELECT cursor, last_complete_pull, last_full_listing FROM connections") == before
    assert office.gone() == set()
    office.harvest.emulator.answer = whole  # type: ignore[method-assign]
    assert not office.pull().failures
    assert office.rows("SELECT count(*) FROM entries WHERE seconds = 35100") == [(10,)]


@pytest.mark.parametrize("hours", [b"1e400", b"-1e400", b"1e30"])
def test_p2_a_number_without_measure_is_one_entrys_problem(office: Office, hours: bytes) -> None:
    """10^400 hours are read, and held as unreadable; everybody else's time goes on."""
    office.harvest.held_to_examples = False
    office.tracker = office.harvest.source()
    office.harvest.fill(3)
    bodies(office, _field(b"hours", hours), page=1)
    assert not office.pull().failures
    assert sorted(office.rows("SELECT disposition, reason LIKE 'unreadable%' OR reason LIKE 'worked time%' FROM charges")) == [
        ("held", 1), ("ready", 0), ("ready", 0),
    ]  # fmt: skip


# ---- P3 -----------------------------------------------------------------------------------------------------------------------------


def test_p3_a_link_that_leads_back_ends_the_listing_with_an_error(office: Office) -> None:
    office.harvest.held_to_examples = False
    office.tracker = office.harvest.source()
    office.harvest.fill(11)

    def loops(body: bytes) -> bytes:
        said = json.loads(body)
        said["links"]["next"] = said["links"]["first"]
        said["next_page"] = 1
        return json.dumps(said).encode()

    bodies(office, loops, page=3)
    ((_, error),) = office.pull().failures
    assert "leads back" in str(error)
    assert len(office.harvest.listings) < 6
    assert office.rows("SELECT cursor FROM connections") == [(None,)]


# ---- P4 -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", [-300, -60, -1, 0, 1, 60, 300])
def test_p4_a_wrong_clock_here_or_there_passes_no_change_over(office: Office, skew: int) -> None:
    """The tracker's clock is up to five minutes away from ours, and its stamps have whole seconds: an edit in the same second as a
    listing, just before or just after it, is found by the next one. The cursor is the server's time, never ours.
    """
    ids = office.harvest.fill(4)
    theirs = SkewedClock(office.clock, skew)
    office.harvest.emulator._clock = theirs
    office.people._clock = theirs.now
    office.settled()
    for number, entry_id in enumerate(ids):
        office.people.edit(entry_id, hours=f"{number + 10}.00")
        assert not office.pull().failures
        office.people.edit(entry_id, hours=f"{number + 10}.50")
        office.clock.sleep(0.4)
        assert not office.pull().failures
    assert office.rows("SELECT entry_id, seconds FROM entries ORDER BY entry_id") == [
        (entry_id, int((number + 10.5) * 3600)) for number, entry_id in enumerate(ids)
    ]
    cursor = str(office.rows("SELECT cursor FROM connections")[0][0])
    begun = datetime.fromisoformat(cursor)
    assert timedelta(minutes=10) <= theirs.now() - begun <= timedelta(minutes=11), "the server's clock, less an overlap of ten minutes"


# ---- P5 -----------------------------------------------------------------------------------------------------------------------------

CLOCKS = {
    "worked_on": None, "notes": None, "duration": None, "started": {"column": "start", "format": "%Y-%m-%d %H:%M"},
    "ended": {"column": "end", "format": "%Y-%m-%d %H:%M"},
}  # fmt: skip
CHANGES = {
    "Pacific/Auckland": (date(2026, 4, 5), date(2026, 9, 27)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/Denver": (date(2026, 3, 8), date(2026, 11, 1)),
    "America/St_Johns": (date(2026, 3, 8), date(2026, 11, 1)),
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 30)),
}
"""Six zones and the two days of 2026 on which their clocks change; one changes by half an hour, one at midnight."""


def lived(zone: str, start: datetime, end: datetime) -> int:
    """Seconds between two wall clocks, by what the machine's own time zone data says."""
    there = ZoneInfo(zone)
    return int(
        (end.replace(tzinfo=there).astimezone(ZoneInfo("UTC")) - start.replace(tzinfo=there).astimezone(ZoneInfo("UTC"))).total_seconds()
    )


@pytest.mark.parametrize("change", [0, 1])
@pytest.mark.parametrize("zone", CHANGES)
def test_p5_a_night_in_which_clocks_change_is_as_long_as_it_was_lived_and_of_the_day_it_began(tmp_path, zone: str, change: int) -> None:
    day = CHANGES[zone][change]
    start = datetime.combine(day - timedelta(days=1), datetime.min.time()) + timedelta(hours=22)
    end = start + timedelta(hours=9)
    (entry,) = read(tmp_path, f"id,client,start,end\n1,Alpine,{start:%Y-%m-%d %H:%M},{end:%Y-%m-%d %H:%M}\n", columns=CLOCKS, zone=zone)
    assert entry.seconds == lived(zone, start, end) != 9 * 3600
    assert (entry.worked_on, entry.problem) == (start.date(), "")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(sorted(CHANGES)),
    day=st.dates(date(2026, 1, 2), date(2026, 12, 30)),
    minute=st.integers(4 * 60, 24 * 60 - 1),
    minutes=st.integers(1, 12 * 60),
)
def test_p5_any_stretch_of_time_is_of_the_local_day_it_began_and_as_long_as_it_was(
    tmp_path, zone: str, day: date, minute: int, minutes: int
) -> None:
    """Read from instants with their offsets, the same stretch has the same seconds and the same day: no day passes through UTC."""
    there = ZoneInfo(zone)
    begun = (datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)).replace(tzinfo=there)
    ended = (begun.astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)).astimezone(there)
    columns = CLOCKS | {name: {"column": column, "format": "%Y-%m-%d %H:%M%z"} for name, column in (("started", "start"), ("ended", "end"))}
    row = f"1,Alpine,{begun:%Y-%m-%d %H:%M%z},{ended:%Y-%m-%d %H:%M%z}"
    (entry,) = read(tmp_path, f"id,client,start,end\n{row}\n", columns=columns, zone=zone)
    assert (entry.worked_on, entry.seconds, entry.problem) == (day, minutes * 60, "")


# ---- W1 -----------------------------------------------------------------------------------------------------------------------------


def test_w1_no_mark_at_the_source_is_needed_and_none_disturbs_what_we_billed(office: Office) -> None:
    """No source that we read takes a mark, so nothing is written there and nothing rests on it: I1 is kept by claims. When somebody marks
    time of a posted document there by hand, and takes that back, it is neither billed elsewhere nor a correction, and never billed again.
    """
    office.mapping = mapping_of(YAML.replace("  Alpine Dental:\n", "  Alpine Dental: {send_as: posted}\n"))
    ids = office.harvest.fill(3)
    office.settled()
    office.bill()
    before = office.company.requests
    for click in (lambda: office.people.invoice("1001", *ids[:2]), lambda: office.people.delete_invoice("1001")):
        click()
        office.bill()
        assert office.rows("SELECT DISTINCT disposition FROM charges") == [("invoiced",)]
        assert office.plan().steps == ()
    assert office.company.requests == before
    assert {method for method, _ in office.harvest.mount.log} == {"GET"}
    office.check()


def test_w1_time_of_a_draft_that_is_billed_elsewhere_meanwhile_leaves_it_only_by_approval(office: Office) -> None:
    """The draft follows what is true now: it is proposed without that time. Nothing goes by itself, and until then the draft holds it."""
    ids = office.harvest.fill(3)
    office.settled()
    office.bill()
    office.people.invoice("1001", *ids[:2])
    office.pull()
    assert [(step.action, step.number) for step in office.plan().steps] == [("update", "HB-2606-001")]
    assert office.apply().sent == 0
    assert office.rows("SELECT DISTINCT disposition FROM charges") == [("drafted",)]
    office.bill()
    office.pull()
    assert office.rows("SELECT disposition, count(*) FROM charges GROUP BY disposition") == [("billed_elsewhere", 2), ("drafted", 1)]
    office.check()
