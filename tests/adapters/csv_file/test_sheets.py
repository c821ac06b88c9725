"""Workbooks: cells of dates, times and numbers, texts that look like formulas, several sheets."""

import re
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference

from connector.errors import ConfigError
from connector.ports import Window
from tests.adapters.csv_file.hosting import listed, open_files, source

HEADER = ["id", "client", "day", "minutes", "notes"]


def book(folder, *rows, header=HEADER, name="log.xlsx", title="Time", more=()):
    workbook = Workbook()
    workbook.active.title = title
    for cells in (header, *rows):
        workbook.active.append(cells)
    for other in more:
        workbook.create_sheet(other)
    workbook.save(folder / name)
    workbook.close()


def rewrite(folder, part, before, after):
    """The workbook with something else in one of its parts."""
    with zipfile.ZipFile(folder / "log.xlsx") as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    parts[part], changes = re.subn(before, after, parts[part], count=1)
    assert changes == 1
    with zipfile.ZipFile(folder / "log.xlsx", "w") as archive:
        for name, body in parts.items():
            archive.writestr(name, body)


def sheet(folder, **changes):
    return listed(folder, **({"path": "log.xlsx"} | changes))


def test_a_row_of_cells_is_an_entry(tmp_path):
    book(tmp_path, [7, "Alpine", date(2026, 6, 3), 90, "Fixed 🎉"])
    (entry,) = sheet(tmp_path)
    assert (entry.id, entry.client, entry.worked_on, entry.seconds) == ("7", "Alpine", date(2026, 6, 3), 5400)
    assert (entry.notes, entry.problem, entry.origin) == ("Fixed 🎉", "", "log.xlsx/Time:2")


def test_texts_in_a_sheet_are_read_as_declared_and_date_cells_as_dates(tmp_path):
    book(
        tmp_path,
        [1, "A", "03/06/2026", 90.0, None],
        [2, "A", datetime(2026, 6, 3), "90", None],  # noqa: DTZ001  # as a cell has it
        [3, "A", "3.6.26", 1, None],
    )
    first, second, third = sheet(tmp_path, columns={"worked_on": {"column": "day", "format": "%d/%m/%Y"}})
    assert first.worked_on == second.worked_on == date(2026, 6, 3)
    assert first.seconds == second.seconds == 5400
    assert (third.worked_on, third.seconds) == (None, 60)


def test_number_cells_have_no_decimal_mark_of_their_own(tmp_path):
    book(
        tmp_path,
        [1, "A", date(2026, 6, 3), 1.5, None],
        [2, "A", date(2026, 6, 3), "1,5", None],
        [3, "A", date(2026, 6, 3), 0.1 + 0.2, None],
    )
    columns = {"duration": None, "hours": {"column": "minutes", "decimal": ","}}
    assert [entry.hours for entry in sheet(tmp_path, columns=columns)] == [
        Decimal("1.5"),
        Decimal("1.5"),
        Decimal("0.3"),
    ]


def test_time_and_duration_cells_are_read(tmp_path):
    header = ["id", "client", "day", "start", "end", "worked"]
    book(tmp_path, [1, "A", date(2026, 6, 3), time(22, 15), time(0, 30), timedelta(hours=26, minutes=5)], header=header)
    columns = {
        "notes": None,
        "started": {"column": "start", "format": "%H:%M"},
        "ended": {"column": "end", "format": "%H:%M"},
        "duration": {"column": "worked", "unit": "h:mm"},
    }
    (entry,) = sheet(tmp_path, columns=columns)
    assert (entry.started, entry.ended) == (
        datetime(2026, 6, 3, 22, 15, tzinfo=UTC),
        datetime(2026, 6, 4, 0, 30, tzinfo=UTC),
    )
    assert (entry.seconds, entry.problem) == (26 * 3600 + 300, "")


def test_a_formula_is_never_evaluated(tmp_path):
    book(tmp_path, [1, "A", date(2026, 6, 3), "=6*15", "note"])
    (entry,) = sheet(tmp_path)
    assert (entry.seconds, entry.problem) == (0, "worked time: it is empty")


def test_a_short_row_is_whole_and_text_beside_the_table_is_a_problem(tmp_path):
    book(tmp_path, [1, "A", date(2026, 6, 3), 90], [], [2, "A", date(2026, 6, 3), 90, None, "look here"])
    first, second = sheet(tmp_path)
    assert (first.problem, first.origin, second.origin) == ("", "log.xlsx/Time:2", "log.xlsx/Time:4")
    assert second.problem == "5 columns expected, 6 found"


