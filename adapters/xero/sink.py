"""Xero's Accounting API, sales invoices and credit notes (https://developer.xero.com/documentation/api/accounting/invoices).

Endpoints: PUT /Invoices creates, in batches of up to 50 documents and 3.5 MB, with `summarizeErrors=false` (each element is
answered by itself) and `unitdp=4`; POST /Invoices amends, approves, deletes a draft, voids an approved one, always by InvoiceID;
GET /Invoices looks up. Credit notes alike, at /CreditNotes; PUT /CreditNotes/{id}/Allocations puts one against an invoice, alone.
GET /Payments tells only those that were deleted: the others stand on their documents. GET /Invoices/{id}/History (and /CreditNotes)
says who did what to one document, which no listing does. Cursor: the instant for If-Modified-Since,
the server's clock at the listing's start less ten minutes; one for invoices and credit notes.

Quirks
- POST overwrites by number, so nothing is created with it. PUT refuses a used number: "Invoice # must be unique".
- An Idempotency-Key is remembered for 6 minutes, on URL, body and method. There is no lock and no version.
- Without `page` a listing comes without lines. Bills carry any number, so only `Type` ACCREC counts.
- Lines that are not sent are removed; fields that are not sent stay. A line of zero comes back without its account.
- UnitAmount has 2 places unless `unitdp=4`, on reads too. LineAmount is left out: Xero refuses one it does not compute itself.
- 429 may say "in 20 hours"; 60 calls a minute, 5 at once, 1,000 a day on the Starter tier. Errors have no codes, only texts.
- `createdByMyApp` is a filter and no field: who made a document is learnt by asking for the same documents once more with it.

- Credit notes have neither that filter nor one for several numbers or ids: `ours` is never told of them, so number, customer, date,
  currency and net say it, and they are looked up one by one. SentToContact cannot be written on them; nothing is sent to anybody.
- An allocation is answered without the credit note, which is read again: only what it shows counts as done. A draft takes none.
- Reference is the PO; of a credit note also the number of the invoice that it credits, for the customer to read.
- No organisation puts credit notes against invoices by itself. A payment above what is due becomes an overpayment of the contact.
- A history names a person as people are called over there, without an id. What any app did through the API, ours too, and what Xero
  did by itself is "System Generated" (https://developer.xero.com/documentation/api/accounting/historyandnotes): it is told as it is.

Not confirmed, and why it does no harm
- What Xero says to a used number of a credit note, and whether invoices and credit notes share numbers: any "must be unique" is
  looked up, and a refusal that is not understood is told as it is.
- Whether voided and deleted credit notes are listed unasked: read by id they always are, and their numbers are not used again.
- Whether `AppliedAmount` comes with an invoice's credit notes: where not, payments do not add up to what is paid, which is shown.
- Whether deleted documents are listed unasked: `Statuses` names every status.
- What a 400 means for the other elements of a batch: what it does not name is unknown and looked up.
- Whether `createdByMyApp` is combined with other filters: were it to shadow them, the second listing would be longer, not
  wrong; were it ignored, all would be ours, and content that differs from what we sent is still held as drift.
- Whether the server honours `pageSize`: the end of a listing is its own page count, or an empty page.
- Half-cent rounding: what comes back is compared line by line.
- That the scope for invoices reads their histories under the granular scopes too (the description knows only the broad ones): a refusal
  is told as "did not say who", and nothing rests on an answer.
- How much later than its document a history record is stamped: one of an app within 5 seconds of our last write is taken for ours.
- The words of `Changes` and `Details`, and whether a record's day is ever missing: the words are quoted, and such a record is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from adapters.xero import wire
from adapters.xero.catalogue import read_catalogue
from adapters.xero.invoices import Element, allocated, amended, created, credited, restated
from adapters.xero.oauth import Access
from adapters.xero.reading import API, Reader
from adapters.xero.replies import allocation, outcomes
from connector.errors import AWAY, RejectedError
from connector.http import Answered, Client, Limits
from connector.model import Catalogue, Deed, DocumentRef, Operation, Payment, Remote
from connector.ports import Accepted, Change, Cursor, Host, Member, Outcome, Request, SinkTraits, Unknown

_WRITTEN = "?summarizeErrors=false&unitdp=4"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_UUID = r"^$|^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
_AN_ID = "an id such as 4c8b1e0a-7d55-4c0e-9b0e-1f6a2d3c4b5e"


class Settings(BaseModel):
    """`client_secret` and `refresh_token` are references (`env:NAME`, `file:PATH`). `stored`: a pair that rotates, kept in the
    state; `refresh_token` is where the first one is read. `daily_calls`: 1,000 on Xero's Starter tier, 5,000 above.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = "https://api.xero.com"
    token_url: str = "https://identity.xero.com/connect/token"  # noqa: S105  # an address
    tenant_id: str = Field(default="", pattern=_UUID, description=_AN_ID)
    client_id: str
    client_secret: str = ""
    refresh_token: str = ""
    auth: Literal["client_credentials", "stored"] = "client_credentials"
    scopes: str = "accounting.invoices accounting.payments.read accounting.contacts accounting.settings.read"
    branding_theme: str = Field(default="", pattern=_UUID, description=_AN_ID)
    daily_calls: int = Field(default=1000, ge=10)
    calls_per_minute: int = Field(default=60, ge=1, le=60)
    batch_documents: int = Field(default=50, ge=1, le=50)
    allow_private: bool = False


