"""Text files: encoding and separator (declared, or detected from the beginning), records, and the mending of broken quotes.

A quote that is never closed swallows the rows after it; here the swallowed lines are read again one by one, so that only the
line with the stray quote is a problem.
"""

import csv
import io
from codecs import (
    BOM_UTF8,
    BOM_UTF16_BE,
    BOM_UTF16_LE,
    BOM_UTF32_BE,
    BOM_UTF32_LE,
    getincrementaldecoder,
    register_error,
)
from collections.abc import Iterator
from itertools import islice
from typing import IO, NamedTuple

from adapters.csv_file.files import SEPARATORS, Bounded, Layout
from connector.errors import ConfigError, TransientError

HEAD_BYTES = 64 * 1024
"""How much of a file detection looks at."""
BUFFER_BYTES = 256 * 1024
LINE_MAX = 1024 * 1024
"""Characters of a line; a longer one is no time log."""
RECORD_LINES_MAX = 20_000
BROKEN = "\udcff"
"""Stands for bytes that are not text in the file's encoding until the row says so."""
UNDECODABLE = "bytes that are not text in the file's encoding"
WESTERN = "cp1252"
GUESSED = (
    WESTERN,
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp932",
    "gb18030",
    "big5",
    "cp949",
    "mac_roman",
)
BOMS = (
    (BOM_UTF32_LE, "utf-32"),
    (BOM_UTF32_BE, "utf-32"),
    (BOM_UTF8, "utf-8-sig"),
    (BOM_UTF16_LE, "utf-16"),
    (BOM_UTF16_BE, "utf-16"),
)
register_error("csv_file_broken", lambda bad: (BROKEN, getattr(bad, "end", 0)))

Row = tuple[int, list[str], str]
"""Line number, cells, and what is wrong with the row as a whole ("" when nothing is)."""


class Table(NamedTuple):
    """A header and its rows, which are read once, in order."""

    name: str
    header: list[str]
    rows: Iterator[Row]
    is_sheet: bool = False


class _Dialect(NamedTuple):
    separator: str
    quote: str

    def reader(self, lines: Iterator[str]) -> Iterator[list[str]]:
        if not self.quote:
            return csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(lines, delimiter=self.separator, quotechar=self.quote, strict=True)


def read_table(name: str, stream: IO[bytes], layout: Layout, wanted: frozenset[str]) -> Table:
    """The table in a text file; `wanted` are the columns that are mapped, by which a separator is known."""
    raw = Bounded(stream, name, layout.unpacked_mb_max * 1024 * 1024, HEAD_BYTES)
    if not raw.head.strip():
        raise TransientError("is empty: not even a header", to=name, next_step="Wait until it is written whole, or export it again")
    encoding = detect_encoding(raw.head, layout.encoding, name)
    text = io.TextIOWrapper(io.BufferedReader(raw, BUFFER_BYTES), encoding, errors="csv_file_broken", newline="")
    decoded = getincrementaldecoder(encoding)("csv_file_broken").decode(raw.head)
    beginning = [line for line in io.StringIO(decoded, newline="").readlines()[layout.skip_lines :] if line.strip()]
    declared = beginning[0].strip() if beginning else ""
    excel_says = declared[4:] if declared[:4].lower() == "sep=" and len(declared) == len("sep=;") else ""
    dialect = _Dialect(layout.separator or excel_says or _detect_separator(beginning, layout, wanted, name), layout.quote)
    rows = _Records(name, text, dialect).rows(layout.skip_lines + bool(excel_says))
    header = list(layout.header) or next((cells for _, cells, _ in rows if any(cells)), [])
    return Table(name, [cell.strip() for cell in header], _of_width(rows, len(header)))


def detect_encoding(head: bytes, declared: str, name: str) -> str:
    """The encoding of a file's beginning. A byte-order mark wins over a declared UTF; UTF-8 is tried before anything is guessed."""
    marked = next((encoding for bom, encoding in BOMS if head.startswith(bom)), "")
    if declared:
        return marked if marked and declared.lower().startswith("utf") else declared
    if marked:
        return marked
    if 0 in head[:2]:
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    try:
        getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return _guess_encoding(head, name)
    return "utf-8"


