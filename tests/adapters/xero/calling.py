"""A small New Zealand firm's Xero company, called as our sink calls it; whatever passes is held to Xero's description."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import httpx
import msgspec

from adapters.xero.emulator import Emulator
from connector.sandbox import InProcess, Mount, Script
from tests.adapters.xero.description import Validating, described

COMPANY: dict[str, Any] = {
    "organisation": {"name": "Kea Networks", "terms": {"day": 20, "type": "OFFOLLOWINGMONTH"}},
    "currencies": ["AUD"],
    "contacts": [
        {"name": "Kauri Dental", "email": "accounts@kauri.example", "terms": {"day": 14, "type": "DAYSAFTERBILLDATE"}},
        {"name": "Rata Legal", "number": "C-002"},
        {"name": "Totara Pty Ltd", "currency": "AUD"},
        {"name": "Matai Motors", "archived": True},
    ],
    "items": [
        {"code": "SUP", "name": "Support", "account_code": "200", "tax_type": "OUTPUT2", "unit_price": "155.00"},
        {"code": "GIFT", "name": "Not for sale", "sold": False},
    ],
    "accounts": [
        {"code": "200", "name": "Sales"},
        {"code": "205", "name": "Projects"},
        {"code": "090", "name": "Bank", "type": "BANK"},
    ],
    "tracking": [{"name": "Region", "options": ["North", "South"]}, {"name": "Team", "options": ["Field"]}],
}


class Advancing:
    """A clock that moves only when told to, and a millisecond at each look, so that no two stamps are equal."""

    def __init__(self) -> None:
        self._now = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def advance(self, **by: float) -> None:
        self._now += timedelta(**by)


class Xero:
    """The emulator and one authorised caller."""

    def __init__(self) -> None:
        self.clock = Advancing()
        self.ids = (str(UUID(int=number)) for number in count(1))
        self.emulator = Emulator(self.clock, self.ids, COMPANY)
        self.people = self.emulator.people
        self.faults = Script()
        self.mount = Mount(self.emulator, clock=self.clock, faults=self.faults)
        transport: httpx.BaseTransport = InProcess(self.mount)
        self.http = httpx.Client(transport=Validating(transport) if described() else transport, base_url="https://api.xero.com")
        self.authorise()

    def authorise(self) -> None:
        token = self.emulator.identity.consent()["access_token"]
        self.http.headers.update({"Authorization": f"Bearer {token}", "xero-tenant-id": self.emulator.tenant_id})

    def contact_id(self, name: str = "Kauri Dental") -> str:
        return self.people.contact(name).id

    def element(self, number: str = "HB-1", **changes: Any) -> dict[str, Any]:
        return {
            "Type": "ACCREC",
            "Contact": {"ContactID": self.contact_id()},
            "InvoiceNumber": number,
            "Date": "2026-06-30",
            "DueDate": "2026-07-20",
            "Status": "DRAFT",
            "LineAmountTypes": "Exclusive",
            "LineItems": [line()],
            **changes,
        }

    def put(self, *elements: dict[str, Any], key: str = "", query: str = "summarizeErrors=false&unitdp=4"):
        return self._write("PUT", f"/api.xro/2.0/Invoices?{query}", elements, key)

    def post(self, *elements: dict[str, Any], key: str = "", query: str = "summarizeErrors=false&unitdp=4"):
        return self._write("POST", f"/api.xro/2.0/Invoices?{query}", elements, key)

    def get(self, target: str, **headers: str) -> httpx.Response:
        return self.http.get(f"/api.xro/2.0/{target}", headers=headers)

    def one(self, invoice_id: str) -> dict[str, Any]:
        return exact(self.get(f"Invoices/{invoice_id}?unitdp=4"))["Invoices"][0]

    def made(self, number: str = "HB-1", **changes: Any) -> dict[str, Any]:
        """A document that was accepted, as the answer shows it."""
        answered = exact(self.put(self.element(number, **changes)))["Invoices"][0]
        assert answered["StatusAttributeString"] == "OK", answered
        return answered

    def _write(self, method: str, target: str, elements: tuple[dict[str, Any], ...], key: str) -> httpx.Response:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return self.http.request(method, target, content=msgspec.json.encode({"Invoices": list(elements)}), headers=headers)


def line(quantity: float = 1.25, price: float = 150.0, **changes: Any) -> dict[str, Any]:
    return {"Description": "Support, June", "Quantity": quantity, "UnitAmount": price, "ItemCode": "SUP", **changes}


def exact(response: httpx.Response) -> Any:
    """The answer with its numbers as Decimal."""
    assert response.status_code == 200, response.text
    return msgspec.json.Decoder(float_hook=Decimal).decode(response.content)


def refusals(response: httpx.Response) -> list[str]:
    """The messages of every refused element of a request sent with summarizeErrors=false."""
    return [error["Message"] for element in exact(response)["Invoices"] for error in element.get("ValidationErrors", [])]
