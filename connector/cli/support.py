"""What is handed over when help is needed: one file, with nothing of the firm's business in it."""

import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli.failures import tell
from connector.cli.options import CONFIG, Config
from connector.reports.words import counted

if TYPE_CHECKING:
    from connector.settings import Settings
    from connector.store.store import Store


def support_bundle(
    into: Annotated[
        Path | None, typer.Option("--into", metavar="FILE.zip", help="Made anew and readable by you alone; by default named by the time.")
    ] = None,
    config: Config = CONFIG,
) -> None:
    """Pack what somebody who helps must see.

    Versions, configuration, counts, runs and the end of the log, without secrets, names, notes and amounts. Look into it first.
    """
    from connector.bootstrap import SystemClock  # noqa: PLC0415  (`--help` pays for none of it)
    from connector.use_cases.support import ABOUT, gather  # noqa: PLC0415

    path = into or Path(f"hourbridge-support-{SystemClock().now():%Y%m%d-%H%M%S}.zip")
    settings, checked = _checked(config)
    store = _opened(settings, checked) if settings is not None else None
    try:
        files = gather(settings, store, checked)
    finally:
        if store is not None:
            store.engine.dispose()
    _pack(path, files)
    tell(f"wrote {path}, readable by you alone. In it:")
    for name in sorted(files.keys() & ABOUT.keys()):
        tell(f"  {name}: {ABOUT[name]}")
    tell(
        f"{counted(len(files), 'file')}. No secret, no name of a client or person, no note, no amount. Look into it before you hand it over."
    )


def _checked(config: Path) -> tuple["Settings | None", list[str]]:
    """The configuration, None where it does not load, and what `check` says of it."""
    from connector.bootstrap import SystemClock, load, traits_of  # noqa: PLC0415
    from connector.cli.setting_up import prove  # noqa: PLC0415
    from connector.errors import ConfigError  # noqa: PLC0415
    from connector.use_cases.check import check  # noqa: PLC0415

    settings = None
    try:
        settings = load(config)
        found = check(settings, prove, traits_of(settings), SystemClock().now())
    except ConfigError as error:
        return settings, [error.what, *error.problems]
    return settings, [*found.problems, *(f"note: {note}" for note in found.notes)]


def _opened(settings: "Settings", checked: list[str]) -> "Store | None":
    """The state where there is one; why it cannot be opened is told with the rest."""
    from connector.bootstrap import SystemClock, has_state, open_store  # noqa: PLC0415
    from connector.errors import HourbridgeError  # noqa: PLC0415

    try:
        return open_store(settings, SystemClock()) if has_state(settings) else None
    except HourbridgeError as error:
        checked.append(error.what)
        return None


def _pack(path: Path, files: dict[str, str]) -> None:
    """Never over a file that is there, nor readable by others for an instant."""
    from connector.errors import ConfigError  # noqa: PLC0415

    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise ConfigError(f"cannot be written ({error.strerror})", to=str(path), next_step="Name another file with --into.") from None
    with os.fdopen(descriptor, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
