"""The mapping of the little firm, from YAML text as finance would write it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from connector.core.mapping import Mapping
from connector.mappings import load

YAML = """\
defaults:
  nz:
    currency: NZD
    tax_code: NONE
    amounts: tax_exclusive
    terms: net 14
    invoice_date: period_end
    number: HB-{yymm}-{seq:3}
    send_as: draft
    document: {per: client, every: month}
    lines: {one_per: [work_type], text: "{work_type}, {month}"}
    late_time: next_document
    incomplete: send
    minimum_document: 0.00
default_book: nz
clients:
  Alpine Dental:
  Bayside Motors:
  Cedar Legal: {send_as: posted}
  Ourselves: {internal: true}
people:
  Ben Ito: engineer
unlisted_people: engineer
work_types:
  Project work: project
  Travel: {code: project, treatment: no_charge}
unlisted_work_types: unmatched
billing_codes:
  project: {text: Project work, nz: {account: 205}}
rate_cards:
  standard:
    currency: NZD
    default_for: nz
    blocks: [{from: 2025-01-01, any: {any: 100.00}}]
exclude:
  - {name: zero minutes, when: {minutes: 0}}
hold:
  - {name: over 12 hours, when: {hours_over: 12}}
rounding:
  - {increment_minutes: 1, direction: nearest, minimum_minutes: 0, per: entry}
hours_places: 2
safety:
  client_total_over_last_month: none
  documents_per_client_and_period: none
  changed_documents_percent: none
"""


def mapping_of(text: str = YAML, books: Sequence[str] = ("nz",), connections: Sequence[str] = ("list",)) -> Mapping:
    """The mapping in this text. Raises ConfigError with all that is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mapping.yaml"
        path.write_text(text, "utf-8")
        return load([path], books, list(connections))
