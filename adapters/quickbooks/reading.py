"""Asking QuickBooks: the query language, its paging, and answers that say 200 and hold a fault."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

from adapters.quickbooks import wire, wire_lists
from adapters.quickbooks.faults import Fault, not_found
from connector.errors import RejectedError, TransientError
from connector.http import Client, Read

F = TypeVar("F", bound=wire.Faulty)
R = TypeVar("R")
MINOR_VERSION = "75"
PAGES_MAX = 2000
CUSTOMERS_MAX = 40
_RESTARTS_MAX = 3


class Reader:
    """One company's API, read. `rows_max` is how many rows a page of a query has."""

    def __init__(self, http: Client, realm_id: str, whose: str, rows_max: int) -> None:
        self._http = http
        self._base = f"/v3/company/{realm_id}"
        self._rows_max = rows_max
        self.whose = whose

    def get(self, path: str, as_: type[F], params: dict[str, str]) -> Read[F]:
        read = self._http.get(f"{self._base}/{path}", as_, params={**params, "minorversion": MINOR_VERSION})
        if read.value.fault is not None:
            raise Fault(read.value.fault).error(f"GET {path}", self.whose)
        return read

    def query(self, text: str) -> Read[wire_lists.Queried]:
        return self.get("query", wire_lists.Queried, {"query": text})

    def document(self, entity: str, vendors_id: str) -> wire.Invoice | None:
        """An invoice or a credit memo by id, with the version that counts: a query may hand out the one before. None: there is no such document, or no longer."""
        try:
            written = self.get(f"{entity}/{quote(vendors_id, safe='')}", wire.Written, {}).value
        except RejectedError as error:
            if not_found(error):
                return None
            raise
        return written.credit_memo or written.invoice

    def payments(self, customers: Iterable[str]) -> list[wire.Payment]:
        """Every payment of these customers: a payment is found by nothing else that we know of its documents."""
        ids = sorted(set(customers))
        found: list[wire.Payment] = []
        for at in range(0, len(ids), CUSTOMERS_MAX):
            some = ", ".join(map(quoted, ids[at : at + CUSTOMERS_MAX]))
            select = f"select * from Payment where CustomerRef in ({some}) orderby Id"  # noqa: S608  # quoted above
            found += self.all(select, lambda rows: rows.payment, lambda row: row.id)
        return found

    def all(self, select: str, rows_of: Callable[[wire_lists.Rows], Sequence[R]], id_of: Callable[[R], str | None]) -> Iterator[R]:
        """Every row of a query, each once."""
        for _, rows, _ in self.pages(select, rows_of, id_of):
            yield from rows

    def pages(
        self, select: str, rows_of: Callable[[wire_lists.Rows], Sequence[R]], id_of: Callable[[R], str | None]
    ) -> Iterator[tuple[datetime | None, list[R], bool]]:
        """Page by page: the server's clock, the rows not seen before, and whether it is the last.

        Each page begins with the last row of the one before. Where that row is another one, something was deleted in the meantime
        and a row may have slipped past: the listing begins again. New rows only repeat what was seen.
        """
        seen: set[str | None] = set()
        start, restarts = 1, 0
        for _ in range(PAGES_MAX):
            read = self.query(f"{select} startposition {start} maxresults {self._rows_max}")
            rows = rows_of(read.value.query_response)
            if start > 1 and (not rows or id_of(rows[0]) not in seen):
                restarts += 1
                if restarts > _RESTARTS_MAX:
                    raise TransientError(
                        "rows went away while they were listed, again and again",
                        to=self.whose,
                        next_step="The next run asks again",
                    )
                start = 1
                continue
            new = [row for row in rows if id_of(row) not in seen]
            seen.update(map(id_of, new))
            is_last = len(rows) < self._rows_max
            yield read.asked_at, new, is_last
            if is_last:
                return
            start += len(rows) - 1
        raise TransientError(f"a listing has more than {PAGES_MAX} pages", to=self.whose, next_step="Begin with a later start date")


def quoted(text: str) -> str:
    """A text as the query language wants it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
