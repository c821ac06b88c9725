"""What reports say of closed periods."""

from msgspec import Struct


class ClosedPeriod(Struct, frozen=True, kw_only=True):
    """A period that was closed, and the number and digest of its certificate."""

    book: str
    period: str
    certificate: int
    closed_by: str
    closed_at: str
    digest: str


class LaterChange(Struct, frozen=True, kw_only=True):
    """What is not as it was when its period was closed: a bucket or a document, as the certificate says it and as it is now."""

    book: str
    period: str
    what: str
    then: str
    now: str
    cause: str
