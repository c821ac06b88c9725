"""What waits for a person's choice, and a choice once it is stored: documents and billed time alike."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct


class Waiting(Struct, frozen=True, kw_only=True):
    """What waits: its money and time, why, and what may be chosen now. `until`: before then nothing can be chosen, because what was sent
    might still appear over there. `ref` is what a choice names: a document's number, or of billed time the number and an entry. `net` is
    the document's, or what the change of billed time comes to. `said`: what else to know before choosing.
    """

    ref: str
    number: str
    book: str
    client: str
    customer: str
    period: str
    currency: str
    net: Decimal
    seconds: int
    cause: str
    choices: tuple[str, ...]
    until: datetime | None = None
    entries: tuple[str, ...] = ()
    changed_at: datetime | None = None
    their_net: Decimal | None = None
    said: tuple[str, ...] = ()


class Chosen(Struct, frozen=True, kw_only=True):
    """A choice that was stored, with the money it was about."""

    ref: str
    number: str
    book: str
    client: str
    choice: str
    why: str
    currency: str
    net: Decimal
