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

    def every(path: str, as_: type[L], rows_of: Callable[[L], Iterable[T]]) -> Iterator[T]:
        for read, _ in follow(http, name, path, as_, _PARAMS):
            yield from rows_of(read.value)

    people = list(every("/v2/users", wire.Users, lambda page: page.users))
    return SourceNames(
        clients=tuple(
            SourceName(id=str(one.id), name=one.name or "", active=one.is_active is not False, currency=one.currency or "")
            for one in every("/v2/clients", wire.Clients, lambda page: page.clients)
        ),
        projects=tuple(
            SourceName(id=str(one.id), name=one.name or "", active=one.is_active is not False, code=one.code or "", of=_id(one.client))
            for one in every("/v2/projects", wire.Projects, lambda page: page.projects)
        ),
        work_types=tuple(
            SourceName(id=str(one.id), name=one.name or "", active=one.is_active is not False)
            for one in every("/v2/tasks", wire.Tasks, lambda page: page.tasks)
        ),
        people=tuple(SourceName(id=str(one.id), name=one.name, active=one.is_active is not False, roles=one.roles or ()) for one in people),
        roles=tuple(SourceName(id=str(one.id), name=one.name or "") for one in every("/v2/roles", wire.Roles, lambda page: page.roles)),
        rates=tuple(
            rate
            for one in people
            if one.is_active is not False
            for rate in (
                *(_rate(one, row) for row in every(f"/v2/users/{one.id}/billable_rates", wire.BillableRates, lambda p: p.billable_rates)),
                *(_rate(one, row, cost=True) for row in every(f"/v2/users/{one.id}/cost_rates", wire.CostRates, lambda p: p.cost_rates)),
            )
            if rate is not None
        ),
    )


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
