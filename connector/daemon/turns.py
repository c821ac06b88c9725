"""Whose turn it is: what the scheduler is told when the daemon starts, when a job has run, and when the files have changed.

The scheduler is a port: APScheduler with real time in `service.py`, a clock that jumps in the tests.
"""

from datetime import datetime
from typing import Protocol

from apscheduler.triggers.base import BaseTrigger

from connector.daemon.desk import Desk
from connector.daemon.jobs import Ended, Job
from connector.daemon.rounds import Rounds
from connector.daemon.timetable import first_turn, trigger_of


class Alarm(Protocol):
    """Calls `Turns.run(job)` when its turn comes, one at a time for each job, and then again as its trigger says."""

    def put(self, job: Job, trigger: BaseTrigger, turn: datetime) -> None:
        """First at `turn`; in the place of a job of that name."""

    def move(self, name: str, turn: datetime) -> None:
        """The next turn of a job, instead of what its trigger said. Nothing where there is no such job any more."""

    def remove(self, name: str) -> None: ...


class Turns:
    """One for a daemon's life."""

    def __init__(self, desk: Desk, alarm: Alarm) -> None:
        self._desk, self._alarm, self._rounds = desk, alarm, Rounds(desk)

    def start(self) -> None:
        """What was in flight is looked up first, then everything goes by the timetable. A configuration that cannot be read is told, and
        looked at again in every round.
        """
        fresh = self._rounds.go().fresh
        for book in self._desk.settings.books if self._desk.settings else ():
            self._put(Job(kind="resolve", subject=book.name))
        for job in fresh:
            self._put(job, starting=True)

    def run(self, job: Job) -> Ended | None:
        ended = self._desk.run(job)
        if ended is None or (turn := ended.standing.retry_at) is None:
            return ended
        if job.cron is None:  # it went once, and the scheduler has forgotten it
            self._alarm.put(job, trigger_of(job, turn), turn)
        else:
            self._alarm.move(job.name, turn)
        return ended

    def look_round(self) -> None:
        """Once a minute: what is new, gone or mended; and the sign of life."""
        changes = self._rounds.go()
        for name in changes.gone:
            self._alarm.remove(name)
        for job in changes.fresh:
            self._put(job)
        for job in changes.at_once:
            self._alarm.move(job.name, self._desk.clock.now())

    def end(self) -> None:
        """It stops in good order."""
        self._rounds.beat(stopped_at=self._desk.clock.now())

    def _put(self, job: Job, *, starting: bool = False) -> None:
        now = self._desk.clock.now()
        trigger = trigger_of(job, now)
        turn = now if job.cron is None else first_turn(job, trigger, self._desk.standing(job), now, starting=starting)
        if turn is not None:
            self._alarm.put(job, trigger, turn)
