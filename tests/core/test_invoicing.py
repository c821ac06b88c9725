from datetime import date

import pytest
from invoicing_firm import (
    HERE,
    Decimal,
    book,
    catalogue,
    charge,
    client,
    documents,
    files,
    only,
    options,
    proposals,
    terms,
)

from connector.core.holding import INCOMPLETE
from connector.core.invoicing import propose
from connector.core.known import Known
from connector.core.layout import Layouts
from connector.core.mapping import BillTo, InvoiceDay, Name, Project, Safety, Span, TermsOfPayment
from connector.core.values import Terms
from connector.model import Customer

D = Decimal
ALPINE = client()


def test_a_client_who_says_nothing_gets_one_document_a_month():
    one = only([charge(ALPINE, "2026-06-01"), charge(ALPINE, "2026-06-30", hours="2")])
    assert (one.key, one.book, one.client, one.customer_id, one.period) == (
        "nz/2026-06/Alpine Dental",
        "nz",
        "Alpine Dental",
        "c-alpine",
        "2026-06",
    )
    assert (one.invoice_date, one.due_date, one.terms) == (date(2026, 6, 30), date(2026, 7, 20), "day 20 of next month")
    assert (one.net, one.tax, one.gross, one.currency, one.amounts) == (
        D("435.00"),
        D("65.25"),
        D("500.25"),
        "NZD",
        "tax_exclusive",
    )
    assert (one.worked_from, one.worked_to, one.series, one.send_as, one.hold, one.carry, one.flags) == (
        date(2026, 6, 1), date(2026, 6, 30), "HB-{yymm}-{seq:3}", "draft", (), "", (),
    )  # fmt: skip


def test_eastlands_document_looks_as_finance_wrote_it():
    eastland = client(
        "Eastland Health Trust",
        po=(Span("PO-4417", since=date(2026, 1, 1), until=date(2026, 12, 31)),),
        po_required=True,
        tax_code="Zero Rated",
        tracking=(("Region", "Waikato"), ("Department", "Managed services")),
        terms=TermsOfPayment("net", 14),
        lines_one_per=("ticket", "person"),
        line_text="#{ticket} {ticket_title}. {person}, {hours} h at {rate}. {notes}",
        show=("no_charge",),
    )
    entry = {"ticket": "812", "ticket_title": "Mail down", "notes": "Restarted it"}
    one = only(
        [
            charge(eastland, hours="1.5", rate="138.00", entry=entry),
            charge(eastland, hours="0.5", disposition="no_charge", entry=entry),
        ]
    )
    assert (one.key, one.po, one.due_date, one.tax) == (
        "nz/2026-06/Eastland Health Trust/po=PO-4417",
        "PO-4417",
        date(2026, 7, 14),
        D("0.00"),
    )
    assert {line.line.description for line in one.lines} == {
        "#812 Mail down. Cho Min-jun, 1.50 h at 138.00. Restarted it",
        "#812 Mail down. Cho Min-jun, 0.50 h at 0.00. Restarted it",
    }
    assert one.lines[0].line.tracking == (("Department", "Managed services"), ("Region", "Waikato"))


def test_two_customers_and_two_currencies_make_two_documents():
    logistics = options(currency="AUD", tax_code="Zero Rated", terms=TermsOfPayment("net", 30))
    fairweather = client(
        "Fairweather Group",
        bill_to=[
            BillTo(customer="Fairweather Retail Ltd", projects=(Name("Store *"),), options=options(), where=HERE),
            BillTo(
                customer="Fairweather Logistics Pty Ltd", projects=(Name("Depot *"),), options=logistics, where=HERE
            ),
        ],
    )
    rows = [
        charge(fairweather, project="Store 9", bill_to=0),
        charge(fairweather, project="Depot 3", bill_to=1, rate="150.00", currency="AUD"),
        charge(fairweather, project="Store 2", bill_to=0),
    ]
    depot, retail = documents(rows).values()
    assert (retail.key, retail.customer_id, retail.currency, retail.net, retail.tax) == (
        "nz/2026-06/Fairweather Group/to=Fairweather Retail Ltd", "c-retail", "NZD", D("290.00"), D("43.50"),
    )  # fmt: skip
    assert (depot.customer_id, depot.currency, depot.net, depot.tax, depot.due_date) == (
        "c-logistics",
        "AUD",
        D("150.00"),
        D("0.00"),
        date(2026, 7, 30),
    )


