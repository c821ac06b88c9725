"""The names that the files and config.yaml declare, and the desk where every reference to one is looked up.

A reference is found whatever its capitals and spaces and comes back as the key was written; one that is not found is a
problem with the nearest names. An alias is not a key: rules, cards and reports use our own names only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct, field

from connector.core.mapping import ANY, Where, fold
from connector.mappings.names import did_you_mean, listed
from connector.mappings.reading import Part
from connector.mappings.shared_shapes import Spell
from connector.strict_yaml import Document, Problem, TreePath

Kind = Literal["client", "person", "role", "work type", "billing code", "rate card", "book", "connection"]
UNMATCHED = "unmatched"

_WHERE_DECLARED: dict[Kind, str] = {
    "client": "add it under `clients`",
    "person": "add it under `people`",
    "role": "give the role to somebody under `people`, or a column in a rate card",
    "work type": "add it under `work_types`",
    "billing code": "add it under `billing_codes`",
    "rate card": "add it under `rate_cards`",
    "book": "add it under `books` in config.yaml",
    "connection": "add it under `connections` in config.yaml",
}


class At(Struct, frozen=True):
    """A path in a document; `at / "clients" / name` goes on."""

    document: Document
    path: TreePath = ()

    def __truediv__(self, step: str | int) -> "At":
        return At(self.document, (*self.path, step))

    @property
    def where(self) -> Where:
        return self.document.where(self.path)

    @property
    def where_key(self) -> Where:
        return self.document.where_key(self.path)


class Desk(Struct):
    """Collects problems and notes, and knows all names: kind → folded → as written."""

    known: dict[Kind, dict[str, str]]
    aliases: dict[Kind, dict[str, str]]
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def problem(self, where: Where, what: str, fix: str = "") -> None:
        self.problems.append(Problem(where, what, fix))

    def note(self, where: Where, what: str, fix: str = "") -> None:
        self.notes.append(Problem(where, what, fix))

    def find(self, kind: Kind, name: str, where: Where) -> str:
        """The key as declared; the name itself, and a problem, where there is none."""
        known = self.known[kind]
        if (key := known.get(fold(name))) is not None:
            return key
        if (owner := self.aliases.get(kind, {}).get(fold(name))) is not None:
            self.problem(where, f"'{name}' is only another name of {kind} '{owner}'", f"write '{owner}'")
            return owner
        declared = f"{_WHERE_DECLARED[kind]} (known: {listed(known.values()) or 'none'})"
        self.problem(where, f"no {kind} '{name}'", did_you_mean(name, known.values(), declared))
        return name

    def find_or(self, kind: Kind, name: str | None, where: Where, otherwise: Sequence[str] = ()) -> str:
        """As `find`, with words that stand for themselves; "" for None."""
        if name is None:
            return ""
        return name if name in otherwise else self.find(kind, name, where)


def open_desk(parts: Sequence[Part], books: Iterable[str], connections: Iterable[str]) -> Desk:
    """Reads the names from the trees as they stand: also of entries that did not validate."""
    known: dict[Kind, dict[str, str]] = {
        "client": _keys(parts, "clients"),
        "person": _keys(parts, "people"),
        "work type": _keys(parts, "work_types"),
        "billing code": _keys(parts, "billing_codes"),
        "rate card": _keys(parts, "rate_cards"),
        "role": _folded(_roles(parts)),
        "book": _folded(books),
        "connection": _folded(connections),
    }
    aliases: dict[Kind, dict[str, str]] = {
        "client": _aliases(parts, "clients"),
        "person": _aliases(parts, "people"),
        "work type": _aliases(parts, "work_types"),
    }
    return Desk(known, aliases)


def _folded(names: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(fold(name), name)
    return found


def _section(part: Part, section: str) -> Mapping[str, Any]:
    tree = part.document.tree
    inner = tree.get(section) if isinstance(tree, dict) else None
    return inner if isinstance(inner, dict) else {}


def _keys(parts: Sequence[Part], section: str) -> dict[str, str]:
    return _folded(name for part in parts for name in _section(part, section))


def _aliases(parts: Sequence[Part], section: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts:
        for key, entry in _section(part, section).items():
            listed_names = entry.get("aliases") if isinstance(entry, dict) else None
            for alias in listed_names if isinstance(listed_names, list) else ():
                if isinstance(alias, str):
                    found.setdefault(fold(alias), key)
    return found


def _roles(parts: Sequence[Part]) -> list[str]:
    """Roles are declared by use: people have them, cards price them, cost rates cost them."""
    roles: list[str] = []
    for part in parts:
        for person in part.shape.people.values():
            roles.extend(_said(person if isinstance(person, (str, list)) else person.role))
        for card in part.shape.rate_cards.values():
            roles.extend(role for block in card.blocks for row in block.__pydantic_extra__.values() for role in row)
        roles.extend(role for costs in part.shape.cost_rates.values() for role in costs.roles)
    return [role for role in roles if role != ANY]


def _said(dated: str | list[Spell[str]] | None) -> list[str]:
    if isinstance(dated, list):
        return [spell.value for spell in dated]
    return [dated] if dated else []
