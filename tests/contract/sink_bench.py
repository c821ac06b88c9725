"""What a sink's contract test works with: a company over there, the people in it, and the truth about it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol

import msgspec
from msgspec import Struct

from connector.model import Document, DocumentRef, Line, Operation, Remote, Status
from connector.ports import Accepted, Change, Clock, Outcome, Request, Sink

ADDED = "Typed in by hand"
"""The text of the line that somebody adds."""


class Standing(Struct, frozen=True, kw_only=True):
    """One sales document as it truly stands over there; `lines` holds text, quantity, price and net of each."""

    id: str
    number: str
    status: Status
    net: Decimal
    lines: tuple[tuple[str, Decimal, Decimal, Decimal], ...]


class Bench(Protocol):
    """One company and what people do in it. Nothing of this goes through the sink."""

    clock: Clock
    page_size: int
    """How many documents fill one page of a change listing."""
    no_such_id: str
    """A remote id as the vendor makes them, that nobody has."""

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


def change(bench: Bench, operation: Operation, remote: Remote, document: Document | None = None, *, key: str = "") -> Outcome:
    """One operation on a document that is there, as it is read just before."""
    document = document or bench.document(remote.number)
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
