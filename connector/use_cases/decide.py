"""Decisions of a person on single entries: checked whole, stored together with who and why, never guessed at.

The round trip: `unmatched --format csv` writes a row for each entry that waits; a person fills the columns `decision`, `argument` and
`why`; `decide --file` reads them back. Nothing is stored unless every row is good.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import get_args

from msgspec import Struct

from connector.core.mapping import Client, Name, fold
from connector.core.names import fits
from connector.core.rounding import SECONDS_PER_HOUR
from connector.core.values import Decision, Staged
from connector.errors import ConfigError
from connector.mappings.names import did_you_mean, listed
from connector.reports.cells import unguarded
from connector.reports.hours import both
from connector.store import audit, decisions, entries, marks
from connector.store.charges import of_entry
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace

KINDS: tuple[str, ...] = get_args(Decision.__annotations__["kind"])
NAMING = ("client", "project", "work_type")
HOURS_MAX = Decimal(744)
COLUMNS = ("entry", "decision", "argument", "why")
ROWS_MAX = 100_000
BYTES_MAX = 64 * 1024 * 1024


class Decided(Struct, frozen=True, kw_only=True):
    """A ruling that was stored. `argument` as it holds: our own spelling of a name, hours as a decimal. `note`: what may surprise of it."""

    entry: str
    kind: str
    argument: str
    why: str
    note: str = ""


class Asked(Struct, frozen=True):
    """A ruling as somebody gave it; `where` is for messages: the entry, or a row of a file."""

    where: str
    entry: str
    kind: str
    argument: str
    why: str


def decide(ws: Workspace, ref: str, kind: str, argument: str = "", why: str = "", who: str = "") -> Decided:
    """One ruling. Raises ConfigError with all that is wrong with it."""
    return _store(ws, [Asked(ref, ref, kind, argument, why)], who)[0]


def decide_file(ws: Workspace, path: Path, who: str = "") -> list[Decided]:
    """Every row of a CSV whose `decision` is filled. Raises ConfigError with the problems of all rows; then nothing was stored."""
    return _store(ws, _rows(path), who)


def _store(ws: Workspace, asked: Sequence[Asked], who: str) -> list[Decided]:
    with ws.store.begin() as tx:
        checks = _Checks(ws, tx)
        ruled = [(one, *checks.check(one)) for one in asked]
        problems = [*(problem for _, _, _, found in ruled for problem in found), *_twice(asked)]
        if problems:
            raise ConfigError(
                "nothing was decided",
                next_step=f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}:",
                problems=problems,
            )
        return [_keep(ws, tx, one, staged, argument, who) for one, staged, argument, _ in ruled if staged is not None]


def _keep(ws: Workspace, tx: Tx, one: Asked, staged: Staged, argument: str, who: str) -> Decided:
    kind = _kind(one.kind)
    decisions.decide(tx, staged, kind, argument, one.why.strip(), who, ws.now())
    audit.append(
        tx, f"connection:{staged.connection}", ws.now(), "decided",
        {"entry": staged.entry.id, "revision": staged.revision, "decision": kind, "why": one.why.strip(), "who": who, "run": ws.run}
        | ({"hours": argument} if kind == "bill" else {}),
    )  # fmt: skip
    return Decided(entry=staged.ref, kind=kind, argument=argument, why=one.why.strip(), note=_note(tx, staged, kind, argument))


def _note(tx: Tx, staged: Staged, kind: str, argument: str) -> str:
    """A ruling that is carried out and may yet be a slip: more billed than was worked, or a release of what nothing holds."""
    if kind == "bill" and Decimal(argument) * SECONDS_PER_HOUR > staged.entry.seconds:
        return f"bills {argument} h, and {both(staged.entry.seconds)} h were worked. If that is a slip, decide again: the latest counts"
    if kind == "release" and any(row.disposition == "pending" for row in of_entry(tx, staged.key)):
        return f"is not approved in {staged.connection}, and `release` does not approve it: approve it there, then `hourbridge pull`"
    return ""


def _twice(asked: Sequence[Asked]) -> Iterable[str]:
    """Two rulings on one question of one entry contradict each other, or one of them is lost."""
    seen: dict[tuple[str, str], str] = {}
    for one in asked:
        kind = _kind(one.kind)
        place = (one.entry, kind if kind in NAMING else "fate")
        if place in seen:
            yield f"{one.where}: {one.entry} is decided twice (also at {seen[place]}); keep one"
        seen.setdefault(place, one.where)


def _kind(typed: str) -> str:
    return "_".join(typed.replace("-", " ").replace("_", " ").split()).lower()


class _Checks:
    """What a ruling is checked against, read once."""

    def __init__(self, ws: Workspace, tx: Tx) -> None:
        self._ws, self._tx = ws, tx
        self._clients = {fold(client.key): client for client in ws.mapping.clients}

    def check(self, one: Asked) -> tuple[Staged | None, str, list[str]]:
        """The entry, the argument in our own spelling, and every problem."""
        staged, problems = self._entry(one)
        kind, argument = _kind(one.kind), one.argument.strip()
        if kind not in KINDS:
            problems.append(f"there is no decision '{one.kind}': {did_you_mean(one.kind, KINDS, f'write one of {listed(KINDS, 11)}')}")
        elif kind == "bill":
            argument, found = _hours(argument)
            problems += found
        elif kind in NAMING:
            argument, found = self._name(kind, argument, staged)
            problems += found
        elif argument:
            problems.append(f"'{kind}' takes no argument: leave '{argument}' out")
        if not one.why.strip():
            problems.append("say why: whoever reads this in a year needs it")
        return staged, argument, [f"{one.where}: {problem}" for problem in problems]

    def _entry(self, one: Asked) -> tuple[Staged | None, list[str]]:
        connection, colon, entry_id = one.entry.partition(":")
        if not colon or not entry_id:
            return None, [f"'{one.entry}' is not an entry: write CONNECTION:ENTRY-ID, as `hourbridge unmatched` shows it"]
        staged = entries.find(self._tx, connection, entry_id)
        if staged is None:
            names = self._ws.source_names
            if connection not in names:
                return None, [f"there is no connection '{connection}': {did_you_mean(connection, names, f'there are {listed(names)}')}"]
            return None, [f"{connection} has no entry {entry_id}: `hourbridge pull` first, or look for a typing error"]
        if staged.deleted:
            return None, [f"{one.entry} is gone at the source: there is nothing left to decide"]
        if marks.is_marked(self._tx, staged.key):
            return staged, [f"{one.entry} was marked as billed elsewhere: take that back first (`hourbridge backfill --unmark`)"]
        return staged, []

    def _name(self, kind: str, name: str, staged: Staged | None) -> tuple[str, list[str]]:
        if not name:
            return "", [f"'{kind.replace('_', ' ')}' asks for a name"]
        if kind == "project":
            return self._project(name, staged)
        known = self._ws.mapping.clients if kind == "client" else self._ws.mapping.work_types
        spelled: dict[str, str] = {}
        for one in known:
            for text in (one.key, *(alias.text for alias in one.aliases)):
                spelled.setdefault(fold(text), one.key)
        if fold(name) in spelled:
            return spelled[fold(name)], []
        where = "clients.yaml" if kind == "client" else "work_types.yaml"
        what = kind.replace("_", " ")
        return "", [f"no {what} is called '{name}': {did_you_mean(name, [one.key for one in known], f'add it to {where} first')}"]

    def _project(self, name: str, staged: Staged | None) -> tuple[str, list[str]]:
        """A project that the mapping names (or takes by a pattern), or that some entry names."""
        patterns = [text for client in self._clients_of(staged) for text in _project_names(client)]
        exact = [text.text for text in patterns if "*" not in text.text and fold(text.text) == fold(name)]
        if exact:
            return exact[0], []
        if any(fits(text.text, name) for text in patterns):
            return name, []
        seen = entries.project_names(self._tx)
        same = [text for text in seen if fold(text) == fold(name)]
        if same:
            return same[0], []
        near = {*seen, *(text.text for text in patterns if "*" not in text.text)}
        return "", [f"no project is called '{name}': {did_you_mean(name, near, 'write it as the source or clients.yaml does')}"]

    def _clients_of(self, staged: Staged | None) -> Iterable[Client]:
        if staged is not None:
            key = next((row.client for row in of_entry(self._tx, staged.key) if row.client), "")
            if fold(key) in self._clients:
                return [self._clients[fold(key)]]
        return self._ws.mapping.clients


def _project_names(client: Client) -> Iterable[Name]:
    yield from (Name(project.name) for project in client.projects)
    yield from (name for bill_to in client.bill_to for name in bill_to.projects)


def _hours(typed: str) -> tuple[str, list[str]]:
    """Decimal hours, with a point or a comma, or h:mm where that is exact in hundredths."""
    if not typed:
        return "", ["'bill' asks for hours, as 3.00"]
    text = typed.removesuffix("h").strip().replace(",", ".")
    minutes = re.fullmatch(r"(\d+):([0-5]\d)", text)
    try:
        hours = Decimal(minutes[1]) + Decimal(minutes[2]) / 60 if minutes else Decimal(text)
    except InvalidOperation:
        return "", [f"'{typed}' is not a number of hours: write 3.00, or 3:00"]
    if not hours.is_finite() or not 0 <= hours <= HOURS_MAX:
        return "", [f"'{typed}' hours cannot be: from 0 to {HOURS_MAX}"]
    if minutes and hours != round(hours, 2):
        return "", [f"'{typed}' is not a whole number of hundredths of an hour: write {round(hours, 2)}"]
    return f"{round(hours, 2) if minutes else hours:f}", []


# ---- the file ------------------------------------------------------------------------------------------------------------------------


def _rows(path: Path) -> list[Asked]:
    """The rows whose `decision` is filled. Raises ConfigError where the file cannot be read or lacks a column."""
    text = _text(path)
    sample = text.partition("\n")[0]
    delimiter = max(",;\t", key=sample.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [fold(unguarded(name)) for name in next(reader, [])]
        columns = _columns(path, header)
        asked: list[Asked] = []
        for row in reader:
            if len(asked) >= ROWS_MAX:
                raise ConfigError(f"has more than {ROWS_MAX} decisions", to=str(path), next_step="Split it.")
            if one := _asked(f"{path.name}:{reader.line_num}", row, columns):
                asked.append(one)
    except csv.Error as error:
        raise ConfigError(f"is not a CSV file ({error})", to=str(path), next_step="Save it as CSV, UTF-8.") from error
    return asked


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > BYTES_MAX:
            raise ConfigError("is too large for a file of decisions", to=str(path), next_step="Keep only the rows you decide.")
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("is not UTF-8", to=str(path), next_step="Save it as CSV, UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", to=str(path), next_step="Name the CSV that you filled.") from None


def _columns(path: Path, header: Sequence[str]) -> Mapping[str, int]:
    """Column → its place. Raises ConfigError with all that are missing."""
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ConfigError(
            f"has no column {', '.join(missing)}",
            to=str(path),
            next_step="Start from `hourbridge unmatched --format csv`, and keep its header.",
        )
    return {name: header.index(name) for name in COLUMNS}


def _asked(where: str, row: Sequence[str], columns: Mapping[str, int]) -> Asked | None:
    entry, kind, argument, why = (unguarded(row[place].strip()) if place < len(row) else "" for place in columns.values())
    return Asked(where, entry, kind, argument, why) if kind else None
