from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.mapping import Span
from connector.core.periods import (
    day_of_next_month,
    day_text,
    days_text,
    due_on,
    is_due,
    month_text,
    next_period,
    period_at,
    period_of,
    previous_period,
    read_period,
)
from connector.errors import ConfigError

days = st.dates(date(1999, 1, 1), date(2099, 12, 31))
kinds = st.sampled_from(["week", "fortnight", "month"])


@pytest.mark.parametrize(
    ("day", "every", "key", "first", "last"),
    [
        ("2026-06-10", "month", "2026-06", "2026-06-01", "2026-06-30"),
        ("2028-02-29", "month", "2028-02", "2028-02-01", "2028-02-29"),
        ("2026-06-03", "week", "2026-W23", "2026-06-01", "2026-06-07"),
        ("2027-01-01", "week", "2026-W53", "2026-12-28", "2027-01-03"),
        ("2024-12-30", "week", "2025-W01", "2024-12-30", "2025-01-05"),
        ("2026-06-14", "fortnight", "2026-F12", "2026-06-01", "2026-06-14"),
        ("2024-01-01", "fortnight", "2024-F01", "2024-01-01", "2024-01-14"),
        ("2027-01-10", "fortnight", "2026-F27", "2026-12-28", "2027-01-10"),
        ("2027-01-11", "fortnight", "2027-F01", "2027-01-11", "2027-01-24"),
        ("2023-12-31", "fortnight", "2023-F26", "2023-12-18", "2023-12-31"),
    ],
)
def test_a_day_falls_in_its_period(day, every, key, first, last):
    period = period_of(date.fromisoformat(day), every)
    assert (period.key, period.first.isoformat(), period.last.isoformat()) == (key, first, last)


@given(days, kinds)
def test_periods_are_without_gaps_and_read_back(day, every):
    period = period_of(day, every)
    assert day in period
    assert period.every == every
    assert read_period(period.key) == period
    assert next_period(period).first == period.last + timedelta(days=1)
    assert previous_period(next_period(period)) == period
    assert next_period(period).key > period.key


@pytest.mark.parametrize(
    "key",
    [
        "2026",
        "2026-13",
        "2026-00",
        "2026-W54",
        "2025-W53",
        "2026-F28",
        "2025-F27",
        "2026-F00",
        "2032-F27",
        "June",
        "2026-6",
    ],
)
def test_what_is_no_period_is_refused_with_what_to_write(key):
    with pytest.raises(ConfigError, match="2026-W23"):
        read_period(key)


def test_a_period_is_due_when_it_has_ended_and_the_grace_days_have_passed():
    june = period_of(date(2026, 6, 10), "month")
    assert not is_due(june, date(2026, 6, 30), 0)
    assert is_due(june, date(2026, 7, 1), 0)
    assert not is_due(june, date(2026, 7, 3), 3)
    assert due_on(june, 3) == date(2026, 7, 4)


def test_weeks_begin_with_the_first_one_that_starts_under_them():
    said = (Span("month"), Span("week", since=date(2026, 6, 17)))
    assert [period_at(date(2026, 6, day), said).key for day in (1, 17, 21, 22, 30)] == ["2026-06"] * 3 + [
        "2026-W26",
        "2026-W27",
    ]


def test_months_begin_with_the_first_one_that_starts_under_them():
    said = (Span("week"), Span("month", since=date(2026, 6, 17)))
    assert [period_at(day, said).key for day in (date(2026, 6, 30), date(2026, 7, 1))] == ["2026-W27", "2026-07"]


def test_where_nothing_is_said_a_period_is_a_month():
    assert period_at(date(2026, 6, 17), ()).key == "2026-06"


@pytest.mark.parametrize(
    ("day", "number", "expected"),
    [
        ("2026-06-30", 20, "2026-07-20"),
        ("2026-01-15", 31, "2026-02-28"),
        ("2028-01-31", 30, "2028-02-29"),
        ("2026-12-31", 1, "2027-01-01"),
    ],
)
def test_a_day_of_the_next_month_is_its_last_at_most(day, number, expected):
    assert day_of_next_month(date.fromisoformat(day), number).isoformat() == expected


def test_days_and_months_are_written_for_clients():
    june, july, january = date(2026, 6, 3), date(2026, 7, 2), date(2027, 1, 4)
    assert day_text(june) == "3 June 2026"
    assert days_text(june, june) == "3 June 2026"
    assert days_text(june, date(2026, 6, 28)) == "3 to 28 June 2026"
    assert days_text(june, july) == "3 June to 2 July 2026"
    assert days_text(june, january) == "3 June 2026 to 4 January 2027"
    assert days_text(june, date(2027, 6, 3)) == "3 June 2026 to 3 June 2027"
    assert month_text(june, june) == "June 2026"
    assert month_text(june, july) == "June to July 2026"
    assert month_text(june, january) == "June 2026 to January 2027"


def test_of_overlapping_spans_the_latest_start_holds():
    said = (Span("week", since=date(2026, 1, 1)), Span("month"), Span("fortnight", since=date(2026, 6, 1)))
    assert [period_at(day, said).every for day in (date(2025, 6, 1), date(2026, 5, 1), date(2026, 6, 1))] == [
        "month",
        "week",
        "fortnight",
    ]
