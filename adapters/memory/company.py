"""The company of the memory sink: the ground truth, whatever anybody was told."""

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from adapters.memory.documents import changed, made, next_version, settled
from connector.model import Allocation, DocumentRef, Operation, Payment, PaymentKind, Remote
from connector.ports import Accepted, Change, Clock, NotSent, Outcome, Rejected, Request, Stale, Taken, Unknown

_changes = msgspec.json.Decoder(tuple[Change, ...])


class Fault(Struct, frozen=True):
    """What happens to one request. `lost`: done, but nobody hears. `reset`: not done, and nobody can tell. `late`: done only after
    `seconds`, nobody hears. `unsent`: provably not processed. `partial`: done, but the answer mentions every other member only.
    `refused`: members with these numbers are refused.
    """

    kind: Literal["lost", "reset", "late", "unsent", "partial", "refused"]
    seconds: float = 0
    numbers: frozenset[str] = frozenset()


class Write(Struct, frozen=True, kw_only=True):
    """One accepted write: ground truth."""

    at: datetime
    operation: Operation
    number: str
    remote_id: str
    net: Decimal


class Company:
    """The accounting company: what is really there, whatever anybody was told."""

    def __init__(self, clock: Clock, *, key_memory_s: float = 360, refuses_used_number: bool = True) -> None:
        self.clock = clock
        self.key_memory_s = key_memory_s
        self.refuses_used_number = refuses_used_number
        self.applies_credits_by_itself = False
        self.documents: dict[str, Remote] = {}
        self.payments: list[Payment] = []
        self.ledger: list[Write] = []
        self.requests = 0
        self.fault: Callable[[Request], Fault | None] = lambda _request: None
        self.after_commit: Callable[[], None] = lambda: None
        self._answers: dict[tuple[str, bytes], tuple[datetime, dict[DocumentRef, Outcome]]] = {}
        self._late: list[tuple[datetime, Request]] = []

    # ---- what the sink asks ---------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        """One request on the wire, with whatever the script makes of it."""
        self.settle()
        self.requests += 1
        fault = self.fault(request)
        everyone = [member.ref for member in request.members]
        if fault is None:
            return self._once(request, frozenset())
        if fault.kind == "unsent":
            return dict.fromkeys(everyone, NotSent("no connection"))
        if fault.kind == "reset":
            return dict.fromkeys(everyone, Unknown("the connection was reset"))
        if fault.kind == "late":
            self._late.append((self.clock.now() + timedelta(seconds=fault.seconds), request))
            return dict.fromkeys(everyone, Unknown("no answer in time"))
        outcomes = self._once(request, fault.numbers)
        if fault.kind == "lost":
            return dict.fromkeys(everyone, Unknown("the answer was lost"))
        if fault.kind == "partial":
            return {ref: outcome for index, (ref, outcome) in enumerate(outcomes.items()) if index % 2 == 0}
        return outcomes

    def settle(self) -> None:
        """Late writes whose time has come take effect."""
        due = [request for at, request in self._late if at <= self.clock.now()]
        self._late = [(at, request) for at, request in self._late if at > self.clock.now()]
        for request in due:
            self._once(request, frozenset())

    def live(self, number: str) -> list[Remote]:
        return [remote for remote in self.documents.values() if remote.number == number and remote.live]

    # ---- what people do over there ----------------------------------------------------------------------------------------

    def change(self, remote_id: str, **changes: object) -> Remote:
        """Somebody edits a document: any fields of `Remote`. Its version moves, as with every change."""
        there = self.documents[remote_id]
        return self._put(msgspec.structs.replace(there, **{"version": next_version(there.version), **changes}))

    def add(self, remote: Remote) -> Remote:
        """Somebody makes a document."""
        return self._put(remote)

    def pay(self, amounts: Mapping[str, Decimal], *, over: Decimal = Decimal(0)) -> str:
        """Money for one document or split over several, by remote id, `over` of it for none; of a credit note it is paid back."""
        payment_id = f"pay{len(self.payments) + 1}"
        whole = sum(amounts.values(), over)
        for remote_id, amount in amounts.items():
            kind: PaymentKind = "refund" if self.documents[remote_id].kind == "credit_note" else "payment"
            self._put(settled(self.documents[remote_id], amount))
            self.payments.append(
                Payment(
                    id=payment_id, document_id=remote_id, kind=kind, amount=amount, on=self.clock.now().date(), whole=whole, unapplied=over
                )
            )
        return payment_id

    def take_back(self, payment_id: str) -> None:
        """A payment bounces, or somebody deletes it."""
        for at, payment in enumerate(self.payments):
            if payment.id == payment_id and not payment.reversed:
                self._put(settled(self.documents[payment.document_id], -payment.amount))
                self.payments[at] = msgspec.structs.replace(payment, reversed=True)

    def apply(self, credit_id: str, invoice_id: str, amount: Decimal) -> Remote:
        """Puts part of a credit note against an invoice; returns the credit note."""
        payment_id, today = f"pay{len(self.payments) + 1}", self.clock.now().date()
        self._put(settled(self.documents[invoice_id], amount))
        self.payments.append(
            Payment(id=payment_id, document_id=invoice_id, kind="credit", amount=amount, on=today, credit_note_id=credit_id)
        )
        note = settled(self.documents[credit_id], amount)
        allocation = Allocation(document_id=invoice_id, amount=amount, id=payment_id, on=today)
        return self._put(msgspec.structs.replace(note, allocated=(*note.allocated, allocation)))

    # ---- how it works -------------------------------------------------------------------------------------------------------

    def _once(self, request: Request, refused: frozenset[str]) -> dict[DocumentRef, Outcome]:
        place = (request.key, request.body)
        remembered = self._answers.get(place) if request.key else None
        if remembered and (self.clock.now() - remembered[0]).total_seconds() < self.key_memory_s:
            return remembered[1]
        outcomes: dict[DocumentRef, Outcome] = {}
        for change in _changes.decode(request.body):
            number = change.document.number
            outcomes[change.document.ref] = Rejected("refused by the script") if number in refused else self._one(request.operation, change)
        self._answers[place] = (self.clock.now(), outcomes)
        self.after_commit()
        return outcomes

    def _one(self, operation: Operation, change: Change) -> Outcome:
        document = change.document
        if operation in ("create", "credit"):
            if self.refuses_used_number and any(remote.ref == document.ref for remote in self.documents.values()):
                return Taken(document.number)
            made_now = self._put(made(document, self._free_id()))
            return self._wrote(operation, self._applied_by_itself(made_now) if operation == "credit" else made_now)
        there = self.documents.get(change.theirs.id) if change.theirs else None
        if there is None or change.theirs is None:
            return Rejected("there is no such document")
        if there.version != change.theirs.version:
            return Stale("it was changed in the meantime")
        if operation == "allocate":
            return self._allocated(change, there)
        if not there.live or there.paid or (operation == "post" and there.status != "draft"):
            return Rejected(f"a document that is {there.status} does not take this: {operation}")
        if operation == "delete" and there.status != "draft":
            return Rejected(f"only a draft is deleted, and this is {there.status}")
        return self._wrote(operation, self._put(changed(operation, change, there)))

    def _allocated(self, change: Change, note: Remote) -> Outcome:
        invoice = self.documents.get(change.against.id) if change.against else None
        amount = change.amount
        if invoice is None or amount is None:
            return Rejected("there is no such invoice")
        for one in (note, invoice):
            if one.status not in ("posted", "part_paid", "paid"):
                return Rejected(f"{one.number} is {one.status}: a credit note and an invoice must both be posted")
            if amount > one.balance:
                return Rejected(f"{amount} is more than the {one.balance} that is left of {one.number}")
        if (note.customer_id, note.currency) != (invoice.customer_id, invoice.currency):
            return Rejected(f"{note.number} and {invoice.number} are not of one customer and currency")
        return self._wrote("allocate", self.apply(note.id, invoice.id, amount))

    def _applied_by_itself(self, note: Remote) -> Remote:
        """Where the company does that: against the customer's open invoices, the oldest first."""
        theirs = (note.customer_id, note.currency)
        for one in list(self.documents.values()) if self.applies_credits_by_itself else ():
            open_here = one.kind == "invoice" and one.status in ("posted", "part_paid") and (one.customer_id, one.currency) == theirs
            if open_here and note.balance > 0:
                note = self.apply(note.id, one.id, min(one.balance, note.balance))
        return note

    def _free_id(self) -> str:
        return next(name for n in itertools.count(len(self.documents) + 1) if (name := f"m{n}") not in self.documents)

    def _put(self, remote: Remote) -> Remote:
        stamped = msgspec.structs.replace(remote, changed_at=self.clock.now())
        self.documents[remote.id] = stamped
        return stamped

    def _wrote(self, operation: Operation, remote: Remote) -> Outcome:
        self.ledger.append(Write(at=self.clock.now(), operation=operation, number=remote.number, remote_id=remote.id, net=remote.net))
        return Accepted(remote)
