"""The daemon on a real machine: APScheduler is its clock, signals end it.

The first SIGTERM or SIGINT lets the running jobs come to their next recovery point, which lies between two requests; the second ends
the program where it stands, and what was in flight is looked up by the next start.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, timedelta
from pathlib import Path
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from connector.bootstrap import SystemClock
from connector.daemon.desk import Desk
from connector.daemon.jobs import Job, Listener
from connector.daemon.rounds import Rounds
from connector.daemon.timetable import first_turn, next_turn, trigger_of

AT_ONCE = 4
"""Jobs that may run side by side: a slow connection does not hold up the others."""
ROUND_SECONDS = 60
ROUNDS = "look round"
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StoppableClock(SystemClock):
    """The machine's clock; a sleep ends early when the program is asked to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)


class Service:
    """The desk under a real scheduler. Jobs are kept in memory: the configuration says which there are, the state how they stand."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._rounds = desk, Rounds(desk)
        # A turn that was missed is made up for once, however late; a job never runs beside itself.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(AT_ONCE + 1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """What was in flight is looked up first, then everything goes by the timetable."""
        desk, now = self._desk, self._desk.clock.now()
        for book in desk.settings.books if desk.settings else ():
            self._put(Job(kind="resolve", subject=book.name))
        for job in desk.jobs.values():
            self._put(job)
        self._rounds.beat()
        self._scheduler.add_job(
            self._look_round, "interval", seconds=ROUND_SECONDS, id=ROUNDS, next_run_time=now + timedelta(seconds=ROUND_SECONDS)
        )
        self._scheduler.start()

    def stop(self) -> None:
        """Returns when no job runs any more."""
        self._scheduler.shutdown(wait=True)
        self._rounds.beat(stopped_at=self._desk.clock.now())

    def _put(self, job: Job) -> None:
        now = self._desk.clock.now()
        trigger = trigger_of(job, now)
        turn = now if job.cron is None else first_turn(job, trigger, self._desk.standing(job), now)
        if turn is not None:
            self._scheduler.add_job(self._run, trigger, args=[job], id=job.name, replace_existing=True, next_run_time=turn)

    def _run(self, job: Job) -> None:
        ended = self._desk.run(job)
        if ended is None or ended.standing.retry_at is None:
            return
        if job.cron is None:  # it went once: APScheduler has forgotten it
            self._scheduler.add_job(self._run, DateTrigger(ended.standing.retry_at), args=[job], id=job.name, replace_existing=True)
            return
        now = self._desk.clock.now()
        with suppress(JobLookupError):  # a configuration without it was read meanwhile
            turn = next_turn(trigger_of(job, now), ended.standing, now, now)
            self._scheduler.modify_job(job.name, next_run_time=turn)

    def _look_round(self) -> None:
        changes = self._rounds.go()
        for name in changes.gone:
            with suppress(JobLookupError):
                self._scheduler.remove_job(name)
        for job in changes.fresh:
            self._put(job)
        for job in changes.at_once:
            with suppress(JobLookupError):
                self._scheduler.modify_job(job.name, next_run_time=self._desk.clock.now())


def serve(config: Path, *, listeners: Sequence[Listener] = (), say: Callable[[str], None] = lambda _text: None) -> None:
    """Runs until it is told to stop. Raises ConfigError where there is nothing to run by."""
    stop = threading.Event()
    desk = Desk(config, clock=StoppableClock(stop), listeners=listeners, stopping=stop.is_set)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # its warnings say that a job still runs when its next turn comes
    desk.open_up()
    service = Service(desk)
    with _ended_by_signals(stop, say):
        service.start()
        say(f"Started: {len(desk.jobs)} jobs. SIGTERM or Ctrl-C stops it between two requests, a second one at once.")
        stop.wait()
        service.stop()
    say("Stopped. What was done is recorded; whatever was in flight is looked up by the next start.")


@contextmanager
def _ended_by_signals(stop: threading.Event, say: Callable[[str], None]) -> Iterator[None]:
    def ask(number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)  # the state is safe at every moment; nothing waits for what hangs
        say("Stopping: running jobs end at their next recovery point. A second signal ends the program at once.")
        stop.set()

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
