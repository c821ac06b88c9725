"""A stateful emulator of the part of Harvest's API that we, and other programs that read time, use.

Endpoints: GET /v2/ time_entries, time_entries/{id}, company, users, users/me, users/{id}/billable_rates, users/{id}/cost_rates,
clients, projects, tasks, roles · POST /api/v2/oauth2/token · GET /api/v2/accounts (these two are id.getharvest.com's).
Facts: trackers.md section 2 of the project's reference and the examples of the vendor's documentation; where the vendor's
behaviour is not confirmed there is a switch (`paging`). The clock and the ids of tokens come from the caller, so that a history
can be repeated. `ledger` is the ground truth: everything that people did.
"""

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from adapters.harvest.emulated.access import Identity, Tokens, bearer
from adapters.harvest.emulated.account import Account, Change, Entry, User
from adapters.harvest.emulated.forms import Answer, Query, Refused, answer, message
from adapters.harvest.emulated.limits import Limits
from adapters.harvest.emulated.listing import PER_PAGE_MAX, Paging, Row, entries_asked, entry_place, page_of, visible
from adapters.harvest.emulated.people import People
from adapters.harvest.emulated.seed import found_account
from adapters.harvest.emulated.views import (
    view_client,
    view_company,
    view_entry,
    view_project,
    view_rates,
    view_role,
    view_task,
    view_user,
)

API = "/v2/"
NOT_FOUND = "The object you requested can't be found."
NOT_ALLOWED = "The object you requested was found but you don't have authorization to perform your request."
OF_ADMINISTRATORS = frozenset({"clients", "projects", "tasks", "roles", "users"})


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""


class Saved(Struct, kw_only=True):
    """Everything that outlives the process."""

    account: Account
    tokens: Tokens
    ids_drawn: int


class Emulator:
    """One Harvest account. `ids` yields texts that tokens are made of.

    `people` is what people do over there, `limits`, `paging` and `per_page` (of a caller who does not say) hold the switches,
    `identity` the tokens. `base_url` is where links point: the address under which callers reach this emulator.
    """

    def __init__(self, clock: Clock, ids: Iterator[str], account: Mapping[str, Any] | None = None) -> None:
        self._clock, self._ids, self._ids_drawn = clock, ids, 0
        self._lock = threading.RLock()
        self.base_url = "https://api.harvestapp.com"
        self.paging: Paging = "page"
        self.per_page = PER_PAGE_MAX
        self.limits = Limits(clock.now)
        self.seed(account or {})

    # ---- the account ---------------------------------------------------------------------------------------------------

    def seed(self, account: Mapping[str, Any]) -> None:
        """Begins a new account: see `emulated.seed.AccountSeed` for the shape."""
        self._open(found_account(account, self._clock.now()))

    @property
    def account_id(self) -> str:
        return str(self.account.company.id)

    @property
    def ledger(self) -> tuple[Change, ...]:
        return tuple(self.account.ledger)

    def entries(self) -> list[Entry]:
        """Time as it stands, oldest entry first."""
        return list(self.account.entries.values())

    def dump(self) -> bytes:
        """The whole state as JSON, for `load` in another process."""
        with self._lock:
            return msgspec.json.encode(Saved(account=self.account, tokens=self.identity.tokens, ids_drawn=self._ids_drawn))

    def load(self, state: bytes) -> None:
        """Goes on where `dump` left off; ids that were drawn before are skipped, so that none comes twice."""
        saved = msgspec.json.decode(state, type=Saved)
        with self._lock:
            self._open(saved.account)
            self.identity.tokens = saved.tokens
            while self._ids_drawn < saved.ids_drawn:
                self._new_id()

    def _open(self, account: Account) -> None:
        self.account = account
        self.identity = Identity(account, self._clock.now, self._new_id)
        self.people = People(account, self._clock.now)

    def _new_id(self) -> str:
        self._ids_drawn += 1
        return next(self._ids)

    # ---- the API -------------------------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One call: `target` is path and query, header names in any case. Never raises for what a caller may send."""
        with self._lock:
            named = {name.lower(): value for name, value in headers.items()}
            status, given, text = self._call(method, Query(target), named, body)
            return status, {"Date": format_datetime(self._clock.now(), usegmt=True), **given}, text

    def _call(self, method: str, query: Query, headers: Mapping[str, str], body: bytes) -> Answer:
        if (method, query.path) == ("POST", "/api/v2/oauth2/token"):
            return self.identity.exchange(headers, body)
        if (method, query.path) == ("GET", "/api/v2/accounts"):
            return self.identity.accounts(headers)
        viewer = self.identity.admit(headers)
        if not isinstance(viewer, User):
            return viewer
        refusal = self.limits.take(bearer(headers))
        if refusal is not None:
            return refusal
        if method != "GET" or not query.path.startswith(API):
            return message(404, NOT_FOUND)
        try:
            return self._read(viewer, query)
        except Refused as refused:
            return message(refused.status, str(refused))

    def _read(self, viewer: User, query: Query) -> Answer:
        resource, _, rest = query.path.removeprefix(API).partition("/")
        if (resource, rest) == ("users", "me"):
            return answer(200, view_user(viewer, self._clock.now()))
        if (resource, rest) == ("company", ""):
            return answer(200, view_company(self.account.company, self.base_url))
        if resource == "time_entries" and rest:
            return self._one_entry(viewer, rest)
        if resource in OF_ADMINISTRATORS and viewer.access != "administrator":
            return message(403, NOT_ALLOWED)
        rows = self._rows(viewer, resource, rest, query)
        if rows is None:
            return message(404, NOT_FOUND)
        return answer(200, page_of(rows, rest.partition("/")[2] or resource, query, self.base_url, self.paging, self.per_page))

    def _one_entry(self, viewer: User, number: str) -> Answer:
        entry = self.account.entries.get(int(number)) if number.isdecimal() else None
        if entry is None:
            return message(404, NOT_FOUND)
        if not visible(viewer, entry):
            return message(403, NOT_ALLOWED)
        return answer(200, view_entry(self.account, entry, self._clock.now()))

    def _rows(self, viewer: User, resource: str, rest: str, query: Query) -> list[Row] | None:
        """What a listing holds, None where there is no such listing."""
        account, now = self.account, self._clock.now()
        if rest:
            return self._rates(resource, rest)
        if resource == "time_entries":
            found = entries_asked(account, viewer, query)
            return [Row(entry_place(entry), lambda entry=entry: view_entry(account, entry, now)) for entry in found]  # type: ignore[misc]
        since = query.instant("updated_since")
        named: dict[str, tuple[dict[int, Any], Any]] = {
            "clients": (account.clients, view_client),
            "projects": (account.projects, lambda one: view_project(account, one)),
            "tasks": (account.tasks, view_task),
            "users": (account.users, lambda one: view_user(one, now)),
            "roles": (account.roles, lambda one: view_role(account, one)),
        }
        if resource not in named:
            return None
        things, show = named[resource]
        return [Row((one.id,), lambda one=one: show(one)) for one in things.values() if since is None or one.updated_at >= since]  # type: ignore[misc]

    def _rates(self, resource: str, rest: str) -> list[Row] | None:
        number, _, which = rest.partition("/")
        user = self.account.users.get(int(number)) if resource == "users" and number.isdecimal() else None
        if user is None or which not in ("billable_rates", "cost_rates"):
            return None
        shown = view_rates(user.billable_rates if which == "billable_rates" else user.cost_rates)
        return [Row((-at,), lambda one=one: one) for at, one in enumerate(shown)]  # type: ignore[misc]
