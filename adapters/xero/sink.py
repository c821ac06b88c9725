"""Xero's Accounting API, sales invoices (https://developer.xero.com/documentation/api/accounting/invoices).

Endpoints: PUT /Invoices creates, in batches of up to 50 documents and 3.5 MB, with `summarizeErrors=false` (each element is
answered by itself) and `unitdp=4`; POST /Invoices amends, approves, deletes a draft, voids an approved one, always by InvoiceID;
GET /Invoices looks up. Cursor: the instant for If-Modified-Since, the server's clock at the listing's start less ten minutes.

Quirks
- POST overwrites by number, so nothing is created with it. PUT refuses a used number: "Invoice # must be unique".
- An Idempotency-Key is remembered for 6 minutes, on URL, body and method. There is no lock and no version.
- Without `page` a listing comes without lines. Bills carry any number, so only `Type` ACCREC counts.
- Lines that are not sent are removed; fields that are not sent stay. A line of zero comes back without its account.
- UnitAmount has 2 places unless `unitdp=4`, on reads too. LineAmount is left out: Xero refuses one it does not compute itself.
- 429 may say "in 20 hours"; 60 calls a minute, 5 at once, 1,000 a day on the Starter tier. Errors have no codes, only texts.
- `createdByMyApp` is a filter and no field: who made a document is learnt by asking for the same documents once more with it.

Not confirmed, and why it does no harm
- Whether deleted documents are listed unasked: `Statuses` names every status.
- What a 400 means for the other elements of a batch: what it does not name is unknown and looked up.
- Whether `createdByMyApp` is combined with other filters: were it to shadow them, the second listing would be longer, not
  wrong; were it ignored, all would be ours, and content that differs from what we sent is still held as drift.
- Whether the server honours `pageSize`: the end of a listing is its own page count, or an empty page.
- Half-cent rounding: what comes back is compared line by line.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, timedelta
from typing import ClassVar, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from adapters.xero import wire
from adapters.xero.catalogue import read_catalogue
from adapters.xero.invoices import Element, amended, created, listed, outcomes, restated
from adapters.xero.oauth import Access
from connector.errors import RejectedError, TransientError
from connector.http import Answered, Client, Limits, Read
from connector.model import Catalogue, DocumentRef, Operation, Remote
from connector.ports import Change, Cursor, Host, Member, Outcome, Request, SinkTraits

_INVOICES = "/api.xro/2.0/Invoices"
_WRITE = f"{_INVOICES}?summarizeErrors=false&unitdp=4"
_EVERY_STATUS = "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED"
_PAGE_SIZE = 200
_PAGES_MAX = 2000
_OVERLAP = timedelta(minutes=10)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_UUID = r"^$|^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"


class Settings(BaseModel):
    """`client_secret` and `refresh_token` are references (`env:NAME`, `file:PATH`). `stored`: a pair that rotates, kept in the
    state; `refresh_token` is where the first one is read. `daily_calls`: 1,000 on Xero's Starter tier, 5,000 above.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str = "https://api.xero.com"
    token_url: str = "https://identity.xero.com/connect/token"  # noqa: S105  # an address
    tenant_id: str = Field(default="", pattern=_UUID)
    client_id: str
    client_secret: str = ""
    refresh_token: str = ""
    auth: Literal["client_credentials", "stored"] = "client_credentials"
    scopes: str = "accounting.invoices accounting.contacts accounting.settings.read"
    branding_theme: str = Field(default="", pattern=_UUID)
    daily_calls: int = Field(default=1000, ge=10)
    calls_per_minute: int = Field(default=60, ge=1, le=60)
    batch_documents: int = Field(default=50, ge=1, le=50)
    allow_private: bool = False


