"""Explain: one entry, document or line, step by step back to the rule, the price and the rounding."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from connector.core.money import plain
from connector.reports.cells import csv_text
from connector.reports.explanation import Because, ChargeRow, Explanation, LineFacts, Revised, Rounded, Ruled
from connector.reports.hours import amount, both, both_of, cells_of
from connector.reports.instants import at, to_the_minute, zone_of
from connector.reports.json_text import json_text
from connector.reports.planned import approved_by
from connector.reports.tables import Part, Said, Table, head_of, text_of
from connector.reports.tie_out import DocumentRow
from connector.reports.words import counted

INSTANTS = ("started", "ended", "entered_at", "edited_at")
"""Fields of an entry that are moments."""
CHARGES_MAX = 40
"""A table shows so many charges of a line; JSON and CSV show all."""


def as_json(one: Explanation) -> str:
    """`entry` or `line`, whichever was asked for."""
    told = {name: getattr(one, name) for name in one.__struct_fields__ if getattr(one, name) is not None or name not in ("entry", "line")}
    return json_text(told)


def as_csv(one: Explanation) -> str:
    columns = ("document", "line", *ChargeRow.__struct_fields__, "worked", "worked_hours", "billed", "billed_hours")
    lines = [one.line] if one.line else list(one.lines)
    rows = [(line.number, line.line, *_cells(charge)) for line in lines for charge in line.charges]
    rows += [(charge.document, "", *_cells(charge)) for charge in (one.entry.charges if one.entry else ())]
    return csv_text(columns, rows)


def _cells(charge: ChargeRow) -> Sequence[object]:
    return [*(getattr(charge, name) for name in charge.__struct_fields__), *cells_of(charge.seconds), *cells_of(charge.billed_seconds)]


def as_table(one: Explanation) -> str:
    return text_of(_parts(one))


def _parts(one: Explanation) -> Iterator[Part]:
    zone = zone_of(one.head)
    yield from head_of("Explain", one.head)
    if one.entry:
        gone = ", gone at the source" if one.entry.gone else ""
        yield Said(
            f"\nEntry {one.entry.ref}: {both(one.entry.seconds)} h, revision {one.entry.revision}{gone}",
            "bold",
        )
        yield Table(
            title="What the source says",
            columns=["field", "value"],
            rows=[_told(name, value, zone) for name, value in one.source.items()],
        )
        yield Table(
            title="What it said before",
            columns=[">revision", "field", "was", "became"],
            rows=[_revised(past, name, zone) for past in one.revisions for name in past.changed],
        )
        yield _charges("What became of it", one.entry.charges, under="the charges add up to what the source says now")
    if one.line:
        yield from _line(one.line)
    if one.document:
        yield _document(one.document)
    if one.approved:
        yield Said(f"  {approved_by(one.approved, zone)}")
    for line in one.lines:
        yield Said(
            f"\n{line.ref}  {line.description}: {both_of(line.quantity)} h x {line.price} = {line.currency} {line.net:,} ({counted(len(line.charges), 'charge', 'charges')})"
        )
    yield _because(one.because)
    yield _roundings(one.rounding)
    yield Table(
        title="Decisions",
        columns=["entry", "decision", "why", "who", "when", ""],
        rows=[
            [
                ruled.entry,
                _decided(ruled),
                ruled.why,
                ruled.who,
                to_the_minute(ruled.at, zone),
                "replaced" if ruled.replaced else "holds" if ruled.holds else "lapsed",
            ]
            for ruled in one.decisions
        ],
    )
    yield Table(
        title="Chosen after it was billed",
        columns=["on", "choice", ">worked", "cur", ">money", "what it did", "why", "who, when"],
        rows=[
            [made.number, made.choice.replace("_", " "), both(made.seconds), made.currency, amount(made.net), made.effect, made.why,
             f"{made.who}\n{to_the_minute(made.at, zone)}"]
            for made in one.choices
        ],
    )  # fmt: skip


def _told(name: str, value: object, zone: ZoneInfo | None) -> list[str]:
    """A field of the source as finance reads it: time in hours, instants in the book's zone, yes and no in words."""
    if isinstance(value, bool):
        return [name.replace("_", " "), "yes" if value else "no"]
    if name == "seconds":
        return ["worked", f"{both(int(str(value)))} h"]
    if name == "hours":
        return ["hours", f"{both_of(Decimal(str(value)))} h"]
    return [name.replace("_", " "), at(str(value), zone) if name in INSTANTS else str(value)]


