"""A restored state forgot a document of ours, and somebody gave it another number over there before `apply --adopt`."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from connector.errors import ConfigError, UnsafePlanError
from connector.use_cases import corrections
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
