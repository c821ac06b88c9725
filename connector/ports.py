"""What an adapter must do, and what it may rely on.

An adapter knows its vendor and nothing else: it does not repeat, sleep, log bodies or touch the state. `adapters/<kind>/source.py`
has `Settings` (a pydantic model) and `Source(settings, host)`; `adapters/<kind>/sink.py` has `Settings` and `Sink(settings, host)`.
Optional abilities are the runtime-checkable protocols below, asked for by `isinstance`.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct

from connector.model import Catalogue, Deed, Document, DocumentRef, Operation, Payment, Remote, SourceNames, SourceRate, TimeEntry

Cursor = str
"""Opaque to all but the adapter that made it."""


# ---- what the product gives an adapter ----------------------------------------------------------------------------------


class Clock(Protocol):
    """Time as a parameter. `boot` counts seconds since the machine started, also while it is suspended."""

    def now(self) -> datetime: ...
    def boot(self) -> float: ...
    def sleep(self, seconds: float) -> None: ...


class Tokens(Struct, frozen=True, kw_only=True):
    """A pair as the vendor gave it; `refresh` is empty for client credentials. `scope_id` is a tenant or realm.
    `refresh_expires_at` is when somebody must authorise again at the latest, where the vendor tells.
    """

    access: str
    refresh: str = ""
    expires_at: datetime
    scope_id: str = ""
    refresh_expires_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Tokens(expires_at={self.expires_at.isoformat()})"


class Budget(Struct, frozen=True):
    """Of the calls that count under `name`, at most `calls_max` in any `window_seconds`."""

    name: str
    calls_max: int
    window_seconds: int


class Turn(Struct, frozen=True):
    """A call that was let in, by its `number`; or, where `seconds` is more than 0.0, how long `held_by` holds it up."""

    number: int = 0
    seconds: float = 0.0
    held_by: Budget | None = None


class Keeper(Protocol):
    """What HTTP must keep over restarts for one credential. The state fulfils it."""

    def tokens(self) -> Tokens | None:
        """The pair last committed."""

    def renew(self, seen: Tokens | None, exchange: Callable[[Tokens | None], Tokens]) -> Tokens:
        """Under the connection's lease: re-read; where it is no longer `seen`, return the newer pair without asking;
        else exchange, commit, and only then return. One refresh at a time, over all processes.
        """

    def spend(self, budgets: Sequence[Budget]) -> Turn:
        """Take one call of each of these budgets, or of none: then the turn says how long one has to wait."""

    def answered(self, turn: Turn) -> None:
        """The call came to its end: it counts from now and not from when it was let in. The vendor counts it when it arrives, which is
        some time between the two.
        """

    def pause(self, budget: str, seconds: float) -> None:
        """The vendor said to stop: nothing is free before then, also after a restart."""


class Host(Protocol):
    """What every adapter is built with."""

    name: str
    """The connection's or book's name in config.yaml; for messages only, never part of an identity."""
    folder: Path
    """Where relative paths of the configuration begin."""
    clock: Clock
    keeper: Keeper

    def secret(self, reference: str) -> str:
        """The text behind `env:NAME`, `file:PATH` or `keyring:NAME`. Raises ConfigError, never with the secret in it."""

    def transport(self, base_url: str) -> object | None:
        """An `httpx.BaseTransport` where an emulator is mounted in process, else None for the network."""


class Notice(Struct, frozen=True, kw_only=True):
    """What a person is told, as a mail has it and as a program reads it."""

    subject: str
    text: str
    json: bytes


class Teller(Protocol):
    """One way to reach people."""

    def tell(self, notice: Notice) -> None:
        """Raises TransientError, AuthError, RejectedError or ConfigError where it did not arrive."""


# ---- sources ------------------------------------------------------------------------------------------------------------


class Window(Struct, frozen=True):
    """Days worked, both ends included; None is open."""

    since: date | None = None
    until: date | None = None


class Page(Struct, frozen=True, kw_only=True):
    """Part of a listing. Only the last page carries a cursor, taken from the server's clock at the listing's start. `digests` are of the
    rows that the entries were made of, in their order, where the source has them (see `SkipsKnown`).
    """

    entries: tuple[TimeEntry, ...]
    digests: tuple[bytes, ...] = ()
    deleted: tuple[str, ...] = ()
    next_cursor: Cursor | None = None
    is_last: bool = False


class SourceTraits(Struct, frozen=True, kw_only=True):
    """What a source can do.

    changes: how it tells what moved. deletions: `tombstones` are told, `absence` shows in a complete listing, a `snapshot` is
    complete by itself and one listing is enough, `none` keeps everything ever seen. edit_stamp_trusted: whether `edited_at`
    moves on every edit that matters for billing. approval: where time approval stands. keyset_paging: whether rows that
    move while paging cannot be missed (else two equal passes are wanted before a cursor moves).
    """

    changes: Literal["modified_since", "window_only"]
    deletions: Literal["tombstones", "absence", "snapshot", "none"]
    edit_stamp_trusted: bool = False
    approval: Literal["on_entry", "by_period", "none"] = "none"
    keyset_paging: bool = True
    page_size: int = 2000


@runtime_checkable
class Source(Protocol):
    """Where worked time comes from."""

    traits: ClassVar[SourceTraits]

    def account(self) -> str:
        """The vendor's own id of the account: with the kind and an entry's id it identifies an entry for ever."""

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        """A listing, page by page; with a cursor only what changed since. Raises TransientError or AuthError: then nothing
        of the listing counts but what was stored, and the cursor stays.
        """


Known = Callable[[Sequence[tuple[str, bytes]]], Container[bytes]]
"""Of rows of a listing, each its entry's id and its digest, the digests of those that are staged as they stand."""


