"""What a plan is made of: steps, the charges and lines they bind, and the digests by which a person approves them.

A step's digest binds all that will be sent and why; the plan's checksum is the hash of its sorted digests.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from connector.core.ledger import FIRST_ADDED
from connector.core.values import LeftOut, Why
from connector.model import Document, Remote

Action = Literal["create", "update", "void", "credit", "hold", "carry"]
DIGEST_VERSION = "p1"
SENDS: frozenset[Action] = frozenset({"create", "update", "void", "credit"})


class StepCharge(Struct, frozen=True, gc=False, array_like=True):
    """A charge as a step binds it: `billed` exact seconds, `net` its share of line number `line`."""

    entry: int
    part: int
    ref: str
    revision: int
    seconds: int
    billed: Decimal
    net: Decimal
    line: int
    client: str
    period: str
    late: bool = False

    @property
    def is_added(self) -> bool:
        """A correction that a person chose for; its entry may be gone by now."""
        return self.part >= FIRST_ADDED


class StepLine(Struct, frozen=True, gc=False):
    """What a report says of a line beside what is sent."""

    billing_code: str
    seconds: int
    billed_seconds: Decimal
    entries: int
    why: tuple[Why, ...]


class Step(Struct, frozen=True, kw_only=True):
    """One thing the plan would do. `document` carries no number before approval. `theirs` is the document over there that is
    amended (as last confirmed) or, for a hold, as it was last read.
    """

    action: Action
    book: str
    key: str
    generation: int
    digest: str = ""
    number: str = ""
    series: str = ""
    client: str
    period: str
    document: Document | None
    terms: str = ""
    lines: tuple[StepLine, ...] = ()
    charges: tuple[StepCharge, ...] = ()
    after: tuple[str, ...] = ()
    base: Remote | None = None
    theirs: Remote | None = None
    flags: tuple[str, ...] = ()
    reason: str = ""
    worked_from: date | None = None
    worked_to: date | None = None
    late_seconds: int = 0
    no_charge_seconds: int = 0
    left_out: LeftOut = LeftOut()
    last_period_net: Decimal | None = None
    without: tuple[tuple[int, int], ...] = ()
    """Charges (entry, part) it will take in the next plan: they still stand on a document of another book, and it only lets go now."""
    this_period_net: Decimal | None = None
    last_period_of: Literal["", "document", "client"] = ""
    releasable: bool = False
    """Held only because its client has time left out, or because it was refused as it is: `approve --only` lets it go."""

    @property
    def seconds(self) -> int:
        return sum(charge.seconds for charge in self.charges)

    @property
    def billed_seconds(self) -> Decimal:
        return sum((charge.billed for charge in self.charges), Decimal(0))

    @property
    def entries(self) -> int:
        return len({charge.entry for charge in self.charges})

    @property
    def sends(self) -> bool:
        return self.action in SENDS

    @property
    def may_be_approved(self) -> bool:
        return self.sends or (self.releasable and self.action == "hold" and self.document is not None)


class Plan(Struct, frozen=True, kw_only=True):
    """What would be done in one book. `unsafe` names the safety bounds that stop it."""

    book: str
    period: str
    as_of: str
    mapping: str
    steps: tuple[Step, ...]
    unsafe: tuple[str, ...] = ()
    checksum: str = ""
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def sending(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.sends)

    @property
    def releasable(self) -> tuple[Step, ...]:
        """Held, and `approve --only` lets them go."""
        return tuple(step for step in self.steps if step.may_be_approved and not step.sends)


def digest(step: Step) -> str:
    """`p1:` and the hash of everything the step sends and every charge it stands for; amending steps bind what they amend."""
    document = step.document and msgspec.structs.replace(step.document, number="", mark="")
    charges = [(c.ref, c.part, c.revision, c.seconds, c.billed, c.net, c.line) for c in step.charges]
    body = (step.book, step.action, step.key, step.generation, step.terms, document, sorted(charges), step.base and stable(step.base))
    return f"{DIGEST_VERSION}:{hashlib.sha256(msgspec.json.encode(body, order='sorted')).hexdigest()[:32]}"


def stable(remote: Remote) -> Remote:
    """A remote without what moves by itself: version, stamp, payments and whether it was sent."""
    return msgspec.structs.replace(
        remote, version="", changed_at=None, changed_by="", sent=False, paid=Decimal(0), balance=Decimal(0), ours=None, customer=""
    )


def checksum(steps: Iterable[Step]) -> str:
    """12 hex characters over the sorted digests of what would be sent, and of what a person may let go with the time left out of it."""
    return hashlib.sha256("\n".join(sorted(_bound(step) for step in steps if step.may_be_approved)).encode()).hexdigest()[:12]


def _bound(step: Step) -> str:
    return step.digest if step.sends else f"{step.digest} without {step.left_out.seconds}"
