"""A document that waits for a person's choice, with all that decides about what may be chosen."""

from datetime import datetime, timedelta

from msgspec import Struct

from connector.core.choices import legal
from connector.core.crediting import is_credit_of
from connector.core.ledger import Choice, Known
from connector.model import Document, Operation
from connector.store import approvals, documents, protocol
from connector.store.protocol import Intent
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace


class DocumentCase(Struct, frozen=True, kw_only=True):
    """A document with what is in doubt of it. `target`: what was to stand over there; `bears`, `credited_by`, `of`: see `legal`."""

    known: Known
    bears: bool
    credited_by: str
    of: Known | None
    intent: Intent | None
    target: Document
    until: datetime | None

    @property
    def operation(self) -> Operation | None:
        return self.intent.operation if self.intent else None

    @property
    def legal(self) -> tuple[Choice, ...]:
        return legal(self.known, self.operation, bears=self.bears, credited_by=self.credited_by, of=self.of)

    @property
    def against(self) -> str:
        """What a person must do over there, or choose, before anything can be chosen for it; "" where nothing."""
        if self.known.there or self.legal:
            return ""
        if self.credited_by:
            return f"its credit note {self.credited_by} is in force over there or in doubt: void that over there too"
        return f"it credits {self.of.number}, which is not in force over there: choose for that first" if self.of else ""


def case_of(ws: Workspace, read: Tx, known: Known) -> DocumentCase:
    intent = protocol.unfinished_of(read, known.id)
    target, deadline_at = known.target, None
    if intent is not None:
        assert intent.request is not None, "an intent is stored with its request"
        deadline_at = protocol.request(read, intent.request).deadline_at
        target = approvals.step(read, intent.step_id).step.document or target
    until = deadline_at + timedelta(seconds=ws.sink(known.book).traits.settle_s) if deadline_at else None
    waits = until is not None and ws.store.database_now(read) < until
    notes = [one for one in documents.credit_notes(read, known.book) if is_credit_of(one, known)]
    credited = known.target.credits
    return DocumentCase(
        known=known, bears=not any(one.in_doubt for one in notes) and bool(documents.claims_of(read, known.id)),
        credited_by=next((one.number for one in notes if one.there or one.in_doubt), ""),
        of=documents.by_number(read, known.book, credited.ref) if credited else None,
        intent=intent, target=target, until=until if waits else None,
    )  # fmt: skip
