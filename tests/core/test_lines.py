from datetime import date

import pytest
from invoicing_firm import HERE, Decimal, charge, client, code, files, only, options, terms

from connector.core.mapping import BillTo, Person, Project, Span
from connector.core.values import Price
from connector.model import Target

D = Decimal
ALPINE = client()


def lines(charges, mapping=None, **said):
    return [proposed.line for proposed in only(charges, mapping, **said).lines]


def test_a_rise_in_the_middle_of_the_month_makes_two_lines():
    one = only([charge(ALPINE, "2026-06-14", rate="145.00"), charge(ALPINE, "2026-06-15", rate="155.00")])
    assert [(line.line.price, line.line.service_from.day) for line in one.lines] == [
        (D("145.00"), 14),
        (D("155.00"), 15),
    ]
    assert "rate changed in period" in one.flags


def test_equal_prices_written_differently_share_a_line():
    assert len(lines([charge(ALPINE, rate="172.50"), charge(ALPINE, rate="172.5000")])) == 1


def test_a_price_of_the_charge_itself_beats_that_of_its_terms():
    price = Price(D("99.00"), "NZD", D("99.00"), D(1), ())
    assert lines([charge(ALPINE, price=price)])[0].price == D("99.00")


@pytest.mark.parametrize(
    ("one_per", "expected"),
    [
        ((), 1),
        (("work_type",), 2),
        (("person",), 2),
        (("role",), 2),
        (("project",), 2),
        (("billing_code",), 1),
        (("ticket",), 3),
        (("task",), 2),
        (("date",), 3),
        (("entry",), 4),
        (("site",), 2),
        (("department",), 2),
        (("ticket", "person"), 4),
    ],
)
def test_lines_are_grouped_as_finance_says(one_per, expected):
    cho = {"person": "Cho", "role": "engineer", "work_type": "Support", "project": "A"}
    ana = {"person": "Ana", "role": "principal", "work_type": "Visit", "project": "B"}
    rows = [
        charge(ALPINE, "2026-06-01", entry={"ticket": "1", "task": "T", "site": "HQ", "department": "IT"}, **cho),
        charge(ALPINE, "2026-06-02", entry={"ticket": "2"}, **cho),
        charge(ALPINE, "2026-06-02", entry={"ticket": "2"}, **ana),
        charge(ALPINE, "2026-06-03", entry={"ticket": "3"}, **cho),
    ]
    assert len(lines(rows, lines_one_per=one_per)) == expected


def test_lines_never_mix_billing_codes_or_tracking_of_persons():
    people = (Person(key="Ana", where=HERE, tracking=(Span((("Region", "Waikato"),)),)),)
    rows = [
        charge(ALPINE, person="Cho"),
        charge(ALPINE, person="Ana"),
        charge(ALPINE, person="Cho", billing_code="project"),
    ]
    made = lines(rows, files(people=people))
    assert sorted(line.tracking for line in made) == [(), (("Department", "Projects"),), (("Region", "Waikato"),)]


def test_tracking_is_resolved_category_by_category():
    people = (Person(key="Ana", where=HERE, tracking=(Span((("Region", "Waikato"), ("Department", "Managed services"))),)),)
    eastland = client("Eastland Health Trust", tracking=(("region", "Waikato"),))
    mapping = files(people=people, nz={"tracking": (("Department", "Managed services"),)})
    assert lines([charge(eastland, person="Ana", billing_code="project")], mapping)[0].tracking == (
        ("Department", "Projects"),
        ("Region", "Waikato"),
    )
    assert lines([charge(eastland, person="Cho")], mapping)[0].tracking == (
        ("Department", "Managed services"),
        ("Region", "Waikato"),
    )


@pytest.mark.parametrize(
    ("of", "coded", "expected"),
    [
        (
            client(
                "Glenholm Council",
                tax_code="Zero Rated",
                projects=[Project(name="A", options=options(tax_code="OUTPUT2"), where=HERE)],
            ),
            "Zero Rated",
            "OUTPUT2",
        ),
        (client("Glenholm Council", tax_code="Zero Rated"), "OUTPUT2", "ZERO"),
        (client("Glenholm Council"), "Zero Rated", "ZERO"),
        (client("Glenholm Council"), (), "OUTPUT2"),
    ],
)
def test_the_tax_code_is_project_then_client_then_billing_code_then_default(of, coded, expected):
    mapping = files(codes=(code("support", nz=Target("account", "200"), tax_code=coded),))
    assert lines([charge(of, project="a")], mapping)[0].tax_code == expected


