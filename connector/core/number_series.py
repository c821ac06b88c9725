"""A book's own series of document numbers: `HB-{yymm}-{seq:3}` → HB-2606-001, and a document made again HB-2606-001-2.

Fields: `{yymm}`, `{yyyy}`, `{yy}`, `{mm}` from the invoice date, and `{seq}` or `{seq:3}` (at least three digits). The sequence counts up
within what the other fields say: a series with `{yymm}` starts at 1 each month.
"""

import re
from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from connector.errors import ConfigError

_FIELD = re.compile(r"\{([a-z]+)(?::(\d))?\}")
_SEQUENCE = "{seq}"
FIRST_AGAIN = 2
"""The generation of a document that is made again for the first time."""
_DATED = {"yymm": r"\d{4}", "yyyy": r"\d{4}", "yy": r"\d\d", "mm": r"\d\d"}


class SeriesNumber(Struct, frozen=True, gc=False, order=True):
    """A number taken apart. `stem` is the number with `{seq}` for its sequence (HB-2606-{seq}): sequences count within it."""

    stem: str
    sequence: int
    generation: int = 1


def format_number(series: str, day: date, sequence: int, *, length_max: int, generation: int = 1) -> str:
    """The number of one document. Raises ConfigError where the series cannot count, or the book does not take its length."""
    number = number_again(_FIELD.sub(lambda field: _digits(field, day, sequence), series), generation)
    if "{" in number or not _counts(series):
        raise ConfigError(
            f"the series {series!r} cannot number documents",
            next_step="Write it with {seq} or {seq:3} once, and besides only {yymm}, {yyyy}, {yy} and {mm}.",
        )
    if len(number) > length_max:
        raise ConfigError(
            f"the number {number} of the series {series!r} has {len(number)} characters, the book takes {length_max}",
            next_step="Write a shorter `number:` in clients.yaml.",
        )
    return number


def number_again(first: str, generation: int) -> str:
    """The number of a document's generation, from that of its first."""
    return first if generation == 1 else f"{first}-{generation}"


def against_number(book: str, before: str, generation: int, length_max: int) -> str:
    """Why the document that had the number `before` cannot be made again under its next one, "" where it can."""
    number = number_again(before.removesuffix(f"-{generation - 1}") if generation > FIRST_AGAIN else before, generation)
    if len(number) <= length_max:
        return ""
    return (
        f"its number {number} has {len(number)} characters, book {book} takes {length_max}: make it by hand over there and write its time "
        "off here (`hourbridge decide`), and write a shorter `number:` for those to come"
    )


def _digits(field: re.Match[str], day: date, sequence: int) -> str:
    name, width = field[1], int(field[2] or 1)
    if name == "seq":
        return f"{sequence:0{width}}"
    dated = {"yymm": f"{day:%y%m}", "yyyy": f"{day.year:04}", "yy": f"{day:%y}", "mm": f"{day:%m}"}
    return dated[name] if name in dated and not field[2] else field[0]


def stem_of(series: str, day: date) -> str:
    """What the sequence counts within on this day: HB-2606-{seq}."""
    return _FIELD.sub(lambda field: _SEQUENCE if field[1] == "seq" else _digits(field, day, 0), series)


def read_number(series: str, number: str) -> SeriesNumber | None:
    """The parts of a number, or None where it is not of this series."""
    if not _counts(series):
        return None
    pattern, end = "(?P<before>", 0
    for field in _FIELD.finditer(series):
        pattern += re.escape(series[end : field.start()])
        pattern += rf")(?P<seq>\d{{{field[2] or 1},}})(?P<after>" if field[1] == "seq" else _DATED.get(field[1], re.escape(field[0]))
        end = field.end()
    found = re.fullmatch(rf"{pattern}{re.escape(series[end:])})(?:-(?P<generation>\d+))?", number)
    if not found:
        return None
    return SeriesNumber(found["before"] + _SEQUENCE + found["after"], int(found["seq"]), int(found["generation"] or 1))


def _counts(series: str) -> bool:
    """Whether the sequence stands in it exactly once."""
    return [field[1] for field in _FIELD.finditer(series)].count("seq") == 1


def unused_numbers(series: str, numbers: Iterable[str]) -> list[str]:
    """The gaps of a series: for each stem, what is missing between 1 and the highest number used. Strangers are passed over."""
    used: dict[str, set[int]] = {}
    for number in numbers:
        if read := read_number(series, number):
            used.setdefault(read.stem, set()).add(read.sequence)
    width = next((int(field[2] or 1) for field in _FIELD.finditer(series) if field[1] == "seq"), 1)
    return [
        stem.replace(_SEQUENCE, f"{sequence:0{width}}")
        for stem, taken in sorted(used.items())
        for sequence in range(1, max(taken))
        if sequence not in taken
    ]
