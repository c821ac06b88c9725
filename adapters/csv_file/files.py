"""Finding and opening the files: one file, a folder or a glob; plain, .gz, .xz or .zip. Text goes to text.py, .xlsx to sheets.py.

What is opened comes as tables: a header and rows. A listing that cannot be read to its end raises, it never just ends.
"""

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from glob import glob, has_magic
from hashlib import sha256
from pathlib import Path
from typing import IO, Self, cast

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connector.errors import ConfigError, TransientError

TEXT_ENDINGS = (".csv", ".tsv", ".tab", ".txt")
ENDINGS = (*(ending + packed for ending in TEXT_ENDINGS for packed in ("", ".gz", ".xz")), ".zip", ".xlsx", ".xlsm")
"""What is read of a folder; a file or a glob that names something else is read as text."""
FILES_MAX = 10_000
SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


class Layout(BaseModel):
    """How a file is laid out. What is not said is detected from its beginning: encoding and separator."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str = Field(min_length=1)
    encoding: str = ""
    separator: str = ""
    quote: str = '"'
    header: tuple[str, ...] = ()
    skip_lines: int = Field(0, ge=0)
    sheet: str = ""
    unpacked_mb_max: int = Field(4096, ge=1)

    @field_validator("separator")
    @classmethod
    def _is_one_character(cls, said: str) -> str:
        separator = SEPARATORS.get(said, said)
        if len(separator) > 1 or separator in ('"', "\r", "\n"):
            raise ValueError(f"'{said}' cannot separate columns: say one character, or one of {', '.join(SEPARATORS)}")
        return separator

    @field_validator("quote")
    @classmethod
    def _is_one_character_or_none(cls, said: str) -> str:
        quote = "" if said == "none" else said
        if len(quote) > 1:
            raise ValueError(f"'{said}' cannot quote: say one character, or none")
        return quote

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, said: str) -> str:
        try:
            "".encode(said or "utf-8")
        except LookupError:
            raise ValueError(f"'{said}' is no encoding: say utf-8, cp1252, latin-1, utf-16 …, or leave it out to detect it") from None
        return said

    @model_validator(mode="after")
    def _separates_from_quotes(self) -> Self:
        if self.separator and self.separator == self.quote:
            raise ValueError("`separator` and `quote` are the same character")
        return self


class Stamp(Struct, frozen=True):
    """A file as it was when the listing began; `name` is how messages and origins call it."""

    path: Path
    name: str
    size: int
    mtime_ns: int


def find_files(pattern: str, folder: Path) -> list[Stamp]:
    """The files of a path, a folder or a glob, by name. Raises ConfigError when there are none: that is not an empty listing."""
    where = folder / pattern
    if where.is_dir():
        found = [path for path in where.iterdir() if path.name.lower().endswith(ENDINGS)]
    elif where.exists() or not has_magic(pattern):
        found = [where]
    else:
        found = [folder / path for path in glob(pattern, root_dir=folder, recursive=True)]  # noqa: PTH207  # may be absolute
    seen = sorted(path for path in found if not path.is_dir() and not path.name.startswith((".", "~$")))
    if len(seen) > FILES_MAX:
        raise ConfigError(f"{len(seen)} files match, more than {FILES_MAX}", to=pattern, next_step="Narrow `path`")
    if not seen:
        raise ConfigError(f"no file matches under {folder}", to=pattern, next_step="Correct `path`, or put the export there")
    return [_stamp(path, folder) for path in seen]


def _stamp(path: Path, folder: Path) -> Stamp:
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    with reading(name):
        state = path.stat()
    return Stamp(path, name, state.st_size, state.st_mtime_ns)


def digest(stamps: list[Stamp]) -> str:
    """Names, sizes and times of the files: another digest, another content."""
    return sha256(repr([(stamp.name, stamp.size, stamp.mtime_ns) for stamp in stamps]).encode()).hexdigest()[:32]


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Names what went wrong while reading a file by what the caller must do."""
    try:
        yield
    except FileNotFoundError as gone:
        raise ConfigError("there is no such file", to=name, next_step="Correct `path`, or put the export there") from gone
    except PermissionError as refused:
        raise ConfigError("may not be read", to=name, next_step="Give this user the right to read it") from refused
    except EOFError as cut:
        raise TransientError("is cut off before its end", to=name, next_step="Wait until it is copied whole, or export it again") from cut
    except (
        gzip.BadGzipFile,
        zlib.error,
        lzma.LZMAError,
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
    ) as corrupt:
        raise ConfigError(f"cannot be unpacked ({corrupt})", to=name, next_step="Export it again, without a password") from corrupt
    except OSError as failed:
        raise TransientError(f"cannot be read now ({failed.strerror or failed})", to=name, next_step="Try again") from failed


class Bounded(io.RawIOBase):
    """A stream that gives its first bytes twice, once as `head` to detect from, and that stops at a bound: a small archive may
    unpack to more than any disk holds.
    """

    def __init__(self, stream: IO[bytes], name: str, bytes_max: int, head_bytes: int) -> None:
        self.stream, self.name, self.left = stream, name, bytes_max
        with reading(name):
            self.head = stream.read(head_bytes)
        self._again = self.head

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        with reading(self.name):
            piece = self._again[: len(buffer)] or self.stream.read(len(buffer))
        self._again = self._again[len(buffer) :]
        self.left -= len(piece)
        if self.left < 0:
            raise ConfigError("unpacks to more than `unpacked_mb_max`", to=self.name, next_step="Split the export, or raise the bound")
        buffer[: len(piece)] = piece
        return len(piece)


Opened = tuple[str, IO[bytes]]


@contextmanager
def _opened(name: str, open_it: Callable[[], IO[bytes]]) -> Iterator[Opened]:
    with reading(name):
        stream = open_it()
    with stream:
        yield name, stream


def open_texts(stamp: Stamp) -> Generator[Opened, None, None]:
    """The text files in a file, one after the other, each closed before the next: several in a .zip, else one."""
    ending = stamp.path.suffix.lower()
    if ending == ".zip":
        yield from _open_members(stamp)
        return
    with _opened(stamp.name, lambda: _open(stamp.path, ending)) as opened:
        yield opened


def _open(path: Path, ending: str) -> IO[bytes]:
    if ending == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if ending == ".xz":
        return lzma.open(path, "rb")
    return path.open("rb")


def _open_members(stamp: Stamp) -> Generator[Opened, None, None]:
    with reading(stamp.name):
        archive = zipfile.ZipFile(stamp.path)
    with archive:
        members = sorted((member for member in archive.infolist() if _counts(member.filename)), key=lambda member: member.filename)
        strange = [member.filename for member in members if not member.filename.lower().endswith(TEXT_ENDINGS)]
        if strange or not members or len(members) > FILES_MAX:
            raise ConfigError(
                f"holds {', '.join(strange[:5]) or f'{len(members)} text files'}, and only {', '.join(TEXT_ENDINGS)} are read from a .zip",
                to=stamp.name,
                next_step="Pack the exported text files alone",
            )
        for member in members:
            with _opened(f"{stamp.name}/{member.filename}", partial(archive.open, member)) as opened:
                yield opened


def _counts(name: str) -> bool:
    """Folders, and what Macs add to an archive, are not data."""
    return not (name.endswith("/") or name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("."))
