"""Mapping files → validated shapes, file by file. What can be read is kept, so that all problems are told at once."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct
from pydantic import ValidationError

from connector.core.mapping import Where
from connector.mappings.files import files_of
from connector.mappings.shapes import MappingFile
from connector.mappings.validation import problems_of
from connector.strict_yaml import Document, Problem, Tree, TreePath, parse, read

T = TypeVar("T")
LATER = ("agreements", "discounts")
FILES_MAX = 200


class Part(Struct, frozen=True):
    """One file that could be read. `order` is its place among the files; what is wrong was told and left out of `shape`."""

    document: Document
    shape: MappingFile
    order: int
    broken: frozenset[str] = frozenset()
    """The top-level keys in which something did not validate: what is missing there was perhaps only misspelt."""
    gaps: frozenset[tuple[str, str | int]] = frozenset()
    """(top-level key, name or index) of what was left out."""


class FileSet(Struct, frozen=True):
    """The files of a mapping as they were read. `complete` is False where a file could not be read at all."""

    complete: bool
    parts: tuple[Part, ...]
    problems: tuple[Problem, ...]
    texts: tuple[tuple[str, str], ...]
    digest: str


def read_files(paths: Path | Sequence[Path], instead: Mapping[Path, str] | None = None) -> FileSet:
    """Reads all files. `instead` gives a text for a path, to prove an edit before it is kept."""
    parts: list[Part] = []
    problems: list[Problem] = []
    texts: list[tuple[str, str]] = []
    replaced = {path.resolve(): text for path, text in (instead or {}).items()}
    try:
        files = files_of(paths)
    except OSError as error:
        problems.append(Problem(Where(str(error.filename), 0), f"cannot be listed ({error.strerror})", "check the folder's permissions"))
        return FileSet(complete=False, parts=(), problems=tuple(problems), texts=(), digest="")
    if not files or len(files) > FILES_MAX:
        folder = str(paths) if isinstance(paths, Path) else ", ".join(map(str, paths)) or "mappings"
        problems.append(Problem(Where(folder, 0), f"{len(files)} mapping files", "a mapping has 1 to 200 files ending in .yaml"))
        files = []
    complete = bool(files)
    for order, (shown_as, path) in enumerate(files):
        text = replaced.get(path.resolve())
        reading = read(path, shown_as) if text is None else parse(text.removeprefix("\ufeff"), shown_as)
        problems.extend(reading.problems)
        complete = complete and reading.document is not None
        if reading.document:
            part, wrong = _validated(reading.document, order)
            problems.extend(wrong)
            parts.append(part)
            if "cost_rates" not in (reading.document.tree or {}):
                texts.append((shown_as, reading.document.text))
    return FileSet(complete, tuple(parts), tuple(problems), tuple(texts), _digest(texts))


def _digest(texts: Sequence[tuple[str, str]]) -> str:
    """Names and lengths stand in it too, so that text moved from file to file makes another mapping."""
    hashed = sha256()
    for file, text in texts:
        content = text.encode()
        hashed.update(f"{file}\0{len(content)}\0".encode() + content)
    return hashed.hexdigest()


def _validated(document: Document, order: int) -> tuple[Part, list[Problem]]:
    """The shape of a file; what does not validate is told, taken out, and the rest validated."""
    tree = document.tree
    if tree is None:
        return Part(document, MappingFile(), order), []
    if not isinstance(tree, dict):
        where = document.where(())
        return Part(document, MappingFile(), order), [Problem(where, "the file is not a map", "begin with a key such as `clients:`")]
    problems = _later(document, tree) + _nothing_said(document, tree)
    if "cost_rates" in tree and len(tree) > 1:
        where = document.where_key(("cost_rates",))
        problems.append(Problem(where, "`cost_rates` stands beside other keys", "give it a file of its own: it is salary data"))
    tree = _without_nothing({key: value for key, value in tree.items() if key not in LATER}, ())
    try:
        return Part(document, MappingFile.model_validate(tree), order), problems
    except ValidationError as error:
        problems += problems_of(error, document, MappingFile)
        locs = [detail["loc"] for detail in error.errors(include_url=False)]
        broken = frozenset(str(loc[0]) for loc in locs)
        gaps = frozenset((str(loc[0]), loc[1]) for loc in locs if len(loc) > 1)
        return Part(document, _what_is_right(tree, broken, gaps), order, broken, gaps), problems


def _later(document: Document, tree: dict[str, Tree]) -> list[Problem]:
    return [
        Problem(document.where_key((key,)), f"`{key}` is not supported yet", "take it out of the file until it is")
        for key in LATER
        if key in tree
    ]


def _may_be_nothing(path: TreePath) -> bool:
    """`clients:` without clients, `Alpine Dental:` without anything, and a project that is only named."""
    match path:
        case (_,) | ("clients", _) | ("clients", _, "projects", _):
            return True
    return False


def _nothing_said(document: Document, node: Tree, path: TreePath = ()) -> list[Problem]:
    if node is None:
        if _may_be_nothing(path):
            return []
        fix = "say a value, or take the key out"
        if str(path[-1]).isdecimal():
            fix = f"was a decimal comma meant? Write a point, as 95.{path[-1]}; else {fix}"
        return [Problem(document.where_key(path), "nothing stands after the colon", fix)]
    inner: list[tuple[str | int, Tree]] = []
    if isinstance(node, dict):
        inner = list(node.items())
    elif isinstance(node, list):
        inner = [(index, value) for index, value in enumerate(node) if value is not None]
    return [problem for step, value in inner for problem in _nothing_said(document, value, (*path, step))]


def _without_nothing(node: Any, path: TreePath) -> Any:
    """The same tree without keys that say nothing; a client that says nothing stays."""
    if isinstance(node, dict):
        return {
            key: _without_nothing(value, (*path, key))
            for key, value in node.items()
            if value is not None or (len(path) > 0 and _may_be_nothing((*path, key)))
        }
    if isinstance(node, list):
        return [_without_nothing(value, (*path, index)) for index, value in enumerate(node)]
    return node


def _what_is_right(tree: dict[str, Any], broken: frozenset[str], gaps: frozenset[tuple[str, str | int]]) -> MappingFile:
    """A shape without the entries that failed (a client, a card, a rule), so that checks over the rest still speak."""
    kept: dict[str, Any] = {}
    for key, value in tree.items():
        if isinstance(value, dict) and key in MappingFile.model_fields:
            kept[key] = {name: inner for name, inner in value.items() if (key, name) not in gaps}
        elif isinstance(value, list) and key in MappingFile.model_fields:
            kept[key] = [inner for index, inner in enumerate(value) if (key, index) not in gaps]
        elif key not in broken:
            kept[key] = value
    try:
        return MappingFile.model_validate(kept)
    except ValidationError:
        return MappingFile.model_validate({key: value for key, value in kept.items() if key not in broken})
