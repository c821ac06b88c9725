"""Files → a proven mapping."""

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingOf
from pathlib import Path

from msgspec import Struct

from connector.core.mapping import Mapping, Where
from connector.core.values import BookFacts
from connector.errors import ConfigError
from connector.mappings import checks_books, checks_clients, checks_prices, checks_rules, ties
from connector.mappings.compiling import compiled
from connector.mappings.reading import FileSet, read_files
from connector.mappings.references import Desk, open_desk
from connector.strict_yaml import Problem


class Checked(Struct, frozen=True):
    """What a check found. `mapping` is None where there is a problem; a note stops nothing but is worth reading."""

    mapping: Mapping | None
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def load(
    paths: Path | Sequence[Path],
    books: Iterable[str],
    connections: Iterable[str],
    facts: MappingOf[str, BookFacts] | None = None,
) -> Mapping:
    """The mapping of a folder or of files. Raises ConfigError with every problem at once."""
    checked = check(paths, books, connections, facts)
    if checked.mapping is None:
        count = len(checked.problems)
        raise ConfigError(
            f"the mapping files have {count} problem{'' if count == 1 else 's'}",
            next_step="Nothing was planned or sent. Mend what follows and run `hourbridge check`:",
            problems=[str(problem) for problem in checked.problems],
        )
    return checked.mapping


def check(
    paths: Path | Sequence[Path],
    books: Iterable[str],
    connections: Iterable[str],
    facts: MappingOf[str, BookFacts] | None = None,
    instead: MappingOf[Path, str] | None = None,
) -> Checked:
    """Proves a mapping: all problems of all files at once, in file order. `facts` adds what a book's other side takes;
    `instead` gives a text for a path, to prove an edit before it is kept.
    """
    files = read_files(paths, instead)
    if not files.complete:
        return Checked(None, _in_order(files, files.problems), ())
    desk = open_desk(files.parts, books, connections)
    mapping = compiled(files, desk)
    _prove(mapping, files, desk, facts or {})
    problems = _in_order(files, (*files.problems, *desk.problems))
    return Checked(None if problems else mapping, problems, _in_order(files, desk.notes))


def _prove(mapping: Mapping, files: FileSet, desk: Desk, facts: MappingOf[str, BookFacts]) -> None:
    broken = frozenset(key for part in files.parts for key in part.broken)
    start = Where(files.parts[0].document.file, 1)
    ties.check_rule_ties(mapping, desk)
    checks_clients.check_names(mapping, desk)
    checks_clients.check_clients(mapping, desk)
    checks_clients.check_options(mapping, desk)
    checks_books.check_books(mapping, desk, broken, start)
    checks_books.check_codes(mapping, desk)
    checks_prices.check_prices(mapping, desk)
    checks_rules.check_rules(mapping, desk, broken, start)
    checks_prices.check_places(mapping, facts, desk)


def _in_order(files: FileSet, found: Iterable[Problem]) -> tuple[Problem, ...]:
    orders = {part.document.file: part.order for part in files.parts}
    return tuple(sorted(set(found), key=lambda problem: (orders.get(problem.where.file, -1), problem)))