def _guess_encoding(head: bytes, name: str) -> str:
    """The most plausible of the encodings that spreadsheets write; Western Europe's wherever it is plausible at all, as a few
    accents among digits and names look like half of Europe's encodings and it is by far the most frequent.
    """
    from charset_normalizer import from_bytes  # noqa: PLC0415  # slow to load, and most files are UTF-8

    whole_lines = head[: head.rfind(b"\n") + 1] or head
    matches = from_bytes(whole_lines, cp_isolation=list(GUESSED))
    plausible = [encoding for match in matches for encoding in (match.encoding, *match.could_be_from_charset)]
    if not plausible:
        raise ConfigError("its encoding cannot be told", to=name, next_step="Say `encoding: cp1252`, or what it is")
    return WESTERN if WESTERN in plausible else plausible[0]


def _detect_separator(beginning: list[str], layout: Layout, wanted: frozenset[str], name: str) -> str:
    """The separator under which the header has the columns wanted, or, where none has, the most columns."""

    def found(separator: str) -> tuple[int, int]:
        reader = _Dialect(separator, layout.quote).reader(iter(beginning))
        try:
            cells = [cell.strip() for cell in next(reader, [])]
        except csv.Error:
            return 0, 0
        named = len(cells) == len(layout.header) if layout.header else len(wanted.intersection(cells))
        return int(named), len(cells)

    best = max(SEPARATORS.values(), key=found)
    if found(best)[1] < 2 and len(wanted) > 1:  # noqa: PLR2004  # one column is no table
        raise ConfigError(
            "its separator cannot be told",
            to=name,
            next_step="Say `separator`, and `skip_lines` where the header is not first",
        )
    return best


def _of_width(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """Rows as wide as the header: one that is not is a problem, empty cells at its end aside; rows without any text are none."""
    for line, cells, problem in rows:
        if len(cells) == width:
            if any(cells):
                yield line, cells, problem
            continue
        if not any(map(str.strip, cells)):
            continue
        surplus = any(map(str.strip, cells[width:]))
        if len(cells) < width or surplus:
            said = f"{width} columns expected, {len(cells)} found"
            problem = f"{problem}; {said}" if problem else said  # noqa: PLW2901
        yield line, (cells + [""] * width)[:width], problem


class _Records:
    """The records of a text, each with the number of its first line."""

    def __init__(self, name: str, text: IO[str], dialect: _Dialect) -> None:
        self.name, self.text, self.dialect = name, text, dialect
        self.pending: list[str] = []
        self.undecodable = False

    def rows(self, skip_lines: int) -> Iterator[Row]:
        lines = self._lines()
        first = 1 + sum(1 for _ in islice(lines, skip_lines))
        self.pending.clear()
        reader = self.dialect.reader(lines)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as broken:
                yield from self._mended(first, str(broken))
            else:
                yield first, cells, UNDECODABLE if self.undecodable else ""
            first += len(self.pending)
            self.pending.clear()
            self.undecodable = False

    def _lines(self) -> Iterator[str]:
        readline, pending = self.text.readline, self.pending
        while line := readline(LINE_MAX):
            if len(line) == LINE_MAX or len(pending) > RECORD_LINES_MAX:
                raise ConfigError(
                    "a line or a quoted text is too long for a time log",
                    to=self.name,
                    next_step="Look for a quote that is not closed",
                )
            if not line.isascii() and BROKEN in line:
                self.undecodable = True
                line = line.replace(BROKEN, "\ufffd")
            if "\0" in line:
                line = line.replace("\0", "\ufffd")  # PostgreSQL keeps no NUL
            pending.append(line)
            yield line

    def _mended(self, first: int, broken: str) -> Iterator[Row]:
        """The lines of a record that broke, each as a record of its own: all but the one with the stray quote read well."""
        for line, text in enumerate(self.pending, first):
            problem = UNDECODABLE if self.undecodable and "\ufffd" in text else ""
            try:
                yield from ((line, cells, problem) for cells in self.dialect.reader(iter([text])))
            except csv.Error:
                bare = text.replace(self.dialect.quote, "").rstrip("\r\n")
                yield (
                    line,
                    [cell[: csv.field_size_limit()] for cell in bare.split(self.dialect.separator)],
                    f"broken quotes ({broken})",
                )
