from datetime import date

import pytest
from invoicing_firm import HERE, Decimal, book, catalogue, charge, client, code, files, only, options, terms

from connector.core.mapping import BillTo, Person, Project, Rounding, Span
from connector.core.values import Price
from connector.model import Target, TaxCode

D = Decimal
ALPINE = client()


def lines(charges, mapping=None, **said):
    return [proposed.line for proposed in only(charges, mapping, **said).lines]


def test_a_line_is_hours_rounded_once_times_price_rounded_half_up():
    [line] = lines(
        [
            charge(ALPINE, hours="0.333", rate="145.50"),
            charge(ALPINE, hours="0.333", rate="145.50"),
            charge(ALPINE, hours="0.334", rate="145.50"),
        ]
    )
    assert (line.quantity, line.price, line.net, line.tax) == (D("1.00"), D("145.50"), D("145.50"), D("21.83"))
    assert (line.description, line.target, line.tax_code) == (
        "Remote support, June 2026",
        Target("account", "200"),
        "OUTPUT2",
    )


def test_half_a_cent_goes_up_as_the_vendor_expects():
    [line] = lines([charge(ALPINE, billed=462060, rate="14.50")], files(hours_places=3))
    assert (line.quantity, line.net) == (D("128.350"), D("1861.08"))


def test_shares_follow_billed_time_and_add_up_to_the_net():
    one = only([charge(ALPINE, hours="1", billed=1200, rate="100.00", number=n) for n in (3, 1, 2)])
    [line] = one.lines
    assert [(share.charge.staged.key, share.net) for share in line.shares] == [
        (1, D("33.34")),
        (2, D("33.33")),
        (3, D("33.33")),
    ]
    assert sum(share.net for share in line.shares) == line.line.net == one.net == D("100.00")


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
    people = (
        Person(key="Ana", where=HERE, tracking=(Span((("Region", "Waikato"), ("Department", "Managed services"))),)),
    )
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
    assert only(
        [charge(ALPINE), charge(ALPINE, disposition="covered", rate="", currency="")], show=("covered",)
    ).net == D("145.00")


def test_ready_time_without_a_price_is_a_broken_promise():
    with pytest.raises(AssertionError, match="has no price"):
        only([charge(ALPINE, rate="")])


def rounding(per="line", increment=15, direction="up", minimum=0):
    return Rounding(increment_minutes=increment, direction=direction, minimum_minutes=minimum, per=per)


@pytest.mark.parametrize(
    ("minutes", "rule", "hours"),
    [
        ((4, 4, 5), rounding(), "0.25"),
        ((7, 7, 7), rounding(), "0.50"),
        ((7,), rounding(direction="down"), "0.00"),
        ((8,), rounding(direction="nearest"), "0.25"),
        ((7,), rounding(direction="nearest"), "0.00"),
        ((4,), rounding(increment=6, minimum=15), "0.25"),
        ((0,), rounding(minimum=15), "0.00"),
        ((20,), rounding(per="entry"), "0.33"),
    ],
)
def test_rounding_per_line_is_of_the_lines_summed_time(minutes, rule, hours):
    rows = [charge(ALPINE, billed=0 if rule.per == "line" else n * 60, hours=D(n) / 60, rounding=rule) for n in minutes]
    [proposed] = only(rows, net_zero="send").lines
    assert proposed.line.quantity == D(hours)
    if rule.per == "line":
        assert sum(share.charge.billed for share in proposed.shares) == D(hours) * 3600


def test_rounding_per_line_starts_from_worked_time_and_leaves_decisions_alone():
    rule = rounding()
    rows = [
        charge(ALPINE, hours="0.10", billed=900, rounding=rule),
        charge(ALPINE, hours="0.10", billed=360, rounding=rule, entry={"hours": D("0.1")}),
        charge(ALPINE, hours="2.00", billed=5000, rounding=rule),
    ]
    [proposed] = only(rows).lines
    assert sorted(share.charge.billed for share in proposed.shares) == [450, 450, 5000]


def test_rounding_per_line_keeps_a_fraction_of_a_second_taken_back():
    back = charge(ALPINE, hours="-0.0015", billed=0, rounding=rounding(), entry={"hours": D("-0.0015")})
    [share] = only([back], net_zero="send").lines[0].shares
    assert share.charge.billed == D("-5.4")


def test_lines_with_different_ways_of_rounding_are_apart():
    rows = [charge(ALPINE, rounding=rounding()), charge(ALPINE, rounding=rounding(increment=6))]
    assert len(lines(rows)) == 2


