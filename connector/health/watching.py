"""What the daemon tells of its jobs becomes log lines, metrics and messages to people."""

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from connector import logs
from connector.bootstrap import Transports, begin_logs, load, opened, over_the_network
from connector.errors import HourbridgeError
from connector.health.beat import Beat
from connector.health.meters import Meters
from connector.health.serving import served
from connector.ports import Clock
from connector.use_cases.notify import notify

log = logging.getLogger(__name__)
WELL = frozenset({0, 3})
"""Exit codes of a job that did what it could: 3 means that people have something to do."""


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Finished(Protocol):
    """What is read of a job that ended."""

    @property
    def job(self) -> Named: ...
    @property
    def run(self) -> int: ...
    @property
    def exit_code(self) -> int: ...
    @property
    def skipped(self) -> bool: ...
    @property
    def at(self) -> datetime: ...
    @property
    def error(self) -> Exception | None: ...


class Watcher:
    """Listens to the daemon (`started`, `ended`, `troubled`); `look_round` is for its every turn, once a minute or so."""

    def __init__(self, config: Path, clock: Clock, transports: Transports = over_the_network) -> None:
        self.beat, self.meters = Beat(clock), Meters()
        self._config, self._clock, self._transports = config, clock, transports
        self._began: dict[str, datetime] = {}

    def started(self, job: Named, at: datetime) -> None:
        self._began[job.name] = at
        logs.tell("job began", level=logging.DEBUG, job=job.name)

    def ended(self, ended: Finished) -> None:
        name = ended.job.name
        seconds = (ended.at - self._began.pop(name, ended.at)).total_seconds()
        failed = ended.exit_code not in WELL
        if not ended.skipped:
            self.meters.job(name, seconds, failed=failed)
        level = logging.ERROR if failed else logging.DEBUG if ended.skipped else logging.INFO
        error = {"error": type(ended.error).__name__} if ended.error else {}
        logs.tell("job ended", level=level, job=name, run=ended.run, exit_code=ended.exit_code, ms=round(seconds * 1000), **error)

    def troubled(self, error: HourbridgeError | None, _at: datetime) -> None:
        """The configuration cannot be read any more, or can again."""
        if error is None:
            logs.tell("the configuration can be read again")
        else:
            logs.tell("the configuration cannot be read", level=logging.ERROR, error=type(error).__name__)

    def look_round(self) -> None:
        """The scheduler turns, and people are told what waits for them. Raises nothing: this must not disturb the work."""
        self.beat.beat()
        try:
            with opened(self._config, writes=True, clock=self._clock, transports=self._transports) as ws:
                notify(ws, ws.now())
        except HourbridgeError:
            return  # the jobs tell of it, or the next turn finds it mended
        except Exception:
            log.exception("people could not be told")


@contextlib.contextmanager
def watched(config: Path, clock: Clock, transports: Transports = over_the_network) -> Iterator[Watcher]:
    """Logs begin, and the port for machines is open until the end. Raises ConfigError."""
    settings = load(config)
    begin_logs(settings, always=True)
    watcher = Watcher(config, clock, transports)
    with served(settings, clock, beat=watcher.beat, meters=watcher.meters) as address:
        logs.tell("health is served", address=address)
        yield watcher
