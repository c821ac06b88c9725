"""The plan: what finance signs (domain section 8.2). One object for one book, a list where several are printed together."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connector.core.money import ZERO, round_half_up
from connector.core.planning import Step, StepLine
from connector.core.values import Why
from connector.model import Line
from connector.reports.cells import csv_text
from connector.reports.hours import amount, clock, counted, decimal
from connector.reports.json_text import json_text
from connector.reports.planned import PlanReport
from connector.reports.tables import Part, Said, Table, head_of, text_of

THEIRS = "theirs"
CSV_COLUMNS = (
    "book", "period", "action", "number", "client", "customer", "po", "invoice_date", "due_date", "currency", "line", "service_from",
    "service_to", "billing_code", "target", "tracking", "text", "worked_hours", "billed_hours", "quantity", "price", "net", "tax_code",
    "entries", "document_net", "reason", "flags", "approved_by", "why",
)  # fmt: skip
Plans = PlanReport | Sequence[PlanReport]


def _each(plans: Plans) -> Sequence[PlanReport]:
    return [plans] if isinstance(plans, PlanReport) else plans


# ---- JSON: domain section 9 --------------------------------------------------------------------------------------------------------


def as_json(plans: Plans) -> str:
    return json_text(as_object(plans) if isinstance(plans, PlanReport) else [as_object(one) for one in plans])


def as_object(report: PlanReport) -> dict[str, Any]:
    plan = report.plan
    return {
        "checksum": plan.checksum, "book": plan.book, "period": plan.period or None, "as_of": plan.as_of, "unsafe": list(plan.unsafe),
        "steps": [_step(step, report) for step in plan.steps], "totals": _totals_object(report),
        "missing": [{"client": client, "last_period_net": net} for client, net in plan.missing],
        "changed": report.changed, "head": report.head,
    }  # fmt: skip


def _step(step: Step, report: PlanReport) -> dict[str, Any]:
    document = step.document
    return {
        "action": step.action, "digest": step.digest, "after": list(step.after), "key": step.key, "generation": step.generation,
        "number": _number(step, report) or None, "client": step.client,
        "customer": {"id": document.customer_id, "name": document.customer} if document else None, "period": step.period,
        "worked_from": step.worked_from, "worked_to": step.worked_to, "invoice_date": document and document.invoice_date,
        "due_date": document and document.due_date, "terms": step.terms, "po": document.po if document else "",
        "send_as": document and document.send_as, "currency": document and document.currency, "net": document and document.net,
        "tax": document and (THEIRS if document.tax is None else document.tax), "gross": document and document.gross,
        "last_period_net": step.last_period_net, "entries": step.entries, "seconds": step.seconds, "billed_seconds": _whole(step.billed_seconds),
        "late_seconds": step.late_seconds, "left_out": {"seconds": step.left_out.seconds, "value": step.left_out.value},
        "flags": list(step.flags), "reason": step.reason, "approved": report.approved.get(step.digest),
        "lines": [_line(line, step_line, step, index) for index, (line, step_line) in enumerate(_lines(step))],
    }  # fmt: skip


def _number(step: Step, report: PlanReport) -> str:
    return step.number or report.numbers.get(step.digest, "")


def _lines(step: Step) -> list[tuple[Line, StepLine | None]]:
    """A void has lines without what explains them: nothing is billed by it."""
    lines = step.document.lines if step.document else ()
    return [(line, step.lines[index] if index < len(step.lines) else None) for index, line in enumerate(lines)]


def _line(line: Line, facts: StepLine | None, step: Step, index: int) -> dict[str, Any]:
    return {
        "service_from": line.service_from, "service_to": line.service_to, "billing_code": facts.billing_code if facts else "",
        "target": {"kind": line.target.kind, "code": line.target.code}, "tracking": dict(line.tracking), "description": line.description,
        "hours": line.quantity, "rate": line.price, "net": line.net, "tax_code": line.tax_code,
        "charges": sum(charge.line == index for charge in step.charges),
        "why": [
            {"file": why.where.file, "line": why.where.line, "rule": why.rule, "text": why.text} for why in (facts.why if facts else ()) if why.where.file
        ],
        "entries": facts.entries if facts else 0, "seconds": facts.seconds if facts else 0,
        "billed_seconds": _whole(facts.billed_seconds) if facts else 0, "tax": line.tax,
    }  # fmt: skip


def _whole(seconds: Decimal) -> int:
    return int(round_half_up(seconds, 0))


def _totals_object(report: PlanReport) -> dict[str, dict[str, Any]]:
    return {
        currency: {"net": sums["net"], "tax": sums["tax"], "gross": sums["gross"]}
        for currency, sums in _totals(report).items()
    }


def _totals(report: PlanReport) -> dict[str, dict[str, Decimal]]:
    """Per currency, of what would be sent; a void counts nothing. Tax and gross are of the documents whose tax is ours to say."""
    totals: dict[str, dict[str, Decimal]] = {}
    for step in report.plan.steps:
        if step.document is None or step.action not in ("create", "update"):
            continue
        document = step.document
        zero = document.net * 0
        sums = totals.setdefault(
            document.currency, {"net": zero, "tax": zero, "gross": zero, "seconds": ZERO, "billed": ZERO}
        )
        sums["net"] += document.net
        sums["tax"] += document.tax or ZERO
        sums["gross"] += document.gross if document.gross is not None else document.net
        sums["seconds"] += step.seconds
        sums["billed"] += step.billed_seconds
    return dict(sorted(totals.items()))


# ---- table -------------------------------------------------------------------------------------------------------------------------


def as_table(plans: Plans) -> str:
    return "\n".join(text_of(_parts(report)) for report in _each(plans))


def _parts(report: PlanReport) -> Iterator[Part]:
    plan = report.plan
    yield from head_of("Plan", report.head)
    sending = [step for step in plan.steps if step.sends]
    if sending:
        yield Said(f"checksum {plan.checksum}  (hourbridge approve {plan.checksum})", "bold")
    else:
        yield Said("nothing to send", "bold")
    for reason in plan.unsafe:
        yield Said(f"UNSAFE: {reason}", "bold red")
    if len(sending) > 1:
        yield _index(sending, report)
    for number, step in enumerate(sending, start=1):
        yield from _of_step(number, step, report)
    yield _not_going(report)
    yield Table(
        title="Billed last period, nothing in this one",
        columns=["client", ">net then"],
        rows=[[client, net] for client, net in plan.missing],
    )
    yield Table(
        title="Changed since it was approved (apply will not send these)",
        columns=["number", "client", "period", "cur", ">was", ">now", "what"],
        rows=[
            [one.number, one.client, one.period, one.currency, amount(one.was), amount(one.now), one.what]
            for one in report.changed
        ],
    )
    yield from _foot(report, sending)


def _index(sending: Sequence[Step], report: PlanReport) -> Table:
    """Every document on a line, before each is shown whole."""
    rows = []
    for number, step in enumerate(sending, start=1):
        document = step.document
        if document is None:
            continue
        approved = report.approved.get(step.digest)
        rows.append([
            str(number), step.action, step.client, "" if document.customer == step.client else document.customer, _number(step, report),
            document.po, decimal(_whole(step.billed_seconds)), document.currency, amount(document.net), amount(document.gross),
            amount(step.last_period_net), approved.by if approved else "",
        ])  # fmt: skip
    columns = [
        "#",
        "action",
        "client",
        "customer over there",
        "number",
        "PO",
        ">billed h",
        "cur",
        ">net",
        ">gross",
        ">last period",
        "approved by",
    ]
    return Table(title="Documents that go", columns=columns, rows=rows)


def _of_step(number: int, step: Step, report: PlanReport) -> Iterator[Part]:
    document = step.document
    if document is None:
        return
    approved = report.approved.get(step.digest)
    name = _number(step, report) or "number at approval"
    yield Said("")
    yield Said(
        f"{number}. {step.action.upper()}  {step.client}  {name}  {document.currency} {document.net:,} net", "bold"
    )
    tax = (
        "tax by the book over there"
        if document.tax is None
        else f"tax {document.tax:,} · gross {amount(document.gross)}"
    )
    worked = f"worked {step.worked_from} to {step.worked_to}" if step.worked_from else f"period {step.period}"
    facts = [
        f"to {document.customer}", f"book {step.book}", f"PO {document.po}" if document.po else "", worked,
        f"dated {document.invoice_date}, due {document.due_date} ({step.terms})", f"as {document.send_as}", tax,
    ]  # fmt: skip
    yield Said("   " + " · ".join(fact for fact in facts if fact))
    yield Said("   " + " · ".join(_figures(step)))
    flags = [
        *step.flags,
        *(
            [f"overdue there {report.overdue[document.customer_id]:,}"]
            if document.customer_id in report.overdue
            else []
        ),
    ]
    if flags or step.reason:
        yield Said("   look: " + "; ".join([*flags, step.reason] if step.reason else flags), "yellow")
    if approved:
        yield Said(
            f"   approved by {approved.by} at {approved.at[:16].replace('T', ' ')}"
            + (f": {approved.note}" if approved.note else ""),
            "green",
        )
    yield _step_table(step)


def _figures(step: Step) -> Iterator[str]:
    billed = _whole(step.billed_seconds)
    yield f"worked {clock(step.seconds)} ({decimal(step.seconds)} h), billed {clock(billed)} ({decimal(billed)} h), {counted(step.entries, 'entry', 'entries')}"
    if step.last_period_net is not None and step.document is not None:
        change = (
            f" ({100 * (step.document.net - step.last_period_net) / step.last_period_net:+.0f} %)"
            if step.last_period_net
            else ""
        )
        yield f"last period {step.last_period_net:,}{change}"
    if step.late_seconds:
        yield f"late inside {clock(step.late_seconds)}"
    if step.left_out.seconds:
        value = f", about {step.left_out.value:,}" if step.left_out.value is not None else ", value unknown"
        yield f"left out {clock(step.left_out.seconds)}{value}"


def _step_table(step: Step) -> Table:
    rows = []
    for line, facts in _lines(step):
        days = f"{line.service_from:%d %b}" + (
            f" - {line.service_to:%d %b}" if line.service_to != line.service_from else ""
        )
        tracking = "".join(f"\n{name}: {option}" for name, option in line.tracking)
        rows.append([
            days, line.description, f"{facts.billing_code if facts else ''}\n{line.target.kind} {line.target.code}{tracking}".strip(),
            decimal(facts.seconds) if facts else "", f"{line.quantity:,}", f"{line.price:,}", f"{line.net:,}", line.tax_code,
            f"{facts.entries:,}" if facts else "", _why(facts.why if facts else ()),
        ])  # fmt: skip
    document = step.document
    assert document is not None, "asked only for steps with a document"
    hours = sum((line.quantity for line in document.lines), ZERO)
    return Table(
        title="", columns=["days", "text as the client reads it", "code, target", ">worked", ">billed", ">price", ">net", "tax", ">entries", "why"],
        rows=rows, totals=[["", "all lines", "", decimal(step.seconds), f"{hours:,}", "", f"{document.net:,}", "", f"{step.entries:,}", ""]],
    )  # fmt: skip


def _why(whys: Sequence[Why]) -> str:
    """Where the price and the treatment stand: the file and line that made the money."""
    told = [
        f"{why.rule} {why.where}" for why in whys if why.rule in ("rate", "multiplier", "treatment") and why.where.file
    ]
    return "\n".join(dict.fromkeys(told))


def _not_going(report: PlanReport) -> Table:
    rows = []
    for step in report.plan.steps:
        if step.sends and step.digest in report.approved:
            continue
        document = step.document
        reason = "not approved yet" if step.sends else step.reason
        rows.append([
            "to approve" if step.sends else step.action, step.number, step.client, step.period, document.currency if document else "",
            amount(document.net) if document else "", decimal(step.seconds), reason,
        ])  # fmt: skip
    return Table(
        title="Documents that do not go, and why",
        columns=["", "number", "client", "period", "cur", ">net", ">hours", "why"],
        rows=rows,
    )


def _foot(report: PlanReport, sending: Sequence[Step]) -> Iterator[Part]:
    rows = [
        [
            currency,
            amount(sums["net"]),
            amount(sums["tax"]),
            amount(sums["gross"]),
            clock(int(sums["seconds"])),
            decimal(sums["billed"]),
        ]
        for currency, sums in _totals(report).items()
    ]
    yield Table(
        title="Totals of what goes", columns=["cur", ">net", ">tax", ">gross", ">worked", ">billed h"], rows=rows,
        under="each net must equal the sum of its documents above",
    )  # fmt: skip
    counts = [f"{sum(step.action == action for step in report.plan.steps)} {word}" for action, word in (
        ("create", "to create"), ("update", "to amend"), ("void", "to void"), ("hold", "held"), ("carry", "waiting below the minimum"),
    )]  # fmt: skip
    yield Said(f"\n{', '.join(counts)}; {sum(step.digest in report.approved for step in sending)} approved")


# ---- CSV: a row a line -------------------------------------------------------------------------------------------------------------


def as_csv(plans: Plans) -> str:
    return csv_text(
        CSV_COLUMNS, (row for report in _each(plans) for step in report.plan.steps for row in _csv_rows(step, report))
    )


def _csv_rows(step: Step, report: PlanReport) -> Iterator[Sequence[object]]:
    document = step.document
    approved = report.approved.get(step.digest)
    start: list[object] = [step.book, step.period, step.action, _number(step, report), step.client]
    start += (
        [document.customer, document.po, document.invoice_date, document.due_date, document.currency]
        if document
        else [""] * 5
    )
    end = [document.net if document else "", step.reason, "; ".join(step.flags), approved.by if approved else ""]
    for index, (line, facts) in enumerate(_lines(step), start=1):
        yield [
            *start, index, line.service_from, line.service_to, facts.billing_code if facts else "", f"{line.target.kind} {line.target.code}",
            _tracking(line), line.description, decimal(facts.seconds) if facts else "", decimal(facts.billed_seconds) if facts else "",
            line.quantity, line.price, line.net, line.tax_code, facts.entries if facts else "", *end, _why(facts.why if facts else ()),
        ]  # fmt: skip


def _tracking(line: Line) -> str:
    return "; ".join(f"{name}: {option}" for name, option in line.tracking)
