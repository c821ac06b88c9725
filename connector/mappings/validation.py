"""pydantic's errors in finance's words: `file:line:column: what, and how to fix it`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from connector.mappings.names import did_you_mean, listed
from connector.strict_yaml import Document, Problem, Tree, TreePath

TEXT_SHOWN_MAX = 60


def problems_of(
    error: ValidationError,
    document: Document,
    model: type[BaseModel],
    at: TreePath = (),
    *,
    hide: Callable[[TreePath], bool] = lambda _: False,
) -> list[Problem]:
    """Every error at its place. `at` is where the validated value stands; where `hide` says so no text of the file is repeated."""
    found = []
    schema: dict[str, Any] | None = None
    for detail in error.errors(include_url=False):
        loc = detail["loc"]
        path = at + _real_path(document.tree, at, loc)
        if detail["type"] == "extra_forbidden":
            schema = schema or model.model_json_schema(by_alias=True)
            known = sorted(keys_at(schema, loc[:-1]))
            name = str(loc[-1])
            fix = did_you_mean(name, known, f"known here: {listed(known, 30)}" if known else "take it out")
            found.append(Problem(document.where_key(path), f"unknown key '{name}'", fix))
        elif detail["type"] == "string_pattern_mismatch" and not hide(path):
            schema = schema or model.model_json_schema(by_alias=True)
            fix = f"write {described}" if (described := described_at(schema, loc)) else "see the adapter's settings"
            found.append(Problem(document.where(path), f"{_shown(detail['input'])} is not accepted", fix))
        else:
            what, fix = _told(dict(detail), secret=hide(path))
            found.append(Problem(document.where(path), what, fix))
    return found


def _told(detail: Mapping[str, Any], *, secret: bool) -> tuple[str, str]:
    """One error in words: what, and how to fix it."""
    kind, shown = detail["type"], "this value" if secret else _shown(detail["input"])
    context = detail.get("ctx", {})
    if kind == "said":
        return context["what"], context["fix"].removeprefix("; ")
    if kind == "missing":
        name = detail["loc"][-1]
        return f"'{name}' is missing", f"add `{name}: …`"
    if kind in ("literal_error", "enum"):
        allowed = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{shown} is not known here", f"write one of: {', '.join(allowed)}"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return f"a map (`key: value`) is expected here, not {_kind(detail['input'])}", "put a key and a colon before it"
    if kind in ("list_type", "tuple_type"):
        return f"a list is expected here, not {_kind(detail['input'])}", "write it in brackets: [one, another]"
    if secret:
        return f"this value is not accepted ({kind.replace('_', ' ')})", "see the adapter's settings"
    return f"{shown} is not accepted", str(detail["msg"]).removeprefix("Value error, ").replace("Input should be", "write")


def _kind(value: Any) -> str:
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a text"


def _shown(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return _kind(value)
    text = str(value)
    return f"'{text[:TEXT_SHOWN_MAX]}{'…' if len(text) > TEXT_SHOWN_MAX else ''}'"


def _real_path(tree: Tree, at: TreePath, loc: tuple[int | str, ...]) -> TreePath:
    """Pydantic's location without what only pydantic knows of (tags of unions, `[key]`)."""
    node: Tree = tree
    for step in at:
        node = _child(node, step)
    path: list[int | str] = []
    for step in loc:
        if (isinstance(node, dict) and step in node) or (isinstance(node, list) and isinstance(step, int) and step < len(node)):
            path.append(step)
            node = _child(node, step)
    return tuple(path)


def _child(node: Tree, step: str | int) -> Tree:
    if isinstance(node, dict):
        return node[str(step)]
    assert isinstance(node, list)
    return node[int(step)]


def keys_at(schema: dict[str, Any], loc: tuple[int | str, ...]) -> set[str]:
    """The keys that a JSON Schema knows at a pydantic location."""
    here = [schema]
    for step in loc:
        if not (isinstance(step, str) and step.startswith("[")):
            here = [inner for node in here for inner in _inside(schema, node, step)]
    return {name for node in here for flat in _flat(schema, node) for name in flat.get("properties", {})}


def described_at(schema: dict[str, Any], loc: tuple[int | str, ...]) -> str:
    """What a field says of itself: whoever types it wrong is told that, and no pattern."""
    here = [schema]
    for step in loc:
        here = [inner for node in here for inner in _inside(schema, node, step)]
    return next((str(node["description"]) for node in here if "description" in node), "")


def _inside(schema: dict[str, Any], node: dict[str, Any], step: int | str) -> Iterator[dict[str, Any]]:
    for flat in _flat(schema, node):
        inner = flat.get("items") if isinstance(step, int) else flat.get("properties", {}).get(step, flat.get("additionalProperties"))
        if isinstance(inner, dict):
            yield inner


def _flat(schema: dict[str, Any], node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A node with its reference followed and its alternatives side by side."""
    if "$ref" in node:
        yield from _flat(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
        return
    yield node
    for alternatives in (node.get("anyOf", ()), node.get("oneOf", ())):
        for alternative in alternatives:
            yield from _flat(schema, alternative)
