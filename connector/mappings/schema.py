"""The JSON Schema of the mapping files, for editors that complete and underline."""

from typing import Any

from connector.mappings.shapes import MappingFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """One schema for every mapping file: any file may have any of the top-level keys."""
    schema = MappingFile.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **_any_of(schema), "title": "Hourbridge mapping file"}


def _any_of(node: Any) -> Any:
    """An empty list is a dated and an undated value alike, which `oneOf` would refuse."""
    if isinstance(node, dict):
        return {("anyOf" if key == "oneOf" else key): _any_of(value) for key, value in node.items()}
    return [_any_of(value) for value in node] if isinstance(node, list) else node
