"""Start, end, day and worked time, over midnight and over clock changes. Auckland's clocks go back on 5 April 2026 at 03:00 and
forward on 27 September 2026 at 02:00."""

from datetime import UTC, date, datetime

import pytest

from tests.adapters.csv_file.hosting import read

CLOCKS = {
    "worked_on": None,
    "notes": None,
    "duration": None,
    "started": {"column": "start", "format": "%Y-%m-%d %H:%M"},
    "ended": {"column": "end", "format": "%Y-%m-%d %H:%M"},
}
END_CLOCK = CLOCKS | {"ended": {"column": "end", "format": "%H:%M"}}


def clocked(folder, start, end, columns=CLOCKS, **changes):
    (entry,) = read(
        folder,
        f"id,client,start,end\n1,Alpine,{start},{end}\n",
        columns=columns,
        **({"zone": "Pacific/Auckland"} | changes),
    )
    return entry


def utc(*when):
    return datetime(*when, tzinfo=UTC)


def test_local_times_become_instants_and_the_day_is_the_local_day_of_the_start(tmp_path):
    entry = clocked(tmp_path, "2026-06-02 08:00", "2026-06-02 09:30")
    assert (entry.started, entry.ended) == (utc(2026, 6, 1, 20), utc(2026, 6, 1, 21, 30))
    assert (entry.worked_on, entry.seconds, entry.problem) == (date(2026, 6, 2), 5400, "")


def test_p5_over_midnight_is_worked_on_the_day_of_the_start(tmp_path):
    entry = clocked(tmp_path, "2026-06-02 22:00", "2026-06-03 01:30")
    assert (entry.worked_on, entry.seconds) == (date(2026, 6, 2), 12_600)


def test_an_end_without_a_day_is_on_the_next_day_where_the_clock_says_less(tmp_path):
    entry = clocked(tmp_path, "2026-06-02 22:00", "01:30", END_CLOCK)
    assert (entry.worked_on, entry.seconds, entry.ended) == (date(2026, 6, 2), 12_600, utc(2026, 6, 2, 13, 30))
    assert clocked(tmp_path, "2026-06-02 22:00", "22:00", END_CLOCK).seconds == 0


@pytest.mark.parametrize(
    ("start", "end", "seconds", "why"),
    [
        ("2026-04-05 01:00", "2026-04-05 04:00", 4 * 3600, "an hour is lived twice"),
        ("2026-09-27 01:00", "2026-09-27 04:00", 2 * 3600, "an hour is not lived"),
        ("2026-04-04 22:00", "2026-04-05 06:00", 9 * 3600, "over midnight into the long night"),
        ("2026-04-05 02:10", "2026-04-05 02:40", 1800, "both in the first of the two hours"),
        (
            "2026-04-05 02:40",
            "2026-04-05 02:10",
            1800,
            "the second of the two, as the first would lie before the start",
        ),
        ("2026-09-27 02:30", "2026-09-27 03:45", 900, "an absent time counts on from the change"),
    ],
)
def test_p5_worked_time_is_what_was_lived_when_clocks_change(tmp_path, start, end, seconds, why):
    entry = clocked(tmp_path, start, end)
    assert (entry.seconds, entry.problem) == (seconds, ""), why


def test_an_end_clock_in_the_hour_that_occurs_twice_stays_in_its_night(tmp_path):
    assert clocked(tmp_path, "2026-04-05 02:40", "02:10", END_CLOCK).seconds == 1800


def test_an_end_before_its_start_is_a_problem(tmp_path):
    entry = clocked(tmp_path, "2026-06-02 10:00", "2026-06-02 09:00")
    assert entry.problem == "worked time: it is negative"
    assert (entry.seconds, entry.worked_on) == (0, date(2026, 6, 2))


def test_a_duration_column_goes_before_start_and_end(tmp_path):
    columns = CLOCKS | {"duration": {"column": "client", "unit": "minutes"}}
    (entry,) = read(tmp_path, "id,client,start,end\n1,50,2026-06-02 08:00,2026-06-02 09:30\n", columns=columns)
    assert entry.seconds == 3000


def test_an_empty_duration_leaves_it_to_start_and_end(tmp_path):
    columns = CLOCKS | {"duration": {"column": "client", "unit": "minutes"}}
    (entry,) = read(tmp_path, "id,client,start,end\n1,,2026-06-02 08:00,2026-06-02 09:30\n", columns=columns)
    assert (entry.seconds, entry.problem) == (5400, "")


