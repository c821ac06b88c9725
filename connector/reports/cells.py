"""Cells of a CSV that a spreadsheet opens: text that would begin a formula is kept from being one, and read back as it was."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
GUARD = "'"
TIME = re.compile(r"-\d+:\d\d(:\d\d)?")


def guarded(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would compute it (or where it begins with one itself)."""
    return GUARD + text if text.startswith((*STARTS_A_FORMULA, GUARD)) else text


def unguarded(text: str) -> str:
    """What `guarded` was given; a spreadsheet that took the apostrophe away has said the same."""
    return text[1:] if text.startswith(tuple(GUARD + start for start in (*STARTS_A_FORMULA, GUARD))) else text


def cell(value: object) -> str:
    """A value as a cell. Numbers of our own are never guarded: a negative amount is to be added up, and -0:15 is no formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (Decimal, int, date)) or TIME.fullmatch(str(value)):
        return str(value)
    return guarded(str(value))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated, with a header, line ends as spreadsheets like them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()
