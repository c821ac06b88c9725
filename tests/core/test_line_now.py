"""A correction of a line is what the whole line would be now minus what was billed of it, never the price of the difference."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.core.line_now import Part, net_now
from connector.core.mapping import Rounding
from connector.core.money import allocate, round_half_up
from connector.core.overlay import overlay
from connector.core.values import Price
from tests.core.ledgers import charge, claim, document, known, ledger, line

RATE = Decimal("101.50")
PRICE = Price(RATE, "NZD", RATE, Decimal(1), ())


def worth(hours, rate=RATE):
    """What the hours come to by themselves."""
    return round_half_up(Decimal(hours) * rate, 2)


def billed(hours, *, price=PRICE, entry=1, **said):
    seconds = int(Decimal(hours) * 3600)
    return charge(entry, seconds=seconds, price=price, value=worth(hours, price.rate), **said)


def as_billed(*hours, rate=RATE, **said):
    """A posted document of one line, and its claims: the line's net shared out by time."""
    whole = round_half_up(sum(map(Decimal, hours)), 2)
    net = worth(whole, rate)
    shares = allocate(net, [Decimal(one) * 3600 for one in hours], 2)
    claims = [claim(billed(one, entry=at), net=share) for at, (one, share) in enumerate(zip(hours, shares, strict=True), start=1)]
    lines = line(f"{net:.2f}", quantity=whole, price=rate, **said)
    return known(target=document(lines), their_status="posted"), claims


def corrections(on, claims, *now):
    return [one for one in overlay(now, ledger([on], claims)) if one.kind == "correction"]


def test_the_worked_example_of_033_033_and_034_hours():
    """0.33 + 0.33 + 0.34 = 1.00 h at 101.50. One third becomes 0.34: the line would be 1.01 h = 102.52, a cent more than the
    difference of the entry's own prices says."""
    on, claims = as_billed("0.33", "0.33", "0.34")
    assert [one.net for one in claims] == [Decimal("33.50"), Decimal("33.49"), Decimal("34.51")]
    assert worth("0.34") - worth("0.33") == Decimal("1.01"), "what it would be by itself"
    (found,) = corrections(on, claims, billed("0.34", entry=1, revision=2), billed("0.33", entry=2), billed("0.34", entry=3))
    assert found.value == Decimal("102.52") - Decimal("101.50") == Decimal("1.02")


def test_several_corrections_of_one_line_share_its_cents():
    on, claims = as_billed("0.33", "0.33", "0.34")
    now = [billed("0.35", entry=1, revision=2), billed("0.35", entry=2, revision=2), billed("0.35", entry=3, revision=2)]
    found = corrections(on, claims, *now)
    assert sum(one.value for one in found) == worth("1.05") - worth("1.00") == Decimal("5.08")
    assert 3 * worth("0.35") - worth("1.00") == Decimal("5.09"), "what they would be by themselves"


def test_what_is_deleted_leaves_what_the_rest_of_the_line_would_be():
    on, claims = as_billed("0.33", "0.33", "0.34")
    gone = [billed("0.33", entry=at, revision=2, disposition="deleted") for at in (1, 2)]
    found = corrections(on, claims, *gone, billed("0.34", entry=3))
    assert sum(one.value for one in found) == worth("0.34") - worth("1.00")
    everything = [billed(h, entry=at, revision=2, disposition="deleted") for at, h in enumerate(("0.33", "0.33", "0.34"), start=1)]
    assert sum(one.value for one in corrections(on, claims, *everything)) == -worth("1.00")


def test_time_given_free_after_it_was_billed_leaves_what_the_rest_of_the_line_would_be():
    on, claims = as_billed("0.33", "0.33", "0.34")
    now = [billed("0.33", entry=1, revision=2, disposition="no_charge"), billed("0.33", entry=2), billed("0.34", entry=3)]
    (found,) = corrections(on, claims, *now)
    assert found.value == worth("0.67") - worth("1.00")


def test_a_price_that_is_now_another_makes_a_line_of_its_own():
    on, claims = as_billed("0.33", "0.33", "0.34")
    dear = Price(Decimal("120.50"), "NZD", Decimal("120.50"), Decimal(1), ())
    now = [billed("0.33", entry=1, revision=2, price=dear), billed("0.33", entry=2), billed("0.34", entry=3)]
    (found,) = corrections(on, claims, *now)
    assert found.value == worth("0.67") + worth("0.33", dear.rate) - worth("1.00")


def test_a_correction_that_has_no_price_is_left_out_of_its_line():
    on, claims = as_billed("0.33", "0.33", "0.34")
    unknown = charge(1, seconds=1800, revision=2, price=None, value=None, estimate="none")
    mean = charge(2, seconds=1800, revision=2, price=None, value=Decimal(60), estimate="client_mean")
    found = corrections(on, claims, unknown, mean, billed("0.35", entry=3, revision=2))
    assert [one.value for one in found] == [None, Decimal(60) - claims[1].net, worth("1.01") - worth("1.00")]


def test_lines_are_told_apart():
    lines = [line("101.50", quantity=Decimal("1.00"), price=RATE), line("50.75", quantity=Decimal("0.50"), price=RATE)]
    on = known(target=document(*lines), their_status="posted")
    claims = [claim(billed("1.00"), net=Decimal("101.50")), claim(billed("0.50", entry=2), net=Decimal("50.75"), line=1)]
    found = corrections(on, claims, billed("1.01", revision=2), billed("0.51", entry=2, revision=2))
    assert [one.value for one in found] == [worth("1.01") - worth("1.00"), worth("0.51") - worth("0.50")]


