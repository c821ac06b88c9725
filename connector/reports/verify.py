"""What `hourbridge verify` found, for people, programs and spreadsheets."""

from msgspec import Struct

from connector.reports.cells import csv_text
from connector.reports.json_text import json_text
from connector.reports.tables import Said, Table, text_of
from connector.reports.words import counted
from connector.store.audit import Fault


class Verified(Struct, frozen=True, kw_only=True):
    """What was looked at, and every place where something does not hold."""

    holds: bool
    streams: int
    rows: int
    certificates: int
    documents: int
    steps: int
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


def as_json(found: Verified) -> str:
    return json_text(found)


def as_csv(found: Verified) -> str:
    return csv_text(("where", "what"), [(fault.where, fault.what) for fault in found.faults])


def as_table(found: Verified) -> str:
    looked = [
        counted(found.certificates, "certificate"),
        counted(found.documents, "document"),
        counted(found.steps, "approved step"),
    ]
    if found.streams:
        looked.insert(0, f"audit log: {counted(found.rows, 'row', 'rows')} in {counted(found.streams, 'stream', 'streams')}")
    return text_of([
        Said("HOLDS" if found.holds else "DOES NOT HOLD", "bold green" if found.holds else "bold red"),
        Said(" · ".join(each for each in looked if not each.startswith("0 "))),
        Table(title="What does not hold", columns=["where", "what"], rows=[[fault.where, fault.what] for fault in found.faults]),
    ])  # fmt: skip
