"""What one Harvest account holds. Ids are whole numbers, hours and money `Decimal`, instants aware UTC with whole seconds."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

Access = Literal["administrator", "manager", "member"]


class Company(Struct, kw_only=True):
    """`wants_timestamp_timers`: people say when they began and ended. `rounding_minutes` 0: not at all."""

    id: int
    name: str
    wants_timestamp_timers: bool = False
    clock: Literal["12h", "24h"] = "12h"
    rounding_minutes: int = 0
    currency: str = "NZD"


class Rate(Struct, kw_only=True):
    """An hour's price or cost from a day on, until the next one begins."""

    id: int
    amount: Decimal
    start_date: date | None = None
    made_at: datetime


class User(Struct, kw_only=True):
    """`manages` are the people whose time a manager sees beside their own."""

    id: int
    first_name: str
    last_name: str
    access: Access = "member"
    timezone: str = "Wellington"
    roles: list[str] = field(default_factory=list)
    active: bool = True
    contractor: bool = False
    manages: list[int] = field(default_factory=list)
    billable_rates: list[Rate] = field(default_factory=list)
    cost_rates: list[Rate] = field(default_factory=list)
    made_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Client(Struct, kw_only=True):
    id: int
    name: str
    currency: str
    active: bool = True
    made_at: datetime
    updated_at: datetime


class Project(Struct, kw_only=True):
    id: int
    client_id: int
    name: str
    code: str = ""
    billable: bool = True
    active: bool = True
    hourly_rate: Decimal | None = None
    made_at: datetime
    updated_at: datetime


class Task(Struct, kw_only=True):
    id: int
    name: str
    billable: bool = True
    active: bool = True
    made_at: datetime
    updated_at: datetime


class Role(Struct, kw_only=True):
    id: int
    name: str
    made_at: datetime
    updated_at: datetime


class Reference(Struct, frozen=True, kw_only=True):
    """What an integration wrote beside an entry."""

    id: str
    group_id: str = ""
    permalink: str = ""
    service: str = ""


class Invoice(Struct, kw_only=True):
    id: int
    number: str
    client_id: int


class Entry(Struct, kw_only=True):
    """`hours` are without the timer that may be running since `timer_started_at`. Rates are as they were when it was written."""

    id: int
    user_id: int
    project_id: int
    task_id: int
    spent_date: date
    hours: Decimal
    notes: str | None = None
    billable: bool = True
    billable_rate: Decimal | None = None
    cost_rate: Decimal | None = None
    started: time | None = None
    ended: time | None = None
    timer_started_at: datetime | None = None
    closed: bool = False
    invoice_id: int | None = None
    reference: Reference | None = None
    made_at: datetime
    updated_at: datetime

    @property
    def locked(self) -> bool:
        return self.closed or self.invoice_id is not None


class Change(Struct, frozen=True, kw_only=True):
    """One thing that a person did: the ground truth. `entry` is the entry as it stood afterwards, None when it is gone."""

    at: datetime
    what: str
    entry_id: int
    entry: Entry | None


class Account(Struct, kw_only=True):
    company: Company
    next_id: int = 1_000_001
    users: dict[int, User] = field(default_factory=dict)
    clients: dict[int, Client] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    tasks: dict[int, Task] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    entries: dict[int, Entry] = field(default_factory=dict)
    ledger: list[Change] = field(default_factory=list)

    def new_id(self) -> int:
        """Never used before, also after what had it is gone."""
        self.next_id += 1
        return self.next_id - 1
