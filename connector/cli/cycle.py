"""The cycle as commands: pull, plan, approve, apply, and sync for all of them by policy."""

import getpass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Client, Config, Format, Interim, Period, Printed, Wait, a_day
from connector.cli.outcomes import NOTHING, own_trouble, show_told
from connector.cli.rows import Row, show
from connector.cli.waiting import say_what_waits
from connector.cli.work import Work, writing
from connector.reports.words import counted

if TYPE_CHECKING:
    from connector.use_cases.pull import Pulled

PULLED = ("connection", "read", "new", "changed", "reworded", "deleted", "trouble")
APPROVED = ("number", "action", "client", "customer", "period", "currency", "net", "left_out")
Connections = Annotated[list[str] | None, typer.Argument(help="Only these; all when none is named.")]
From = Annotated[date | None, typer.Option("--from", parser=a_day, metavar="DATE", help="Only time worked on this day or later.")]
To = Annotated[date | None, typer.Option("--to", parser=a_day, metavar="DATE", help="Only time worked on this day or earlier.")]


def who_am_i() -> str:
    """Who approves and decides, for the audit log: the account at this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def pull(
    connections: Connections = None,
    since: From = None,
    until: To = None,
    full: Annotated[bool, typer.Option("--full", help="List everything again, not only what changed.")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="List twice, so that what is gone may count as deleted.")] = False,
    force: Annotated[
        str,
        typer.Option(
            "--force",
            metavar="REASON",
            help="Believe a listing that suddenly lacks many entries; kept in the audit log.",
        ),
    ] = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Read worked time, and what changed in the books."""
    only = tuple(connections or ())
    with writing(config, " ".join(["pull", *only]), wait=wait) as work:
        from connector.ports import Window  # noqa: PLC0415
        from connector.use_cases.pull import pull as pull_all  # noqa: PLC0415

        refuse_unknown(only, work.ws.source_names)
        _refuse_backwards(since, until)
        window = Window(since, until)
        show_pulled(work, pull_all(work.ws, only=only, window=window, full=full, confirm=confirm, forced=force), format)


def _refuse_backwards(since: date | None, until: date | None) -> None:
    from connector.errors import ConfigError  # noqa: PLC0415

    if since and until and until < since:
        raise ConfigError(f"ends on {until} before it begins", to=f"pull from {since}", next_step="Give --from the earlier day.")


def refuse_unknown(named: tuple[str, ...], known: tuple[str, ...]) -> None:
    from connector.errors import ConfigError  # noqa: PLC0415
    from connector.mappings.names import did_you_mean  # noqa: PLC0415

    for name in named:
        if name not in known:
            raise ConfigError(
                "there is no such source of time",
                to=name,
                next_step=did_you_mean(name, known, f"There are: {', '.join(known)}."),
            )


def show_pulled(work: Work, pulled: "Pulled", format: Format) -> None:  # noqa: A002
    """What every connection gave, what each book said, and what went wrong where."""
    troubles = {name: _on_a_line(error) for name, error in pulled.failures}
    rows: list[Row] = []
    for name in dict.fromkeys([*pulled.connections, *troubles]):
        found = pulled.connections.get(name)
        counts = {field: getattr(found, field) for field in found.__struct_fields__} if found else {}
        read = sum(count for field, count in counts.items() if field != "deleted")
        rows.append({"connection": name, "read": read, **counts, "trouble": troubles.get(name, "")} if found else
                    {"connection": name, "trouble": troubles[name]})  # fmt: skip
    show(rows, PULLED, format)
    for name, warning in pulled.warnings:
        tell(f"{name}: {warning}")
    for _, error in pulled.failures:
        work.ends(error.exit_code)
    staged = sum(found.moved for found in pulled.connections.values())
    work.summary = f"{staged:,} entries new or changed" + (f"; {len(pulled.failures)} connections failed" if pulled.failures else "")


def _on_a_line(error: Exception) -> str:
    """What went wrong, with the problems that stand below it one after the other."""
    first, *problems = str(error).splitlines() or [""]
    return " ".join(filter(None, [first, "; ".join(problems)]))


def plan(
    book: Book = "",
    period: Period = "",
    client: Client = "",
    interim: Interim = False,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
) -> None:
    """Show what would be sent, and why. Writes nothing anywhere."""
    from connector.cli.reports import print_plans  # noqa: PLC0415

    print_plans(config, book=book, period=period, client=client, interim=interim, format=format)


