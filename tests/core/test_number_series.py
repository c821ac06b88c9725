from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.number_series import SeriesNumber, against_number, format_number, read_number, stem_of, unused_numbers
from connector.errors import ConfigError

SERIES = "HB-{yymm}-{seq:3}"
DAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("series", "sequence", "expected"),
    [
        (SERIES, 1, "HB-2606-001"),
        (SERIES, 1234, "HB-2606-1234"),
        ("{yyyy}/{mm}/{seq}", 7, "2026/06/7"),
        ("A{yy}{seq:5}X", 12, "A2600012X"),
    ],
)
def test_a_series_makes_numbers(series, sequence, expected):
    number = format_number(series, DAY, sequence, length_max=21)
    assert number == expected
    assert read_number(series, number) == SeriesNumber(stem_of(series, DAY), sequence)


def test_a_document_made_again_carries_its_generation():
    number = format_number(SERIES, DAY, 7, length_max=21, generation=2)
    assert number == "HB-2606-007-2"
    assert read_number(SERIES, number) == SeriesNumber("HB-2606-{seq}", 7, 2)


def test_a_number_longer_than_the_book_takes_is_refused():
    with pytest.raises(ConfigError, match="has 24 characters, the book takes 21"):
        format_number("SOUTHERN-CROSS-{yymm}-{seq:4}", DAY, 1, length_max=21)


@pytest.mark.parametrize("series", ["HB-{yymm}", "HB-{seq}{seq}", "HB-{month}-{seq}", "HB-{yymm:2}-{seq}", "HB-{seq"])
def test_a_series_that_cannot_count_is_refused(series):
    with pytest.raises(ConfigError, match="cannot number"):
        format_number(series, DAY, 1, length_max=21)


@pytest.mark.parametrize("number", ["INV-0042", "HB-2606-01", "HB-2606-001-x", "XHB-2606-001", "HB-26-001"])
def test_a_strangers_number_is_not_read(number):
    assert read_number(SERIES, number) is None


def test_a_series_without_a_sequence_reads_nothing():
    assert read_number("HB-{yymm}", "HB-2606") is None
    assert read_number("HB-{month}-{seq}", "HB-{month}-4") == SeriesNumber("HB-{month}-{seq}", 4)


def test_gaps_are_found_within_each_month():
    numbers = ["HB-2606-001", "HB-2606-004", "HB-2606-002-2", "HB-2607-002", "INV-9"]
    assert unused_numbers(SERIES, numbers) == ["HB-2606-003", "HB-2607-001"]
    assert unused_numbers("HB", numbers) == []


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999), st.integers(1, 9))
def test_every_number_reads_back(day, sequence, generation):
    number = format_number(SERIES, day, sequence, length_max=30, generation=generation)
    assert read_number(SERIES, number) == SeriesNumber(stem_of(SERIES, day), sequence, generation)


@pytest.mark.parametrize(
    ("before", "generation", "length_max", "said"),
    [
        ("HB-2606-001", 2, 13, ""),
        ("HB-2606-001", 2, 12, "its number HB-2606-001-2 has 13 characters, book nz takes 12"),
        ("HB-2606-001-2", 3, 13, ""),
        ("HB-2606-001-9", 10, 13, "its number HB-2606-001-10 has 14 characters"),
        ("HB-1", 2, 6, ""),
    ],
)
def test_the_number_of_a_document_made_again_must_fit_the_book(before, generation, length_max, said):
    found = against_number("nz", before, generation, length_max)
    assert found.startswith(said)
    assert bool(found) == bool(said)
