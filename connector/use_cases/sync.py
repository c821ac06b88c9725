"""One command for a scheduler: pull, plan, approve what each book's policy allows, apply. What a person must do is counted."""

from collections.abc import Sequence

from msgspec import Struct

from connector.core.ledger import Ledger
from connector.core.steps import Plan, Step
from connector.errors import BusyError, HourbridgeError, UnsafePlanError
from connector.reports.statuses import Status
from connector.store import approvals
from connector.store.store import Tx
from connector.use_cases.apply import apply
from connector.use_cases.approve import approve_steps
from connector.use_cases.billed_time import choose_by_policy
from connector.use_cases.picture import draw
from connector.use_cases.pull import Pulled, pull
from connector.use_cases.status import status
from connector.use_cases.told import Told
from connector.use_cases.workspace import Workspace

MENDED_HOURS = 1.0
"""How often a scheduler's runs look whether what holds a document was mended over there: it costs some ten requests."""
POLICY = "policy"
"""Who approved what `auto_approve` allows."""


class Synced(Struct):
    """What a sync did. `refused`: book and why nothing was applied there. `status` is how everything stands afterwards."""

    pulled: Pulled
    told: dict[str, Told]
    refused: list[tuple[str, HourbridgeError]]
    status: Status


def sync(ws: Workspace, books: Sequence[str]) -> Synced:
    """Everything by policy. One book's trouble is its own; nothing is approved on half of the sources."""
    pulled = pull(ws, mended_hours=MENDED_HOURS)
    told: dict[str, Told] = {}
    refused: list[tuple[str, HourbridgeError]] = []
    for name in books:
        try:
            if not pulled.failures and not pulled.partial:
                approve_by_policy(ws, name)
            told[name] = apply(ws, name)
        except (UnsafePlanError, BusyError) as error:
            refused.append((name, error))
    return Synced(pulled, told, refused, status(ws))


def waits_for_a_person(read: Tx, plan: Plan) -> list[Step]:
    """Steps that somebody must approve, or that are held."""
    approved = {found.step.digest for found in approvals.approved(read, plan.book)}
    return [step for step in plan.steps if step.action == "hold" or (step.sends and step.digest not in approved)]


# ---- what `auto_approve` may cover: never an unsafe plan, a void or correction, a first plan, a client's first document ----------------


def approve_by_policy(ws: Workspace, name: str) -> int:
    """Chooses for corrections what the book's policy says, and approves the creates and draft amendments below its amount; returns how
    many were approved. What corrects billed time is never approved by itself.
    """
    policy, chooses = ws.book(name).auto_approve, ws.book(name).corrections
    if policy is None and chooses is None:
        return 0
    with ws.lease(f"book:{name}") as lease:
        choose_by_policy(ws, name, lease)
        if policy is None:
            return 0
        with ws.store.snapshot() as read:
            picture = draw(ws, read)
            found = picture.plans[name]
            if found.unsafe or not approvals.any_of(read, name):
                return 0
            waiting = waits_for_a_person(read, found)
        steps = [step for step in waiting if _is_routine(step, picture.ledger) and step.document and step.document.net < policy.below]
        if steps:
            approve_steps(ws, lease, found, steps, who=POLICY, note=f"auto_approve below {policy.below}", forced="")
        return len(steps)


def _is_routine(step: Step, ledger: Ledger) -> bool:
    if step.action not in ("create", "update") or step.generation > 1 or step.document is None or step.document.kind != "invoice":
        return False
    if any(charge.is_added for charge in step.charges):
        return False
    return any(known.there and known.book == step.book and known.client == step.client for known in ledger.documents.values())
