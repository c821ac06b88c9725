"""Taking what somebody made of a document over there: as it is, or as what we go on amending. It is read once more first."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from connector.core.drift import changes
from connector.core.ledger import Kept, Known, disposition_of
from connector.core.taking import keep, know_again, take
from connector.errors import UnsafePlanError
from connector.model import Remote
from connector.store import approvals, audit, charges, choices, documents
from connector.store.leases import Lease
from connector.store.store import Tx
from connector.use_cases.look import note_theirs
from connector.use_cases.picture import draw
from connector.use_cases.workspace import Workspace


class Said(Struct, frozen=True):
    """Why, and by whom."""

    why: str
    who: str


def take_theirs(ws: Workspace, lease: Lease, known: Known, found: Sequence[Remote], choice: Literal["amend", "accept"], said: Said) -> None:
    """Theirs becomes base and target, and our charges' shares add up to it. Raises UnsafePlanError when it changed since it was listed:
    a choice is for what a person saw.
    """
    there = next((remote for remote in found if remote.id == known.remote_id), None)
    if there is None or not there.live or known.theirs is None or changes(known.theirs, there):
        if there is not None:
            with ws.store.begin(lease) as tx:
                note_theirs(tx, ws, known.book, known, there)
        raise UnsafePlanError(
            "changed over there once more since it was read", to=known.number,
            next_step="`hourbridge corrections` shows it as it is now; choose again.",
        )  # fmt: skip
    with ws.store.begin(lease) as tx:
        _take(tx, ws, known, there, choice, said)


def _take(tx: Tx, ws: Workspace, known: Known, there: Remote, choice: Literal["amend", "accept"], said: Said) -> None:
    held = documents.claims_of(tx, known.id)
    taken = take(known, there, held)
    kept = keep(known, taken) if choice == "amend" else None
    choices.choose(tx, known.id, choice, said.why, said.who, ws.now(), kept)
    choices.take(tx, known.id, taken.document, there, taken.shares)
    for approved in approvals.of_document(tx, known.book, known.key, known.generation):
        if approved.state == "approved":
            approvals.set_state(tx, [approved.id], "stale", f"{known.number} is taken as somebody left it over there")
    documents.set_disposition(tx, known.id, disposition_of(documents.document(tx, known.id)), known.number)
    charges.mark_dirty(tx)
    if kept is not None:
        _know_again(tx, ws, known, kept)
    audit.append(
        tx, f"book:{known.book}", ws.now(), "chosen",
        {"number": known.number, "generation": known.generation, "choice": choice, "why": said.why, "who": said.who, "net": str(known.net),
         "their_net": str(there.net), "currency": known.currency, "found": {there.id: there.status}, "run": ws.run,
         "parts": [(claim.entry, claim.part, claim.seconds, str(claim.net)) for claim in held]},
    )  # fmt: skip


def _know_again(tx: Tx, ws: Workspace, known: Known, kept: Kept) -> None:
    """Only now that it is amended again it is known which time of ours would come to it."""
    steps = (step for step in draw(ws, tx).plans[known.book].steps if (step.key, step.generation) == (known.key, known.generation))
    document = next((step.document for step in steps), None)
    if document is not None and (again := know_again(kept, document)) != kept:
        choices.keep(tx, known.id, again)
