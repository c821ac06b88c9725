"""A backup is restored that forgot what was sent, and somebody over there has given it another number: on the emulated vendors, where
QuickBooks keeps our note and Xero only says whose app made it.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from connector.model import DocumentRef
from connector.use_cases import corrections
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.adapters.xero.bench import XeroBench
from tests.contract.sink_bench import create
from tests.end_to_end.firm_anywhere import XERO, Firm, renumber, without_keys

NUMBER, DAY = "HB-2606-001", 26 * 3600
MAY_BE_OURS = "1 documents over there may be ours under another number"


@pytest.fixture(params=["xero", "quickbooks"])
def firm(request) -> Iterator[Firm]:
    """Nobody remembers the three hours of a1, which stand there as X-1."""
    bench = without_keys(request.param)
    made = Firm(bench)
    made.work("a1", hours="3")
    made.pull()
    backup = made.backup()
    made.bill()
    assert made.live_numbers() == [NUMBER]
    renumber(made, "X-1")
    bench.advance(DAY)
    made.restore(backup)
    yield made
    bench.close()


@pytest.fixture
def xero() -> Iterator[Firm]:
    bench = XeroBench(XERO)
    yield Firm(bench)
    bench.close()


def billed_again(firm: Firm) -> None:
    """What a person who knows nothing of it does."""
    firm.pull()
    firm.approve()
    firm.apply()


def test_it_stops_its_book_and_nothing_is_sent(firm):
    with pytest.raises(UnsafePlanError, match=MAY_BE_OURS) as told:
        billed_again(firm)

    assert "X-1 (Alpine Dental" in str(told.value)
    assert firm.live_numbers() == ["X-1"]


def test_it_is_tied_under_its_new_number(firm):
    firm.pull()

    told = firm.apply(adopting=True)

    assert (told.sent, told.adopted, firm.live_numbers()) == (0, ["X-1"], ["X-1"])
    firm.reconciled()
    firm.silent()


def test_with_its_number_back_it_is_tied_as_ever(firm):
    with pytest.raises(UnsafePlanError):
        billed_again(firm)
    renumber(firm, NUMBER)

    told = firm.apply(adopting=True)

    assert (told.sent, told.adopted, firm.live_numbers()) == (0, [NUMBER], [NUMBER])
    firm.reconciled()


def test_what_a_person_says_is_none_of_ours_stays_so(firm):
    with pytest.raises(UnsafePlanError):
        billed_again(firm)
    (row,) = corrections.waiting(firm.open())
    assert (row.ref, row.choices) == ("X-1", ("not_ours",))
    corrections.choose(firm.open(), "X-1", "not_ours", "made by the shop", "Finance")

    told = firm.apply()

    assert (told.done, firm.live_numbers()) == ([NUMBER], [NUMBER, "X-1"])
    firm.silent()


def test_a_copy_of_what_we_know_is_none_of_ours(firm):
    """Its note is copied with it (QuickBooks); its app is not ours (Xero)."""
    firm.apply(adopting=True)
    people, there = firm.bench.people, firm.named("X-1")
    people.add_invoice("1040", "Alpine Dental", net=there.net)
    if isinstance(firm.bench, QuickBooksBench):
        people.edit("1040", PrivateNote=people.invoice(there.id).private_note)
    firm.work("b1", "Bayside Motors")

    assert firm.bill().done == [NUMBER]


def test_what_our_app_made_for_something_else_stops_nothing(xero):
    """Another connector with the same credentials bills the same customer: not as much, and in other words."""
    xero.work("a1", hours="3")
    xero.bill()
    ref = DocumentRef("invoice", NUMBER)
    (ours,) = xero.bench.sink().find([ref])[ref]
    shop = xero.bench.document("SHOP-1", customer_id=ours.customer_id, customer=ours.customer, currency=ours.currency, mark="")
    create(xero.bench, shop)
    xero.bench.advance(DAY * 31)
    xero.work("a2", hours="2", on=xero.day("2026-07-03"))

    xero.pull()
    xero.approve()

    assert xero.apply().done == ["HB-2607-001"]


def test_what_we_put_on_a_draft_and_forgot_is_taken_as_ours(xero):
    xero.work("a1")
    xero.bill()
    backup = xero.backup()
    xero.work("a2", hours="2")
    xero.bill()
    assert xero.live() == {NUMBER: Decimal(300)}
    xero.restore(backup)
    xero.pull()
    xero.apply()
    corrections.choose(xero.open(), NUMBER, "accept", "it is right", "Finance")

    xero.bill()

    assert xero.live() == {NUMBER: Decimal(300)}
    assert xero.claimed() == xero.live()
    xero.silent()
