"""Unmatched: everything that a person must do, worst money first (domain section 8.1).

The CSV is the other half of `decide --file`: a row for each entry, with the columns to fill.
"""

import shlex
from collections.abc import Iterator
from datetime import date, datetime

from connector.reports.cells import csv_text
from connector.reports.findings import Finding, Unmatched
from connector.reports.hours import amounts, both, cells_of
from connector.reports.json_text import json_text
from connector.reports.tables import Part, Said, Table, first_and_more, head_of, text_of

ESTIMATES = {"priced": "at its price", "client_mean": "client's mean", "book_mean": "book's mean", "none": "unknown"}
NEW_CLIENT = ":   # clients.yaml, under clients"
"""How the line to paste for a client that only is not there yet ends; for people the command that writes it is shown."""
CSV_COLUMNS = (
    "entry", "decision", "argument", "why", "disposition", "kind", "what_it_says", "reason", "client", "worked_on", "person", "project",
    "work_type", "hours", "currency", "value", "estimate", "notes", "worked",
)  # fmt: skip


def as_json(found: Unmatched) -> str:
    return json_text(found.findings)


def as_csv(found: Unmatched) -> str:
    """Fill `decision` (and `argument` where it asks for hours or a name) and `why`, then `hourbridge decide --file`."""
    return csv_text(
        CSV_COLUMNS,
        (
            [one.entry, "", "", "", one.disposition, one.kind, one.value, one.reason, one.client, one.worked_on, one.person, one.project,
             one.work_type, cells_of(one.seconds)[1], one.currency, one.amount, one.estimate, one.notes, cells_of(one.seconds)[0]]
            for one in found.entries
        ),
    )  # fmt: skip


def as_table(found: Unmatched) -> str:
    return text_of(_parts(found))


def _parts(found: Unmatched) -> Iterator[Part]:
    yield from head_of("Unmatched, held and pending", found.head)
    if not found.findings:
        yield Said("\nnothing waits for a person", "green")
        return
    inside = [one for one in found.findings if one.kind != "po"]
    ready = sum(one.seconds for one in found.findings if one.kind == "po")
    today = datetime.fromisoformat(found.head.as_of).date()
    yield Table(
        title="What waits, worst money first",
        columns=["#", "kind\nwhere", "what it says\nclient", ">entries", ">hours", ">value at risk", "oldest", "new?\nowner", "blocks", "why\npeople"],
        rows=[_row(number, one, today) for number, one in enumerate(found.findings, start=1)],
        totals=[["", "all", "", f"{sum(one.entries for one in inside):,}", both(sum(one.seconds for one in inside)),
                 "", "", "", "", ""]],
        under="hours must equal the unmatched, held and pending buckets of `hourbridge reconcile`"
        + (f"; without {both(ready)} h that is ready and waits for a PO" if ready else ""),
    )  # fmt: skip
    yield Said("\nWhat to do", "bold")
    for number, one in enumerate(found.findings, start=1):
        for line in _to_do(one):
            yield Said(f"{number:>3}  {line}")
    yield Table(
        title="By kind",
        columns=["disposition", "kind", ">entries", ">hours", ">value at risk (an estimate)"],
        rows=list(_by_kind(found)),
        under=f"together they must equal all hours above; of these, {both(found.blocking_seconds)} h hold back documents that are otherwise ready",
    )


def _row(number: int, one: Finding, today: date) -> list[str]:
    says = one.value or "(nothing)"
    risk = f"{amounts(one.value_at_risk)}\n{ESTIMATES[one.estimate]}" if one.value_at_risk else "?"
    if one.value_at_risk and one.unvalued_seconds:
        risk += f"\n+ {both(one.unvalued_seconds)} h unknown"
    age = f"{one.oldest}\n{(today - one.oldest).days} days" if one.oldest else "no date"
    seen = "new" if one.new else f"{(today - datetime.fromisoformat(one.first_seen).date()).days} days"
    return [
        str(number), f"{one.kind.replace('_', ' ')}\n{one.connection}", f"{says}\n{one.client}".strip(), f"{one.entries:,}",
        both(one.seconds), risk, age, f"{seen}\n{one.owner}", first_and_more(one.blocks, 1),
        "\n".join(filter(None, (one.reason, first_and_more(one.people, 3)))),
    ]  # fmt: skip


def _to_do(one: Finding) -> Iterator[str]:
    """Lines to paste: into a shell, or into a mapping file where they say which."""
    best = one.suggestions[0] if one.suggestions else None
    if best is not None:
        yield f"{naming(one, best.target)}   # {best.score} of 100 alike: {best.why}"
    fix = f"{naming(one)}   # a new client" if one.kind == "client" and one.fix.endswith(NEW_CLIENT) else one.fix
    yield (f"or, if it is a new one: {fix}" if best is not None and fix else fix) or one.reason


def naming(one: Finding, target: str = "") -> str:
    """The command that says what a name means: another name of `target`, or without one a new name."""
    same = ["--as", target] if target else []
    said = [*same, "--", one.kind, one.value] if one.value.startswith("-") else [one.kind, one.value, *same]
    return shlex.join(["hourbridge", "map", "add", *said])


def _by_kind(found: Unmatched) -> Iterator[list[str]]:
    kinds = dict.fromkeys((one.disposition, one.kind) for one in found.findings)
    for disposition, kind in kinds:
        mine = [one for one in found.findings if (one.disposition, one.kind) == (disposition, kind)]
        sums: dict[str, list[Finding]] = {}
        for one in mine:
            for currency in one.value_at_risk:
                sums.setdefault(currency, []).append(one)
        risk = "\n".join(f"{currency} {sum(one.value_at_risk[currency] for one in of):,}" for currency, of in sorted(sums.items()))
        blank = sum(one.unvalued_seconds for one in mine)
        unknown = f"{both(blank)} h of unknown value" if blank else ""
        yield [
            disposition, kind.replace("_", " "), f"{sum(one.entries for one in mine):,}", both(sum(one.seconds for one in mine)),
            "\n".join(filter(None, [risk, unknown])),
        ]  # fmt: skip
