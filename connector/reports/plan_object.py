"""The plan as JSON: exactly the keys of domain section 9, and what else its readers need beside them."""

from decimal import Decimal
from typing import Any

from connector.core.money import ZERO, round_half_up
from connector.core.steps import Step, StepLine
from connector.core.values import LeftOut
from connector.model import Line
from connector.reports.planned import ApprovedBy, PlanReport

THEIRS = "theirs"


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
        "number": number_of(step, report) or None, "client": step.client,
        "customer": {"id": document.customer_id, "name": document.customer} if document else None, "period": step.period,
        "worked_from": step.worked_from, "worked_to": step.worked_to, "invoice_date": document and document.invoice_date,
        "due_date": document and document.due_date, "terms": step.terms, "po": document.po if document else "",
        "send_as": document and document.send_as, "currency": document and document.currency, "net": document and document.net,
        "tax": document and (THEIRS if document.tax is None else document.tax), "gross": document and document.gross,
        "last_period_net": step.last_period_net,
        "this_period_net": step.this_period_net, "last_period_of": step.last_period_of or None, "entries": step.entries, "seconds": step.seconds, "billed_seconds": whole(step.billed_seconds),
        "late_seconds": step.late_seconds, "no_charge_seconds": step.no_charge_seconds, "left_out": _left_out(step.left_out),
        "flags": list(step.flags), "reason": step.reason, "approved": _approved(report.approved.get(step.digest)),
        "lines": [_line(line, step_line, step, index, report) for index, (line, step_line) in enumerate(lines_of(step))],
    }  # fmt: skip


def _approved(by: ApprovedBy | None) -> dict[str, Any] | None:
    return None if by is None else {"by": by.by, "at": by.at, "note": by.note, "left_out": _left_out(by.left_out)}


def _left_out(left_out: LeftOut) -> dict[str, Any]:
    return {"seconds": left_out.seconds, "value": left_out.value}


def number_of(step: Step, report: PlanReport) -> str:
    return step.number or report.numbers.get(step.digest, "")


def lines_of(step: Step) -> list[tuple[Line, StepLine | None]]:
    """A void has lines without what explains them: nothing is billed by it."""
    lines = step.document.lines if step.document else ()
    return [(line, step.lines[index] if index < len(step.lines) else None) for index, line in enumerate(lines)]


def _line(line: Line, facts: StepLine | None, step: Step, index: int, report: PlanReport) -> dict[str, Any]:
    return {
        "service_from": line.service_from, "service_to": line.service_to, "billing_code": facts.billing_code if facts else "",
        "target": {"kind": line.target.kind, "code": line.target.code, "name": report.called.of(line.target.kind, line.target.code)},
        "tracking": dict(line.tracking), "tracking_names": report.called.tracking(line), "description": line.description,
        "hours": line.quantity, "rate": line.price, "net": line.net, "tax_code": line.tax_code, "tax_name": report.called.tax(line.tax_code),
        "charges": sum(charge.line == index for charge in step.charges),
        "why": [
            {"file": why.where.file, "line": why.where.line, "rule": why.rule, "text": why.text} for why in (facts.why if facts else ()) if why.where.file
        ],
        "entries": facts.entries if facts else 0, "seconds": facts.seconds if facts else 0,
        "billed_seconds": whole(facts.billed_seconds) if facts else 0, "tax": line.tax,
    }  # fmt: skip


def whole(seconds: Decimal) -> int:
    return int(round_half_up(seconds, 0))


def _totals_object(report: PlanReport) -> dict[str, dict[str, Any]]:
    return {currency: {"net": sums["net"], "tax": sums["tax"], "gross": sums["gross"]} for currency, sums in totals_of(report).items()}


def totals_of(report: PlanReport) -> dict[str, dict[str, Decimal]]:
    """Per currency, of what would be sent; a void counts nothing. Tax and gross are of the documents whose tax is ours to say."""
    totals: dict[str, dict[str, Decimal]] = {}
    for step in report.plan.steps:
        if step.document is None or step.action not in ("create", "update"):
            continue
        document = step.document
        zero, sign = document.net * 0, -1 if document.kind == "credit_note" else 1
        sums = totals.setdefault(document.currency, {"net": zero, "tax": zero, "gross": zero, "seconds": ZERO, "billed": ZERO})
        sums["net"] += sign * document.net
        sums["tax"] += sign * (document.tax or ZERO)
        sums["gross"] += sign * (document.gross if document.gross is not None else document.net)
        sums["seconds"] += step.seconds
        sums["billed"] += step.billed_seconds
    return dict(sorted(totals.items()))
