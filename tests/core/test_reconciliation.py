from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.core.ledger import Known
from connector.core.reconciliation import IN_WIP, Movement, confirmed, difference, is_by_others, roll_forward, their_net
from connector.core.values import DISPOSITIONS
from connector.model import Document, Line, Remote, Target

D = Decimal


def moved(disposition, amount, **facts):
    return Movement(currency="NZD", disposition=disposition, amount=D(amount), **facts)


MOVEMENTS = st.builds(
    Movement,
    currency=st.sampled_from(["NZD", "USD", "JPY"]),
    disposition=st.sampled_from(DISPOSITIONS),
    amount=st.decimals(-10_000, 10_000, places=2),
    correction=st.booleans(),
    earlier=st.booleans(),
    origin=st.sampled_from(["own", "late", "carried"]),
)


@given(st.lists(MOVEMENTS))
def test_a_roll_forward_always_adds_up(movements):
    rolled = roll_forward(movements)
    assert all(wip.adds_up for wip in rolled.values())
    for currency, wip in rolled.items():
        mine = [one for one in movements if one.currency == currency]
        assert wip.closing == sum(one.amount for one in mine if one.disposition in IN_WIP)
        assert wip.unmatched == sum(one.amount for one in mine if one.disposition == "unmatched")


@given(st.lists(MOVEMENTS))
def test_the_order_of_movements_does_not_matter(movements):
    assert roll_forward(movements) == roll_forward(reversed(movements))


def test_each_amount_comes_in_by_its_own_way_and_ends_in_its_own_place():
    wip = roll_forward([
        moved("ready", 1, earlier=True), moved("ready", 2, origin="carried"), moved("invoiced", 4, origin="late"), moved("held", 8, correction=True),
        moved("drafted", 16), moved("written_off", 32), moved("covered", 64), moved("invoiced", 128, earlier=True), moved("unmatched", 256),
        moved("invoiced", 512),
    ])["NZD"]  # fmt: skip
    assert (wip.opening, wip.worked, wip.late, wip.repriced) == (3, 16 + 32 + 64 + 512, 4, 8)
    assert (wip.invoiced, wip.written_off, wip.other) == (516, 32, 64)
    assert (wip.closing, wip.of_which_drafted, wip.of_which["held"], wip.unmatched) == (27, 16, 8, 256)


def test_amounts_have_the_places_of_their_currency():
    (wip,) = roll_forward([Movement(currency="JPY", disposition="unmatched", amount=D(5))]).values()
    assert str(wip.closing) == "0"


# ---- a document --------------------------------------------------------------------------------------------------------------------

LINE = Line(
    description="Support", quantity=D(2), price=D(50), net=D("100.00"), target=Target("account", "200"), tax=D("15.00"),
    service_from=date(2026, 6, 1), service_to=date(2026, 6, 2),
)  # fmt: skip
TARGET = Document(
    number="HB-1", mark="m", customer_id="c", customer="C", invoice_date=date(2026, 6, 30), due_date=date(2026, 7, 14), currency="NZD",
    amounts="tax_exclusive", send_as="draft", lines=(LINE,), net=D("100.00"), tax=D("15.00"), gross=D("115.00"),
)  # fmt: skip
THERE = Remote(id="r1", number="HB-1", status="draft", net=D("100.00"), tax=D("15.00"), gross=D("115.00"))


def known(theirs=THERE, **facts):
    given_facts = {
        "state": "done",
        "remote_id": "r1" if theirs else "",
        "their_status": theirs.status if theirs else "",
        **facts,
    }
    return Known(
        id=1, book="nz", key="k", generation=1, number="HB-1", client="C", period="2026-06", currency="NZD", net=D("100.00"), target=TARGET,
        theirs=theirs, **given_facts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (known(), ""),
        (known(None, state="intended"), "not confirmed"),
        (known(state="sent"), "not confirmed"),
        (known(state="held", reason="two stand there"), "two stand there"),
        (known(state="held"), "nobody knows"),
        (known(None, state="refused", reason="no such account"), "no such account"),
        (known(None, state="refused"), "refused: over there"),
        (known(their_status="voided"), "voided over there"),
        (known(None), "missing over there"),
        (known(touched="due date was changed"), "due date was changed"),
        (known(Remote(id="r1", number="HB-1", status="draft", net=D("99.00"), tax=D("15.00"))), "their net is another"),
        (
            known(Remote(id="r1", number="HB-1", status="draft", net=D("100.00"), tax=D("14.99"))),
            "tax: ours 15.00, theirs 14.99",
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_said_with_a_next_step(document, said):
    told, next_step = difference(document)
    assert said in told
    assert bool(told) == bool(said)
    assert bool(told) == bool(next_step)


@pytest.mark.parametrize(
    ("document", "is_somebodys"),
    [
        (known(), False),
        (known(None, state="refused"), False),
        (known(state="refused", touched="net was changed"), True),
        (known(state="held", touched="net was changed"), False),
        (known(their_status="voided"), True),
        (known(their_status="voided", chosen="again"), False),
        (replace(known(their_status="voided"), net=D(0)), False),
        (known(touched="net was changed"), True),
        (known(touched="net: ours 1, theirs 2", base=known().theirs), False),
    ],
)
def test_what_somebody_did_over_there_is_told_apart_and_with_who_it_was(document, is_somebodys):
    assert is_by_others(document) == is_somebodys
    assert ("not by us" in difference(document)[0]) == is_somebodys
    assert ("by Mac Haag" in difference(document, "by Mac Haag")[0]) == is_somebodys


def test_their_net_is_nothing_once_it_is_out_of_force_and_unknown_until_it_was_read():
    assert their_net(known()) == D("100.00")
    assert their_net(known(their_status="voided")) == D("0.00")
    assert their_net(known(None)) is None


def test_figures_stay_confirmed_when_an_amendment_is_refused():
    assert confirmed(known())
    assert confirmed(known(state="refused"))
    assert not confirmed(known(None, state="refused"))
    assert not confirmed(known(state="sent"))
