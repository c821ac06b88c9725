"""The reference sink: a company in memory that keeps every rule of the port, and lies on request.

It is the fake used everywhere, and the shortest reading of what a sink must do. `Company` is the ground truth: documents by id, every
accepted write in `ledger`, key memory, used numbers, and scripted faults (an answer lost, torn, late, partial).
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Literal

import msgspec
from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from connector.errors import RejectedError
from connector.model import Document, DocumentRef, Line, Operation, Remote, RemoteLine, Status
from connector.ports import (
    Accepted,
    Change,
    Clock,
    Cursor,
    Host,
    Member,
    NotSent,
    Outcome,
    Rejected,
    Request,
    SinkTraits,
    Stale,
    Taken,
    Unknown,
)

_changes = msgspec.json.Decoder(tuple[Change, ...])
_encode = msgspec.json.Encoder().encode
OVERLAP = timedelta(minutes=5)
PAGE_SIZE = 100


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
        self.documents: dict[str, Remote] = {}
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
        return self._put(msgspec.structs.replace(there, **{"version": _next(there.version), **changes}))

    def add(self, remote: Remote) -> Remote:
        """Somebody makes a document."""
        return self._put(remote)

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
        if operation == "create":
            if self.refuses_used_number and any(remote.ref == document.ref for remote in self.documents.values()):
                return Taken(document.number)
            return self._wrote(operation, self._put(_made(document, self._free_id())))
        there = self.documents.get(change.theirs.id) if change.theirs else None
        if there is None or change.theirs is None:
            return Rejected("there is no such document")
        if there.version != change.theirs.version:
            return Stale("it was changed in the meantime")
        if not there.live or there.paid or (operation == "post" and there.status != "draft"):
            return Rejected(f"a document that is {there.status} does not take this: {operation}")
        if operation == "delete" and there.status != "draft":
            return Rejected(f"only a draft is deleted, and this is {there.status}")
        return self._wrote(operation, self._put(_changed(operation, change, there)))

    def _free_id(self) -> str:
        return next(name for n in itertools.count(len(self.documents) + 1) if (name := f"m{n}") not in self.documents)

    def _put(self, remote: Remote) -> Remote:
        stamped = msgspec.structs.replace(remote, changed_at=self.clock.now())
        self.documents[remote.id] = stamped
        return stamped

    def _wrote(self, operation: Operation, remote: Remote) -> Outcome:
        self.ledger.append(Write(at=self.clock.now(), operation=operation, number=remote.number, remote_id=remote.id, net=remote.net))
        return Accepted(remote)


def _made(document: Document, remote_id: str) -> Remote:
    status: Status = "draft" if document.send_as == "draft" else "posted"
    lines = tuple(_line(line, f"{remote_id}-{index}") for index, line in enumerate(document.lines, start=1))
    return _said(Remote(id=remote_id, kind=document.kind, number=document.number, status=status, version="1"), document, lines)


def _changed(operation: Operation, change: Change, there: Remote) -> Remote:
    moved = msgspec.structs.replace(there, version=_next(there.version))
    if operation == "update":
        return _said(moved, change.document, _amended(change, there))
    if operation == "post":
        return msgspec.structs.replace(moved, status="posted")
    return msgspec.structs.replace(moved, status="deleted" if there.status == "draft" else "voided", balance=Decimal(0))


def _said(there: Remote, document: Document, lines: tuple[RemoteLine, ...]) -> Remote:
    """What a document says, put on what stands there; everything it does not say stays."""
    net = sum((line.net for line in lines), Decimal(0))
    tax = sum((line.tax or Decimal(0) for line in lines), Decimal(0))
    return msgspec.structs.replace(
        there, mark=document.mark, customer_id=document.customer_id, customer=document.customer, invoice_date=document.invoice_date,
        due_date=document.due_date, currency=document.currency, amounts=document.amounts, po=document.po, lines=lines, net=net, tax=tax,
        gross=net + tax, balance=net + tax,
    )  # fmt: skip


def _amended(change: Change, there: Remote) -> tuple[RemoteLine, ...]:
    """Ours under the ids of the lines they amend, the same text first; a person's lines stay, where they stood."""
    free = [line for line in there.lines if change.owned is None or line.id in change.owned]
    foreign = [(at, line) for at, line in enumerate(there.lines) if line not in free]
    kept: dict[int, str] = {}
    for same_text in (True, False):
        for at, line in enumerate(change.document.lines):
            match = next((one for one in free if not same_text or one.description == line.description), None)
            if at not in kept and match is not None:
                free.remove(match)
                kept[at] = match.id
    used = {line.id for line in there.lines}
    new = (name for n in itertools.count(1) if (name := f"{there.id}-{n}") not in used)
    lines = [_line(line, kept.get(at) or next(new)) for at, line in enumerate(change.document.lines)]
    for at, theirs in foreign:
        lines.insert(min(at, len(lines)), theirs)
    return tuple(lines)


