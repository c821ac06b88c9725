"""Edits of mapping files in place: a line or a few characters are inserted, every other byte stays.

An edit is proposed on the text, read back by the strict reader, and kept only when the result differs by exactly what was
meant. Where the file's layout is one we do not insert into, the edit is refused with the line to paste.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from connector.errors import ConfigError
from connector.mappings.inserting import Cannot, new_entry, with_items, with_keys
from connector.mappings.quoting import flow, quoted
from connector.strict_yaml import Document, Tree, parse_bytes

BOM = "\ufeff"
SHORT_FORM = {"people": "role", "work_types": "code"}


class Edit(Struct, frozen=True):
    """A proved edit that is not yet kept. `pasted` is what was meant, as a line for a person."""

    path: Path
    before: bytes
    after: bytes
    pasted: str

    @property
    def text(self) -> str:
        """The file as it will be, for proving the whole mapping (`check(..., instead={edit.path: edit.text})`)."""
        return self.after.decode("utf-8-sig")


def add_client(path: Path, name: str, alias_of: str = "", *, aliases: Sequence[str] = (), book: str = "") -> Edit:
    """A new client on a line of its own, or, with `alias_of`, another name of a client that exists."""
    if alias_of:
        return add_alias(path, "clients", alias_of, name)
    value: dict[str, Any] = {}
    if book:
        value["book"] = book
    if aliases:
        value["aliases"] = list(aliases)
    return _new(path, "clients", name, value or None)


def add_person(path: Path, name: str, role: str = "", *, alias_of: str = "") -> Edit:
    """A new person with a role, or another name of one."""
    return add_alias(path, "people", alias_of, name) if alias_of else _new(path, "people", name, role or {})


def add_work_type(path: Path, name: str, code: str = "", *, alias_of: str = "", treatment: str = "") -> Edit:
    """A new work type with a billing code or a treatment, or another name of one."""
    if alias_of:
        return add_alias(path, "work_types", alias_of, name)
    value: Tree = {**({"code": code} if code else {}), "treatment": treatment} if treatment else code or {}
    return _new(path, "work_types", name, value)


def add_alias(path: Path, section: str, key: str, alias: str, *, connection: str = "") -> Edit:
    """Another name of a client, person or work type; with `connection` it holds only there."""
    text = f"{connection}/{alias}" if connection else alias
    return _more(path, section, key, "aliases", [text])


def pin(path: Path, section: str, key: str, ids: Mapping[str, str]) -> Edit:
    """Writes ids (connection or book → id there) at the end of the entry; an id already there is never changed."""
    return _more(path, section, key, "ids", dict(ids))


def file_of(paths: Sequence[Path], section: str, key: str = "") -> Path | None:
    """The file in which a section, or an entry of it, stands; None where there is none."""
    for path in paths:
        document = _read(path)[1]
        tree = document.tree if document else None
        inner = tree.get(section) if isinstance(tree, dict) and section in tree else None
        if isinstance(tree, dict) and section in tree and (not key or (isinstance(inner, dict) and key in inner)):
            return path
    return None


def keep(edit: Edit) -> None:
    """Writes the file as a whole or not at all: beside it, flushed, then renamed over it, with the same mode. A file that
    somebody changed in the meantime is left alone.
    """
    path = edit.path.resolve()
    try:
        if path.read_bytes() != edit.before:
            raise ConfigError("the file was changed by somebody else meanwhile", to=str(edit.path), next_step="Run the command again")
        _replace(path, edit.after)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"cannot be written ({reason})", to=str(edit.path), next_step=f"Paste this yourself: {edit.pasted}") from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(path: Path) -> tuple[bytes, Document | None, str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read ({error.strerror})", to=str(path), next_step="Check the path and its permissions") from error
    reading = parse_bytes(content, path.name)
    return content, None if reading.problems else reading.document, "\n".join(map(str, reading.problems))


def _holdable(path: Path, names: Iterable[str]) -> None:
    for name in names:
        if not name.strip() or any("\ud800" <= character <= "\udfff" for character in name):
            raise ConfigError(f"{name!a} is a name that no file can hold", to=path.name, next_step="Mend it at the source")


def _new(path: Path, section: str, key: str, value: Tree) -> Edit:
    _holdable(path, [key])
    pasted = _line(section, key, value)

    def change(tree: dict[str, Tree]) -> None:
        inner = tree.get(section)
        if inner is None:
            inner = tree[section] = {}
        if not isinstance(inner, dict) or key in inner:
            raise Cannot(f"'{key}' is already there")
        inner[key] = value

    return _edit(path, pasted, change, lambda document: new_entry(document, section, key, value))


def _more(path: Path, section: str, key: str, field: str, more: list[str] | dict[str, str]) -> Edit:
    """Adds to a list (aliases) or a map (ids) of one entry; what is there already is not added twice."""
    _holdable(path, more if isinstance(more, list) else more.values())

    def change(tree: dict[str, Tree]) -> None:
        inner = tree.get(section)
        if not isinstance(inner, dict) or key not in inner:
            raise Cannot(f"there is no '{key}' under `{section}`")
        entry = inner[key]
        if not isinstance(entry, dict):
            entry = inner[key] = {SHORT_FORM[section]: entry} if entry is not None else {}
        _extend(entry, field, more)

    def insert(document: Document) -> str:
        entry_path = (section, key)
        if isinstance(more, list):
            return with_items(document, entry_path, field, more, SHORT_FORM.get(section, ""))
        return with_keys(document, entry_path, field, more, SHORT_FORM.get(section, ""))

    value: Tree = {field: dict(more) if isinstance(more, dict) else list(more)}
    return _edit(path, _line(section, key, value), change, insert)


def _extend(entry: dict[str, Tree], field: str, more: list[str] | dict[str, str]) -> None:
    if isinstance(more, list):
        known = entry.setdefault(field, [])
        if not isinstance(known, list) or set(more) & {text for text in known if isinstance(text, str)}:
            raise Cannot(f"`{field}` has it already, or is not a list")
        known.extend(more)
        return
    said = entry.setdefault(field, {})
    if not isinstance(said, dict) or set(more) & set(said):
        raise Cannot(f"`{field}` names it already; an id is only changed by hand")
    said.update(more)


def _edit(path: Path, pasted: str, change: Callable[[dict[str, Tree]], None], insert: Callable[[Document], str]) -> Edit:
    """Propose, read back, compare; anything unexpected is refused with the line to paste."""
    before, document, wrong = _read(path)
    next_step = f"Write it by hand: {pasted}"
    if document is None:
        raise ConfigError("the file has problems of its own", to=path.name, next_step="Mend them first", problems=wrong.splitlines())
    meant = _copied(document.tree if document.tree is not None else {})
    if not isinstance(meant, dict):
        raise ConfigError("the file is not a map", to=path.name, next_step=next_step)
    try:
        change(meant)
        text = insert(document)
    except Cannot as refusal:
        raise ConfigError(str(refusal), to=path.name, next_step=next_step) from None
    bom = BOM if before.startswith(BOM.encode()) else ""
    after = (bom + text).encode()
    reading = parse_bytes(after, path.name)
    if reading.problems or reading.document is None or reading.document.tree != meant:
        raise ConfigError("the file is laid out in a way that is not edited by machine", to=path.name, next_step=next_step)
    return Edit(path, before, after, pasted)


def _copied(node: Tree) -> Tree:
    if isinstance(node, dict):
        return {key: _copied(value) for key, value in node.items()}
    return [_copied(value) for value in node] if isinstance(node, list) else node


def _line(section: str, key: str, value: Tree) -> str:
    return f"`{quoted(key)}:{' ' + flow(value) if value is not None else ''}` under `{section}`"
