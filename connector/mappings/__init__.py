"""The mapping files: read, checked, edited in place, and compiled into the frozen values of `connector.core.mapping`.

`load` gives the mapping or raises with everything that is wrong; `check` gives problems and notes without raising. Each name is
imported when it is first asked for: a command that finds its mapping proved and kept pays for none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    "catalogue": ("CatalogueCheck", "check_catalogue"),
    "editing": ("Edit", "add_alias", "add_client", "add_person", "add_work_type", "file_of", "keep", "pin"),
    "loading": ("Checked", "check", "load"),
    "schema": ("json_schema",),
    "suggesting": ("Suggestion", "suggest"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
