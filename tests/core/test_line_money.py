import pytest
from invoicing_firm import Decimal, book, catalogue, charge, client, files, only

from connector.core.mapping import Rounding
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
    assert lines([charge(ALPINE, hours="0.3333")], files(hours_places=4), facts=book(quantity_places=2))[0].quantity == D("0.33")


def test_prices_that_include_tax_are_split_exactly():
    one = only([charge(ALPINE, rate="100.00"), charge(ALPINE, rate="33.33", work_type="Visit")], amounts="tax_inclusive")
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
