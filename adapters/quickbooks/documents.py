"""Invoices and credit memos of one company, found, read and listed, with what stands against what."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from adapters.quickbooks import wire, wire_lists
from adapters.quickbooks.invoices import Habits, bare, kind_of, whole_id
from adapters.quickbooks.payments import allocations, payments_of
from adapters.quickbooks.reading import Reader, quoted
from adapters.quickbooks.remotes import listed
from connector.errors import TransientError
from connector.model import DocumentKind, DocumentRef, Payment, Remote
from connector.ports import Clock, Cursor

_OVERLAP = timedelta(minutes=10)
_CHANGES_DAYS_MAX = timedelta(days=29)
_CHANGES_MAX = 1000
_HIDES = "hides"
ENTITY: Mapping[DocumentKind, str] = {"invoice": "Invoice", "credit_note": "CreditMemo"}
_ROWS: Mapping[DocumentKind, Callable[[wire_lists.Rows], Sequence[wire.Invoice]]] = {
    "invoice": lambda rows: rows.invoice,
    "credit_note": lambda rows: rows.credit_memo,
}


class Told(Struct, frozen=True):
    """What an answer about changes says: what was deleted, the moment it begins with, from when to ask next, and the kinds of documents
    of which nothing changed at all. `hides`: it may not hold everything that was deleted.
    """

    gone: tuple[Remote, ...] = ()
    since: str = ""
    asked: str = ""
    quiet: frozenset[DocumentKind] = frozenset()
    hides: bool = False


class Documents(Struct, frozen=True):
    """`many` is how many numbers one query is asked for."""

    reader: Reader
    habits: Habits
    clock: Clock
    many: int

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        """Documents that are there, voided ones too; deleted ones are not. Versions may be older than those that `read` gives."""
        found: dict[DocumentRef, list[Remote]] = {ref: [] for ref in refs}
        known = {(ref.kind, ref.number.casefold()): ref for ref in refs}
        for kind, entity in ENTITY.items():
            numbers = [ref.number for ref in known.values() if ref.kind == kind]
            for at in range(0, len(numbers), self.many):
                some = ", ".join(map(quoted, numbers[at : at + self.many]))
                select = f"select * from {entity} where DocNumber in ({some}) orderby Id"  # noqa: S608  # quoted above
                rows = list(self.reader.all(select, _ROWS[kind], lambda row: row.id))
                for remote in self._remotes(rows, kind):
                    ref = known.get((kind, remote.number.casefold()))
                    if ref is not None:
                        found[ref].append(remote)
        return found

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        """One call each: only a read by id is sure to give the version that an update must name."""
        found: dict[DocumentKind, list[wire.Invoice]] = {"invoice": [], "credit_note": []}
        for remote_id in dict.fromkeys(remote_ids):
            kind = kind_of(remote_id)
            row = self.reader.document(ENTITY[kind].lower(), bare(remote_id))
            found[kind] += [row] if row is not None else []
        return [remote for kind, rows in found.items() for remote in self._remotes(rows, kind)]

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        """Invoices, then credit memos, each ordered by id; one cursor for both, taken before either. What was deleted comes with the
        last page; there is nothing left of it but its id. A kind of which nothing changed is not listed.
        """
        changed, deleted, *_ = f"{cursor or ''};;".split(";")
        told = self._told_since(deleted) if deleted else Told()
        quiet = told.quiet if told.since <= changed else frozenset()
        started = told.asked if quiet else ""
        where = f"where MetaData.LastUpdatedTime >= {quoted(changed)} " if changed else ""
        kinds = [kind for kind in ENTITY if kind not in quiet]
        if not kinds:
            yield told.gone, _cursor(started, told)
        for kind in kinds:
            select = f"select * from {ENTITY[kind]} {where}orderby Id"  # noqa: S608  # quoted above
            for asked_at, rows, is_last in self.reader.pages(select, _ROWS[kind], lambda row: row.id):
                started = started or _earlier(asked_at, changed)
                remotes = self._remotes(rows, kind)
                ends = is_last and kind == kinds[-1]
                yield (*remotes, *told.gone) if ends else remotes, _cursor(started, told) if ends else None

    def standing(self, cursor: Cursor) -> frozenset[str] | None:
        """Every id that is there, where the listing that ended with this cursor may have hidden what was deleted; else None."""
        if not cursor.endswith(f";{_HIDES}"):
            return None
        ids: set[str] = set()
        for kind, entity in ENTITY.items():
            select = f"select Id from {entity} orderby Id"  # noqa: S608  # our own words
            ids |= {whole_id(row.id, kind) for row in self.reader.all(select, _ROWS[kind], lambda row: row.id) if row.id}
        return frozenset(ids)

    def _told_since(self, since: str) -> Told:
        """Deletions are told 30 days back, and in answers of 1,000 changes of any kind: what is older, or too many, may be hidden."""
        reach = (self.clock.now() - _CHANGES_DAYS_MAX).astimezone(UTC)
        asked = max(datetime.fromisoformat(since), reach)
        asked_since = asked.isoformat(timespec="seconds")
        read = self.reader.get("cdc", wire_lists.Changed, {"entities": ",".join(ENTITY.values()), "changedSince": asked_since})
        parts = [part for answer in read.value.cdc_response for part in answer.query_response]
        told = {kind: [row for part in parts for row in rows_of(part)] for kind, rows_of in _ROWS.items()}
        gone: list[Remote] = []
        for kind, rows in told.items():
            gone += listed([row for row in rows if (row.deletion or "").casefold() == "deleted"], self.habits, self.reader.whose, kind)
        full = sum(map(len, told.values())) >= _CHANGES_MAX
        quiet = frozenset(kind for kind, rows in told.items() if not rows and not full)
        hides = full or asked > datetime.fromisoformat(since)
        return Told(tuple(gone), asked_since, _earlier(read.asked_at, asked_since), quiet, hides)

    def _remotes(self, rows: Sequence[wire.Invoice], kind: DocumentKind) -> tuple[Remote, ...]:
        """Credit memos with what stands against what: their customers' payments say it, asked for where something was used."""
        remotes = listed(rows, self.habits, self.reader.whose, kind)
        used = [one for one in remotes if one.kind == "credit_note" and one.live and one.paid]
        if not used:
            return remotes
        payments = self.reader.payments(one.customer_id for one in used)
        try:
            return tuple(msgspec.structs.replace(one, allocated=allocations(payments, one)) if one in used else one for one in remotes)
        except ValueError as error:
            raise TransientError(f"the payments hold {error}", to=self.reader.whose, next_step="Nothing was lost; ask again") from None

    def payments(self, documents: Sequence[Remote]) -> Mapping[str, tuple[Payment, ...]]:
        """From all payments of their customers. A voided or deleted one no longer says what it was for, and is not told."""
        payments = self.reader.payments(one.customer_id for one in documents if one.paid)
        try:
            return {one.id: payments_of(payments, one) for one in documents}
        except ValueError as error:
            raise TransientError(f"the payments hold {error}", to=self.reader.whose, next_step="Nothing was lost; ask again") from None


def _cursor(started: str, told: Told) -> Cursor:
    return f"{started};{told.asked or started}{f';{_HIDES}' if told.hides else ''}"


def _earlier(asked_at: datetime | None, otherwise: str) -> str:
    """The server's clock less the overlap; what was asked before, where it does not tell."""
    return (asked_at - _OVERLAP).astimezone(UTC).isoformat(timespec="seconds") if asked_at is not None else otherwise
