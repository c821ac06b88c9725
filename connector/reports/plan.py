"""The plan: what finance signs (domain section 8.2). One object for one book, a list where several are printed together."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from connector.core.money import ZERO, round_half_up
from connector.core.steps import Step
from connector.core.values import Why
from connector.model import Line
from connector.reports.called import Called
from connector.reports.cells import csv_text
from connector.reports.hours import amount, both, both_of, cells_of
from connector.reports.instants import zone_of
from connector.reports.json_text import json_text
from connector.reports.plan_changes import parts_of
from connector.reports.plan_object import as_object, lines_of, number_of, totals_of
from connector.reports.planned import PlanReport, approved_by
from connector.reports.tables import Part, Said, Table, head_of, text_of
from connector.reports.words import counted

CSV_COLUMNS = (
    "book", "period", "action", "number", "client", "customer", "po", "invoice_date", "due_date", "currency", "line", "service_from",
    "service_to", "billing_code", "target", "tracking", "text", "worked_hours", "billed_hours", "quantity", "price", "net", "tax_code",
    "entries", "document_net", "reason", "flags", "approved_by", "why", "document_tax", "document_gross", "last_period_net", "change_percent",
    "late_hours", "left_out_hours", "left_out_value", "no_charge_hours", "approved_at", "worked", "billed", "late", "left_out", "no_charge",
    "last_period_of", "this_period_net",
)  # fmt: skip
Plans = PlanReport | Sequence[PlanReport]


def _each(plans: Plans) -> Sequence[PlanReport]:
    return [plans] if isinstance(plans, PlanReport) else plans


def as_json(plans: Plans) -> str:
    return json_text(as_object(plans) if isinstance(plans, PlanReport) else [as_object(one) for one in plans])


# ---- table -------------------------------------------------------------------------------------------------------------------------


def as_table(plans: Plans) -> str:
    return "\n".join(text_of(_parts(report)) for report in _each(plans))


def _parts(report: PlanReport) -> Iterator[Part]:
    plan = report.plan
    yield from head_of("Plan", report.head)
    sending, releasable = plan.sending, plan.releasable
    if sending:
        yield Said(f"checksum {plan.checksum}  (hourbridge approve {plan.checksum})", "bold")
    else:
        said = f"; to let a held document go: hourbridge approve {plan.checksum} --only CLIENT" if releasable else ""
        yield Said(f"nothing to send{said}", "bold")
    for reason in plan.unsafe:
        yield Said(f"UNSAFE: {reason}", "bold red")
    if len(sending) > 1:
        yield _index(sending, report)
    for number, step in enumerate(sending, start=1):
        yield from _of_step(number, step, report)
    if releasable:
        yield Said(f"\nHeld, and yours to let go: hourbridge approve {plan.checksum} --only CLIENT", "bold")
    for number, step in enumerate(releasable, start=len(sending) + 1):
        yield from _of_step(number, step, report)
    yield _not_going(report)
    yield Table(
        title="Clients billed last month, nothing this month",
        columns=["client", "cur", ">net then"],
        rows=[[client, currency, f"{Decimal(net):,}"] for client, said in plan.missing for currency, net in [said.split()]],
    )
    yield from parts_of(report.changed)
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
            str(number), step.action, step.client, "" if document.customer == step.client else document.customer, number_of(step, report),
            document.po, both(step.billed_seconds), document.currency, amount(document.net), amount(document.gross),
            amount(step.last_period_net), _percent(step) + ("*" if step.last_period_of == "client" else ""), approved.by if approved else "",
        ])  # fmt: skip
    columns = [
        "#",
        "action",
        "client",
        "customer over there",
        "number",
        "PO",
        ">billed",
        "cur",
        ">net",
        ">gross",
        ">last period",
        ">change %",
        "approved by",
    ]
    whole = any(step.last_period_of == "client" for step in sending)
    under = "* all of this client's documents in this currency, then and now: it was not split like this then" if whole else ""
    return Table(title="Documents that go", columns=columns, rows=rows, under=under)


def _of_step(number: int, step: Step, report: PlanReport) -> Iterator[Part]:
    document = step.document
    if document is None:
        return
    approved = report.approved.get(step.digest)
    name = number_of(step, report) or "number at approval"
    yield Said("")
    yield Said(f"{number}. {step.action.upper()}  {step.client}  {name}  {document.currency} {document.net:,} net", "bold")
    tax = "tax by the book over there" if document.tax is None else f"tax {document.tax:,} · gross {amount(document.gross)}"
    worked = f"worked {step.worked_from} to {step.worked_to}" if step.worked_from else f"period {step.period}"
    facts = [
        f"to {document.customer}", f"book {step.book}", f"PO {document.po}" if document.po else "", worked,
        f"dated {document.invoice_date}, due {document.due_date} ({step.terms})", f"as {document.send_as}", tax,
    ]  # fmt: skip
    yield Said("   " + " · ".join(fact for fact in facts if fact))
    yield Said("   " + " · ".join(_figures(step)))
    flags = [
        *(flag for flag in step.flags if not step.reason.startswith(f"{flag}:")),
        *([f"overdue there {report.overdue[document.customer_id]:,}"] if document.customer_id in report.overdue else []),
    ]
    if flags or step.reason:
        yield Said("   look: " + "; ".join([*flags, step.reason] if step.reason else flags), "yellow")
    if approved:
        yield Said(f"   {approved_by(approved, zone_of(report.head))}", "green")
    yield _step_table(step, report.called)


def _figures(step: Step) -> Iterator[str]:
    yield f"worked {both(step.seconds)} h, billed {both(step.billed_seconds)} h, {counted(step.entries, 'entry', 'entries')}"
    if step.last_period_net is not None and step.document is not None:
        percent = f" ({_percent(step)} %)" if _percent(step) else ""
        if step.last_period_of == "client":
            yield f"all of this client in {step.document.currency}: last period {step.last_period_net:,}, now {step.this_period_net:,}{percent}"
        else:
            yield f"last period {step.last_period_net:,}{percent}"
    if step.base is not None and step.document is not None:
        yield f"over there now {step.base.net:,} ({step.document.net - step.base.net:+,})"
    if step.late_seconds:
        yield f"late inside {both(step.late_seconds)} h"
    if step.no_charge_seconds:
        yield f"no charge {both(step.no_charge_seconds)} h"
    if step.left_out.seconds:
        value = f", about {step.left_out.value:,}" if step.left_out.value is not None else ", value unknown"
        yield f"left out {both(step.left_out.seconds)} h{value}"


def _change(step: Step) -> Decimal | None:
    """Percent more or less than in the period before, like with like."""
    if not step.last_period_net or step.this_period_net is None:
        return None
    return 100 * (step.this_period_net - step.last_period_net) / abs(step.last_period_net)


def _percent(step: Step) -> str:
    percent = _change(step)
    return "" if percent is None else f"{percent:+.0f}"


def _step_table(step: Step, called: Called) -> Table:
    rows = []
    for line, facts in lines_of(step):
        days = _days(line.service_from, line.service_to)
        tracking = "".join(f"\n{name}: {option}" for name, option in called.tracking(line).items())
        rows.append([
            days, line.description, f"{facts.billing_code if facts else ''}\n{called.target(line.target.kind, line.target.code)}{tracking}".strip(),
            both(facts.seconds) if facts else "", both_of(line.quantity), f"{line.price:,}", f"{line.net:,}", called.tax(line.tax_code),
            f"{facts.entries:,}" if facts else "", _why(facts.why if facts else ()),
        ])  # fmt: skip
    document = step.document
    assert document is not None, "asked only for steps with a document"
    hours = sum((line.quantity for line in document.lines), ZERO)
    return Table(
        title="", columns=["days", "text as the client reads it", "code, target", ">worked", ">billed", ">price", ">net", "tax", ">entries", "why"],
        rows=rows, totals=[["", "all lines: must equal the document above", "", both(step.seconds), both_of(hours), "", f"{document.net:,}", "",
                 f"{step.entries:,}", ""]],
    )  # fmt: skip


def _days(first: date, last: date) -> str:
    """A line's days, as narrow as they can be said; its document names the year."""
    if first == last:
        return f"{first:%d %b}"
    return f"{first:%d} - {last:%d %b}" if (first.year, first.month) == (last.year, last.month) else f"{first:%d %b} - {last:%d %b}"