def test_documents_per_project_and_per_ticket():
    glenholm = client(
        "Glenholm Council",
        document_per="project",
        projects=[Project(name="Server refresh", options=options(po="PO-9920"), where=HERE)],
    )
    rows = [charge(glenholm, project=project) for project in ("server  REFRESH", "Attic", "")]
    assert set(documents(rows)) == {
        "nz/2026-06/Glenholm Council/project=Server refresh/po=PO-9920",
        "nz/2026-06/Glenholm Council/project=Attic",
        "nz/2026-06/Glenholm Council",
    }
    tickets = [charge(ALPINE, entry={"ticket": ticket}) for ticket in ("7", "8", "7", "")]
    assert set(documents(tickets, document_per="ticket")) == {
        f"nz/2026-06/Alpine Dental{end}" for end in ("", "/ticket=7", "/ticket=8")
    }


def test_a_project_with_its_own_dates_stands_apart():
    attic = Project(name="Attic", options=options(invoice_date=InvoiceDay("day_of_next_month", 1)), where=HERE)
    glenholm = client("Glenholm Council", projects=[attic])
    made = documents([charge(glenholm, project="Attic"), charge(glenholm, project="Cellar"), charge(glenholm)])
    assert {key: one.invoice_date.isoformat() for key, one in made.items()} == {
        "nz/2026-06/Glenholm Council/project=Attic": "2026-07-01",
        "nz/2026-06/Glenholm Council": "2026-06-30",
    }


def test_a_new_po_in_the_middle_of_the_month_makes_two_documents():
    said = (Span("PO-1", until=date(2026, 6, 14)), Span("PO-2", since=date(2026, 6, 15)))
    rows = [
        charge(client(po=said), "2026-06-14"),
        charge(client(po=said), "2026-06-15"),
        charge(client(po=said), "2026-06-20", entry={"po": " PO-9 "}),
    ]
    assert [one.po for one in documents(rows, document_per="po").values()] == ["PO-1", "PO-2", "PO-9"]


def test_a_po_goes_charge_then_entry_then_project_then_bill_to_then_client():
    project = Project(name="A", options=options(po="PO-project"), where=HERE)
    payer = BillTo(customer="Fairweather Retail Ltd", options=options(po="PO-payer"), where=HERE)
    of = client("Fairweather Group", po="PO-client", projects=[project], bill_to=[payer])
    rows = [
        charge(of, bill_to=0, project="A"),
        charge(of, bill_to=0),
        charge(of),
        charge(of, entry={"po": "PO-entry"}),
        charge(of, entry={"po": "PO-entry"}, po="PO-charge"),
    ]
    assert [only([row]).po for row in rows] == ["PO-project", "PO-payer", "PO-client", "PO-entry", "PO-charge"]
    assert [one.po for one in only([rows[0]]).charges] == ["PO-project"]


def test_names_with_slashes_never_share_a_key():
    keys = [
        *documents([charge(client("A/po=1"))]),
        *documents([charge(client("A"), po="1")]),
        *documents([charge(client("A%2Fpo=1"))]),
    ]
    assert keys == ["nz/2026-06/A%2Fpo=1", "nz/2026-06/A/po=1", "nz/2026-06/A%252Fpo=1"]


def test_time_in_another_currency_than_the_documents_stands_apart():
    assert set(documents([charge(ALPINE), charge(ALPINE, currency="AUD")])) == {
        "nz/2026-06/Alpine Dental",
        "nz/2026-06/Alpine Dental/currency=AUD",
    }


def test_weeks_and_fortnights_are_billed_as_they_end():
    rows = [charge(ALPINE, day) for day in ("2026-06-07", "2026-06-08", "2026-06-28", "2026-06-29")]
    assert [one.period for one in documents(rows, document_every="week").values()] == [
        "2026-W23",
        "2026-W24",
        "2026-W26",
    ]
    assert [one.period for one in documents(rows, document_every="fortnight").values()] == ["2026-F12", "2026-F13"]
    assert only(rows[:1], document_every="week").invoice_date == date(2026, 6, 7)


def test_a_year_ends_and_leap_days_are_billed():
    made = documents(
        [charge(ALPINE, "2027-12-31"), charge(ALPINE, "2028-01-01"), charge(ALPINE, "2028-02-29")],
        facts=book(today=date(2028, 3, 1)),
    )
    assert [(one.period, one.invoice_date.isoformat()) for one in made.values()] == [
        ("2027-12", "2027-12-31"),
        ("2028-01", "2028-01-31"),
        ("2028-02", "2028-02-29"),
    ]


def test_a_period_that_is_not_due_waits_unless_interim():
    rows = [charge(ALPINE, "2026-06-30"), charge(ALPINE, "2026-07-01"), charge(ALPINE, "2026-08-01")]
    made = proposals(rows)
    assert [one.period for one in made.documents] == ["2026-06"]
    assert list(made.waiting) == rows[1:]
    made = proposals(rows, facts=book(grace_days=2), interim=True)
    assert [one.period for one in made.documents] == ["2026-06", "2026-07"]
    assert proposals(rows, facts=book(grace_days=2)).documents == ()


