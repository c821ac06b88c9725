"""Checks of config.yaml beyond its shape: secrets are references, names and zones exist, paths lead somewhere."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from connector.mappings.names import did_you_mean, listed
from connector.strict_yaml import Document, Problem, Tree, TreePath

SECRET_KEY = re.compile(
    r"(^|_)(secret|tokens?|password|passphrase|pass|(api|access|private|secret|encryption|signing)_?key|apikey|state_keys?)$"
)
REFERENCE = re.compile(r"(env|file|keyring):\S.*")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
ADDRESS = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+")
LOOPBACK = ("127.0.0.1", "::1", "localhost")
KIND = re.compile(r"[a-z][a-z0-9_]*")


def is_secret(path: TreePath) -> bool:
    """Whether a key on the way says that this is a secret."""
    return any(isinstance(step, str) and SECRET_KEY.search(step) for step in path)


def plain_secrets(document: Document) -> list[Problem]:
    """A secret is a reference. What stands there instead is not repeated: it may be the secret."""
    found = []
    for path, value in _texts(document.tree):
        key = next((step for step in reversed(path) if isinstance(step, str)), "")
        if _holds_a_secret(path, key) and not REFERENCE.fullmatch(value):
            found.append(
                Problem(
                    document.where(path),
                    f"`{key}` is written as plain text",
                    'write a reference instead: "env:NAME", "file:PATH" or "keyring:NAME"',
                )
            )
        elif "://" in value and re.search(r"://[^/@\s]*:[^/@\s]+@", value):
            found.append(
                Problem(
                    document.where(path),
                    f"a password stands in the address of `{key}`",
                    'write a reference instead: "env:NAME", "file:PATH" or "keyring:NAME"',
                )
            )
    return found


def _holds_a_secret(path: TreePath, key: str) -> bool:
    """A connection's own name may look like one; everything else by its key."""
    if path[:1] == ("connections",) and len(path) <= 2:  # noqa: PLR2004  (the section and the connection's name)
        return False
    return SECRET_KEY.search(key) is not None


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


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name. It is looked up: listing them all opens 600 files at every start."""
    try:
        return not name.startswith(("posix", "right/")) and bool(ZoneInfo(name))  # those two are the database's own copies
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False


def wrong_zones(zones: Iterable[tuple[TreePath, str]], document: Document) -> Iterator[Problem]:
    """`zones`: where a zone stands, and which."""
    for path, zone in zones:
        if not is_zone(zone):
            fix = did_you_mean(zone, available_timezones(), "write a name such as Pacific/Auckland")
            yield Problem(document.where(path), f"no time zone '{zone}'", fix)


class Telling(Protocol):
    """What is checked of `notifications`."""

    @property
    def zone(self) -> str: ...
    @property
    def smtp(self) -> Any: ...
    @property
    def webhook(self) -> Any: ...


def wrong_notifications(said: Telling | None, document: Document) -> Iterator[Problem]:
    """Somebody must be told; no password and no mail goes over a line that others can read."""
    if said is None:
        return
    where = ("notifications",)
    if said.zone and not is_zone(said.zone):
        yield Problem(document.where((*where, "zone")), f"no time zone '{said.zone}'", "write a name such as Pacific/Auckland")
    if said.smtp is None and said.webhook is None:
        yield Problem(document.where_key(where), "nobody is told", "add `smtp:` or `webhook:` under it")
    if said.smtp is not None:
        if said.smtp.security == "none" and said.smtp.host not in LOOPBACK:
            yield Problem(
                document.where((*where, "smtp", "security")),
                "mail would go unencrypted",
                "`none` is for this machine only; write starttls or tls",
            )
        if bool(said.smtp.user) != bool(said.smtp.password):
            yield Problem(document.where_key((*where, "smtp")), "`user` and `password` belong together", "write both or neither")
        for index, each in enumerate([said.smtp.sender, *said.smtp.to]):
            if not ADDRESS.fullmatch(each):
                path = (*where, "smtp", "to", index - 1) if index else (*where, "smtp", "from")
                yield Problem(document.where(path), f"'{each}' is no mail address", "write it as name@firm.example")


def wrong_paths(paths: Iterable[str], document: Document, folder: Path) -> Iterator[Problem]:
    """Folders or files with mappings that are not there."""
    for index, each in enumerate(paths):
        if not (folder / each).exists():
            fix = "name a folder or files with mappings, as seen from this file's folder"
            yield Problem(document.where(("mappings", index)), f"there is no '{each}'", fix)
