"""XLSX sheets, streamed by openpyxl. Formulas are never evaluated: what counts is the value that was saved with them.

Date cells become ISO texts, times and durations h:mm:ss, numbers their shortest text, so that the rest is as with text files.
"""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice

from adapters.csv_file.files import Layout, Stamp, reading
from adapters.csv_file.text import Row, Table
from connector.errors import ConfigError, HourbridgeError

TEXTS_BYTES_MAX = 256 * 1024 * 1024
"""A workbook's texts stand in one part, which is held in memory."""
ROWS_MAX = 1_048_576
"""What Excel itself can hold; a file that says more is made to hurt."""


def read_sheet(stamp: Stamp, layout: Layout) -> Iterator[Table]:
    """The one table of a workbook: the sheet declared, or the only one. The workbook is closed when its rows are read."""
    from openpyxl import load_workbook  # noqa: PLC0415  # a third of a second that no text file needs

    _refuse_bombs(stamp, layout)
    with ExitStack() as closing:
        with _unreadable(stamp.name), reading(stamp.name), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl on styles and extensions, which we do not read
            file = closing.enter_context(stamp.path.open("rb"))  # ours, so that it is closed where openpyxl gives up half-way
            book = load_workbook(file, read_only=True, data_only=True)
        closing.callback(book.close)
        if not book.sheetnames:
            raise ConfigError("is a workbook without a sheet", to=stamp.name, next_step="Save it again as .xlsx")
        name = layout.sheet or book.sheetnames[0]
        if name not in book.sheetnames or not (layout.sheet or len(book.sheetnames) == 1):
            raise ConfigError(f"has the sheets {', '.join(book.sheetnames)}", to=stamp.name, next_step="Say which one: `sheet: NAME`")
        sheet = book[name]
        if not hasattr(sheet, "reset_dimensions"):
            raise ConfigError(
                f"has a chart and no table in the sheet {name}", to=stamp.name, next_step="Say which other one: `sheet: NAME`"
            )
        sheet.reset_dimensions()  # some programs write a wrong size, and rows would be missing
        rows = _rows(stamp.name, sheet.iter_rows(values_only=True))
        skipped = islice(rows, layout.skip_lines, None)
        header = list(layout.header) or [cell.strip() for cell in next((cells for _, cells, _ in skipped if any(cells)), [])]
        while header and not header[-1]:
            header.pop()
        yield Table(f"{stamp.name}/{name}", header, _of_width(skipped, len(header)), is_sheet=True)


def _refuse_bombs(stamp: Stamp, layout: Layout) -> None:
    with reading(stamp.name), zipfile.ZipFile(stamp.path) as archive:
        members = archive.infolist()
    texts_bytes = sum(member.file_size for member in members if member.filename.endswith("sharedStrings.xml"))
    if sum(member.file_size for member in members) > layout.unpacked_mb_max * 1024 * 1024 or texts_bytes > TEXTS_BYTES_MAX:
        raise ConfigError("unpacks to more than `unpacked_mb_max`", to=stamp.name, next_step="Split the export, or raise the bound")


@contextmanager
def _unreadable(name: str) -> Iterator[None]:
    """A damaged part becomes openpyxl's objects attribute by attribute, and may fail as anything: a TypeError, an IndexError."""
    try:
        yield
    except (HourbridgeError, MemoryError):
        raise
    except Exception as bad:
        raise ConfigError(f"is not a readable workbook ({bad})", to=name, next_step="Save it again as .xlsx") from bad


def _rows(name: str, values: Iterator[tuple[object, ...]]) -> Iterator[Row]:
    line = 0
    while True:
        with _unreadable(name):
            row = next(values, None)
        if row is None:
            return
        line += 1
        if line > ROWS_MAX:
            raise ConfigError(f"says it has more than {ROWS_MAX} rows", to=name, next_step="Save it again as .xlsx")
        yield line, [_text(value) for value in row], ""


def _of_width(rows: Iterator[Row], width: int) -> Iterator[Row]:
    """A sheet keeps no empty cells at a row's end, so a short row is whole; text beside the table is a problem."""
    for line, cells, _ in rows:
        if any(map(str.strip, cells)):
            surplus = any(map(str.strip, cells[width:]))
            problem = f"{width} columns expected, {len(cells)} found" if surplus else ""
            yield line, (cells + [""] * width)[:width], problem


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.15f}".rstrip("0").rstrip(".") if abs(value) < 1 else f"{value:.15g}"
        case datetime() | date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M:%S")
        case timedelta():
            seconds = round(value.total_seconds())
            sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
            return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        case _:
            return str(value)
