from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.minor import from_minor, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("12.34", "NZD", 1234), ("-0.005", "USD", -1), ("0.005", "USD", 1), ("0.004", "USD", 0), ("12", "JPY", 12), ("1.2345", "KWD", 1235)],
)
def test_money_is_kept_in_whole_minor_units_of_its_currency(amount, currency, units):
    assert to_minor(Decimal(amount), currency) == units


@given(units=st.integers(-(10**15), 10**15), currency=st.sampled_from(["NZD", "JPY", "KWD"]))
def test_minor_units_survive_the_way_there_and_back(units, currency):
    assert to_minor(from_minor(units, currency), currency) == units


def test_an_amount_comes_back_with_its_currencys_places():
    assert [str(from_minor(1200, currency)) for currency in ("NZD", "JPY", "KWD")] == ["12.00", "1200", "1.200"]
