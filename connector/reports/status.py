"""Status: are the connections fresh, and what waits in each book."""

from collections.abc import Iterator, Sequence

from connector.reports.cells import csv_text
from connector.reports.json_text import json_text
from connector.reports.statuses import BookStatus, ConnectionStatus, Status
from connector.reports.tables import Part, Table, head_of, text_of

BOOK = (
    "name",
    "in_doubt",
    "held",
    "unmatched",
    "pending",
    "awaiting_approval",
    "approved",
    "held_documents",
    "strangers",
    "looked_at",
    "last_run",
)


def as_json(status: Status) -> str:
    return json_text(status)


def as_csv(status: Status) -> str:
    rows = [("connection", one.name, "last_complete_pull", one.last_complete_pull or "", one.trouble) for one in status.connections]
    rows += [("book", one.name, name, str(getattr(one, name) or 0), "") for one in status.books for name in BOOK[1:-2]]
    rows += [("book", one.name, "closed", period, "") for one in status.books for period in one.closed]
    rows += [("book", one.name, "trouble", "", one.trouble) for one in status.books if one.trouble]
    return csv_text(("what", "name", "figure", "value", "note"), rows)


def as_table(status: Status) -> str:
    return text_of(_parts(status))


def _parts(status: Status) -> Iterator[Part]:
    yield from head_of("Status", status.head)
    yield Table(
        title="Connections",
        columns=[
            "name",
            "kind",
            "last complete pull",
            "last full listing",
            ">entries",
            "requests spent",
            "token until",
            "authorise by",
        ],
        rows=[_connection(one, status.head.as_of) for one in status.connections],
    )
    yield Table(
        title="Books",
        columns=[
            "name",
            ">unmatched",
            ">held",
            ">pending",
            ">held\ndocuments",
            ">to approve",
            ">to apply",
            ">in doubt",
            ">strangers",
            "looked over there",
            "closed",
        ],
        rows=[_book(one) for one in status.books],
        under="entries of periods that are due; documents in doubt are looked for by `hourbridge apply`",
    )
    troubles = [*((one.name, one.trouble) for one in status.connections), *((one.name, one.trouble) for one in status.books)]
    troubled = [[name, said] for name, said in troubles if said]
    if troubled:
        yield Table(title="Trouble", columns=["where", "what, and what to do"], rows=troubled)


def _connection(one: ConnectionStatus, as_of: str) -> list[str]:
    budget = "\n".join(f"{name}: {spent:,}" for name, spent in one.budget.items())
    return [
        one.name, one.kind, _at(one.last_complete_pull) or ("never" if one.source else ""), _at(one.last_full_listing), f"{one.entries:,}" if one.entries else "",
        budget, _at(one.token_expires), _at(one.authorise_by) if one.ends_soon(as_of) else "",
    ]  # fmt: skip


def _book(one: BookStatus) -> list[str]:
    figures = (
        one.unmatched,
        one.held,
        one.pending,
        one.held_documents,
        one.awaiting_approval,
        one.approved,
        one.in_doubt,
        one.strangers,
    )
    return [one.name, *(f"{figure:,}" for figure in figures), _at(one.looked_at), _closed(one.closed)]


def _closed(periods: Sequence[str]) -> str:
    """The last one closed, and how many before it."""
    return f"{periods[-1]}{f' +{len(periods) - 1}' if len(periods) > 1 else ''}" if periods else ""


def _at(instant: str | None) -> str:
    return instant[:16].replace("T", " ") + " UTC" if instant else ""
