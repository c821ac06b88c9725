from decimal import Decimal

import pytest
from babel.numbers import get_currency_precision, list_currencies
from hypothesis import given
from hypothesis import strategies as st

from connector.core.money import Taxable, allocate, multiply, places, plain, round_half_up, tax

D = Decimal
amounts = st.decimals(min_value=-10_000_000, max_value=10_000_000, places=2)
weights = st.lists(st.one_of(st.integers(0, 100_000), st.decimals(0, 100_000, places=3)), min_size=1, max_size=30)


@pytest.mark.parametrize(("currency", "expected"), [("NZD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("RSD", 2), ("IQD", 3), ("ISK", 0)])
def test_a_currency_has_the_places_of_iso_4217(currency, expected):
    assert places(currency) == expected


def test_places_differ_from_babels_only_where_shops_have_given_up_coins():
    differing = {currency for currency in list_currencies() if places(currency) != get_currency_precision(currency)}
    assert {get_currency_precision(currency) for currency in differing} == {0}
    assert not differing & {
        "USD",
        "EUR",
        "GBP",
        "AUD",
        "NZD",
        "CAD",
        "CHF",
        "SEK",
        "NOK",
        "DKK",
        "JPY",
        "KRW",
        "KWD",
        "BHD",
        "CLP",
        "VND",
    }


@pytest.mark.parametrize(
    ("amount", "digits", "expected"),
    [
        ("1861.075", 2, "1861.08"),
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("-0.001", 2, "0.00"),
        ("12.5", 0, "13"),
        ("1.0005", 3, "1.001"),
    ],
)
def test_a_half_goes_away_from_zero(amount, digits, expected):
    assert str(round_half_up(D(amount), digits)) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [("172.5000", "172.50"), ("145", "145.00"), ("0.125", "0.125"), ("1E+3", "1000.00"), ("0", "0.00")],
)
def test_an_amount_is_written_without_needless_zeros(amount, expected):
    assert str(plain(D(amount), 2)) == expected


def test_a_product_is_exact_beyond_the_ambient_precision():
    product = 1234567890123456789012 * 987654321091234
    assert multiply(D("12345678901234567890.12"), D("98765432109.1234")) == D(f"{product}E-6")


@pytest.mark.parametrize(
    ("total", "shares", "expected"),
    [
        ("100.00", [1, 1, 1], ["33.34", "33.33", "33.33"]),
        ("-100.00", [1, 1, 1], ["-33.34", "-33.33", "-33.33"]),
        ("0.02", [1, 1, 1], ["0.01", "0.01", "0.00"]),
        ("1.00", [D("0.5"), D("0.25"), D("0.25")], ["0.50", "0.25", "0.25"]),
        ("1.00", [1, 2], ["0.33", "0.67"]),
        ("1.00", [0, 3, 0], ["0.00", "1.00", "0.00"]),
        ("0.03", [0, 0], ["0.02", "0.01"]),
        ("1.00", [5, -5], ["0.50", "0.50"]),
        ("-1.00", [-3, -1], ["-0.75", "-0.25"]),
        ("10.00", [4, -2], ["20.00", "-10.00"]),
        ("0.00", [1, 2], ["0.00", "0.00"]),
    ],
)
def test_a_sum_is_shared_out_by_the_largest_remainder(total, shares, expected):
    assert [str(share) for share in allocate(D(total), shares, 2)] == expected


def test_nothing_is_shared_among_nobody():
    assert allocate(D("1.00"), [], 2) == []


@given(amounts, weights)
def test_shares_add_up_exactly_and_are_less_than_a_unit_off(total, shares):
    made = allocate(total, shares, 2)
    assert sum(made) == total
    everything = sum(D(weight) for weight in shares)
    if everything:
        assert all(abs(share - total * D(weight) / everything) < D("0.01") + D("1e-15") for share, weight in zip(made, shares, strict=True))


@given(amounts, weights)
def test_a_negative_total_is_the_mirror_of_a_positive_one(total, shares):
    assert allocate(-total, shares, 2) == [-share for share in allocate(total, shares, 2)]


def test_tax_exclusive_is_rounded_per_line():
    lines = [Taxable(D("0.50"), "A", D(15)), Taxable(D("0.50"), "A", D(15))]
    assert [one.tax for one in tax(lines, "tax_exclusive", "per_line", 2)] == [D("0.08"), D("0.08")]
    assert [one.net for one in tax(lines, "tax_exclusive", "per_line", 2)] == [D("0.50"), D("0.50")]


def test_tax_per_document_is_rounded_once_per_code():
    lines = [
        Taxable(D("0.50"), "A", D(15)),
        Taxable(D("0.50"), "A", D(15)),
        Taxable(D("2.00"), "B", None),
        Taxable(D("1.00"), "C", D(0)),
    ]
    assert [one.tax for one in tax(lines, "tax_exclusive", "per_document", 2)] == [
        D("0.08"),
        D("0.07"),
        None,
        D("0.00"),
    ]


@given(amounts, st.decimals(0, 30, places=2), st.sampled_from(["per_line", "per_document"]))
def test_inclusive_net_and_tax_make_the_gross(gross, percent, how):
    [one] = tax([Taxable(gross, "A", percent)], "tax_inclusive", how, 2)
    assert one.net + one.tax == gross
    assert abs(one.tax - gross * percent / (100 + percent)) <= D("0.005")


def test_tax_that_is_theirs_is_not_guessed():
    assert tax([Taxable(D("5.00"), "TAX", D(8))], "tax_exclusive", "theirs", 2)[0].tax is None
    assert tax([Taxable(D("5.00"), "TAX", None)], "tax_inclusive", "per_line", 2)[0].net == D("5.00")


def test_no_tax_is_zero_and_a_zero_line_needs_no_percentage():
    assert tax([Taxable(D("5.00"))], "no_tax", "theirs", 2)[0].tax == 0
    assert tax([Taxable(D("0.00"))], "tax_exclusive", "per_line", 2)[0].tax == 0