class Sink:
    """One organisation at Xero."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "post", "void", "credit", "allocate"}),
        idempotency_window_s=360,
        refuses_used_number="yes",
        own_mark=True,
        drafts=True,
        optimistic_lock=False,
        settle_s=420,
        write_timeout_s=130,
        batch_max=50,
        batch_bytes_max=3_500_000,
        price_places=4,
        quantity_places=4,
        amount_places=2,
        tax="per_line",
        number_length_max=255,
        find_max=40,
    )

    def __init__(self, settings: Settings, host: Host) -> None:
        self._settings = settings
        self._name = host.name
        self._access = Access(settings, host)
        self._http = Client(
            host,
            settings.base_url,
            limits=Limits(
                per_minute=settings.calls_per_minute,
                per_day=settings.daily_calls,
                in_flight=5,
                read_timeout_s=100,
                write_timeout_s=self.traits.write_timeout_s,
            ),
            authority=self._access.authority,
            allow_private=settings.allow_private,
            request_id_header="xero-correlation-id",
        )
        self._reader = Reader(self._http, host.name, self.traits.find_max)

    # ---- writes ---------------------------------------------------------------------------------------------------------

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Raises RejectedError for what this sink does not do."""
        requests: list[Request] = []
        elements: list[bytes] = []
        members: list[Member] = []
        largest = 1 if operation == "allocate" else self._settings.batch_documents
        for change in changes:
            element = _ENCODER.encode(self._element(operation, change))
            size = sum(map(len, elements)) + len(elements) + len(element) + len(_body("CreditNotes", ()))
            full = len(elements) == largest or size > self.traits.batch_bytes_max
            if elements and (full or members[0].ref.kind != change.document.kind):
                requests.append(_request(operation, elements, members))
                elements, members = [], []
            elements.append(element)
            members.append(Member(change.document.ref, change.theirs.id if change.theirs is not None else ""))
        return [*requests, _request(operation, elements, members)] if elements else requests

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        written = self._http.write(
            request, headers={"Content-Type": "application/json", "Idempotency-Key": request.key} if request.key else {}
        )
        if not isinstance(written, Answered):
            return dict.fromkeys((member.ref for member in request.members), written)
        if request.operation == "allocate":
            member = request.members[0]
            said = allocation(written, member)
            return {member.ref: self._read_back(request, member, said) if isinstance(said, str) else said}
        return outcomes(written, request.members)

    def _read_back(self, request: Request, member: Member, allocation_id: str) -> Outcome:
        """The credit note as it stands after an allocation, which Xero's answer does not tell. An earlier one of as much is no proof
        where both have ids.
        """
        (sent,) = msgspec.json.decode(request.body, type=wire.Allocations).allocations or ()
        invoice_id = sent.invoice.invoice_id if sent.invoice is not None else None
        try:
            note = self._reader.credit_note(member.remote_id)
        except AWAY as error:
            return Unknown(f"it was taken, but the credit note could not be read: {error}")
        ids = {one.id for one in note.allocated if one.id} if note is not None else set[str]()
        hidden = bool(allocation_id and ids) and allocation_id not in ids
        if note is None or hidden or note.allocated_to(invoice_id or "") < (sent.amount or 0):
            return Unknown("it was taken, but the credit note does not show it")
        return Accepted(note)

    def _element(self, operation: Operation, change: Change) -> Element:
        document, theirs = change.document, change.theirs
        why = change.misfit(operation)
        if operation not in self.traits.operations:
            raise RejectedError(f"{operation} of a {document.kind} is not done in Xero", to=document.number)
        if why:
            raise RejectedError(why, to=document.number)
        if operation == "create":
            return created(document, self._settings.branding_theme)
        if operation == "credit":
            return credited(document, self._settings.branding_theme)
        if theirs is None:
            raise RejectedError(f"{operation} without the document as it stands", to=document.number)
        if operation == "allocate":
            return allocated(change)
        if operation == "update":
            return amended(change, theirs)
        if operation == "post":
            return restated(theirs, "AUTHORISED")
        return restated(theirs, "DELETED" if theirs.status == "draft" else "VOIDED")

    # ---- reads ----------------------------------------------------------------------------------------------------------

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        found: dict[DocumentRef, list[Remote]] = {ref: [] for ref in refs}
        known = {(ref.kind, ref.number.casefold()): ref for ref in refs}
        remotes = self._reader.invoices("InvoiceNumbers", [ref.number for ref in known.values() if ref.kind == "invoice"])
        for ref in known.values():
            remotes += self._reader.credit_notes(ref.number) if ref.kind == "credit_note" else []
        for remote in remotes:
            found_ref = known.get((remote.kind, remote.number.casefold()))
            if found_ref is not None:
                found[found_ref].append(remote)
        return found

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        """Ids are unique over kinds: what is no invoice is asked for as a credit note, one call each."""
        invoices = self._reader.invoices("IDs", list(dict.fromkeys(remote_ids)))
        others = [remote_id for remote_id in dict.fromkeys(remote_ids) if remote_id not in {one.id for one in invoices}]
        return [*invoices, *(note for note in map(self._reader.credit_note, others) if note is not None)]

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        return self._reader.changed_since(cursor)

    def payments(self, documents: Sequence[Remote]) -> Mapping[str, tuple[Payment, ...]]:
        """Deleted ones only with a scope for payments."""
        scopes = {scope.removesuffix(".read") for scope in self._settings.scopes.split()}
        return self._reader.payments(documents, deleted_too=bool(scopes & {"accounting.payments", "accounting.transactions"}))

    def history_of(self, document: Remote, since: datetime | None) -> tuple[Deed, ...]:
        return self._reader.history(document, since)

    def catalogue(self) -> Catalogue:
        return read_catalogue(self._http, self._name, self._settings.branding_theme)

    def close(self) -> None:
        self._http.close()
        self._access.close()


def _request(operation: Operation, elements: Sequence[bytes], members: Sequence[Member]) -> Request:
    method = "PUT" if operation in ("create", "credit", "allocate") else "POST"
    name = "CreditNotes" if members[0].ref.kind == "credit_note" else "Invoices"
    url = f"{API}/{name}{_WRITTEN}"
    if operation == "allocate":
        name = "Allocations"
        url = f"{API}/CreditNotes/{members[0].remote_id}/Allocations?summarizeErrors=false"
    return Request(operation=operation, method=method, url=url, body=_body(name, elements), members=tuple(members))


def _body(name: str, elements: Sequence[bytes]) -> bytes:
    return b'{"%s":[' % name.encode() + b",".join(elements) + b"]}"
