"""A document that somebody changed over there: theirs is taken as it is, or gone on from; either way ours = theirs to the cent."""

from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from connector.errors import UnsafePlanError
from connector.model import Remote, RemoteLine, Target
from connector.use_cases import corrections
from tests.use_cases.test_billed_time import choose, waits, whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

JUNE = "HB-2606-001"


@pytest.fixture
def world() -> World:
    """A draft of two lines: Project work 3 h of two entries, and On site 1 h."""
    world = World()
    world.work("one", hours="2")
    world.work("two", hours="1")
    world.work("july", hours="1", on=world.day("2026-07-03"))
    world.bill()
    return world


def edit(world: World, *lines: RemoteLine, **facts: object) -> Remote:
    """Somebody makes its lines these."""
    net = sum((line.net for line in lines), Decimal(0))
    return world.touch(JUNE, lines=lines, net=net, gross=net, balance=net, **facts)


def first(world: World, **facts: object) -> RemoteLine:
    return msgspec.structs.replace(world.there(JUNE).lines[0], **facts)


def travel(net: str = "50") -> RemoteLine:
    return RemoteLine(
        id="theirs", description="Travel, agreed", quantity=Decimal(1), price=Decimal(net), net=Decimal(net), target=Target("account", "205"),
        tax_code="NONE",
    )  # fmt: skip


def nets(world: World) -> list[Decimal]:
    return [Decimal(str(cents)) / 100 for (cents,) in world.rows("SELECT net FROM claims ORDER BY entry")]


# ---- accept -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["draft", "posted"])
def test_a_price_that_somebody_lowered_is_accepted_and_the_charges_add_up_to_it(world: World, status: str) -> None:
    edit(world, first(world, price=Decimal(90), net=Decimal(270)), status=status)
    world.pull()
    (row,) = waits(world)
    assert (row.ref, row.net, row.their_net) == (JUNE, 300, 270)
    assert row.choices == (("amend", "accept") if status == "draft" else ("accept",))
    assert row.changed_at is not None
    before = world.company.requests
    choose(world, "accept", JUNE)
    assert nets(world) == [180, 90]
    whole(world)
    assert waits(world) == []
    sends_nothing_more(world)
    assert world.company.requests == before


def test_a_line_that_somebody_added_is_shared_out_over_the_documents_time(world: World) -> None:
    edit(world, first(world), travel())
    world.pull()
    choose(world, "accept", JUNE)
    assert nets(world) == [Decimal("233.33"), Decimal("116.67")]
    whole(world)
    sends_nothing_more(world)


def test_a_line_that_somebody_took_away_leaves_its_time_at_nothing(world: World) -> None:
    edit(world, travel("10"))
    world.pull()
    choose(world, "accept", JUNE)
    assert sum(nets(world)) == 10
    whole(world)


def test_what_was_accepted_is_not_amended_any_more_and_later_time_goes_on_the_next_document(world: World) -> None:
    edit(world, first(world, price=Decimal(90), net=Decimal(270)))
    world.pull()
    choose(world, "accept", JUNE)
    world.work("three", hours="1")
    world.clock.at += timedelta(days=31)
    world.bill()
    assert world.there(JUNE).net == 270
    assert world.there("HB-2607-001").net == 200
    whole(world)
    world.work("one", hours="3")
    world.pull()
    assert [row.ref for row in waits(world)] == [f"{JUNE}:list:one"]


def test_another_change_over_there_comes_back(world: World) -> None:
    edit(world, first(world, price=Decimal(90), net=Decimal(270)))
    world.pull()
    choose(world, "accept", JUNE)
    edit(world, first(world, price=Decimal(80), net=Decimal(240)))
    world.pull()
    assert [(row.ref, row.net, row.their_net) for row in waits(world)] == [(JUNE, 270, 240)]


def test_what_changed_since_it_was_listed_is_not_accepted(world: World) -> None:
    edit(world, first(world, price=Decimal(90), net=Decimal(270)))
    world.pull()
    edit(world, first(world, price=Decimal(10), net=Decimal(30)))
    with pytest.raises(UnsafePlanError, match="once more since it was read"):
        choose(world, "accept", JUNE)
    assert waits(world)[0].their_net == 30
    choose(world, "accept", JUNE)
    assert sum(nets(world)) == 30


# ---- amend -----------------------------------------------------------------------------------------------------------------------------------


def test_a_persons_line_text_and_date_stay_and_our_changed_line_is_amended_on_it(world: World) -> None:
    edit(world, first(world, description="Upgrade, as agreed"), travel(), po="PO 7")
    world.work("two", hours="2")
    world.pull()
    assert [(row.ref, "amend" in row.choices) for row in waits(world)] == [(JUNE, True), (f"{JUNE}:list:two", True)]
    choose(world, "amend", JUNE)
    world.pull()
    assert waits(world) == []
    (step,) = world.plan().steps
    assert (step.action, step.document.net) == ("update", 450)
    assert world.apply().done == []
    world.bill()
    there = world.there(JUNE)
    assert [(line.description, line.net) for line in there.lines] == [("Upgrade, as agreed", 400), ("Travel, agreed", 50)]
    assert (there.po, there.net) == ("PO 7", 450)
    whole(world)
    sends_nothing_more(world)


def test_a_correction_on_a_touched_draft_may_name_amend_too(world: World) -> None:
    edit(world, first(world), travel())
    world.work("two", hours="2")
    world.pull()
    choose(world, "amend", f"{JUNE}:list:two")
    world.bill()
    assert world.there(JUNE).net == 450
    whole(world)
    sends_nothing_more(world)


def test_going_on_with_nothing_of_ours_changed_sends_nothing(world: World) -> None:
    edit(world, first(world, price=Decimal(90), net=Decimal(270)), travel())
    world.pull()
    choose(world, "amend", JUNE)
    whole(world)
    assert world.plan().steps == ()
    sends_nothing_more(world)
    assert sum(nets(world)) == 320


def test_a_price_that_somebody_set_stays_when_the_hours_change(world: World) -> None:
    edit(world, first(world, price=Decimal(90), net=Decimal(270)))
    world.pull()
    choose(world, "amend", JUNE)
    world.work("two", hours="3")
    world.bill()
    (line,) = world.there(JUNE).lines
    assert (line.quantity, line.price, line.net) == (5, 90, 450)
    whole(world)
    sends_nothing_more(world)


def test_new_time_of_ours_comes_after_their_lines(world: World) -> None:
    edit(world, first(world), travel())
    world.pull()
    choose(world, "amend", JUNE)
    world.work("trip", work_type="Travel")
    world.work("three", hours="1")
    world.bill()
    assert world.there(JUNE).net == 450
    whole(world)
    sends_nothing_more(world)


def test_changed_twice_before_anything_was_amended_it_is_still_theirs_with_ours_on_it(world: World) -> None:
    edit(world, first(world), travel())
    world.pull()
    choose(world, "amend", JUNE)
    edit(world, first(world), travel("60"))
    world.pull()
    choose(world, "amend", JUNE)
    world.work("two", hours="2")
    world.bill()
    assert [line.net for line in world.there(JUNE).lines] == [400, 60]
    whole(world)
    edit(world, *world.there(JUNE).lines[:1], travel("70"))
    world.pull()
    assert [row.choices for row in waits(world)] == [("accept",)], "it was amended since: theirs is only taken as it is"


def test_a_posted_document_is_not_amended(world: World) -> None:
    edit(world, first(world), travel(), status="posted")
    world.pull()
    with pytest.raises(UnsafePlanError, match="Choose one of: accept"):
        corrections.choose(world.open(), JUNE, "amend", "why not", "Finance")
