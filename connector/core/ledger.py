"""What the sync ledger knows of documents and claims, as values, and what that makes of the charges.

A claim is one charge on one document, frozen when it was confirmed. Claims decide the first three dispositions; time that changed
after its document was final never alters a charge, it adds one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from connector.core.mapping import Where
from connector.core.values import Charge, Disposition, Estimate, Why
from connector.model import Document, DocumentKind, Remote

State = Literal["intended", "sent", "done", "refused", "held"]
_EARNS_NOTHING: frozenset[Disposition] = frozenset((
    "deleted", "before_start", "billed_elsewhere", "written_off", "excluded", "non_billable", "covered", "drawn", "no_charge",
))  # fmt: skip


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

    @property
    def in_doubt(self) -> bool:
        return self.state in ("intended", "sent", "held")

    @property
    def there(self) -> bool:
        """Whether it stands over there with force, as far as we know."""
        return bool(self.remote_id) and self.their_status not in ("voided", "deleted", "missing")

    @property
    def amendable(self) -> bool:
        """A confirmed draft that nobody touched."""
        return self.state == "done" and self.their_status == "draft" and not self.touched and not self.closed

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
        return (self.state != "refused" or self.there) and not self.emptied


class Ledger(Struct, frozen=True, kw_only=True):
    """All documents and claims of a state."""

    documents: Mapping[int, Known] = msgspec.field(default_factory=dict)
    claims: Mapping[tuple[int, int], Claim] = msgspec.field(default_factory=dict)

    def untouched(self) -> "Ledger":
        """The same, with every draft as if nobody had changed it over there."""
        documents = {
            number: msgspec.structs.replace(known, touched="") if known.their_status == "draft" else known
            for number, known in self.documents.items()
        }
        return Ledger(documents=documents, claims=self.claims)

    def billed_entries(self) -> frozenset[int]:
        return frozenset(entry for entry, _ in self.claims)

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


def overlay(charges: Sequence[Charge], ledger: Ledger) -> Iterator[Charge]:
    """The charges as they really stand: claimed ones as their document has them, and a held correction for what changed since.

    `charges` are what the rules say now, one or more an entry in the entry's order. Whatever happens, the charges of an entry add up
    to what its source says now.
    """
    if not ledger.claims:
        yield from charges
        return
    claims_of: dict[int, list[Claim]] = {}
    for claim in ledger.claims.values():
        claims_of.setdefault(claim.entry, []).append(claim)
    for entry_charges in _by_entry(charges):
        claims = claims_of.get(entry_charges[0].staged.key)
        if claims is None:
            yield from entry_charges
        else:
            yield from _claimed(entry_charges, claims, ledger)


def _by_entry(charges: Iterable[Charge]) -> Iterator[list[Charge]]:
    group: list[Charge] = []
    for charge in charges:
        if group and group[0].staged.key != charge.staged.key:
            yield group
            group = []
        group.append(charge)
    if group:
        yield group


def _claimed(now: list[Charge], claims: list[Claim], ledger: Ledger) -> Iterator[Charge]:
    by_part = {claim.part: claim for claim in claims}
    final = next((known for claim in claims if not (known := ledger.documents[claim.document]).amendable), None)
    corrections: list[Charge] = []
    for charge in now:
        claim = by_part.pop(charge.part, None)
        if claim is None:
            yield charge if final is None or charge.disposition != "ready" else _split(charge, final)
            continue
        known = ledger.documents[claim.document]
        if known.amendable or known.in_doubt:
            yield _as_claimed(charge, claim, known, charge.seconds if known.amendable else claim.seconds)
            if not known.amendable:
                corrections += _corrections(charge, claim, known)
        else:
            yield _as_claimed(charge, claim, known, claim.seconds)
            corrections += _corrections(charge, claim, known)
    for claim in by_part.values():
        known = ledger.documents[claim.document]
        yield _as_claimed(
            msgspec.structs.replace(now[0], part=claim.part, seconds=0), claim, known, 0 if known.amendable else claim.seconds
        )
        if not known.amendable:
            corrections.append(_taken_back(now[0], claim, known, f"no longer billable, but on {known.number}"))
    part = max([charge.part for charge in now] + [claim.part for claim in claims])
    for offset, correction in enumerate(corrections, start=1):
        yield msgspec.structs.replace(correction, part=part + offset)


def _as_claimed(charge: Charge, claim: Claim, known: Known, seconds: int) -> Charge:
    disposition = disposition_of(known)
    reason = known.number
    kind = ""
    value: Decimal | None = claim.net
    if charge.disposition in ("no_charge", "covered") and claim.net == 0:
        disposition, reason = charge.disposition, charge.reason  # printed at 0.00, and it stays what it is
        value = charge.value
    elif disposition == "held":
        kind = "document"
        reason = f"{known.number} is {known.their_status or known.state} over there: {known.reason or 'a person must choose'}"
    return msgspec.structs.replace(
        charge, disposition=disposition, kind=kind, reason=reason, seconds=seconds, billed=claim.billed, value=value,
        estimate="priced", period=claim.period, billed_client=claim.client, billed_book=known.book,
    )  # fmt: skip


def _corrections(charge: Charge, claim: Claim, known: Known) -> list[Charge]:
    """What must be added after a final document so that the charges say what the source says now."""
    if charge.staged.revision == claim.revision:  # a mapping that changed since never moves what is final
        if charge.seconds == claim.seconds and not _ruled_otherwise(charge, claim):
            return []
        return [_difference(charge, claim, known, f"decided otherwise after it was billed on {known.number}")]
    if charge.disposition == "deleted":
        return [_taken_back(charge, claim, known, f"deleted at the source after it was billed on {known.number}")]
    late_home = (charge.period or "") <= claim.period  # late time stands on a later period's document
    if charge.terms.client_key != claim.client or not late_home or not _same_money(charge, claim):
        gone = _taken_back(charge, claim, known, f"moved away after it was billed on {known.number}")
        held = msgspec.structs.replace(
            charge, disposition="held", kind="correction", reason=f"moved here after it was billed on {known.number}"
        )
        come = msgspec.structs.replace(charge if charge.disposition in _EARNS_NOTHING else held, part=0)
        return [gone, come]
    if charge.seconds == claim.seconds and _same_worth(charge, claim, known):
        return []
    return [_difference(charge, claim, known, f"edited after it was billed on {known.number}")]


def _ruled_otherwise(charge: Charge, claim: Claim) -> bool:
    """Whether a person now bills other hours of it, or gives up money that was billed; what the files say now is no decision."""
    ruled = next((why.text for why in charge.why if why.rule == "decision"), None)
    if ruled is None:
        return False
    if charge.disposition in _EARNS_NOTHING:
        return bool(claim.net)
    return ruled.startswith("bill ") and charge.billed != claim.billed


def _same_worth(charge: Charge, claim: Claim, known: Known) -> bool:
    """Whether it would be billed with the same figures; its line says at which price it was."""
    if charge.disposition in ("no_charge", "covered"):
        return not claim.net
    if charge.disposition != "ready" or charge.billed != claim.billed:
        return False
    price = known.target.lines[claim.line].price
    return charge.price is None or charge.price.rate in (price, -price) or charge.value == claim.net


def _split(charge: Charge, known: Known) -> Charge:
    """A share that nobody billed of an entry whose document is final: it goes nowhere by itself."""
    return msgspec.structs.replace(
        charge, disposition="held", kind="correction", reason=f"decided otherwise after it was billed on {known.number}"
    )


def _same_money(charge: Charge, claim: Claim) -> bool:
    return charge.price is None or charge.price.currency == claim.currency


def _difference(charge: Charge, claim: Claim, known: Known, reason: str) -> Charge:
    """What it would be billed at now minus what was billed of it, never the price of the difference."""
    earns = charge.disposition not in _EARNS_NOTHING
    worth = charge.value if earns else Decimal(0)
    return _correction(
        charge, claim, known, reason, seconds=charge.seconds - claim.seconds, billed=(charge.billed if earns else Decimal(0)) - claim.billed,
        value=None if worth is None else worth - claim.net, estimate=charge.estimate if earns else "priced",
    )  # fmt: skip


def _taken_back(charge: Charge, claim: Claim, known: Known, reason: str) -> Charge:
    """All that was billed of it, with a minus."""
    return _correction(
        charge, claim, known, reason, seconds=-claim.seconds, billed=-claim.billed, value=-claim.net, estimate="priced"
    )  # fmt: skip


def _correction(
    charge: Charge, claim: Claim, known: Known, reason: str, *, seconds: int, billed: Decimal, value: Decimal | None, estimate: Estimate
) -> Charge:
    return msgspec.structs.replace(
        charge, disposition="held", kind="correction", reason=reason, detail=(), seconds=seconds, billed=billed, billed_client=claim.client,
        billed_book=known.book, billed_currency=claim.currency, value=value, estimate=estimate, period=claim.period, price=None,
        why=(*charge.why, Why("correction", reason, Where("", 0))),
    )  # fmt: skip
