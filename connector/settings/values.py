"""The configuration as frozen values."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from connector.core.ledger import TimeChoice
from connector.core.mapping import Safety, Where
from connector.errors import ConfigError
from connector.mappings.names import did_you_mean, listed
from connector.settings.schedules import JITTER_SECONDS, REPORTS_FOLDER, Cron
from connector.strict_yaml import Document

T = TypeVar("T")


class Connection(Struct, frozen=True, kw_only=True):
    """One account at one system. `options` are text, as typed: the adapter's Settings give them types. `schedule`: job → when."""

    name: str
    kind: str
    allow_private: bool
    options: dict[str, Any]
    where: Where
    document: Document
    schedule: Mapping[str, Cron] = {}

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
    """One accounting company. `start` is the cut-over: nothing worked and entered before it is ever billed from here.
    `schedule`: job → when, in the book's zone.
    """

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
    schedule: Mapping[str, Cron] = {}

    @property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def bounds(self, safety: Safety) -> Safety:
        """The mapping's bounds with this book's own over them."""
        return structs.replace(safety, **dict(self.safety))


class Log(Struct, frozen=True, kw_only=True):
    """Where structured log lines go: `stderr`, or the absolute path of a file. `auto` is text at a terminal and JSON elsewhere."""

    to: str
    format: Literal["auto", "json", "text"]
    level: Literal["debug", "info", "warning", "error"]


class Health(Struct, frozen=True, kw_only=True):
    """Where the daemon answers machines. Not ready: a connection was not read to its end for more than `pull_hours_max`."""

    host: str = "127.0.0.1"
    port: int = 8912
    pull_hours_max: int = 26


class Smtp(Struct, frozen=True, kw_only=True):
    """A mail server; `password` is a reference, "" where nobody logs in."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str
    password: str
    sender: str
    to: tuple[str, ...]


class Webhook(Struct, frozen=True, kw_only=True):
    """An address that takes JSON; `secret` is the reference to what signs it."""

    url: str
    secret: str
    allow_private: bool


class Notifications(Struct, frozen=True, kw_only=True):
    """Whom to tell what waits for a person: every `every_hours` from `at_minutes` after midnight on, in `zone`."""

    at_minutes: int
    every_hours: int
    zone: str
    smtp: Smtp | None
    webhook: Webhook | None


class Unattended(Struct, frozen=True, kw_only=True):
    """What holds for all jobs of the daemon. `zone` is that of the connections' jobs; a book's jobs go by the book's."""

    zone: str = "UTC"
    jitter_seconds: int = JITTER_SECONDS
    reports_folder: Path = Path(REPORTS_FOLDER)


class Settings(Struct, frozen=True, kw_only=True):
    """All of config.yaml. `folder` is where relative paths begin; `state_url` is absolute or a secret's reference.
    `state_keys`: references to the keys that tokens in the state are encrypted with, newest first; none: plain text.
    `signing_key`: a reference to the key that signs certificates.
    """

    path: Path
    folder: Path
    state_url: str
    mapping_paths: tuple[Path, ...]
    connections: tuple[Connection, ...]
    books: tuple[Book, ...]
    state_keys: tuple[str, ...] = ()
    log: Log | None = None
    health: Health = Health()
    notifications: Notifications | None = None
    unattended: Unattended = Unattended()
    signing_key: str = "file:signing.key"

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
