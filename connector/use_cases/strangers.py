"""Strangers: documents over there that the sync ledger does not know, and that are ours by their number, or may be ours under another one
(a restored backup, a copied state, a second installation). One stops the book until somebody has tied it, or decided on it.
"""

import msgspec

from connector.core.forgotten import ToldBy, may_bill, read_mark, told_by
from connector.core.number_series import read_number
from connector.model import Remote
from connector.store import approvals, documents, protocol
from connector.store.store import Tx, rows_among
from connector.use_cases.workspace import Workspace

_remote = msgspec.json.Decoder(Remote)


class Stranger(msgspec.Struct, frozen=True):
    """One in force that nobody decided on."""

    remote: Remote
    told_by: ToldBy

    @property
    def named(self) -> str:
        """Its number, or the vendor's id of one without."""
        return self.remote.number or self.remote.id


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


def keep_stranger(tx: Tx, ws: Workspace, book: str, remote: Remote, by: ToldBy = "") -> None:
    """A document that is none the sync ledger knows, under one of our numbers, or told to be ours by something else. What a person decided
    of it holds, until it has one of our numbers after all.
    """
    tx.exec_driver_sql(
        "INSERT INTO strangers (book, remote_id, number, body, seen_at, told_by) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (book, remote_id) "
        "DO UPDATE SET decided = CASE WHEN strangers.number = excluded.number OR (strangers.told_by <> '' AND excluded.told_by <> '') "
        "THEN strangers.decided ELSE 0 END, number = excluded.number, body = excluded.body, told_by = excluded.told_by",
        (book, remote.id, remote.number, documents.text_of(remote), ws.now().isoformat(), by),
    )


def note_unknown(tx: Tx, ws: Workspace, book: str, remote: Remote) -> None:
    """A document under a number that is none of ours and that the sync ledger does not know: kept where it may be ours all the same."""
    by = told_by(book, remote)
    if by is None or (by == "app" and any(is_our_number(ws, tx, other, remote) for other in ws.books if other != book)):
        tx.exec_driver_sql("DELETE FROM strangers WHERE book = ? AND remote_id = ?", (book, remote.id))
    else:
        keep_stranger(tx, ws, book, remote, by)


def unknown(read: Tx, book: str) -> list[Stranger]:
    """Every document in force that is kept here and that nobody has tied or decided on yet, by number: one that was voided asks nobody for
    money. What is in doubt is looked up by itself, so its own document is not among them, nor is one that became known since.
    """
    rows = read.exec_driver_sql("SELECT body, told_by FROM strangers WHERE book = ? AND decided = 0 ORDER BY number", (book,))
    found = [Stranger(remote, row[1]) for row in rows if (remote := _remote.decode(row[0])).live]
    made = {one.remote.id for one in found if one.told_by == "app"}
    known = {row[0] for row in rows_among(read, "SELECT remote_id FROM documents WHERE remote_id IN ({})", made)}
    return [one for one in found if not (one.remote.id in known or (one.told_by == "mark" and _is_copy(read, book, one.remote)))]


def _is_copy(read: Tx, book: str, there: Remote) -> bool:
    """Whether its note names a document that we know to be another, or that is in doubt: who copies a document copies its note."""
    named = read_mark(book, there.mark)
    known = documents.by_key(read, book, *named) if named else None
    return known is not None and (known.in_doubt or bool(known.remote_id))


def strangers(read: Tx, book: str) -> list[Stranger]:
    """Those that stop the book: ours by number or note, and what may bill already what was approved and waits to be sent."""
    found = unknown(read, book)
    if not any(one.told_by == "app" for one in found):
        return found
    under_way = {intent.step_id for intent in protocol.unfinished(read, book)}  # what is in doubt is looked up, and holds only itself
    steps = [approved.step for approved in approvals.approved(read, book) if approved.id not in under_way]
    waiting = [step.document for step in steps if step.document is not None]
    return [one for one in found if one.told_by != "app" or any(may_bill(document, one.remote) for document in waiting)]