@runtime_checkable
class SkipsKnown(Protocol):
    """A source that can tell by a row's bytes that it says what it said before, and then makes no entry of it. A digest is 16 bytes over
    the row as it came and all else that its meaning rests on: the adapter's own code, its settings, the rules of the zone.
    """

    def pages_but(self, known: Known | None, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        """As `pages`, but without the rows whose digests are `known`, which is asked once a page; None: nothing is."""


@runtime_checkable
class DeclaresDeletions(Protocol):
    """A source whose way of telling deletions is declared in its settings rather than fixed (a file: `extract: full`)."""

    def deletions(self) -> Literal["tombstones", "absence", "snapshot", "none"]: ...


@runtime_checkable
class ReadsEntries(Protocol):
    """Reads single entries by id; an id missing from the answer is gone, one in `hidden` is only not visible."""

    def read_entries(self, ids: Sequence[str]) -> tuple[tuple[TimeEntry, ...], frozenset[str]]: ...


class Scope(Struct, frozen=True, kw_only=True):
    """Who the credential is and what it sees; `partial` says in words what it does not see, empty when it sees all."""

    account: str
    person: str = ""
    partial: str = ""


@runtime_checkable
class ProbesScope(Protocol):
    def probe(self) -> Scope: ...


@runtime_checkable
class ListsNames(Protocol):
    """A source that can say what its entries may name, with ids: for `map pin` and for suggestions. `rates` are to be compared with
    the rate cards, never to bill by.
    """

    def names(self) -> SourceNames: ...
    def rates(self) -> tuple[SourceRate, ...]: ...


# ---- sinks --------------------------------------------------------------------------------------------------------------


class Change(Struct, frozen=True, gc=False):
    """One document to be created, updated, voided or deleted. `theirs` is the document as just read, for all but create and credit:
    line ids and everything we do not own are sent back as they are now. `owned` names the lines of `theirs` that are ours by
    their ids; the others are a person's and stay. None: all are ours.

    credit: `document` is a credit note; it is made as create makes an invoice, and is never updated: void it and make another.
    allocate: `document` and `theirs` are a credit note that stands over there posted, `against` the posted invoice as just read,
    `amount` how much of it (gross, not above either balance). Each is a request of its own, answered with the credit note as it
    stands after it. In doubt: read the credit note; it was done when `allocated_to(against.id)` has risen by `amount`.
    """

    document: Document
    theirs: Remote | None = None
    owned: frozenset[str] | None = None
    against: Remote | None = None
    amount: Decimal | None = None

    def misfit(self, operation: Operation) -> str:
        """Why it is no change of this operation, "" when it is: no sink sends it then."""
        kind = self.document.kind
        if operation in ("create", "update") and kind != "invoice":
            return f"{operation} is for invoices: a {kind} is credited, and voided rather than amended"
        if operation in ("credit", "allocate") and kind != "credit_note":
            return f"{operation} is for credit notes, and this is an {kind}"
        if operation == "allocate" and (self.theirs is None or self.against is None or self.amount is None or self.amount <= 0):
            return "allocate needs the credit note and the invoice as they stand, and an amount above zero"
        return ""


class Member(Struct, frozen=True, gc=False):
    """A document inside a request; answers are matched by number or remote id, never by position."""

    ref: DocumentRef
    remote_id: str = ""


class Request(Struct, frozen=True, gc=False, kw_only=True):
    """Exactly what goes on the wire. `url` is path and query; `key` and `deadline_boot_s` are set by the push protocol:
    no byte leaves after the deadline (the clock's `boot` seconds).
    """

    operation: Operation
    method: str
    url: str
    body: bytes
    members: tuple[Member, ...]
    key: str = ""
    deadline_boot_s: float = 0.0


class Accepted(Struct, frozen=True, gc=False, tag=True):
    """Done; this is what stands over there now."""

    remote: Remote


class Taken(Struct, frozen=True, gc=False, tag=True):
    """The number is in use over there; whose it is, only a look-up tells."""

    number: str


class Stale(Struct, frozen=True, gc=False, tag=True):
    """The version we amended is not the current one; nothing was changed."""

    reason: str = ""


class Rejected(Struct, frozen=True, gc=False, tag=True):
    """Read and refused for a reason in the document; nothing was changed."""

    reason: str


class NotSent(Struct, frozen=True, gc=False, tag=True):
    """Provably not processed. `why`: authorise again, out of budget until `seconds` have passed, too late, or no connection."""

    reason: str
    why: Literal["auth", "limit", "deadline", "offline"] = "offline"
    seconds: float | None = None


class Unknown(Struct, frozen=True, gc=False, tag=True):
    """Nobody knows whether it happened. Only a look-up may tell; never repeat it blindly."""

    reason: str


Outcome = Accepted | Taken | Stale | Rejected | NotSent | Unknown


class SinkTraits(Struct, frozen=True, kw_only=True):
    """What a sink can do.

    operations: those it has. idempotency_window_s: how long a repeated key is known to be answered without a second effect (0: no
    keys). refuses_used_number: `yes`, `no`, or `asked` of the company. own_mark: whether `Remote.ours` is the vendor's own word.
    drafts: whether a document can be there without being posted. optimistic_lock: whether a write names the version it amends and is
    refused when that moved. settle_s: after the deadline, how long a lost write may still appear. write_timeout_s: longer than the
    vendor works on one. batch_max documents or batch_bytes_max, whichever comes first. price_places, quantity_places and
    amount_places: decimal places kept as sent. tax: who works it out. number_length_max characters in a number; find_max numbers or
    ids in one look-up. keeps_ended: whether a voided or deleted document is still read as it was; where not, a void leaves zeros, and
    of a deleted one only the change listing tells.
    """

    operations: frozenset[Operation]
    idempotency_window_s: int
    refuses_used_number: Literal["yes", "no", "asked"]
    own_mark: bool
    drafts: bool
    optimistic_lock: bool
    settle_s: int
    write_timeout_s: int
    batch_max: int
    batch_bytes_max: int
    price_places: int
    quantity_places: int
    amount_places: int
    tax: Literal["per_line", "per_document", "theirs"]
    number_length_max: int
    find_max: int = 40
    keeps_ended: bool = True


@runtime_checkable
class Sink(Protocol):
    """Where documents go. `prepare` is pure: the same input makes the same bytes."""

    traits: ClassVar[SinkTraits]

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Groups by batch size and bytes; fixes method, URL, exact body and members."""

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        """One request on the wire, once. A member missing from the mapping is unknown. Raises nothing for a vendor's answer."""

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        """By kind and number, every status, with lines; perhaps several. A ref that is not there maps to an empty list."""

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        """By the vendor's ids, every status, with lines; ids that do not exist are left out."""

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        """Every sales document changed since, page by page, every status, with lines, also those that are not ours; the last page
        carries the next cursor (the server's clock at the listing's start less an overlap).
        """


@runtime_checkable
class ListsCatalogue(Protocol):
    def catalogue(self) -> Catalogue: ...


@runtime_checkable
class ListsStanding(Protocol):
    """Of a sink that forgets what was deleted."""

    def standing(self, cursor: Cursor) -> frozenset[str] | None:
        """Every remote id that is there, where the listing of changes that ended with this cursor may have hidden what was deleted; None
        where it told all of it.
        """


@runtime_checkable
class ReadsPayments(Protocol):
    def payments(self, documents: Sequence[Remote]) -> Mapping[str, tuple[Payment, ...]]:
        """What was put against each, oldest first, by remote id; every document given is there, perhaps with nothing. Not one read
        per document where the vendor can list.
        """


@runtime_checkable
class ReadsHistory(Protocol):
    """Of a sink whose listings name nobody, and which keeps a history of each document."""

    def history_of(self, document: Remote, since: datetime | None) -> tuple[Deed, ...]:
        """What was done to it after `since` (our own last write to it; None: ever), newest first; one read. What an app did may be ours.
        Raises TransientError, AuthError or RejectedError where it is not told.
        """
