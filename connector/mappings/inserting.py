"""Where in a text a key, an item or an entry goes. Pure: a parsed document in, the new text out; nothing else moves."""

from collections.abc import Mapping, Sequence

from connector.mappings.quoting import flow, quoted
from connector.strict_yaml import Document, Place, Tree, TreePath

INDENT = "  "


class Cannot(Exception):  # noqa: N818  # a refusal in one sentence, turned into a ConfigError by the caller
    """The edit does not fit this file."""


def _insert(text: str, offset: int, piece: str) -> str:
    return text[:offset] + piece + text[offset:]


def _end_of_line(text: str, offset: int) -> int:
    found = text.find("\n", offset)
    return len(text) if found < 0 else found


def _line_ending(text: str, offset: int) -> str:
    """The ending of the line before `offset`, else the file's first, else a line feed."""
    for end in (text.rfind("\n", 0, offset), text.find("\n")):
        if end >= 0:
            return "\r\n" if text[:end].endswith("\r") else "\n"
    return "\n"


def _as_new_line(text: str, offset: int, line: str) -> str:
    """`line` after the line that holds `offset`; a file without a last line ending keeps being without one."""
    end = _end_of_line(text, offset)
    if end == len(text):
        return text + (_line_ending(text, end) + line if text else line + "\n")
    return _insert(text, end + 1, line + _line_ending(text, end + 1))


def _value(document: Document, path: TreePath) -> Tree:
    node: Tree = document.tree
    for step in path:
        if isinstance(node, dict):
            node = node.get(str(step))
        elif isinstance(node, list) and isinstance(step, int):
            node = node[step]
    return node


# ---- a new entry in a section -------------------------------------------------------------------------------------------


def new_entry(document: Document, section: str, key: str, value: Tree) -> str:
    """`key: value` as the last line of a section; the section is begun where there is none."""
    text = document.text
    entry = quoted(key) + ":" + (f" {flow(value)}" if value is not None else "")
    place = document.values.get((section,))
    if place is None or document.tree is None:
        return _new_section(document, section, entry)
    if place.style == "empty":
        return _as_new_line(text, document.keys[(section,)].end, INDENT + entry)
    if place.style == "flow":
        raise Cannot(f"`{section}` is written in brackets")
    inner = _value(document, (section,))
    assert isinstance(inner, dict)
    first = document.keys[(section, next(iter(inner)))]
    indent = first.column - 1
    return _as_new_line(text, _past_comments(text, place.end, indent), " " * indent + entry)


def _past_comments(text: str, offset: int, indent: int) -> int:
    """Past the comment lines that stand deeper than the section's keys: they belong to the entry above."""
    end = _end_of_line(text, offset)
    while end < len(text):
        line = text[end + 1 : _end_of_line(text, end + 1)]
        if not line.lstrip(" ").startswith("#") or len(line) - len(line.lstrip(" ")) <= indent:
            return offset
        offset = end + 1
        end = _end_of_line(text, offset)
    return offset


def _new_section(document: Document, section: str, entry: str) -> str:
    text = document.text
    root = document.values.get(())
    if root is not None and root.style == "flow":
        raise Cannot("the file is written in brackets")
    ending = _line_ending(text, len(text))
    begun = text if not text or text.endswith("\n") else text + ending
    return f"{begun}{section}:{ending}{INDENT}{entry}{ending}"


# ---- more in an entry ---------------------------------------------------------------------------------------------------


def with_items(document: Document, path: TreePath, field: str, items: Sequence[str], short_form: str) -> str:
    """`items` at the end of the list `field` of the entry at `path`."""
    place = document.values.get((*path, field))
    known = _value(document, (*path, field)) if place else None
    if place is None or not isinstance(known, list):
        return _with_field(document, path, f"{field}: {flow(list(items))}", short_form)
    if place.style == "flow":
        return _into_brackets(document, (*path, field), len(known) - 1 if known else None, ", ".join(map(quoted, items)))
    text = document.text
    for item in reversed(items):
        text = _as_new_line(text, place.end, " " * (place.column - 1) + "- " + quoted(item))
    return text


def with_keys(document: Document, path: TreePath, field: str, said: Mapping[str, str], short_form: str) -> str:
    """`said` at the end of the map `field` of the entry at `path`."""
    place = document.values.get((*path, field))
    known = _value(document, (*path, field)) if place else None
    if place is None or not isinstance(known, dict):
        return _with_field(document, path, f"{field}: {flow(dict(said))}", short_form)
    pieces = [f"{quoted(key)}: {quoted(value)}" for key, value in said.items()]
    if place.style == "flow":
        return _into_brackets(document, (*path, field), next(reversed(known)) if known else None, ", ".join(pieces))
    text = document.text
    for piece in reversed(pieces):
        text = _as_new_line(text, place.end, " " * (place.column - 1) + piece)
    return text


def _into_brackets(document: Document, path: TreePath, last: str | int | None, piece: str) -> str:
    """After the last value in `[…]` or `{…}`, so that a comma or comment behind it stays; or just inside empty ones."""
    if last is None:
        return _insert(document.text, document.values[path].start + 1, piece)
    return _insert(document.text, document.values[(*path, last)].end, f", {piece}")


def _with_field(document: Document, path: TreePath, piece: str, short_form: str) -> str:
    """`piece` as one more key of the entry, whatever form the entry has."""
    place = document.values[path]
    text = document.text
    entry = _value(document, path)
    if place.style == "empty":
        return _insert(text, _after_colon(text, document.keys[path]), f" {{{piece}}}")
    if isinstance(entry, dict):
        if place.style == "flow":
            return _into_brackets(document, path, next(reversed(entry)) if entry else None, piece)
        return _into_block(document, path, entry, piece)
    if place.style == "block" or not short_form:
        raise Cannot(f"'{path[-1]}' is written over several lines")
    written = text[place.start : place.end]
    kept = quoted(entry) if isinstance(entry, str) and place.style == "plain" and quoted(entry) != written else written
    return text[: place.start] + f"{{{short_form}: {kept}, {piece}}}" + text[place.end :]


def _after_colon(text: str, key: Place) -> int:
    found = text.find(":", key.end)
    if found < 0:
        raise Cannot("the entry has no colon")
    return found + 1


def _into_block(document: Document, path: TreePath, entry: dict[str, Tree], piece: str) -> str:
    """A line before the entry's first key, which is the one place in a block that is known for certain."""
    first = document.keys[(*path, next(iter(entry)))]
    start = document.text.rfind("\n", 0, first.start) + 1
    indent = document.text[start : first.start]
    if indent.strip():
        raise Cannot(f"'{path[-1]}' begins on the line of its key")
    return _insert(document.text, start, indent + piece + _line_ending(document.text, start))
