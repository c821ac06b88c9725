"""The reference sink: a company in memory that keeps every rule of the port, and lies on request.

It is the fake used everywhere, and the shortest reading of what a sink must do. `company.py` holds the ground truth: documents by
id, every accepted write in `ledger`, payments, key memory, used numbers, and scripted faults (an answer lost, torn, late, partial).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict

from adapters.memory.company import Company, Fault, Write
from connector.errors import RejectedError
from connector.model import DocumentRef, Operation, Payment, Remote
from connector.ports import Change, Cursor, Host, Member, NotSent, Outcome, Request, SinkTraits

__all__ = ["COMPANIES", "Company", "Fault", "Settings", "Sink", "Write"]
_encode = msgspec.json.Encoder().encode
OVERLAP = timedelta(minutes=5)
PAGE_SIZE = 100
COMPANIES: dict[str, Company] = {}
"""Companies by name, so that every sink of a process that names one reaches the same."""


class Settings(BaseModel):
    """`company` names the company in memory; it lives as long as the process."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    company: str = "memory"


class Sink:
    """Documents in memory; every operation of the port."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "post", "void", "delete", "credit", "allocate"}), idempotency_window_s=360, refuses_used_number="yes",
        own_mark=False, drafts=True, optimistic_lock=True, settle_s=420, write_timeout_s=30, batch_max=20,
        batch_bytes_max=1_000_000, price_places=4, quantity_places=4, amount_places=4, tax="per_line", number_length_max=255,
    )  # fmt: skip

    def __init__(self, settings: Settings, host: Host) -> None:
        self.company = COMPANIES.setdefault(settings.company, Company(host.clock))

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Raises RejectedError for what this sink does not do."""
        if operation not in self.traits.operations:
            raise RejectedError(f"{operation} is not done here", to=changes[0].document.number if changes else "")
        for change in changes:
            if why := change.misfit(operation):
                raise RejectedError(why, to=change.document.number)
        requests: list[Request] = []
        batch: list[Change] = []
        size = 0
        largest = 1 if operation == "allocate" else self.traits.batch_max
        for change in changes:
            bytes_more = len(_encode(change)) + 1
            if batch and (len(batch) == largest or size + bytes_more >= self.traits.batch_bytes_max):
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

    def payments(self, documents: Sequence[Remote]) -> Mapping[str, tuple[Payment, ...]]:
        self.company.settle()
        return {one.id: tuple(paid for paid in self.company.payments if paid.document_id == one.id) for one in documents}


def _request(operation: Operation, changes: Sequence[Change]) -> Request:
    members = tuple(Member(change.document.ref, change.theirs.id if change.theirs else "") for change in changes)
    return Request(operation=operation, method="PUT", url=f"/{operation}", body=_encode(tuple(changes)), members=members)
