"""Our source over the emulated Harvest: every answer that passes is held to the vendor's own examples where they are at hand."""

from datetime import date, timedelta
from itertools import count
from typing import Any

import httpx

from adapters.harvest.emulator import Emulator
from adapters.harvest.source import Settings, Source
from connector.model import TimeEntry
from connector.ports import Cursor, Page, Window
from connector.sandbox import InProcess, Mount, Script
from tests.adapters.harvest.description import Validating, described
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock

API = "https://api.harvestapp.com"
FIRST_DAY = date(2026, 6, 1)
ACCOUNT: dict[str, Any] = {
    "company": {"name": "Kea Networks", "wants_timestamp_timers": True, "rounding_minutes": 15},
    "users": [
        {"name": "Ana Reyes", "access": "administrator", "roles": ["Designer"], "rate": 150, "cost": 60},
        {"name": "Ben Ito", "roles": ["Engineer"], "rate": 120},
        {"name": "Mia Torres", "access": "manager"},
    ],
    "clients": [{"name": "Alpine Dental"}, {"name": "Bayside Motors", "currency": "AUD"}],
    "projects": [
        {"client": "Alpine Dental", "name": "Upgrade", "code": "UP"},
        {"client": "Bayside Motors", "name": "Website", "hourly_rate": 99.5},
    ],
    "tasks": [{"name": "Project work"}, {"name": "Travel", "billable": False}],
}


class Harvest:
    """One emulated account, its clock, and sources that read it."""

    def __init__(self, account: dict[str, Any] | None = None, *, held_to_examples: bool = True, **settings: Any) -> None:
        self.clock = VirtualClock()
        self.held_to_examples = held_to_examples and described()
        self.emulator = Emulator(self.clock, (f"id-{number}" for number in count(1)), account or ACCOUNT)
        self.people = self.emulator.people
        self.faults = Script()
        self.mount = Mount(self.emulator, clock=self.clock, faults=self.faults)
        self.token = "emulated-token"
        self.settings = {"hours": "hours", "zone": "Pacific/Auckland", "page_size": 5, **settings}

    def enter(self, on: date = FIRST_DAY, hours: str = "1.25", **facts: Any) -> str:
        said = {"user": "Ben Ito", "project": "Upgrade", "task": "Project work", **facts}
        user, project, task = (said.pop(name) for name in ("user", "project", "task"))
        return str(self.people.enter(user, project, task, on, hours, **said).id)

    def fill(self, entries: int) -> list[str]:
        return [self.enter(FIRST_DAY + timedelta(days=number % 28), f"{1 + number % 7}.25") for number in range(entries)]

    def source(self, connection: str = "harvest", **settings: Any) -> Source:
        transport: httpx.BaseTransport = InProcess(self.mount)
        host = FakeHost(
            name=connection,
            clock=self.clock,
            keeper=MemoryKeeper(self.clock),
            secrets={"env:TOKEN": self.token},
            transports={API: Validating(transport) if self.held_to_examples else transport},
        )
        said = {"account_id": self.emulator.account_id, "token": "env:TOKEN", **self.settings, **settings}
        return Source(Settings.model_validate(said), host)

    def pages(self, window: Window | None = None, cursor: Cursor | None = None, **settings: Any) -> list[Page]:
        return list(self.source(**settings).pages(window or Window(), cursor))

    def listed(self, window: Window | None = None, cursor: Cursor | None = None, **settings: Any) -> dict[str, TimeEntry]:
        return {entry.id: entry for page in self.pages(window, cursor, **settings) for entry in page.entries}

    def one(self, entry_id: str, **settings: Any) -> TimeEntry:
        return self.listed(**settings)[entry_id]

    @property
    def listings(self) -> list[str]:
        """The targets of the calls that listed time."""
        return [target for _, target in self.mount.log if target.startswith("/v2/time_entries?")]
