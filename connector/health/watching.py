"""What the daemon tells of its jobs becomes log lines, metrics and messages to people."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from connector import logs
from connector.bootstrap import Transports, begin_logs, load, opened, over_the_network
from connector.errors import ConfigError, HourbridgeError
from connector.health.beat import Beat
from connector.health.meters import Meters
from connector.health.serving import served
from connector.ports import Clock
from connector.settings import Settings
from connector.use_cases.notify import notify

log = logging.getLogger(__name__)
STDERR = "stderr"
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
    """Listens to the daemon (`started`, `ended`, `troubled`); `look_round` is for its every turn, once a minute or so.

    Logs and the port for machines begin with the first configuration that can be read, and stay as that one says until the end.
    """

    def __init__(
        self, config: Path, clock: Clock, transports: Transports = over_the_network, say: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.beat, self.meters = Beat(clock), Meters()
        self.address = ""
        self._config, self._clock, self._transports, self._say = config, clock, transports, say
        self._began: dict[str, datetime] = {}
        self._settings: Settings | None = None
        self._told = ""
        self._port = contextlib.ExitStack()

    @property
    def logs_to_stderr(self) -> bool:
        """Whether log lines stand where a person would read sentences."""
        return self._settings is not None and self._settings.log is not None and self._settings.log.to == STDERR

    def open(self) -> None:
        """Logs and the port, where they are not open yet. What is in the way is said once and tried again: the work goes on without."""
        if self.address:
            return
        try:
            if self._settings is None:
                self._settings = load(self._config)
                begin_logs(self._settings)
            self.address = self._port.enter_context(served(self._settings, self._clock, beat=self.beat, meters=self.meters))
        except ConfigError as error:
            if self._settings is not None and str(error) != self._told:  # a configuration that cannot be read is told by the jobs
                self._told = str(error)
                self._say(str(error))
                logs.tell("health is not served", level=logging.ERROR)
        else:
            logs.tell("health is served", address=self.address)

    def close(self) -> None:
        self._port.close()

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
        self.open()
        try:
            with opened(self._config, writes=True, clock=self._clock, transports=self._transports) as ws:
                notify(ws, ws.now())
        except HourbridgeError:
            return  # the jobs tell of it, or the next turn finds it mended
        except Exception:
            log.exception("people could not be told")


@contextlib.contextmanager
def watched(
    config: Path, clock: Clock, transports: Transports = over_the_network, *, say: Callable[[str], None] = lambda _text: None
) -> Iterator[Watcher]:
    """A watcher for as long as the daemon runs."""
    watcher = Watcher(config, clock, transports, say)
    watcher.open()
    try:
        yield watcher
    finally:
        watcher.close()
