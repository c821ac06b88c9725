"""What `hourbridge verify` found, for people, programs and spreadsheets."""

from typing import TYPE_CHECKING

from connector.reports.cells import csv_text
from connector.reports.hours import counted
from connector.reports.json_text import json_text
from connector.reports.tables import Said, Table, text_of

if TYPE_CHECKING:
    from connector.use_cases.verify import Verified


def as_json(found: "Verified") -> str:
    return json_text(found)


def as_csv(found: "Verified") -> str:
    return csv_text(("where", "what"), [(fault.where, fault.what) for fault in found.faults])


def as_table(found: "Verified") -> str:
    looked = (
        f"audit log: {counted(found.rows, 'row', 'rows')} in {counted(found.streams, 'stream', 'streams')} · "
        f"{counted(found.certificates, 'certificate', 'certificates')} · {counted(found.documents, 'document', 'documents')} · "
        f"{counted(found.steps, 'approved step', 'approved steps')}"
    )
    return text_of([
        Said("HOLDS" if found.holds else "DOES NOT HOLD", "bold green" if found.holds else "bold red"),
        Said(looked),
        Table(title="What does not hold", columns=["where", "what"], rows=[[fault.where, fault.what] for fault in found.faults]),
    ])  # fmt: skip
