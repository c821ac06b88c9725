"""Writing sample folders: nothing that stands there is overwritten, and only what we made ourselves is ever cleared."""

import os
import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from connector.errors import ConfigError

MARKER = ".made-by-hourbridge"
FIRM, STARTER = "firm", "starter"
READ_WITH = ("mappings/*.yaml", "mappings/*.yml", "time/*.csv", "hourbridge.db*")
"""What the starter's configuration reads besides the files that `init` writes."""


def sample(name: str) -> dict[str, bytes]:
    """Path inside the folder → content, of one of the samples that ship with the program."""
    return {path: found.read_bytes() for path, found in _walk(files(__package__) / name, "")}


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for found in sorted(folder.iterdir(), key=lambda one: one.name):
        if found.is_dir():
            yield from _walk(found, f"{prefix}{found.name}/")
        elif not found.name.endswith((".py", ".pyc")):
            yield f"{prefix}{found.name}", found


def write(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    """Writes what is not there yet; returns what was written. Raises ConfigError where that is not possible."""
    written = []
    for name, content in contents.items():
        path = folder / name
        if path.exists():
            continue
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise ConfigError(f"cannot be written ({error.strerror})", to=str(path), next_step="Choose another folder.") from None
        written.append(path)
    return written


def beside(folder: Path) -> int:
    """How many other things stand in a folder already."""
    try:
        return sum(1 for _ in folder.iterdir())
    except OSError:
        return 0


def start(folder: Path) -> list[Path]:
    """`hourbridge init`. Raises ConfigError, with nothing written, where any of its files is there already, or what would be read with
    them: other mappings, or a state.
    """
    contents = sample(STARTER)
    there = [name for name in contents if (folder / name).exists()]
    there += sorted(
        f"{path.relative_to(folder)}"
        for pattern in READ_WITH
        for path in folder.glob(pattern)
        if f"{path.relative_to(folder)}" not in there
    )
    if there:
        raise ConfigError(
            f"has {', '.join(there[:3])}{' and more' if len(there) > 3 else ''} already; nothing was written", to=str(folder),  # noqa: PLR2004
            next_step="Choose an empty folder: hourbridge init FOLDER",
        )  # fmt: skip
    return write(folder, contents)


def fresh(folder: Path) -> None:
    """An empty folder of ours. Raises ConfigError for one that holds anything we did not make."""
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MARKER).is_file())):
        raise ConfigError(
            "holds something that this command did not make; nothing was touched", to=str(folder),
            next_step="Name another folder with --into.",
        )  # fmt: skip
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        (folder / MARKER).write_text("This folder is made anew, and cleared, by `hourbridge demo`.\n", "utf-8")
    except OSError as error:
        raise ConfigError(f"cannot be made anew ({error.strerror})", to=str(folder), next_step="Name another folder with --into.") from None


def write_secret(path: Path, text: str) -> None:
    """Readable by this user alone, from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text + "\n")
