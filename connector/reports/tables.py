"""Reports as text for people: a head, sentences and tables, readable at 100 to 120 columns, plain where nobody sees colours."""

import io
import re
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from connector.reports.instants import to_the_minute, zone_of
from connector.reports.values import Head

if TYPE_CHECKING:
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

WIDTH_MIN, WIDTH_MAX, WIDTH_PLAIN = 100, 160, 120
GAP = 2
"""Spaces between columns."""
TIMES, AMOUNTS, WORDS = range(3)
"""What may be broken where a line is too short; each allows what stands before it."""
TEXT_MIN = 24
"""Rather than that text becomes narrower the decimal of every time stands below its h:mm."""
WORD_MIN = 10
"""A column of text is never narrower, unless its words are."""
PLAIN = "    \n    \n -- \n    \n    \n -- \n    \n    \n"
"""rich's box `SIMPLE` in ASCII: a rule under the header and above the totals."""


class Said(Struct, frozen=True):
    """A sentence. `style` is rich's, and counts only at a terminal."""

    text: str
    style: str = ""


class Table(Struct, frozen=True, kw_only=True):
    """Rows of text under names; names that begin with `>` are of right-aligned columns. The last of `totals` rows stand apart."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    totals: Sequence[Sequence[str]] = ()
    under: str = ""


Part = Said | Table


def text_of(parts: Iterable[Part]) -> str:
    """The whole report. rich is imported here only: other commands do not pay for it."""
    from rich.console import Console  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    at_terminal = sys.stdout.isatty()
    seen = shutil.get_terminal_size((WIDTH_PLAIN, 24)).columns if at_terminal else WIDTH_PLAIN
    out = io.StringIO()
    console = Console(
        file=out, width=min(max(seen, WIDTH_MIN), WIDTH_MAX), force_terminal=at_terminal, color_system="auto" if at_terminal else None,
        markup=False, highlight=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for part in parts:
        if isinstance(part, Said):
            console.print(_said(part))
        elif part.rows:
            console.print(Text(f"\n{part.title}" if part.title else "", style="bold"))
            console.print(_table(part, console.width, plain=not at_terminal))
            if part.under:
                console.print(Text(part.under))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _said(part: Said) -> "Text | Padding":
    """What is too long for a line goes on under its own beginning, so that indented facts stay together."""
    from rich.padding import Padding  # noqa: PLC0415  (see above)
    from rich.text import Text  # noqa: PLC0415

    text = part.text.lstrip(" ")
    return (
        Padding(Text(text, style=part.style), (0, 0, 0, len(part.text) - len(text))) if text != part.text else Text(text, style=part.style)
    )


def _widths(part: Table, filled: Sequence[int], room: int) -> dict[int, int]:
    """Column → its width. Where the line is too short the widest give way: first between words, and the decimal of a time below its
    h:mm; where that is not enough amounts below their currency, and at last long words are broken. Nothing where even that does not fit.
    """
    widest = {index: max(map(len, _lines(part, index))) for index in filled}
    excess = sum(widest.values()) + GAP * (len(filled) - 1) - room
    for broken in (TIMES, AMOUNTS, WORDS):
        least = {index: _least(part, index, broken) for index in filled}
        if sum(widest.values()) - sum(least.values()) >= excess:
            break
    else:
        return {}
    text = [index for index in filled if not part.columns[index].startswith(">")]
    if excess > sum(max(widest[index] - max(least[index], TEXT_MIN), 0) for index in text):
        for index in _of_times(part, filled):
            excess -= widest[index] - least[index]
            widest[index] = least[index]
    for _ in range(excess):
        index = max(filled, key=lambda one: widest[one] if widest[one] > least[one] else 0)
        widest[index] -= 1
    return widest


def _of_times(part: Table, filled: Sequence[int]) -> list[int]:
    return [index for index in filled if part.columns[index].startswith(">") and any(" (" in line for line in _lines(part, index))]


def _lines(part: Table, index: int) -> list[str]:
    return [line for row in (part.columns, *part.rows, *part.totals) for line in row[index].lstrip(">").split("\n")]


def _least(part: Table, index: int, broken: int) -> int:
    """How narrow a column may become when so much may be broken; the words of its name never stand on one line for its sake."""
    figures = part.columns[index].startswith(">")
    pieces = [word for line in part.columns[index].lstrip(">").split("\n") for word in line.split()]
    for line in _lines(part, index)[part.columns[index].count("\n") + 1 :]:
        pieces += re.split(r" (?=\()", line) if figures and broken == TIMES else line.split()
    longest = max(map(len, pieces), default=0)
    return min(longest, WORD_MIN) if broken == WORDS and not figures else longest


def _gives_way(part: Table, index: int, widths: Mapping[int, int]) -> bool:
    """Whether a column is narrower than what stands in it."""
    return index in widths and max(map(len, _lines(part, index))) > widths[index]


def _table(part: Table, width: int, *, plain: bool) -> "RichTable":
    from rich import box  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    filled = [index for index, name in enumerate(part.columns) if any(row[index] for row in (*part.rows, *part.totals))]
    table = RichTable(box=box.Box(PLAIN, ascii=True) if plain else box.SIMPLE, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    widths = _widths(part, filled, width)
    for index in filled:
        name = part.columns[index]
        right = name.startswith(">")
        table.add_column(
            Text(name.lstrip(">")),
            justify="right" if right else "left",
            no_wrap=right and not _gives_way(part, index, widths),
            overflow="fold",
            width=widths.get(index),
        )
    rows = list(part.rows)
    for number, row in enumerate(rows, start=1):
        table.add_row(*(Text(row[index]) for index in filled), end_section=bool(part.totals) and number == len(rows))
    for row in part.totals:
        table.add_row(*(Text(row[index], style="bold") for index in filled))
    return table


def head_of(title: str, head: Head) -> list[Part]:
    """What every report says first; what was not read whole stands in red."""
    zone = zone_of(head)
    facts = [
        f"book {head.book}",
        f"period {head.period}" if head.period else "all periods",
        f"zone {head.zone}",
        f"as of {to_the_minute(head.as_of, zone)}",
    ]
    parts: list[Part] = [
        Said(title, "bold"),
        Said(" · ".join(facts)),
        Said(f"mapping {head.mapping[:12]} · run {head.run or 'none yet'}"),
    ]
    for pull in head.pulls:
        at = to_the_minute(pull.last_complete_pull, zone) if pull.last_complete_pull else "never"
        said = f"last complete pull of {pull.connection}: {at}"
        parts.append(Said(f"{said}  PARTIAL: {pull.partial}", "red") if pull.partial else Said(said))
    if head.note:
        parts.append(Said(head.note, "yellow"))
    return parts


def first_and_more(texts: Sequence[str], most: int = 3) -> str:
    """The first few, and how many more."""
    more = f" +{len(texts) - most}" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more
