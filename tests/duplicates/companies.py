"""Emulated companies with many customers, behind dice: for naive clients that call them, and for ours."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import httpx

from tests.adapters.quickbooks.books import COMPANY as US
from tests.adapters.quickbooks.books import REALM
from tests.adapters.quickbooks.books import Books as QuickBooksBooks
from tests.adapters.xero.books import Books as XeroBooks
from tests.duplicates.faults import Dice, FaultSet, refuse_some


def names(count: int) -> list[str]:
    return [f"Client {number:04}" for number in range(1, count + 1)]


class Company:
    """What both have in common. `made` is the truth: job or number → how many live documents stand for it."""

    books: Any

    def __init__(self, faults: FaultSet, seed: int) -> None:
        self.faults = faults
        self.dice = Dice(faults, seed)
        self.books.sent.inner.mount._faults = self.dice
        self.clock = self.books.clock
        self.emulator = self.books.emulator

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def settle(self) -> None:
        """Whatever is still on its way arrives."""
        self.clock.advance(3600)
        self.books.sent.inner.mount.settle()


class QuickBooksCompany(Company):
    def __init__(self, customers: Sequence[str], faults: FaultSet, seed: int, **settings: object) -> None:
        self.books = QuickBooksBooks(company={**US, "customers": [{"name": name} for name in customers]}, wrong=True, **settings)
        super().__init__(faults, seed)
        self.emulator.replays.on = faults.replays
        self.emulator.company.preferences.refuse_used_numbers = faults.replays
        token = self.emulator.identity.consent()["access_token"]
        self.http = httpx.Client(
            transport=self.books.sent, base_url="https://quickbooks.api.intuit.com", headers={"Authorization": f"Bearer {token}"}
        )
        self._item = self.books.item()
        if faults.refuses:
            refuse_some(self.emulator, self.dice, _no_such_customer, "BatchItemRequest")

    def element(self, job: str) -> dict[str, Any]:
        detail = {"ItemRef": {"value": self._item}, "Qty": 1, "UnitPrice": 100, "TaxCodeRef": {"value": "NON"}}
        line = {"DetailType": "SalesItemLineDetail", "Description": "Work", "Amount": 100, "SalesItemLineDetail": detail}
        return {"CustomerRef": {"value": self.books.customer(job)}, "PrivateNote": job, "TxnDate": "2026-06-30", "Line": [line]}

    def post(self, path: str, body: Any, **params: str) -> httpx.Response:
        return self.http.post(f"/v3/company/{REALM}/{path}", content=json.dumps(body), params={"minorversion": "75", **params})

    def made(self) -> Counter[str]:
        """Customer → live invoices: each job has a customer of its own."""
        customers = self.emulator.company.customers
        return Counter(customers[one.customer_id].name for one in self.emulator.invoices(live=True))

    def net(self) -> Decimal:
        return sum((one.net for one in self.emulator.invoices(live=True)), Decimal(0))


class XeroCompany(Company):
    def __init__(self, customers: Sequence[str], faults: FaultSet, seed: int, **_settings: object) -> None:
        company = {"contacts": [{"name": name} for name in customers], "accounts": [{"code": "205", "name": "Services"}]}
        self.books = XeroBooks(faults=True, company=company)
        super().__init__(faults, seed)
        if not faults.replays:
            self.emulator.keys.remembered_seconds = 0
        token = self.emulator.identity.consent()["access_token"]
        headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": self.emulator.tenant_id}
        self.http = httpx.Client(transport=self.books.sent, base_url="https://api.xero.com", headers=headers)
        if faults.refuses:
            refuse_some(self.emulator, self.dice, _no_such_contact, "Invoices")

    def element(self, job: str) -> dict[str, Any]:
        line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "205"}
        return {
            "Type": "ACCREC", "Contact": {"ContactID": self.books.contact(job)}, "Reference": job, "Date": "2026-06-30",
            "DueDate": "2026-07-20", "Status": "DRAFT", "LineItems": [line],
        }  # fmt: skip

    def put(self, elements: Sequence[Mapping[str, Any]], key: str) -> httpx.Response:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        content = json.dumps({"Invoices": elements})
        return self.http.put("/api.xro/2.0/Invoices?summarizeErrors=false", content=content, headers=headers)

    def made(self) -> Counter[str]:
        contacts = self.emulator.company.contacts
        return Counter(contacts[one.contact_id].name for one in self.emulator.invoices(live=True))

    def net(self) -> Decimal:
        return sum((one.net for one in self.emulator.invoices(live=True)), Decimal(0))


def _no_such_customer(item: dict[str, Any]) -> None:
    item["Invoice"]["CustomerRef"] = {"value": "999999"}


def _no_such_contact(element: dict[str, Any]) -> None:
    element["Contact"] = {"ContactID": "00000000-0000-4000-8000-000000000000"}
