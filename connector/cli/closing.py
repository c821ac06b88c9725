"""Closing a period and proving what was closed: commands for the person who files the month."""

from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.cycle import who_am_i
from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Config, Format, Printed, Wait, a_period
from connector.cli.rows import Row, show
from connector.cli.work import Work, reading, writing

if TYPE_CHECKING:
    from connector.reports.verify import Verified
    from connector.signing import Signer
    from connector.use_cases.close import Closing

CLOSED = ("book", "period", "certificate", "outcome", "json", "pdf", "digest")
IN_A_TABLE = CLOSED[:4]
"""What fits a line; where the files are is told besides."""
FOLDER = "certificates"
KEY_DIGITS = 64


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

    Refused while a source was not read since the period was over, while anything of it is unmatched, pending, held, in doubt or unsent, and
    while it does not tie.
    """
    with writing(config, " ".join(filter(None, ["close", period, book, "--reopen" if reopen else ""])), wait=wait) as work:
        names = [work.ws.book(book).name] if book else list(work.ws.books)
        rows = (
            [_reopened(work, name, period, why) for name in names] if reopen else _closed(work, config, names, period, into, online=online)
        )
        show(rows, IN_A_TABLE if format is Format.table else CLOSED, format)
        work.summary = ", ".join(f"{row['book']} {row['outcome']}" for row in rows)


def _reopened(work: Work, book: str, period: str, why: str) -> Row:
    from connector.use_cases.close import reopen  # noqa: PLC0415

    one = reopen(work.ws, book, period, who=who_am_i(), why=why)
    tell(f"{book} {period} is open again. Certificate {one.seq} stays in the chain, superseded; close the period again when it ties.")
    return {"book": book, "period": period, "certificate": one.seq, "outcome": "reopened", "digest": one.digest}


def _closed(work: Work, config: Path, names: list[str], period: str, into: Path | None, *, online: bool) -> list[Row]:
    from connector.bootstrap import load  # noqa: PLC0415
    from connector.keys import late_signer_of  # noqa: PLC0415
    from connector.use_cases.close import close as close_book  # noqa: PLC0415

    settings = load(config)
    signer = late_signer_of(settings, _tell_key)
    folder = into or settings.folder / FOLDER
    return [_told(work, close_book(work.ws, name, period, signer, who=who_am_i(), online=online), folder) for name in names]


def _tell_key(signer: "Signer", path: str) -> None:
    tell(f"There was no key to sign with; a new one is in {path}, for this user alone. Back it up.")
    tell(f"Its public half, to keep elsewhere: {signer.public}")


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
    tell(f"Its certificate is {pdf}; {json.name} beside it carries the signature. Digest: {done.certified.digest}")
    return {
        **row, "certificate": done.certified.seq, "outcome": "closed before" if done.already else "closed", "json": str(json),
        "pdf": str(pdf), "digest": done.certified.digest,
    }  # fmt: skip


def verify(
    certificate: Annotated[
        Path | None, typer.Option("--certificate", metavar="FILE", help="Only this certificate; where there is a state, beside it.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--key", metavar="HEX", help="A public key that certificates may be signed with, besides the one here. Repeatable."),
    ] = None,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
) -> None:
    """Prove that nothing kept was changed since.

    The audit log's chains, the certificates' chain and signatures, and that stored figures agree. Ends with 4 where something does not hold.
    """
    from connector.cli.reports import print_report  # noqa: PLC0415

    if certificate is not None:
        found = _verify_file(certificate, config, key or [])
        print_report("verify", found, format)
        _notes(found)
        raise typer.Exit(0 if found.holds else 4)
    with reading(config) as work:
        from connector.use_cases.verify import verify as verify_state  # noqa: PLC0415

        found = verify_state(work.ws, keys=_keys(config, key or []))
        print_report("verify", found, format)
        _notes(found)
        if not found.holds:
            work.ends(4)


def _notes(found: "Verified") -> None:
    for note in found.notes:
        tell(note)


def _keys(config: Path, given: list[str]) -> set[str]:
    """The public keys that are right: the one of this installation, and those given."""
    from connector.bootstrap import load  # noqa: PLC0415
    from connector.keys import public_key_of  # noqa: PLC0415

    own = public_key_of(load(config)) if config.is_file() else ""
    said = [each.strip().lower() for each in given]
    if not all(len(each) == KEY_DIGITS and set(each) <= set(hexdigits) for each in said):
        from connector.errors import ConfigError  # noqa: PLC0415

        # What was given is not repeated: it may be the other half.
        raise ConfigError(
            "is no public key", to="--key", next_step="Give the 64 hexadecimal digits that a certificate shows as its public key."
        )
    return {each for each in (own, *said) if each}


def _verify_file(path: Path, config: Path, given: list[str]) -> "Verified":
    """A certificate by itself: also on a machine that has nothing else."""
    from connector.bootstrap import has_state, load  # noqa: PLC0415
    from connector.reports.certificate import read_file  # noqa: PLC0415
    from connector.reports.verify import Verified  # noqa: PLC0415
    from connector.use_cases.verify import beside_state, check_file  # noqa: PLC0415

    content, body, digest, signature = read_file(path)
    keys = _keys(config, given)
    faults, notes = (
        check_file(content, body, digest, signature, keys),
        [] if keys else [f"It carries the public key {content.public_key}; compare it with the one you keep."],
    )
    if config.is_file() and has_state(load(config)):
        with reading(config) as work:
            faults += beside_state(work.ws, content, digest)
    else:
        notes.append("There is no state here to hold it against.")
    return Verified(
        holds=not faults,
        streams=0,
        rows=0,
        certificates=1,
        documents=len(content.documents),
        steps=0,
        faults=tuple(faults),
        notes=tuple(notes),
    )
