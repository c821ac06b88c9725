"""Every name that an entry may carry, with its id: clients, projects, tasks, people and work roles, and what people cost when."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from adapters.harvest import wire
from adapters.harvest.clock_times import day_of
from adapters.harvest.listing import follow
from connector.http import Client
from connector.model import SourceName, SourceNames, SourceRate

L = TypeVar("L", bound=wire.Listing)
T = TypeVar("T")
_PARAMS = {"per_page": "2000"}


def read_names(http: Client, name: str) -> SourceNames:
    """Archived ones too: old entries carry them."""
    clients = _every(http, name, "/v2/clients", wire.Clients, lambda page: page.clients)
    projects = _every(http, name, "/v2/projects", wire.Projects, lambda page: page.projects)
    tasks = _every(http, name, "/v2/tasks", wire.Tasks, lambda page: page.tasks)
    roles = _every(http, name, "/v2/roles", wire.Roles, lambda page: page.roles)
    return SourceNames(
        clients=tuple(_named(one, currency=one.currency or "") for one in clients),
        projects=tuple(_named(one, code=one.code or "", of=_id(one.client)) for one in projects),
        work_types=tuple(map(_named, tasks)),
        people=tuple(
            SourceName(id=str(one.id), name=one.name, active=one.is_active is not False, roles=one.roles or ())
            for one in _people(http, name)
        ),
        roles=tuple(SourceName(id=str(one.id), name=one.name or "") for one in roles),
    )


def read_rates(http: Client, name: str) -> tuple[SourceRate, ...]:
    """Of everybody who is active, what an hour is sold for and then what it costs: two calls a person."""
    found: list[SourceRate | None] = []
    for one in _people(http, name):
        if one.is_active is not False:
            sold = _every(http, name, f"/v2/users/{one.id}/billable_rates", wire.BillableRates, lambda page: page.billable_rates)
            found += [_rate(one, row) for row in sold]
            costs = _every(http, name, f"/v2/users/{one.id}/cost_rates", wire.CostRates, lambda page: page.cost_rates)
            found += [_rate(one, row, cost=True) for row in costs]
    return tuple(rate for rate in found if rate is not None)


def _every(http: Client, name: str, path: str, as_: type[L], rows_of: Callable[[L], Iterable[T]]) -> Iterator[T]:
    for read, _ in follow(http, name, path, as_, _PARAMS):
        yield from rows_of(read.value)


def _people(http: Client, name: str) -> list[wire.User]:
    return list(_every(http, name, "/v2/users", wire.Users, lambda page: page.users))


def _named(one: wire.Client | wire.Project | wire.Task, *, code: str = "", currency: str = "", of: str = "") -> SourceName:
    return SourceName(id=str(one.id), name=one.name or "", active=one.is_active is not False, code=code, currency=currency, of=of)


def _id(named: wire.Named | None) -> str:
    return str(named.id) if named is not None and named.id is not None else ""


def _rate(person: wire.User, said: wire.Rate, *, cost: bool = False) -> SourceRate | None:
    if said.amount is None:
        return None
    return SourceRate(
        person_id=str(person.id),
        amount=said.amount,
        since=day_of(said.start_date) if said.start_date else None,
        until=day_of(said.end_date) if said.end_date else None,
        cost=cost,
    )
