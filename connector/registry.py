"""From a kind to its adapter, by convention: `adapters.<kind>.source`, `.sink` and `.emulator`; nothing is listed here.

A package outside this one offers a kind by an entry point of the group `hourbridge.adapters` that names a package of the same
shape. Modules are imported when first asked for, so that a command pays only for the systems it speaks to.
"""

import importlib
import pkgutil
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from connector.errors import ConfigError
from connector.ports import Host, Sink, Source

if TYPE_CHECKING:
    from connector.settings import Connection

GROUP = "hourbridge.adapters"
Role = Literal["source", "sink", "emulator"]
WORDS: dict[Role, str] = {"source": "a source of time", "sink": "a place to send documents to", "emulator": "emulated"}


def kinds() -> list[str]:
    """Every kind that is installed, ours and others', sorted."""
    ours = {found.name for found in pkgutil.iter_modules(importlib.import_module("adapters").__path__) if found.ispkg}
    return sorted(ours | {point.name for point in entry_points(group=GROUP)})


def package_of(kind: str, *, to: str = "") -> str:
    """The package of a kind. Raises ConfigError with the nearest kinds where there is none; `to` is where it was named."""
    if kind.isidentifier() and find_spec(f"adapters.{kind}") is not None:
        return f"adapters.{kind}"
    for point in entry_points(group=GROUP, name=kind):
        return point.module
    from connector.mappings.names import did_you_mean  # noqa: PLC0415  (only for the message)

    raise ConfigError(
        f"there is no adapter of kind '{kind}'",
        to=to,
        next_step=did_you_mean(kind, kinds(), f"There are: {', '.join(kinds())}."),
    )


def offers(kind: str, role: Role, *, to: str = "") -> bool:
    """Whether a kind can be used in a role, without importing it."""
    return find_spec(f"{package_of(kind, to=to)}.{role}") is not None


def module_of(kind: str, role: Role, *, to: str = "") -> ModuleType:
    """The module of a kind in a role. Raises ConfigError where the kind does not have it."""
    package = package_of(kind, to=to)
    if find_spec(f"{package}.{role}") is None:
        others = [other for other in kinds() if offers(other, role)]
        raise ConfigError(f"the kind '{kind}' is not {WORDS[role]}", to=to, next_step=f"These are: {', '.join(others)}.")
    return importlib.import_module(f"{package}.{role}")


def settings_of(connection: "Connection", role: Role) -> Any:
    """A connection's options as its adapter's own Settings. Raises ConfigError with every problem at its place in the file."""
    from pydantic import ValidationError  # noqa: PLC0415  (adapters bring it; nothing else here needs it)

    model = module_of(connection.kind, role, to=str(connection.where)).Settings
    given = dict(connection.options)
    if "allow_private" in model.model_fields:
        given["allow_private"] = connection.allow_private
    try:
        return model.model_validate(given)
    except ValidationError as error:
        from connector.settings import problems_at  # noqa: PLC0415  (only for the message)

        problems = [str(problem) for problem in problems_at(connection, error, model)]
        raise ConfigError(
            f"the settings of this connection have {len(problems)} problem{'' if len(problems) == 1 else 's'}",
            to=f"{connection.where.file}: {connection.name}", next_step="Mend what follows and run `hourbridge check`:", problems=problems,
        ) from None  # fmt: skip


def open_source(connection: "Connection", host: Host) -> Source:
    source: Source = module_of(connection.kind, "source", to=str(connection.where)).Source(settings_of(connection, "source"), host)
    return source


def open_sink(connection: "Connection", host: Host) -> Sink:
    sink: Sink = module_of(connection.kind, "sink", to=str(connection.where)).Sink(settings_of(connection, "sink"), host)
    return sink
