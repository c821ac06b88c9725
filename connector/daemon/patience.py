"""What a failure does to a job: how long it waits, and for what. Pure; `now` is a parameter.

A fault that may pass is tried again after 1, 2, 4 … minutes, an hour at most, and never before the other side said. What only a person
can mend (a credential, a file) waits until that person did something, which `stamp` shows; it is tried now and then all the same,
because nobody is perfect in telling the two apart. A bound that was reached waits for its next turn. Nothing is ever given up.
"""

from datetime import datetime, timedelta

from msgspec import structs

from connector.errors import AuthError, BusyError, ConfigError, StoppedError, TransientError, UnsafePlanError
from connector.store.jobs import JobStanding

FIRST = timedelta(minutes=1)
MOST = timedelta(hours=1)
BUSY = timedelta(minutes=1)
AUTH = timedelta(days=1)
DOUBLINGS_MAX = 16


def well(before: JobStanding, now: datetime) -> JobStanding:
    """It did what it is for."""
    return structs.replace(before, ended_at=now, succeeded_at=now, failures=0, retry_at=None, stamp="")


def ill(before: JobStanding, error: Exception, now: datetime, stamp: str) -> JobStanding:
    """It could not. `stamp` is of what a person would change to mend it, "" where it waits for nobody."""
    if isinstance(error, StoppedError):
        return structs.replace(before, ended_at=now)
    if isinstance(error, BusyError):
        return structs.replace(before, ended_at=now, retry_at=now + BUSY)
    failures = before.failures + 1
    return structs.replace(before, ended_at=now, failures=failures, retry_at=_retry_at(error, failures, now), stamp=stamp)


def _retry_at(error: Exception, failures: int, now: datetime) -> datetime | None:
    if isinstance(error, UnsafePlanError):
        return None
    if isinstance(error, AuthError):
        return now + AUTH
    wait = min(FIRST * (1 << min(failures - 1, DOUBLINGS_MAX)), MOST)
    if isinstance(error, TransientError) and error.seconds:
        wait = max(wait, timedelta(seconds=error.seconds))
    return now + wait


def waits_for_a_person(error: Exception) -> bool:
    """Whether somebody must change a file or a credential first."""
    return isinstance(error, AuthError | ConfigError)
