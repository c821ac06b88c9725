"""A small US firm's QuickBooks company, called as anybody may call it; whatever is answered is held to the vendor's schema."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import msgspec

from adapters.quickbooks.emulator import Emulator
from connector.sandbox import InProcess, Mount
from tests.adapters.quickbooks.books import COMPANY, REALM
from tests.adapters.quickbooks.description import check_answer, described

Answered = dict[str, Any]


class Advancing:
    """A clock that moves only when told to, and a fifth of a second at each look: nobody here tests ten calls a second by chance."""

    def __init__(self) -> None:
        self._now = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
        self.step = timedelta(milliseconds=200)

    def now(self) -> datetime:
        self._now += self.step
        return self._now

    def advance(self, **by: float) -> None:
        self._now += timedelta(**by)


class Company:
    """The emulator and one authorised caller."""

    def __init__(self, seed: Mapping[str, object] = COMPANY) -> None:
        self.clock = Advancing()
        self.emulator = Emulator(self.clock, (f"{number:08d}" for number in count(1)), seed)
        self.people = self.emulator.people
        self.switches = self.emulator.company.preferences
        inner = InProcess(Mount(self.emulator, clock=self.clock))
        self.http = httpx.Client(transport=Checking(inner) if described() else inner, base_url="https://quickbooks.api.intuit.com")
        self.authorise()

    def authorise(self) -> None:
        token = self.emulator.identity.consent()["access_token"]
        self.http.headers.update({"Authorization": f"Bearer {token}"})

    def element(self, number: str = "US-1", **changes: Any) -> Answered:
        return {
            "DocNumber": number,
            "CustomerRef": {"value": self.people.customer("Prairie Dental").id},
            "TxnDate": "2026-06-30",
            "DueDate": "2026-07-15",
            "Line": [self.line()],
            **changes,
        }

    def line(self, quantity: str = "1.25", price: str = "150.00", **changes: Any) -> Answered:
        amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        detail = {
            "ItemRef": {"value": self.people.item("Services:Support").id},
            "Qty": Decimal(quantity),
            "UnitPrice": Decimal(price),
            "TaxCodeRef": {"value": "TAX"},
        }
        return {"DetailType": "SalesItemLineDetail", "Description": "Support", "Amount": amount, "SalesItemLineDetail": detail, **changes}

    def post(self, body: Any, path: str = "invoice", **params: str) -> httpx.Response:
        content = msgspec.json.Encoder(decimal_format="number").encode(body) if not isinstance(body, bytes) else body
        return self.http.post(f"/v3/company/{REALM}/{path}", content=content, params={"minorversion": "75", **params})

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.http.get(f"/v3/company/{REALM}/{path}", params={"minorversion": "75", **params})

    def query(self, text: str) -> Answered:
        return said(self.get("query", query=text))["QueryResponse"]

    def made(self, number: str = "US-1", **changes: Any) -> Answered:
        """A document that was accepted, as the answer shows it."""
        return said(self.post(self.element(number, **changes)))["Invoice"]

    def one(self, invoice_id: str) -> Answered:
        return said(self.get(f"invoice/{invoice_id}"))["Invoice"]


class Checking(httpx.BaseTransport):
    """Holds the answers to the vendor's schema; what these tests send is often wrong on purpose."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        check_answer(request.url.raw_path.decode("ascii"), response.status_code, response.headers, response.content)
        return response


def said(response: httpx.Response) -> Answered:
    """The answer with its numbers as Decimal."""
    assert response.status_code == 200, response.text
    found: Answered = msgspec.json.Decoder(float_hook=Decimal).decode(response.content)
    return found


def fault(response: httpx.Response) -> tuple[str, str]:
    """Code and detail of the one error of a refusal."""
    assert response.status_code == 400, response.text
    (error,) = response.json()["Fault"]["Error"]
    return error["code"], error["Detail"]


def version(invoice: Answered) -> Answered:
    return {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]}
