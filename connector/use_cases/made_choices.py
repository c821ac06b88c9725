"""What people chose for billed time and for documents, as the audit log keeps it, and what each choice did to the money."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec
from msgspec import Struct

from connector.core.ledger import FIRST_ADDED, Known
from connector.core.money import ZERO
from connector.reports.explanation import ChoiceMade
from connector.store import approvals, audit, documents
from connector.store.charges import Stored
from connector.store.store import Tx

PLANNED = ("delta", "credit")
"""Choices that are carried out by a document, which is planned, approved and applied like any other."""
LATER = "not any more: the time changed again, or another choice took its place"
_OF_TIME = {"write_off": "given up: neither billed nor credited", "accept": "right as billed: neither billed nor credited"}
_OF_DOCUMENT = {
    "again": "came off it, to be planned under its next number", "release": "came off it, and is late time now",
    "ours": "stayed: what stands over there was told to be ours", "amend": "stayed: it is amended as somebody left it over there",
}  # fmt: skip


class Said(Struct, frozen=True, kw_only=True):
    """A choice as the audit log has it. `parts`: (entry, part, seconds, net) of each charge it was about; `ref` only of billed time."""

    number: str
    choice: str
    why: str
    who: str
    currency: str
    net: Decimal
    ref: str = ""
    seconds: int = 0
    parts: tuple[tuple[int, int, int, Decimal], ...] = ()


_said = msgspec.json.Decoder(Said)


def _all_said(read: Tx) -> list[tuple[audit.Row, Said]]:
    return [(row, _said.decode(row.body)) for row in audit.told(read, "chosen")]


def chosen_of(read: Tx, entry: int, stored: Sequence[Stored]) -> Iterator[ChoiceMade]:
    """Every choice that was about one entry, oldest first; `stored` are its charges as they stand now."""
    standing = {charge.part: charge for charge in stored}
    made = [(row, said) for row, said in _all_said(read) if any(key == entry for key, *_ in said.parts)]
    latest = {place: row.seq for row, said in made for place in _places(said, entry)}
    for row, said in made:
        for _, part, seconds, net in (one for one in said.parts if one[0] == entry):
            charge = standing.get(part) if latest[said.ref != "", str(part)] == row.seq else None
            noted = said.choice == "credit" and latest[True, said.number] == row.seq
            note = _credited_by(read, row.stream, said.number, entry) if noted else None
            document, effect, holds = _did(said, charge, note) if said.ref else _did_document(read, row.stream, said, entry)
            yield ChoiceMade(
                number=said.number, choice=said.choice, seconds=seconds, net=net, currency=said.currency, effect=effect, holds=holds,
                document=document, why=said.why, who=said.who, at=row.at,
            )  # fmt: skip


def _places(said: Said, entry: int) -> Iterator[tuple[bool, str]]:
    """What a later choice takes the place of: one on the same part, and of credits one on the same document."""
    yield from ((said.ref != "", str(part)) for key, part, *_ in said.parts if key == entry)
    if said.choice == "credit":
        yield True, said.number


def chosen_on(read: Tx, known: Known) -> Iterator[ChoiceMade]:
    """Choices on time that this document billed, each with all that it was about."""
    for row, said in _all_said(read):
        if row.stream == f"book:{known.book}" and said.number == known.number and said.ref:
            effect = "is planned, approved and applied" if said.choice in PLANNED else _OF_TIME[said.choice]
            yield ChoiceMade(
                number=known.number, choice=said.choice, seconds=said.seconds, net=said.net, currency=said.currency,
                effect=f"{effect}: `hourbridge explain {said.ref.partition(':')[2]}`", holds=True, document="", why=said.why, who=said.who, at=row.at,
            )  # fmt: skip


def _did(said: Said, charge: Stored | None, note: Known | None) -> tuple[str, str, bool]:
    """Where the money stands by a choice on time, what it did, and whether that is so now."""
    if note is not None:
        return note.number, f"{note.number} credits what was billed; the time is billed again as it is now", note.there
    if charge is None or charge.part < FIRST_ADDED:
        return "", LATER, False
    if said.choice == "delta" and charge.document:
        return charge.document, f"stands on {charge.document}, {charge.disposition}", True
    if said.choice == "delta":
        return "", "goes on the client's next document" if charge.disposition == "ready" else f"waits: {charge.reason}", True
    if said.choice == "credit":
        return "", f"a credit note on {said.number} is to be approved; then the time is billed again as it is now", True
    return "", _OF_TIME[said.choice], charge.disposition == "written_off"


def _did_document(read: Tx, stream: str, said: Said, entry: int) -> tuple[str, str, bool]:
    known = next((one for one in documents.documents(read, stream.removeprefix("book:")) if one.number == said.number), None)
    holds = known is not None and known.chosen == said.choice
    if said.choice == "accept":
        on_it = [claim for claim in documents.claim_of(read, entry) if known is not None and claim.document == known.id]
        share = sum((claim.net for claim in on_it), ZERO)
        return said.number, f"{said.number} was taken as it is over there: {said.currency} {share} of it now", holds
    return "" if said.choice in ("again", "release") else said.number, _OF_DOCUMENT[said.choice], holds


def _credited_by(read: Tx, stream: str, number: str, entry: int) -> Known | None:
    """The credit note that took an entry's charges back from a document."""
    book = stream.removeprefix("book:")
    for known in documents.documents(read, book):
        of = known.target.credits
        if of is None or of.ref.number != number or not known.remote_id:
            continue
        steps = approvals.of_document(read, book, known.key, known.generation)
        if any(one.state == "applied" and entry in {charge.entry for charge in one.step.charges} for one in steps):
            return known
    return None
