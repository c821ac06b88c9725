"""Which jobs a configuration has: what, for which connection or book, and when."""

from contextlib import suppress
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from connector import registry
from connector.errors import ConfigError, HourbridgeError
from connector.settings import Connection, Cron, Settings
from connector.store.jobs import JobStanding


class Job(Struct, frozen=True, kw_only=True):
    """`kind` is pull or full (of a connection), plan, apply, reconcile or reports (of a book); `subject` names which. Without a `cron`
    it goes once: `resolve`, when the daemon starts.
    """

    kind: str
    subject: str
    cron: Cron | None = None
    zone: str = "UTC"
    jitter_seconds: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind} {self.subject}"


class Ended(Struct, frozen=True, kw_only=True):
    """One run of a job. `run` is its number in `hourbridge runs`, 0 where none was recorded; `exit_code` is what the command would
    have ended with; `error` is what stopped it. `standing` says how often it failed by now and when it is tried again. `skipped`:
    there was nothing to do, or another run held the lease.
    """

    job: Job
    run: int
    exit_code: int
    said: str
    at: datetime
    standing: JobStanding
    error: Exception | None = None
    skipped: bool = False


class Listener(Protocol):
    """Who wants to know what the daemon does: logs, notifications, metrics. Called from the threads that jobs run in; what it raises
    is logged and harms no job.
    """

    def started(self, job: Job, at: datetime) -> None: ...

    def ended(self, ended: Ended) -> None: ...

    def troubled(self, error: HourbridgeError | None, at: datetime) -> None:
        """The configuration cannot be read any more; None: it was mended."""


def jobs_of(settings: Settings) -> dict[str, Job]:
    """Name → job, in the order of the cycle: connections before books."""
    common = settings.unattended
    jobs = [
        Job(kind=kind, subject=each.name, cron=cron, zone=common.zone, jitter_seconds=common.jitter_seconds)
        for each in settings.connections
        if _is_source(each)
        for kind, cron in each.schedule.items()
    ]
    jobs += [
        Job(kind=kind, subject=book.name, cron=cron, zone=book.zone, jitter_seconds=common.jitter_seconds)
        for book in settings.books
        for kind, cron in book.schedule.items()
    ]
    return {job.name: job for job in jobs}


def _is_source(connection: Connection) -> bool:
    """A kind that there is not counts as one: its job fails and says so."""
    with suppress(ConfigError):
        return registry.offers(connection.kind, "source")
    return True
