"""What the sync ledger knows of documents and claims, as values. A claim is one charge on one document, frozen when it was confirmed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from connector.core.values import Disposition
from connector.model import Document, DocumentKind, Remote

State = Literal["intended", "sent", "done", "refused", "held"]
Choice = Literal["again", "release", "ours", "amend", "accept"]
"""What a person may say of a document that cannot go on by itself: make it again, let its time go, what stands there is ours; and of one
that somebody changed over there: go on amending it with that kept, or take it as it is.
"""
TimeChoice = Literal["delta", "credit", "write_off", "accept"]
"""What a person may say of a correction: bill the difference, credit what was billed, give the difference up, or call it right as billed."""
FIRST_ADDED = 1000
"""The first part of an entry that a chosen correction has; the rules number theirs from 1."""


class Settled(Struct, frozen=True, gc=False, kw_only=True):
    """A person's choice on one correction, for the figures it had then. It is part `part` of its entry; `of` is the part that was billed on
    document `document`, 0 for time that came to another client. It holds while the entry has that revision and the correction those hours.
    """

    entry: int
    part: int
    document: int
    of: int
    choice: TimeChoice
    revision: int
    seconds: int
    billed: Decimal
    net: Decimal
    currency: str
    why: str = ""
    who: str = ""
    at: str = ""


class Kept(Struct, frozen=True, kw_only=True):
    """What a person chose to go on amending: our content then, theirs then, and for each of their lines which of ours it was, -1 for
    one of their own.
    """

    mine: Document
    theirs: Document
    pairs: tuple[int, ...]


class Claim(Struct, frozen=True, gc=False, kw_only=True):
    """A charge on a line: `net` in the document's currency, `billed` exact seconds of billed time."""

    entry: int
    part: int
    document: int
    revision: int
    seconds: int
    billed: Decimal
    net: Decimal
    currency: str
    line: int
    client: str
    period: str


class Known(Struct, frozen=True, kw_only=True):
    """A document as the sync ledger knows it. `target` is what we last had confirmed or approved, `base` what stood over there at
    our last confirmation, `theirs` as last read. `touched` says in words what a person did over there, "" when nobody did.
    """

    id: int
    book: str
    key: str
    generation: int
    kind: DocumentKind = "invoice"
    number: str
    remote_id: str = ""
    state: State
    their_status: str = ""
    touched: str = ""
    reason: str = ""
    client: str
    customer: str = ""
    period: str
    currency: str
    net: Decimal
    entries: int = 0
    seconds: int = 0
    billed_seconds: int = 0
    digest: str = ""
    refusals: int = 0
    refused_mapping: str = ""
    """How often the content of `digest` was refused, and the mapping it was last refused with."""
    target: Document
    base: Remote | None = None
    theirs: Remote | None = None
    closed: bool = False
    """Its period is closed: it is final, a draft too."""
    chosen: Choice | Literal[""] = ""
    """A person's latest choice on this generation."""
    kept: Kept | None = None
    """With `amend`: what that choice was made for."""

    @property
    def ended(self) -> bool:
        """Given up by a person: it holds nothing any more, whatever becomes of it over there."""
        return self.chosen in ("again", "release")

    @property
    def released(self) -> bool:
        """Ended, and not to be made again: its time is late time."""
        return self.chosen == "release"

    @property
    def signed_net(self) -> Decimal:
        """What it adds to what the customer owes: a credit note takes away."""
        return -self.net if self.kind == "credit_note" else self.net

    @property
    def in_doubt(self) -> bool:
        return self.state in ("intended", "sent", "held")

    @property
    def there(self) -> bool:
        """Whether it stands over there with force, as far as we know."""
        return bool(self.remote_id) and not self.ended and self.their_status not in ("voided", "deleted", "missing")

    @property
    def amendable(self) -> bool:
        """A confirmed draft that nobody touched, or that a person said to go on amending. A credit note is never amended."""
        mine = self.kind == "invoice" and self.chosen != "accept" and not self.ended
        return mine and self.state == "done" and self.their_status == "draft" and not self.touched and not self.closed

    @property
    def emptied(self) -> bool:
        """Voided or deleted by ourselves, because nothing was left on it: it holds no charges."""
        return self.state == "done" and not self.there and not self.entries and not self.net

    @property
    def amended_there(self) -> bool:
        """A confirmed draft whose content is no longer what we confirmed."""
        return self.state == "done" and self.their_status == "draft" and bool(self.touched)

    @property
    def holds_charges(self) -> bool:
        return (self.state != "refused" or self.there) and not self.emptied and not self.ended


class Ledger(Struct, frozen=True, kw_only=True):
    """All documents and claims of a state."""

    documents: Mapping[int, Known] = msgspec.field(default_factory=dict)
    claims: Mapping[tuple[int, int], Claim] = msgspec.field(default_factory=dict)
    settled: Mapping[tuple[int, int], Settled] = msgspec.field(default_factory=dict)

    def untouched(self) -> "Ledger":
        """The same, with every draft as if nobody had changed it over there."""
        documents = {
            number: msgspec.structs.replace(known, touched="") if known.their_status == "draft" else known
            for number, known in self.documents.items()
        }
        return Ledger(documents=documents, claims=self.claims, settled=self.settled)

    def as_if_draft(self, draft: int) -> "Ledger":
        """The same, untouched, with one document as a draft, and time free that stands on what is not in force over there, or in doubt."""
        lost = {number for number, known in self.documents.items() if not known.there and number != draft}
        documents = {
            number: msgspec.structs.replace(known, chosen="again") if number in lost and not known.ended else known
            for number, known in self.documents.items()
        }
        documents[draft] = msgspec.structs.replace(self.documents[draft], touched="", their_status="draft")
        claims = {pair: claim for pair, claim in self.claims.items() if claim.document not in lost}
        return Ledger(documents=documents, claims=claims, settled=self.settled).untouched()

    def billed_entries(self) -> frozenset[int]:
        return frozenset(entry for entry, _ in self.claims)

    def parts_of_entries(self) -> dict[int, list[int]]:
        """Entry → its parts on documents."""
        parts: dict[int, list[int]] = {}
        for entry, part in self.claims:
            parts.setdefault(entry, []).append(part)
        return parts

    def latest(self) -> dict[tuple[str, str], Known]:
        """(book, key) → its newest generation."""
        newest: dict[tuple[str, str], Known] = {}
        for known in sorted(self.documents.values(), key=lambda document: document.generation):
            newest[known.book, known.key] = known
        return newest


def disposition_of(known: Known) -> Disposition:
    """What a document makes of the charges it holds."""
    if known.state in ("intended", "sent"):
        return "sending"
    if known.state == "held" or not known.there:
        return "held"
    return "drafted" if known.their_status == "draft" else "invoiced"
