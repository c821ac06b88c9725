"""The catalogue of a book: everything a mapping may name over there, as last read, and the proof of which company the connection reaches."""

import math
from datetime import datetime

from connector.errors import RejectedError, TransientError
from connector.ports import ListsCatalogue
from connector.store import documents
from connector.store.keeper import reach_of
from connector.store.leases import Lease
from connector.use_cases.workspace import Workspace

CATALOGUE_HOURS = 24


def prove_company(ws: Workspace, book: str, lease: Lease) -> None:
    """Before anything is looked up or sent: a connection that is set otherwise than when its catalogue was read, or whose tokens were
    dropped since, may reach another company. Raises RejectedError where it does.
    """
    read_catalogue(ws, book, lease, hours=math.inf)


def read_catalogue(ws: Workspace, book: str, lease: Lease, *, hours: float = CATALOGUE_HOURS) -> bool:
    """Reads customers, items, accounts and the rest when what was read last is as old as that, or was read through a connection that
    is set otherwise now; True when it was read now.
    """
    sink = ws.sink(book)
    if not isinstance(sink, ListsCatalogue):
        return False
    with ws.store.snapshot() as read:
        row = read.exec_driver_sql("SELECT catalogue_at, company_id FROM books WHERE name = ?", (book,)).one_or_none()
        reached = ws.store.fact(read, reach_of(ws.book(book).sink, book))
    read_at, company = row or (None, "")
    reaches = ws.reaches.get(book, "")
    if read_at and reached == reaches and _hours_since(ws, str(read_at)) < hours:
        return False
    catalogue = sink.catalogue()
    if company and catalogue.company_id != company:
        raise RejectedError(
            f"the connection now reaches another company ({catalogue.company or catalogue.company_id})", to=book,
            next_step="Connect the company this book was started with, or make a new book.",
        )  # fmt: skip
    if not catalogue.complete:
        raise TransientError("the catalogue was only read in part", to=book, next_step="Run it again.")
    text = documents.text_of(catalogue)
    with ws.store.begin(lease) as tx:
        if tx.exec_driver_sql("SELECT catalogue FROM books WHERE name = ?", (book,)).scalar() != text:
            documents.forgive_refusals(tx, book)
        tx.exec_driver_sql(
            "INSERT INTO books (name, catalogue, catalogue_at, company_id) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "catalogue = excluded.catalogue, catalogue_at = excluded.catalogue_at, company_id = excluded.company_id",
            (book, text, ws.now().isoformat(), catalogue.company_id),
        )
        ws.store.set_fact(tx, reach_of(ws.book(book).sink, book), reaches)
    return True


def _hours_since(ws: Workspace, instant: str) -> float:
    return (ws.now() - datetime.fromisoformat(instant)).total_seconds() / 3600
