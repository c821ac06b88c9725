from datetime import date

import pytest
from invoicing_firm import (
    Decimal,
    book,
    catalogue,
    charge,
    client,
    documents,
    files,
    only,
)

from connector.core.holding import INCOMPLETE
from connector.core.known import Known
from connector.core.mapping import Safety, TermsOfPayment
from connector.model import Customer

D = Decimal
ALPINE = client()


@pytest.mark.parametrize(
    ("said", "theirs", "terms_said", "due"),
    [
        ({"terms": TermsOfPayment("on_receipt")}, "net 7", "on receipt", "2026-06-30"),
        ({}, "net 7", "net 7", "2026-07-07"),
        ({}, "", "day 20 of next month", "2026-07-20"),
    ],
)
def test_terms_are_the_clients_then_the_customers_then_those_if_none(said, theirs, terms_said, due):
    facts = book(catalogue=catalogue(customers=(Customer(id="c", name="Alpine Dental", terms=theirs),)))
    one = only([charge(client(**said))], facts=facts)
    assert (one.terms, one.due_date.isoformat(), one.hold) == (terms_said, due, ())


def test_no_terms_hold_the_document():
    one = only([charge(ALPINE)], terms_if_none=None)
    assert one.hold == (
        "no terms of payment: the customer Alpine Dental has none in book nz; say `terms:` or `terms_if_none:` in clients.yaml",
    )
    assert (one.terms, one.due_date) == ("", one.invoice_date)
    assert only([charge(ALPINE)], terms=None, terms_if_none=TermsOfPayment("customer")).hold == one.hold


def test_terms_nobody_understands_hold_the_document():
    facts = book(catalogue=catalogue(customers=(Customer(id="c", name="Alpine Dental", terms="2% 10 net 30"),)))
    assert (
        "the terms '2% 10 net 30' of the customer Alpine Dental in book nz are not understood"
        in only([charge(ALPINE)], facts=facts).hold[0]
    )


def test_a_required_po_that_is_missing_holds_the_document():
    one = only([charge(client(po_required=True))])
    assert one.hold == ("Alpine Dental requires a PO and there is none for the days worked: say `po:` at clients.yaml:7",)
    assert "PO missing" in one.flags
    assert only([charge(client(po_required=True), po="PO-1")]).hold == ()


def unfinished():
    return [
        charge(ALPINE, "2026-06-30", "1", disposition="unmatched", value="145.00"),
        charge(ALPINE, "2026-06-01", "0.5", disposition="held", rate=""),
        charge(ALPINE, "2026-06-01", "2", disposition="pending", value="100.00", currency="AUD"),
        charge(ALPINE, "2026-07-01", "1", disposition="held"),
        charge(ALPINE, "2026-05-31", "1", disposition="held"),
        charge(client("Bayside Motors"), "2026-06-10", disposition="held"),
        charge(ALPINE, "2026-06-10", disposition="excluded"),
    ]


def test_one_entry_is_one_entry_and_free_time_is_counted_whether_it_is_printed_or_not():
    free = charge(ALPINE, "2026-06-12", "1.5", disposition="no_charge")
    one = only([charge(ALPINE), unfinished()[0], free])
    assert one.hold[0].startswith("incomplete: Alpine Dental still has 1 entry of 1:00 (1.00) h unmatched")
    assert one.no_charge_seconds == 5400


def test_a_client_with_unfinished_time_is_held():
    one = only([charge(ALPINE), *unfinished()])
    assert one.hold == (
        (
            "incomplete: Alpine Dental still has 3 entries of 3:30 (3.50) h unmatched, pending or held in 2026-06: "
            "clear them (`hourbridge unmatched`), approve with `--only`, or say `incomplete: send`"
        ),
    )
    assert one.hold[0].startswith(INCOMPLETE)
    assert (one.left_out.entries, one.left_out.seconds, one.left_out.value, one.flags) == (
        3,
        12600,
        D("145.00"),
        ("incomplete",),
    )


def test_an_incomplete_document_goes_where_the_client_says_so():
    one = only([charge(ALPINE), *unfinished()], incomplete="send")
    assert (one.hold, one.left_out.entries, one.flags) == ((), 3, ("incomplete: sent",))


def test_left_out_time_without_any_value_says_so():
    assert only([charge(ALPINE), charge(ALPINE, disposition="held")]).left_out.value is None


def test_a_net_of_zero_is_held_unless_the_book_sends_it():
    rows = [charge(ALPINE, hours="1"), charge(ALPINE, hours="-1", work_type="Back")]
    assert "the net is zero" in only(rows).hold[0]
    assert only(rows, net_zero="send").hold == ()


def test_a_net_below_zero_is_held_for_a_credit_note():
    assert "below zero" in only([charge(ALPINE, hours="-1")]).hold[0]


def test_a_book_without_series_or_currency_is_held():
    [currency, series] = only([charge(ALPINE, currency="")], number=None, currency=None).hold
    assert "no currency" in currency
    assert "no number series" in series


def test_flags_tell_what_finance_should_see():
    theirs = Customer(id="c-alpine", name="Alpine Dental", balance_overdue=D("12.00"), currency="AUD")
    known = Known(
        billed_customers=frozenset({("nz", "c-other")}),
        touched=frozenset({"nz/2026-06/Alpine Dental"}),
        nets={("nz", "Alpine Dental", "NZD", "2026-05"): D("100.00")},
    )
    one = only([charge(ALPINE, hours="3")], known=known, facts=book(catalogue=catalogue(customers=(theirs,))))
    assert one.flags == (
        "first invoice to this customer",
        "touched over there",
        "overdue balance",
        "the customer's currency is AUD",
        "over 3 x last month",
    )
    assert one.last_period_net == D("100.00")
    again = only([charge(ALPINE, hours="2")], known=Known(billed_customers=frozenset({("nz", "c-alpine")}), nets=known.nets))
    assert again.flags == ()


def test_far_more_than_last_month_is_measured_over_all_of_a_clients_documents():
    known = Known(nets={("nz", "Alpine Dental", "NZD", "2026-05"): D("100.00")})
    rows = [charge(ALPINE, hours="2", po="PO-1"), charge(ALPINE, hours="2", po="PO-2")]
    assert [one.flags for one in documents(rows, known=known).values()] == [("over 3 x last month",)] * 2
    assert [one.flags for one in documents(rows, files(safety=Safety(client_total_over_last_month=None)), known=known).values()] == [(), ()]


def test_two_rates_of_two_persons_are_no_change():
    assert (
        only(
            [
                charge(ALPINE, person="Ana", rate="200.00"),
                charge(ALPINE),
                charge(ALPINE, disposition="no_charge", rate="9.00"),
            ],
            show=("no_charge",),
        ).flags
        == ()
    )


def test_late_time_at_an_old_rate_is_no_change_of_rate():
    known = Known(closed=frozenset({"nz/2026-06/Alpine Dental"}))
    rows = [charge(ALPINE, "2026-06-28", rate="100.00"), charge(ALPINE, "2026-07-10")]
    assert only(rows, known=known, facts=book(today=date(2026, 8, 1))).flags == ("late time",)
