"""Looking round between the jobs: have the files changed, did a person mend what a job waits for, is the daemon alive."""

import os
import socket
from contextlib import suppress
from datetime import datetime

from msgspec import Struct, structs

from connector.cli.failures import redacted
from connector.daemon import stamps
from connector.daemon.desk import Desk
from connector.daemon.jobs import Job
from connector.errors import ConfigError, HourbridgeError
from connector.store import jobs as kept
from connector.store.jobs import Beat


class Changes(Struct, frozen=True, kw_only=True):
    """What a round found: jobs that are new or go at other times now, names of those that are gone, and jobs to be tried at once."""

    fresh: tuple[Job, ...] = ()
    gone: tuple[str, ...] = ()
    at_once: tuple[Job, ...] = ()


class Rounds:
    """One for a daemon's life."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._files = self._trouble = ""
        self._started_at = desk.clock.now()

    def go(self) -> Changes:
        """Raises nothing: what cannot be read now is told once, and looked at again in the next round."""
        changes = Changes()
        # What is not in the files can be wrong too, a folder that is missing, so that trouble is looked at again every time.
        if (files := stamps.stamp_of_files(self._desk.config, self._desk.settings)) != self._files or self._trouble:
            self._files = files
            changes = self._read_again()
        self.beat()
        return structs.replace(changes, at_once=self._mended())

    def beat(self, stopped_at: datetime | None = None) -> None:
        """The sign of life that health is read from."""
        desk, sign = self._desk, Beat(
            host=socket.gethostname(), pid=os.getpid(), started_at=self._started_at, beat_at=self._desk.clock.now(),
            stopped_at=stopped_at, trouble=self._trouble,
        )  # fmt: skip
        if desk.settings is not None:
            with suppress(HourbridgeError), desk.store(desk.settings) as store, store.begin() as tx:
                kept.keep_beat(store, tx, sign)

    def _read_again(self) -> Changes:
        desk, before = self._desk, self._desk.jobs
        try:
            desk.read()
        except ConfigError as error:
            said = redacted(str(error))
            if said != self._trouble:
                self._trouble = said
                desk.tell_trouble(error)
            return Changes()
        if self._trouble:
            self._trouble = ""
            desk.tell_trouble(None)
        self._files = stamps.stamp_of_files(desk.config, desk.settings)
        return Changes(
            fresh=tuple(job for name, job in desk.jobs.items() if before.get(name) != job),
            gone=tuple(name for name in before if name not in desk.jobs),
        )

    def _mended(self) -> tuple[Job, ...]:
        """Jobs that wait for a person, where that person did something."""
        waiting = [job for job in self._desk.jobs.values() if self._desk.standing(job).stamp]
        if not waiting:
            return ()
        stamp = self._desk.stamp()
        return tuple(job for job in waiting if self._desk.standing(job).stamp != stamp)
