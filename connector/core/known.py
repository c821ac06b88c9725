"""What proposing must be told of the past: the state knows it, the core does not look."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct


class Billed(Struct, frozen=True, gc=False):
    """A document that stands over there."""

    key: str
    book: str
    client: str
    currency: str
    period: str
    net: Decimal


class Known(Struct, frozen=True, kw_only=True):
    """What already happened to documents, by document key.

    `closed`: final documents, approved, posted or touched by a person; a period that was closed as a whole stands there as
    `book/period` (nz/2026-06). `members`: of documents that are approved but not yet sent, the charges (entry, part) approved
    with them: these stay, others are late. `open`: documents that stand over there and may still be amended; they are never
    carried. `touched`: documents that a person changed over there. `billed_customers`: (book, customer id) with an earlier
    document, None where that is not known. `nets`: (book, client, currency, period) → net of that period's documents; `documents` are these one by one.
    """

    closed: frozenset[str] = frozenset()
    members: Mapping[str, frozenset[tuple[int, int]]] = {}
    open: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    billed_customers: frozenset[tuple[str, str]] | None = None
    nets: Mapping[tuple[str, str, str, str], Decimal] = {}
    documents: tuple[Billed, ...] = ()