def test_while_an_amendment_is_in_doubt_each_correction_stands_by_itself():
    on, claims = as_billed("0.33", "0.33", "0.34")
    for stray in (claim(billed("0.50", entry=4)), claim(billed("0.50", entry=4), line=7)):
        found = corrections(on, [*claims, stray], billed("0.34", entry=1, revision=2), billed("0.51", entry=4, revision=2))
        assert found[0].value in (worth("0.34") - claims[0].net, worth("1.01") - worth("1.00"))
        assert found[1].value == worth("0.51") - stray.net


# ---- what a line would be ---------------------------------------------------------------------------------------------------------------


def part(minutes, rate=None):
    return Part(minutes * 60, Decimal(minutes * 60), rate)


def test_a_line_that_went_as_one_times_its_amount_still_has_a_price():
    whole = line("1667", quantity=Decimal(1), price=Decimal(1667))
    before = [part(10), part(10)]  # 0.33 h at 5050
    assert net_now(whole, "JPY", before, before, 2) == Decimal(1667)
    assert net_now(whole, "JPY", before, [part(10), part(20, Decimal(5050))], 2) == Decimal(2525)
    assert net_now(whole, "JPY", before, [part(20), part(30, Decimal(6000))], 2) == Decimal(1667) + Decimal(3000)


def test_a_line_of_nothing_takes_what_comes_at_its_own_price():
    assert net_now(line("0.00", quantity=Decimal(0), price=Decimal(90)), "NZD", [part(0)], [part(60)], 2) == Decimal("90.00")


def test_prices_that_include_tax_are_compared_without_it():
    inclusive = line("100.00", quantity=Decimal("1.00"), price=Decimal(115))
    assert net_now(inclusive, "NZD", [part(60)], [part(60)], 2) == Decimal("100.00")
    assert net_now(inclusive, "NZD", [part(60)], [part(90)], 2) == Decimal("150.00")


PER_LINE = Rounding(15, "up", 0, "line")


TOGETHER = [Part(600, Decimal(900)), Part(600, Decimal(900))]
"""20 minutes, billed as 30."""
AS_WORKED = [Part(600, Decimal(600)), Part(600, Decimal(600))]


@pytest.mark.parametrize(
    ("before", "rounding", "hours"),
    [
        (TOGETHER, PER_LINE, "0.75"),
        (AS_WORKED, PER_LINE, "0.58"),
        (AS_WORKED, None, "0.58"),
        (TOGETHER, Rounding(15, "up", 0, "entry"), "0.67"),
    ],
    ids=["rounded together", "decided by a person", "no rule", "rounded one by one"],
)
def test_time_that_is_rounded_by_the_line_is_rounded_by_the_line_again(before, rounding, hours):
    quantity = round_half_up(before[0].billed * 2 / 3600, 2)
    one = line(f"{quantity * 100:.2f}", quantity=quantity)
    assert net_now(one, "NZD", before, [before[0], Part(1500, Decimal(1500))], 2, rounding) == Decimal(hours) * 100


@given(
    st.lists(st.integers(1, 600), min_size=1, max_size=6), st.data(),
    st.sampled_from([Decimal("33.33"), Decimal("66.67"), Decimal("101.50"), Decimal("87.65")]),
)  # fmt: skip
def test_the_corrections_of_a_line_always_add_up_to_the_line_now_less_the_line_billed(minutes, data, rate):
    price = Price(rate, "NZD", rate, Decimal(1), ())
    before = [charge(at, seconds=m * 60, price=price, value=round_half_up(m * rate / 60, 2)) for at, m in enumerate(minutes, start=1)]
    hours = round_half_up(Decimal(sum(minutes)) / 60, 2)
    net = round_half_up(hours * rate, 2)
    shares = allocate(net, [one.billed for one in before], 2)
    on = known(target=document(line(f"{net:.2f}", quantity=hours, price=rate)), their_status="posted")
    claims = [claim(one, net=share) for one, share in zip(before, shares, strict=True)]
    after = [data.draw(st.sampled_from([m, m + 1, m + 7, 0])) for m in minutes]
    now = [
        one if m == was else charge(one.staged.key, seconds=m * 60, revision=2, price=price, value=round_half_up(m * rate / 60, 2))
        for one, was, m in zip(before, minutes, after, strict=True)
    ]
    found = corrections(on, claims, *now)
    expected = round_half_up(round_half_up(Decimal(sum(after)) / 60, 2) * rate, 2)
    if found:
        assert sum(one.value for one in found) == expected - net


def test_time_claimed_by_an_amendment_in_doubt_for_a_line_that_is_not_there_yet_is_compared_by_its_worth():
    on, claims = as_billed("1.00")
    fresh = claim(billed("0.50", entry=2), net=worth("0.50"), line=1)
    in_doubt = msgspec.structs.replace(on, state="held")
    assert corrections(in_doubt, [*claims, fresh], billed("1.00", entry=1), billed("0.50", entry=2, revision=2)) == []
    dear = Price(Decimal("120.50"), "NZD", Decimal("120.50"), Decimal(1), ())
    (found,) = corrections(in_doubt, [*claims, fresh], billed("1.00", entry=1), billed("0.50", entry=2, price=dear, revision=2))
    assert found.seconds == 0
