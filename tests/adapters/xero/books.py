"""Our sink over the emulated Xero: every request is kept, and held to the vendor's own description unless faults are planned."""

import random
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

import httpx
import msgspec

from adapters.xero.emulator import Emulator
from adapters.xero.sink import Settings, Sink
from connector.model import Document, DocumentRef, Line, Operation, Remote, Target
from connector.ports import Accepted, Change, Outcome, Request
from connector.sandbox import InProcess, Mount, Script
from tests.adapters.xero.description import Validating
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock

COMPANY = {
    "currencies": ["AUD"],
    "contacts": [
        {"name": "Alpine Dental", "terms": {"day": 20, "type": "OFFOLLOWINGMONTH"}},
        {"name": "Eastland Health Trust", "currency": "AUD", "terms": {"day": 14, "type": "DAYSAFTERBILLDATE"}},
        {"name": "Bayside Motors", "terms": {"day": 10, "type": "DAYSAFTERBILLMONTH"}},
        {"name": "Cedar & Finch", "terms": {"day": 0, "type": "DAYSAFTERBILLDATE"}},
        {"name": "Old Client", "archived": True},
    ],
    "items": [{"code": "CONS", "account_code": "200"}, {"code": "PART", "sold": False}],
    "accounts": [{"code": "200", "name": "Sales"}, {"code": "400", "name": "Advertising", "type": "EXPENSE"}],
    "tracking": [{"name": "Region", "options": ["North", "South"]}, {"name": "Department", "options": ["Projects"]}],
    "branding_themes": ["Standard", "Health"],
}


class Books:
    def __init__(
        self, *, faults: bool = False, clock: VirtualClock | None = None, company: Mapping[str, object] = COMPANY, **settings: object
    ) -> None:
        self.clock = clock or VirtualClock()
        self.emulator = Emulator(self.clock, _ids(), company)
        self.script = Script()
        inner = InProcess(Mount(self.emulator, clock=self.clock, faults=self.script))
        self.sent = Recording(inner if faults else Validating(inner))
        self.keeper = MemoryKeeper(self.clock)
        places = dict.fromkeys(("https://api.xero.com", "https://identity.xero.com"), self.sent)
        self.host = FakeHost(
            name="nz",
            clock=self.clock,
            keeper=self.keeper,
            secrets={"env:SECRET": "emulated-secret"},
            transports=places,
        )
        self.settings = Settings(client_id="emulated-client", client_secret="env:SECRET", **settings)  # type: ignore[arg-type]
        self.sink = Sink(self.settings, self.host)

    def contact(self, name: str) -> str:
        return self.emulator.people.contact(name).id

    def document(self, number: str = "HB-2606-001", *lines: Line, **changes: object) -> Document:
        lines = lines or (a_line(),)
        net = sum((line.net for line in lines), Decimal(0))
        made = Document(
            number=number,
            mark="mark",
            customer_id=self.contact("Alpine Dental"),
            customer="Alpine Dental",
            invoice_date=date(2026, 6, 30),
            due_date=date(2026, 7, 20),
            currency="NZD",
            amounts="tax_exclusive",
            send_as="draft",
            po="PO-7",
            lines=lines,
            net=net,
        )
        return msgspec.structs.replace(made, **changes)

    def ready(self, request: Request, key: str = "") -> Request:
        """As the push protocol stores it: with a key and a deadline."""
        key = key or f"{abs(hash((request.url, request.body))):032x}"
        return msgspec.structs.replace(request, key=key, deadline_boot_s=self.clock.boot() + 300)

    def push(self, operation: Operation, *changes: Change, key: str = "") -> dict[DocumentRef, Outcome]:
        outcomes: dict[DocumentRef, Outcome] = {}
        for request in self.sink.prepare(operation, changes):
            outcomes.update(self.sink.send(self.ready(request, key)))
        return outcomes

    def create(self, *documents: Document) -> list[Remote]:
        outcomes = self.push("create", *map(Change, documents))
        return [accepted(outcomes[document.ref]) for document in documents]

    def as_it_stands(self, remote: Remote) -> Remote:
        (found,) = self.sink.read([remote.id])
        return found


class Recording(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        return self.inner.handle_request(request)

    @property
    def writes(self) -> list[httpx.Request]:
        return [request for request in self.requests if request.method != "GET" and request.url.path != "/connect/token"]

    def elements(self) -> list[dict[str, object]]:
        """Every invoice element of every write."""
        return [element for request in self.writes for element in msgspec.json.decode(request.content)["Invoices"]]


def a_line(description: str = "Remote support, June", quantity: str = "1.25", price: str = "150.00", **changes: object) -> Line:
    net = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
    line = Line(
        description=description,
        quantity=Decimal(quantity),
        price=Decimal(price),
        net=net,
        target=Target("account", "200"),
        tax_code="OUTPUT2",
        tracking=(("Region", "North"),),
        service_from=date(2026, 6, 1),
        service_to=date(2026, 6, 30),
    )
    return msgspec.structs.replace(line, **changes)


def accepted(outcome: Outcome) -> Remote:
    assert isinstance(outcome, Accepted), outcome
    return outcome.remote


def contents(lines: Sequence[object]) -> list[tuple[object, ...]]:
    return [(line.description, line.quantity, line.price, line.net, line.target) for line in lines]  # type: ignore[attr-defined]


def _ids() -> Iterator[str]:
    chance = random.Random(7)
    while True:
        yield str(uuid.UUID(int=chance.getrandbits(128), version=4))
