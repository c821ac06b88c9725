"""Amounts: rounded per line, taxed per line, unit prices with as many places as asked for."""

from decimal import Decimal

import pytest

from tests.adapters.xero.calling import exact, line, refusals


def test_line_amounts_are_rounded_half_up_per_line(xero):
    made = xero.made(LineItems=[line(0.5, 0.01), line(0.5, 0.01)])
    assert [one["LineAmount"] for one in made["LineItems"]] == [Decimal("0.01"), Decimal("0.01")]
    assert made["SubTotal"] == Decimal("0.02")


def test_tax_is_rounded_per_line_and_then_summed(xero):
    made = xero.made(LineItems=[line(1, 0.10)] * 3)
    assert [one["TaxAmount"] for one in made["LineItems"]] == [Decimal("0.02")] * 3
    assert (made["TotalTax"], made["Total"]) == (Decimal("0.06"), Decimal("0.36"))


def test_inclusive_amounts_contain_their_tax(xero):
    made = xero.made(LineAmountTypes="Inclusive", LineItems=[line(1, 115.0)])
    assert made["LineItems"][0]["TaxAmount"] == Decimal("15.00")
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (100, 15, 115)


def test_no_tax_means_no_tax_whatever_the_codes(xero):
    made = xero.made(LineAmountTypes="NoTax", LineItems=[line(1, 100.0)])
    assert (made["TotalTax"], made["LineItems"][0]["TaxType"]) == (0, "NONE")


def test_changing_the_tax_mode_works_the_tax_out_again(xero):
    made = xero.made(LineItems=[line(1, 115.0)])
    exact(xero.post({"InvoiceID": made["InvoiceID"], "LineAmountTypes": "Inclusive"}))
    assert xero.one(made["InvoiceID"])["SubTotal"] == 100


def test_a_tax_amount_that_was_sent_stands(xero):
    made = xero.made(LineItems=[line(1, 100.0, TaxAmount=15.01)])
    assert made["TotalTax"] == Decimal("15.01")


def test_tax_comes_from_the_line_then_the_item_then_the_account(xero):
    zero, item, account = xero.made(
        LineItems=[line(1, 100.0, TaxType="ZERORATED"), line(1, 100.0), line(1, 100.0, ItemCode="", AccountCode="205")]
    )["LineItems"]
    assert [one["TaxType"] for one in (zero, item, account)] == ["ZERORATED", "OUTPUT2", "OUTPUT2"]
    assert [one["TaxAmount"] for one in (zero, item, account)] == [0, 15, 15]


@pytest.mark.parametrize(("places", "price", "amount"), [(4, "0.3333", "333.30"), (2, "0.33", "330.00")])
def test_unit_prices_have_two_places_unless_four_are_asked_for_on_the_write(xero, places, price, amount):
    query = f"summarizeErrors=false&unitdp={places}"
    made = exact(xero.put(xero.element(LineItems=[line(1000, 0.3333)]), query=query))["Invoices"][0]["LineItems"][0]
    assert (made["UnitAmount"], made["LineAmount"]) == (Decimal(price), Decimal(amount))


def test_a_read_without_unitdp_shows_two_places(xero):
    made = xero.made(LineItems=[line(1, 150.1234)])
    (shown,) = exact(xero.get(f"Invoices/{made['InvoiceID']}"))["Invoices"][0]["LineItems"]
    assert (shown["UnitAmount"], shown["LineAmount"]) == (Decimal("150.12"), Decimal("150.12"))
    assert xero.one(made["InvoiceID"])["LineItems"][0]["UnitAmount"] == Decimal("150.1234")


def test_a_line_amount_that_agrees_is_accepted(xero):
    assert refusals(xero.put(xero.element(LineItems=[line(1.25, 150.0, LineAmount=187.5)]))) == []


def test_a_discount_is_taken_before_rounding(xero):
    made = xero.made(LineItems=[line(1, 99.99, DiscountRate=10)])
    assert made["SubTotal"] == Decimal("89.99")


def test_an_item_fills_in_price_and_text(xero):
    (made,) = xero.made(LineItems=[{"ItemCode": "SUP", "Quantity": 2}])["LineItems"]
    assert (made["Description"], made["UnitAmount"], made["AccountCode"]) == ("Support", 155, "200")


def test_a_contacts_currency_is_the_documents(xero):
    made = xero.made(Contact={"Name": "Totara Pty Ltd"}, LineItems=[line(TaxType="ZERORATED")])
    assert made["CurrencyCode"] == "AUD"


def test_a_payment_in_part_and_then_in_full(xero):
    made = xero.made(Status="AUTHORISED", LineItems=[line(1, 100.0)])
    xero.people.pay("HB-1", Decimal(15))
    part = xero.one(made["InvoiceID"])
    assert (part["Status"], part["AmountPaid"], part["AmountDue"]) == ("AUTHORISED", 15, 100)
    xero.people.pay("HB-1", Decimal(40), credit=True)
    xero.people.pay("HB-1")
    full = xero.one(made["InvoiceID"])
    assert (full["Status"], full["AmountDue"], full["AmountCredited"]) == ("PAID", 0, 40)
    assert len(full["Payments"]) == 2
    assert full["FullyPaidOnDate"].startswith("/Date(")
