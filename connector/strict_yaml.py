"""YAML as finance types it: every scalar is text, every value knows its place, and nothing is clever.

`010`, `NO`, `12:30` and `1.10` stay what was typed; the schema gives them a type. Duplicate keys are errors; anchors,
aliases, tags, merge keys and second documents are refused. Read from libyaml's events (PyYAML's C loader): they still show
anchors and tags, and deep nesting costs a counter instead of the C stack that composing nodes would use.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml
from msgspec import Struct

from connector.core.mapping import Where

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
TreePath = tuple[str | int, ...]

BYTES_MAX = 4 * 1024 * 1024
DEPTH_MAX = 20


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


def read(path: Path, shown_as: str) -> Reading:
    """Reads one file; one that cannot be opened or is not UTF-8 is a problem, not an exception."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return _failed(Where(shown_as, 0), f"cannot be read ({reason})", "check the path and its permissions")
    return parse_bytes(content, shown_as)


def parse_bytes(content: bytes, shown_as: str) -> Reading:
    """UTF-8, with or without a byte order mark."""
    if len(content) > BYTES_MAX:
        size = f"{len(content):,} bytes are more than the {BYTES_MAX:,} a file may have"
        return _failed(Where(shown_as, 1), size, "split the file; the loader goes by the top-level keys")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        column = len(before) - (before.rfind(b"\n") + 1) + 1
        where = Where(shown_as, before.count(b"\n") + 1, column)
        return _failed(where, "a character is not UTF-8", "save the file as UTF-8")
    return parse(text, shown_as)


def parse(text: str, shown_as: str) -> Reading:
    """Reads a text; several problems are told at once, a syntax error ends the reading."""
    builder = _Builder(shown_as)
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            builder.take(event)
            if builder.too_deep:
                break
    except yaml.MarkedYAMLError as error:
        builder.problems.append(_syntax(error, shown_as))
    except (yaml.reader.ReaderError, UnicodeEncodeError) as error:
        builder.problems.append(_unreadable(text, error, shown_as))
    problems = tuple(sorted(builder.problems))
    if builder.finished:
        return Reading(Document(shown_as, text, builder.tree, builder.values, builder.keys), problems)
    return Reading(None, problems)


def _failed(where: Where, what: str, fix: str) -> Reading:
    return Reading(None, (Problem(where, what, fix),))


class _Open:
    """A map or list whose end has not come yet."""

    __slots__ = ("key", "node", "path", "place")

    def __init__(self, node: "dict[str, Tree] | list[Tree]", path: TreePath, place: Place) -> None:
        self.node, self.path, self.place = node, path, place
        self.key: str | None = None


