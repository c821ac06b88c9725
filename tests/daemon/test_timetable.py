"""When a job goes that the daemon has just come to know."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.daemon.jobs import Job
from connector.daemon.timetable import first_turn, trigger_of
from connector.settings.schedules import read_cron
from connector.store.jobs import JobStanding

NOW = datetime(2026, 7, 1, 8, 5, tzinfo=UTC)


def first(kind="plan", cron="20 * * * *", zone="UTC", now=NOW, **standing):
    job = Job(kind=kind, subject="nz", cron=read_cron(cron), zone=zone)
    return first_turn(job, trigger_of(job, now), JobStanding(name=job.name, **standing), now)


def test_what_never_ran_waits_for_its_turn():
    assert first() == NOW.replace(minute=20)


def test_what_was_never_read_is_read_now():
    assert first("pull") == NOW
    assert first("full") == NOW.replace(minute=20)


def test_d1_turns_that_were_missed_are_one_turn_now():
    assert first(started_at=NOW - timedelta(days=3)) == NOW


def test_no_turn_was_missed():
    assert first(started_at=NOW - timedelta(minutes=30)) == NOW.replace(minute=20)


def test_a_failure_before_the_stop_is_still_waited_out():
    later = NOW + timedelta(hours=5)
    assert first(started_at=NOW - timedelta(days=3), retry_at=later) == later
    assert first(started_at=NOW - timedelta(days=3), retry_at=NOW - timedelta(hours=5)) == NOW


def test_a_books_hours_are_those_of_its_zone():
    assert first(cron="0 9 * * *", zone="Pacific/Auckland") == datetime(2026, 7, 1, 21, tzinfo=UTC)


def test_no_day_is_left_out_when_the_clocks_change():
    """On 2026-04-05 in Auckland 2:30 comes twice, on 2026-09-27 never."""
    job = Job(kind="plan", subject="nz", cron=read_cron("30 2 * * *"), zone="Pacific/Auckland")
    for start in (datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 9, 25, tzinfo=UTC)):
        trigger, at, turns = trigger_of(job, start), start, []
        while at < start + timedelta(days=5):
            turns.append(trigger.get_next_fire_time(turns[-1] if turns else None, at))
            at = turns[-1].astimezone(UTC) + timedelta(seconds=1)
        days = {turn.date() for turn in turns}
        assert days == {min(days) + timedelta(days=number) for number in range(len(days))}
        assert len(turns) <= len(days) + 1


@pytest.mark.parametrize(
    ("said", "day"), [("0 0 * * 0", "Sunday"), ("0 0 * * 7", "Sunday"), ("0 0 * * 1", "Monday"), ("0 0 * * sat", "Saturday")]
)
def test_a_weekday_is_cron_s_own(said, day):
    assert first(cron=said).strftime("%A") == day


def test_jitter_moves_a_turn_by_so_many_seconds_at_most():
    job = Job(kind="plan", subject="nz", cron=read_cron("20 * * * *"), jitter_seconds=30)
    turns = [trigger_of(job, NOW).get_next_fire_time(None, NOW) for _ in range(50)]
    assert all(timedelta(0) <= turn - NOW.replace(minute=20) <= timedelta(seconds=30) for turn in turns)
    assert len(set(turns)) > 1
