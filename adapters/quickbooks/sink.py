"""QuickBooks Online's Accounting API, invoices and credit memos (https://developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/invoice).

Endpoints: POST /v3/company/{realm}/batch makes, amends and deletes, up to 30 documents at once, each answered by itself under a bId;
POST …/invoice does the same for one alone, and voids; GET …/query looks up and lists; GET …/invoice/{id} reads the version that
counts; GET …/cdc tells deletions, and of which kind nothing changed: that kind is not listed. Where it may have hidden some (it reaches 30
days back, and holds 1,000 changes) the ids of all documents are listed. Credit memos alike, at …/creditmemo.
POST …/payment of nothing, alone, links a credit memo to an invoice; queries of payments say what was put against what. Cursor: two
instants, changes and deletions, each the server's clock at the listing's start less ten minutes.

Quirks
- There are no drafts: what is made is posted. A void leaves zeros and a note that begins with "Voided"; a deleted document is gone.
- `requestid` (36 characters on a batch, bIds then 10) is answered again instead of done again, for how long nobody publishes: it is
  always sent and never relied on.
- A used number is refused (6140) only where the company's setting says so, and taken with custom transaction numbers off: then
  QuickBooks numbers documents itself, which `check --online` refuses.
- SyncToken is the lock (5010). Queries may hand out the one before, so documents are read by id before they are changed.
- Amount must be quantity times price, half up, or it is refused (6070). Two places also in JPY.
- Lines are taken as a whole list; a sparse update keeps everything else that is not sent.
- The tax of a US company is worked out over there: a line says TAX or NON, and tax is read back.
- A customer has one currency for ever. A location stands on the invoice, a class on a line. Ids name everything.
- 401 faults are in lower case, faults come with 200 too, and 403 may mean 429. No Retry-After: a minute.
- Limits: 500 calls a minute, 10 a second, 40 batches a minute; reads are counted by the month, writes are not.

- A credit memo is due on no day, and `RemainingCredit` is what is left of it. What used it is known by payments alone, which are found
  by customer. A payment does not say which credit went to which invoice, where it has several of both.
- `AutoApplyCredit` (Preferences, SalesFormsPrefs): the company itself puts a new credit memo against open invoices, the catalogue
  tells it, and an allocation of ours then finds nothing left and is refused.
- A voided payment has neither amount nor lines left: only the balance shows that it was taken back.

Not confirmed, and why it does no harm
- That a payment of nothing links the two is what other vendors' pages say, not Intuit's: it counts as done only when the credit memo
  is read again and shows it; until then nobody knows, and money is never moved by it.
- Whether a change of links moves `LastUpdatedTime` of both: balances are read again with the document.
- Whether ids are unique over kinds: those of credit memos are kept with their kind before them.
- How long a deleted or voided document's number stays used: numbers are never used twice.
- Whether what is paid refuses to be changed: the engine reads a document before it changes it.
- How a batch voids: voids go alone.
- Price and quantity places: a sum that is worked out otherwise over there is refused (6070), or comes back and is compared.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from adapters.quickbooks import wire
from adapters.quickbooks.catalogue import read_catalogue
from adapters.quickbooks.documents import ENTITY, Documents
from adapters.quickbooks.faults import throttled
from adapters.quickbooks.invoices import Element, Habits, allocated, amended, created, credited, named
from adapters.quickbooks.oauth import Access
from adapters.quickbooks.reading import MINOR_VERSION, Reader
from adapters.quickbooks.replies import allocation, outcomes
from connector.errors import AWAY, RejectedError
from connector.http import Answered, Budget, Client, Limits
from connector.model import Catalogue, DocumentKind, DocumentRef, Operation, Payment, Remote
from connector.ports import Accepted, Change, Cursor, Host, Member, Outcome, Request, SinkTraits, Unknown

_BATCH_BYTES, _WRAPPED_BYTES = 30, 60
"""At most what a batch, and what each document in it, has around it."""
_MONTH_SECONDS = 30 * 86_400
_SETTLED_S, _SETTLED_BY_NUMBER_S = 86_400, 900
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_REALM = r"^[0-9]{1,30}$"


class Settings(BaseModel):
    """`client_secret` and `refresh_token` are references (`env:NAME`, `file:PATH`); the pair rotates and is kept in the state.

    `currency` is the company's home currency. `po_field`: the custom field that holds the PO (1 to 3, or its long id); without one
    the PO stands in the message to the customer. `refuses_used_numbers`: say true only after "Warn if duplicate number is used" was
    seen to be on; a document in doubt then waits 15 minutes instead of a day. `monthly_reads`: what the app's plan allows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = "https://quickbooks.api.intuit.com"
    token_url: str = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"  # noqa: S105  # an address
    realm_id: str = Field(pattern=_REALM, description="the company's number, digits only: QuickBooks shows it under its settings")
    client_id: str
    client_secret: str
    refresh_token: str = ""
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$", description="three capitals, such as USD")
    multicurrency: bool = False
    automated_sales_tax: bool = True
    po_field: str = Field(default="", pattern=r"^[0-9]{0,19}$", description="the number of the custom field, 1 to 3, or its long id")
    refuses_used_numbers: bool = False
    batch_documents: int = Field(default=30, ge=1, le=30)
    rows_per_page: int = Field(default=1000, ge=3, le=1000)
    calls_per_minute: int = Field(default=500, ge=1, le=500)
    calls_per_second: int = Field(default=10, ge=1, le=10)
    batches_per_minute: int = Field(default=40, ge=1, le=40)
    monthly_reads: int = Field(default=500_000, ge=100)
    allow_private: bool = False


