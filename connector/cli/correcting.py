"""The command for documents that cannot go on by themselves: what waits, and what a person chooses."""

from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.cycle import who_am_i
from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Config, Format, Printed, Wait
from connector.cli.rows import Row, show
from connector.cli.words import counted
from connector.cli.work import reading, writing

if TYPE_CHECKING:
    from connector.use_cases.corrections import Waiting

_FIRST, _LAST = ("number", "book", "client", "period", "currency", "net"), ("choices", "until", "cause")
COLUMNS = {
    Format.table: (*_FIRST, "worked", *_LAST), Format.csv: (*_FIRST, "worked", "hours", *_LAST), Format.json: (*_FIRST, "seconds", *_LAST),
}  # fmt: skip
CHOSEN = ("number", "book", "client", "choice", "currency", "net", "why")
NEXT = {
    "again": "It is made again under the next number of its own (…-2): hourbridge plan, approve, apply.",
    "release": "It is over. Its time is free, and goes as late time does: hourbridge plan.",
    "ours": "It is tied. Where it is not as we would have sent it, the plan says so.",
}


def corrections(
    number: Annotated[str, typer.Argument(help="Of a document that waits, such as HB-2606-001; all are listed when none is named.")] = "",
    choose: Annotated[
        str, typer.Option("--choose", metavar="CHOICE", help="again (make it again), release (let its time go), ours (it is the one).")
    ] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with the choice; every one needs it.")] = "",
    book: Book = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """List documents that wait for a choice, or choose.

    Held in doubt, a stranger's number, voided or deleted over there: each keeps its time until somebody chooses. Nothing is sent.
    """
    from connector.errors import ConfigError  # noqa: PLC0415  (`--help` pays for none of it)

    if (choose or why) and not (number and choose):
        raise ConfigError(
            "a choice is of one document",
            to="corrections",
            next_step='Such as: hourbridge corrections HB-2606-001 --choose again --why "…"',
        )
    if choose:
        _choose(number, choose, why, book=book, config=config, format=format, wait=wait)
        return
    with reading(config) as work:
        from connector.use_cases.corrections import waiting  # noqa: PLC0415

        rows = [_row(one, format) for one in waiting(work.ws, book) if number in ("", one.number)]
        show(rows, COLUMNS[format], format)
        tell(f"{counted(len(rows), 'document waits', 'documents wait')} for a choice." if rows else "No document waits for a choice.")


def _row(one: "Waiting", format: Format) -> Row:  # noqa: A002
    """Hours as h:mm and as a decimal; in JSON whole seconds, and the choices one by one."""
    from connector.reports.hours import both, cells_of  # noqa: PLC0415

    worked, hours = cells_of(one.seconds)
    return {
        "number": one.number, "book": one.book, "client": one.client, "period": one.period, "currency": one.currency, "net": one.net,
        "seconds": one.seconds, "worked": worked if format is Format.csv else both(one.seconds), "hours": hours,
        "choices": list(one.choices) if format is Format.json else ", ".join(one.choices) or "none",
        "until": f"{one.until:%Y-%m-%dT%H:%MZ}" if one.until else "", "cause": one.cause,
    }  # fmt: skip


def _choose(number: str, choice: str, why: str, *, book: str, config: Config, format: Format, wait: bool) -> None:  # noqa: A002
    with writing(config, f"corrections {number} {choice}", wait=wait) as work:
        from connector.use_cases.corrections import choose  # noqa: PLC0415

        done = choose(work.ws, number, choice, why, who_am_i(), book)
        row: Row = {name: getattr(done, name) for name in CHOSEN}
        show([row], CHOSEN, format)
        work.summary = f"{done.number}: {done.choice}"
        tell(NEXT[done.choice])
