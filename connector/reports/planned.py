"""A plan with what a report adds to it: the head, who approved what, and what became of the plan approved before."""

from decimal import Decimal

from msgspec import Struct

from connector.core.steps import Plan
from connector.core.values import LeftOut
from connector.reports.called import Called
from connector.reports.hours import clock, decimal
from connector.reports.values import Head


class ApprovedBy(Struct, frozen=True, kw_only=True):
    """`left_out`: the time of the client that this document was let go without."""

    by: str
    at: str
    note: str
    left_out: LeftOut = LeftOut()


def approved_by(one: ApprovedBy) -> str:
    """Who signed and when, without which time, and what was noted."""
    left_out = f" without {clock(one.left_out.seconds)} ({decimal(one.left_out.seconds)} h) left out" if one.left_out.seconds else ""
    return f"approved by {one.by} at {one.at[:16].replace('T', ' ')}{left_out}" + (f": {one.note}" if one.note else "")


class Changed(Struct, frozen=True, kw_only=True):
    """A step that was approved and is no longer what would be sent."""

    number: str
    client: str
    period: str
    currency: str
    was: Decimal
    now: Decimal | None
    what: str


class PlanReport(Struct, frozen=True, kw_only=True):
    """`approved`: digest → who approved exactly this step, and `numbers`, digest → the number reserved for it then. `overdue`: customer
    id → what is overdue over there. `called`: the names of what lines carry. `changed`: what differs from the steps approved and not yet applied.
    """

    head: Head
    plan: Plan
    approved: dict[str, ApprovedBy]
    numbers: dict[str, str] = {}
    overdue: dict[str, Decimal] = {}
    called: Called = Called()
    changed: tuple[Changed, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether a person must act: something is unapproved, held or unsafe, or differs from what was approved."""
        return bool(self.plan.unsafe or self.changed) or any(
            step.action == "hold" or (step.sends and step.digest not in self.approved) for step in self.plan.steps
        )
