"""Looking over there: one change listing a run feeds drift and finds documents of ours that the sync ledger does not know."""

from msgspec.structs import replace

from connector.core.drift import changes, unlike
from connector.core.ledger import Known, disposition_of
from connector.model import Remote
from connector.ports import ListsStanding
from connector.store import audit, charges, documents, protocol
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.renumbered import hold_changed
from connector.use_cases.strangers import is_our_number, keep_stranger, note_unknown
from connector.use_cases.workspace import Workspace


def look(ws: Workspace, book: str, lease: Lease) -> None:
    """Reads what changed over there since the last look. Raises TransientError, AuthError; then the cursor stays."""
    sink = ws.sink(book)
    with ws.store.snapshot() as read:
        cursor = read.exec_driver_sql("SELECT changes_cursor FROM books WHERE name = ?", (book,)).scalar()
    for page, next_cursor in sink.changed_since(cursor):
        unheard = _gone_unheard(ws, book, next_cursor) if next_cursor is not None else []
        with ws.store.begin(lease) as tx:
            hold_changed(tx, ws, book, page)
            for remote in page:
                _seen(tx, ws, book, remote)
            for number in unheard:
                _not_found(tx, ws, book, number)
            if next_cursor is not None:
                _looked(tx, ws, book, next_cursor)


def _gone_unheard(ws: Workspace, book: str, cursor: str) -> list[int]:
    """Documents that the listing did not say were deleted, because it could not, and that are found neither among all that stands there nor
    by their id.
    """
    sink = ws.sink(book)
    standing = sink.standing(cursor) if isinstance(sink, ListsStanding) else None
    if standing is None:
        return []
    with ws.store.snapshot() as read:
        missed = {one.remote_id: one.id for one in documents.documents(read, book) if one.there and one.remote_id not in standing}
    found = {remote.id for remote in sink.read(list(missed))}
    return [number for remote_id, number in missed.items() if remote_id not in found]


def _not_found(tx: Tx, ws: Workspace, book: str, number: int) -> None:
    known = documents.document(tx, number)
    if known.there and protocol.unfinished_of(tx, number) is None:
        note_missing(tx, ws, book, known)


def _looked(tx: Tx, ws: Workspace, book: str, cursor: str) -> None:
    tx.exec_driver_sql(
        "INSERT INTO books (name, changes_cursor, looked_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
        "changes_cursor = excluded.changes_cursor, looked_at = excluded.looked_at",
        (book, cursor, ws.now().isoformat()),
    )


def _seen(tx: Tx, ws: Workspace, book: str, remote: Remote) -> None:
    known = _known(tx, book, remote)
    if known is not None and known.ended and remote.live and is_our_number(ws, tx, book, remote):
        keep_stranger(tx, ws, book, remote)  # given up, and in force over there after all
        return
    if known is None and is_our_number(ws, tx, book, remote):
        keep_stranger(tx, ws, book, remote)
        return
    if known is None:
        note_unknown(tx, ws, book, remote)
        return
    tx.exec_driver_sql("DELETE FROM strangers WHERE book = ? AND remote_id = ?", (book, remote.id))
    if protocol.unfinished_of(tx, known.id) is not None:
        return
    note_theirs(tx, ws, book, known, remote)


def _known(tx: Tx, book: str, remote: Remote) -> Known | None:
    row = tx.exec_driver_sql("SELECT id FROM documents WHERE book = ? AND remote_id = ? ORDER BY id DESC", (book, remote.id)).scalar()
    if row is not None:
        return documents.document(tx, int(row))
    known = documents.by_number(tx, book, remote.ref)
    in_doubt = known is not None and not known.remote_id and protocol.unfinished_of(tx, known.id) is not None
    return known if in_doubt else None  # a number that was only reserved or refused is nobody's, whoever uses it is a stranger


def note_theirs(tx: Tx, ws: Workspace, book: str, known: Known, remote: Remote) -> None:
    """What a known document looks like now: its status, and in words what a person changed."""
    touched = _touched(known, remote)
    if not touched and remote.live and known.base is not None and changes(known.base, remote):
        documents.rebase(tx, known.id, remote)
    remote = _still_named(remote, known.theirs)
    if (remote.status, touched) == (known.their_status, known.touched) and remote == known.theirs:
        return
    documents.set_theirs(tx, known.id, remote, touched)
    after = documents.document(tx, known.id)
    if after.state == "done" and (disposition_of(after), after.amendable) != (disposition_of(known), known.amendable):
        reason = known.number if after.there else f"{known.number} is {after.their_status} over there: a person must choose"
        documents.set_disposition(tx, known.id, disposition_of(after), reason)
        charges.mark_dirty(tx)
    if touched != known.touched or remote.status != known.their_status:
        audit.append(
            tx, f"book:{book}", ws.now(), "seen",
            {"number": known.number, "remote_id": remote.id, "status": remote.status, "was": known.their_status,
             "net": str(remote.net), "touched": bool(touched), "run": ws.run},
        )  # fmt: skip


def _still_named(remote: Remote, before: Remote | None) -> Remote:
    """A listing that names nobody does not take away the name that the history told of the same change."""
    is_named = before is not None and before.changed_by and before.changed_at == remote.changed_at
    return replace(remote, changed_by=before.changed_by) if before and is_named and not remote.changed_by else remote


def _touched(known: Known, remote: Remote) -> str:
    """What a person changed since our last confirmation, or what was never as we sent it; "" when it stands as we want it."""
    if known.base is None or not remote.live:
        return known.touched
    never = unlike(known.target, known.base)
    told = changes(known.base, remote)
    if told and never and remote.number == known.number and not unlike(known.target, remote):
        return ""  # a person mended it
    return "; ".join(told) or never


def note_missing(tx: Tx, ws: Workspace, book: str, known: Known) -> None:
    """It is not found by its id any more: it keeps its charges until a person chooses."""
    documents.set_theirs(tx, known.id, None, known.touched)
    documents.set_disposition(tx, known.id, "held", known.number)
    charges.mark_dirty(tx)
    audit.append(
        tx, f"book:{book}", ws.now(), "seen", {"number": known.number, "status": "missing", "was": known.their_status, "run": ws.run}
    )
