"""Sync runs: what was asked of the program, when, and how it ended."""

from collections.abc import Sequence

from connector.reports.cells import csv_text
from connector.reports.json_text import json_text
from connector.reports.tables import Table, text_of
from connector.store.store import RunRow

COLUMNS = ("id", "command", "started_at", "ended_at", "exit_code", "summary")


def as_json(runs: Sequence[RunRow]) -> str:
    return json_text(list(runs))


def as_csv(runs: Sequence[RunRow]) -> str:
    return csv_text(COLUMNS, ([getattr(run, name) for name in COLUMNS] for run in runs))


def as_table(runs: Sequence[RunRow]) -> str:
    rows = [
        [
            str(run.id),
            run.command,
            _at(run.started_at),
            _at(run.ended_at),
            "" if run.exit_code is None else str(run.exit_code),
            run.summary,
        ]
        for run in runs
    ]
    return text_of([Table(title="Runs (times in UTC)", columns=[">run", "command", "started", "ended", ">exit", "summary"], rows=rows)])


def _at(instant: str | None) -> str:
    return instant[:19].replace("T", " ") if instant else "did not end"