def _revised(past: Revised, name: str, zone: ZoneInfo | None) -> list[str]:
    """What an earlier state said in one field, and what the next one made of it; a field may be empty in either."""
    was, became = (_told(name, value, zone)[1] if value else "" for value in past.changed[name])
    return [str(past.revision), _told(name, past.changed[name][0] or past.changed[name][1], zone)[0], was, became]


def _decided(ruled: Ruled) -> str:
    argument = f"{both_of(plain(Decimal(ruled.argument), 2))} h" if ruled.decision == "bill" else ruled.argument
    return f"{ruled.decision} {argument}".strip()


def _line(line: LineFacts) -> Iterator[Part]:
    yield Said(f"\nLine {line.line} of {line.number}: {line.description}", "bold")
    yield Said(f"  {both_of(line.quantity)} h x {line.price} = {line.product:f}, rounded half up to {line.currency} {line.net:,}")
    tracking = "".join(f" · {name}: {option}" for name, option in line.tracking.items())
    yield Said(
        f"  {line.billing_code} to {line.target} · tax {line.tax_code or 'none'} · {line.service_from} to {line.service_to}{tracking}"
    )
    holds = "they do" if line.adds_up else "THEY DO NOT"
    more = f"; {len(line.charges) - CHARGES_MAX:,} more in --format csv" if len(line.charges) > CHARGES_MAX else ""
    yield _charges("Its charges", line.charges[:CHARGES_MAX], under=f"they must add up to the line's net: {holds}{more}")


def _charges(title: str, charges: Sequence[ChargeRow], under: str) -> Table:
    return Table(
        title=title,
        columns=["entry\nperson", "worked on\nperiod", ">worked", ">billed", "cur", ">value", ">net", "what", "notes"],
        rows=[
            [
                f"{charge.entry}{f' part {charge.part}' if charge.part > 1 else ''}\n{charge.person}",
                f"{charge.worked_on or 'no date'}\n{charge.period or 'no period'}",
                both(charge.seconds), both(charge.billed_seconds), charge.currency, amount(charge.value), amount(charge.net),
                f"{charge.disposition}{' late' if charge.late else ''}\n{charge.document or charge.reason}".strip(), charge.notes,
            ]
            for charge in charges
        ],
        under=under,
    )  # fmt: skip


def _document(row: DocumentRow) -> Table:
    return Table(
        title="Document",
        columns=["number", "client, customer", "dated, due", "cur", ">our net", ">their net", "status there", "to do"],
        rows=[
            [row.number, f"{row.client}\n{row.customer}", f"{row.invoice_date}\n{row.due_date}", row.currency, amount(row.net), amount(row.their_net),
             row.their_status or row.state, f"{row.difference}: {row.next_step}" if row.difference else ""]
        ],
    )  # fmt: skip


def _because(rules: Sequence[Because]) -> Table:
    return Table(
        title="Why",
        columns=["rule", "says", "stands at", ">rank", "the line as it was"],
        rows=[
            [
                rule.rule.replace("_", " "),
                rule.text,
                f"{rule.file}:{rule.line}" if rule.file else "",
                "" if rule.rank is None else str(rule.rank),
                rule.said,
            ]
            for rule in rules
        ],
    )


def _roundings(rounded: Sequence[Rounded]) -> Table:
    return Table(
        title="Rounding",
        columns=["what", "from", "to", "rule"],
        rows=[[one.what, one.before, one.after, f"{one.rule}{f' ({one.file}:{one.line})' if one.file else ''}"] for one in rounded],
    )
