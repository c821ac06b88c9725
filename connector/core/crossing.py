"""Time that moves between documents of two books. Each book has a plan of its own, approved and applied by itself, so no step of one can
go after a step of the other: what is held and also holds would wait for ever.

So a draft that takes time from another book and holds time that somebody else takes only lets go in the first plan, and takes in the
second. A create never lets go of anything: it waits until its time is free. Pure.
"""

from collections.abc import Iterable, Mapping

import msgspec

from connector.core.ledger import Ledger
from connector.core.planning import STILL_ON, taken_by
from connector.core.steps import Plan, Step

Pairs = frozenset[tuple[int, int]]


def lets_go_first(plans: Iterable[Plan], ledger: Ledger, approved: Mapping[str, Pairs]) -> dict[str, Pairs]:
    """Document key -> the charges it must do without in this plan. Empty when nothing waits for another book.

    `approved`: what documents were approved to do without. That stays so until they were sent, though the other book has let go since:
    what a person approved is not stale because its own way became free.
    """
    steps = [step for plan in plans for step in plan.steps if step.sends or step.reason.startswith(STILL_ON)]
    taken = {step.key: taken_by(step, ledger) for step in steps}
    holders = {ledger.documents[ledger.claims[pair].document].key for pairs in taken.values() for pair in pairs}
    found = {step.key: _without(step, taken[step.key], ledger, approved, wanted=step.key in holders) for step in steps}
    return {key: pairs for key, pairs in found.items() if pairs}


def _without(step: Step, taken: Pairs, ledger: Ledger, approved: Mapping[str, Pairs], *, wanted: bool) -> Pairs:
    agreed = approved.get(step.key, frozenset()) & {(charge.entry, charge.part) for charge in step.charges}
    if not wanted:
        return agreed
    return agreed | {pair for pair in taken if ledger.documents[ledger.claims[pair].document].book != step.book}


def marked(plan: Plan, without: Mapping[str, Pairs]) -> Plan:
    """The plan whose steps say what they go without."""
    steps = (
        msgspec.structs.replace(step, without=tuple(sorted(without[step.key]))) if step.key in without else step for step in plan.steps
    )
    return msgspec.structs.replace(plan, steps=tuple(steps)) if without else plan


def leans(plan: Plan) -> bool:
    """Whether a plan follows from what other books hold now: it changes when they let go."""
    return any(step.without or step.reason.startswith(STILL_ON) for step in plan.steps)
