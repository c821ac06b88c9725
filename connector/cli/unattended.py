"""Long work: the daemon, and historic windows of time."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.cycle import who_am_i
from connector.cli.failures import tell
from connector.cli.options import CONFIG, Config, Format, Printed, Wait, a_day
from connector.cli.rows import Row, show
from connector.cli.words import counted
from connector.cli.work import Work, writing

if TYPE_CHECKING:
    from connector.daemon.jobs import Ended, Job, Listener
    from connector.errors import HourbridgeError
    from connector.use_cases.backfill import Filled

FILLED = ("connection", "chunks", "of", "read", "new", "changed", "marked", "trouble")
BILLED_ELSEWHERE = "billed in the old system before the cut-over"


def daemon(config: Config = CONFIG) -> None:
    """Run by itself, on the schedule of config.yaml.

    Pulls, plans, applies what is approved, reconciles and writes reports.
    SIGTERM or Ctrl-C stops it between two requests; a second one at once.
    """
    from connector.bootstrap import SystemClock  # noqa: PLC0415  (`--help` pays for none of it)
    from connector.daemon.service import serve  # noqa: PLC0415
    from connector.health import watched  # noqa: PLC0415

    with watched(config, SystemClock(), say=tell) as watcher:
        listeners: list[Listener] = [watcher] if watcher.logs_to_stderr else [Lines(), watcher]
        serve(config, listeners=listeners, say=tell, beside=watcher.look_round)


class Lines:
    """A listener that tells, on stderr, a line for each job that did something or could not."""

    def started(self, job: "Job", at: datetime) -> None:
        pass

    def ended(self, ended: "Ended") -> None:
        if ended.skipped and ended.error is None:
            return
        again = ended.standing.retry_at
        later = f" (tried again at {again:%Y-%m-%d %H:%M} UTC)" if again and ended.error else ""
        run = f", run {ended.run}" if ended.run else ""
        tell(f"{ended.at:%Y-%m-%d %H:%M:%S} {ended.job.name}: exit {ended.exit_code}{run}: {ended.said}{later}")

    def troubled(self, error: "HourbridgeError | None", at: datetime) -> None:
        tell(f"{at:%Y-%m-%d %H:%M:%S} {error or 'the configuration can be read again'}")


def backfill(
    since: Annotated[date, typer.Option("--from", parser=a_day, metavar="DATE", help="The first day worked.")],
    until: Annotated[date, typer.Option("--to", parser=a_day, metavar="DATE", help="The last day worked.")],
    connections: Annotated[
        list[str] | None, typer.Option("--connection", metavar="NAME", help="Only this source of time. Repeatable.")
    ] = None,
    mark_only: Annotated[
        bool, typer.Option("--mark-only", help="Record the time of these days as billed elsewhere: it is never billed from here.")
    ] = False,
    unmark: Annotated[bool, typer.Option("--unmark", help="Take back what --mark-only recorded for these days. Needs --why.")] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with each marked entry and in the audit log.")] = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Read the time of past days, a month at a time.

    When it stops (a request budget is used up, Ctrl-C), the same command goes on where it stopped.
    """
    only = tuple(connections or ())
    command = " ".join(["backfill", f"{since}", f"{until}", *(["marked"] if mark_only else ["unmarked"] if unmark else []), *only])
    with writing(config, command, wait=wait, shows_itself=True) as work:
        from connector.cli.cycle import refuse_unknown  # noqa: PLC0415
        from connector.errors import ConfigError  # noqa: PLC0415
        from connector.use_cases import backfill as filling  # noqa: PLC0415

        refuse_unknown(only, work.ws.source_names)
        if unmark and (mark_only or not why.strip()):
            raise ConfigError("takes --why, and not --mark-only", to="backfill --unmark", next_step="Say why these days are ours to bill.")
        if unmark:
            taken = filling.unmark(work.ws, since, until, only=only, marking=filling.Marking(who_am_i(), why.strip()))
            work.summary = f"{counted(taken, 'entry', 'entries')} no longer marked as billed elsewhere"
            tell(f"{work.summary}.")
            return
        marking = filling.Marking(who_am_i(), why.strip() or BILLED_ELSEWHERE) if mark_only else None
        with _progress() as advance:
            filled = filling.backfill(work.ws, since, until, only=only, marking=marking, advance=advance)
        _show_filled(work, filled, format)


def _show_filled(work: Work, filled: "dict[str, Filled]", format: Format) -> None:  # noqa: A002
    rows: list[Row] = []
    for name, found in filled.items():
        staged = found.staged
        read = staged.new + staged.changed + staged.reworded + staged.unchanged
        rows.append({
            "connection": name, "chunks": found.chunks, "of": found.of, "read": read, "new": staged.new, "changed": staged.changed,
            "marked": found.marked, "trouble": str(found.error or ""),
        })  # fmt: skip
    show(rows, FILLED, format)
    for name, found in filled.items():
        if found.error is not None:
            work.ends(found.error.exit_code)
            tell(f"{name}: stopped after {found.chunks} of {counted(found.of, 'chunk')}. {found.error}")
            tell(f"{name}: {_when(work, found.error)}")
    marked, new = sum(found.marked for found in filled.values()), sum(found.staged.new for found in filled.values())
    work.summary = f"{new:,} entries new" + (f", {marked:,} marked as billed elsewhere" if marked else "")


def _when(work: Work, error: "HourbridgeError") -> str:
    """When the same command goes on."""
    from connector.errors import TransientError  # noqa: PLC0415

    if not isinstance(error, TransientError):
        return "the same command goes on from there when this is mended."
    if error.seconds is None:
        return "the same command goes on from there."
    again = work.ws.now() + timedelta(seconds=error.seconds)
    return f"the same command goes on from there after {again.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


@contextlib.contextmanager
def _progress() -> "Iterator[Callable[[str, Filled], None]]":
    """At a terminal a bar a connection with an estimate of the finish, else a line a chunk."""
    if not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console  # noqa: PLC0415  (only at a terminal)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("ready in"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars = {}

        def advance(name: str, filled: "Filled") -> None:
            if name not in bars:
                bars[name] = progress.add_task(name, total=filled.of, completed=filled.chunks)
            progress.update(bars[name], completed=filled.chunks)

        yield advance


def _line(name: str, filled: "Filled") -> None:
    tell(f"{name}: {filled.chunks} of {counted(filled.of, 'chunk')} read")
