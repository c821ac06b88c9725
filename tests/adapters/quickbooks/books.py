"""Our sink over the emulated QuickBooks company: every request is kept, and held to the vendor's names, types and enums."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from adapters.quickbooks.emulator import Emulator
from adapters.quickbooks.sink import Settings, Sink
from connector.model import Document, DocumentRef, Line, Operation, Remote, Target
from connector.ports import Accepted, Change, Outcome, Request
from connector.sandbox import InProcess, Mount, Script
from tests.adapters.quickbooks.description import Validating, described
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock

REALM = "4620816365000000007"
COMPANY: dict[str, object] = {
    "realm_id": REALM,
    "name": "Prairie Networks Inc.",
    "preferences": {"sales_fields": ["PO Number", "Crew", ""]},
    "customers": [
        {"name": "Prairie Dental", "terms": "Net 15"},
        {"name": "Quarry Lane Church", "terms": "Due on receipt", "taxable": False},
        {"name": "Cedar & O'Neil"},
        {"name": "Old Client", "inactive": True},
    ],
    "items": [
        {"name": "Services:Support"},
        {"name": "Services:Projects", "account": "Project income", "price": "165.00"},
        {"name": "Parts", "sku": "P-1"},
    ],
    "accounts": [
        {"name": "Services", "number": "4000"},
        {"name": "Project income"},
        {"name": "Rent", "type": "Expense", "classification": "Expense"},
    ],
    "classes": ["MSP", "Projects"],
    "departments": ["North", "South"],
    "refresh_tokens": ["pasted-refresh"],
}
ABROAD: dict[str, object] = {
    **COMPANY,
    "country": "GB",
    "preferences": {"multicurrency": True, "home_currency": "GBP", "automated_sales_tax": False},
    "currencies": ["EUR", "JPY"],
    "customers": [
        {"name": "Prairie Dental"},
        {"name": "Quai Quarante", "currency": "EUR"},
        {"name": "Sakura", "currency": "JPY"},
    ],
    "tax_codes": [{"name": "20.0% S", "percent": "20"}, {"name": "0.0% Z"}],
}


class Books:
    def __init__(
        self,
        *,
        clock: VirtualClock | None = None,
        company: Mapping[str, object] = COMPANY,
        wrong: bool = False,
        **settings: object,
    ) -> None:
        """`wrong`: faults put in the way answer what the vendor never would; then nothing is held to its schema."""
        self.clock = clock or VirtualClock()
        self.emulator = Emulator(self.clock, (f"{number:08d}" for number in count(1)), company)
        self.people = self.emulator.people
        self.script = Script()
        inner: httpx.BaseTransport = InProcess(Mount(self.emulator, clock=self.clock, faults=self.script))
        self.sent = Recording(Validating(inner) if described() and not wrong else inner)
        self.keeper = MemoryKeeper(self.clock)
        places = dict.fromkeys(("https://quickbooks.api.intuit.com", "https://oauth.platform.intuit.com"), self.sent)
        self.secrets = {"env:SECRET": "emulated-secret", "env:REFRESH": "pasted-refresh"}
        self.host = FakeHost(name="us", clock=self.clock, keeper=self.keeper, secrets=self.secrets, transports=places)
        self.settings = Settings(
            **{  # type: ignore[arg-type]
                "realm_id": REALM,
                "client_id": "emulated-client",
                "client_secret": "env:SECRET",
                "refresh_token": "env:REFRESH",
                "po_field": "1",
                **settings,
            }
        )
        self.sink = Sink(self.settings, self.host)

    def customer(self, name: str = "Prairie Dental") -> str:
        return self.people.customer(name).id

    def item(self, name: str = "Services:Support") -> str:
        return self.people.item(name).id

    def line(
        self,
        description: str = "Remote support, June",
        quantity: str = "1.25",
        price: str = "150.00",
        **changes: object,
    ) -> Line:
        net = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")
        line = Line(
            description=description,
            quantity=Decimal(quantity),
            price=Decimal(price),
            net=net,
            target=Target("item", self.item()),
            tax_code="TAX",
            service_from=date(2026, 6, 1),
            service_to=date(2026, 6, 30),
        )
        return msgspec.structs.replace(line, **changes)

    def document(self, number: str = "US-2606-001", *lines: Line, **changes: object) -> Document:
        lines = lines or (self.line(),)
        made = Document(
            number=number,
            mark=f"us/Prairie Dental/2026-06/{number}#1",
            customer_id=self.customer(),
            customer="Prairie Dental",
            invoice_date=date(2026, 6, 30),
            due_date=date(2026, 7, 15),
            currency="USD",
            amounts="tax_exclusive",
            send_as="posted",
            po="PO-7",
            lines=lines,
            net=sum((line.net for line in lines), Decimal(0)),
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

    def change(self, operation: Operation, remote: Remote, document: Document | None = None) -> Outcome:
        document = document or self.document(remote.number)
        return self.push(operation, Change(document, self.as_it_stands(remote)))[document.ref]

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
        return [request for request in self.requests if request.method == "POST" and request.url.path.startswith("/v3/")]

    @property
    def reads(self) -> list[httpx.Request]:
        return [request for request in self.requests if request.method == "GET"]

    def elements(self) -> Iterator[dict[str, object]]:
        """Every invoice of every write."""
        for request in self.writes:
            sent = msgspec.json.decode(request.content)
            yield from (item["Invoice"] for item in sent["BatchItemRequest"]) if "BatchItemRequest" in sent else (sent,)

    def params(self) -> list[dict[str, str]]:
        return [{name: values[0] for name, values in parse_qs(urlsplit(str(one.url)).query).items()} for one in self.writes]


def accepted(outcome: Outcome) -> Remote:
    assert isinstance(outcome, Accepted), outcome
    return outcome.remote


def contents(lines: Sequence[object]) -> list[tuple[object, ...]]:
    return [(line.description, line.quantity, line.price, line.net, line.target) for line in lines]  # type: ignore[attr-defined]
