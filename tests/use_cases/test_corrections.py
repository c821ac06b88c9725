"""Documents that cannot go on by themselves: a person chooses, with a why; made again, or their time let go."""

from decimal import Decimal

import pytest

from connector.errors import ConfigError, UnsafePlanError
from connector.use_cases import corrections
from connector.use_cases.explain import explain
from connector.use_cases.reconcile import tie_out
from tests.use_cases.faults import LOST, RESET, script
from tests.use_cases.stuck import DAY, NUMBER, audited, choose, claimed, held_for_a_stranger, one_approved, vanish, voided_over_there, waits
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World


@pytest.fixture
def world() -> World:
    return one_approved()


@pytest.fixture
def strangers(world: World) -> World:
    return held_for_a_stranger(world)


@pytest.fixture
def voided(world: World) -> World:
    return voided_over_there(world)


# ---- what waits ------------------------------------------------------------------------------------------------------------------------


def test_nothing_waits_while_all_goes_well(world: World) -> None:
    assert waits(world) == []
    world.apply()
    assert waits(world) == []


def test_a_document_whose_number_is_a_strangers_waits_with_its_money_and_its_cause(strangers: World) -> None:
    (one,) = waits(strangers)
    assert (one.number, one.book, one.client, one.currency, one.net, one.seconds) == (
        NUMBER,
        "nz",
        "Alpine Dental",
        "NZD",
        Decimal(200),
        7200,
    )
    assert one.cause == f"{NUMBER} over there is not ours: it is Somebody's"
    assert (one.choices, one.until) == (("again", "release"), None)


def test_a_document_voided_over_there_waits(voided: World) -> None:
    (one,) = waits(voided)
    assert (one.cause, one.choices, one.net) == ("was voided over there", ("again", "release"), Decimal(200))


def test_worst_money_comes_first_and_a_book_can_be_named(world: World) -> None:
    world.work("two", "Bayside Motors", hours="5")
    world.pull()
    world.approve()
    world.apply()
    for number in world.live_numbers():
        world.touch(number, status="voided")
    world.pull()
    assert [one.client for one in waits(world)] == ["Bayside Motors", "Alpine Dental"]
    assert len(corrections.waiting(world.open(), "nz")) == 2
    with pytest.raises(ConfigError):
        corrections.waiting(world.open(), "uk")


