"""Bytes or text → a document, with every problem that can be told."""

import re
from pathlib import Path

import yaml

from connector.core.mapping import Where
from connector.strict_yaml.building import Builder
from connector.strict_yaml.values import Document, Problem, Reading

BYTES_MAX = 4 * 1024 * 1024


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
    builder = Builder(shown_as)
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


_HINTS = (
    ("cannot start any token", "a tab or one of @ ` % stands where a value begins: use spaces, or quote the value"),
    (
        "mapping values are not allowed",
        "a colon stands inside a value, or the name on the line above has none: quote the value, end the name with a colon, or indent alike",
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
    found = _UNPRINTABLE.search(text)
    offset = found.start() if found else 0
    before = text[:offset]
    where = Where(file, before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
    code = f"U+{ord(text[offset]):04X}" if text else str(error)
    return Problem(where, f"the character {code} may not stand in YAML", "delete it")


_UNPRINTABLE = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\\ud800-\\udfff\\ufeff\\ufffe\\uffff]")
