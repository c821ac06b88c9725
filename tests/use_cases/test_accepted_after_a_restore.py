"""A restored state forgot that we amended a draft; a person takes what stands there as right instead of `apply --adopt`."""

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest

from connector.errors import UnsafePlanError
from connector.use_cases import corrections
from connector.use_cases.verify import verify
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.test_amended_after_a_restore import BY_TICKET, JUNE, forgotten, stands
from tests.use_cases.test_billed_time import whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

OTHER = "HB-2606-002"
BY_TYPE = "Project work, June 2026"


def accept(world: World) -> None:
    world.pull()
    world.apply()
    corrections.choose(world.open(), JUNE, "accept", "it is right", "Finance")
    world.bill()


def claimed(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT e.entry_id, c.seconds, c.net FROM claims c JOIN entries e ON e.key = c.entry ORDER BY e.entry_id")


@pytest.mark.parametrize("status", ["draft", "posted"])
@pytest.mark.parametrize(
    ("text", "lines"), [(BY_TICKET, [("#1", "100.00"), ("#2", "200.00")]), (YAML, [(BY_TYPE, "300.00")])], ids=["by ticket", "by type"]
)
def test_our_own_time_on_it_is_billed_by_it_and_nowhere_else(text: str, lines: list[tuple[str, str]], status: str) -> None:
    world = forgotten(text)
    world.touch(JUNE, status=status)
    accept(world)
    assert stands(world) == lines
    assert claimed(world) == [("one", 3600, 10000), ("two", 7200, 20000)]
    assert world.rows("SELECT entries, seconds, billed_seconds, net FROM documents") == [(2, 10800, 10800, 30000)]
    whole(world)
    assert verify(world.open()).holds
    sends_nothing_more(world)


def test_time_that_was_edited_before_it_was_amended_is_billed_as_it_stands_there() -> None:
    world = World(mapping_of(BY_TICKET))
    world.work("one", ticket="1")
    world.bill()
    backup = world.backup()
    world.work("one", ticket="1", hours="3")
    world.bill()
    world.restore(backup)
    world.pull()
    accept(world)
    assert claimed(world) == [("one", 10800, 30000)]
    assert not corrections.waiting(world.open())
    sends_nothing_more(world)


def test_what_a_person_put_beside_it_stays_theirs_and_is_borne_by_all() -> None:
    world = forgotten()
    there = world.there(JUNE)
    line = type(there.lines[0])(id="x", description="By hand", net=there.lines[0].net)
    world.touch(JUNE, lines=(*there.lines, line), net=there.net + line.net)
    accept(world)
    assert [name for name, *_ in claimed(world)] == ["one", "two"]
    assert sum(int(str(net)) for *_, net in claimed(world)) == 40000
    whole(world)
    sends_nothing_more(world)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        (BY_TICKET, lambda world: world.work("two", ticket="2", hours="3")),
        (YAML, lambda world: world.work("three", ticket="3", hours="5")),
    ],
    ids=["edited since", "more since"],
)
def test_what_may_be_ours_and_is_not_told_for_certain_is_not_taken_as_a_persons(text: str, since: Callable[[World], None]) -> None:
    world = forgotten(text)
    since(world)
    with pytest.raises(UnsafePlanError, match=r"a restored state forgot: the line `(#2|Project work, June 2026)`, (2|3) at 100"):
        accept(world)
    assert claimed(world) == [("one", 3600, 10000)]
    corrections.choose(world.open(), JUNE, "amend", "it is ours", "Finance")
    world.bill()
    whole(world)
    sends_nothing_more(world)


@pytest.mark.parametrize(
    "change",
    [{"description": "As agreed"}, {"quantity": "1.25"}, {"price": "130"}],
)
def test_what_a_person_changed_is_taken_as_theirs_though_time_of_ours_waits(change: dict[str, str]) -> None:
    world = World()
    world.work("one")
    world.bill()
    there = world.there(JUNE)
    (line,) = there.lines
    kinds = {"quantity": type(line.quantity), "price": type(line.price), "description": str}
    changed = {name: kinds[name](value) for name, value in change.items()}
    edited = msgspec.structs.replace(line, **changed)
    edited = msgspec.structs.replace(edited, net=edited.quantity * edited.price)
    world.touch(JUNE, lines=(edited,), net=edited.net)
    world.work("two", hours="2")
    world.pull()
    world.apply()
    corrections.choose(world.open(), JUNE, "accept", "agreed", "Finance")
    assert claimed(world) == [("one", 3600, int(edited.net * 100))]
    world.pull()
    assert world.rows("SELECT sum(seconds) FROM charges WHERE disposition = 'ready'") == [(7200,)]


def moved_away(*, and_more: bool) -> World:
    """An hour moved from one client's draft to the other's; the state knows neither that, nor what became of the first draft."""
    world = World(mapping_of(BY_TICKET))
    world.work("one", ticket="1")
    world.work("two", "Bayside Motors", ticket="2")
    if and_more:
        world.work("three", "Bayside Motors", ticket="3")
    world.bill()
    backup = world.backup()
    world.work("two", ticket="2")
    world.bill()
    world.bill()
    world.restore(backup)
    world.pull()
    world.apply()
    return world


@pytest.mark.parametrize(("and_more", "choice"), [(True, "accept"), (False, "again")])
def test_time_that_came_from_another_document_is_taken_once_that_is_settled(and_more: bool, choice: str) -> None:
    world = moved_away(and_more=and_more)
    lines = stands(world)
    with pytest.raises(UnsafePlanError, match=f"has time of ours on it that stands on {OTHER} as well"):
        corrections.choose(world.open(), JUNE, "accept", "it is right", "Finance")
    corrections.choose(world.open(), OTHER, choice, "it is right", "Finance")
    corrections.choose(world.open(), JUNE, "accept", "it is right", "Finance")
    world.bill()
    assert stands(world) == lines
    assert [row[:1] for row in claimed(world)] == [("one",), *([("three",)] if and_more else []), ("two",)]
    assert not corrections.waiting(world.open())
    whole(world)
    sends_nothing_more(world)


def test_a_line_that_says_what_another_document_would_say_may_be_ours() -> None:
    """The month was posted, and its time is late time by now."""
    world = forgotten()
    world.touch(JUNE, status="posted")
    world.mapping = mapping_of(BY_TICKET.replace("any: 100.00", "any: 110.00"))
    with pytest.raises(UnsafePlanError, match="a restored state forgot: the line `#2`, 2 at 100"):
        accept(world)
    there = world.there(JUNE)
    world.touch(JUNE, lines=(there.lines[0], msgspec.structs.replace(there.lines[1], description="By hand")))
    accept(world)
    assert [name for name, *_ in claimed(world)] == ["one", "two"][:1]


def test_of_very_much_time_not_every_sum_is_tried() -> None:
    world = forgotten(YAML)
    for number, minutes in enumerate([*(2**power for power in range(10)), *([600] * 8)]):
        world.work(f"x{number}", hours=str(Decimal(minutes) / 60))
    with pytest.raises(UnsafePlanError, match="a restored state forgot: the line `Project work, June 2026`, 3 at 100"):
        accept(world)
