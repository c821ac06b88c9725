"""`explain` of an entry shows every choice on its billed time: what, who, when, why, and what it did to the money."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from connector.reports import explain as printed
from connector.use_cases import corrections
from connector.use_cases.explain import explain
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import CEDAR, JUNE, choose, next_month
from tests.use_cases.world import World

NEXT = "HB-2607-001"


@pytest.fixture
def world() -> World:
    """June is posted: 2 h and 1 h at 100.00. The first is 2.33 h now."""
    world = june_posted()
    world.work("one", CEDAR, hours="2.33")
    world.pull()
    return world


def made(world: World, ref: str = "list:one") -> list[tuple[object, ...]]:
    return [(one.choice, one.net, one.document, one.holds) for one in explain(world.open(), ref).choices]


def effect(world: World) -> str:
    return explain(world.open(), "list:one").choices[-1].effect


def test_time_that_nobody_chose_for_has_no_choices(world: World) -> None:
    assert made(world) == []


def test_a_choice_says_what_who_when_and_why(world: World) -> None:
    choose(world, "write_off", why="too small")
    (one,) = explain(world.open(), "list:one").choices
    assert (one.number, one.choice, one.seconds, one.net, one.currency) == (JUNE, "write_off", 1188, Decimal("33.00"), "NZD")
    assert (one.why, one.who, one.at, one.holds) == ("too small", "Finance", world.clock.now().isoformat(), True)
    assert "given up" in one.effect
    assert made(world, "list:two") == []


def test_a_delta_is_followed_to_the_document_it_stands_on(world: World) -> None:
    choose(world, "delta")
    assert made(world) == [("delta", Decimal("33.00"), "", True)]
    assert "next document" in effect(world)
    next_month(world)
    world.bill()
    assert made(world) == [("delta", Decimal("33.00"), NEXT, True)]
    assert effect(world) == f"stands on {NEXT}, invoiced"


def test_a_credit_is_followed_to_its_credit_note(world: World) -> None:
    choose(world, "credit")
    assert "credit note" in effect(world)
    assert made(world) == [("credit", Decimal("33.00"), "", True)]
    world.bill()
    assert made(world) == [("credit", Decimal("33.00"), NEXT, True)]
    assert effect(world).startswith(f"{NEXT} credits what was billed")


def test_accepted_as_billed_is_told(world: World) -> None:
    choose(world, "accept")
    assert made(world) == [("accept", Decimal("33.00"), "", True)]
    assert "right as billed" in effect(world)


def test_a_choice_that_lapsed_or_was_replaced_stays_told(world: World) -> None:
    choose(world, "write_off")
    world.clock.sleep(60)
    choose(world, "accept")
    assert made(world) == [("write_off", Decimal("33.00"), "", False), ("accept", Decimal("33.00"), "", True)]
    world.work("one", CEDAR, hours="5")
    world.pull()
    assert [holds for *_, holds in made(world)] == [False, False]


def test_a_credit_that_lapsed_before_its_note_is_not_taken_for_the_one_that_was_made(world: World) -> None:
    choose(world, "credit")
    world.work("one", CEDAR, hours="5")
    world.pull()
    world.clock.sleep(60)
    choose(world, "credit")
    world.bill()
    assert made(world) == [("credit", Decimal("33.00"), "", False), ("credit", Decimal("300.00"), NEXT, True)]


def test_a_document_shows_the_choices_on_its_time(world: World) -> None:
    choose(world, "delta")
    (one,) = explain(world.open(), JUNE).choices
    assert (one.choice, one.net, one.who) == ("delta", Decimal("33.00"), "Finance")
    assert "hourbridge explain list:one" in one.effect


@pytest.mark.parametrize(("choice", "document"), [("again", ""), ("release", "")])
def test_a_document_that_was_given_up_is_told_with_the_time_it_held(world: World, choice: str, document: str) -> None:
    world.touch(JUNE, status="voided")
    world.pull()
    corrections.choose(world.open(), JUNE, choice, "sent to the wrong address", "Finance")
    assert made(world) == [(choice, Decimal("200.00"), document, True)]
    assert "came off it" in effect(world)


def test_a_document_taken_as_it_is_says_the_share_of_the_entry(world: World) -> None:
    line = world.there(JUNE).lines[0]
    world.touch(
        JUNE, lines=(type(line)(**{**{n: getattr(line, n) for n in line.__struct_fields__}, "net": Decimal(270)}),), net=Decimal(270)
    )
    world.pull()
    corrections.choose(world.open(), JUNE, "accept", "a discount", "Finance")
    assert made(world) == [("accept", Decimal("200.00"), JUNE, True)]
    assert "NZD 180.00 of it now" in effect(world)


def test_table_and_json_show_them(world: World) -> None:
    choose(world, "delta", why="agreed with Ana")
    world.clock.at += timedelta(days=31)
    world.bill()
    one = explain(world.open(), "list:one")
    text = printed.as_table(one)
    assert "Chosen after it was billed" in text
    assert "agreed with Ana" in text
    assert f"stands on {NEXT}" in text
    (told,) = json.loads(printed.as_json(one))["choices"]
    assert (told["choice"], told["net"], told["document"], told["who"]) == ("delta", "33.00", NEXT, "Finance")
