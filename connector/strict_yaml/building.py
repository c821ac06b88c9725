"""libyaml's events → a text tree and its places."""

from typing import Any, Literal

import yaml

from connector.core.mapping import Where
from connector.strict_yaml.values import Place, Problem, Tree, TreePath

DEPTH_MAX = 20


class _Open:
    """A map or list whose end has not come yet."""

    __slots__ = ("key", "node", "path", "place")

    def __init__(self, node: "dict[str, Tree] | list[Tree]", path: TreePath, place: Place) -> None:
        self.node, self.path, self.place = node, path, place
        self.key: str | None = None


class Builder:
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
            self._refuse(event, "a key is a list or a map", "a key must be plain text; quote it if it begins with [ or {")
            self._put(f"[{len(self.problems)}]", _place(event, "flow"))
            self._ignored_depth = 1
            return
        if len(self._open) >= DEPTH_MAX:
            self._refuse(event, f"more than {DEPTH_MAX} levels deep", "mapping files never need that; look for a stray bracket")
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
            self.problems.append(Problem(here, f"the key '{key}' stands twice", f"the first is on line {first}: keep one"))
        elif not key.strip():
            self.problems.append(Problem(Where(self.file, place.line, place.column), "a key is empty", "say a name before the colon"))
        self.keys.setdefault(path, place)
        return key


def _place(event: Any, style: Literal["plain", "quoted", "block", "flow", "empty"]) -> Place:
    start, end = event.start_mark, event.end_mark
    return Place(start.line + 1, start.column + 1, start.index, end.index, style)
