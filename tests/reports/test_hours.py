"""Hours as h:mm and decimal, in every table that a person reads; two columns in a CSV."""

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.reports import explain, plan, reconcile, unmatched
from connector.reports.cells import csv_text
from connector.reports.hours import both, both_exact, both_of, cells_of
from connector.reports.tables import Said, Table, text_of
from connector.use_cases.explain import explain as explained
from connector.use_cases.plan import plans_of
from connector.use_cases.reconcile import tie_out
from connector.use_cases.unmatched import find
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month

OF_HOURS = re.compile(r"worked( h)?|billed( h)?|rounding h|hours( was| now)?")
ALONE = re.compile(r"(?<![\w:.-])-?[\d,]*\d:\d\d(?![\d:]|:?\d\d? \(| \(| [A-Z]{3})")
"""h:mm with no decimal after it, which is no moment of a day (18:00 NZST) either."""


@pytest.fixture
def world():
    world = busy_month()
    world.mapping = mapping_of(YAML.replace("incomplete: send", "incomplete: hold"))
    world.bill()
    world.work("late", "Bayside Motors", hours="1.5", started=datetime(2026, 6, 3, 1, tzinfo=UTC))
    world.work("nobody", "Somebody New", hours="2.25")
    world.pull()
    return world


def reports(world):
    return {
        "plan": plan._parts(plans_of(world.open(), book="nz")[0]),
        "tie-out": reconcile._parts(tie_out(world.open())),
        "unmatched": unmatched._parts(find(world.open())),
        "entry": explain._parts(explained(world.open(), "list:a2")),
        "line": explain._parts(explained(world.open(), "HB-2606-001:1")),
        "document": explain._parts(explained(world.open(), "HB-2606-001")),
    }


def test_every_figure_of_hours_in_every_table_is_told_both_ways(world):
    seen = 0
    for name, parts in reports(world).items():
        for part in parts:
            if isinstance(part, Said):
                assert not ALONE.search(part.text), (name, part.text)
                continue
            rows = [*part.rows, *part.totals]
            told = [*(cell for row in rows for cell in row), part.under, part.title]
            assert not [text for text in told if ALONE.search(text)], (name, part.title)
            for index, column in enumerate(part.columns):
                cells = [row[index] for row in rows if row[index]]
                if OF_HOURS.fullmatch(column.lstrip(">")):
                    assert all(re.fullmatch(r"-?[\d,]+:\d\d \(-?[\d,.]+\)", cell) for cell in cells), (name, part.title, column, cells)
                    seen += len(cells)
    assert seen > 20


def test_one_form():
    assert (both(27000), both(-2700), both_exact(7201), both_exact(7200)) == (
        "7:30 (7.50)",
        "-0:45 (-0.75)",
        "2:00:01 (2.00)",
        "2:00 (2.00)",
    )
    assert both(Decimal("5400.5")) == "1:30 (1.50)"
    assert both_of(Decimal("7.5")) == "7:30 (7.5)"
    assert cells_of(4_500_000) == ("1250:00", Decimal("1250.00"))
    assert cells_of(None) == ("", None)


def row_of(text, **having):
    return next(row for row in csv.DictReader(io.StringIO(text)) if having.items() <= row.items())


def test_a_csv_has_a_column_of_each(world):
    row = row_of(plan.as_csv(plans_of(world.open(), book="nz")[0]), client="Bayside Motors")
    assert (row["worked"], row["worked_hours"], row["billed"], row["billed_hours"]) == ("5:00", "5.00", "5:00", "5.00")
    assert {"late", "left_out", "no_charge"} <= row.keys()
    row = row_of(unmatched.as_csv(find(world.open())), entry="list:nobody")
    assert (row["worked"], row["hours"]) == ("2:15", "2.25")
    row = row_of(explain.as_csv(explained(world.open(), "list:a2")))
    assert (row["worked"], row["worked_hours"], row["billed"], row["billed_hours"], row["seconds"]) == (
        "0:06",
        "0.10",
        "0:06",
        "0.10",
        "360",
    )
    row = row_of(reconcile.as_csv(tie_out(world.open())), part="bucket", name="unmatched")
    assert (row["worked"], row["hours"], row["billed"], row["billed_hours"]) == ("7:15", "7.25", "7:15", "7.25")
    assert (row["rounding"], row["rounding_hours"]) == ("0:00", "0.00")


def test_where_there_is_no_room_the_decimal_stands_below():
    rows = [["what was done for the client, told at some length " * 2, "1,234:30 (1,234.50)", "0:06 (0.10)", "NZD 1,000,000.00"] * 2]
    text = text_of([Table(title="", columns=["text", ">worked", ">billed", ">net"] * 2, rows=rows)])
    assert max(map(len, text.splitlines())) <= 120
    assert re.search(r"  1,234:30 +0:06 +NZD", text)
    assert re.search(r"  \(1,234\.50\) +\(0\.10\) ", text)
    assert "1,000,000.00" in text


def test_time_below_nothing_is_a_figure_in_a_spreadsheet_and_no_formula():
    text = csv_text(("h:mm", "decimal"), [cells_of(-900), ("-1:00+A1", "-A1")])
    assert text.splitlines() == ["h:mm,decimal", "-0:15,-0.25", "'-1:00+A1,'-A1"]
