"""Applying: resolve what is in doubt, look over there, then carry out approved steps and nothing else.

Each step is computed again just before; one whose digest changed is stale: not sent, shown with what changed, and the others go on.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from connector.core.drift import changes, judge
from connector.core.ledger import Known
from connector.core.steps import Step
from connector.errors import AWAY, TransientError, UnsafePlanError
from connector.model import Document, Operation, Remote
from connector.ports import Change
from connector.store import approvals, decisions, documents, protocol, troubles
from connector.store.approvals import Approved
from connector.store.leases import Lease
from connector.store.protocol import Intended
from connector.use_cases.adopting import adopt, tie_amendment
from connector.use_cases.allocate import allocate
from connector.use_cases.catalogue import prove_company
from connector.use_cases.current import current, digests
from connector.use_cases.intending import Ready, fitting, let_go_stale
from connector.use_cases.look import look, note_missing, note_theirs
from connector.use_cases.picture import draw, plans
from connector.use_cases.push import push
from connector.use_cases.recording import settle
from connector.use_cases.resolve import resolve
from connector.use_cases.strangers import strangers
from connector.use_cases.told import Told, stop
from connector.use_cases.workspace import Workspace

SHOWN_MAX = 5
"""Documents that a message names."""
OPERATION: Mapping[str, Operation] = {"create": "create", "update": "update", "void": "void", "credit": "credit"}


def apply(ws: Workspace, book: str, *, checksum: str = "", adopting: bool = False) -> Told:
    """Carries out what is approved in one book. With `checksum` nothing goes unless every step of that approval is still current.

    Raises UnsafePlanError when documents stand over there that are ours, or may be, and that nobody tied.
    """
    told = Told()
    with ws.lease(f"book:{book}") as lease:
        try:
            prove_company(ws, book, lease)
            resolve(ws, book, lease, told)
            if not told.stopped:
                look(ws, book, lease)
                _stop_for_strangers(ws, book, lease, told, adopting=adopting)
                _carry_out(ws, book, lease, told, checksum)
                allocate(ws, book, lease, told)
        except AWAY as error:
            stop(told, error)
    code = (troubles.AUTHORISE if told.stopped_why == "auth" else TransientError.exit_code) if told.stopped else 0
    troubles.keep_for_book(ws.store, book, told.stopped, code)
    return told


def _stop_for_strangers(ws: Workspace, book: str, lease: Lease, told: Told, *, adopting: bool) -> None:
    if adopting:
        with ws.store.snapshot() as read:
            wanted = plans(ws, read, book=book)[book].steps
        adopt(ws, book, lease, wanted, told)
        _adopt_amendments(ws, book, lease, told)
    with ws.store.snapshot() as read:
        there = strangers(read, book)
    if by_number := [one.remote for one in there if not one.told_by]:
        raise UnsafePlanError(
            f"{len(by_number)} documents over there carry our numbers and are not in the sync ledger: {_some(by_number)}", to=book,
            next_step="A restored backup, a request carried out very late or a second installation does this. `hourbridge apply --adopt` "
            "ties those that equal what we sent or would send. Void one that bills the same time again, give any other another number.",
        )  # fmt: skip
    if there:
        raise UnsafePlanError(
            f"{len(there)} documents over there may be ours under another number, and are not in the sync ledger: "
            f"{_some([one.remote for one in there])}", to=book,
            next_step="Sent, forgotten by a restored backup, and given another number over there since? `hourbridge apply --adopt` ties those "
            "that equal what we would send. Void one that bills the same time again. Is one none of ours: `hourbridge corrections NUMBER "
            "--choose not_ours --why TEXT`, and it is never asked about again.",
        )  # fmt: skip


def _some(there: Sequence[Remote]) -> str:
    """The first few, as a message names them."""
    shown = ", ".join(f"{remote.number or remote.id} ({remote.customer}, {remote.currency} {remote.net})" for remote in there[:SHOWN_MAX])
    return shown + (f" and {len(there) - SHOWN_MAX} more" if len(there) > SHOWN_MAX else "")


def _adopt_amendments(ws: Workspace, book: str, lease: Lease, told: Told) -> None:
    """Drafts that look changed over there and are just what we would make of them now: our own amendments, which a restored state
    forgot. Not tied, their newest time would be billed once more.
    """
    with ws.store.snapshot() as read:
        touched = {(known.key, known.generation): known for known in documents.documents(read, book) if known.amended_there}
        if not touched:
            return
        steps = draw(ws, read, interim=True, as_if_untouched=True).plans[book].steps
    for step in steps:
        known = touched.get((step.key, step.generation))
        if known is not None and known.theirs is not None and step.action == "update":
            tie_amendment(ws, book, lease, step, known.theirs, told)


def _carry_out(ws: Workspace, book: str, lease: Lease, told: Told, checksum: str) -> None:
    with ws.store.snapshot() as read:
        decided = decisions.newest(read)
        under_way = {intent.step_id for intent in protocol.unfinished(read, book)}  # `resolve` has the word on these
        waiting = [approved for approved in approvals.approved(read, book) if approved.id not in under_way]
        if not waiting:
            return
        now = current(ws, read, book)
        if any(now.get((approved.step.key, approved.step.generation)) != approved.step.digest for approved in waiting):
            now |= digests(plans(ws, read, interim=True)[book].steps)  # approved before its period was due
    fresh, gone_stale = list[Approved](), list[Approved]()
    for approved in waiting:
        same = now.get((approved.step.key, approved.step.generation)) == approved.step.digest
        (fresh if same else gone_stale).append(approved)
    if checksum:
        fresh = _all_or_nothing(checksum, waiting, gone_stale)
    else:
        _mark_stale(ws, book, lease, gone_stale, told)
    for level in levels([approved.step for approved in fresh]):
        for action in ("void", "credit", "update", "create"):
            batch = [approved for approved in fresh if approved.step.key in level and approved.step.action == action]
            if batch:
                ready = [msgspec.structs.replace(one, decided=decided) for one in _ready(ws, book, lease, batch, told)]
                push(ws, book, lease, OPERATION[action], ready, told)


def _all_or_nothing(checksum: str, waiting: Sequence[Approved], gone_stale: Collection[Approved]) -> list[Approved]:
    of_this = [approved for approved in waiting if approved.checksum == checksum]
    stale = [approved.step.number or approved.step.key for approved in of_this if approved in gone_stale]
    if stale:
        raise UnsafePlanError(
            f"{len(stale)} of its steps changed since: {', '.join(stale[:5])}", to=checksum, next_step="Plan and approve again."
        )
    return of_this


def _mark_stale(ws: Workspace, book: str, lease: Lease, steps: Sequence[Approved], told: Told) -> None:
    if not steps:
        return
    with ws.store.begin(lease) as tx:
        for approved in steps:
            reason = "what it was made of changed since it was approved: run `hourbridge plan` and approve it again"
            let_go_stale(tx, ws, book, approved, reason, told)


def levels(steps: Sequence[Step]) -> list[set[str]]:
    """Keys in waves: a step goes after every step it names in `after`. Steps that wait for each other go in the last wave."""
    left = {step.key: set(step.after) for step in steps}
    waves: list[set[str]] = []
    while left:
        keys = set(left)
        free = {key for key, after in left.items() if not after & keys} or keys
        waves.append(free)
        left = {key: after for key, after in left.items() if key not in free}
    return waves


# ---- just before an update or a void: read, and compare -------------------------------------------------------------------------------


def _ready(ws: Workspace, book: str, lease: Lease, batch: Sequence[Approved], told: Told) -> list[Ready]:
    if batch[0].step.action in ("create", "credit"):
        return [Ready(approved, Change(_target(approved))) for approved in batch]
    with ws.store.snapshot() as read:
        known = {approved.id: documents.by_key(read, book, approved.step.key, approved.step.generation) for approved in batch}
    theirs: dict[str, Remote] = {}
    ids = [found.remote_id for found in known.values() if found is not None]
    find_max = ws.sink(book).traits.find_max
    for start in range(0, len(ids), find_max):
        theirs |= {remote.id: remote for remote in ws.sink(book).read(ids[start : start + find_max])}
    ready = [_compare(ws, book, lease, approved, known[approved.id], theirs, told) for approved in batch]
    return [one for one in ready if one is not None]


def _target(approved: Approved) -> Document:
    assert approved.step.document is not None
    return msgspec.structs.replace(approved.step.document, number=approved.step.number)


def _compare(
    ws: Workspace, book: str, lease: Lease, approved: Approved, known: Known | None, theirs: Mapping[str, Remote], told: Told
) -> Ready | None:
    """Theirs = base: amend it. Theirs = target: it is done already. Anything else is a person's: held, never overwritten."""
    step, target = approved.step, _target(approved)
    there = theirs.get(known.remote_id) if known is not None else None
    if known is None or there is None:
        _missing(ws, book, lease, approved, known, told)
        return None
    untouched = known.base is not None and there.status == known.base.status and not changes(known.base, there)
    if untouched:
        return Ready(approved, Change(target, there))
    if step.action == "update" and there.live and judge(there, known.base, target) == "target":
        _already(ws, book, lease, approved, known, there, told)
        return None
    with ws.store.begin(lease) as tx:
        note_theirs(tx, ws, book, known, there)
        let_go_stale(tx, ws, book, approved, "changed over there", Told())
    told.held.append((step.number, f"was changed over there ({'; '.join(changes(known.base, there)) if known.base else there.status})"))
    return None


def _missing(ws: Workspace, book: str, lease: Lease, approved: Approved, known: Known | None, told: Told) -> None:
    with ws.store.begin(lease) as tx:
        if known is not None:
            note_missing(tx, ws, book, known)
        let_go_stale(tx, ws, book, approved, "is no longer found over there", Told())
    told.held.append((approved.step.number, "is no longer found over there: a person must choose"))


def _already(ws: Workspace, book: str, lease: Lease, approved: Approved, known: Known, there: Remote, told: Told) -> None:
    with ws.store.begin(lease) as tx:
        if not fitting(tx, ws, book, [Ready(approved, Change(_target(approved), there))], told):
            return
        attempt = protocol.attempts(tx, [known.id]).get(known.id, 0) + 1
        intended = Intended(
            document=known.id, step_id=approved.id, operation="update", digest=approved.step.digest, theirs=there, attempt=attempt
        )
        protocol.intend(tx, [intended], ws.now())
        found = protocol.unfinished_of(tx, known.id)
        assert found is not None
        settle(tx, ws, book, [(found, known, there)], told)
