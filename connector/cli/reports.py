"""Printing the reports: which use case fills one and which module prints it; nothing is decided here."""

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.cli.options import Format
from connector.cli.rows import Row
from connector.cli.work import reading

if TYPE_CHECKING:
    from connector.use_cases.workspace import Workspace


NAMED = ("client", "person", "work_type")
"""Kinds of finding that a name in a mapping file settles."""


def print_report(name: str, value: Any, format: Format) -> None:  # noqa: A002
    """Prints a value by `connector.reports.<name>`: `as_table`, `as_json` or `as_csv`."""
    text: str = getattr(importlib.import_module(f"connector.reports.{name}"), f"as_{format.value}")(value)
    sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")


def print_plans(config: Path, *, book: str, period: str, client: str, interim: bool, format: Format) -> None:  # noqa: A002
    """The plans asked for; one JSON object where one book is asked for or configured, else a list."""
    with reading(config) as work:
        from connector.use_cases.plan import plans_of  # noqa: PLC0415

        found = plans_of(work.ws, book=book, period=period, client=client, interim=interim)
        single = bool(book) or len(work.ws.books) == 1
        print_report("plan", found[0] if single else found, format)
        if any(one.waits for one in found):
            work.ends(3)


def suggestions(ws: "Workspace", book: str, format: Format) -> list[Row]:  # noqa: A002
    """Names that nothing matches with the command that accepts what is most likely. Hours as people read them, or as numbers."""
    from connector.reports.hours import amounts, both, cells_of  # noqa: PLC0415
    from connector.reports.unmatched import naming  # noqa: PLC0415
    from connector.use_cases.unmatched import find  # noqa: PLC0415

    rows: list[Row] = []
    for found in find(ws, ws.book(book).name if book else None).findings:
        if found.disposition != "unmatched" or found.kind not in NAMED:
            continue
        best = found.suggestions[0] if found.suggestions else None
        rows.append({
            "kind": found.kind, "name": found.value, "connection": found.connection, "entries": found.entries,
            "hours": both(found.seconds) if format is Format.table else str(cells_of(found.seconds)[1]), "worked": cells_of(found.seconds)[0],
            "seconds": found.seconds, "value at risk": amounts(found.value_at_risk),
            "suggestion": f"{best.target} ({best.score} of 100 alike: {best.why})" if best else "",
            "accept with": naming(found, best.target if best else ""),
        })  # fmt: skip
    return rows
