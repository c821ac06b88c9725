"""A row of cells → a time entry. Every mapped field gets its reader once per file; what cannot be read becomes the entry's problem."""

from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from adapters.csv_file.cells import Unreadable, instant, quoted
from adapters.csv_file.columns import Cell, Flag, Moment, Number, Tags, column, nearest
from adapters.csv_file.readers import Rules, read_decimal, read_moment, read_yes_no
from adapters.csv_file.text import Row, Table
from adapters.csv_file.times import TIMES, Cells, Times
from connector.errors import ConfigError
from connector.model import TimeEntry

COLUMNS_SHOWN = 40
CAPTURED_BY = ("timer", "manual", "import")

EMPTY = {field.name: field.default for field in msgspec.structs.fields(TimeEntry)}

Content = tuple[str, ...]
"""What a row says in the columns in use: tells a repeat of an entry from a contradiction."""


def digest(content: Content) -> str:
    """16 hex characters that stand for some texts in their order."""
    return sha256("\x1f".join(content).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class RowReader:
    """Reads the rows of one table. Raises ConfigError when its header lacks a mapped column; all that are missing are named."""

    def __init__(self, table: Table, rules: Rules) -> None:
        self.name, self.nulls, self.is_sheet = table.name, rules.nulls, table.is_sheet
        self.rules = rules
        self.places = _places(table, rules)
        self.used = [self.places[name] for name in sorted(self.places)]
        columns = rules.columns.mapped()
        self.identity = [self._text(columns.get(part) or column(part)) for part in rules.key or ()]
        self.id = self._text(column(rules.id)) if rules.id else None
        texts = {name: cell for name, cell in columns.items() if type(cell) is Cell and name != "captured_by"}
        self.columns = [(name, self.places[cell.column]) for name, cell in texts.items() if cell.column]
        self.texts = [(name, self._text(cell)) for name, cell in texts.items() if not cell.column]
        self.typed = [(name, self._typed(name, cell)) for name, cell in columns.items() if name not in texts and name not in TIMES]
        self.times = Times(rules, self._text, is_sheet=table.is_sheet)

    def read(self, row: Row) -> tuple[TimeEntry, Content]:
        """The entry that a row says, its id perhaps empty, and the row's content; never raises."""
        line, cells, problem = row
        if not self.nulls.isdisjoint(cells):
            cells = ["" if cell in self.nulls else cell for cell in cells]
        problems = [problem] if problem else []
        values: dict[str, Any] = {name: cells[place].strip() for name, place in self.columns}
        for name, text in self.texts:
            values[name] = text(cells)
        for name, read in self.typed:
            try:
                values[name] = read(cells)
            except Unreadable as bad:
                problems.append(f"{name}: {bad}")
        self.times.read(cells, values, problems)
        content = tuple([cells[place] for place in self.used])
        if problems:
            values["problem"] = "; ".join(problems)
        return TimeEntry(id=self.id(cells) if self.id else self._key(cells), origin=f"{self.name}:{line}", **values), content

    def _key(self, cells: Cells) -> str:
        parts = tuple([part(cells) for part in self.identity])
        return f"key-{digest(parts)}" if any(parts) else ""

    def _text(self, cell: Cell) -> Callable[[Cells], str]:
        """A reader of a cell's text without outer spaces."""
        if cell.constant:
            return lambda _: cell.constant
        places = [self.places[name] for name in cell.names]
        if len(places) == 1:
            place = places[0]
            return lambda cells: cells[place].strip()
        return lambda cells: cell.with_.join([text for place in places if (text := cells[place].strip())])

    def _typed(self, name: str, cell: Cell) -> Callable[[Cells], object]:
        """A reader of a cell that is more than text; an empty one is what the field is by default."""
        text = self._text(cell)
        read: Callable[[str], object]
        match cell:
            case Moment():
                moments = read_moment(cell, self.rules, is_sheet=self.is_sheet)
                read = lambda said: instant(moments(said))  # noqa: E731
            case Number():
                read = read_decimal(cell, is_sheet=self.is_sheet)
            case Flag():
                read = read_yes_no(cell)
            case Tags():
                read = lambda said: tuple(tag for part in said.split(cell.split) if (tag := part.strip()))  # noqa: E731
            case _:
                read = lambda said: said.lower() if said.lower() in CAPTURED_BY else ""  # noqa: E731
        empty = EMPTY[name]
        return lambda cells: read(said) if (said := text(cells)) else empty


class Seen:
    """The ids of a listing so far, as hashes: some 100 bytes an entry.

    With an id column, a second row that says the same is the same entry (extracts overlap) and is listed once. A second row that
    says something else, or that a declared key cannot tell from the first, goes on as a problem under an id of its own.
    """

    def __init__(self, *, same_id_is_same_entry: bool) -> None:
        self._same_id_is_same_entry = same_id_is_same_entry
        self._contents: dict[int, int] = {}
        self._repeats: Counter[str] = Counter()

    def admit(self, entry: TimeEntry, content: Content) -> TimeEntry | None:
        """The entry as it goes on, or None where it has gone on already."""
        if not entry.id:
            return self._under_own_id(entry, f"row-{digest(content)}", "its id is empty")
        key, says = hash(entry.id), hash(content)
        known = self._contents.get(key)
        if known is None:
            self._contents[key] = says
            return entry
        if known == says and self._same_id_is_same_entry:
            return None
        differs = "the key does not tell it from an earlier row" if known == says else "an earlier row of this id says something else"
        return self._under_own_id(entry, f"{entry.id}~{digest(content)[:8]}", f"repeated id {quoted(entry.id)}: {differs}")

    def _under_own_id(self, entry: TimeEntry, base: str, problem: str) -> TimeEntry:
        """The id comes from what the row says, so that it stays when rows above are added or removed."""
        own = ""
        while not own or hash(own) in self._contents:
            self._repeats[base] += 1
            own = base if self._repeats[base] == 1 else f"{base}-{self._repeats[base]}"
        self._contents[hash(own)] = hash(base)
        return msgspec.structs.replace(entry, id=own, problem="; ".join(filter(None, (entry.problem, problem))))


def wanted_columns(rules: Rules) -> frozenset[str]:
    """The columns that a file must have."""
    mapped = rules.columns.mapped()
    named = {name for cell in mapped.values() for name in cell.names}
    return frozenset(named | {rules.id} | {part for part in rules.key if part not in mapped}) - {""}


def _nearest(name: str, known: list[str]) -> str:
    """How a message goes on where a column has another name; what there is stands at its end, once for all."""
    said = nearest(name, known)
    return f": {said}" if said.startswith("did you mean") else ""


def _places(table: Table, rules: Rules) -> dict[str, int]:
    """Where the columns in use stand. Raises ConfigError with every one that is missing or stands there twice."""
    wanted = sorted(wanted_columns(rules))
    problems = [
        f"column '{name}' " + ("stands there more than once" if name in table.header else f"is missing{_nearest(name, table.header)}")
        for name in wanted
        if table.header.count(name) != 1
    ]
    if problems:
        problems.append(f"there are: {', '.join(table.header[:COLUMNS_SHOWN])}")
        raise ConfigError(
            "its header does not have the mapped columns",
            to=table.name,
            next_step="Correct `columns`:",
            problems=problems,
        )
    return {name: table.header.index(name) for name in wanted}
