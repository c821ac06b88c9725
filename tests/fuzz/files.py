"""Files of worked time that were cut, garbled, packed badly or saved by another program, read into the state by the `csv_file` source."""

import atexit
import gzip
import io
import lzma
import shutil
import tempfile
import zipfile
from pathlib import Path
from random import Random

import msgspec
from openpyxl import Workbook

from tests.adapters.csv_file.hosting import source
from tests.fuzz.mutations import mutate
from tests.fuzz.targets import Listed, Target

ROWS = 17
PAGE = 5
HEADER = ("id", "client", "day", "minutes", "notes")
CELLS = (
    "",
    "\\N",
    "0",
    "-5",
    "1e9",
    "NaN",
    '"',
    "a,b",
    "2026-02-30",
    "99999999999999999999",
    "=1+1",
    "\x00",
    "\u202e",
    "é" * 300,
    "\r",
    "7:99",
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252", "utf-32")


def _rows(random: Random) -> list[list[str]]:
    rows = [[str(number), "Alpine Dental", "2026-06-03", "90", f'Printer, "{number}"'] for number in range(1, ROWS + 1)]
    for _ in range(random.choice((0, 0, 1, 3))):
        rows[random.randrange(ROWS)][random.randrange(len(HEADER))] = random.choice(CELLS)
    return rows


def _text(random: Random) -> bytes:
    lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in (list(HEADER), *_rows(random))]
    body = (random.choice(("\n", "\r\n", "\r")).join(lines) + "\n").encode(random.choice(ENCODINGS), "replace")
    return mutate(body, random) if random.random() < 0.7 else body


def _sheet(random: Random) -> bytes:
    workbook, out = Workbook(), io.BytesIO()
    for row in (HEADER, *_rows(random)):
        workbook.active.append([cell.replace("\x00", "") for cell in row])
    workbook.save(out)
    return out.getvalue()


def _garbled_sheet(random: Random) -> bytes:
    """A workbook whose parts are garbled and whose packing is whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_sheet(random))) as given, zipfile.ZipFile(out, "w") as packed:
        unlucky = random.choice(given.namelist())
        for name in given.namelist():
            packed.writestr(name, mutate(given.read(name), random) if name == unlucky else given.read(name))
    return out.getvalue()


def _zipped(random: Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(random.choice(("log.csv", "a/b.csv", "../log.csv", "log.tsv")), _text(random))
    return out.getvalue()


KINDS = {
    "log.csv": _text,
    "log.csv.gz": lambda random: gzip.compress(_text(random), 1),
    "log.csv.xz": lambda random: lzma.compress(_text(random), preset=0),
    "log.zip": _zipped,
    "log.xlsx": lambda random: random.choice((_sheet, _garbled_sheet))(random),
}


class MutatingFile:
    """Writes another file before every call, once it is told to; what is whole until then."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path, self._make = folder / name, KINDS[name]
        self.random: Random | None = None
        self.mutated = 0

    def write(self) -> None:
        if self.random is None:
            self.path.write_bytes(self._make(Random(0)) if self.path.suffix != ".xlsx" else _sheet(Random(0)))
            return
        body = self._make(self.random)
        self.path.write_bytes(mutate(body, self.random) if self.random.random() < 0.4 else body)
        self.mutated += 1


class ListedFile(Listed):
    """A state into which a file is listed."""

    def __init__(self, folder: Path, name: str) -> None:
        self.file = MutatingFile(folder, name)
        made = source(folder, path=name)
        made.traits = msgspec.structs.replace(made.traits, page_size=PAGE)  # type: ignore[misc]
        super().__init__(made, "csv_file")

    def list(self) -> str:
        self.file.write()
        return super().list()


def file_targets() -> list[Target]:
    folder = Path(tempfile.mkdtemp(prefix="hourbridge-fuzz-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    listed = [ListedFile(folder, name) for name in KINDS]
    files = tuple(one.file for one in listed)
    return [Target(f"csv_file {one.file.path.name}", files, one.list) for one in listed]