def test_a_date_column_goes_before_the_day_of_the_start(tmp_path):
    (entry,) = read(
        tmp_path,
        "id,client,start,end,day\n1,A,2026-06-02 00:10,2026-06-02 02:00,2026-06-01\n",
        columns=CLOCKS | {"worked_on": "day"},
    )
    assert entry.worked_on == date(2026, 6, 1)


def test_a_time_of_day_takes_its_day_from_the_date_column(tmp_path):
    columns = CLOCKS | {
        "worked_on": {"column": "day", "format": "%d/%m/%Y"},
        "started": {"column": "start", "format": "%I:%M %p"},
        "ended": {"column": "end", "format": "%I:%M %p"},
    }
    (entry,) = read(tmp_path, "id,client,day,start,end\n1,A,30/06/2026,10:30 PM,12:15 AM\n", columns=columns)
    assert (entry.started, entry.ended) == (utc(2026, 6, 30, 22, 30), utc(2026, 7, 1, 0, 15))


def test_a_date_and_a_time_column_may_be_joined(tmp_path):
    columns = CLOCKS | {
        "started": {"join": ["day", "start"], "format": "%d %b %Y %H:%M"},
        "ended": {"join": ["day", "end"], "format": "%d %b %Y %H:%M"},
    }
    (entry,) = read(tmp_path, "id,client,day,start,end\n1,A,30 Jun 2026,9:00,9:45\n", columns=columns)
    assert (entry.started, entry.seconds) == (utc(2026, 6, 30, 9), 2700)


def test_a_text_with_an_offset_needs_no_zone_and_its_day_is_the_zones(tmp_path):
    columns = CLOCKS | {"started": "start", "ended": {"column": "end", "format": "%Y-%m-%dT%H:%M:%S%z"}}
    entry = clocked(tmp_path, "2026-06-01T22:00:00Z", "2026-06-02T00:30:00+0100", columns)
    assert (entry.worked_on, entry.seconds) == (date(2026, 6, 2), 5400)


@pytest.mark.parametrize("text", ["6/2/2026 8:05", "06/02/2026 08:05", " 6/2/2026  8:05 ", "2026-06-02 08:05"])
def test_any_of_several_formats_will_do(tmp_path, text):
    columns = CLOCKS | {"started": {"column": "start", "format": ["%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M"]}}
    assert clocked(tmp_path, text, "2026-06-02 09:05", columns, zone="UTC").started == utc(2026, 6, 2, 8, 5)


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("6/2/2026", "2026-06-02 09:30", "started: '6/2/2026' is not a date like %Y-%m-%d %H:%M"),
        ("2026-06-02 08:00", "25:00", "ended: '25:00' is not a date like"),
        ("0016-06-02 08:00", "2026-06-02 09:30", "started: '0016-06-02 08:00' is not between"),
        ("\\N", "\\N", "no day: the date is empty; worked time: it is empty"),
        ("2026-06-02 08:00", "", "worked time: it is empty"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, start, end, said):
    entry = clocked(tmp_path, start, end)
    assert said in entry.problem
    assert entry.seconds == 0


def test_an_unreadable_start_beside_a_readable_date_is_a_problem_that_keeps_the_day(tmp_path):
    (entry,) = read(tmp_path, "id,client,start,end,day\n1,A,noon,,2026-06-01\n", columns=CLOCKS | {"worked_on": "day"})
    assert entry.worked_on == date(2026, 6, 1)
    assert "started: 'noon'" in entry.problem


def test_a_running_entry_has_no_worked_time_yet_and_no_problem(tmp_path):
    (entry,) = read(tmp_path, "id,client,start,end,on\n1,A,2026-06-02 08:00,,yes\n", columns=CLOCKS | {"running": "on"})
    assert (entry.running, entry.seconds, entry.problem) == (True, 0, "")


def test_an_end_clock_is_on_the_next_day_only_where_the_clock_says_less(tmp_path):
    entry = clocked(tmp_path, "2026-09-27 02:30", "03:10", END_CLOCK)
    assert entry.problem == "worked time: it is negative"
    assert entry.ended == utc(2026, 9, 26, 14, 10)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-06-02T08:00:00+23:59"])
def test_an_offset_at_the_edge_of_the_calendar_harms_nobody(tmp_path, text):
    (entry,) = read(tmp_path, f"id,client,start,end\n1,A,{text},\n", columns=CLOCKS | {"started": "start"})
    assert entry.problem
