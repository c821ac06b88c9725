"""A stateful emulator of the part of Xero's Accounting API that we use.

Endpoints: POST /connect/token · GET /connections · /api.xro/2.0/ Invoices (GET, PUT, POST), Contacts, Items, Accounts,
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
from adapters.xero.emulated.forms import (
    Answer,
    Query,
    Refused,
    Unreadable,
    answer,
    from_json,
    milliseconds,
    problem,
    stamp,
    unreadable,
    validation,
)
from adapters.xero.emulated.invoices import Invoices, read_invoice
from adapters.xero.emulated.keys import Keys, Remembered
from adapters.xero.emulated.limits import Limits
from adapters.xero.emulated.listing import read, unit_places
from adapters.xero.emulated.people import People
from adapters.xero.emulated.seed import found_company
from adapters.xero.emulated.views import view_invoice

API = "/api.xro/2.0/"
BODY_BYTES_MAX = 3_500_000
NO_ID = "00000000-0000-0000-0000-000000000000"


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
            for invoice in self.company.invoices.values()
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
        self._invoices = Invoices(company, self._clock.now, self._new_id)
        self.people = People(self._invoices, self._clock.now, self._new_id)

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
        if resource == "Invoices" and (name or method != "GET"):
            return self._one_invoice(method, query, body, name) if name else self._write(method, query, body)
        listing = read(self.company, resource, query, headers) if method == "GET" and not name else None
        if listing is None:
            return 404, {"Content-Type": "text/plain"}, b"The resource you're looking for cannot be found"
        return answer(200, self._envelope() | listing)

    def _one_invoice(self, method: str, query: Query, body: bytes, name: str) -> Answer:
        """By InvoiceID, always with its lines, in whatever status."""
        found = self.company.invoices.get(name)
        if found is None:
            return 404, {"Content-Type": "text/plain"}, b"The resource you're looking for cannot be found"
        if method == "POST":
            return self._write(method, query, body, found.id)
        view = view_invoice(self.company, found, unit_places(query))
        return answer(200, self._envelope() | {"Invoices": [view]})

    def _write(self, method: str, query: Query, body: bytes, invoice_id: str = "") -> Answer:
        """Each element by itself with summarizeErrors=false; else one refusal undoes the whole request."""
        if len(body) > BODY_BYTES_MAX:
            return 413, {"Content-Type": "text/plain"}, b"Request Entity Too Large"
        elements = _elements(from_json(body), invoice_id)
        one_by_one = not query.flag("summarizeErrors", default=True)
        digits = unit_places(query)
        company = self.company
        before = dict(company.invoices), dict(company.contacts), len(company.ledger), company.organisation.next_number
        sent = [read_invoice(element) for element in elements]
        given, refused = [], []
        for element, asked in zip(elements, sent, strict=True):
            try:
                standing = None if method == "PUT" else self._invoices.target_of(asked)
                if standing is None:
                    written = self._invoices.create(asked, by="app", unit_places=digits)
                else:
                    written = self._invoices.update(standing, asked, by="app", unit_places=digits)
                given.append(view_invoice(company, written, digits) | ({"StatusAttributeString": "OK"} if one_by_one else {}))
            except Refused as refusal:
                given.append(_refused(element, refusal))
                refused.append(given[-1])
        if refused and not one_by_one:
            company.invoices, company.contacts = before[0], before[1]
            del company.ledger[before[2] :]
            company.organisation.next_number = before[3]
            return validation(refused)
        return answer(200, self._envelope() | {"Invoices": given})

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


def _elements(sent: Any, invoice_id: str) -> list[dict[str, Any]]:
    """`{"Invoices": [...]}` or one bare invoice; a path's id names the document."""
    elements = sent.get("Invoices", [sent]) if isinstance(sent, dict) else None
    if not isinstance(elements, list) or not elements or not all(isinstance(one, dict) for one in elements):
        raise Unreadable("No invoices in the request")
    if invoice_id and len(elements) > 1:
        raise Unreadable("Only one invoice can be sent to the address of one")
    return [{**one, "InvoiceID": invoice_id} for one in elements] if invoice_id else elements


def _refused(element: Mapping[str, Any], refusal: Refused) -> dict[str, Any]:
    messages = [{"Message": message} for message in refusal.messages]
    echo = {"InvoiceID": NO_ID, **element, "HasErrors": True, "ValidationErrors": messages}
    return echo | {"StatusAttributeString": "ERROR"}