class _Builder:
    """Turns libyaml's events into a tree and its places."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.values: dict[TreePath, Place] = {}
        self.keys: dict[TreePath, Place] = {}
        self.tree: Tree = None
        self.finished = self.too_deep = False
        self._open: list[_Open] = []
        self._documents = 0
        self._ignored_depth = 0

    def take(self, event: Any) -> None:
        if self._ignored_depth:
            self._ignore(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._refuse(event, "a second document begins", "take the line `---` out, or split the file")
                self._ignored_depth = 1
        elif isinstance(event, yaml.StreamEndEvent):
            self.finished = not self.too_deep
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(event)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._end(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._refuse(event, f"`*{event.anchor}` repeats another place", "write the value out: copies are refused")
            self._put(None, _place(event, "plain"))

    def _ignore(self, event: Any) -> None:
        """Counts its way to the end of something that was refused as a whole."""
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent, yaml.DocumentStartEvent)):
            self._ignored_depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent, yaml.DocumentEndEvent)):
            self._ignored_depth -= 1

    def _refuse(self, event: Any, what: str, fix: str) -> None:
        mark = event.start_mark
        self.problems.append(Problem(Where(self.file, mark.line + 1, mark.column + 1), what, fix))

    def _refuse_cleverness(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(event, f"`&{event.anchor}` names a place to copy", "take it out: copies are refused")
        if event.tag is not None:
            self._refuse(event, f"`{event.tag}` is a tag", "take it out: the key alone says what a value is")

    def _begin(self, event: Any) -> None:
        self._refuse_cleverness(event)
        if self._awaits_key():
            self._refuse(
                event, "a key is a list or a map", "a key must be plain text; quote it if it begins with [ or {"
            )
            self._put(f"[{len(self.problems)}]", _place(event, "flow"))
            self._ignored_depth = 1
            return
        if len(self._open) >= DEPTH_MAX:
            self._refuse(
                event, f"more than {DEPTH_MAX} levels deep", "mapping files never need that; look for a stray bracket"
            )
            self.too_deep = True
            return
        node: dict[str, Tree] | list[Tree] = {} if isinstance(event, yaml.MappingStartEvent) else []
        place = _place(event, "flow" if event.flow_style else "block")
        self._open.append(_Open(node, self._next_path(), place))

    def _end(self, event: Any) -> None:
        closed = self._open.pop()
        end = event.end_mark.index if closed.place.style == "flow" else self._last_end(closed)
        place = Place(closed.place.line, closed.place.column, closed.place.start, end, closed.place.style)
        self._put(closed.node, place)

    def _last_end(self, closed: _Open) -> int:
        """Libyaml ends a block where the next thing begins; ours ends with its last value."""
        if not closed.node:
            return closed.place.start
        last = next(reversed(closed.node)) if isinstance(closed.node, dict) else len(closed.node) - 1
        return self.values[(*closed.path, last)].end

    def _scalar(self, event: Any) -> None:
        self._refuse_cleverness(event)
        style: Literal["plain", "quoted", "block", "empty"] = "plain"
        if event.style in ("'", '"'):
            style = "quoted"
        elif event.style in ("|", ">"):
            style = "block"
        elif not event.value:
            style = "empty"
        if self._awaits_key() and style == "plain" and event.value == "<<":
            self._refuse(event, "`<<` merges another map", "write the keys out: merge keys are refused")
        self._put(None if style == "empty" else event.value, _place(event, style))

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node, dict) and self._open[-1].key is None

    def _next_path(self) -> TreePath:
        if not self._open:
            return ()
        top = self._open[-1]
        return (*top.path, len(top.node) if isinstance(top.node, list) else top.key or "")

    def _put(self, node: Tree, place: Place) -> None:
        """A value at the next free path, or the next key of the open map."""
        if not self._open:
            self.tree = node
            self.values[()] = place
            return
        top = self._open[-1]
        if isinstance(top.node, list):
            self.values[(*top.path, len(top.node))] = place
            top.node.append(node)
        elif top.key is None:
            top.key = self._new_key(top, node, place)
        else:
            self.values[(*top.path, top.key)] = place
            top.node[top.key] = node
            top.key = None

    def _new_key(self, top: _Open, node: Tree, place: Place) -> str:
        key = node if isinstance(node, str) else ""
        path = (*top.path, key)
        if path in self.keys:
            first = self.keys[path].line
            here = Where(self.file, place.line, place.column)
            self.problems.append(
                Problem(here, f"the key '{key}' stands twice", f"the first is on line {first}: keep one")
            )
        elif not key.strip():
            self.problems.append(
                Problem(Where(self.file, place.line, place.column), "a key is empty", "say a name before the colon")
            )
        self.keys.setdefault(path, place)
        return key


def _place(event: Any, style: Literal["plain", "quoted", "block", "flow", "empty"]) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, start.index, end.index, style)


_HINTS = (
    ("cannot start any token", "a tab or one of @ ` % stands where a value begins: use spaces, or quote the value"),
    (
        "mapping values are not allowed",
        "a colon stands inside a value: put the whole value in quotes, or mend the indentation",
    ),
    (
        "did not find expected key",
        "look for a missing comma, a stray quote or wrong indentation here or on the line above",
    ),
    ("did not find expected ',' or", "close the bracket, or put a comma between the values"),
    ("could not find expected ':'", "a key needs a colon and a space after it"),
    ("unexpected end of stream", "a quote or bracket is not closed"),
    ("unknown escape character", "a backslash in double quotes must be doubled, or use single quotes"),
    ("block sequence entries are not allowed", "a list begins on a line of its own"),
)


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    mark = error.problem_mark or error.context_mark
    where = Where(file, mark.line + 1, mark.column + 1) if mark else Where(file, 1)
    said = error.problem or "it is not YAML"
    hint = next((hint for sign, hint in _HINTS if sign in said), "look at the indentation, quotes and brackets here")
    return Problem(where, f"this is not readable YAML ({said})", hint)


def _unreadable(text: str, error: Exception, file: str) -> Problem:
    """Libyaml refuses control characters; it tells the offset, in a unit of its own, so we look ourselves."""
    offset = next(_unprintable(text), 0)
    before = text[:offset]
    where = Where(file, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
    code = f"U+{ord(text[offset]):04X}" if text else str(error)
    return Problem(where, f"the character {code} may not stand in YAML", "delete it")


def _unprintable(text: str) -> Iterator[int]:
    for offset, character in enumerate(text):
        code = ord(character)
        if (code < 0x20 and character not in "\t\n\r") or (0x7F <= code < 0xA0 and code != 0x85) or 0xD800 <= code < 0xE000 or code in (0xFEFF, 0xFFFE, 0xFFFF):
            yield offset
