"""Opening the workspace for one command: a run is recorded for what writes, and long work shows itself at a terminal."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from connector.cli.failures import INTERRUPTED, redacted, worst
from connector.errors import HourbridgeError, StateError

if TYPE_CHECKING:
    from connector.use_cases.workspace import Workspace

WAIT_SECONDS_MAX = 3600.0


class Work:
    """One command at work: its workspace, how it ends, and a word on what it did for `runs`."""

    def __init__(self, ws: "Workspace") -> None:
        self.ws = ws
        self.summary = ""
        self._codes: list[int] = []

    def ends(self, code: int) -> None:
        """Notes a reason to end with this exit code; the gravest of all counts."""
        self._codes.append(code)

    @property
    def code(self) -> int:
        return worst(self._codes)


@contextlib.contextmanager
def writing(config: Path, command: str, *, wait: bool = False, shows_itself: bool = False) -> Iterator[Work]:
    """A command that writes to the state: recorded as a run, with its exit code, whatever happens. `shows_itself`: it has a progress
    bar of its own at a terminal.
    """
    from connector.bootstrap import opened  # noqa: PLC0415  (`--help` pays for none of it)

    with opened(config, writes=True, wait_seconds=WAIT_SECONDS_MAX if wait else 0.0) as ws:
        ws.run = ws.store.start_run(command)
        work = Work(ws)
        with _logged(work, command):
            try:
                with contextlib.nullcontext() if shows_itself else _shown(ws):
                    yield work
            except BaseException as error:
                with contextlib.suppress(StateError):
                    ws.store.end_run(ws.run, _code_of(error), _words_of(error))
                raise
            ws.store.end_run(ws.run, work.code, work.summary)
    if work.code:
        raise typer.Exit(work.code)


@contextlib.contextmanager
def reading(config: Path) -> Iterator[Work]:
    """A command that only reads: no run, no lease, no migration."""
    from connector.bootstrap import opened  # noqa: PLC0415  (see above)

    with opened(config, writes=False) as ws:
        work = Work(ws)
        yield work
    if work.code:
        raise typer.Exit(work.code)


@contextlib.contextmanager
def _logged(work: Work, command: str) -> Iterator[None]:
    """Two lines around the run, and its number on every line between them."""
    from connector.logs import bound, tell  # noqa: PLC0415  (see above)

    clock = work.ws.clock
    began = clock.boot()
    with bound(run=work.ws.run, command=command.partition(" ")[0]):
        tell("run began")
        try:
            yield
        except BaseException as error:
            code = _code_of(error)
            tell(
                "run failed",
                level=logging.ERROR,
                exit_code=code,
                error=type(error).__name__,
                said=_words_of(error),
                ms=_ms(clock.boot() - began),
            )
            raise
        tell("run ended", exit_code=work.code, said=work.summary, ms=_ms(clock.boot() - began))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _code_of(error: BaseException) -> int:
    if isinstance(error, HourbridgeError):
        return error.exit_code
    return INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1


def _words_of(error: BaseException) -> str:
    lines = redacted(str(error)).splitlines()
    return lines[0] if lines else type(error).__name__


@contextlib.contextmanager
def _shown(ws: "Workspace") -> Iterator[None]:
    """At a terminal, one moving line on stderr says what is being done."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415  (only at a terminal)

    with Console(stderr=True).status("working", spinner="dots") as status:
        ws.tell = status.update
        yield
