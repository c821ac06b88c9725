from datetime import date

import pytest

from connector.core.mapping import InvoiceDay, TermsOfPayment
from connector.core.periods import period_of
from connector.core.terms_of_payment import due_date, invoice_date, read_terms, write_terms


@pytest.mark.parametrize(
    ("text", "dated", "due"),
    [
        ("net 14", "2026-06-30", "2026-07-14"),
        ("Net  30", "2026-12-31", "2027-01-30"),
        ("14 days after month end", "2026-06-10", "2026-07-14"),
        ("1 day after month end", "2028-02-10", "2028-03-01"),
        ("day 20 of next month", "2026-06-30", "2026-07-20"),
        ("day 31 of next month", "2026-01-31", "2026-02-28"),
        ("on receipt", "2028-02-29", "2028-02-29"),
    ],
)
def test_terms_make_a_due_date(text, dated, due):
    terms = read_terms(text)
    assert due_date(terms, date.fromisoformat(dated)).isoformat() == due
    assert read_terms(write_terms(terms)) == terms


@pytest.mark.parametrize("text", ["", "30", "net", "2% 10 net 30", "day 32 of next month", "day 0 of next month", "14 days after month"])
def test_other_texts_are_no_terms(text):
    assert read_terms(text) is None


def test_the_customers_terms_have_no_date_of_their_own():
    terms = read_terms("customer")
    assert write_terms(terms) == "customer"
    with pytest.raises(ValueError, match="ask the customer"):
        due_date(TermsOfPayment("customer"), date(2026, 6, 30))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (InvoiceDay("period_end"), "2026-06-30"),
        (InvoiceDay("approval_date"), "2026-07-02"),
        (InvoiceDay("day_of_next_month", 1), "2026-07-01"),
        (InvoiceDay("day_of_next_month", 31), "2026-07-31"),
    ],
)
def test_an_invoice_is_dated_by_rule(rule, expected):
    assert invoice_date(rule, period_of(date(2026, 6, 3), "month"), date(2026, 7, 2)).isoformat() == expected
