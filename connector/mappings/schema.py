"""The JSON Schema of the mapping files, for editors that complete and underline."""

from typing import Any

from connector.mappings.shapes import MappingFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """One schema for every mapping file: any file may have any of the top-level keys."""
    schema = MappingFile.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **schema, "title": "Hourbridge mapping file"}