def test_time_taken_back_is_a_positive_quantity_at_a_negative_price():
    rows = [charge(ALPINE, hours="-0.5", work_type="Visit"), charge(ALPINE, hours="2")]
    assert sorted((line.quantity, line.price, line.net) for line in lines(rows)) == [
        (D("0.50"), D("-145.00"), D("-72.50")),
        (D("2.00"), D("145.00"), D("290.00")),
    ]


def test_yen_that_do_not_come_out_whole_are_one_times_the_amount():
    tokyo = {"rate": "10001", "currency": "JPY"}
    [odd] = lines([charge(ALPINE, hours="0.25", **tokyo)], currency="JPY")
    assert (odd.quantity, odd.price, odd.net, odd.tax) == (D(1), D(2500), D(2500), D(375))
    assert odd.description == "Remote support, June 2026 (0.25 h at 10001)"
    [whole] = lines([charge(ALPINE, hours="2", **tokyo)], currency="JPY")
    assert (whole.quantity, whole.price, whole.net, whole.description) == (
        D("2.00"),
        D(10001),
        D(20002),
        "Remote support, June 2026",
    )


def test_dinars_have_three_places_and_a_book_with_two_cannot_take_them():
    kuwait = {"rate": "20.125", "currency": "KWD"}
    one = only([charge(ALPINE, hours="0.33", **kuwait)], currency="KWD", facts=book(amount_places=3))
    assert (one.net, one.hold) == (D("6.641"), ())
    assert only([charge(ALPINE, **kuwait)], currency="KWD").hold == (
        "KWD has 3 decimals, book nz takes 2: this document cannot be sent there",
    )


def test_a_price_finer_than_the_book_takes_is_held():
    assert "the price 145.12345 has 5 decimals, book nz takes 4" in only([charge(ALPINE, rate="145.12345")]).hold[0]


def test_hours_are_no_finer_than_the_book_takes():
    assert lines([charge(ALPINE, hours="0.3333")], files(hours_places=4), facts=book(quantity_places=2))[
        0
    ].quantity == D("0.33")


def test_prices_that_include_tax_are_split_exactly():
    one = only(
        [charge(ALPINE, rate="100.00"), charge(ALPINE, rate="33.33", work_type="Visit")], amounts="tax_inclusive"
    )
    assert (one.gross, one.net, one.tax) == (D("133.33"), D("115.94"), D("17.39"))
    assert sum(share.net for line in one.lines for share in line.shares) == one.net


def test_inclusive_prices_without_a_known_percentage_are_held():
    facts = book(catalogue=catalogue(tax_codes=(TaxCode(code="OUTPUT2", name="15% GST on Income"),)))
    assert "nobody knows how much" in only([charge(ALPINE)], amounts="tax_inclusive", facts=facts).hold[0]


def test_tax_per_document_and_theirs_and_none():
    rows = [charge(ALPINE, rate="0.50", work_type=kind) for kind in "AB"]
    assert only(rows).tax == D("0.16")
    assert only(rows, facts=book(tax="per_document")).tax == D("0.15")
    theirs = only(rows, facts=book(tax="theirs"))
    assert (theirs.tax, theirs.gross, theirs.net) == (None, None, D("1.00"))
    free = only(rows, amounts="no_tax")
    assert (free.tax, free.gross, free.lines[0].line.tax_code) == (D("0.00"), D("1.00"), "")


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
    assert [
        line.description
        for line in lines([charge(glenholm, "2026-06-01", project="Attic"), charge(glenholm, "2026-06-02")])
    ] == [
        "Attic",
        "Remote support, June 2026",
    ]


def test_a_bill_tos_tax_code_beats_its_projects():
    attic = Project(name="Attic", options=options(tax_code="OUTPUT2"), where=HERE)
    payer = BillTo(customer="Glenholm Council", options=options(tax_code="Zero Rated"), where=HERE)
    assert (
        lines([charge(client("G", projects=[attic], bill_to=[payer]), project="Attic", bill_to=0)])[0].tax_code
        == "ZERO"
    )


def test_a_projects_tracking_beats_its_clients():
    attic = Project(name="Attic", options=options(tracking=(("Department", "Projects"),)), where=HERE)
    of = client(
        "Glenholm Council", projects=[attic], tracking=(("Department", "Managed services"), ("Region", "Waikato"))
    )
    assert lines([charge(of, project="Attic")])[0].tracking == (("Department", "Projects"), ("Region", "Waikato"))
