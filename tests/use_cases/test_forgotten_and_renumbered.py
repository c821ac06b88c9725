"""A restored state forgot a document of ours, and somebody gave it another number over there before `apply --adopt`."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.errors import ConfigError, UnsafePlanError
from connector.use_cases import corrections
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import CEDAR, choose
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

MAY_BE_OURS = "1 documents over there may be ours under another number"


def with_note(_world: World) -> None:
    """A vendor that keeps our note, as QuickBooks does."""


def by_our_app(world: World) -> None:
    """A vendor that only says whose app made it, as Xero does."""
    for there in list(world.company.documents.values()):
        world.company.change(there.id, mark="", ours=True)


VENDORS = pytest.mark.parametrize("vendor", [with_note, by_our_app])


def forgotten(vendor: Callable[[World], None], number: str = "X-1") -> World:
    """June of one client stands there as X-1, and of another as we sent it; the restored state knows only the second."""
    world = World()
    world.work("two", "Bayside Motors")
    world.bill()
    backup = world.backup()
    world.work("one", "Alpine Dental")
    world.bill()
    vendor(world)
    renumber(world, "HB-2606-002", number)
    world.restore(backup)
    world.clock.sleep(world.company.key_memory_s)  # else what is sent again is answered with what was made then
    return world


def renumber(world: World, old: str, new: str) -> None:
    world.company.change(world.there(old).id, number=new)


def approved(world: World) -> None:
    world.pull()
    world.approve()


@VENDORS
def test_it_stops_the_book_and_is_not_billed_twice(vendor: Callable[[World], None]) -> None:
    world = forgotten(vendor)
    approved(world)
    before = world.company.requests
    with pytest.raises(UnsafePlanError, match=MAY_BE_OURS) as told:
        world.apply()
    assert "X-1 (Alpine Dental, NZD 100.00)" in str(told.value)
    assert "--choose not_ours" in str(told.value)
    world.apply_refused()
    assert (world.company.requests, world.live_numbers()) == (before, ["HB-2606-001", "X-1"])


@VENDORS
@pytest.mark.parametrize("approve", [True, False])
def test_it_is_tied_under_the_number_it_has(vendor: Callable[[World], None], approve: bool) -> None:
    world = forgotten(vendor)
    world.pull()
    if approve:
        world.approve()
    assert world.apply(adopting=True).adopted == ["X-1"]
    assert world.live_numbers() == ["HB-2606-001", "X-1"]
    sends_nothing_more(world)
    world.work("three", "Cedar Legal")
    assert world.bill().done == ["HB-2606-002"]
    world.check()


@VENDORS
def test_with_its_number_back_it_is_tied(vendor: Callable[[World], None]) -> None:
    world = forgotten(vendor)
    approved(world)
    world.apply_refused()
    renumber(world, "X-1", "HB-2606-002")
    assert world.apply(adopting=True).adopted == ["HB-2606-002"]
    sends_nothing_more(world)


@VENDORS
@pytest.mark.parametrize("since", ["hours", "edited there"])
def test_one_that_equals_nothing_any_more_goes_on_stopping_until_it_is_voided(vendor: Callable[[World], None], since: str) -> None:
    world = forgotten(vendor)
    if since == "hours":
        world.work("one", "Alpine Dental", hours="3")
    else:
        there = world.there("X-1")
        world.company.change(there.id, net=there.net + 7, due_date=None)
    approved(world)
    with pytest.raises(UnsafePlanError, match=MAY_BE_OURS):
        world.apply(adopting=True)
    world.touch("X-1", status="voided")
    assert world.apply().done == ["HB-2606-002"]
    sends_nothing_more(world)


@VENDORS
def test_a_person_says_it_is_none_of_ours_and_is_never_asked_again(vendor: Callable[[World], None]) -> None:
    world = forgotten(vendor)
    approved(world)
    world.apply_refused()
    (row,) = corrections.waiting(world.open())
    assert (row.ref, row.choices, row.net, row.customer) == ("X-1", ("not_ours",), Decimal("100.00"), "Alpine Dental")
    done = corrections.choose(world.open(), "X-1", "not_ours", "made by the shop", "Finance")
    assert (done.choice, done.number, done.net) == ("not_ours", "X-1", Decimal("100.00"))
    assert corrections.waiting(world.open()) == []
    renumber(world, "X-1", "X-2")
    assert world.apply().done == ["HB-2606-002"]
    assert world.live_numbers() == ["HB-2606-001", "HB-2606-002", "X-2"]
    sends_nothing_more(world)
    told = world.rows("SELECT body FROM audit WHERE body LIKE '%not_ours%'")
    assert len(told) == 1
    assert "made by the shop" in str(told[0])


@VENDORS
def test_with_one_of_our_numbers_it_stops_the_book_whatever_was_said(vendor: Callable[[World], None]) -> None:
    world = forgotten(vendor)
    approved(world)
    world.apply_refused()
    corrections.choose(world.open(), "X-1", "not_ours", "made by the shop", "Finance")
    renumber(world, "X-1", "HB-2606-002")
    with pytest.raises(UnsafePlanError, match="carry our numbers"):
        world.apply()


def test_one_without_a_number_is_named_by_its_id_and_not_tied() -> None:
    world = forgotten(with_note, number="")
    approved(world)
    with pytest.raises(UnsafePlanError, match=MAY_BE_OURS) as told:
        world.apply(adopting=True)
    assert "m2 (Alpine Dental" in str(told.value)
    assert corrections.choose(world.open(), "m2", "not_ours", "made by the shop", "Finance").number == "m2"
    assert world.apply().done == ["HB-2606-002"]


def test_only_a_document_that_may_be_ours_can_be_said_to_be_none() -> None:
    world = forgotten(with_note)
    approved(world)
    world.apply_refused()
    with pytest.raises(ConfigError, match="nothing under that number"):
        corrections.choose(world.open(), "X-9", "not_ours", "no", "Finance")
    with pytest.raises(ConfigError, match="nobody said why"):
        corrections.choose(world.open(), "X-1", "not_ours", " ", "Finance")
    renumber(world, "X-1", "HB-2606-002")
    world.apply_refused()
    with pytest.raises(UnsafePlanError, match="has one of our numbers"):
        corrections.choose(world.open(), "HB-2606-002", "not_ours", "no", "Finance")


def test_two_under_one_number_are_named_by_their_ids() -> None:
    world = forgotten(with_note)
    copy = world.stranger("X-1", mark=world.there("X-1").mark, customer="Alpine Dental", net="40")
    approved(world)
    world.apply_refused()
    with pytest.raises(ConfigError, match=rf"2 documents over there carry that number.*{copy.id}"):
        corrections.choose(world.open(), "X-1", "not_ours", "made by the shop", "Finance")
    assert corrections.choose(world.open(), copy.id, "not_ours", "made by the shop", "Finance").net == Decimal(40)
    assert world.apply(adopting=True).adopted == ["X-1"]


def test_one_that_another_run_tied_meanwhile_is_asked_about_no_more() -> None:
    world = forgotten(with_note)
    approved(world)
    world.apply_refused()
    ws = world.open()
    lease = ws.lease

    def tied_first(name: str) -> object:
        ws.lease = lease  # type: ignore[method-assign]
        assert world.apply(adopting=True).adopted == ["X-1"]
        return lease(name)

    ws.lease = tied_first  # type: ignore[method-assign,assignment]
    with pytest.raises(ConfigError, match="nothing under that number"):
        corrections.choose(ws, "X-1", "not_ours", "made by the shop", "Finance")


# ---- a credit note --------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def given_back() -> World:
    """Two hours were deleted and credited; the restored state knows of no choice, and the note has another number. Nobody says who made it."""
    world = june_posted()
    world.remove("one")
    world.pull()
    backup = world.backup()
    choose(world, "credit")
    world.clock.at += timedelta(days=31)
    world.bill()
    by_our_app(world)
    (note,) = [there for there in world.company.documents.values() if there.kind == "credit_note"]
    world.company.change(note.id, number="CN-9", ours=None)
    world.restore(backup)
    world.clock.sleep(world.company.key_memory_s)
    world.work("july", CEDAR, hours="9", on=world.day("2026-07-03"))
    world.pull()
    return world


@pytest.mark.parametrize("choice", ["credit", "delta"])
def test_what_it_gave_back_is_not_given_back_once_more_by_either_way(given_back: World, choice: str) -> None:
    choose(given_back, choice)
    given_back.approve()
    with pytest.raises(UnsafePlanError, match=r"CN-9 \(Cedar Legal, NZD 200"):
        given_back.apply()


def test_a_credit_note_of_another_amount_stops_no_difference(given_back: World) -> None:
    given_back.company.change(given_back.there("CN-9").id, net=Decimal(150))
    choose(given_back, "delta")
    given_back.approve()
    assert given_back.apply().done == ["HB-2607-001"]


# ---- what is none of ours does not stop anything ------------------------------------------------------------------------------------


def test_a_copy_that_somebody_made_of_our_document_is_none_of_ours() -> None:
    world = World()
    world.work("one", "Alpine Dental")
    world.bill()
    world.stranger("1040", mark=world.there("HB-2606-001").mark, customer_id="Alpine Dental", currency="NZD")
    world.work("two", "Bayside Motors")
    assert world.bill().done == ["HB-2606-002"]


@pytest.mark.parametrize(
    "facts",
    [
        {"mark": "nz/2026-06/Alpine Dental#1", "ours": False},
        {"mark": "us/2026-06/Alpine Dental#1"},
        {"mark": "nz/2026-06/Alpine Dental#one"},
        {"mark": "nz/June/Alpine Dental#1"},
        {"mark": "see mail"},
        {"ours": True, "customer_id": "Bayside Motors", "net": "100"},
        {"ours": True, "currency": "AUD", "net": "100"},
        {"ours": True, "net": "99"},
        {"net": "100"},
        {"kind": "credit_note", "net": "100"},
    ],
)
def test_what_is_told_to_be_ours_by_nothing_stops_nothing(facts: dict[str, object]) -> None:
    world = World()
    world.work("one", "Alpine Dental")
    world.stranger("1040", **{"customer_id": "Alpine Dental", "currency": "NZD", **facts})  # type: ignore[arg-type]
    assert world.bill().done == ["HB-2606-001"]
    assert corrections.waiting(world.open()) == []


def test_what_our_app_made_stops_the_book_only_before_something_like_it_is_sent() -> None:
    world = World()
    world.work("two", "Bayside Motors")
    world.stranger("1040", ours=True, customer_id="Alpine Dental", customer="Alpine Dental", currency="NZD", net="100")
    assert world.bill().done == ["HB-2606-001"]
    world.work("one", "Alpine Dental")
    with pytest.raises(UnsafePlanError, match="1040"):
        world.bill()
