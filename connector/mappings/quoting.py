"""Text as YAML that every reader takes for text: quoted wherever a YAML 1.1 or 1.2 reader would see something else."""

import re

import yaml

from connector.strict_yaml import Tree

_PLAIN = re.compile(r"[^\W\d_]([\w &./()'+-]*[\w.)+])?")
"""Begins with a letter; then nothing that any place of a file gives a meaning to."""
_SPECIAL = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SWITCHES = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", "nan", "inf"])


def quoted(text: str) -> str:
    """Plain where that is safe for everybody, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.casefold() not in _SWITCHES and _is_text(text):
        return text
    return '"' + "".join(map(_escaped, text)) + '"'


def _is_text(text: str) -> bool:
    """What PyYAML's own resolver of YAML 1.1 says: numbers, dates, 12:30 and yes/no are not text to it."""
    resolver = yaml.SafeLoader.yaml_implicit_resolvers.get(text[0], [])
    return not any(pattern.match(text) for _, pattern in [*resolver, *yaml.SafeLoader.yaml_implicit_resolvers.get(None, [])])


def _escaped(character: str) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    code = ord(character)
    if character.isprintable() or character == " " or (code > 0xFFFF and not code >= 0xE0000):  # noqa: PLR2004  # emoji stay readable
        return character
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def flow(value: Tree) -> str:
    """A value in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return quoted(value or "")
