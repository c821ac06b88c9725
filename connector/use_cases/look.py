"""Looking over there: one change listing a run feeds drift and finds documents of ours that the sync ledger does not know.

A stranger under our numbers (a restored backup, a copied state, a second installation) stops the book until it has been tied.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from connector.core.drift import changes, differences, unlike
from connector.core.ledger import Known, disposition_of
from connector.core.number_series import read_number
from connector.core.steps import Step
from connector.errors import RejectedError, TransientError
from connector.model import Document, Remote
from connector.ports import ListsCatalogue, ListsStanding
from connector.store import approvals, audit, charges, claims, documents, protocol
from connector.store.claims import Holding
from connector.store.documents import Confirmed
from connector.store.keeper import reach_of
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.intending import let_go_stale
from connector.use_cases.told import Told
from connector.use_cases.workspace import CATALOGUE_HOURS, Workspace

_remote = msgspec.json.Decoder(Remote)


def look(ws: Workspace, book: str, lease: Lease) -> None:
    """Reads what changed over there since the last look. Raises TransientError, AuthError; then the cursor stays."""
    sink = ws.sink(book)
    with ws.store.snapshot() as read:
        cursor = read.exec_driver_sql("SELECT changes_cursor FROM books WHERE name = ?", (book,)).scalar()
    for page, next_cursor in sink.changed_since(cursor):
        unheard = _gone_unheard(ws, book, next_cursor) if next_cursor is not None else []
        with ws.store.begin(lease) as tx:
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
    tx.exec_driver_sql("DELETE FROM strangers WHERE book = ? AND remote_id = ?", (book, remote.id))
    if known is None or protocol.unfinished_of(tx, known.id) is not None:
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


# ---- adopt: tie what is over there to what we would have sent -----------------------------------------------------------------------


def adopt(ws: Workspace, book: str, lease: Lease, wanted: Sequence[Step], told: Told) -> None:
    """Ties strangers to documents we once asked for or would propose: by number first, else by customer, date, currency, net and lines.

    One that was asked for long ago stands as it was asked for then: a request may be carried out later than anybody waits for it. One
    that fits nothing, or more than one, stays a stranger and goes on stopping the book.
    """
    with ws.store.snapshot() as read:
        there = strangers(read, book)
        asked = {remote.id: [approved.step for approved in approvals.asked_for(read, book, remote.number)] for remote in there}
    free = {step.key: step for step in wanted if step.document is not None and step.action == "create"}
    for remote in there:
        step = next((step for step in asked[remote.id] if not _unlike(step, remote)), None)
        if step is None:
            step = _only(step for step in free.values() if not _unlike(step, remote))
        if step is None:
            continue
        with ws.store.begin(lease) as tx:
            if not _is_free(tx, book, step, remote):
                continue
            _tie(tx, ws, book, msgspec.structs.replace(step, number=remote.number), remote)
        free.pop(step.key, None)
        told.adopted.append(remote.number)


def tie_amendment(ws: Workspace, book: str, lease: Lease, step: Step, theirs: Remote, told: Told) -> None:
    """Ties a draft to the step it already carries out, when it does to the last word and no other document holds that time."""
    if _unlike(step, theirs):
        return
    with ws.store.begin(lease) as tx:
        known = documents.by_key(tx, book, step.key, step.generation)
        pairs = [(charge.entry, charge.part) for charge in step.charges]
        if known is None or protocol.unfinished_of(tx, known.id) is not None or charges.held_elsewhere(tx, pairs, known.id):
            return
        _tie(tx, ws, book, msgspec.structs.replace(step, number=known.number), theirs)
    told.adopted.append(step.number)


def _only(steps: Iterable[Step]) -> Step | None:
    found = list(steps)
    return found[0] if len(found) == 1 else None


def _unlike(step: Step, remote: Remote) -> list[str]:
    assert step.document is not None
    return differences(step.document, remote)


def _is_free(tx: Tx, book: str, step: Step, remote: Remote) -> bool:
    """Whether the step's time stands on no other document, and no other document of ours is bound to this number for good."""
    known = documents.by_key(tx, book, step.key, step.generation)
    if known is not None and (known.remote_id or protocol.unfinished_of(tx, known.id) is not None):
        return False
    bound = documents.by_number(tx, book, remote.ref)
    if bound is not None and (bound.key, bound.generation) != (step.key, step.generation):
        return False
    return not charges.held_elsewhere(tx, [(charge.entry, charge.part) for charge in step.charges], known.id if known else 0)


def _tie(tx: Tx, ws: Workspace, book: str, step: Step, remote: Remote) -> None:
    assert step.document is not None
    target = msgspec.structs.replace(step.document, number=remote.number)
    _bind_number(tx, ws, book, step, target)
    known = documents.by_key(tx, book, step.key, step.generation)
    if known is None:
        documents.make(tx, [(step, target)], ws.mapping.digest)
    key = step.key, step.generation
    number = documents.ids(tx, book, [key])[key]
    documents.set_number(tx, number, target.number)
    holding = Holding(number, 0, target.currency, step.charges)
    charges.free(tx, claims.hold_just(tx, [holding]))
    documents.set_confirmed(tx, [Confirmed(number, step, target, remote, documents.text_of(remote))], ws.mapping.digest)
    charges.put_on_documents(tx, [(holding, disposition_of(documents.document(tx, number)), remote.number)])
    for approved in approvals.of_document(tx, book, step.key, step.generation):
        if approved.state == "approved" and approved.step.digest == step.digest:
            approvals.set_state(tx, [approved.id], "applied", "adopted")
    tx.exec_driver_sql("DELETE FROM strangers WHERE book = ? AND remote_id = ?", (book, remote.id))
    audit.append(
        tx, f"book:{book}", ws.now(), "adopted",
        {"number": remote.number, "remote_id": remote.id, "net": str(remote.net), "digest": step.digest, "run": ws.run},
    )  # fmt: skip


def _bind_number(tx: Tx, ws: Workspace, book: str, step: Step, target: Document) -> None:
    """The number over there is the document's for ever. Another document that it was only reserved for is approved again."""
    bound = documents.number_of(tx, book, target.kind, step.key, step.generation)
    if bound == target.number:
        return
    for approved in approvals.approved(tx, book):
        if approved.step.number == target.number and approved.step.key != step.key:
            let_go_stale(tx, ws, book, approved, f"{target.number} stands over there already: approve it again", Told())
    documents.unreserve(tx, book, target.kind, {bound, target.number})
    read = read_number(step.series, target.number)
    stem, sequence = (read.stem, read.sequence) if read else ("", 0)
    documents.reserve(tx, book, target.kind, target.number, step.key, step.generation, stem, sequence, ws.now().isoformat())


# ---- the catalogue ----------------------------------------------------------------------------------------------------------------------


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
