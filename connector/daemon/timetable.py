"""When each job goes: by its cron expression in its zone, later after a failure, at once where a turn was missed."""

from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from connector.daemon.jobs import Job
from connector.store.jobs import JobStanding


def trigger_of(job: Job, now: datetime) -> BaseTrigger:
    """APScheduler's; a job without a cron expression goes once, now."""
    if job.cron is None:
        return DateTrigger(now)
    return CronTrigger(**job.cron.parts, timezone=ZoneInfo(job.zone), jitter=job.jitter_seconds or None)


def first_turn(job: Job, trigger: BaseTrigger, standing: JobStanding, now: datetime, *, starting: bool = True) -> datetime | None:
    """When a job goes that the daemon has just come to know. What was never read is read now; so is what missed a turn while no daemon
    ran (`starting`), once however many it missed.
    """
    if standing.retry_at is not None:
        return max(standing.retry_at, now)
    if standing.started_at is None and job.kind == "pull":
        return now
    turn = trigger.get_next_fire_time(standing.started_at if starting else None, now)
    return max(turn, now) if turn is not None else None