class Sink:
    """One organisation at Xero."""

    traits: ClassVar[SinkTraits] = SinkTraits(
        operations=frozenset({"create", "update", "post", "void"}),
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

    # ---- writes ---------------------------------------------------------------------------------------------------------

    def prepare(self, operation: Operation, changes: Sequence[Change]) -> list[Request]:
        """Raises RejectedError for what this sink does not do."""
        requests: list[Request] = []
        elements: list[bytes] = []
        members: list[Member] = []
        for change in changes:
            element = _ENCODER.encode(self._element(operation, change))
            size = sum(map(len, elements)) + len(elements) + len(element) + len(_body(()))
            if elements and (len(elements) == self._settings.batch_documents or size > self.traits.batch_bytes_max):
                requests.append(_request(operation, elements, members))
                elements, members = [], []
            elements.append(element)
            members.append(Member(change.document.ref, change.theirs.id if change.theirs is not None else ""))
        return [*requests, _request(operation, elements, members)] if elements else requests

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        written = self._http.write(
            request, headers={"Content-Type": "application/json", "Idempotency-Key": request.key} if request.key else {}
        )
        if isinstance(written, Answered):
            return outcomes(written, request.members)
        return dict.fromkeys((member.ref for member in request.members), written)

    def _element(self, operation: Operation, change: Change) -> Element:
        document, theirs = change.document, change.theirs
        if document.kind != "invoice" or operation not in self.traits.operations:
            raise RejectedError(f"{operation} of a {document.kind} is not done in Xero", to=document.number)
        if operation == "create":
            return created(document, self._settings.branding_theme)
        if theirs is None:
            raise RejectedError(f"{operation} without the document as it stands", to=document.number)
        if operation == "update":
            return amended(change, theirs)
        if operation == "post":
            return restated(theirs, "AUTHORISED")
        return restated(theirs, "DELETED" if theirs.status == "draft" else "VOIDED")

    # ---- reads ----------------------------------------------------------------------------------------------------------

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        found: dict[DocumentRef, list[Remote]] = {ref: [] for ref in refs}
        by_number = {ref.number.casefold(): ref for ref in refs if ref.kind == "invoice"}
        for remote in self._documents("InvoiceNumbers", [ref.number for ref in by_number.values()]):
            ref = by_number.get(remote.number.casefold())
            if ref is not None:
                found[ref].append(remote)
        return found

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        return self._documents("IDs", list(dict.fromkeys(remote_ids)))

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        """Ordered by id: rows that change while paging stay where they are, and a new one can only repeat a row."""
        headers = {"If-Modified-Since": cursor} if cursor else {}
        params = {"where": 'Type=="ACCREC"', "order": "InvoiceID ASC"}
        flagged = [read for read, _ in self._pages({**params, "createdByMyApp": "true", "summaryOnly": "true"}, headers)]
        ours = frozenset(invoice.invoice_id or "" for read in flagged for invoice in read.value.invoices or ())
        started = flagged[0].asked_at
        next_cursor = (started - _OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if started is not None else cursor
        for read, is_last in self._pages(params, headers):
            remotes = listed(read.value.invoices or (), ours, self._name)
            yield remotes, next_cursor if is_last else None

    def catalogue(self) -> Catalogue:
        return read_catalogue(self._http, self._name, self._settings.branding_theme)

    def close(self) -> None:
        self._http.close()
        self._access.close()

    def _documents(self, name: str, values: Sequence[str]) -> list[Remote]:
        """The sales invoices with these numbers or ids, each once though rows may move while paging; then who made them."""
        found: dict[str, Remote] = {}
        for at in range(0, len(values), self.traits.find_max):
            params = {name: ",".join(values[at : at + self.traits.find_max])}
            rows = [invoice for read, _ in self._pages(params) for invoice in read.value.invoices or ()]
            if any(invoice.type == "ACCREC" for invoice in rows):
                flagged = self._pages({**params, "createdByMyApp": "true"})
                ours = frozenset(invoice.invoice_id or "" for read, _ in flagged for invoice in read.value.invoices or ())
                found.update((remote.id, remote) for remote in listed(rows, ours, self._name))
        return list(found.values())

    def _pages(self, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Iterator[tuple[Read[wire.Invoices], bool]]:
        """Each page, and whether it is the last."""
        always = {"Statuses": _EVERY_STATUS, "includeArchived": "true", "unitdp": "4", "pageSize": str(_PAGE_SIZE)}
        for page in range(1, _PAGES_MAX + 1):
            read = self._http.get(_INVOICES, wire.Invoices, params={**params, **always, "page": str(page)}, headers=headers)
            pagination = read.value.pagination
            if pagination is not None and pagination.page_count is not None:
                is_last = page >= pagination.page_count
            else:
                is_last = not read.value.invoices
            yield read, is_last
            if is_last:
                return
        raise TransientError(
            f"a listing of invoices has more than {_PAGES_MAX} pages",
            to=self._name,
            next_step="Begin with a later start date",
        )


def _request(operation: Operation, elements: Sequence[bytes], members: Sequence[Member]) -> Request:
    method = "PUT" if operation == "create" else "POST"
    return Request(operation=operation, method=method, url=_WRITE, body=_body(elements), members=tuple(members))


def _body(elements: Sequence[bytes]) -> bytes:
    return b'{"Invoices":[' + b",".join(elements) + b"]}"
