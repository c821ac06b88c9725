"""Adopting: ties what is over there to what we would have sent, so that it is ours from then on and is not sent again."""

from collections.abc import Iterable, Sequence

import msgspec

from connector.core.drift import differences
from connector.core.ledger import disposition_of
from connector.core.number_series import read_number
from connector.core.steps import Step
from connector.model import Document, Remote
from connector.store import approvals, audit, charges, claims, documents, numbers, protocol
from connector.store.claims import Holding
from connector.store.documents import Confirmed
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.intending import let_go_stale
from connector.use_cases.strangers import unknown
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace


def adopt(ws: Workspace, book: str, lease: Lease, wanted: Sequence[Step], told: Told) -> None:
    """Ties strangers to documents we once asked for or would propose: by number first, else by customer, date, currency, net and lines.
    One that somebody gave another number over there keeps that.

    One that was asked for long ago stands as it was asked for then: a request may be carried out later than anybody waits for it. One
    that fits nothing, or more than one, stays a stranger and goes on stopping the book.
    """
    with ws.store.snapshot() as read:
        there = [one.remote for one in unknown(read, book) if one.remote.number]
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
    bound = numbers.number_of(tx, book, target.kind, step.key, step.generation)
    if bound == target.number:
        return
    for approved in approvals.approved(tx, book):
        if approved.step.number == target.number and approved.step.key != step.key:
            let_go_stale(tx, ws, book, approved, f"{target.number} stands over there already: approve it again", Told())
    numbers.unreserve(tx, book, target.kind, {bound, target.number})
    read = read_number(step.series, target.number)
    stem, sequence = (read.stem, read.sequence) if read else ("", 0)
    numbers.reserve(tx, book, target.kind, target.number, step.key, step.generation, stem, sequence, ws.now().isoformat())
