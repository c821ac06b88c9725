"""A stamp of everything that a person would change to mend a job: the files, the credentials, and having connected anew.

Where it has changed, a job that waits for that person is tried at once.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from connector.settings import Settings
from connector.settings.references import secrets_of
from connector.store.store import Tx
from connector.use_cases.map_edit import files_of

FILE = "file:"


def stamp_of_files(config: Path, settings: Settings | None) -> str:
    """Of the configuration, the mapping files and the secrets that lie in files, as they are on the disk now."""
    paths = [config]
    if settings is not None:
        paths += [*settings.mapping_paths, *_mappings(settings), *_secrets(settings)]
    return hashlib.sha256("\n".join(map(_of_file, paths)).encode()).hexdigest()[:24]


def connected(read: Tx) -> str:
    """The latest run in which somebody connected anew."""
    return str(read.exec_driver_sql("SELECT coalesce(max(id), 0) FROM runs WHERE command LIKE 'connect %'").scalar())


def _mappings(settings: Settings) -> Iterable[Path]:
    try:
        return files_of(settings)
    except OSError:  # a folder that is gone
        return ()


def _secrets(settings: Settings) -> Iterable[Path]:
    """Of connections, of the state and of the ways to people alike."""
    for secret in secrets_of(settings):
        if secret.reference.startswith(FILE):
            yield settings.folder / Path(secret.reference.removeprefix(FILE)).expanduser()


def _of_file(path: Path) -> str:
    try:
        found = path.stat()
    except OSError:
        return f"{path}: none"
    return f"{path}: {found.st_mtime_ns} {found.st_size} {found.st_ino}"
