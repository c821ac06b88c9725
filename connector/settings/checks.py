"""Checks of config.yaml beyond its shape: secrets are references, names and zones exist, paths lead somewhere."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from zoneinfo import available_timezones

from connector.mappings.names import did_you_mean, listed
from connector.strict_yaml import Document, Problem, Tree, TreePath

SECRET_KEY = re.compile(r"(^|_)(secret|tokens?|password|passphrase|pass|(api|access|private|secret|encryption|signing)_?key|apikey)$")
REFERENCE = re.compile(r"(env|file|keyring):\S.*")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
KIND = re.compile(r"[a-z][a-z0-9_]*")


def is_secret(path: TreePath) -> bool:
    """Whether a key on the way says that this is a secret."""
    return any(isinstance(step, str) and SECRET_KEY.search(step) for step in path)


def plain_secrets(document: Document) -> list[Problem]:
    """A secret is a reference. What stands there instead is not repeated: it may be the secret."""
    found = []
    for path, value in _texts(document.tree):
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        if _may_be_secret(path) and SECRET_KEY.search(key) and not REFERENCE.fullmatch(value):
            found.append(
                Problem(
                    document.where(path),
                    f"`{key}` is written as plain text",
                    'write a reference instead: "env:NAME" or "file:PATH"',
                )
            )
        elif "://" in value and re.search(r"://[^/@\s]*:[^/@\s]+@", value):
            found.append(
                Problem(
                    document.where(path),
                    f"a password stands in the address of `{key}`",
                    'write a reference instead: "env:NAME" or "file:PATH"',
                )
            )
    return found


def _may_be_secret(path: TreePath) -> bool:
    return path == ("signing_key",) or (path[:1] == ("connections",) and len(path) > 2)  # noqa: PLR2004  (a connection's own options)


def _texts(node: Tree, path: TreePath = ()) -> Iterator[tuple[TreePath, str]]:
    if isinstance(node, str):
        yield path, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, (*path, index))


def nothing_said(document: Document) -> list[Problem]:
    return [
        Problem(document.where_key(path), "nothing stands after the colon", "say a value, or take the key out")
        for path, place in document.values.items()
        if place.style == "empty" and path
    ]


def _keys(document: Document, section: str) -> list[str]:
    inner = document.tree.get(section) if isinstance(document.tree, dict) else None
    return list(inner) if isinstance(inner, dict) else []


def wrong_names(document: Document) -> Iterator[Problem]:
    for section in ("connections", "books"):
        for name in _keys(document, section):
            if not NAME.fullmatch(name):
                where = document.where_key((section, name))
                yield Problem(where, f"'{name}' cannot be a name here", "use letters, digits, - and _, beginning with a letter")


def wrong_kinds(kinds: Iterable[tuple[str, str]], document: Document) -> Iterator[Problem]:
    """`kinds`: connection and the kind it says."""
    for name, kind in kinds:
        if not KIND.fullmatch(kind):
            fix = "write the adapter's name, such as csv_file"
            yield Problem(document.where(("connections", name, "kind")), f"'{kind}' is no kind of system", fix)


def wrong_sinks(sinks: Iterable[tuple[str, str]], document: Document) -> Iterator[Problem]:
    """`sinks`: book and the connection it names."""
    connections = _keys(document, "connections")
    for name, sink in sinks:
        if sink not in connections:
            fix = did_you_mean(sink, connections, f"add it under `connections` (there are: {listed(connections)})")
            yield Problem(document.where(("books", name, "sink")), f"no connection '{sink}'", fix)
        if name in connections and sink != name:
            fix = "rename one: `ids:` in the mapping files would not tell them apart"
            yield Problem(document.where_key(("books", name)), f"'{name}' is a book and another system's connection", fix)


def wrong_zones(zones: Iterable[tuple[str, str]], document: Document) -> Iterator[Problem]:
    """`zones`: book and the zone it says."""
    known = available_timezones()
    for name, zone in zones:
        if zone not in known:
            fix = did_you_mean(zone, known, "write a name such as Pacific/Auckland")
            yield Problem(document.where(("books", name, "zone")), f"no time zone '{zone}'", fix)


def wrong_paths(paths: Iterable[str], document: Document, folder: Path) -> Iterator[Problem]:
    """Folders or files with mappings that are not there."""
    for index, each in enumerate(paths):
        if not (folder / each).exists():
            fix = "name a folder or files with mappings, as seen from this file's folder"
            yield Problem(document.where(("mappings", index)), f"there is no '{each}'", fix)
