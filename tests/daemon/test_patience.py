"""What a failure does to a job's next turn."""

from datetime import UTC, datetime, timedelta

import pytest

from connector.daemon.patience import ill, waits_for_a_person, well
from connector.errors import AuthError, BusyError, ConfigError, RejectedError, StateError, StoppedError, TransientError, UnsafePlanError
from connector.store.jobs import JobStanding

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
FRESH = JobStanding(name="pull harvest", started_at=NOW)


def failed(*errors, at=NOW):
    standing = FRESH
    for error in errors:
        standing = ill(standing, error, at, "stamp")
    return standing


def waits(standing):
    return standing.retry_at - NOW


@pytest.mark.parametrize("error", [TransientError("away"), RejectedError("no"), StateError("locked"), ValueError("a bug")])
def test_what_may_pass_is_tried_after_one_two_four_minutes(error):
    assert [waits(failed(*[error] * times)) for times in (1, 2, 3)] == [timedelta(minutes=minutes) for minutes in (1, 2, 4)]


def test_it_is_tried_every_hour_however_long_it_lasts():
    assert waits(failed(*[TransientError("away")] * 500)) == timedelta(hours=1)


def test_never_before_the_other_side_said():
    assert waits(failed(TransientError("budget", seconds=20 * 3600))) == timedelta(hours=20)
    assert waits(failed(TransientError("soon", seconds=5))) == timedelta(minutes=1)


def test_a_lost_credential_waits_for_a_person():
    standing = failed(AuthError("revoked"))
    assert (waits(standing), standing.stamp) == (timedelta(days=1), "stamp")
    assert waits_for_a_person(AuthError("revoked"))


def test_a_wrong_file_waits_for_a_person_and_is_tried_meanwhile():
    assert waits(failed(ConfigError("line 3"))) == timedelta(minutes=1)
    assert waits_for_a_person(ConfigError("line 3"))
    assert not waits_for_a_person(TransientError("away"))


def test_a_bound_that_was_reached_waits_for_its_next_turn():
    standing = failed(UnsafePlanError("strangers"))
    assert (standing.retry_at, standing.failures) == (None, 1)


def test_another_run_that_holds_the_lease_is_no_failure():
    standing = failed(TransientError("away"), BusyError("held"))
    assert (waits(standing), standing.failures) == (timedelta(minutes=1), 1)


def test_being_stopped_is_no_failure():
    standing = failed(StoppedError("asked"))
    assert (standing.failures, standing.retry_at, standing.ended_at) == (0, None, NOW)


def test_success_forgets_all_of_it():
    assert well(failed(AuthError("revoked"), TransientError("away")), NOW) == JobStanding(
        name="pull harvest", started_at=NOW, ended_at=NOW, succeeded_at=NOW
    )
