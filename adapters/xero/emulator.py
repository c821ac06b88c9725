"""A stateful emulator of the part of Xero's Accounting API that we use.

Endpoints: POST /connect/token · GET /connections · /api.xro/2.0/ Invoices and CreditNotes (GET, PUT, POST),
CreditNotes/{id}/Allocations (PUT), Invoices/{id}/History and CreditNotes/{id}/History (GET), Payments, Contacts, Items, Accounts,
TaxRates, TrackingCategories, Organisation, Currencies, BrandingThemes (GET).
Facts: accounting.md section 2 of the project's reference; where the vendor's behaviour is not confirmed there is a switch.
Every call to the API needs a bearer token and the header `xero-tenant-id`. The clock and the ids come from the caller, so that
a history can be repeated. `ledger` is the ground truth: every accepted write, by whomever.
"""

import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from adapters.xero.emulated.access import Identity, Tokens
from adapters.xero.emulated.company import Company, Invoice, Write
from adapters.xero.emulated.credits import Credits
from adapters.xero.emulated.forms import (
    Answer,
    Query,
    Unreadable,
    answer,
    milliseconds,
    problem,
    stamp,
    unreadable,
)
from adapters.xero.emulated.history import list_history
from adapters.xero.emulated.invoices import Invoices
from adapters.xero.emulated.keys import Keys, Remembered
from adapters.xero.emulated.limits import Limits
from adapters.xero.emulated.listing import read, unit_places
from adapters.xero.emulated.people import People
from adapters.xero.emulated.seed import found_company
from adapters.xero.emulated.views import view_document
from adapters.xero.emulated.writing import CREDIT_NOTES, FORMS, Form, Writing

API = "/api.xro/2.0/"


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""


class Saved(Struct, kw_only=True):
    """Everything that outlives the process."""

    company: Company
    tokens: Tokens
    keys: dict[str, Remembered]
    calls: list[datetime]
    ids_drawn: int


