"""An account to begin with, from a plain dict."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from adapters.harvest.emulated.account import Access, Account, Client, Company, Project, Rate, Reference, Role, Task, User
from adapters.harvest.emulated.people import People


class CompanySeed(Struct, kw_only=True, forbid_unknown_fields=True):
    id: int = 770_001
    name: str = "Kea Networks"
    wants_timestamp_timers: bool = False
    clock: Literal["12h", "24h"] = "12h"
    rounding_minutes: int = 0
    currency: str = "NZD"


class UserSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    id: int | None = None
    access: Access = "member"
    roles: list[str] = field(default_factory=list)
    rate: Decimal | None = None
    cost: Decimal | None = None
    contractor: bool = False
    active: bool = True


class ClientSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    id: int | None = None
    currency: str = ""
    active: bool = True


class ProjectSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """A rate here wins over the people's."""

    client: str
    name: str
    code: str = ""
    billable: bool = True
    hourly_rate: Decimal | None = None


class TaskSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    name: str
    billable: bool = True


class EntrySeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """Names as in the other lists; a project that several clients have is `Client/Project`. `entered`: when it was written down."""

    user: str
    id: int | None = None
    entered: datetime | None = None
    project: str
    task: str
    on: date
    hours: Decimal
    notes: str | None = None
    billable: bool | None = None
    started: str = ""
    ended: str = ""
    reference: Reference | None = None
    closed: bool = False


class AccountSeed(Struct, kw_only=True, forbid_unknown_fields=True):
    """Ids are drawn in this order; where one is given, the next ones follow it, so that given ones must rise. Without an
    administrator the first of `users` is one.
    """

    company: CompanySeed = field(default_factory=CompanySeed)
    users: list[UserSeed] = field(default_factory=lambda: [UserSeed(name="Ana Reyes", access="administrator")])
    clients: list[ClientSeed] = field(default_factory=list)
    projects: list[ProjectSeed] = field(default_factory=list)
    tasks: list[TaskSeed] = field(default_factory=list)
    entries: list[EntrySeed] = field(default_factory=list)


def found_account(seed: Mapping[str, Any], now: datetime) -> Account:
    """Raises msgspec.ValidationError naming the field that is wrong or unknown, LookupError for a name that is not there."""
    given = msgspec.convert(seed, AccountSeed)
    account = Account(company=Company(**msgspec.structs.asdict(given.company)))
    for user in given.users:
        _add_user(account, user, now)
    for client in given.clients:
        made = Client(id=_id(account, client.id), name=client.name, currency=client.currency or given.company.currency, active=client.active,
                      made_at=now, updated_at=now)  # fmt: skip
        account.clients[made.id] = made
    people = People(account, lambda: now)
    for project in given.projects:
        new = Project(id=account.new_id(), client_id=people.client(project.client).id, name=project.name, code=project.code,
                      billable=project.billable, hourly_rate=project.hourly_rate, made_at=now, updated_at=now)  # fmt: skip
        account.projects[new.id] = new
    for task in given.tasks:
        number = account.new_id()
        account.tasks[number] = Task(id=number, name=task.name, billable=task.billable, made_at=now, updated_at=now)
    for name in dict.fromkeys(role for user in given.users for role in user.roles):
        number = account.new_id()
        account.roles[number] = Role(id=number, name=name, made_at=now, updated_at=now)
    for entry in given.entries:
        _add_entry(account, entry, now)
    return account


def _id(account: Account, wanted: int | None) -> int:
    _reach(account, wanted)
    return account.new_id()


def _reach(account: Account, wanted: int | None) -> None:
    """The next id that is drawn is the wanted one."""
    if wanted is not None and wanted < account.next_id:
        raise LookupError(f"the id {wanted} is out of order: {account.next_id} is the next that can be had")
    account.next_id = wanted or account.next_id


def _add_user(account: Account, given: UserSeed, now: datetime) -> None:
    first, _, last = given.name.rpartition(" ")
    user = User(
        id=_id(account, given.id), first_name=first or last, last_name=last if first else "",
        access=given.access if account.users or given.access != "member" else "administrator", roles=list(given.roles),
        contractor=given.contractor, active=given.active, made_at=now, updated_at=now,
    )  # fmt: skip
    for rates, amount in ((user.billable_rates, given.rate), (user.cost_rates, given.cost)):
        if amount is not None:
            rates.append(Rate(id=account.new_id(), amount=amount, made_at=now))
    account.users[user.id] = user


def _add_entry(account: Account, given: EntrySeed, now: datetime) -> None:
    _reach(account, given.id)
    people = People(account, lambda: given.entered or now)
    made = people.enter(
        given.user, given.project, given.task, given.on, given.hours, notes=given.notes, billable=given.billable,
        started=given.started, ended=given.ended, reference=given.reference,
    )  # fmt: skip
    if given.closed:
        people.close(made.id)
