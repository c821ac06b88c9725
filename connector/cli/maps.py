"""`hourbridge map`: what a name may mean, accepted by a person and written into the YAML in place."""

from enum import StrEnum
from typing import Annotated

import typer
from typer.core import TyperGroup

from connector.cli.failures import tell
from connector.cli.options import CONFIG, Book, Config, Format, Printed
from connector.cli.rows import show
from connector.cli.work import reading

maps = typer.Typer(
    cls=TyperGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Say what names mean: suggestions, new names, ids.",
)
SUGGESTED = ("kind", "name", "connection", "entries", "hours", "value at risk", "suggestion", "accept with")
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the change without making it.")]


class Kind(StrEnum):
    """What a name can be the name of."""

    client = "client"
    person = "person"
    work_type = "work_type"


@maps.command()
def suggest(book: Book = "", config: Config = CONFIG, format: Printed = Format.table) -> None:  # noqa: A002
    """List names that nothing matches, and what they may mean.

    Worst money first; nothing is matched because it looks alike.
    """
    with reading(config) as work:
        from connector.cli.reports import suggestions  # noqa: PLC0415

        rows = suggestions(work.ws, book, format)
        show(rows, SUGGESTED[:-1] if format is Format.table else (*SUGGESTED, "worked" if format is Format.csv else "seconds"), format)
        if rows and format is Format.table:
            typer.echo("\nTo accept, or to add a new one (with --role or --code where it needs one):")
            for row in rows:
                typer.echo(f"  {row['accept with']}")
        if not rows:
            tell("Every name is matched.")


@maps.command()
def add(
    kind: Annotated[Kind, typer.Argument(help="client, person or work_type.")],
    name: Annotated[str, typer.Argument(help="The name as the source writes it.")],
    same_as: Annotated[str, typer.Option("--as", metavar="KEY", help="It is another name of this one, which exists.")] = "",
    connection: Annotated[str, typer.Option("--connection", metavar="CONNECTION", help="With --as: only in this connection.")] = "",
    book: Annotated[str, typer.Option("--book", metavar="BOOK", help="A new client's book, when it is not the default one.")] = "",
    role: Annotated[str, typer.Option("--role", metavar="ROLE", help="A new person's work role.")] = "",
    code: Annotated[str, typer.Option("--code", metavar="CODE", help="A new work type's billing code.")] = "",
    treatment: Annotated[str, typer.Option("--treatment", metavar="TREATMENT", help="A new work type's treatment.")] = "",
    dry: DryRun = False,
    config: Config = CONFIG,
) -> None:
    """Add a client, person or work type, or an alias.

    Comments and layout of the file stay.
    """
    from connector.bootstrap import load, load_mapping  # noqa: PLC0415
    from connector.use_cases.map_edit import Kept, Wish  # noqa: PLC0415
    from connector.use_cases.map_edit import add as add_name  # noqa: PLC0415

    settings = load(config)
    wish = Wish(
        kind=kind.value,
        name=name,
        same_as=same_as,
        connection=connection,
        book=book,
        role=role,
        code=code,
        treatment=treatment,
    )
    kept: Kept = add_name(settings, load_mapping(settings), wish, dry=dry)
    _show_kept(kept.diff, kept.notes, dry=dry)
    if not dry:
        tell("Next: hourbridge plan shows what that changes; `pull` stores it.")


@maps.command()
def pin(dry: DryRun = False, config: Config = CONFIG) -> None:
    """Write ids beside names, so that renames do no harm.

    Of clients, people and work types; a rename on either side then changes nothing.
    """
    with reading(config) as work:
        from connector.bootstrap import load  # noqa: PLC0415
        from connector.use_cases.map_edit import pin_all  # noqa: PLC0415

        kept = pin_all(work.ws, load(config), dry=dry)
        _show_kept(kept.diff, kept.notes, dry=dry)
        for line in kept.skipped:
            tell(f"skipped {line}")
        if not kept.diff:
            tell("Nothing to pin: every id that the entries and catalogues say is in the files. `check --online` reads catalogues afresh.")


def _show_kept(diff: tuple[str, ...], notes: tuple[str, ...], *, dry: bool) -> None:
    for line in diff:
        typer.echo(line)
    for note in notes:
        tell(f"note: {note}")
    if dry and diff:
        tell("A dry run: nothing was written.")
