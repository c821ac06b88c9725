"""What a document held at an earlier moment: its content, and each charge with its line and money."""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from connector.core.ledger import Claim, Known
from connector.core.steps import Step, StepCharge
from connector.core.taking import take
from connector.model import Document
from connector.store import approvals, choices, documents
from connector.store.store import Tx

Pair = tuple[int, int]


class Stood(Struct, frozen=True):
    document: Document
    claims: Mapping[Pair, Claim]


def as_it_stood(read: Tx, known: Known, at: str) -> Stood:
    """By the last step of it that was approved and applied by then, and by the choice of a person who took what somebody made of it."""
    steps = [one for one in approvals.of_document(read, known.book, known.key, known.generation) if one.state == "applied" and one.at <= at]
    applied = next((one for one in reversed(steps) if one.step.document is not None), None)
    if applied is None or applied.step.document is None:
        return Stood(known.target, {})
    document, claims = applied.step.document, [_claim(charge, known, applied.step) for charge in bound_of(read, applied.step)]
    taken_since = any(one.choice in ("accept", "amend") and applied.at < one.at <= at for one in choices.of_document(read, known.id))
    if taken_since and known.base is not None:
        taken = take(replace(known, target=document, base=documents.confirmed_last(read, known.id)), known.base, claims)
        document = taken.document
        claims = [replace(one, line=taken.shares[one.entry, one.part].line, net=taken.shares[one.entry, one.part].net) for one in claims]
    return Stood(document, {(one.entry, one.part): one for one in claims})


def bound_of(read: Tx, step: Step) -> Sequence[StepCharge]:
    """The charges of a step; of a credit note that was made again, whose charges were free already, those of its first generation."""
    if step.charges or step.generation == 1:
        return step.charges
    before = [one.step for one in approvals.of_document(read, step.book, step.key, step.generation - 1) if one.state == "applied"]
    return bound_of(read, before[-1]) if before else ()


def _claim(charge: StepCharge, known: Known, step: Step) -> Claim:
    return Claim(
        entry=charge.entry, part=charge.part, document=known.id, revision=charge.revision, seconds=charge.seconds, billed=charge.billed,
        net=charge.net, currency=step.document.currency if step.document else known.currency, line=charge.line, client=charge.client,
        period=charge.period,
    )  # fmt: skip