class Sink:
    """One company at QuickBooks Online."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "void", "delete", "credit", "allocate"}),
        idempotency_window_s=0,
        refuses_used_number="asked",
        own_mark=False,
        drafts=False,
        optimistic_lock=True,
        settle_s=_SETTLED_S,
        write_timeout_s=150,
        batch_max=30,
        batch_bytes_max=1_000_000,
        price_places=4,
        quantity_places=4,
        amount_places=2,
        tax="theirs",
        number_length_max=21,
        find_max=40,
        keeps_ended=False,
    )

    def __init__(self, settings: Settings, host: Host) -> None:
        if settings.refuses_used_numbers:
            self.traits = msgspec.structs.replace(type(self).traits, settle_s=_SETTLED_BY_NUMBER_S)  # type: ignore[misc]  # of this company
        self._settings = settings
        self._base = f"/v3/company/{settings.realm_id}"
        self._habits = Habits(
            currency=settings.currency,
            multicurrency=settings.multicurrency,
            automated_sales_tax=settings.automated_sales_tax,
            po_field=settings.po_field,
        )
        self._access = Access(settings, host)
        self._http = Client(
            host,
            settings.base_url,
            limits=_limits(settings, self.traits.write_timeout_s),
            authority=self._access.authority,
            allow_private=settings.allow_private,
            request_id_header="intuit_tid",
            throttled=throttled,
        )
        self._reader = Reader(self._http, settings.realm_id, host.name, settings.rows_per_page)
        self._documents = Documents(self._reader, self._habits, host.clock, self.traits.find_max)

    # ---- writes ---------------------------------------------------------------------------------------------------------

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Raises RejectedError for what this sink does not do."""
        requests: list[Request] = []
        elements: list[bytes] = []
        members: list[Member] = []
        size = _BATCH_BYTES
        largest = 1 if operation in ("void", "allocate") else self._settings.batch_documents
        for change in changes:
            element = _ENCODER.encode(self._element(operation, change))
            kind = change.document.kind
            size += len(element) + _WRAPPED_BYTES
            full = len(elements) == largest or size > self.traits.batch_bytes_max
            if elements and (full or members[0].ref.kind != kind):
                requests.append(self._request(operation, elements, members))
                elements, members, size = [], [], _BATCH_BYTES + len(element) + _WRAPPED_BYTES
            elements.append(element)
            members.append(Member(change.document.ref, change.theirs.id if change.theirs is not None else ""))
        return [*requests, self._request(operation, elements, members)] if elements else requests

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        keyed = msgspec.structs.replace(request, url=f"{request.url}&requestid={request.key}") if request.key else request
        written = self._http.write(keyed, headers={"Content-Type": "application/json"})
        if not isinstance(written, Answered):
            return dict.fromkeys((member.ref for member in request.members), written)
        if request.operation == "allocate":
            member = request.members[0]
            said = allocation(written, member)
            return {member.ref: self._read_back(request, member, said) if isinstance(said, str) else said}
        return outcomes(written, request, self._habits)

    def _read_back(self, request: Request, member: Member, payment_id: str) -> Outcome:
        """The credit memo as it stands after an allocation: the payment that was answered is not proof that it links the two, nor is an
        earlier one, of as much perhaps.
        """
        sent = msgspec.json.decode(request.body, type=wire.Payment)
        invoice_id = next(one.txn_id for line in sent.line or () for one in line.linked_txn or () if one.txn_type == "Invoice")
        try:
            memo = next(iter(self.read([member.remote_id])), None)
        except AWAY as error:
            return Unknown(f"it was taken, but the credit memo could not be read: {error}")
        if memo is None or (invoice_id, payment_id) not in {(one.document_id, one.id) for one in memo.allocated}:
            return Unknown("it was taken, but the credit memo does not show it")
        return Accepted(memo)

    def _element(self, operation: Operation, change: Change) -> Element:
        document, theirs = change.document, change.theirs
        why = change.misfit(operation)
        if operation not in self.traits.operations:
            raise RejectedError(f"{operation} of a {document.kind} is not done in QuickBooks", to=document.number)
        if why:
            raise RejectedError(why, to=document.number)
        if operation in ("create", "credit"):
            return created(document, self._habits) if operation == "create" else credited(document, self._habits)
        if theirs is None:
            raise RejectedError(f"{operation} without the document as it stands", to=document.number)
        if operation == "allocate":
            return allocated(change, self._habits)
        return amended(change, theirs, self._habits) if operation == "update" else named(theirs)

    def _request(self, operation: Operation, elements: Sequence[bytes], members: Sequence[Member]) -> Request:
        """One document goes alone, several as a batch."""
        alone = len(elements) == 1
        kind = members[0].ref.kind
        entity = "payment" if operation == "allocate" else ENTITY[kind].lower()
        what = f"operation={operation}&" if alone and operation in ("void", "delete") else ""
        return Request(
            operation=operation,
            method="POST",
            url=f"{self._base}/{entity if alone else 'batch'}?{what}minorversion={MINOR_VERSION}",
            body=elements[0] if alone else _batch(operation, kind, elements),
            members=tuple(members),
        )

    # ---- reads ----------------------------------------------------------------------------------------------------------

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        return self._documents.find(refs)

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        return self._documents.read(remote_ids)

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        return self._documents.changed_since(cursor)

    def standing(self, cursor: Cursor) -> frozenset[str] | None:
        return self._documents.standing(cursor)

    def payments(self, documents: Sequence[Remote]) -> Mapping[str, tuple[Payment, ...]]:
        return self._documents.payments(documents)

    def catalogue(self) -> Catalogue:
        return read_catalogue(self._reader, self._settings.realm_id, self._habits)

    def close(self) -> None:
        self._http.close()
        self._access.close()


def _limits(settings: Settings, write_timeout_s: int) -> Limits:
    return Limits(
        per_minute=settings.calls_per_minute,
        budgets=(
            Budget(name="second", calls_max=settings.calls_per_second, window_seconds=1),
            Budget(name="minute of batches", calls_max=settings.batches_per_minute, window_seconds=60, path="/batch"),
            Budget(name="month of reads", calls_max=settings.monthly_reads, window_seconds=_MONTH_SECONDS, counts="reads"),
        ),
        in_flight=4,
        read_timeout_s=125,
        write_timeout_s=write_timeout_s,
    )


def _batch(operation: Operation, kind: DocumentKind, elements: Sequence[bytes]) -> bytes:
    """BIds are counted, short, and never our numbers: those may be longer than the ten characters that a bId has."""
    verb, entity = (b"create" if operation == "credit" else operation.encode()), ENTITY[kind].encode()
    items = [b'{"bId":"%d","operation":"%s","%s":%s}' % (at, verb, entity, element) for at, element in enumerate(elements, 1)]
    return b'{"BatchItemRequest":[' + b",".join(items) + b"]}"
