"""Which files a mapping is read from."""

from collections.abc import Sequence
from os.path import commonpath
from pathlib import Path


def files_of(paths: Path | Sequence[Path]) -> list[tuple[str, Path]]:
    """(name as shown, path) of every YAML file: of a folder those directly in it, by name; of a list in its order."""
    listed = [paths] if isinstance(paths, Path) else list(paths)
    files: list[Path] = []
    for path in listed:
        files.extend(sorted(_in_folder(path)) if path.is_dir() else [path])
    if len(listed) == 1 and listed[0].is_dir():
        return [(file.name, file) for file in files]
    shared = Path(commonpath([file.absolute().parent for file in files])) if files else Path()
    return [(str(file.absolute().relative_to(shared)), file) for file in files]


def _in_folder(folder: Path) -> list[Path]:
    return [file for file in folder.iterdir() if file.suffix in (".yaml", ".yml") and not file.name.startswith(".") and file.is_file()]
