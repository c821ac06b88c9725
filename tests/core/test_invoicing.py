from datetime import date

from invoicing_firm import (
    HERE,
    Decimal,
    book,
    charge,
    client,
    documents,
    files,
    only,
    options,
    proposals,
    terms,
)

from connector.core.invoicing import propose
from connector.core.layout import Layouts
from connector.core.mapping import BillTo, InvoiceDay, Name, Project, Span, TermsOfPayment
from connector.core.values import Terms

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
            BillTo(customer="Fairweather Logistics Pty Ltd", projects=(Name("Depot *"),), options=logistics, where=HERE),
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
    assert set(documents(tickets, document_per="ticket")) == {f"nz/2026-06/Alpine Dental{end}" for end in ("", "/ticket=7", "/ticket=8")}


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


def test_the_approval_date_is_today():
    assert only([charge(ALPINE)], invoice_date=InvoiceDay("approval_date")).invoice_date == date(2026, 7, 2)


def test_documents_come_by_book_period_and_key():
    mapping = files(us={"currency": "NZD"})
    facts = {"nz": book(), "us": book("us", checks_catalogue=False, catalogue=None)}
    rows = [charge(client(name), day, book=of) for of in ("us", "nz") for day in ("2026-06-30", "2026-05-01") for name in ("B", "A")]
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
