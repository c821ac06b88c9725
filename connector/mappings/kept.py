"""A proof is kept: the same texts, for the same books and connections, read by the same program, need no second one."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from connector import core, strict_yaml
from connector.core.mapping import Mapping
from connector.mappings.files import files_of
from connector.store.version import program

_decoder = msgspec.json.Decoder(Mapping)


def key_of(paths: Path | Sequence[Path], books: Iterable[str], connections: Iterable[str]) -> str:
    """Of all that a proof depends on; "" where the files cannot be read, which the proof itself will tell."""
    hashed = hashlib.sha256(repr((sorted(books), sorted(connections), program(), _modules())).encode())
    try:
        for shown_as, path in files_of(paths):
            content = path.read_bytes()
            hashed.update(f"{shown_as}\0{len(content)}\0".encode() + content)
    except OSError:
        return ""
    return hashed.hexdigest()


def _modules() -> list[tuple[str, int, int]]:
    """The modules that read, prove and compile: another version of the program proves again."""
    folders = (Path(__file__).parent, Path(strict_yaml.__file__).parent)
    files = [Path(core.__file__).parent / "mapping.py", *(file for folder in folders for file in folder.glob("*.py"))]
    return sorted((file.name, (told := file.stat()).st_size, told.st_mtime_ns) for file in files)


def write(key: str, mapping: Mapping) -> str:
    """What is kept of a proven mapping."""
    return f"{key}\n{msgspec.json.encode(mapping).decode()}"


def read(kept: str, key: str) -> Mapping | None:
    """The mapping proved under this key; None where it is another or cannot be read any more."""
    known, _, body = kept.partition("\n")
    if not key or known != key:
        return None
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
