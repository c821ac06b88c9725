"""A restored state forgot that we amended a draft; a person says to go on amending it instead of `apply --adopt`."""

from collections.abc import Callable

import pytest

from connector.use_cases import corrections
from connector.use_cases.verify import verify
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.test_billed_time import whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

JUNE = "HB-2606-001"
BY_TICKET = YAML.replace('{one_per: [work_type], text: "{work_type}, {month}"}', '{one_per: [ticket], text: "#{ticket}"}')


def forgotten(text: str = BY_TICKET) -> World:
    """Two hours, of ticket 2, stand beside one on the draft; the state knows of ticket 1 alone."""
    world = World(mapping_of(text))
    world.work("one", ticket="1")
    world.bill()
    backup = world.backup()
    world.work("two", ticket="2", hours="2")
    world.bill()
    world.restore(backup)
    return world


def amend(world: World) -> None:
    world.pull()
    world.apply()
    corrections.choose(world.open(), JUNE, "amend", "it is ours", "Finance")
    world.bill()


def stands(world: World) -> list[tuple[str, str]]:
    return [(line.description, f"{line.net:.2f}") for there in world.company.documents.values() if there.live for line in there.lines]


@pytest.mark.parametrize(
    ("since", "two"),
    [
        (lambda _world: None, "200.00"),
        (lambda world: world.work("two", ticket="2", hours="3"), "300.00"),
        (lambda world: world.work("two", ticket="2", hours="0.5"), "50.00"),
    ],
    ids=["as it was", "more since", "less since"],
)
def test_what_we_put_on_a_draft_before_is_not_put_there_again(since: Callable[[World], None], two: str) -> None:
    world = forgotten()
    since(world)
    amend(world)
    assert stands(world) == [("#1", "100.00"), ("#2", two)]
    whole(world)
    assert verify(world.open()).holds
    sends_nothing_more(world)


def test_it_follows_our_time_from_then_on() -> None:
    world = forgotten()
    amend(world)
    world.mapping = mapping_of(BY_TICKET.replace("any: 100.00", "any: 110.00"))
    world.bill()
    assert stands(world) == [("#1", "110.00"), ("#2", "220.00")]
    world.remove("two")
    world.bill()
    assert stands(world) == [("#1", "110.00")]
    whole(world)


def test_what_only_a_person_can_have_put_there_stays_beside_ours() -> None:
    world = forgotten()
    world.work("two", ticket="3", hours="2")
    amend(world)
    assert stands(world) == [("#1", "100.00"), ("#2", "200.00"), ("#3", "200.00")]
