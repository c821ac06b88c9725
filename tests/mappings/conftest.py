"""A firm small enough to read, and one file more for each test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.mappings import Checked, check

BASE = """\
default_book: nz
defaults:
  nz:
    currency: NZD
    tax_code: GST
    amounts: tax_exclusive
    terms: net 14
    invoice_date: period_end
    number: HB-{yymm}-{seq:3}
    send_as: draft
    document: {per: client, every: month}
    lines: {one_per: [work_type], text: "{work_type}, {month}"}
    late_time: next_document
    incomplete: hold
clients:
  Alpine Dental: {ids: {harvest: 1}}
  Bayside Motors: {ids: {harvest: 2}}
people:
  Ana Reyes: principal
  Ben Ito: engineer
work_types:
  Support: support
  Travel: {code: support, treatment: no_charge}
  Admin: {treatment: non_billable}
billing_codes:
  support: {text: Support, nz: {item: SUP}}
rate_cards:
  standard:
    currency: NZD
    default_for: nz
    blocks: [{from: 2025-01-01, any: {engineer: 100.00, principal: 200.00}}]
rounding:
  - {increment_minutes: 15, direction: up, minimum_minutes: 15, per: entry}
"""

CheckText = Callable[..., Checked]


@pytest.fixture
def prove(tmp_path: Path) -> CheckText:
    """Checks the base firm and `text` as `more.yaml`; `swap` replaces texts in the base."""

    def run(text: str = "", *, swap: dict[str, str] | None = None, books: tuple[str, ...] = ("nz",), **more: object) -> Checked:
        base = BASE
        for old, new in (swap or {}).items():
            assert old in base, old
            base = base.replace(old, new)
        (tmp_path / "base.yaml").write_text(base, "utf-8")
        (tmp_path / "more.yaml").write_text(text, "utf-8")
        return check(tmp_path, books, ("harvest", "toggl"), **more)  # type: ignore[arg-type]

    return run
