"""What a row becomes: every kind of column, and every way in which a row can be bad. Nothing is dropped."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.adapters.csv_file.hosting import HEADER, read, row


def test_a_plain_row_is_an_entry(tmp_path):
    entry = row(tmp_path, "7, Alpine Dental ,2026-06-03,90,Reset a password")
    assert (entry.id, entry.client, entry.worked_on, entry.seconds) == ("7", "Alpine Dental", date(2026, 6, 3), 5400)
    assert (entry.notes, entry.problem, entry.origin) == ("Reset a password", "", "log.csv:2")


def test_all_kinds_of_columns_are_read(tmp_path):
    columns = {
        "notes": {"join": ["what", "note"], "with": " - "},
        "currency": {"constant": "NZD"},
        "billable": {"column": "bill", "true": ["yes", "Y", "1"], "false": ["no", "N", "0"]},
        "approved": "ok",
        "billed": "done",
        "tags": {"column": "tags", "split": ";"},
        "hours": "hours",
        "rate": {"column": "rate", "decimal": ","},
        "cost_rate": {"constant": "60.00"},
        "captured_by": "how",
        "entered_at": "entered",
        "edited_at": {"column": "edited", "format": "%d.%m.%Y %H:%M"},
        "duration": None,
    }
    header = "id;client;day;what;note;bill;ok;done;tags;hours;rate;how;entered;edited\n"
    line = "1;Alpine;2026-06-01;Fix;;y;TRUE;f;a; b;;;;\n".replace(";a; b;", ';"a; b;";')
    (entry,) = read(
        tmp_path,
        header + line.replace(";;;;\n", ";1.25;150,50;Timer;2026-06-02T08:00:00+12:00;03.06.2026 7:05\n"),
        columns=columns,
    )
    assert entry.problem == ""
    assert (entry.notes, entry.currency, entry.tags) == ("Fix", "NZD", ("a", "b"))
    assert (entry.billable, entry.approved, entry.billed) == (True, True, False)
    assert (entry.hours, entry.seconds, entry.rate, entry.cost_rate) == (
        Decimal("1.25"),
        4500,
        Decimal("150.50"),
        Decimal("60.00"),
    )
    assert entry.captured_by == "timer"
    assert entry.entered_at == datetime(2026, 6, 1, 20, tzinfo=UTC)
    assert entry.edited_at == datetime(2026, 6, 3, 7, 5, tzinfo=UTC)


def test_joined_columns_are_joined_in_order_without_the_empty_ones(tmp_path):
    columns = {"notes": {"join": ["notes", "client"], "with": " - "}}
    assert row(tmp_path, "1,Alpine,2026-06-01,5,Fix", columns=columns).notes == "Fix - Alpine"
    assert row(tmp_path, "1,Alpine,2026-06-01,5,", columns=columns).notes == "Alpine"


def test_empty_cells_are_the_fields_own_nothing(tmp_path):
    columns = {
        "billable": "client",
        "billed": "notes",
        "rate": "notes",
        "tags": "notes",
        "captured_by": "notes",
        "started": "notes",
    }
    entry = row(tmp_path, "1,,2026-06-01,5,", columns=columns)
    assert (entry.billable, entry.billed, entry.rate, entry.tags, entry.captured_by) == (None, False, None, (), "")
    assert (entry.started, entry.problem) == (None, "")


@pytest.mark.parametrize("nulls", [["\\N"], ["\\N", "NULL", "-"]])
def test_null_texts_mean_empty(tmp_path, nulls):
    entry = row(tmp_path, "1,\\N,2026-06-01,5,-", nulls=nulls)
    assert entry.client == ""
    assert entry.notes == ("" if "-" in nulls else "-")


# ---- worked time --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "decimal", "text", "seconds"),
    [
        ("minutes", ".", "90", 5400),
        ("minutes", ".", "0", 0),
        ("minutes", ".", " 1.5 ", 90),
        ("hours", ".", "1.25", 4500),
        ("hours", ".", ".5", 1800),
        ("hours", ",", '"1,25"', 4500),
        ("hours", ".", "0.33333", 1200),
        ("hours", ".", "0.0001388", 0),
        ("hours", ".", "0.0001389", 1),
        ("seconds", ".", "61", 61),
        ("h:mm", ".", "1:30", 5400),
        ("h:mm", ".", "100:05", 360_300),
        ("h:mm", ".", "0:00:59", 59),
    ],
)
def test_worked_time_is_read_in_its_unit(tmp_path, unit, decimal, text, seconds):
    entry = row(
        tmp_path,
        f"1,Alpine,2026-06-01,{text},",
        columns={"duration": {"column": "minutes", "unit": unit, "decimal": decimal}},
    )
    assert (entry.seconds, entry.problem) == (seconds, "")


@pytest.mark.parametrize(
    ("unit", "text", "said"),
    [
        ("minutes", "ninety", "'ninety' is not a number"),
        ("minutes", "", "it is empty"),
        ("minutes", "-30", "'-30': it is negative"),
        ("minutes", "NaN", "'NaN' is not a number"),
        ("minutes", "Infinity", "is not a number"),
        ("minutes", "1e5", "is not a number"),
        ("minutes", "1_000", "is not a number"),
        ("minutes", "10^400", "'10^400' is not a number"),
        ("minutes", "1" + "0" * 400, "is not a number"),
        ("minutes", "1" * 29, "it is 8760 hours or more"),
        (
            "minutes",
            '"1,5"',
            "with '.' as its decimal mark; where all are written so, say `decimal: \",\"` beside the column in config.yaml",
        ),
        ("minutes", '"1,234.5"', "is not a number"),
        ("minutes", "٣", "is not a number"),
        ("hours", "8760", "'8760': it is 8760 hours or more"),
        ("h:mm", "-1:30", "it is negative"),
        ("h:mm", "1:75", "'1:75' is not a duration like 1:30"),
        ("h:mm", "90", "'90' is not a duration"),
    ],
)
def test_worked_time_that_cannot_be_is_a_problem_and_no_seconds(tmp_path, unit, text, said):
    entry = row(tmp_path, f"1,Alpine,2026-06-01,{text},", columns={"duration": {"column": "minutes", "unit": unit}})
    assert entry.problem.startswith("worked time: ")
    assert said in entry.problem
    assert (entry.seconds, entry.worked_on, entry.origin) == (0, date(2026, 6, 1), "log.csv:2")


def test_just_under_the_bound_is_worked_time(tmp_path):
    entry = row(tmp_path, "1,Alpine,2026-06-01,525599.9,")
    assert (entry.seconds, entry.problem) == (31_535_994, "")


def test_the_bound_can_be_declared(tmp_path):
    assert row(tmp_path, "1,Alpine,2026-06-01,1440,", absurd_hours="24").problem
    assert not row(tmp_path, "1,Alpine,2026-06-01,1439,", absurd_hours="24").problem


def test_hours_are_kept_as_given_beside_the_duration(tmp_path):
    entry = row(tmp_path, "1,1.50,2026-06-01,83,", columns={"hours": "client"})
    assert (str(entry.hours), entry.seconds) == ("1.50", 83 * 60)


# ---- bad rows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("yesterday", "worked_on: 'yesterday' is not a date like"),
        ("30.06.2026", "or 2026-06-30 09:15; where all are written otherwise, say their `format` in config.yaml"),
        ("2026-02-30", "'2026-02-30' is not a date"),
        ("0016-01-11", "'0016-01-11' is not between 1990-01-01 and 2027-07-02"),
        ("1989-12-31", "is not between"),
        ("2027-07-03", "is not between"),
        ("9999-12-31", "is not between"),
        ("", "no day: the date is empty"),
        ("\\N", "no day: the date is empty"),
    ],
)
def test_a_day_that_cannot_be_read_is_a_problem_and_keeps_the_worked_time(tmp_path, day, said):
    entry = row(tmp_path, f"1,Alpine,{day},45,note")
    assert said in entry.problem
    assert (entry.worked_on, entry.seconds, entry.client, entry.notes) == (None, 2700, "Alpine", "note")


def test_the_days_that_can_be_true_can_be_declared(tmp_path):
    assert row(tmp_path, "1,Alpine,1985-06-01,45,", earliest="1980-01-01").worked_on == date(1985, 6, 1)
    assert row(tmp_path, "1,Alpine,2026-07-09,45,", ahead_days_max="7").worked_on is None
    assert row(tmp_path, "1,Alpine,2026-07-08,45,", ahead_days_max="7").worked_on == date(2026, 7, 8)


def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path):
    entry = row(tmp_path, ",Alpine,someday,-5,", columns={"rate": "client", "billable": "client"})
    for said in (
        "its id is empty",
        "worked_on: 'someday'",
        "'-5': it is negative",
        "rate: 'Alpine'",
        "billable: 'Alpine' is neither yes",
    ):
        assert said in entry.problem


def test_a_long_bad_cell_is_quoted_in_part(tmp_path):
    assert len(row(tmp_path, f"1,Alpine,{'x' * 5000},45,").problem) < 200


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1,Alpine,2026-06-01,45", "5 columns expected, 4 found"),
        ("1,Alpine,2026-06-01,45,a note, with a comma", "5 columns expected, 6 found"),
    ],
)
def test_a_wrong_number_of_columns_is_a_problem(tmp_path, line, said):
    entry = row(tmp_path, line)
    assert (entry.id, entry.problem, entry.seconds) == ("1", said, 2700)


def test_surplus_empty_cells_are_no_problem(tmp_path):
    assert row(tmp_path, "1,Alpine,2026-06-01,45,note,,").problem == ""


def test_rows_without_any_text_are_no_rows(tmp_path):
    entries = read(tmp_path, HEADER + "\n1,Alpine,2026-06-01,45,\n\n,,,,\n , \n2,Alpine,2026-06-01,45,\n")
    assert [(entry.id, entry.origin) for entry in entries] == [("1", "log.csv:3"), ("2", "log.csv:7")]


# ---- texts --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["Fixed it 🎉👩‍🔧", "=cmd|' /C calc'!A0", "+1", "@SUM(A1)", "—", "x" * 8000, "Māori, naïve"])
def test_a_note_is_kept_as_it_stands(tmp_path, note):
    assert row(tmp_path, f'1,Alpine,2026-06-01,45,"{note}"').notes == note


def test_a_note_of_several_lines_is_one_row_and_later_lines_count_on(tmp_path):
    first, second = read(tmp_path, HEADER + '1,A,2026-06-01,45,"one\ntwo, ""three"""\n2,A,2026-06-01,45,\n')
    assert first.notes == 'one\ntwo, "three"'
    assert (first.origin, second.origin) == ("log.csv:2", "log.csv:4")


def test_a_nul_in_a_note_harms_nobody(tmp_path):
    entry = row(tmp_path, "1,Alpine,2026-06-01,45,a\x00b")
    assert (entry.seconds, entry.notes) == (2700, "a\ufffdb")
