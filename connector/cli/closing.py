"""Closing a period and proving what was closed: commands for the person who files the month."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.cycle import who_am_i
from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Config, Format, Printed, Wait, a_period
from connector.cli.rows import Row, show
from connector.cli.work import Work, writing

if TYPE_CHECKING:
    from connector.use_cases.close import Closing

CLOSED = ("book", "period", "certificate", "outcome", "json", "pdf", "digest")
FOLDER = "certificates"


def close(
    period: Annotated[str, typer.Argument(help="The billing period, such as 2026-06.", callback=a_period)],
    book: Book = "",
    into: Annotated[
        Path | None,
        typer.Option("--into", metavar="FOLDER", help="Where the certificate is written; `certificates` beside the configuration."),
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Count at the sources and read every document over there afresh before.")
    ] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="Open a closed period again; needs --why.")] = False,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why it is opened again; kept in the audit log.")] = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Close a period: what ties is signed, and stays.

    Refused while anything of it is unmatched, pending, held, in doubt or unsent, and while it does not tie.
    """
    with writing(config, " ".join(filter(None, ["close", period, book, "--reopen" if reopen else ""])), wait=wait) as work:
        names = [work.ws.book(book).name] if book else list(work.ws.books)
        rows = [_reopened(work, name, period, why) for name in names] if reopen else _closed(work, config, names, period, into, online=online)
        show(rows, CLOSED, format)
        work.summary = ", ".join(f"{row['book']} {row['outcome']}" for row in rows)


def _reopened(work: Work, book: str, period: str, why: str) -> Row:
    from connector.use_cases.close import reopen  # noqa: PLC0415

    one = reopen(work.ws, book, period, who=who_am_i(), why=why)
    tell(f"{book} {period} is open again. Certificate {one.seq} stays in the chain, superseded; close the period again when it ties.")
    return {"book": book, "period": period, "certificate": one.seq, "outcome": "reopened", "digest": one.digest}


def _closed(work: Work, config: Path, names: list[str], period: str, into: Path | None, *, online: bool) -> list[Row]:
    from connector.bootstrap import load, signer_of  # noqa: PLC0415
    from connector.use_cases.close import close as close_book  # noqa: PLC0415

    settings = load(config)
    signer, made = signer_of(settings)
    if made:
        tell(f"There was no key to sign with; a new one is in {made}, for this user alone. Back it up.")
        tell(f"Its public half, to keep elsewhere: {signer.public}")
    folder = into or settings.folder / FOLDER
    return [_told(work, close_book(work.ws, name, period, signer, who=who_am_i(), online=online), folder) for name in names]


def _told(work: Work, done: "Closing", folder: Path) -> Row:
    row: dict[str, object] = {"book": done.book, "period": done.period}
    for blocker in done.blockers:
        tell(f"{done.book} {done.period} cannot be closed: {blocker.what}. Next: {blocker.next_step}.")
        work.ends(3)
    if done.differing is not None:
        tell(f"{done.book} {done.period} cannot be closed: it does not tie.")
        for one in done.differing.differences:
            tell(f"  {one.what}: ours {one.ours}, theirs {one.theirs}; {one.cause}. Next: {one.next_step}")
        tell(f"Next: hourbridge reconcile --book {done.book} --period {done.period}")
        work.ends(4)
    if done.certified is None:
        return {**row, "outcome": "not closed"}
    from connector.cli.filing import write_files  # noqa: PLC0415

    json, pdf = write_files(done.certified, folder)
    if done.already:
        tell(f"{done.book} {done.period} was closed on {done.certified.at[:10]} by {done.certified.who}; its files are written again.")
    return {
        **row, "certificate": done.certified.seq, "outcome": "closed before" if done.already else "closed", "json": str(json),
        "pdf": str(pdf), "digest": done.certified.digest,
    }  # fmt: skip
