"""Documents that cannot go on by themselves: a person chooses, with a why, and nothing is ended that might still come true."""

from datetime import timedelta
from decimal import Decimal

import pytest

from connector.errors import BusyError, ConfigError, TransientError, UnsafePlanError
from connector.model import Remote
from connector.use_cases import corrections
from connector.use_cases.explain import explain
from connector.use_cases.reconcile import tie_out
from tests.use_cases.faults import LOST, RESET, late, script
from tests.use_cases.test_push import SETTLED, sends_nothing_more
from tests.use_cases.world import World

NUMBER = "HB-2606-001"
DAY = 86400


def waits(world: World) -> list[corrections.Waiting]:
    return corrections.waiting(world.open())


def choose(world: World, choice: str, number: str = NUMBER, why: str = "agreed with the client", **said: str) -> corrections.Chosen:
    return corrections.choose(world.open(), number, choice, why, "Finance", **said)


def claimed(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT d.number, c.entry FROM claims c JOIN documents d ON d.id = c.document ORDER BY 2")


def vanish(world: World) -> Remote:
    """It is gone without a trace; its id is not given again."""
    gone = world.there(NUMBER)
    del world.company.documents[gone.id]
    world.company.add(Remote(id="nobody's", status="deleted"))
    return gone


def audited(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT body FROM audit WHERE what = 'chosen'")


@pytest.fixture
def world() -> World:
    """One document, approved: two hours, 200.00."""
    world = World()
    world.work("one", hours="2")
    world.pull()
    world.approve()
    return world


@pytest.fixture
def strangers(world: World) -> World:
    """Its number is somebody else's: held, and settled."""
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER, customer="Somebody")
    world.apply()
    assert world.rows("SELECT state FROM documents") == [("held",)]
    world.clock.sleep(SETTLED)
    return world


@pytest.fixture
def voided(world: World) -> World:
    world.apply()
    world.touch(NUMBER, status="voided")
    world.pull()
    return world


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


# ---- ours -----------------------------------------------------------------------------------------------------------------------------------


def test_a_found_document_with_our_customer_currency_and_net_is_tied_as_ours(world: World) -> None:
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER, net="200", currency="NZD", customer_id="Alpine Dental")
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [("again", "release", "ours")]
    choose(world, "ours")
    assert world.rows("SELECT remote_id, their_status, state FROM documents") == [("s1", "posted", "done")]
    assert claimed(world) == [(NUMBER, 1)]
    assert world.rows("SELECT state FROM intents") == [("done",)]
    assert [one.choices for one in waits(world)] == [("accept",)], "theirs is not as we sent it"
    sends_nothing_more(world)
    world.check()


@pytest.mark.parametrize(
    ("facts", "against"),
    [
        ({"net": "199.99", "currency": "NZD", "customer_id": "Alpine Dental"}, "net: ours 200.00, theirs 199.99"),
        ({"net": "200", "currency": "AUD", "customer_id": "Alpine Dental"}, "currency: ours NZD, theirs AUD"),
        ({"net": "200", "currency": "NZD", "customer_id": "c9"}, "customer: ours Alpine Dental, theirs c9"),
    ],
)
def test_what_does_not_match_is_not_ours(world: World, facts: dict[str, str], against: str) -> None:
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER, **facts)
    world.apply()
    world.clock.sleep(SETTLED)
    with pytest.raises(UnsafePlanError, match="cannot be told to be ours") as told:
        choose(world, "ours")
    assert against in str(told.value)
    assert world.rows("SELECT state FROM documents") == [("held",)]


def test_nothing_can_be_ours_where_nothing_stands(voided: World) -> None:
    with pytest.raises(UnsafePlanError, match="nothing in force with its number was found"):
        choose(voided, "ours")


def test_two_that_fit_are_not_told_apart(world: World) -> None:
    script(world, RESET)
    world.company.refuses_used_number = False
    world.apply()
    for _ in range(2):
        world.stranger(NUMBER, net="200", currency="NZD", customer_id="Alpine Dental")
    world.apply()
    world.clock.sleep(SETTLED)
    with pytest.raises(UnsafePlanError, match="2 documents with its number fit"):
        choose(world, "ours")


