"""The emulated QuickBooks company and its people, for the contract; whatever passes is held to the vendor's schema where it is at hand."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from adapters.quickbooks.emulated.company import Invoice
from adapters.quickbooks.invoices import bare, whole_id
from adapters.quickbooks.sink import Sink
from connector.model import Document, DocumentKind, Line, Status
from connector.sandbox import Fault
from tests.adapters.quickbooks.books import COMPANY, Books
from tests.contract.sink_bench import ADDED, Standing

STATUS: dict[str, Status] = {"open": "posted", "paid": "paid", "voided": "voided", "deleted": "deleted"}


class QuickBooksBench:
    page_size = 20
    applies_credits = True
    no_such_id = "987654"

    def __init__(self, company: Mapping[str, object] = COMPANY, **settings: object) -> None:
        self.books = Books(company=company, rows_per_page=self.page_size, **settings)
        self.clock = self.books.clock
        self.people = self.books.people
        self.sinks: list[Sink] = []
        self._stranger = next(reversed([one.id for one in self.books.emulator.company.customers.values() if one.active]))

    def sink(self) -> Sink:
        self.sinks.append(Sink(self.books.settings, self.books.host))
        return self.sinks[-1]

    def close(self) -> None:
        for sink in self.sinks:
            sink.close()

    def document(self, number: str, *lines: Line, **changes: object) -> Document:
        return self.books.document(number, *lines, **changes)

    def line(self, description: str, quantity: str, price: str) -> Line:
        return self.books.line(description, quantity, price)

    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def lose_answer(self) -> None:
        self.books.script.plan(Fault("lose_answer"), method="POST", path="/v3/*")

    def cut_off(self) -> None:
        self.books.script.plan(Fault("connect_error"), method="POST", path="/v3/*", times=99)

    def reconnect(self) -> None:
        self.books.script.forget()

    def standing(self) -> Sequence[Standing]:
        emulator = self.books.emulator
        return [_standing(one) for one in (*emulator.invoices(), *emulator.invoices(kind="CreditMemo"))]

    def add(self, number: str) -> str:
        return self.people.add_invoice(number, self.books.emulator.company.customers[self._stranger].name, description=ADDED).id

    def use_twice(self, number: str) -> set[str]:
        """The company warns of a used number only while it is told to."""
        first = self.add(number)
        self.books.emulator.company.preferences.refuse_used_numbers = False
        return {first, self.add(number)}

    def edit(self, remote_id: str) -> None:
        self.people.edit_line(remote_id, 0, description="Reworded")

    def add_line(self, remote_id: str) -> None:
        self.people.add_line(remote_id, ADDED, Decimal(7))

    def dress(self, remote_id: str) -> None:
        self.people.edit(
            remote_id,
            SalesTermRef={"value": "3"},
            BillEmail={"Address": "ap@prairie.example"},
            AllowOnlineACHPayment=True,
            CustomerMemo={"value": "Thank you"},
            CustomField=[{"DefinitionId": "2", "Type": "StringType", "StringValue": "Crew 5"}],
            ClassRef={"value": self.people.named("MSP").id},
        )

    def dress_of(self, remote_id: str) -> object:
        invoice = self.people.invoice(remote_id)
        return (
            invoice.terms_id,
            invoice.bill_email,
            invoice.online_ach,
            invoice.memo,
            invoice.custom_fields.get("2"),
            invoice.class_id,
        )

    def pay(self, remote_id: str) -> None:
        self.people.pay(bare(remote_id))

    def pay_parts(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        return self.people.pay_parts({bare(remote_id): amount for remote_id, amount in amounts.items()}, over=over)

    def take_back(self, payment_id: str) -> None:
        self.people.take_back(payment_id)

    def apply_credit(self, credit_note_id: str, invoice_id: str, amount: Decimal) -> None:
        self.people.apply_credit(bare(credit_note_id), invoice_id, amount)

    def apply_credits_by_itself(self) -> None:
        self.books.emulator.company.preferences.auto_apply_credit = True

    def void(self, remote_id: str) -> None:
        self.people.void(bare(remote_id))

    def delete(self, remote_id: str) -> None:
        self.people.delete(bare(remote_id))


def _standing(invoice: Invoice) -> Standing:
    lines = tuple((line.description, line.quantity or Decimal(0), line.price or Decimal(0), line.amount) for line in invoice.lines)
    kind: DocumentKind = "invoice" if invoice.kind == "Invoice" else "credit_note"
    return Standing(
        id=whole_id(invoice.id, kind), number=invoice.number, status=STATUS[invoice.status], net=invoice.net, lines=lines, kind=kind,
        balance=invoice.balance,
    )  # fmt: skip