def test_a_later_months_time_never_changes_an_earlier_document():
    june = [charge(ALPINE, "2026-06-10"), charge(ALPINE, "2026-06-20")]
    july = [charge(ALPINE, "2026-07-01", rate="900.00"), charge(ALPINE, "2026-07-02", disposition="held")]
    facts = book(today=date(2026, 8, 1))
    assert documents(june + july, facts=facts)["nz/2026-06/Alpine Dental"] == only(june, facts=facts)


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


def test_the_approval_date_is_today():
    assert only([charge(ALPINE)], invoice_date=InvoiceDay("approval_date")).invoice_date == date(2026, 7, 2)


def test_a_required_po_that_is_missing_holds_the_document():
    one = only([charge(client(po_required=True))])
    assert one.hold == (
        "Alpine Dental requires a PO and there is none for the days worked: say `po:` at clients.yaml:7",
    )
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


def test_a_client_with_unfinished_time_is_held():
    one = only([charge(ALPINE), *unfinished()])
    assert one.hold == (
        (
            "incomplete: Alpine Dental still has 3 entries (3:30 h) unmatched, pending or held in 2026-06: "
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
    again = only(
        [charge(ALPINE, hours="2")], known=Known(billed_customers=frozenset({("nz", "c-alpine")}), nets=known.nets)
    )
    assert again.flags == ()


def test_far_more_than_last_month_is_measured_over_all_of_a_clients_documents():
    known = Known(nets={("nz", "Alpine Dental", "NZD", "2026-05"): D("100.00")})
    rows = [charge(ALPINE, hours="2", po="PO-1"), charge(ALPINE, hours="2", po="PO-2")]
    assert [one.flags for one in documents(rows, known=known).values()] == [("over 3 x last month",)] * 2
    assert [
        one.flags
        for one in documents(rows, files(safety=Safety(client_total_over_last_month=None)), known=known).values()
    ] == [(), ()]


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


def test_documents_come_by_book_period_and_key():
    mapping = files(us={"currency": "NZD"})
    facts = {"nz": book(), "us": book("us", checks_catalogue=False, catalogue=None)}
    rows = [
        charge(client(name), day, book=of)
        for of in ("us", "nz")
        for day in ("2026-06-30", "2026-05-01")
        for name in ("B", "A")
    ]
    made = propose(rows, mapping, facts).documents
    assert [one.key for one in made] == [
        f"{of}/{period}/{name}" for of in ("nz", "us") for period in ("2026-05", "2026-06") for name in ("A", "B")
    ]


def test_charges_of_other_books_without_client_or_day_are_passed_over():
    rows = [
        charge(ALPINE, book="us"),
        charge(Terms(book="nz"), disposition="held"),
        charge(ALPINE, None, disposition="held"),
    ]
    assert proposals(rows) == proposals([])


def test_rating_can_ask_for_the_period_of_any_terms():
    layouts = Layouts(files(us={"document_every": "week"}), {"nz": book()})
    weekly = terms(client("Bayside Motors", document_every="week"))
    day = date(2026, 6, 3)
    assert [layouts.period_of(said, day) for said in (weekly, weekly, terms(ALPINE), Terms(book="us"), Terms(book="?"), terms(ALPINE, book="us"))] == [
        "2026-W23", "2026-W23", "2026-06", "2026-W23", "2026-06", "2026-W23",
    ]  # fmt: skip


def test_what_the_book_looks_at_counts_by_the_invoice_date():
    later = date(2026, 6, 30)
    said = {
        "invoice_date": (Span(InvoiceDay("approval_date")), Span(InvoiceDay("period_end"), since=later)),
        "amounts": (Span("tax_exclusive"), Span("no_tax", since=later)),
        "send_as": (Span("draft"), Span("posted", since=later)),
        "number": (Span("A{seq}"), Span("B{seq}", since=later)),
    }
    one = only([charge(client(**said), "2026-06-01")])
    assert (one.invoice_date, one.amounts, one.send_as, one.series) == (later, "no_tax", "posted", "B{seq}")


def test_what_groups_counts_by_the_first_day_of_the_period():
    middle = date(2026, 6, 2)
    said = {
        "document_per": (Span("client"), Span("project", since=middle)),
        "incomplete": (Span("send"), Span("hold", since=middle)),
    }
    one = only([charge(client(**said), project="Attic"), charge(client(**said), disposition="held")])
    assert (one.key, one.hold) == ("nz/2026-06/Alpine Dental", ())


def test_a_book_has_no_po_of_its_own():
    assert only([charge(ALPINE)], po="PO-1").po == ""


def test_late_time_at_an_old_rate_is_no_change_of_rate():
    known = Known(closed=frozenset({"nz/2026-06/Alpine Dental"}))
    rows = [charge(ALPINE, "2026-06-28", rate="100.00"), charge(ALPINE, "2026-07-10")]
    assert only(rows, known=known, facts=book(today=date(2026, 8, 1))).flags == ("late time",)
