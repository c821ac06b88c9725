"""Planning: what would be sent, drawn from the stored entries and the files alone. Writes nothing anywhere, takes no lease."""

from collections.abc import Collection, Iterator
from decimal import Decimal

import msgspec

from connector.core import changes
from connector.core.steps import Plan, Step
from connector.core.values import BookFacts
from connector.errors import ConfigError
from connector.mappings.names import did_you_mean
from connector.reports.called import called_in
from connector.reports.planned import ApprovedBy, Changed, PlanReport
from connector.store import approvals
from connector.store.store import Tx
from connector.use_cases.approve import let_go
from connector.use_cases.picture import in_scope, plans
from connector.use_cases.standing import Standing, head
from connector.use_cases.workspace import Workspace


def plans_of(ws: Workspace, *, book: str = "", period: str = "", client: str = "", interim: bool = False) -> list[PlanReport]:
    """The plan of one book, or of every book; narrowed to a period or a client. Raises ConfigError for a name that is none."""
    names = [ws.book(book).name] if book else list(ws.books)
    known = [one.key for one in ws.mapping.clients]
    if client and client not in known:
        raise ConfigError("there is no such client", to=client, next_step=did_you_mean(client, known, "See clients.yaml."))
    with ws.store.snapshot() as read:
        drawn, facts = plans(ws, read, interim=interim, book=book), ws.facts(read)
        return [
            _report(
                ws,
                read,
                in_scope(drawn[name], period=period, client=client),
                facts[name],
                period=period,
                client=client,
            )
            for name in names
        ]


def _report(ws: Workspace, read: Tx, plan: Plan, facts: BookFacts, *, period: str, client: str) -> PlanReport:
    waiting = approvals.approved(read, plan.book)
    known = {customer.id: customer for customer in facts.catalogue.customers} if facts.catalogue else {}
    customers = {step.document.customer_id for step in plan.steps if step.document}
    overdue = {one: balance for one in customers if one in known and (balance := known[one].balance_overdue)}
    now = Standing(read=read, note="", planned={})
    return PlanReport(
        head=head(ws, now, plan.book, plan.period or None),
        plan=_as_approved(plan, {one.step.digest for one in waiting}),
        approved={one.step.digest: ApprovedBy(by=one.who, at=one.at, note=one.note, left_out=one.step.left_out) for one in waiting},
        numbers={one.step.digest: one.step.number for one in waiting},
        overdue=overdue,
        called=called_in(facts.catalogue),
        changed=tuple(_changed(read, plan, period=period, client=client)),
    )


def _as_approved(plan: Plan, digests: Collection[str]) -> Plan:
    """The plan in which a document that was let go without some of its client's time goes: nobody waits for it any more."""
    steps = tuple(freed if (freed := let_go(step)) is not None and freed.digest in digests else step for step in plan.steps)
    return msgspec.structs.replace(plan, steps=steps)


def _changed(read: Tx, plan: Plan, *, period: str, client: str) -> Iterator[Changed]:
    """Documents whose step, as it was last approved, is not what is planned now, sent or not; of those that stand over there as they
    were approved nothing is planned.
    """
    current = {step.key: step for step in plan.steps}
    for one in approvals.last_of_each(read, plan.book, current.keys()):
        was, now = one.step, current.get(one.step.key)
        if (period and was.period != period) or (client and was.client != client):
            continue
        if now is not None and was.digest in (now.digest, _digest_if_let_go(now)):
            continue
        yield Changed(
            number=was.number, client=was.client, period=was.period, currency=was.document.currency if was.document else "",
            was=_net(was) or Decimal(0), now=_net(now) if now else None, what=_what(was, now), key=was.key, state=one.state,
            facts=changes.facts(was, now) if now else (), lines=changes.lines(was, now) if now else (),
        )  # fmt: skip


def _digest_if_let_go(step: Step) -> str:
    freed = let_go(step)
    return freed.digest if freed else ""


def _net(step: Step) -> Decimal | None:
    """What the step leaves to be paid."""
    return None if step.document is None else step.document.net if step.action != "void" else step.document.net * 0


def _what(was: Step, now: Step | None) -> str:
    if now is None:
        return "is not planned any more"
    if now.action != was.action and {was.action, now.action} != {"create", "update"}:
        return f"was {was.action}, is {now.action}" + (f": {now.reason}" if now.reason else "")
    before, after = ({(c.entry, c.part): (c.revision, c.billed, c.net) for c in step.charges} for step in (was, now))
    added, gone = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    edited = sum(before[place] != after[place] for place in before.keys() & after.keys())
    told = [f"{count} {word}" for count, word in ((added, "added"), (gone, "gone"), (edited, "changed")) if count]
    return f"charges: {', '.join(told)}" if told else "its text, dates, tax or target changed"
