"""Which steps are current: what an approved step is compared with before it is carried out."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from connector.core.steps import SENDS, Action, Plan, Step
from connector.store.store import Tx
from connector.use_cases.approve import let_go
from connector.use_cases.picture import draw, stored_plans
from connector.use_cases.workspace import Workspace

Current = dict[tuple[str, int], str]
"""Key and generation → digest."""


class _Outline(Struct, frozen=True, gc=False):
    """As much of a stored step as says what it is."""

    action: Action
    key: str
    generation: int
    digest: str
    releasable: bool


class _Outlines(Struct, frozen=True):
    steps: tuple[_Outline, ...]


_outlines = msgspec.json.Decoder(_Outlines)
_whole = msgspec.json.Decoder(Plan)


def current(ws: Workspace, read: Tx, book: str) -> Current:
    """What would be sent now in a book, and what a person may let go. A stored plan is not read whole for it: it is as large as all its
    charges, and what a step sends stands in its approval.
    """
    stored = stored_plans(ws, read, [book])
    if stored is None:
        return digests(draw(ws, read).plans[book].steps)
    steps = _outlines.decode(stored[book]).steps
    if any(step.releasable for step in steps):
        return digests(_whole.decode(stored[book]).steps)
    return {(step.key, step.generation): step.digest for step in steps if step.action in SENDS}


def digests(steps: Iterable[Step]) -> Current:
    """The same of whole steps."""
    sending = [freed for step in steps if (freed := step if step.sends else let_go(step)) is not None]
    return {(step.key, step.generation): step.digest for step in sending}
