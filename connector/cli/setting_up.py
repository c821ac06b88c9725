"""Commands around the work itself: a new folder, the proof of its files, the state's schema, and the schema for editors."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.failures import tell, worst
from connector.cli.options import CONFIG, Config

if TYPE_CHECKING:
    from connector.settings import Connection, Settings
    from connector.use_cases.check import Checked


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Made when it is missing; nothing in it is overwritten.")] = Path(),
) -> None:
    """Write a small folder to begin with: configuration, mappings and a few hours to try it on."""
    from connector.samples.folders import start  # noqa: PLC0415  (`--help` pays for none of it)

    written = start(folder)
    for path in written:
        tell(f"wrote {path}")
    where = f" (in {folder})" if folder != Path() else ""
    tell(f"Next{where}: hourbridge check, hourbridge pull, hourbridge plan. Then put your own names into mappings/.")


def check(
    online: Annotated[
        bool, typer.Option("--online", help="Also read every book's catalogue afresh and compare the mapping with it.")
    ] = False,
    config: Config = CONFIG,
) -> None:
    """Prove the configuration and the mapping: every problem at once, with its file, line and column."""
    from connector.bootstrap import (  # noqa: PLC0415
        SystemClock,
        load,
        traits_of,
    )
    from connector.use_cases.check import check as check_files  # noqa: PLC0415

    settings = load(config)
    found = check_files(settings, _prove, traits_of(settings), SystemClock().now())
    _tell_all(found)
    if found.problems:
        tell(f"{len(found.problems)} problem{'' if len(found.problems) == 1 else 's'}. Nothing is planned or sent until they are mended.")
        raise typer.Exit(2)
    tell(
        f"{found.files} mapping files hold together: {found.clients} clients, {len(settings.books)} books, {len(settings.connections)} connections."
    )
    raise typer.Exit(worst([_online(config) if online else 0, _waiting(config, settings)]))


def _prove(connection: "Connection") -> None:
    """Every role of a connection's kind that there is must take its settings."""
    from connector import registry  # noqa: PLC0415

    to = str(connection.where)
    for role in ("source", "sink"):
        if registry.offers(connection.kind, role, to=to):
            registry.settings_of(connection, role)


def _online(config: Path) -> int:
    from connector.cli.work import writing  # noqa: PLC0415
    from connector.use_cases.check import check_online  # noqa: PLC0415

    try:
        with writing(config, "check --online") as work:
            found = check_online(work.ws)
            _tell_all(found)
            for error in found.failures:
                tell(str(error))
                work.ends(error.exit_code)
            if found.problems:
                tell(f"{len(found.problems)} problem{'' if len(found.problems) == 1 else 's'} between the mapping and the books.")
                work.ends(2)
            elif not found.failures:
                tell(f"The mapping agrees with {', '.join(work.ws.books)}.")
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _waiting(config: Path, settings: "Settings") -> int:
    from connector.bootstrap import has_state  # noqa: PLC0415
    from connector.cli.waiting import say_what_waits  # noqa: PLC0415
    from connector.cli.work import reading  # noqa: PLC0415
    from connector.use_cases.status import status  # noqa: PLC0415

    if not has_state(settings):
        return 0
    try:
        with reading(config) as work:
            say_what_waits(work, status(work.ws))
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def _tell_all(found: "Checked") -> None:
    for problem in found.problems:
        typer.echo(problem)
    for note in found.notes:
        typer.echo(f"note: {note}")


def migrate(config: Config = CONFIG) -> None:
    """Bring the state to this program's schema; a copy of the old one is kept beside it."""
    from connector.bootstrap import SystemClock, load, open_store  # noqa: PLC0415

    store = open_store(load(config), SystemClock())
    try:
        tell(store.migrate())
    finally:
        store.engine.dispose()


def schema() -> None:
    """Print the JSON Schema of the mapping files, for editors that complete and underline."""
    import msgspec  # noqa: PLC0415

    from connector.mappings import json_schema  # noqa: PLC0415

    typer.echo(msgspec.json.format(msgspec.json.encode(json_schema()), indent=2).decode())
