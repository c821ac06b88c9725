"""A company in memory and its people, for the contract."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec

from adapters.memory.sink import PAGE_SIZE, Company, Fault, Settings, Sink
from connector.model import Document, Line, Remote, RemoteLine, Target
from tests.contract.sink_bench import ADDED, Standing
from tests.fakes import FakeHost, VirtualClock

CENT = Decimal("0.01")


class MemoryBench:
    page_size = PAGE_SIZE
    no_such_id = "m999"
    applies_credits = True

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.company = Company(self.clock)
        self.added = 0

    def sink(self) -> Sink:
        sink = Sink(Settings(company="contract"), FakeHost(clock=self.clock))
        sink.company = self.company
        return sink

    def document(self, number: str, *lines: Line, **changes: object) -> Document:
        return a_document(number, *(lines or (self.line("Support", "1.25", "150.00"),)), **changes)

    def line(self, description: str, quantity: str, price: str) -> Line:
        return a_line(description, quantity, price, tax_percent=15)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def lose_answer(self) -> None:
        faults = iter([Fault("lost")])
        self.company.fault = lambda _request: next(faults, None)

    def cut_off(self) -> None:
        self.company.fault = lambda _request: Fault("unsent")

    def reconnect(self) -> None:
        self.company.fault = lambda _request: None

    def standing(self) -> Sequence[Standing]:
        return [standing(remote) for remote in self.company.documents.values()]

    def add(self, number: str) -> str:
        self.added += 1
        return self.company.add(a_strangers(f"p{self.added}", number)).id

    def use_twice(self, number: str) -> set[str]:
        return {self.add(number), self.add(number)}

    def edit(self, remote_id: str) -> None:
        first, *others = self.company.documents[remote_id].lines
        self.company.change(remote_id, lines=(msgspec.structs.replace(first, description="Reworded"), *others))

    def add_line(self, remote_id: str) -> None:
        there = self.company.documents[remote_id]
        added = RemoteLine(id="typed", description=ADDED, quantity=Decimal(1), price=Decimal(7), net=Decimal(7))
        self.company.change(remote_id, lines=(*there.lines, added), net=there.net + 7, gross=there.gross + 7)

    def dress(self, remote_id: str) -> None:
        self.company.change(remote_id, sent=True)

    def dress_of(self, remote_id: str) -> object:
        return self.company.documents[remote_id].sent

    def pay(self, remote_id: str) -> None:
        gross = self.company.documents[remote_id].gross
        self.company.change(remote_id, status="paid", paid=gross, balance=Decimal(0))

    def pay_parts(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        return self.company.pay(amounts, over=over)

    def take_back(self, payment_id: str) -> None:
        self.company.take_back(payment_id)

    def apply_credit(self, credit_note_id: str, invoice_id: str, amount: Decimal) -> None:
        self.company.apply(credit_note_id, invoice_id, amount)

    def apply_credits_by_itself(self) -> None:
        self.company.applies_credits_by_itself = True

    def void(self, remote_id: str) -> None:
        self.company.change(remote_id, status="voided")

    def delete(self, remote_id: str) -> None:
        self.company.change(remote_id, status="deleted")


def standing(remote: Remote) -> Standing:
    lines = tuple((line.description, line.quantity, line.price, line.net) for line in remote.lines)
    return Standing(
        id=remote.id, number=remote.number, status=remote.status, net=remote.net, lines=lines, kind=remote.kind, balance=remote.balance
    )


def a_line(description: str, quantity: str, price: str, *, tax_percent: int | None = None) -> Line:
    net = (Decimal(quantity) * Decimal(price)).quantize(CENT, "ROUND_HALF_UP")
    return Line(
        description=description,
        quantity=Decimal(quantity),
        price=Decimal(price),
        net=net,
        target=Target("account", "200"),
        tax_code="OUTPUT2",
        tax=None if tax_percent is None else (net * tax_percent / 100).quantize(CENT, "ROUND_HALF_UP"),
        service_from=date(2026, 6, 1),
        service_to=date(2026, 6, 30),
    )


def a_document(number: str, *lines: Line, **changes: object) -> Document:
    """Tax is the sum of the lines', unknown where one of them is."""
    net = sum((line.net for line in lines), Decimal(0))
    taxes = [line.tax for line in lines if line.tax is not None]
    tax = sum(taxes, Decimal(0)) if len(taxes) == len(lines) else None
    document = Document(
        number=number,
        mark=f"nz/{number}#1",
        customer_id="c1",
        customer="Alpine Dental",
        invoice_date=date(2026, 6, 30),
        due_date=date(2026, 7, 20),
        currency="NZD",
        amounts="tax_exclusive",
        send_as="draft",
        po="PO-7",
        lines=lines,
        net=net,
        tax=tax,
        gross=None if tax is None else net + tax,
    )
    return msgspec.structs.replace(document, **changes)


def a_strangers(remote_id: str, number: str) -> Remote:
    line = RemoteLine(id=f"{remote_id}-1", description=ADDED, quantity=Decimal(1), price=Decimal(100), net=Decimal(100))
    return Remote(
        id=remote_id,
        number=number,
        status="draft",
        version="1",
        currency="NZD",
        lines=(line,),
        net=Decimal(100),
        gross=Decimal(100),
    )
