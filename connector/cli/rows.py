"""What a command did, as rows: the same for people (aligned), programs (JSON) and spreadsheets (CSV)."""

import csv
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from decimal import Decimal
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
    """Aligned columns; the last one is wrapped into what is left of the line."""
    shown = [name for name in columns if any(_text(row.get(name, "")) for row in rows)]
    heads = [name.replace("_", " ") for name in shown]
    cells = [[" ".join(_text(row.get(name, "")).split()) for name in shown] for row in rows]
    widths = [max(len(name), *(len(line[index]) for line in cells)) for index, name in enumerate(shown)]
    room = max(shutil.get_terminal_size((100, 24)).columns, WIDTH_MIN) - sum(widths[:-1]) - 2 * (len(shown) - 1)
    widths[-1] = min(widths[-1], max(room, LAST_MIN))
    lines = [_line(heads, shown, widths), _line(["-" * width for width in widths], shown, widths)]
    for line in cells:
        first, *more = textwrap.wrap(line[-1], widths[-1]) or [""]
        lines.append(_line([*line[:-1], first], shown, widths))
        lines += [" " * (sum(widths[:-1]) + 2 * (len(shown) - 1)) + rest for rest in more]
    return lines


def _line(cells: Sequence[str], names: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.rjust(width) if name in NUMBERS else cell.ljust(width) for cell, name, width in zip(cells, names, widths, strict=True))
    return "  ".join(padded).rstrip()