def test_of_two_with_its_number_the_one_that_fits_is_tied_and_neither_is_given_up(world: World) -> None:
    script(world, LOST)
    world.apply()
    world.stranger(NUMBER, customer_id="Somebody")
    world.apply()
    world.clock.sleep(SETTLED)
    (one,) = waits(world)
    assert (one.cause, one.choices) == (f"2 documents over there carry {NUMBER}", ("again", "release", "ours"))
    with pytest.raises(UnsafePlanError, match="is in force over there"):
        choose(world, "again")
    choose(world, "ours")
    assert claimed(world) == [(NUMBER, 1)]
    assert waits(world) == []
    world.clock.sleep(86400)
    with pytest.raises(UnsafePlanError, match=f"{NUMBER} \\("):
        world.apply()  # the other one still carries our number


def test_one_that_a_person_made_again_by_hand_is_tied_in_the_place_of_ours(voided: World) -> None:
    voided.stranger(NUMBER, net="200", currency="NZD", customer_id="Alpine Dental")
    voided.pull()
    choose(voided, "ours")
    assert voided.rows("SELECT remote_id, their_status FROM documents") == [("s1", "posted")]
    assert voided.rows("SELECT count(*) FROM strangers") == [(0,)]
    assert claimed(voided) == [(NUMBER, 1)]
    assert voided.rows("SELECT touched <> '' FROM documents") == [(1,)], "it says where it is not as we sent it"
    assert [one.choices for one in waits(voided)] == [("accept",)]
    voided.pull()
    assert voided.rows("SELECT disposition FROM charges") == [("invoiced",)]
    sends_nothing_more(voided)


# ---- what must not be ended -------------------------------------------------------------------------------------------------------------------


def test_what_stands_for_other_time_of_ours_cannot_stand_for_this_as_well(voided: World) -> None:
    """Two months of the same money: one is voided, and a person gives the other its number."""
    voided.work("two", hours="2", on=voided.day("2026-05-05"))
    other = "HB-2605-001"
    assert voided.bill().done == [other]
    voided.company.change(voided.there(NUMBER).id, number="old")
    voided.company.change(voided.there(other).id, number=NUMBER)
    voided.pull()
    with pytest.raises(UnsafePlanError, match=f"it is our {other}, under another number now"):
        choose(voided, "ours")
    assert voided.rows("SELECT count(DISTINCT remote_id) FROM documents") == [(2,)]


def test_what_stands_for_other_time_of_ours_is_not_found_for_one_in_doubt(world: World) -> None:
    world.apply()
    world.work("two", hours="2", on=world.day("2026-05-05"))
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    world.company.change(world.there(NUMBER).id, number="HB-2605-001", invoice_date=world.day("2026-05-31"))
    world.clock.sleep(SETTLED)
    assert world.apply().held == [("HB-2605-001", f"HB-2605-001 over there is our {NUMBER}, under another number now")]
    assert claimed(world) == [(NUMBER, 1), ("HB-2605-001", 2)]


@pytest.mark.parametrize("choice", ["again", "release", "ours"])
def test_a_doubt_that_might_still_come_true_is_not_ended(world: World, choice: str) -> None:
    script(world, RESET)
    world.apply()
    world.stranger(NUMBER)
    world.apply()
    until = world.clock.now() + timedelta(seconds=SETTLED)
    (one,) = waits(world)
    assert one.until is not None
    assert world.clock.now() < one.until <= until
    with pytest.raises(UnsafePlanError, match=f"may still appear over there until {one.until:%d %B, %H:%M} UTC"):
        choose(world, choice)
    assert claimed(world) == [(NUMBER, 1)]
    assert audited(world) == []


@pytest.mark.parametrize("choice", ["again", "release"])
def test_what_turns_up_in_force_is_not_given_up(world: World, choice: str) -> None:
    script(world, late(2 * DAY))
    world.apply()
    world.clock.sleep(DAY + 60)
    world.apply()
    world.clock.sleep(2 * DAY)
    world.company.settle()
    with pytest.raises(UnsafePlanError, match="is in force over there"):
        choose(world, choice)
    assert claimed(world) == [(NUMBER, 1)]
    assert world.apply().adopted == [NUMBER]


