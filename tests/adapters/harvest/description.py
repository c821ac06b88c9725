"""The vendor's examples, and the schemas that others made of real answers, as an oracle for every answer of the emulator.

Harvest publishes no description. What is held: every field is known from an example or a schema, every value has a JSON type
that one of them shows, and whatever every example of a thing has is there.
"""

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

Types = dict[str, set[str]]
LISTS = {"time_entries", "clients", "projects", "tasks", "users", "roles", "billable_rates", "cost_rates"}
EXAMPLES = {"time_entries": "time_entries_0*", "clients": "01_clients_*", "projects": "projects_0[12]", "tasks": "project_no_such",
            "users": "users_0*", "roles": "roles_0*", "billable_rates": "billable_rates_*", "cost_rates": "cost_rates_*",
            "company": "01_company_*"}  # fmt: skip
REFERENCE = ("id", "group_id", "account_id", "permalink", "service")
"""No example shows an external reference; these are the fields that trackers.md section 2 of the reference names."""
ENVELOPE = {"per_page", "total_pages", "total_entries", "next_page", "previous_page", "page", "links"}


def shared() -> Path:
    root = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
    return Path(os.environ.get("HOURBRIDGE_SHARED", root.parent / "shared"))


def specs() -> Path:
    return shared() / "specs" / "harvest"


def described() -> bool:
    """Whether the vendor's examples are on this machine."""
    return (specs() / "doc_examples").is_dir()


class Validating(httpx.BaseTransport):
    """Any transport; whatever passes is checked."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert request.headers.get("user-agent"), "Harvest wants to know the program's name"
        response = self._inner.handle_request(request)
        response.read()
        if response.status_code == 200 and request.url.path.startswith("/v2/") and _is_whole(response.content):
            check_answer(request.url.path, response.content)
        return response


def _is_whole(body: bytes) -> bool:
    """What a planned fault has torn is nobody's answer."""
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


def check_answer(path: str, body: bytes) -> None:
    """Raises AssertionError with every way in which an answer departs from what is known of that resource."""
    answer = json.loads(body)
    kind = path.rpartition("/")[2]
    if kind in LISTS:
        assert answer.keys() == ENVELOPE | {kind}, f"{path}: the envelope has {sorted(answer)}"
        found = [problem for row in answer[kind] for problem in problems(kind, row)]
        assert answer["per_page"] >= len(answer[kind])
    else:
        kind = "time_entries" if "/time_entries/" in path else "users" if path.endswith("/me") else kind
        found = list(problems(kind, answer))
    assert not found, f"{path}: " + "; ".join(sorted(set(found)))


def problems(kind: str, row: dict[str, Any]) -> Iterator[str]:
    known, required = facts(kind)
    said = types_of(row)
    for place, types in said.items():
        if place not in known:
            yield f"{place} is not a field of {kind}"
        elif wrong := types - known[place]:
            yield f"{place} is {' or '.join(sorted(wrong))}, known is {' or '.join(sorted(known[place]))}"
    for place in required - said.keys():
        yield f"{place} is missing"


@functools.cache
def facts(kind: str) -> tuple[Types, frozenset[str]]:
    """Place in a thing → its JSON types as examples and schemas show them; and the places at the top that every example has."""
    known: Types = {}
    rows = list(_examples(kind))
    for row in rows:
        for place, types in types_of(row).items():
            known.setdefault(place, set()).update(types)
    schema = specs() / "airbyte_schemas" / f"{kind}.json"
    if schema.exists():
        _add_schema(known, json.loads(schema.read_text("utf-8")), "")
    if kind == "time_entries":
        known["external_reference"].add("object")
        known |= {f"external_reference.{name}": {"string"} for name in REFERENCE}
    for types in known.values():
        types.update(("integer",) if "number" in types else ())
    required = frozenset.intersection(*[frozenset(row) for row in rows]) if rows else frozenset()
    return known, required


def _examples(kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted((specs() / "doc_examples").glob(EXAMPLES[kind] + ".json")):
        said = json.loads(path.read_text("utf-8"))
        yield from said.get(kind, [said])
    recorded = specs() / "airbyte_expected_records.excerpt.jsonl"
    for line in recorded.read_text("utf-8").splitlines() if recorded.exists() else ():
        if (record := json.loads(line))["stream"] == kind:
            yield record["data"]


def _add_schema(known: Types, schema: dict[str, Any], above: str) -> None:
    for name, told in schema.get("properties", {}).items():
        place = f"{above}{name}"
        types = told.get("type", [])
        known.setdefault(place, set()).update([types] if isinstance(types, str) else types)
        _add_schema(known, told, f"{place}.")
        if "items" in told:
            items = told["items"].get("type", [])
            known.setdefault(f"{place}[]", set()).update([items] if isinstance(items, str) else items)


def types_of(value: Any, place: str = "") -> Types:
    """Place → JSON types; a whole number is `integer` and fits where `number` is known."""
    found: Types = {}
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{place}{name}"
            found.setdefault(here, set()).add(_type(inner))
            found |= types_of(inner, f"{here}.") if isinstance(inner, dict) else {}
            for one in inner if isinstance(inner, list) else ():
                found.setdefault(f"{here}[]", set()).add(_type(one))
    return found


def _type(value: Any) -> str:
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (dict, "object"), (list, "array")):
        if isinstance(value, kind):
            return name
    return "null"
