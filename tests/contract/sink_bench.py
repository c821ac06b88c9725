"""What a sink's contract test works with: a company over there, the people in it, and the truth about it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Protocol

import msgspec
import pytest
from msgspec import Struct

from connector.model import Credited, Document, DocumentKind, DocumentRef, Line, Operation, Remote, Status
from connector.ports import Accepted, Change, Clock, Outcome, Request, Sink

ADDED = "Typed in by hand"
"""The text of the line that somebody adds."""


class Standing(Struct, frozen=True, kw_only=True):
    """One sales document as it truly stands over there; `lines` holds text, quantity, price and net of each. `balance` is what is not
    paid of an invoice, or left of a credit note.
    """

    id: str
    number: str
    status: Status
    net: Decimal
    lines: tuple[tuple[str, Decimal, Decimal, Decimal], ...]
    kind: DocumentKind = "invoice"
    balance: Decimal = Decimal(0)


class Bench(Protocol):
    """One company and what people do in it. Nothing of this goes through the sink."""

    clock: Clock
    page_size: int
    """How many documents fill one page of a change listing."""
    no_such_id: str
    """A remote id as the vendor makes them, that nobody has."""
    applies_credits: bool
    """Whether the vendor has companies that put credit notes against invoices by themselves."""

    def sink(self) -> Sink:
        """A fresh sink on the company, as a new process would open it."""

    def document(self, number: str, *lines: Line, **changes: object) -> Document:
        """A document that the company takes, for a customer it has; a draft with one line unless said otherwise. Tax is
        predicted where the traits say that it can be."""

    def line(self, description: str, quantity: str, price: str) -> Line:
        """A line on a target and a tax code that the company has."""

    def advance(self, seconds: float) -> None: ...

    def lose_answer(self) -> None:
        """The next write is carried out, and nobody hears of it."""

    def cut_off(self) -> None:
        """From now on no write leaves, and reads go on."""

    def reconnect(self) -> None: ...

    def standing(self) -> Sequence[Standing]:
        """Every sales document over there, whoever made it, oldest first."""

    def add(self, number: str) -> str:
        """Somebody makes a draft of their own under a number that is free; returns its id."""

    def use_twice(self, number: str) -> set[str]:
        """The number comes to stand on two documents, in whatever status the vendor allows that; returns their ids."""

    def edit(self, remote_id: str) -> None:
        """Somebody changes the text of the document's first line."""

    def add_line(self, remote_id: str) -> None:
        """Somebody adds a line at the end, with the text of `ADDED`."""

    def dress(self, remote_id: str) -> None:
        """Somebody sets what is never ours to say."""

    def dress_of(self, remote_id: str) -> object:
        """What `dress` set, as it is now."""

    def pay(self, remote_id: str) -> None: ...

    def pay_parts(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        """One payment for several posted documents, by remote id, `over` of it for none; returns its id. Of a credit note it is paid
        back.
        """

    def take_back(self, payment_id: str) -> None:
        """A payment bounces."""

    def apply_credit(self, credit_note_id: str, invoice_id: str, amount: Decimal) -> None:
        """Somebody puts part of a credit note against an invoice."""

    def apply_credits_by_itself(self) -> None:
        """From now on the company does that by itself, with every new credit note. Only where `applies_credits`."""

    def void(self, remote_id: str) -> None:
        """Somebody takes a posted document out of force."""

    def delete(self, remote_id: str) -> None:
        """Somebody deletes a draft, or any document where there are none."""


def ready(bench: Bench, request: Request, key: str = "") -> Request:
    """As the push protocol stores it: with a key of its own bytes and a deadline."""
    key = key or f"{abs(hash((request.url, request.body))):032x}"
    return msgspec.structs.replace(request, key=key, deadline_boot_s=bench.clock.boot() + 60)


def push(bench: Bench, operation: Operation, *changes: Change, key: str = "") -> dict[DocumentRef, Outcome]:
    """Prepares and sends everything, by a sink of its own."""
    sink = bench.sink()
    outcomes: dict[DocumentRef, Outcome] = {}
    for request in sink.prepare(operation, changes):
        outcomes.update(sink.send(ready(bench, request, key)))
    return outcomes


def create(bench: Bench, document: Document) -> Remote:
    """The document, as the sink says it was made."""
    outcome = push(bench, "create", Change(document))[document.ref]
    assert isinstance(outcome, Accepted), outcome
    return outcome.remote


def has(bench: Bench, operation: Operation) -> None:
    """Skips the test of a sink that has no such operation."""
    if operation not in bench.sink().traits.operations:
        pytest.skip(f"traits: it does not {operation}")


def posted(bench: Bench, number: str, *lines: Line) -> Remote:
    return create(bench, bench.document(number, *lines, send_as="posted"))


def credit_note(bench: Bench, number: str, invoice: Remote, *lines: Line) -> Document:
    """Of an invoice that stands over there; for half an hour's worth unless said otherwise."""
    lines = lines or (bench.line("Half an hour back", "0.5", "150.00"),)
    return bench.document(number, *lines, kind="credit_note", send_as="posted", credits=Credited(invoice.ref, invoice.id))


def credit(bench: Bench, document: Document) -> Remote:
    """The credit note, as the sink says it was made."""
    outcome = push(bench, "credit", Change(document))[document.ref]
    assert isinstance(outcome, Accepted), outcome
    return outcome.remote


def allocation(bench: Bench, note: Remote, invoice: Remote, amount: Decimal) -> Change:
    """Of both as they stand."""
    document = bench.document(note.number, kind="credit_note", send_as="posted")
    return Change(document, as_it_stands(bench, note.id), against=as_it_stands(bench, invoice.id), amount=amount)


def allocate(bench: Bench, note: Remote, invoice: Remote, amount: Decimal, *, key: str = "") -> Outcome:
    return push(bench, "allocate", allocation(bench, note, invoice, amount), key=key)[note.ref]


def change(bench: Bench, operation: Operation, remote: Remote, document: Document | None = None, *, key: str = "") -> Outcome:
    """One operation on a document that is there, as it is read just before."""
    document = document or bench.document(remote.number, kind=remote.kind)
    return push(bench, operation, Change(document, as_it_stands(bench, remote.id)), key=key)[document.ref]


def as_it_stands(bench: Bench, remote_id: str) -> Remote:
    (found,) = bench.sink().read([remote_id])
    return found


def truth(bench: Bench, remote_id: str) -> Standing:
    (found,) = [one for one in bench.standing() if one.id == remote_id]
    return found


def numbers(bench: Bench) -> list[str]:
    return [one.number for one in bench.standing()]


def contents(document: Document | Remote) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    return [(line.description, line.quantity, line.price, line.net) for line in document.lines]


def listing(bench: Bench, cursor: str | None = None) -> tuple[dict[str, Remote], str]:
    """A whole change listing: documents by id, and the cursor it ends with."""
    pages = list(bench.sink().changed_since(cursor))
    assert pages, "a listing has at least one page"
    last = pages[-1][1]
    assert last, "the last page carries the next cursor"
    return {remote.id: remote for page, _ in pages for remote in page}, last
