"""The mapping files: read, checked, edited in place, and compiled into the frozen values of `connector.core.mapping`.

`load` gives the mapping or raises with everything that is wrong; `check` gives problems and notes without raising.
"""

from connector.mappings.catalogue import CatalogueCheck, check_catalogue
from connector.mappings.editing import Edit, add_alias, add_client, add_person, add_work_type, file_of, keep, pin
from connector.mappings.loading import Checked, check, load
from connector.mappings.schema import json_schema
from connector.mappings.suggesting import Suggestion, suggest

__all__ = [
    "CatalogueCheck",
    "Checked",
    "Edit",
    "Suggestion",
    "add_alias",
    "add_client",
    "add_person",
    "add_work_type",
    "check",
    "check_catalogue",
    "file_of",
    "json_schema",
    "keep",
    "load",
    "pin",
    "suggest",
]