def test_the_tax_code_counts_by_the_invoice_date():
    said = (Span("Zero Rated", until=date(2026, 6, 29)), Span("15% GST on Income", since=date(2026, 6, 30)))
    assert lines([charge(client(tax_code=said), "2026-06-01")])[0].tax_code == "OUTPUT2"


def test_time_given_free_is_printed_at_nothing_where_the_client_is_to_see_it():
    rows = [charge(ALPINE), charge(ALPINE, disposition="no_charge"), charge(ALPINE, disposition="covered")]
    assert len(lines(rows)) == 1
    shown = only(rows, show=("no_charge",))
    assert sorted((line.line.price, line.line.net, line.line.quantity) for line in shown.lines) == [
        (D("0.00"), D("0.00"), D("1.00")),
        (D("145.00"), D("145.00"), D("1.00")),
    ]
    assert {one.disposition for one in shown.charges} == {"ready", "no_charge"}
    assert len(lines(rows, show=("no_charge", "covered"))) == 3


def test_free_time_needs_no_price():
    assert only([charge(ALPINE), charge(ALPINE, disposition="covered", rate="", currency="")], show=("covered",)).net == D("145.00")


def test_ready_time_without_a_price_is_a_broken_promise():
    with pytest.raises(AssertionError, match="has no price"):
        only([charge(ALPINE, rate="")])


def test_a_line_says_why():
    said = client(tax_code="Zero Rated")
    [proposed] = only([charge(said), charge(said)]).lines
    assert [(why.rule, str(why.where)) for why in proposed.why] == [
        ("client", "clients.yaml:7"),
        ("rate", "rate_cards.yaml:9"),
        ("billing_code", "clients.yaml:7"),
        ("tax_code", "clients.yaml:7"),
    ]


def test_lines_stand_in_the_order_worked():
    rows = [
        charge(ALPINE, "2026-06-20", work_type="A"),
        charge(ALPINE, "2026-06-02", work_type="B"),
        charge(ALPINE, "2026-06-28", work_type="B"),
    ]
    assert [(line.description, line.service_from.day, line.service_to.day) for line in lines(rows)] == [
        ("B, June 2026", 2, 28),
        ("A, June 2026", 20, 20),
    ]


def test_a_project_with_its_own_lines_keeps_them_on_the_clients_document():
    refresh = Project(
        name="Server refresh",
        options=options(lines_one_per=("date", "person"), line_text="{date} {person}: {notes}"),
        where=HERE,
    )
    glenholm = client("Glenholm Council", projects=[refresh])
    its = terms(glenholm, project="server refresh")
    made = lines([charge(glenholm), *(charge(its, day, entry={"notes": "x"}) for day in ("2026-06-11", "2026-06-12"))])
    assert [line.description for line in made] == [
        "Remote support, June 2026",
        "11 June 2026 Cho Min-jun: x",
        "12 June 2026 Cho Min-jun: x",
    ]


def test_lines_of_two_texts_are_apart():
    attic = Project(name="Attic", options=options(line_text="{project}"), where=HERE)
    glenholm = client("Glenholm Council", projects=[attic])
    assert [line.description for line in lines([charge(glenholm, "2026-06-01", project="Attic"), charge(glenholm, "2026-06-02")])] == [
        "Attic",
        "Remote support, June 2026",
    ]


def test_a_bill_tos_tax_code_beats_its_projects():
    attic = Project(name="Attic", options=options(tax_code="OUTPUT2"), where=HERE)
    payer = BillTo(customer="Glenholm Council", options=options(tax_code="Zero Rated"), where=HERE)
    assert lines([charge(client("G", projects=[attic], bill_to=[payer]), project="Attic", bill_to=0)])[0].tax_code == "ZERO"


def test_a_projects_tracking_beats_its_clients():
    attic = Project(name="Attic", options=options(tracking=(("Department", "Projects"),)), where=HERE)
    of = client("Glenholm Council", projects=[attic], tracking=(("Department", "Managed services"), ("Region", "Waikato")))
    assert lines([charge(of, project="Attic")])[0].tracking == (("Department", "Projects"), ("Region", "Waikato"))
