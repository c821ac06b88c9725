import csv
import io
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from connector.reports.cells import STARTS_A_FORMULA, csv_text, guarded, unguarded
from connector.reports.hours import amounts, clock, decimal, exact


@given(st.text())
def test_z5_no_text_begins_a_formula_and_every_text_comes_back(text):
    assert not guarded(text).startswith(STARTS_A_FORMULA)
    assert unguarded(guarded(text)) == text


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1), min_size=2, max_size=4))
def test_a_row_of_any_text_survives_the_round_trip(cells):
    text = csv_text(["h"] * len(cells), [cells])
    row = list(csv.reader(io.StringIO(text, newline="")))[1]
    assert [unguarded(cell) for cell in row] == cells


def test_z5_numbers_of_our_own_stay_numbers():
    assert csv_text(["a", "b", "c", "d"], [[Decimal("-1.50"), -3, None, True]]) == "a,b,c,d\r\n-1.50,-3,,yes\r\n"


def test_hours_are_read_both_ways():
    assert (clock(27000), decimal(27000)) == ("7:30", "7.50")
    assert (clock(-2700), decimal(-2700)) == ("-0:45", "-0.75")
    assert clock(7_920_236 * 60) == "132,003:56"
    assert (exact(7200), exact(7201), exact(-61)) == ("2:00", "2:00:01", "-0:01:01")
    assert amounts({"NZD": Decimal("1400.00"), "USD": Decimal("20.00")}) == "NZD 1,400.00 · USD 20.00"
