"""What a command did, as rows: the same for people (aligned), programs (JSON) and spreadsheets (CSV)."""

import csv
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from connector.cli.options import Format

Row = Mapping[str, Any]
NUMBERS = frozenset(
    {
        "#",
        "run",
        "read",
        "new",
        "changed",
        "reworded",
        "unchanged",
        "deleted",
        "net",
        "entries",
        "hours",
        "exit",
        "line",
        "took",
        "certificate",
        "chunks",
        "of",
        "marked",
    }
)
WIDTH_MIN, LAST_MIN = 60, 24


def show(rows: Sequence[Row], columns: Sequence[str], format: Format) -> None:  # noqa: A002  (the option's own name)
    """Prints rows on stdout; without rows a table prints nothing, JSON an empty list, CSV its header."""
    if format is Format.json:
        import msgspec  # noqa: PLC0415  (`--help` pays for none of it)

        text = msgspec.json.format(msgspec.json.encode([{name: row.get(name, "") for name in columns} for row in rows]), indent=2).decode()
        sys.stdout.write(text + "\n")
    elif format is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name, "")) for name in columns] for row in rows)
    elif rows:
        sys.stdout.write("\n".join(_table(rows, columns)) + "\n")


def _cell(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _text(value: Any) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)


def _table(rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
    """Aligned columns; where they do not fit the line, words are wrapped, the widest column first."""
    shown = [name for name in columns if any(_text(row.get(name, "")) for row in rows)]
    heads = [name.replace("_", " ") for name in shown]
    cells = [[" ".join(_text(row.get(name, "")).split()) for name in shown] for row in rows]
    widths = _widths(shown, heads, cells)
    lines = [_line(heads, shown, widths), _line(["-" * width for width in widths], shown, widths)]
    for line in cells:
        wrapped = [_wrapped(cell, width, last=cell is line[-1]) for cell, width in zip(line, widths, strict=True)]
        lines += [_line(each, shown, widths) for each in zip_longest(*wrapped, fillvalue="")]
    return lines


def _widths(shown: Sequence[str], heads: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """As wide as what stands in them; where that is too much, text gives way, never within a word but in the last column."""
    columns = [[head, *column] for head, column in zip(heads, zip(*cells, strict=True), strict=True)]
    widths = [max(map(len, column)) for column in columns]
    least = [
        width if name in NUMBERS else max([len(column[0]), *(len(word) for cell in column[1:] for word in cell.split())])
        for name, column, width in zip(shown, columns, widths, strict=True)
    ]
    least[-1] = min(widths[-1], LAST_MIN)
    room = max(shutil.get_terminal_size((100, 24)).columns, WIDTH_MIN) - 2 * (len(shown) - 1)
    while sum(widths) > room and any(width > low for width, low in zip(widths, least, strict=True)):
        widest = max(range(len(widths)), key=lambda index: widths[index] if widths[index] > least[index] else 0)
        widths[widest] -= 1
    return widths


def _wrapped(cell: str, width: int, *, last: bool) -> list[str]:
    return textwrap.wrap(cell, width, break_long_words=last, break_on_hyphens=last) or [""]


def _line(cells: Sequence[str], names: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.rjust(width) if name in NUMBERS else cell.ljust(width) for cell, name, width in zip(cells, names, widths, strict=True))
    return "  ".join(padded).rstrip()
