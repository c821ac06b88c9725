"""Rows that cannot be true, cannot be read, or would harm whoever opens the report: held with file, line and reason, never lost."""

import csv
import io
from decimal import Decimal

import pytest

from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow

FIELD = "time/field.csv"

UNREADABLE = {
    "10^400 written out": (
        ("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-06-11", "1" + "0" * 400),
        "worked time: '1000000000",
    ),
    "10^400": (("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-06-11", "1e400"), "worked time: '1e400'"),
    "not a number": (("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-06-11", "NaN"), "worked time: 'NaN'"),
    "negative": (("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-06-11", "-2"), "worked time: '-2': it is negative"),
    "8,760 hours": (
        ("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-06-11", "8760"),
        "worked time: '8760': it is 8760 hours or more",
    ),
    "a month in one entry": (("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-06-11", "800"), "one entry has 744 h at most"),
    "no such day": (("Alpine Dental", "Care", "Support", "Ana Reyes", "n", "2026-13-45", "1"), "worked_on: '2026-13-45' is not a date"),
    "too few columns": (("Alpine Dental", "Care"), "8 columns expected, 3 found"),
}


def waiting(office: Office) -> dict[str, dict[str, str]]:
    """Entry → its row in the spreadsheet of what waits."""
    text = office.does("unmatched", "--format", "csv", ends=3).out
    return {row["entry"]: row for row in csv.DictReader(io.StringIO(text))}


@pytest.mark.parametrize(("row", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_is_held_with_its_line_and_everything_else_is_billed(
    office: Office, row: tuple[str, ...], reason: str
) -> None:
    office.log(("x9", *row))
    office.does("pull")
    held = waiting(office)["desk:x9"]
    assert (held["disposition"], held["kind"]) == ("held", "unreadable")
    assert reason in held["reason"]
    assert "mend it at the source, then `hourbridge pull` (time/log.csv:7)" in office.does("unmatched", ends=3).said
    assert "time/log.csv:7" in office.does("explain", "desk:x9").said
    office.finishes()
    text = (office.folder / "time/log.csv").read_text("utf-8").splitlines()[:-1]
    office.write("time/log.csv", "\n".join([*text, "x9,Alpine Dental,Care,Support,Ana Reyes,mended,2026-06-11,1.00"]) + "\n")
    office.finishes()
    assert draft_hours(office, "Alpine Dental") == Decimal("5.5")


def draft_hours(office: Office, customer: str) -> Decimal:
    (invoice,) = (one for one in office.xero.invoices(live=True) if office.there()[one.number] == customer)
    return sum((line.quantity for line in invoice.lines), Decimal(0))


def test_a_row_without_an_id_and_one_that_repeats_an_id_are_held_and_both_are_counted(office: Office) -> None:
    office.log(
        ("", "Alpine Dental", "Care", "Support", "Ana Reyes", "no id", "2026-06-11", "1"),
        ("1", "Alpine Dental", "Care", "Support", "Ana Reyes", "other", "2026-06-11", "1"),
    )
    office.does("pull")
    reasons = sorted(row["reason"] for row in waiting(office).values())
    assert reasons == ["its id is empty", "repeated id '1': an earlier row of this id says something else"]
    office.finishes()
    found = office.does("reconcile", "--all", "--format", "json").rows
    assert (found["entries"]["count"], found["dispositions"]["held"]["count"]) == (8, 2)


@pytest.mark.parametrize(
    ("row", "hours"),
    [
        ("2026-06-09 23:00,2026-06-10 01:00,120", "2.00"),
        ("2026-04-05 01:30,2026-04-05 04:30,240", "4.00"),  # clocks go back at 3:00: 3 hours on the clock, 4 worked
        ("2026-06-12 10:00,2026-06-12 09:00,60", "1.00"),  # ends before it begins: the worked time is what was recorded
    ],
    ids=["over midnight", "over the end of summer time", "ends before it begins"],
)
def test_time_over_midnight_and_clock_changes_is_billed_as_worked(office: Office, row: str, hours: str) -> None:
    with (office.folder / FIELD).open("a", encoding="utf-8") as file:
        file.write(f"f9,Bayside Motors,Support,Rui Contract,{row}\n")
    office.finishes()
    said = office.does("explain", "field:f9").said
    assert f"Entry field:f9: {hours.removesuffix('.00')}:00 ({hours}) h" in said
    assert "drafted" in said


NOTES = {
    "emoji": "🎉 printer 👩‍👩‍👧 café ﷽ \u202egnp.exe",
    "8,000 characters": "w" * 8000,
    "a formula": "=cmd|' /C calc'!A0",
    "another formula": '@SUM(1+1)*cmd|"/C calc"!A0',
    "a line break and a quote": 'first\nsecond "quoted", third\ttabbed',
}


@pytest.mark.parametrize("notes", NOTES.values(), ids=NOTES)
def test_notes_of_any_kind_reach_the_invoice_or_are_shortened_and_break_nothing(office: Office, notes: str) -> None:
    office.edit("mappings/firm.yaml", "  Cedar Legal:\n", '  Cedar Legal: {lines: {one_per: [entry], text: "{notes}"}}\n')
    office.edit(
        "mappings/firm.yaml", "  Prairie Dental: {book: us}\n", '  Prairie Dental: {book: us, lines: {one_per: [entry], text: "{notes}"}}\n'
    )
    office.log(
        *(
            (f"n{client[0]}", client, "Care", "Support", "Ana Reyes", notes, "2026-06-11", "1")
            for client in ("Cedar Legal", "Prairie Dental")
        )
    )
    office.finishes()
    (cedar,) = (one for one in office.xero.invoices(live=True) if office.there()[one.number] == "Cedar Legal")
    described = next(line.description for line in cedar.lines if line.description != "Firewall")
    assert described[:20].split() == notes[:20].split()
    assert len(described) <= 4000
    cells = [cell for row in csv.reader(io.StringIO((office.folder / "documents/US-2606-001.csv").read_text("utf-8"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))], "no cell may be taken for a formula"


def test_z5_a_formula_in_what_waits_is_text_in_the_spreadsheet_of_decisions(office: Office) -> None:
    office.log(("x9", "=Nobody()", "Care", "Support", "Ana Reyes", "=cmd|' /C calc'!A0", "2026-06-11", "1"))
    office.does("pull")
    row = waiting(office)["desk:x9"]
    assert row["client"] in ("", "'=Nobody()")
    assert row["what_it_says"] == "'=Nobody()"
    assert row["notes"] == "'=cmd|' /C calc'!A0"
    office.finishes()
