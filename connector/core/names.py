"""Finding what a source names: by id, then by exact name or alias, then by declared pattern; never by similarity."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Generic, TypeVar

from msgspec import Struct

from connector.core.mapping import NOWHERE, Name, Where, fold

T = TypeVar("T")


class Hit(Struct, Generic[T], frozen=True):
    """Something that was found, the text that found it (for a report) and the line where that text stands."""

    item: T
    by: str
    where: Where


@lru_cache(maxsize=65536)
def compiled(pattern: str) -> re.Pattern[str]:
    """A folded pattern in which `*` is any text, also none."""
    return re.compile(".*".join(map(re.escape, fold(pattern).split("*"))), re.DOTALL)


def fits(pattern: str, name: str) -> bool:
    """Whether a name, or a pattern with `*`, is this name; capitals and double spaces aside."""
    return compiled(pattern).fullmatch(fold(name)) is not None


class Names(Generic[T]):
    """An index of things by their ids and names. Things are told apart by the number under which they were added."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], dict[int, Hit[T]]] = {}
        self._names: dict[tuple[str, str], dict[int, Hit[T]]] = {}
        self._patterns: list[tuple[Name, int, Hit[T]]] = []

    def add(self, number: int, item: T, where: Where, *, ids: Iterable[tuple[str, str]] = (), names: Iterable[Name] = ()) -> None:
        """Index one thing; a name with `*` in it is a pattern. A name's own line is quoted where it has one."""
        for connection, id_ in ids:
            hit = Hit(item, f"id {id_} in {connection}", where)
            self._ids.setdefault((connection, id_), {}).setdefault(number, hit)
        for name in names:
            place = where if name.where == NOWHERE else name.where
            if "*" in name.text:
                self._patterns.append((name, number, Hit(item, f"pattern '{name.text}'", place)))
            else:
                by = f"name '{name.text}'" + (f" in {name.connection}" if name.connection else "")
                self._names.setdefault((name.connection, fold(name.text)), {}).setdefault(number, Hit(item, by, place))

    def find(self, connection: str, id_: str, name: str) -> tuple[Hit[T], ...]:
        """What the strongest way of matching found: nothing, one, or several things that the files do not tell apart."""
        if id_ and (found := self._ids.get((connection, id_))):
            return tuple(found.values())
        folded = fold(name)
        if not folded:
            return ()
        found = self._names.get((connection, folded)) or self._names.get(("", folded)) or self._by_pattern(connection, folded)
        return tuple(found.values())

    def _by_pattern(self, connection: str, folded: str) -> dict[int, Hit[T]]:
        found: dict[int, Hit[T]] = {}
        for name, number, hit in self._patterns:
            if name.connection in ("", connection) and compiled(name.text).fullmatch(folded):
                found.setdefault(number, hit)
        return found


_PLAIN = re.compile(r"[^\W\d_](?:[\w &().+'/]*[\w&().+'])?")
_TYPED = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def quoted(text: str) -> str:
    """A name as it may stand in a YAML file: quoted where another reader would take it for something else."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _TYPED:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def both(hits: Iterable[Hit[T]]) -> str:
    """Every line that matched, for the sentence that says why nothing was chosen."""
    return " and ".join(f"{hit.by} ({hit.where})" for hit in hits)