class Emulator:
    """One Xero company, its identity service and one app. `ids` yields UUID texts.

    `people` is what people do over there, `keys` and `limits` hold the switches, `identity` the tokens.
    """

    def __init__(self, clock: Clock, ids: Iterator[str], company: Mapping[str, Any] | None = None) -> None:
        self._clock = clock
        self._ids = ids
        self._ids_drawn = 0
        self._lock = threading.RLock()
        self.identity = Identity(clock.now, self._new_id)
        self.keys = Keys(clock.now)
        self.limits = Limits(clock.now)
        self.seed(company or {})

    # ---- the company ---------------------------------------------------------------------------------------------------

    def seed(self, company: Mapping[str, Any]) -> None:
        """Begins new books: see `emulated.seed.CompanySeed` for the shape."""
        self._open(found_company(company, milliseconds(self._clock.now()), self._new_id))

    @property
    def tenant_id(self) -> str:
        return self.company.organisation.id

    @property
    def ledger(self) -> tuple[Write, ...]:
        return tuple(self.company.ledger)

    def invoices(self, number: str | None = None, *, live: bool | None = None, kind: str = "ACCREC") -> list[Invoice]:
        """Documents of one type as they stand, oldest first; of one number, and only live or only dead ones, when asked."""
        return [
            invoice
            for invoice in self.company.shelf(kind).values()
            if invoice.type == kind and (number is None or invoice.number == number) and (live is None or invoice.live == live)
        ]

    def dump(self) -> bytes:
        """The whole state as JSON, for `load` in another process."""
        with self._lock:
            saved = Saved(
                company=self.company,
                tokens=self.identity.tokens,
                keys=self.keys.memory,
                calls=self.limits.calls(),
                ids_drawn=self._ids_drawn,
            )
            return msgspec.json.encode(saved)

    def load(self, state: bytes) -> None:
        """Goes on where `dump` left off; ids that were drawn before are skipped, so that none comes twice."""
        saved = msgspec.json.decode(state, type=Saved)
        with self._lock:
            self._open(saved.company)
            self.identity.tokens = saved.tokens
            self.keys.memory = saved.keys
            self.limits.resume(saved.calls)
            while self._ids_drawn < saved.ids_drawn:
                self._new_id()

    def _open(self, company: Company) -> None:
        self.company = company
        invoices = Invoices(company, self._clock.now, self._new_id)
        credits_there = Credits(invoices, self._clock.now, self._new_id)
        self._writing = Writing(invoices, credits_there)
        self.people = People(invoices, credits_there, self._clock.now, self._new_id)

    def _new_id(self) -> str:
        self._ids_drawn += 1
        return next(self._ids)

    # ---- the API -------------------------------------------------------------------------------------------------------

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One call: `target` is path and query, header names in any case. Never raises for what a caller may send."""
        with self._lock:
            named = {name.lower(): value for name, value in headers.items()}
            status, given, text = self._call(method, target, named, body)
            return status, {"Date": format_datetime(self._clock.now(), usegmt=True), **given}, text

    def _call(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        path = target.partition("?")[0]
        if path == "/connect/token" and method == "POST":
            return self.identity.token(headers, body)
        resource = "connections" if path.lower() == "/connections" else path.removeprefix(API).partition("/")[0]
        refusal = self._admit(method, path, resource, headers)
        if refusal is not None:
            return refusal
        status, given, text = self._carry_out(method, target, headers, body, resource)
        return status, {**given, **self.limits.headers()}, text

    def carry_out_late(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        """A request that was let in long ago and is only now carried out: its token and budget were looked at then."""
        with self._lock:
            named = {name.lower(): value for name, value in headers.items()}
            path = target.partition("?")[0]
            if path == "/connect/token":
                self.identity.token(named, body)
            elif path.startswith(API):
                self._carry_out(method, target, named, body, path.removeprefix(API).partition("/")[0])

    def _admit(self, method: str, path: str, resource: str, headers: Mapping[str, str]) -> Answer | None:
        """Why the call goes no further: token, company, budget, in this order; the budget comes before keys."""
        refusal = self.identity.refusal(headers, method, resource)
        if refusal is not None or resource == "connections":
            return refusal
        if not path.startswith(API):
            return 404, {"Content-Type": "text/plain"}, b"The resource you're looking for cannot be found"
        if headers.get("xero-tenant-id") != self.tenant_id:
            return problem(403, "Forbidden", "AuthenticationUnsuccessful")
        refusal = self.limits.take()
        if refusal is None:
            return None
        status, given, text = refusal
        return status, {**self.limits.headers(), **given}, text

    def _carry_out(self, method: str, target: str, headers: Mapping[str, str], body: bytes, resource: str) -> Answer:
        key = headers.get("idempotency-key", "") if method in ("PUT", "POST") else ""
        try:
            recalled = self.keys.recall(key, method, target, body) if key else None
            if recalled is not None:
                return recalled
            given = self._route(method, Query(target), headers, body, resource)
        except Unreadable as error:
            given = unreadable(str(error))
        if key:
            self.keys.remember(key, method, target, body, given)
        return given

    def _route(self, method: str, query: Query, headers: Mapping[str, str], body: bytes, resource: str) -> Answer:
        if resource == "connections":
            return answer(200, self._connections())
        name = query.path.removeprefix(f"{API}{resource}").strip("/")
        form = FORMS.get(resource)
        if form is not None and (name or method != "GET"):
            if name:
                return self._one_document(method, query, body, form, name)
            return self._writing.write(form, method, query, body, self._envelope())
        listing = read(self.company, resource, query, headers) if method == "GET" and not name else None
        if listing is None:
            return 404, {"Content-Type": "text/plain"}, b"The resource you're looking for cannot be found"
        return answer(200, self._envelope() | listing)

    def _one_document(self, method: str, query: Query, body: bytes, form: Form, name: str) -> Answer:
        """By its id, always with its lines, in whatever status."""
        document_id, _, part = name.partition("/")
        found = self.company.shelf(form.type).get(document_id)
        if found is not None and part == "History" and method == "GET":
            return answer(200, self._envelope() | list_history(self.company, found))
        if found is None or part not in ("", "Allocations" if form is CREDIT_NOTES else ""):
            return 404, {"Content-Type": "text/plain"}, b"The resource you're looking for cannot be found"
        if part and method == "PUT":
            return self._writing.allocate(query, body, found, self._envelope())
        if part or method == "PUT":
            return 404, {"Content-Type": "text/plain"}, b"The resource you're looking for cannot be found"
        if method == "POST":
            return self._writing.write(form, method, query, body, self._envelope(), found.id)
        view = view_document(self.company, found, unit_places(query))
        return answer(200, self._envelope() | {form.name: [view]})

    def _envelope(self) -> dict[str, Any]:
        now = self._clock.now()
        return {"Id": self._new_id(), "Status": "OK", "ProviderName": "Hourbridge", "DateTimeUTC": stamp(now)}

    def _connections(self) -> list[dict[str, str]]:
        made = self._clock.now().strftime("%Y-%m-%dT%H:%M:%S.0000000Z")
        return [
            {
                "id": self.tenant_id,
                "tenantId": self.tenant_id,
                "tenantType": "ORGANISATION",
                "tenantName": self.company.organisation.name,
                "createdDateUtc": made,
                "updatedDateUtc": made,
            }
        ]
