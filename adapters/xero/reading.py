"""Asking Xero: listings page by page, documents by number and id, and what was put against them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from msgspec import Struct

from adapters.xero import wire
from adapters.xero.history import deeds
from adapters.xero.invoices import listed
from adapters.xero.payments import by_age, payments_of, taken_back
from adapters.xero.wire_lists import HistoryRecords
from connector.errors import RejectedError, TransientError
from connector.http import Client, Read
from connector.model import Deed, Payment, Remote
from connector.ports import Cursor

API = "/api.xro/2.0"
_EVERY_STATUS = "DRAFT,SUBMITTED,AUTHORISED,PAID,VOIDED,DELETED"
_PAGE_SIZE = 200
_PAGES_MAX = 2000
_OVERLAP = timedelta(minutes=10)
_NOT_FOUND = 404
W = TypeVar("W", wire.Invoices, wire.Payments)


class Reader(Struct, frozen=True):
    """One organisation's API, read. `many` is how many numbers or ids one listing is asked for."""

    http: Client
    whose: str
    many: int

    # ---- documents --------------------------------------------------------------------------------------------------------

    def invoices(self, name: str, values: Sequence[str]) -> list[Remote]:
        """The sales invoices with these numbers or ids, each once though rows may move while paging; then who made them."""
        found: dict[str, Remote] = {}
        for at in range(0, len(values), self.many):
            params = {name: ",".join(values[at : at + self.many])}
            rows = [invoice for read, _ in self._invoices(params) for invoice in read.value.documents]
            if any(invoice.type == "ACCREC" for invoice in rows):
                flagged = self._invoices({**params, "createdByMyApp": "true"})
                ours = frozenset(invoice.id for read, _ in flagged for invoice in read.value.documents)
                found.update((remote.id, remote) for remote in listed(rows, ours, self.whose))
        return list(found.values())

    def credit_notes(self, number: str) -> list[Remote]:
        """With one number; there is no parameter for several."""
        escaped = number.replace("\\", "\\\\").replace('"', '\\"')
        rows = [row for read, _ in self._credit_notes({"where": f'CreditNoteNumber=="{escaped}"'}) for row in read.value.documents]
        return list({remote.id: remote for remote in listed(rows, frozenset(), self.whose)}.values())

    def credit_note(self, remote_id: str) -> Remote | None:
        return next(iter(listed(self._credit_note(remote_id), frozenset(), self.whose)), None)

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        """Invoices, then credit notes. Ordered by id: rows that change while paging stay where they are, and a new one can only
        repeat a row. One cursor holds for both listings: the clock as the first answer left. Who made the invoices is asked once
        there is one.
        """
        headers = {"If-Modified-Since": cursor} if cursor else {}
        params = {"where": 'Type=="ACCREC"', "order": "InvoiceID ASC"}
        ours, is_asked = frozenset[str](), False
        next_cursor: Cursor | None = None
        for read, _ in self._invoices(params, headers):
            next_cursor = next_cursor or _earlier(read.asked_at) or cursor
            if read.value.documents and not is_asked:
                flagged = self._invoices({**params, "createdByMyApp": "true", "summaryOnly": "true"}, headers)
                ours, is_asked = frozenset(invoice.id for answer, _ in flagged for invoice in answer.value.documents), True
            yield listed(read.value.documents, ours, self.whose), None
        for read, is_last in self._credit_notes({"where": 'Type=="ACCRECCREDIT"', "order": "CreditNoteID ASC"}, headers):
            yield listed(read.value.documents, ours, self.whose), next_cursor if is_last else None

    # ---- payments -----------------------------------------------------------------------------------------------------------

    def payments(self, documents: Sequence[Remote], *, deleted_too: bool) -> Mapping[str, tuple[Payment, ...]]:
        """Payments stand on their documents: 40 invoices a read, a credit note each. Deleted ones stand in one listing."""
        found: dict[str, list[Payment]] = {one.id: [] for one in documents}
        try:
            for row in self._rows_of(documents):
                if row.id in found:
                    found[row.id] = list(payments_of(row))
            gone = [taken_back(row) for row in self._deleted_payments()] if deleted_too and found else []
        except ValueError as error:
            raise TransientError(f"the payments hold {error}", to=self.whose, next_step="Nothing was lost; ask again") from None
        for payment in gone:
            if payment is not None and payment.document_id in found:
                found[payment.document_id].append(payment)
        return {document_id: tuple(sorted(rows, key=by_age)) for document_id, rows in found.items()}

    def _rows_of(self, documents: Sequence[Remote]) -> Iterator[wire.Invoice]:
        ids = [one.id for one in documents if one.kind == "invoice"]
        for at in range(0, len(ids), self.many):
            for read, _ in self._invoices({"IDs": ",".join(ids[at : at + self.many])}):
                yield from read.value.documents
        for one in documents:
            if one.kind == "credit_note":
                yield from self._credit_note(one.id)

    def _deleted_payments(self) -> Iterator[wire.Payment]:
        for read, _ in self._pages("Payments", wire.Payments, {"where": 'Status=="DELETED"'}, {}):
            yield from read.value.payments or ()

    # ---- history ------------------------------------------------------------------------------------------------------------

    def history(self, document: Remote, since: datetime | None) -> tuple[Deed, ...]:
        """One read a document: Xero lists no histories. It comes whole, without pages."""
        name = "CreditNotes" if document.kind == "credit_note" else "Invoices"
        records = self.http.get(f"{API}/{name}/{document.id}/History", HistoryRecords).value.history_records
        return deeds(records or (), since)

    # ---- how it asks --------------------------------------------------------------------------------------------------------

    def _credit_note(self, remote_id: str) -> tuple[wire.Invoice, ...]:
        """None or one, with its lines."""
        try:
            return self.http.get(f"{API}/CreditNotes/{remote_id}", wire.Invoices, params={"unitdp": "4"}).value.documents
        except RejectedError as error:
            if error.status == _NOT_FOUND:
                return ()
            raise

    def _invoices(self, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Iterator[tuple[Read[wire.Invoices], bool]]:
        always = {"Statuses": _EVERY_STATUS, "includeArchived": "true", "unitdp": "4"}
        return self._pages("Invoices", wire.Invoices, {**params, **always}, headers or {})

    def _credit_notes(
        self, params: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Read[wire.Invoices], bool]]:
        return self._pages("CreditNotes", wire.Invoices, {**params, "unitdp": "4"}, headers or {})

    def _pages(self, path: str, as_: type[W], params: Mapping[str, str], headers: Mapping[str, str]) -> Iterator[tuple[Read[W], bool]]:
        """Each page, and whether it is the last."""
        for page in range(1, _PAGES_MAX + 1):
            asked = {**params, "pageSize": str(_PAGE_SIZE), "page": str(page)}
            read = self.http.get(f"{API}/{path}", as_, params=asked, headers=headers)
            pagination = read.value.pagination
            if pagination is not None and pagination.page_count is not None:
                is_last = page >= pagination.page_count
            else:
                is_last = not (read.value.payments if isinstance(read.value, wire.Payments) else read.value.documents)
            yield read, is_last
            if is_last:
                return
        raise TransientError(
            f"a listing of {path} has more than {_PAGES_MAX} pages", to=self.whose, next_step="Begin with a later start date"
        )


def _earlier(asked_at: datetime | None) -> Cursor | None:
    """The server's clock less the overlap, as If-Modified-Since is told it."""
    return (asked_at - _OVERLAP).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if asked_at is not None else None
