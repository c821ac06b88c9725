"""A plan with what a report adds to it: the head, who approved what, and what became of the plan approved before."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from connector.core.changes import Fact, LineChange
from connector.core.steps import Plan
from connector.core.values import LeftOut
from connector.reports.called import Called
from connector.reports.hours import both
from connector.reports.instants import to_the_minute
from connector.reports.values import Head


class ApprovedBy(Struct, frozen=True, kw_only=True):
    """`left_out`: the time of the client that this document was let go without."""

    by: str
    at: str
    note: str
    left_out: LeftOut = LeftOut()


def approved_by(one: ApprovedBy, zone: ZoneInfo | None) -> str:
    """Who signed and when (in this zone), without which time, and what was noted."""
    left_out = f" without {both(one.left_out.seconds)} h left out" if one.left_out.seconds else ""
    return f"approved by {one.by} at {to_the_minute(one.at, zone)}{left_out}" + (f": {one.note}" if one.note else "")


class Changed(Struct, frozen=True, kw_only=True):
    """A document whose step, as it was last approved, is not the one that is planned now.

    `state` is what became of the approved step: approved (it waits), applied, stale or refused. `was` and `now`: its net, None where
    nothing is planned for it any more. `facts`, `lines`: what changed of the document and of its lines.
    """

    number: str
    client: str
    period: str
    currency: str
    was: Decimal
    now: Decimal | None
    what: str
    key: str = ""
    state: str = "approved"
    facts: tuple[Fact, ...] = ()
    lines: tuple[LineChange, ...] = ()


class PlanReport(Struct, frozen=True, kw_only=True):
    """`approved`: digest → who approved exactly this step, and `numbers`, digest → the number reserved for it then. `overdue`: customer
    id → what is overdue over there. `called`: the names of what lines carry. `changed`: documents that differ from what was last approved
    of them, sent or not.
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
        return (
            bool(self.plan.unsafe)
            or any(one.state == "approved" for one in self.changed)
            or any(step.action == "hold" or (step.sends and step.digest not in self.approved) for step in self.plan.steps)
        )
