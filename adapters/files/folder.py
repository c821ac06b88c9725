"""A folder of small files, each written whole or not at all; only for its owner to read, since they hold what clients are billed for."""

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from msgspec import Struct

from connector.errors import TransientError

PART = ".part"
PART_HOURS_MAX = 1
FILE_MODE, FOLDER_MODE = 0o600, 0o700
_UNTOUCHED = frozenset(
    {
        errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP,
        errno.ENAMETOOLONG, errno.EMLINK, errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS,
    }
)  # fmt: skip
"""What link(2) and rename(2) answer when they have done nothing. Anything else (EIO, a network file system) proves nothing."""
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS})
_MEND = "Mend it, or move it out of the folder; nothing is sent to this book until then."


class UnwrittenError(Exception):
    """Provably nothing was written; says why and what to do."""


class DoubtfulError(Exception):
    """The file may stand there or not; only a look tells."""


class Found(Struct, frozen=True, gc=False):
    """A file as it stands: its name without the ending, its bytes, and when it was last written (nanoseconds)."""

    name: str
    body: bytes
    stamp: int


class Folder:
    """Missing is as good as empty; it is made with the first file."""

    def __init__(self, path: Path, ending: str) -> None:
        self.path = path
        self._ending = ending

    def names(self) -> list[str]:
        """Every file with the ending, sorted, without it. Raises TransientError for a folder that cannot be listed: it is not empty."""
        try:
            with os.scandir(self.path) as entries:
                return sorted(
                    entry.name.removesuffix(self._ending)
                    for entry in entries
                    if entry.name.endswith(self._ending) and not entry.name.startswith(".") and entry.is_file()
                )
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TransientError(
                f"cannot be listed: {error.strerror}",
                to=str(self.path),
                next_step="Make it a folder that this user may read and write, or change `folder`.",
            ) from error

    def read(self, name: str) -> Found | None:
        """None where there is no such file. Raises TransientError for one that cannot be read."""
        if not name or name.startswith(".") or "/" in name or "\0" in name:
            return None
        path = self.file(name)
        try:
            with path.open("rb") as file:
                return Found(name, file.read(), os.fstat(file.fileno()).st_mtime_ns)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return None
            raise TransientError(f"cannot be read: {error.strerror}", to=str(path), next_step=_MEND) from error

    def file(self, name: str, ending: str = "") -> Path:
        return self.path / f"{name}{ending or self._ending}"

    def put(self, path: Path, body: bytes, *, new: bool, stamp: int | None = None) -> int:
        """Writes the file whole; with `new` only where there is none of the name. Returns its stamp.

        With `stamp` it is a copy that can be made again: it carries that stamp, and nobody waits until its name is on disk.
        Raises FileExistsError, UnwrittenError, DoubtfulError.
        """
        try:
            self.path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            temporary, written = self._part(path, body, stamp)
        except OSError as error:
            raise UnwrittenError(f"nothing was written to {self.path}: {error.strerror}") from error
        try:
            _place(temporary, path, new=new)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
        if stamp is None:
            try:
                sync_folder(self.path)
            except OSError as error:
                raise DoubtfulError(f"{path.name} was written, but may not outlast a power cut: {error.strerror}") from error
        return written

    def sweep(self, now: datetime) -> None:
        """Removes what a killed process left half-written."""
        oldest = (now - timedelta(hours=PART_HOURS_MAX)).timestamp()
        with contextlib.suppress(OSError):
            for path in self.path.glob(f".*{PART}"):
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _part(self, path: Path, body: bytes, stamp: int | None) -> tuple[Path, int]:
        """The whole body on disk under a name nobody looks at; a file that is replaced keeps the mode that it was given."""
        handle, name = tempfile.mkstemp(dir=self.path, prefix=".", suffix=PART)
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), _mode(path))
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            if stamp is not None:
                os.utime(name, ns=(stamp, stamp))
            return Path(name), Path(name).stat().st_mtime_ns
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return FILE_MODE


def _place(temporary: Path, path: Path, *, new: bool) -> None:
    try:
        if new:
            os.link(temporary, path)
        else:
            temporary.replace(path)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _UNTOUCHED:
            raise DoubtfulError(f"{path.name} may have been written or not: {error.strerror}") from error
        why = error.strerror
        if new and error.errno in _NO_LINKS:
            why = f"{why}; a file system without hard links cannot refuse a used number: choose another `folder`"
        raise UnwrittenError(f"{path.name} was not written: {why}") from error


def sync_folder(path: Path) -> None:
    """A name outlasts a power cut only when its folder is on disk too."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def pages(names: list[str], size: int) -> Iterator[tuple[list[str], bool]]:
    """Names in pages, at least one, each with whether it is the last."""
    for start in range(0, max(len(names), 1), size):
        yield names[start : start + size], start + size >= len(names)
