"""What reading a YAML file gives: text trees, the place of everything in them, and problems."""

from typing import Literal, TypeAlias

from msgspec import Struct

from connector.core.mapping import Where

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
TreePath = tuple[str | int, ...]


class Problem(Struct, frozen=True, order=True):
    """One thing that is wrong at one place, and how to mend it."""

    where: Where
    what: str
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.where.file}:{self.where.line}:{self.where.column}" if self.where.line else self.where.file
        return f"{place}: {self.what}" + (f"; {self.fix}" if self.fix else "")


class Place(Struct, frozen=True, gc=False):
    """Where a key or value stands: line and column from 1, `start` and `end` as offsets into the text, end excluded.

    A block map or list ends where its last value ends. `empty` is nothing at all, as in `Alpine Dental:`.
    """

    line: int
    column: int
    start: int
    end: int
    style: Literal["plain", "quoted", "block", "flow", "empty"]


class Document(Struct, frozen=True):
    """One parsed file. `text` has no byte order mark; `values` and `keys` find the place of a path."""

    file: str
    text: str
    tree: Tree
    values: dict[TreePath, Place]
    keys: dict[TreePath, Place]

    def where(self, path: TreePath) -> Where:
        """The place of the value at `path`, or of the nearest thing around it that exists."""
        for length in range(len(path), -1, -1):
            place = self.values.get(path[:length])
            if place is not None and (place.style != "empty" or length < len(path)):
                return Where(self.file, place.line, place.column)
            if path[:length] in self.keys:
                return self.where_key(path[:length])
        return Where(self.file, 1, 1)

    def where_key(self, path: TreePath) -> Where:
        """The place of the key that ends `path`; of the value where there is no such key."""
        place = self.keys.get(path)
        return Where(self.file, place.line, place.column) if place else self.where(path)


class Reading(Struct, frozen=True):
    """What reading a file gave: a document where it could be read at all, and everything that is wrong with it."""

    document: Document | None
    problems: tuple[Problem, ...]
