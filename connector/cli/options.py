"""The options that many commands share, so that each is called and explained alike everywhere."""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How data is printed: for people, for programs, for spreadsheets."""

    table = "table"
    json = "json"
    csv = "csv"


def a_period(said: str) -> str:
    """Raises ConfigError for what is no billing period, so that a slip is not an empty report."""
    if said:
        from connector.core.periods import read_period  # noqa: PLC0415  (`--help` pays for none of it)

        read_period(said)
    return said


def a_day(said: str) -> date:
    """Raises ConfigError for what is no day of the calendar."""
    try:
        if len(said) == len("2026-06-30"):
            return date.fromisoformat(said)
    except ValueError:
        pass
    from connector.errors import ConfigError  # noqa: PLC0415  (see above)

    raise ConfigError(f"{said!r} is not a day", next_step="Write it as 2026-06-30: year, month, day.")


CONFIG = Path("config.yaml")
Config = Annotated[
    Path,
    typer.Option(
        "--config",
        envvar="HOURBRIDGE_CONFIG",
        metavar="FILE",
        help="The configuration; relative paths in it begin at its folder.",
    ),
]
Printed = Annotated[Format, typer.Option("--format", help="How data is printed. JSON keys are stable.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait, an hour at most, for another run that holds the book or connection.")]
Book = Annotated[str, typer.Option("--book", metavar="BOOK", help="One book only, as config.yaml names it.")]
Period = Annotated[
    str,
    typer.Option("--period", metavar="PERIOD", callback=a_period, help="One billing period only, such as 2026-06."),
]
Client = Annotated[str, typer.Option("--client", metavar="CLIENT", help="One client only, by our name.")]
Interim = Annotated[bool, typer.Option("--interim", help="Also what is not due yet: periods that are still running.")]
