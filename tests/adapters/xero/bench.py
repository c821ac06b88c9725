"""The emulated Xero and its people, for the contract; whatever passes is held to the vendor's description where it is at hand."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from adapters.xero.emulated.company import Invoice
from adapters.xero.sink import Sink
from connector.model import Document, Line, Status
from connector.sandbox import Fault
from tests.adapters.xero.books import COMPANY, Books, a_line
from tests.adapters.xero.description import Validating, described
from tests.contract.sink_bench import ADDED, Standing

CENT = Decimal("0.01")
STATUS: dict[str, Status] = {
    "DRAFT": "draft",
    "AUTHORISED": "posted",
    "PAID": "paid",
    "VOIDED": "voided",
    "DELETED": "deleted",
}


class XeroBench:
    page_size = 200
    applies_credits = False
    no_such_id = "00000000-0000-4000-8000-000000000000"

    def __init__(self, company: Mapping[str, object] = COMPANY) -> None:
        self.books = Books(faults=True, company=company)
        if described():
            self.books.sent.inner = Validating(self.books.sent.inner)
        self.clock = self.books.clock
        self.people = self.books.emulator.people
        self.sinks: list[Sink] = []

    def sink(self) -> Sink:
        self.sinks.append(Sink(self.books.settings, self.books.host))
        return self.sinks[-1]

    def close(self) -> None:
        for sink in self.sinks:
            sink.close()

    def document(self, number: str, *lines: Line, **changes: object) -> Document:
        lines = lines or (self.line("Support", "1.25", "150.00"),)
        tax = sum((line.tax for line in lines if line.tax is not None), Decimal(0))
        document = self.books.document(number, *lines, tax=tax)
        return msgspec.structs.replace(document, gross=document.net + tax, **changes)

    def line(self, description: str, quantity: str, price: str) -> Line:
        line = a_line(description, quantity, price)
        return msgspec.structs.replace(line, tax=(line.net * 15 / 100).quantize(CENT, "ROUND_HALF_UP"))

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def lose_answer(self) -> None:
        self.books.script.plan(Fault("lose_answer"), method="P[UO][TS]*", path="*/api.xro/*")

    def cut_off(self) -> None:
        for method in ("PUT", "POST"):
            self.books.script.plan(Fault("connect_error"), method=method, path="*/api.xro/*", times=99)

    def reconnect(self) -> None:
        self.books.script.forget()

    def standing(self) -> Sequence[Standing]:
        found = (self.books.emulator.invoices(kind=kind) for kind in ("ACCREC", "ACCRECCREDIT"))
        return [_standing(document) for documents in found for document in documents]

    def add(self, number: str) -> str:
        return self.people.add_invoice(number, "Bayside Motors", description=ADDED).id

    def use_twice(self, number: str) -> set[str]:
        """Only a deleted draft frees its number."""
        first = self.add(number)
        self.people.delete(first)
        return {first, self.add(number)}

    def edit(self, remote_id: str) -> None:
        self.people.edit_line(remote_id, 0, description="Reworded")

    def add_line(self, remote_id: str) -> None:
        self.people.add_line(remote_id, ADDED, Decimal(7))

    def dress(self, remote_id: str) -> None:
        theme = self.books.emulator.company.branding_themes[-1].id
        self.people.edit(remote_id, branding_theme_id=theme, url="https://example.test/order", currency_rate="1.5")

    def dress_of(self, remote_id: str) -> object:
        invoice = self.people.invoice(remote_id)
        return invoice.branding_theme_id, invoice.url, invoice.currency_rate

    def pay(self, remote_id: str) -> None:
        self.people.pay(remote_id)

    def pay_parts(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        return self.people.pay_parts(amounts, over=over)

    def take_back(self, payment_id: str) -> None:
        self.people.take_back(payment_id)

    def apply_credit(self, credit_note_id: str, invoice_id: str, amount: Decimal) -> None:
        self.people.allocate(credit_note_id, invoice_id, amount)

    def void(self, remote_id: str) -> None:
        self.people.void(remote_id)

    def delete(self, remote_id: str) -> None:
        self.people.delete(remote_id)


def _standing(invoice: Invoice) -> Standing:
    lines = tuple(
        (line.description, line.quantity or Decimal(0), line.unit_amount or Decimal(0), line.line_amount) for line in invoice.lines
    )
    return Standing(
        id=invoice.id, number=invoice.number, status=STATUS[invoice.status], net=invoice.net, lines=lines,
        kind="credit_note" if invoice.type == "ACCRECCREDIT" else "invoice", balance=invoice.due,
    )  # fmt: skip