def test_a_void_that_was_taken_back_over_there_is_seen_when_choosing(voided: World) -> None:
    voided.company.change(_ours(voided), status="posted")
    with pytest.raises(UnsafePlanError, match="is in force over there"):
        choose(voided, "again")
    assert voided.rows("SELECT their_status FROM documents") == [("posted",)]
    assert waits(voided) == []


def _ours(world: World) -> str:
    (remote,) = [remote for remote in world.company.documents.values() if remote.number == NUMBER]
    return remote.id


def test_one_given_up_that_comes_into_force_again_stops_the_book(voided: World) -> None:
    choose(voided, "again")
    voided.pull()
    voided.approve()
    voided.clock.sleep(3600)
    voided.company.change(_ours(voided), status="posted")
    with pytest.raises(UnsafePlanError, match=NUMBER):
        voided.apply()
    assert [remote.number for remote in voided.company.documents.values() if remote.live] == [NUMBER]
    voided.company.change(_ours(voided), status="voided")
    assert voided.apply().done == [f"{NUMBER}-2"]


def test_one_given_up_that_a_person_uses_under_another_number_is_nobodys_business(voided: World) -> None:
    choose(voided, "again")
    voided.clock.sleep(3600)
    voided.company.change(_ours(voided), status="draft", number="INV-1")
    assert voided.bill().done == [f"{NUMBER}-2"]
    sends_nothing_more(voided)


def test_a_document_in_doubt_is_resolved_and_not_chosen(world: World) -> None:
    script(world, RESET)
    world.apply()
    with pytest.raises(UnsafePlanError, match="in doubt, and looked up first: run `hourbridge apply`"):
        choose(world, "again")


def test_a_document_that_waits_for_nobody_is_not_chosen(world: World) -> None:
    world.apply()
    with pytest.raises(UnsafePlanError, match="waits for nobody"):
        choose(world, "release")


def test_a_held_amendment_of_a_document_that_still_stands_is_not_ended(world: World) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    world.touch(NUMBER, po="PO-7")
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [()]
    with pytest.raises(UnsafePlanError, match="still stands over there, and its amendment is held"):
        choose(world, "again")


@pytest.mark.parametrize("status", ["voided", None], ids=["voided", "gone"])
def test_a_held_amendment_of_a_document_that_is_over_is_ended(world: World, status: str | None) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    if status:
        world.touch(NUMBER, status=status)
    else:
        vanish(world)
    world.apply()
    world.clock.sleep(SETTLED)
    assert [one.choices for one in waits(world)] == [("again", "release")]
    choose(world, "again")
    assert world.rows("SELECT state FROM intents ORDER BY id") == [("done",), ("refused",)]
    assert world.bill().done == [f"{NUMBER}-2"]
    assert world.there(f"{NUMBER}-2").net == Decimal(300)
    sends_nothing_more(world)


def test_one_whose_amendment_was_lost_and_that_is_found_again_goes_on(world: World) -> None:
    world.apply()
    world.work("one", hours="3")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    gone = vanish(world)
    world.apply()
    world.company.documents[gone.id] = gone
    world.clock.sleep(SETTLED)
    assert world.apply().done == [NUMBER]
    assert waits(world) == []
    sends_nothing_more(world)


def test_nothing_is_chosen_while_nobody_answers_over_there(strangers: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_self, _refs):
        raise TransientError("no answer")

    monkeypatch.setattr(type(strangers.open().sink("nz")), "find", away)
    with pytest.raises(TransientError):
        choose(strangers, "again")
    assert claimed(strangers) == [(NUMBER, 1)]
    assert audited(strangers) == []


def test_nothing_is_chosen_while_another_run_holds_the_book(strangers: World) -> None:
    with strangers.open().lease("book:nz"), pytest.raises(BusyError):
        choose(strangers, "again")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"choice": "agian"}, "there is no such choice"),
        ({"choice": "again", "why": "  "}, "nobody said why"),
        ({"choice": "again", "number": "HB-2606-010"}, "there is no such document"),
        ({"choice": "again", "book": "uk"}, "there is no such book"),
    ],
)
def test_a_slip_is_told(strangers: World, said: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose(strangers, **said)


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