def approve(
    checksum: Annotated[str, typer.Argument(help="Of the plan, as `hourbridge plan` shows it.")],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="CLIENT", help="Only this client, also when some of its time is left out. Repeatable."),
    ] = None,
    left: Annotated[list[str] | None, typer.Option("--except", metavar="CLIENT", help="All but this client. Repeatable.")] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help="Kept with the approval.")] = "",
    force: Annotated[
        str,
        typer.Option("--force", metavar="REASON", help="Approve an unsafe plan; the reason is kept in the audit log."),
    ] = "",
    interim: Interim = False,
    period: Period = "",
    client: Client = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Approve a plan you have read.

    Numbers are reserved, and exactly what the plan said may be sent, by `hourbridge apply`.
    """
    with writing(config, f"approve {checksum}", wait=wait) as work:
        from connector.reports.hours import both, cells_of  # noqa: PLC0415
        from connector.use_cases.approve import approve as approve_plan  # noqa: PLC0415

        approval = approve_plan(
            work.ws, checksum, who=who_am_i(), note=note, only=only or (), left=left or (), forced=force, interim=interim, period=period,
            client=client,
        )  # fmt: skip
        rows: list[Row] = []
        totals: dict[str, Decimal] = {}
        for step in approval.steps:
            document = step.document
            seconds = step.left_out.seconds
            in_cells = cells_of(seconds or None)
            left_out = {Format.json: seconds, Format.csv: in_cells[0]}.get(format, f"{both(seconds)} h" if seconds else "")
            row: dict[str, object] = {"number": step.number, "action": step.action, "client": step.client, "period": step.period}
            row |= {"left_out": left_out, "left_out_hours": "" if in_cells[1] is None else in_cells[1]}
            if document is not None:
                row |= {"customer": document.customer, "currency": document.currency, "net": document.net}
                sign = -1 if document.kind == "credit_note" else 1
                totals[document.currency] = totals.get(document.currency, Decimal(0)) + sign * document.net
            rows.append(row)
        show(rows, (*APPROVED, "left_out_hours") if format is Format.csv else APPROVED, format)
        work.summary = f"{counted(len(rows), 'document')} approved in {approval.book}"
        said = "".join(f", {currency} {net:,}" for currency, net in sorted(totals.items()))
        tell(f"{work.summary}{said}." + (" Next: hourbridge apply" if rows else ""))


def apply(
    book: Book = "",
    checksum: Annotated[
        str,
        typer.Option("--checksum", metavar="CHECKSUM", help="Nothing goes unless all of this approval is still current."),
    ] = "",
    adopt: Annotated[
        bool,
        typer.Option("--adopt", help="Tie unknown documents over there that are ours, or may be, and equal what we would send."),
    ] = False,
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Send what was approved, exactly once.

    Whatever is in doubt from before is looked up first; a step that changed since it was approved is stale and not sent.
    """
    with writing(config, " ".join(filter(None, ["apply", book, checksum])), wait=wait) as work:
        from connector.use_cases.apply import apply as apply_book  # noqa: PLC0415

        approved = _books_of(work, checksum)
        names = [work.ws.book(book).name] if book else approved
        told = {}
        for name in names:
            with own_trouble(work, name):
                told[name] = apply_book(work.ws, name, checksum=checksum, adopting=adopt)
        show_told(work, told, format)
        if work.summary == NOTHING:
            tell("Only what is approved goes; `hourbridge plan` shows what is not.")


def _books_of(work: Work, checksum: str) -> list[str]:
    """Every book; with a checksum those in which it was ever approved. Raises ConfigError where nobody approved it."""
    if not checksum:
        return list(work.ws.books)
    from connector.errors import ConfigError  # noqa: PLC0415
    from connector.store import approvals  # noqa: PLC0415

    with work.ws.store.snapshot() as read:
        named = approvals.books_of(read, checksum)
    if not named:
        raise ConfigError(
            "nobody approved a plan with this checksum",
            to=checksum,
            next_step="See `hourbridge plan`; approve it first.",
        )
    return [name for name in work.ws.books if name in named]


def sync(
    book: Book = "",
    config: Config = CONFIG,
    format: Printed = Format.table,  # noqa: A002
    wait: Wait = False,
) -> None:
    """Pull, approve by policy, and apply: for a scheduler.

    Policy is `auto_approve` of each book; without one nothing is approved, and what was approved before is applied.
    """
    with writing(config, " ".join(filter(None, ["sync", book])), wait=wait) as work:
        from connector.use_cases.sync import sync as sync_all  # noqa: PLC0415

        done = sync_all(work.ws, (work.ws.book(book).name,) if book else tuple(work.ws.books))
        for _, error in done.pulled.failures:
            tell(str(error))
            work.ends(error.exit_code)
        for name, warning in done.pulled.warnings:
            tell(f"{name}: {warning}")
        for name, error in done.refused:
            tell(f"{name}: nothing was sent. {error}")
            work.ends(error.exit_code)
        show_told(work, done.told, format)
        say_what_waits(work, done.status, book)
