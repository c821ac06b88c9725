"""What holds for any firm: nothing left to plan after applying, a change touches exactly its own document, no second or cent is lost."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.simulation.firms import CLIENTS, VARIANTS, _mapping
from tests.use_cases.world import World

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None)
TIMES = st.lists(
    st.tuples(st.sampled_from(CLIENTS), st.integers(1, 30_000), st.dates(World.day("2026-05-01"), World.day("2026-06-30"))),
    min_size=1,
    max_size=12,
)
FIRMS = st.integers(0, len(VARIANTS) - 1)
Times = list[tuple[str, int, object]]


def firm(variant: int, times: Times) -> World:
    world = World(_mapping(variant))
    for number, (client, seconds, day) in enumerate(times):
        name = f"t{number}"
        world.work(name, client, hours=str(Decimal(seconds) / 3600), on=day, ticket=name)  # type: ignore[arg-type]
    return world


@quick
@given(FIRMS, TIMES)
def test_planning_what_was_applied_is_empty_and_a_second_run_sends_nothing(variant: int, times: Times) -> None:
    world = firm(variant, times)
    world.bill()
    assert world.plan().sending == ()
    before = world.company.requests
    assert world.bill().sent == 0
    assert world.company.requests == before


@quick
@given(FIRMS, TIMES, st.data())
def test_a_change_after_approval_makes_exactly_its_own_step_stale(variant: int, times: Times, data: st.DataObject) -> None:
    world = firm(variant, times)
    world.pull()
    steps = world.plan().sending
    if not steps:
        return
    world.approve()
    name = data.draw(st.sampled_from(sorted(world.source.entries)))
    old = world.source.entries[name]
    world.work(name, old.client, hours=str(Decimal(old.seconds + 3600) / 3600), on=old.worked_on, ticket=name)  # type: ignore[arg-type]
    world.pull()
    told = world.apply()
    (key,) = world.rows(f"SELECT key FROM entries WHERE entry_id = '{name}'")
    holding = {step.key for step in steps if key[0] in {charge.entry for charge in step.charges}}
    assert len(told.stale) == len(holding)
    assert len(told.done) == len(steps) - len(holding)


@quick
@given(FIRMS, TIMES)
def test_seconds_and_cents_are_conserved_through_the_whole_pipeline(variant: int, times: Times) -> None:
    world = firm(variant, times)
    world.bill()
    assert world.rows("SELECT sum(seconds) FROM charges") == [(sum(entry.seconds for entry in world.source.entries.values()),)]
    claimed = dict(world.rows("SELECT d.number, sum(c.net) FROM claims c JOIN documents d ON d.id = c.document GROUP BY 1"))
    assert {remote.number: int(remote.net * 100) for remote in world.company.documents.values()} == claimed
    for remote in world.company.documents.values():
        assert remote.net == sum(line.net for line in remote.lines)
    shown = dict(world.rows("SELECT document, sum(net) FROM charges WHERE document <> '' GROUP BY 1"))
    assert shown == claimed