def _why(whys: Sequence[Why]) -> str:
    """Where the price and the treatment stand: the file and line that made the money."""
    told = [f"{why.rule} {why.where}" for why in whys if why.rule in ("rate", "multiplier", "treatment") and why.where.file]
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
            amount(document.net) if document else "", both(step.seconds), reason,
        ])  # fmt: skip
    return Table(
        title="Documents that wait, and why",
        columns=["", "number", "client", "period", "cur", ">net", ">worked", "why"],
        rows=rows,
    )


def _foot(report: PlanReport, sending: Sequence[Step]) -> Iterator[Part]:
    theirs = {step.document.currency for step in sending if step.document and step.document.tax is None}
    rows = [
        [currency, amount(sums["net"]), *(["theirs", ""] if currency in theirs else [amount(sums["tax"]), amount(sums["gross"])]),
         both(sums["seconds"]), both(sums["billed"])]
        for currency, sums in totals_of(report).items()
    ]  # fmt: skip
    yield Table(
        title="Totals of what goes", columns=["cur", ">net", ">tax", ">gross", ">worked h", ">billed h"], rows=rows,
        under="each net must equal the sum of its documents above" + ("; theirs: the book over there works it out" if theirs else ""),
    )  # fmt: skip
    counts = [f"{sum(step.action == action for step in report.plan.steps)} {word}" for action, word in (
        ("create", "to create"), ("update", "to amend"), ("void", "to void"), ("hold", "held"), ("carry", "waiting below the minimum"),
    )]  # fmt: skip
    yield Said(f"\n{', '.join(counts)}; {sum(step.digest in report.approved for step in sending)} approved")


