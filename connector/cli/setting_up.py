"""Commands around the work itself: a new folder, the proof of its files, the state's schema, and the schema for editors."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.failures import tell, worst
from connector.cli.options import CONFIG, Config
from connector.reports.words import counted

if TYPE_CHECKING:
    from connector.settings import Connection, Settings
    from connector.use_cases.check import Checked


def init(
    folder: Annotated[Path, typer.Argument(help="Made when it is missing; nothing in it is overwritten.")] = Path(),
) -> None:
    """Write a small folder to begin with.

    Configuration, mappings and a few hours to try them on; it passes `check` as it is.
    """
    from connector.samples.folders import beside, start  # noqa: PLC0415  (`--help` pays for none of it)

    others = beside(folder)
    for path in start(folder):
        tell(f"wrote {path}")
    _tell_key(folder)
    if others:
        tell(f"{folder.absolute()} held {counted(others, 'other thing')} before: nothing of it was touched.")
    where = f" (in {folder})" if folder != Path() else ""
    tell(f"Next{where}: hourbridge check, hourbridge pull, hourbridge plan. Then put your own names into mappings/.")


def _tell_key(folder: Path) -> None:
    """The key that signs certificates: made where there is none, and its public half told."""
    from connector.bootstrap import load  # noqa: PLC0415
    from connector.keys import signer_of  # noqa: PLC0415

    signer, made = signer_of(load(folder / "config.yaml"))
    tell(f"wrote {made}: it signs the certificates of closed periods. Back it up." if made else "the key that signs certificates is kept")
    tell(f"Its public half, to keep elsewhere: {signer.public}")


def check(
    online: Annotated[
        bool,
        typer.Option(
            "--online",
            help="Also ask every source what its credential sees, read every book's catalogue afresh and compare the mapping with it.",
        ),
    ] = False,
    notes: Annotated[bool, typer.Option("--notes", help="Every note, also where many say the same.")] = False,
    config: Config = CONFIG,
) -> None:
    """Prove the configuration and the mapping files.

    Every problem at once, with its file, line and column and how to mend it; also every secret that cannot be read by whoever runs this.
    """
    from connector.bootstrap import SystemClock, load, traits_of  # noqa: PLC0415
    from connector.keys import unreadable  # noqa: PLC0415
    from connector.use_cases.check import check as check_files  # noqa: PLC0415

    settings = load(config)
    found = check_files(settings, prove, traits_of(settings), SystemClock().now(), unreadable(settings))
    _tell_all(found, every=notes)
    if found.problems:
        tell(
            f"{counted(len(found.problems), 'problem')}. Nothing is planned or sent until {'it is' if len(found.problems) == 1 else 'they are'} mended."
        )
        raise typer.Exit(2)
    tell(
        f"{counted(found.files, 'mapping file')} checked: {counted(found.clients, 'client')}, {counted(len(settings.books), 'book')}, "
        f"{counted(len(settings.connections), 'connection')}; everything holds together."
    )
    raise typer.Exit(worst([_online(config, notes=notes) if online else 0, _waiting(config, settings)]))


def prove(connection: "Connection") -> None:
    """Every role of a connection's kind that there is must take its settings."""
    from connector import registry  # noqa: PLC0415

    to = str(connection.where)
    for role in ("source", "sink"):
        if registry.offers(connection.kind, role, to=to):
            registry.settings_of(connection, role)


def _online(config: Path, *, notes: bool) -> int:
    from connector.cli.work import writing  # noqa: PLC0415
    from connector.use_cases.check import check_online  # noqa: PLC0415

    try:
        with writing(config, "check --online") as work:
            found = check_online(work.ws)
            _tell_all(found, every=notes)
            for seen_to in found.people:
                tell(seen_to)
                work.ends(3)
            for error in found.failures:
                tell(str(error))
                work.ends(error.exit_code)
            for said in found.people:
                tell(said)
                work.ends(3)
            for said in found.whole:
                tell(f"{said}.")
            if found.problems:
                tell(f"{counted(len(found.problems), 'problem')} between the mapping and the books.")
                work.ends(2)
            elif not found.failures:
                tell(f"The mapping agrees with {', '.join(work.ws.books)}.")
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _waiting(config: Path, settings: "Settings") -> int:
    from connector.bootstrap import has_state  # noqa: PLC0415
    from connector.cli.secrecy import say_how_tokens_are_kept  # noqa: PLC0415
    from connector.cli.waiting import say_what_waits  # noqa: PLC0415
    from connector.cli.work import reading  # noqa: PLC0415
    from connector.use_cases.status import status  # noqa: PLC0415

    if not has_state(settings):
        return 0
    try:
        with reading(config) as work:
            say_how_tokens_are_kept(settings, work.ws.store)
            say_what_waits(work, status(work.ws))
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _tell_all(found: "Checked", *, every: bool) -> None:
    """Problems in full; of notes that say the same of many names one, unless every one is asked for."""
    for problem in found.problems:
        typer.echo(problem)
    alike: dict[str, list[str]] = {}
    for note in found.notes:
        alike.setdefault(re.sub(r"'[^']*'", "", note.partition(": ")[2]), []).append(note)
    for first, *rest in alike.values():
        if every:
            typer.echo("\n".join(f"note: {note}" for note in (first, *rest)))
        else:
            typer.echo(f"note: {first}" + (f" (and {len(rest):,} more like it: check --notes)" if rest else ""))


def migrate(
    config: Config = CONFIG,
    kept: Annotated[bool, typer.Option("--yes", help="There is a backup of the PostgreSQL state: change its schema.")] = False,
) -> None:
    """Bring the state to this program's schema.

    Commands that write do this by themselves. A copy of an old SQLite state is kept beside it; of one in PostgreSQL you make the backup.
    """
    from connector.bootstrap import SystemClock, load, open_store  # noqa: PLC0415

    store = open_store(load(config), SystemClock())
    try:
        tell(store.migrate(kept=kept))
    finally:
        store.engine.dispose()


def schema() -> None:
    """Print the JSON Schema of the mapping files."""
    import msgspec  # noqa: PLC0415

    from connector.mappings import json_schema  # noqa: PLC0415

    typer.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
