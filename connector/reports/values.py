"""What all reports say alike: the head, and amounts by currency. A report's values are filled by a use case and printed by a module here.

The JSON of a report is its value's own keys (domain section 9): keys may be added, never renamed or removed. Amounts are decimals in
whole minor units of their currency, durations whole seconds, instants ISO 8601 text.
"""

from decimal import Decimal

from msgspec import Struct

Amounts = dict[str, Decimal]
"""Currency → amount; a currency without one is left out."""


class LastPull(Struct, frozen=True, kw_only=True):
    """When a connection was last read to its end. `partial` says in words why it may not be whole, "" when it is."""

    connection: str
    last_complete_pull: str | None
    partial: str = ""


class Head(Struct, frozen=True, kw_only=True):
    """What every report says first. `note` is "" when stored figures were read, else why they were computed afresh."""

    book: str
    period: str | None
    zone: str
    as_of: str
    pulls: tuple[LastPull, ...]
    mapping: str
    run: int
    note: str = ""
