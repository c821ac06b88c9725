"""Putting credit notes against the invoices they credit: an operation of its own after each was confirmed, each with a look-up of its own.

It was approved with the credit note. What a person did over there with it first, or the company by itself, is left as it is.
"""

from collections.abc import Iterable

from connector.core.cases import POSTED
from connector.core.drift import changes
from connector.core.ledger import Known
from connector.model import Remote
from connector.ports import Change
from connector.store import approvals, documents, protocol
from connector.store.approvals import Approved
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.intending import Ready
from connector.use_cases.push import push
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace, catalogue_of


def allocate(ws: Workspace, book: str, lease: Lease, told: Told) -> None:
    """Puts every posted credit note of ours that is still whole against its invoice, as far as that is open. One request each."""
    if told.stopped or "allocate" not in ws.sink(book).traits.operations:
        return
    with ws.store.snapshot() as read:
        catalogue = catalogue_of(read, book)
        if catalogue is not None and catalogue.applies_credits_by_itself:
            return
        waiting = list(_waiting(read, book))
    if not waiting:
        return
    there = _read(ws, book, waiting)
    for approved, known in waiting:
        if change := _change(known, there):
            push(ws, book, lease, "allocate", [Ready(approved, change)], told)


def _waiting(read: Tx, book: str) -> Iterable[tuple[Approved, Known]]:
    """Credit notes that stand posted and open over there as last seen, were never allocated from here, and whose invoice is open."""
    for one in documents.credit_notes(read, book):
        credited = one.target.credits
        if credited is None or one.state != "done" or one.ended or one.touched or one.their_status not in POSTED or one.refusals:
            continue
        invoice = documents.by_number(read, book, credited.ref)
        is_open = invoice is not None and invoice.there and invoice.theirs is not None and invoice.theirs.balance > 0
        if not is_open or one.theirs is None or one.theirs.balance <= 0 or one.theirs.allocated_to(credited.remote_id):
            continue
        if any(intent.operation == "allocate" and intent.state == "done" for intent in protocol.intents_of(read, one.id)):
            continue
        approved = [step for step in approvals.of_document(read, book, one.key, one.generation) if step.state == "applied"]
        if approved:
            yield approved[-1], one


def _read(ws: Workspace, book: str, waiting: Iterable[tuple[Approved, Known]]) -> dict[str, Remote]:
    ids = [one for _, known in waiting if known.target.credits for one in (known.remote_id, known.target.credits.remote_id)]
    sink, found = ws.sink(book), dict[str, Remote]()
    for start in range(0, len(ids), sink.traits.find_max):
        found |= {remote.id: remote for remote in sink.read(ids[start : start + sink.traits.find_max])}
    return found


def _change(known: Known, there: dict[str, Remote]) -> Change | None:
    """What to put against what, as both stand this moment; None where a person was there first."""
    assert known.target.credits is not None
    note, invoice = there.get(known.remote_id), there.get(known.target.credits.remote_id)
    if note is None or invoice is None or note.status not in POSTED or invoice.status not in POSTED:
        return None
    amount = min(note.balance, invoice.balance)
    if amount <= 0 or note.allocated_to(invoice.id) or (known.base is not None and changes(known.base, note)):
        return None
    return Change(known.target, note, against=invoice, amount=amount)