def test_a_workbook_of_several_sheets_needs_to_be_told_which(tmp_path):
    book(tmp_path, [1, "A", date(2026, 6, 3), 90, None], more=["Summary"])
    with pytest.raises(ConfigError, match="has the sheets Time, Summary"):
        sheet(tmp_path)
    assert [entry.id for entry in sheet(tmp_path, sheet="Time")] == ["1"]
    with pytest.raises(ConfigError, match="Say which one"):
        sheet(tmp_path, sheet="Tmie")


def test_lines_before_the_header_can_be_skipped(tmp_path):
    book(tmp_path, ["June"], HEADER, [1, "A", date(2026, 6, 3), 90, None], header=["Report"])
    assert [entry.origin for entry in sheet(tmp_path, skip_lines="2")] == ["log.xlsx/Time:4"]


def test_a_missing_column_names_the_sheet(tmp_path):
    book(tmp_path, header=["id", "clients", "day", "minutes", "notes"])
    with pytest.raises(ConfigError, match=r"log\.xlsx/Time.*\n.*'client' is missing: did you mean clients"):
        sheet(tmp_path)


def test_a_workbook_that_is_a_cut_off_file_is_an_error(tmp_path):
    book(tmp_path, [1, "A", date(2026, 6, 3), 90, None])
    (tmp_path / "log.xlsx").write_bytes((tmp_path / "log.xlsx").read_bytes()[:-200])
    with pytest.raises(ConfigError, match=r"log\.xlsx"):
        sheet(tmp_path)


def test_a_zip_that_is_no_workbook_is_an_error(tmp_path):
    with zipfile.ZipFile(tmp_path / "log.xlsx", "w") as archive:
        archive.writestr("a.csv", "id")
    with pytest.raises(ConfigError, match="is not a readable workbook"):
        sheet(tmp_path)


@pytest.mark.parametrize(("part", "before", "after"), [
    ("xl/workbook.xml", b"activeTab=", b"actZveTab="),
    ("[Content_Types].xml", b"ContentType=", b"CogtentType="),
    ("xl/worksheets/sheet1.xml", b't="inlineStr"><is><t>client</t></is>', b't="s"><v>99</v>'),
])  # fmt: skip
def test_a_workbook_with_a_damaged_part_is_an_error(tmp_path, part, before, after):
    book(tmp_path, [1, "A", date(2026, 6, 3), 90, None])
    rewrite(tmp_path, part, before, after)
    with pytest.raises(ConfigError, match="is not a readable workbook"):
        sheet(tmp_path)


def test_a_sheet_that_is_a_chart_is_an_error(tmp_path):
    workbook, chart = Workbook(), BarChart()
    workbook.active.append(["a", 1])
    chart.add_data(Reference(workbook.active, min_col=2, min_row=1))
    workbook.create_chartsheet("Chart").add_chart(chart)
    workbook.save(tmp_path / "log.xlsx")
    with pytest.raises(ConfigError, match="a chart and no table in the sheet Chart"):
        sheet(tmp_path, sheet="Chart")


def test_a_workbook_without_a_sheet_is_an_error(tmp_path):
    book(tmp_path)
    rewrite(tmp_path, "xl/workbook.xml", rb"<sheets>.*</sheets>", b"<sheets></sheets>")
    with pytest.raises(ConfigError, match="without a sheet"):
        sheet(tmp_path)


def test_a_workbook_that_unpacks_to_more_than_the_bound_is_an_error(tmp_path):
    book(tmp_path, *[[n, "A" * 100, date(2026, 6, 3), n, "x"] for n in range(9000)])
    with pytest.raises(ConfigError, match="unpacks to more"):
        sheet(tmp_path, unpacked_mb_max="1")


def test_a_listing_left_early_closes_the_workbook(tmp_path):
    book(tmp_path, *[[n, "A", date(2026, 6, 3), n % 60, "x"] for n in range(2001)])
    listing = source(tmp_path, path="log.xlsx").pages(Window(), None)
    assert len(next(listing).entries) == 2000
    listing.close()
    assert tmp_path / "log.xlsx" not in open_files()


def test_a_sheet_that_says_a_wrong_size_is_read_whole(tmp_path):
    book(tmp_path, [1, "A", date(2026, 6, 3), 90, "x"], name="right.xlsx")
    with zipfile.ZipFile(tmp_path / "right.xlsx") as right, zipfile.ZipFile(tmp_path / "log.xlsx", "w") as wrong:
        for part in right.namelist():
            wrong.writestr(part, right.read(part).replace(b'<dimension ref="A1:E2" />', b'<dimension ref="A1" />'))
        assert b'<dimension ref="A1:E2" />' in right.read("xl/worksheets/sheet1.xml")
    assert [entry.notes for entry in sheet(tmp_path)] == ["x"]