def _line(line: Line, line_id: str) -> RemoteLine:
    return RemoteLine(
        id=line_id, description=line.description, quantity=line.quantity, price=line.price, net=line.net, target=line.target,
        tax_code=line.tax_code, tax=line.tax, tracking=line.tracking,
    )  # fmt: skip


def _next(version: str) -> str:
    return str(int(version or "0") + 1)


COMPANIES: dict[str, Company] = {}
"""Companies by name, so that every sink of a process that names one reaches the same."""


class Settings(BaseModel):
    """`company` names the company in memory; it lives as long as the process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    company: str = "memory"


class Sink:
    """Documents in memory; every operation of the port."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "post", "void", "delete"}), idempotency_window_s=360, refuses_used_number="yes",
        own_mark=False, drafts=True, optimistic_lock=True, settle_s=420, write_timeout_s=30, batch_max=20,
        batch_bytes_max=1_000_000, price_places=4, quantity_places=4, amount_places=4, tax="per_line", number_length_max=255,
    )  # fmt: skip

    def __init__(self, settings: Settings, host: Host) -> None:
        self.company = COMPANIES.setdefault(settings.company, Company(host.clock))

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Raises RejectedError for what this sink does not do."""
        if operation not in self.traits.operations:
            raise RejectedError(f"{operation} is not done here", to=changes[0].document.number if changes else "")
        requests: list[Request] = []
        batch: list[Change] = []
        size = 0
        for change in changes:
            bytes_more = len(_encode(change)) + 1
            if batch and (len(batch) == self.traits.batch_max or size + bytes_more >= self.traits.batch_bytes_max):
                requests.append(_request(operation, batch))
                batch, size = [], 0
            batch.append(change)
            size += bytes_more
        return [*requests, _request(operation, batch)] if batch else requests

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        if self.company.clock.boot() > request.deadline_boot_s:
            return {member.ref: NotSent("its deadline has passed", "deadline") for member in request.members}
        return self.company.handle(request)

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        self.company.settle()
        return {ref: [remote for remote in self.company.documents.values() if remote.ref == ref] for ref in refs}

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        self.company.settle()
        return [self.company.documents[name] for name in dict.fromkeys(remote_ids) if name in self.company.documents]

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        self.company.settle()
        started = self.company.clock.now()
        since = datetime.fromisoformat(cursor) if cursor else None
        found = [r for r in self.company.documents.values() if since is None or (r.changed_at is not None and r.changed_at >= since)]
        next_cursor = (started - OVERLAP).isoformat()
        for start in range(0, max(len(found), 1), PAGE_SIZE):
            yield tuple(found[start : start + PAGE_SIZE]), next_cursor if start + PAGE_SIZE >= len(found) else None


def _request(operation: Operation, changes: Sequence[Change]) -> Request:
    members = tuple(Member(change.document.ref, change.theirs.id if change.theirs else "") for change in changes)
    return Request(operation=operation, method="PUT", url=f"/{operation}", body=_encode(tuple(changes)), members=members)