# ---- again ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["strangers", "voided"])
def test_again_makes_it_under_the_next_generation_and_the_old_number_is_never_used_again(case: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(case)
    before = world.company.requests
    done = choose(world, "again")
    assert (done.number, done.choice, done.net) == (NUMBER, "again", Decimal(200))
    assert world.company.requests == before, "a choice sends nothing"
    assert claimed(world) == []
    world.pull()
    (step,) = world.plan().steps
    assert (step.action, step.generation, step.document.net) == ("create", 2, Decimal(200))
    assert f"{NUMBER} was given up: made again" in step.flags
    assert world.apply().done == [], "nothing goes unapproved"
    world.approve()
    assert world.apply().done == [f"{NUMBER}-2"]
    assert world.there(f"{NUMBER}-2").mark.endswith("#2")
    assert claimed(world) == [(f"{NUMBER}-2", 1)]
    assert waits(world) == []
    world.check()
    sends_nothing_more(world)


def test_a_choice_is_kept_with_who_when_and_why(strangers: World) -> None:
    choose(strangers, "again")
    assert strangers.rows("SELECT choice, why, who, at FROM choices") == [
        ("again", "agreed with the client", "Finance", strangers.clock.now().isoformat())
    ]
    ((body,),) = audited(strangers)
    assert '"choice":"again"' in str(body)
    assert '"who":"Finance"' in str(body)
    assert '"net":"200.00"' in str(body)
    assert '"found":{"s1":"posted"}' in str(body), "the proof: what was found over there"
    assert strangers.rows("SELECT state, net, entries FROM documents") == [("refused", 0, 0)]


def test_explain_shows_what_was_chosen(strangers: World) -> None:
    choose(strangers, "again")
    (ruled,) = explain(strangers.open(), NUMBER).decisions
    assert (ruled.entry, ruled.decision, ruled.why, ruled.who, ruled.holds) == (NUMBER, "again", "agreed with the client", "Finance", True)


def test_a_document_that_was_given_up_is_no_difference_any_more(strangers: World) -> None:
    choose(strangers, "again")
    strangers.bill()
    tied = tie_out(strangers.open(), "nz")
    assert tied.ties
    assert [one.what for one in tied.differences] == []


def test_the_stranger_that_was_decided_on_stops_the_book_no_more(strangers: World) -> None:
    choose(strangers, "again")
    strangers.clock.sleep(3600)
    strangers.touch(NUMBER, paid=Decimal(50))
    strangers.pull()
    strangers.approve()
    assert strangers.apply().done == [f"{NUMBER}-2"]
    strangers.company.change("s1", number="HB-2606-009", version="9")
    strangers.pull()
    with pytest.raises(UnsafePlanError, match="HB-2606-009"):
        strangers.apply()


def test_a_third_generation_follows_the_second(voided: World) -> None:
    choose(voided, "again")
    voided.bill()
    voided.touch(f"{NUMBER}-2", status="deleted")
    voided.pull()
    choose(voided, "again", f"{NUMBER}-2")
    assert voided.bill().done == [f"{NUMBER}-3"]
    sends_nothing_more(voided)


def test_what_stands_approved_of_it_does_not_go_any_more(world: World) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    world.touch(NUMBER, status="deleted")
    world.pull()
    choose(world, "again")
    assert world.rows("SELECT state FROM steps ORDER BY id") == [("applied",), ("stale",)]
    assert world.bill().done == [f"{NUMBER}-2"]
    assert world.there(f"{NUMBER}-2").net == Decimal(300)


def test_one_that_was_made_and_voided_while_in_doubt_is_made_again(world: World) -> None:
    script(world, LOST)
    world.apply()
    world.touch(NUMBER, status="voided")
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [("again", "release")]
    choose(world, "again")
    assert world.bill().done == [f"{NUMBER}-2"]
    sends_nothing_more(world)


def test_one_in_doubt_for_more_than_a_day_is_made_again(world: World) -> None:
    script(world, *[RESET] * 9)
    world.apply()
    world.clock.sleep(DAY + 60)
    world.apply()
    script(world)
    choose(world, "again")
    assert world.bill().done == [f"{NUMBER}-2"]
    assert world.live_numbers() == [f"{NUMBER}-2"]


def test_one_that_vanished_over_there_is_made_again(world: World) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    vanish(world)
    assert len(world.apply().held) == 1
    choose(world, "again")
    assert world.bill().done == [f"{NUMBER}-2"]
    sends_nothing_more(world)


# ---- release --------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["strangers", "voided"])
def test_release_ends_the_document_and_its_time_goes_with_the_next(case: str, request: pytest.FixtureRequest) -> None:
    world: World = request.getfixturevalue(case)
    choose(world, "release")
    assert claimed(world) == []
    world.pull()
    assert world.rows("SELECT disposition, period FROM charges") == [("ready", "2026-07")]
    assert world.plan().steps == (), "June is over for this client: it goes with July"
    sends_nothing_more(world)
    world.clock.sleep(40 * DAY)
    assert world.bill().done == ["HB-2607-001"]
    assert world.there("HB-2607-001").net == Decimal(200)
    world.check()
    sends_nothing_more(world)


# ---- whatever dies ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sql", ["UPDATE intents", "DELETE FROM claims", "INSERT INTO choices", "INSERT INTO audit", "COMMIT"])
def test_a_choice_is_stored_whole_or_not_at_all(strangers: World, sql: str) -> None:
    strangers.die_at(sql, lambda: choose(strangers, "again"))
    assert claimed(strangers) == [(NUMBER, 1)]
    assert strangers.rows("SELECT state FROM documents") == [("held",)]
    strangers.clock.sleep(301)
    choose(strangers, "again")
    assert strangers.bill().done == [f"{NUMBER}-2"]


def test_a_company_that_takes_a_used_number_still_bills_once(world: World) -> None:
    world.company.refuses_used_number = False
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER)
    world.apply()
    world.clock.sleep(SETTLED)
    choose(world, "again")
    assert world.bill().done == [f"{NUMBER}-2"]
    sends_nothing_more(world)
