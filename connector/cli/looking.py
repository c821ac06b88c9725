"""Commands for people who look and decide: what waits, what ties, why a figure is what it is, and how everything stands."""

from pathlib import Path
from typing import Annotated

import typer

from connector.cli.cycle import who_am_i
from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Config, Format, Period, Printed, Wait
from connector.cli.rows import Row, show
from connector.cli.work import reading, writing

DECIDED = ("entry", "decision", "argument", "why")


def unmatched(
    book: Book = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
) -> None:
    """List what a person must do, worst money first.

    `--format csv` is the spreadsheet to decide in: fill its column, then `hourbridge decide --file`.
    """
    with reading(config) as work:
        from connector.cli.reports import print_report  # noqa: PLC0415
        from connector.use_cases.unmatched import find  # noqa: PLC0415

        found = find(work.ws, work.ws.book(book).name if book else None)
        print_report("unmatched", found, format)
        if found.findings:
            work.ends(3)


def decide(
    entry: Annotated[str, typer.Argument(help="Such as tracker:636709355.")] = "",
    decision: Annotated[
        str,
        typer.Argument(
            help="release, bill, no_charge, non_billable, covered, write_off, exclude, client, project, work_type or hold.",
        ),
    ] = "",
    argument: Annotated[str, typer.Argument(help="Which client, project or work type.")] = "",
    hours: Annotated[str, typer.Option("--hours", metavar="HOURS", help="Bill this many hours; the rest is written off.")] = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept with the decision; every one needs it.")] = "",
    file: Annotated[
        Path | None,
        typer.Option("--file", metavar="CSV", help="Many decisions: the filled spreadsheet of `unmatched --format csv`."),
    ] = None,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Rule on single entries: release, bill fewer hours, …

    The source stays as it is. An edit there later makes the decision lapse, and the entry comes back as held.
    """
    from connector.errors import ConfigError  # noqa: PLC0415

    if bool(entry) == (file is not None):
        raise ConfigError(
            "name one ENTRY or a --file, not both",
            to="decide",
            next_step='Such as: hourbridge decide tracker:1 --hours 3 --why "rework"',
        )
    if hours and decision not in ("", "bill"):
        raise ConfigError("--hours belongs to `bill` only", to=f"decide {decision}", next_step="Leave one of them out.")
    if hours and argument:
        raise ConfigError(f"says {argument} and --hours {hours}", to=f"decide {entry}", next_step="Leave one of them out.")
    with writing(config, f"decide {entry or (file.name if file else '')}", wait=wait) as work:
        from connector.use_cases.decide import decide as decide_one  # noqa: PLC0415
        from connector.use_cases.decide import decide_file  # noqa: PLC0415

        if file is not None:
            done = decide_file(work.ws, file, who_am_i())
        else:
            done = [decide_one(work.ws, entry, "bill" if hours else decision, hours or argument, why, who_am_i())]
        rows: list[Row] = [{"entry": one.entry, "decision": one.kind, "argument": one.argument, "why": one.why} for one in done]
        show(rows, DECIDED, format)
        for one in done:
            if one.note:
                tell(f"{one.entry}: {one.note}")
        work.summary = f"{len(done):,} decided"
        if not done:
            tell("No row of the file has a decision.")


def reconcile(
    book: Book = "",
    all_books: Annotated[bool, typer.Option("--all", help="The whole state against the sources' own counts.")] = False,
    period: Period = "",
    online: Annotated[bool, typer.Option("--online", help="Count at the sources and read every document over there afresh.")] = False,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
) -> None:
    """Print the tie-out of hours, money and documents.

    Every second is in one bucket, every cent on one line, ours and theirs stand side by side.
    """
    from connector.errors import ConfigError  # noqa: PLC0415

    if book and all_books:
        raise ConfigError("name a --book or --all, not both", to="reconcile", next_step="--all is every book together.")
    with reading(config) as work:
        from connector.cli.reports import print_report  # noqa: PLC0415
        from connector.use_cases.reconcile import tie_out  # noqa: PLC0415

        found = tie_out(
            work.ws,
            _one_book(tuple(work.ws.books), work.ws.book(book).name if book else "", whole=all_books),
            period or None,
            online=online,
        )
        print_report("reconcile", found, format)
        if not found.ties:
            work.ends(4)


def _one_book(books: tuple[str, ...], named: str, *, whole: bool) -> str | None:
    """The book that is meant: the one named, or the only one there is; None is all of them together."""
    return named or (books[0] if len(books) == 1 and not whole else None)


def explain(
    ref: Annotated[str, typer.Argument(help="An entry (tracker:636709355), a document (HB-2606-001) or its line (HB-2606-001:2).")],
    as_billed: Annotated[
        bool, typer.Option("--as-billed", help="Make a past document again from what was stored, and compare to the cent.")
    ] = False,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
) -> None:
    """Explain an entry, a document or a line of one.

    What matched it, which price and rounding, who decided, and where it went.
    """
    with reading(config) as work:
        from connector.cli.reports import print_report  # noqa: PLC0415
        from connector.use_cases.explain import explain as explain_ref  # noqa: PLC0415

        if not as_billed:
            print_report("explain", explain_ref(work.ws, ref), format)
            return
        from connector.use_cases.as_billed import as_billed as make_again  # noqa: PLC0415

        made = make_again(work.ws, ref)
        print_report("as_billed", made, format)
        if not made.reproduced:
            work.ends(4)


def status(config: Config = CONFIG, format: Printed = Format.table) -> None:  # noqa: A002
    """Show what is fresh and what waits."""
    with reading(config) as work:
        from connector.cli.reports import print_report  # noqa: PLC0415
        from connector.cli.waiting import codes_of  # noqa: PLC0415
        from connector.use_cases.status import status as status_of  # noqa: PLC0415

        found = status_of(work.ws)
        print_report("status", found, format)
        for code in codes_of(found):
            work.ends(code)


def runs(
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="The latest N.")] = 20,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
) -> None:
    """List the latest runs and how they ended."""
    with reading(config) as work:
        from connector.cli.reports import print_report  # noqa: PLC0415
        from connector.use_cases.status import runs as runs_of  # noqa: PLC0415

        print_report("runs", runs_of(work.ws, limit), format)
