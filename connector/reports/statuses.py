"""Where connections and books stand, as frozen values."""

from datetime import datetime, timedelta

from msgspec import Struct

from connector.reports.values import Head

ENDS_SOON = timedelta(days=30)


class ConnectionStatus(Struct, frozen=True, kw_only=True):
    """`budget`: calls spent in the rolling window, by budget. `token_expires`: when the stored access token ends. `trouble_code`: the
    exit code of its trouble, 5 where somebody must authorise again. `source`: whether time is read there; documents go to the others.
    `authorise_by`: when its refresh token ends, where the vendor tells; each use may move it.
    """

    name: str
    last_complete_pull: str | None
    last_full_listing: str | None
    budget: dict[str, int]
    token_expires: str | None
    kind: str = ""
    trouble: str = ""
    entries: int = 0
    trouble_code: int = 0
    source: bool = True
    authorise_by: str | None = None

    def ends_soon(self, as_of: str) -> bool:
        """Whether somebody must authorise it again within a month: while it is used its refresh token hardly ever comes so near its end."""
        return self.authorise_by is not None and datetime.fromisoformat(self.authorise_by) - datetime.fromisoformat(as_of) < ENDS_SOON


class BookStatus(Struct, frozen=True, kw_only=True):
    """`in_doubt`, `awaiting_approval` and `approved` count documents; `held` and `unmatched` count entries of periods that are due."""

    name: str
    last_run: str | None
    in_doubt: int
    held: int
    unmatched: int
    awaiting_approval: int
    approved: int = 0
    pending: int = 0
    held_documents: int = 0
    strangers: int = 0
    looked_at: str | None = None
    trouble: str = ""
    trouble_code: int = 0
    closed: tuple[str, ...] = ()
    """Periods that are closed, oldest first."""


class Status(Struct, frozen=True, kw_only=True):
    connections: tuple[ConnectionStatus, ...]
    books: tuple[BookStatus, ...]
    head: Head

    @property
    def waits_for_a_person(self) -> bool:
        """Whether anything is unmatched, held, unapproved or a stranger."""
        return any(b.held or b.unmatched or b.pending or b.awaiting_approval or b.held_documents or b.strangers for b in self.books)
