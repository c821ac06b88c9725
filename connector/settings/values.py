"""The configuration as frozen values."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from connector.core.ledger import TimeChoice
from connector.core.mapping import Safety, Where
from connector.errors import ConfigError
from connector.mappings.names import did_you_mean, listed
from connector.strict_yaml import Document

T = TypeVar("T")


class Connection(Struct, frozen=True, kw_only=True):
    """One account at one system. `options` are text, as typed: the adapter's Settings give them types."""

    name: str
    kind: str
    allow_private: bool
    options: dict[str, Any]
    where: Where
    document: Document

    def __repr__(self) -> str:
        return f"Connection({self.name!r}, {self.kind!r})"


class AutoApprove(Struct, frozen=True):
    """Creates and draft amendments whose total is below this amount need no person."""

    below: Decimal


class CorrectionPolicy(Struct, frozen=True):
    """What is chosen by itself for corrections of billed time below this amount, either way. Nothing is sent by it."""

    below: Decimal
    choose: TimeChoice


class Book(Struct, frozen=True, kw_only=True):
    """One accounting company. `start` is the cut-over: nothing worked and entered before it is ever billed from here."""

    name: str
    sink: str
    zone: str
    start: date
    grace_days: int
    look_back_days: int
    auto_approve: AutoApprove | None
    safety: tuple[tuple[str, Decimal | int | None], ...]
    where: Where
    corrections: CorrectionPolicy | None = None

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def bounds(self, safety: Safety) -> Safety:
        """The mapping's bounds with this book's own over them."""
        return structs.replace(safety, **dict(self.safety))


class Settings(Struct, frozen=True, kw_only=True):
    """All of config.yaml. `folder` is where relative paths begin; `state_url` is absolute or a secret's reference."""

    path: Path
    folder: Path
    state_url: str
    mapping_paths: tuple[Path, ...]
    connections: tuple[Connection, ...]
    books: tuple[Book, ...]

    def connection(self, name: str) -> Connection:
        """By name; ConfigError with the nearest names where there is none."""
        return _named("connection", name, {each.name: each for each in self.connections}, self.path)

    def book(self, name: str) -> Book:
        """By name; ConfigError with the nearest names where there is none."""
        return _named("book", name, {each.name: each for each in self.books}, self.path)


def _named(kind: str, name: str, known: dict[str, T], path: Path) -> T:
    if name not in known:
        raise ConfigError(f"no {kind} '{name}'", to=str(path), next_step=did_you_mean(name, known, f"There are: {listed(known)}"))
    return known[name]
