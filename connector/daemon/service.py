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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import FrameType

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from connector import bootstrap
from connector.bootstrap import SystemClock
from connector.daemon.desk import Desk
from connector.daemon.jobs import Job, Listener
from connector.daemon.turns import Turns

AT_ONCE = 8
"""Jobs that may run side by side: a slow connection does not hold up the others. The rounds have a thread of their own."""
ROUND_SECONDS = 60
ROUNDS, BESIDE = "look round", "look round, beside the jobs"
SIGNALS = (signal.SIGTERM, signal.SIGINT)


class StoppableClock(SystemClock):
    """The machine's clock; a sleep ends early when the program is asked to stop."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)


class Service:
    """APScheduler as the alarm. Its jobs are kept in memory: the configuration says which there are, the state how they stand."""

    def __init__(self, desk: Desk, beside: Callable[[], None] | None = None) -> None:
        self._desk, self._turns, self._beside = desk, Turns(desk, self), beside
        # A turn that was missed is made up for once, however late; a job never runs beside itself.
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(AT_ONCE), ROUNDS: ThreadPoolExecutor(1), BESIDE: ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        self._turns.start()
        first = self._desk.clock.now() + timedelta(seconds=ROUND_SECONDS)
        rounds = {ROUNDS: self._turns.look_round} | ({BESIDE: self._beside} if self._beside else {})
        for name, work in rounds.items():  # each on a thread of its own: a mail server that is slow holds up no mended file
            self._scheduler.add_job(work, "interval", seconds=ROUND_SECONDS, id=name, executor=name, next_run_time=first)
        self._scheduler.start()

    def stop(self) -> None:
        """Returns when no job runs any more."""
        self._scheduler.shutdown(wait=True)
        self._turns.end()

    def put(self, job: Job, trigger: BaseTrigger, turn: datetime) -> None:
        self._scheduler.add_job(self._turns.run, trigger, args=[job], id=job.name, replace_existing=True, next_run_time=turn)

    def move(self, name: str, turn: datetime) -> None:
        with suppress(JobLookupError):
            self._scheduler.modify_job(name, next_run_time=turn)

    def remove(self, name: str) -> None:
        with suppress(JobLookupError):
            self._scheduler.remove_job(name)


def serve(
    config: Path,
    *,
    listeners: Sequence[Listener] = (),
    say: Callable[[str], None] = lambda _text: None,
    beside: Callable[[], None] | None = None,
) -> None:
    """Runs until it is told to stop; `beside` is called once a minute. Raises ConfigError where there is no configuration at all; one that is wrong is told, and waited for."""
    if not config.is_file():
        bootstrap.load(config)
    stop = threading.Event()
    desk = Desk(config, clock=StoppableClock(stop), listeners=listeners, stopping=stop.is_set)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # its warnings say that a job still runs when its next turn comes
    service = Service(desk, beside)
    with _ended_by_signals(stop, say):
        service.start()
        say(
            f"Started: {len(desk.jobs)} job{'' if len(desk.jobs) == 1 else 's'}. SIGTERM or Ctrl-C stops it between two requests, a second one at once."
        )
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
