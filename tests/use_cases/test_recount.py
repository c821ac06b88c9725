"""`reconcile --online` asks the sources afresh."""

from connector.use_cases.reconcile import tie_out
from tests.use_cases.world import World


def test_what_changed_at_the_source_after_the_pull_does_not_tie() -> None:
    world = World()
    world.work("1", hours="2")
    world.pull()
    world.work("1", hours="3")
    world.work("2", client="Bayside Motors")
    offline, online = tie_out(world.open()), tie_out(world.open(), online=True)
    assert (offline.ties, online.ties) == (True, False)
    assert [(row.client, row.count, row.seconds) for row in online.sources] == [("Alpine Dental", 1, 10800), ("Bayside Motors", 1, 3600)]
    assert [(one.what, one.next_step) for one in online.differences] == [
        ("list: Alpine Dental", "hourbridge pull, then reconcile again"),
        ("list: Bayside Motors", "hourbridge pull, then reconcile again"),
    ]


def test_what_did_not_change_ties_when_counted_afresh() -> None:
    world = World()
    world.work("1", hours="2")
    world.work("2", client="Bayside Motors")
    world.bill()
    online = tie_out(world.open(), online=True)
    assert online.ties
    assert not online.differences
    assert all(source.complete for source in online.sources)
