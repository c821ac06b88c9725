"""Strangers: documents under our numbers that the sync ledger does not know (a restored backup, a copied state, a second installation).

One stops the book until somebody has tied it, or decided on it.
"""

import msgspec

from connector.core.number_series import read_number
from connector.model import Remote
from connector.store import documents
from connector.store.store import Tx
from connector.use_cases.workspace import Workspace

_remote = msgspec.json.Decoder(Remote)


def is_our_number(ws: Workspace, read: Tx, book: str, remote: Remote) -> bool:
    """Whether a number is one that this book gives or gave."""
    if not remote.number:
        return False
    reserved = read.exec_driver_sql(
        "SELECT 1 FROM numbers WHERE book = ? AND kind = ? AND number = ?", (book, remote.kind, remote.number)
    ).scalar()
    return reserved is not None or any(read_number(series, remote.number) for series in series_of(ws, book))


def series_of(ws: Workspace, book: str) -> set[str]:
    """Every number series a mapping names for this book."""
    options = [options for name, options in ws.mapping.defaults if name == book]
    options += [client.options for client in ws.mapping.clients]
    return {span.value for option in options for span in option.number}


def keep_stranger(tx: Tx, ws: Workspace, book: str, remote: Remote) -> None:
    """A document under one of our numbers that is none of ours: it stops the book until somebody ties it or decides."""
    tx.exec_driver_sql(
        "INSERT INTO strangers (book, remote_id, number, body, seen_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (book, remote_id) "
        "DO UPDATE SET decided = CASE WHEN strangers.number = excluded.number THEN strangers.decided ELSE 0 END, "
        "number = excluded.number, body = excluded.body",
        (book, remote.id, remote.number, documents.text_of(remote), ws.now().isoformat()),
    )


def strangers(read: Tx, book: str) -> list[Remote]:
    """Documents in force under our numbers that nobody has tied or decided on yet, by number: one that was voided asks nobody for money."""
    rows = read.exec_driver_sql("SELECT body FROM strangers WHERE book = ? AND decided = 0 ORDER BY number", (book,))
    return [remote for row in rows if (remote := _remote.decode(row[0])).live]
