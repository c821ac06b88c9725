"""An emulated company as a program of its own (`python -m bench.counted_company xero|quickbooks INVOICES [--unlimited]`), so that neither its
CPU seconds nor its memory is counted anywhere.

It knows the clients and the targets of `bench.pushing`, enforces the vendor's limits in real time unless told otherwise, and writes
down every call with its moment and status (`GET /asked`). `GET /forget` is the minute that passes before an apply.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.quickbooks.emulator import Emulator as QuickBooks
from adapters.xero.emulator import Emulator as Xero
from bench.companies import SystemTime
from connector.sandbox import Answer, Mount, Served

LINES = 8
CLIENTS_MAX = 1000
REFRESH = "bench-refresh"
NAMES_SHOWN = 80
"""Of a call's target, in what is written down."""


def clients(invoices: int) -> list[str]:
    """More invoices than that go to the same clients, in later months."""
    return [f"Client {number:04}" for number in range(min(invoices, CLIENTS_MAX))]


def identifiers() -> Iterator[str]:
    number = 0
    while True:
        number += 1
        yield f"00000000-0000-4000-8000-{number:012}"


def xero(invoices: int) -> Xero:
    seed = {
        "organisation": {"name": "Bench", "base_currency": "USD"},
        "contacts": [{"name": name} for name in clients(invoices)],
        "accounts": [{"code": str(200 + line), "name": f"Task {line}", "tax_type": "NONE"} for line in range(LINES)],
    }
    return Xero(SystemTime(), identifiers(), seed)


def quickbooks(invoices: int) -> QuickBooks:
    seed = {
        "customers": [{"name": name} for name in clients(invoices)],
        "items": [{"name": f"Task {line}"} for line in range(LINES)],
        "preferences": {"custom_numbers": True},
        "refresh_tokens": [REFRESH],
    }
    return QuickBooks(SystemTime(), identifiers(), seed)


class Counted:
    """An emulator in front of which every call is written down."""

    def __init__(self, emulator: Any) -> None:
        self.emulator = emulator
        self.calls: list[dict[str, Any]] = []

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        begun = time.monotonic()
        answer: Answer = self.emulator.answer(method, target, headers, body)
        self.calls.append({"at": begun, "method": method, "target": target[:NAMES_SHOWN], "status": answer[0]})
        return answer


class Desk:
    """What the bench asks of the company beside the vendor's API."""

    def __init__(self, counted: Counted, invoices: int) -> None:
        self._counted, self._emulator = counted, counted.emulator
        self._invoices = invoices

    def answer(self, _method: str, target: str, _headers: Mapping[str, str], _body: bytes) -> Answer:
        found = {"/asked": self._asked, "/forget": self._forget, "/ids": self._ids}[target]()
        return 200, {"Content-Type": "application/json"}, json.dumps(found).encode()

    def _asked(self) -> dict[str, Any]:
        return {"calls": self._counted.calls, "documents": len(self._emulator.invoices()), "writes": len(self._emulator.ledger)}

    def _forget(self) -> dict[str, Any]:
        limits = self._emulator.limits
        limits.resume([] if isinstance(self._emulator, Xero) else type(limits.calls())())
        return {}

    def _ids(self) -> dict[str, Any]:
        """What an SDK's program must know: the ids of the clients and of what the lines name, a company id and tokens."""
        emulator, people = self._emulator, self._emulator.people
        if isinstance(emulator, Xero):
            return {
                "clients": [people.contact(name).id for name in clients(self._invoices)],
                "targets": [str(200 + line) for line in range(LINES)], "company": emulator.tenant_id, "tokens": emulator.identity.consent(),
            }  # fmt: skip
        return {
            "clients": [people.customer(name).id for name in clients(self._invoices)],
            "targets": [people.item(f"Task {line}").id for line in range(LINES)],
            "company": emulator.realm_id, "tokens": emulator.identity.consent(),
        }  # fmt: skip


def main() -> int:
    name, invoices = sys.argv[1], int(sys.argv[2])
    emulator = {"xero": xero, "quickbooks": quickbooks}[name](invoices)
    emulator.limits.enforced = "--unlimited" not in sys.argv
    counted = Counted(emulator)
    with Served([Mount(counted, clock=SystemTime(), prefix=f"/{name}"), Mount(Desk(counted, invoices), clock=SystemTime())]) as served:
        print(served.base_url, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