# ---- CSV: a row a line -------------------------------------------------------------------------------------------------------------


def as_csv(plans: Plans) -> str:
    return csv_text(CSV_COLUMNS, (row for report in _each(plans) for step in report.plan.steps for row in _csv_rows(step, report)))


def _csv_rows(step: Step, report: PlanReport) -> Iterator[Sequence[object]]:
    document = step.document
    approved = report.approved.get(step.digest)
    start: list[object] = [step.book, step.period, step.action, number_of(step, report), step.client]
    start += [document.customer, document.po, document.invoice_date, document.due_date, document.currency] if document else [""] * 5
    end = [document.net if document else "", step.reason, "; ".join(step.flags), approved.by if approved else ""]
    percent = _change(step)
    last: list[object] = (
        ["by the book over there", ""] if document and document.tax is None else [document.tax, document.gross] if document else ["", ""]
    )
    clocks, decimals = zip(*map(cells_of, (step.late_seconds, step.left_out.seconds, step.no_charge_seconds)), strict=True)
    last += [step.last_period_net, "" if percent is None else round_half_up(percent, 0), *decimals[:2], step.left_out.value, decimals[2]]
    last.append(approved.at if approved else "")
    for index, (line, facts) in enumerate(lines_of(step), start=1):
        worked, billed = cells_of(facts.seconds if facts else None), cells_of(facts.billed_seconds if facts else None)
        yield [
            *start, index, line.service_from, line.service_to, facts.billing_code if facts else "", report.called.target(line.target.kind, line.target.code),
            _tracking(line, report.called), line.description, worked[1], billed[1], line.quantity, line.price, line.net, report.called.tax(line.tax_code), facts.entries if facts else "", *end, _why(facts.why if facts else ()), *last, worked[0], billed[0], *clocks,
            step.last_period_of, step.this_period_net,
        ]  # fmt: skip


def _tracking(line: Line, called: Called) -> str:
    return "; ".join(f"{name}: {option}" for name, option in called.tracking(line).items())
