"""Where Hourbridge can be tried without an account: the sandbox, and the demo that runs a month end in it."""

import signal
import threading
from pathlib import Path
from typing import Annotated

import typer

from connector.cli.failures import tell

Into = Annotated[Path, typer.Option("--into", metavar="FOLDER", help="Where secrets, time logs and the emulated books are kept.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="On 127.0.0.1; 0 takes a free one.")]
PORT = 8911


def sandbox(into: Into = Path("build/sandbox"), port: Port = PORT) -> None:
    """Serve emulated systems on this machine, to try it out.

    A time tracker and two accounting systems, on loopback,
    until Ctrl-C; config.example.yaml runs against them as it stands. Their books are kept.
    """
    from connector.bootstrap import SystemClock  # noqa: PLC0415  (`--help` pays for none of it)
    from connector.samples.companies import lay_out, open_companies, served  # noqa: PLC0415

    for path in lay_out(into):
        tell(f"wrote {path}")
    clock = SystemClock()
    companies = open_companies(into, clock)
    stopped = threading.Event()
    with served(companies, clock, port) as address:
        for each in companies:
            tell(f"{each.kind}: {address}/{each.kind}, with {' and '.join(map(str, each.secrets))}")
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        signal.signal(signal.SIGINT, lambda *_: stopped.set())
        tell("Ctrl-C ends it; the books are kept.")
        stopped.wait()
    tell(f"Stopped. The books are in {into}.")


def demo(
    into: Annotated[
        Path,
        typer.Option("--into", metavar="FOLDER", help="Made anew; a folder that holds anything else is left alone."),
    ] = Path("build/demo"),
) -> None:
    """Watch a month end, on this machine alone.

    From timesheets to invoices and the tie-out, with real commands, in under a minute.
    """
    from connector.samples.demo import run  # noqa: PLC0415  (see above)

    raise typer.Exit(run(into))
