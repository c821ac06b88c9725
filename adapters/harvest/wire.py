"""What Harvest's API answers, only the fields we use; everything else is ignored. Every field may be missing or null.

Numbers are read as they are written: `2.38` is exactly 2.38. `spent_date` stays text, so that a day that cannot be read is one
entry's problem and not the page's.
"""

from datetime import datetime
from decimal import Decimal

from msgspec import Raw, Struct


class Wire(Struct, frozen=True, gc=False):
    """Named here as there."""


class Named(Wire, frozen=True, gc=False):
    id: int | None = None
    name: str | None = None


class EntryClient(Wire, frozen=True, gc=False):
    id: int | None = None
    name: str | None = None
    currency: str | None = None


class Invoice(Wire, frozen=True, gc=False):
    number: str | None = None


class ExternalReference(Wire, frozen=True, gc=False):
    """What an integration (a ticket system, a board) wrote beside the entry."""

    id: str | int | None = None


class TimeEntry(Wire, frozen=True, gc=False):
    """`hours_without_timer` is what stood there before the timer that runs now was started."""

    id: int
    spent_date: str | None = None
    hours: Decimal | None = None
    hours_without_timer: Decimal | None = None
    rounded_hours: Decimal | None = None
    notes: str | None = None
    is_closed: bool | None = None
    is_billed: bool | None = None
    is_running: bool | None = None
    billable: bool | None = None
    billable_rate: Decimal | None = None
    cost_rate: Decimal | None = None
    started_time: str | None = None
    ended_time: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    user: Named | None = None
    client: EntryClient | None = None
    project: Named | None = None
    task: Named | None = None
    invoice: Invoice | None = None
    external_reference: ExternalReference | str | None = None


class Links(Wire, frozen=True, gc=False):
    """`next` carries a page number or a cursor: it is followed as it stands."""

    next: str | None = None


class Listing(Wire, frozen=True, gc=False):
    """What every listing has. `next_page` is null where pages are told by cursor."""

    links: Links | None = None
    next_page: int | None = None


class Row(Wire, frozen=True, gc=False):
    """A time entry of which nothing but the id was read yet."""

    id: int


class TimeEntries(Listing, frozen=True, gc=False):
    """Each entry as it came."""

    time_entries: tuple[Raw, ...] = ()


class Client(Wire, frozen=True, gc=False):
    id: int
    name: str | None = None
    is_active: bool | None = None
    currency: str | None = None


class Clients(Listing, frozen=True, gc=False):
    clients: tuple[Client, ...] = ()


class Project(Wire, frozen=True, gc=False):
    id: int
    name: str | None = None
    code: str | None = None
    is_active: bool | None = None
    client: Named | None = None


class Projects(Listing, frozen=True, gc=False):
    projects: tuple[Project, ...] = ()


class Task(Wire, frozen=True, gc=False):
    id: int
    name: str | None = None
    is_active: bool | None = None


class Tasks(Listing, frozen=True, gc=False):
    tasks: tuple[Task, ...] = ()


class User(Wire, frozen=True, gc=False):
    """`access_roles` say what the person may see, `roles` what they work as; `is_admin` is how older accounts say it."""

    id: int
    first_name: str | None = None
    last_name: str | None = None
    is_active: bool | None = None
    roles: tuple[str, ...] | None = None
    access_roles: tuple[str, ...] | None = None
    is_admin: bool | None = None

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.first_name, self.last_name)))


class Users(Listing, frozen=True, gc=False):
    users: tuple[User, ...] = ()


class Role(Wire, frozen=True, gc=False):
    id: int
    name: str | None = None


class Roles(Listing, frozen=True, gc=False):
    roles: tuple[Role, ...] = ()


class Rate(Wire, frozen=True, gc=False):
    """Of one person, from a day to a day; either may be open."""

    id: int
    amount: Decimal | None = None
    start_date: str | None = None
    end_date: str | None = None


class BillableRates(Listing, frozen=True, gc=False):
    billable_rates: tuple[Rate, ...] = ()


class CostRates(Listing, frozen=True, gc=False):
    cost_rates: tuple[Rate, ...] = ()
