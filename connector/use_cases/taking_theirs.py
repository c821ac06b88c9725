"""Taking what somebody made of a document over there: as it is, or as what we go on amending. It is read once more first."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from connector.core.drift import changes
from connector.core.ledger import Claim, Kept, Known, disposition_of
from connector.core.own_lines import Own, know_own
from connector.core.steps import Step, StepCharge
from connector.core.taking import Taken, keep, know_again, take
from connector.errors import UnsafePlanError
from connector.model import Remote
from connector.store import approvals, audit, charges, choices, claims, documents
from connector.store.claims import Holding
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
    if choice == "accept" and (own := _own(tx, ws, known, there, held)) is not None:
        taken, held = take(own.known, there, own.claims), list(own.claims)
        _hold_own(tx, known, taken, held)
    else:
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


def _own(tx: Tx, ws: Workspace, known: Known, there: Remote, held: Sequence[Claim]) -> Own | None:
    """The document with lines of ours that a restored state forgot; None where there are none. Raises UnsafePlanError where a line may be
    ours and cannot be told for certain: taken as a person's its time would be billed once more.
    """
    every = [step for found in draw(ws, tx, interim=True, as_if_draft=known.id).plans.values() for step in found.steps]
    every = [step for step in every if step.client == known.client and step.document is not None and step.action != "void"]
    mine = next((step for step in every if (step.book, step.key, step.generation) == (known.book, known.key, known.generation)), None)
    own = know_own(known, there, held, mine, _unbilled(tx, [step for step in every if step is not mine]))
    if own.doubt:
        raise UnsafePlanError(
            f"may have time of ours on it that a restored state forgot: the line {own.doubt}", to=known.number,
            next_step="`hourbridge apply --adopt` ties it where it is all ours, and `amend` knows such a line of a draft again. Else put it "
            "back over there as our state has it, or give the line another text if it is none of our time; then `hourbridge apply`, and choose.",
        )  # fmt: skip
    if others := charges.held_elsewhere(tx, own.pairs, known.id):
        raise UnsafePlanError(
            f"has time of ours on it that stands on {', '.join(sorted(others))} as well", to=known.number,
            next_step="A restored state forgot that it came here: choose for the other first (`hourbridge corrections`), or put this one back "
            "over there as our state has it.",
        )  # fmt: skip
    return None if own.known is known else own


def _unbilled(tx: Tx, steps: Sequence[Step]) -> set[str]:
    """Texts of lines that would bill time which their documents do not hold yet."""
    held = charges.holders(tx, [(charge.entry, charge.part) for step in steps for charge in step.charges])
    return {
        step.document.lines[charge.line].description.strip()
        for step in steps
        for charge in step.charges
        if step.document is not None and held.get((charge.entry, charge.part), (0, ""))[1] != (step.number or None)
    }


def _hold_own(tx: Tx, known: Known, taken: Taken, held: Sequence[Claim]) -> None:
    own = [
        StepCharge(
            claim.entry, claim.part, str(claim.entry), claim.revision, claim.seconds, claim.billed, share.net, share.line, claim.client, claim.period
        )
        for claim in held
        for share in [taken.shares[claim.entry, claim.part]]
    ]  # fmt: skip
    holding = Holding(known.id, 0, known.currency, tuple(own))
    charges.free(tx, claims.hold_just(tx, [holding]))
    charges.put_on_documents(tx, [(holding, disposition_of(known), known.number)])
    choices.count(tx, known.id)


def _know_again(tx: Tx, ws: Workspace, known: Known, kept: Kept) -> None:
    """Only now that it is amended again it is known which time of ours would come to it."""
    steps = (step for step in draw(ws, tx).plans[known.book].steps if (step.key, step.generation) == (known.key, known.generation))
    document = next((step.document for step in steps), None)
    if document is not None and (again := know_again(kept, document)) != kept:
        choices.keep(tx, known.id, again)
