"""Time that changed after it was billed: one cause is one row, and whatever a person chooses the sums stay whole to the second and cent."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from connector.core.ledger import FIRST_ADDED
from connector.errors import ConfigError, UnsafePlanError
from connector.settings import CorrectionPolicy
from connector.use_cases import corrections
from connector.use_cases.reconcile import tie_out
from connector.use_cases.sync import approve_by_policy
from connector.use_cases.waiting import Waiting
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import june_posted
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

JUNE = "HB-2606-001"
CEDAR = "Cedar Legal"
"""Its documents are posted at once."""


@pytest.fixture
def world() -> World:
    """June is posted: 2 h and 1 h at 100.00."""
    return june_posted()


@pytest.fixture
def edited(world: World) -> World:
    """The first is 2.33 h now."""
    world.work("one", CEDAR, hours="2.33")
    world.pull()
    return world


def waits(world: World) -> list[Waiting]:
    return corrections.waiting(world.open())


def choose(world: World, choice: str, ref: str = f"{JUNE}:list:one", why: str = "agreed on the phone") -> corrections.Chosen:
    return corrections.choose(world.open(), ref, choice, why, "Finance")


def next_month(world: World) -> None:
    world.clock.at += timedelta(days=31)
    world.pull()


def charged(world: World) -> list[tuple[object, ...]]:
    world.pull()
    return world.rows("SELECT disposition, seconds, value, document FROM charges ORDER BY entry, part")


def whole(world: World) -> None:
    """Every entry's charges add up to what its source says; one claim a charge; documents are the sum of their charges; ours = theirs."""
    world.pull()
    broken = world.rows(
        "SELECT e.entry_id FROM entries e JOIN charges c ON c.entry = e.key GROUP BY e.key, e.entry_id, e.seconds, e.deleted "
        "HAVING sum(c.seconds) <> CASE e.deleted WHEN 1 THEN 0 ELSE e.seconds END"
    )
    assert broken == []
    told = tie_out(world.open())
    assert [equation.what for equation in told.equations if not equation.holds] == []


# ---- what is listed ---------------------------------------------------------------------------------------------------------------------------


def test_nothing_is_listed_while_what_was_billed_is_what_the_source_says(world: World) -> None:
    assert waits(world) == []


def test_an_edit_is_one_row_with_its_money_hours_cause_and_choices(edited: World) -> None:
    (row,) = waits(edited)
    assert (row.ref, row.number, row.client, row.currency) == (f"{JUNE}:list:one", JUNE, CEDAR, "NZD")
    assert (row.net, row.seconds, row.entries) == (Decimal("33.00"), 1188, ("list:one",))
    assert row.cause == f"list:one was edited after it was billed on {JUNE}"
    assert row.choices == ("delta", "credit", "write_off", "accept")


def test_a_deleted_project_is_one_cause_and_one_row_and_another_edit_a_row_of_its_own(world: World) -> None:
    world.work("three", CEDAR, hours="4", project="Other")
    world.clock.at += timedelta(days=31)
    world.bill()
    world.remove("one")
    world.remove("two")
    world.work("three", CEDAR, hours="5", project="Other")
    world.pull()
    rows = {row.ref: row for row in waits(world)}
    assert len(rows) == 2
    gone = rows[f"{JUNE}:list:one"]
    assert (gone.net, gone.seconds, gone.entries) == (Decimal(-300), -10800, ("list:one", "list:two"))
    assert gone.cause == f"2 entries of Upgrade were deleted at the source after it was billed on {JUNE}"


def test_time_that_moved_to_another_client_is_one_row_for_both(world: World) -> None:
    world.work("one", "Bayside Motors", hours="2")
    world.pull()
    (row,) = waits(world)
    assert (row.client, row.net, row.seconds) == (CEDAR, Decimal(-200), -7200)
    assert "it is Bayside Motors's now" in row.said


def test_a_row_says_when_the_client_gets_its_money_back(world: World) -> None:
    world.work("one", "Bayside Motors", hours="2")
    world.pull()
    (row,) = waits(world)
    told = f"delta gives {CEDAR} NZD 200.00 back on its next document, not before"
    assert f"{told}, and until then {CEDAR} pays for what is Bayside Motors's; credit gives it back now" in row.said

    world.remove("one")
    world.pull(confirm=True)
    (row,) = waits(world)
    assert row.said == (f"{told}; credit gives it back now",)


def test_without_a_credit_note_a_row_promises_none(world: World) -> None:
    lock(world)
    world.work("one", "Bayside Motors", hours="2")
    world.pull()
    (row,) = waits(world)
    assert (
        f"delta gives {CEDAR} NZD 200.00 back on its next document, not before, and until then {CEDAR} pays for what is Bayside Motors's"
        in row.said
    )


def test_what_is_billed_more_gives_nothing_back(edited: World) -> None:
    (row,) = waits(edited)
    assert not any("back" in said for said in row.said)


def test_a_paid_invoice_says_what_is_paid_and_open(edited: World) -> None:
    edited.company.pay({edited.there(JUNE).id: Decimal(100)})
    edited.pull()
    assert "NZD 100 of HB-2606-001 is paid, 200.00 is open" in waits(edited)[0].said


def lock(world: World) -> None:
    body = '{"company_id":"c","lock_date":"2026-12-31","customers":[],"items":[],"accounts":[],"tax_codes":[],"tracking":[]}'
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE books SET catalogue = ? WHERE name = 'nz'", (body,))


def test_a_lock_date_takes_the_credit_note_away_and_says_so(edited: World) -> None:
    lock(edited)
    (row,) = waits(edited)
    assert "credit" not in row.choices
    assert "no credit: the book is locked up to 2026-12-31" in row.said
    with pytest.raises(UnsafePlanError, match="locked up to"):
        choose(edited, "credit")


@pytest.mark.parametrize(
    ("ref", "choice", "error"),
    [
        (f"{JUNE}:list:two", "delta", ConfigError), ("HB-9:list:one", "delta", ConfigError), (f"{JUNE}:list:one", "again", UnsafePlanError),
        (f"{JUNE}:list:one", "amend", UnsafePlanError), (f"{JUNE}:list:one", "nonsense", ConfigError),
    ],
)  # fmt: skip
def test_what_is_not_there_or_not_legal_is_refused(edited: World, ref: str, choice: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        choose(edited, choice, ref)
    assert len(waits(edited)) == 1
    with pytest.raises(ConfigError, match="nobody said why"):
        choose(edited, "delta", why=" ")


# ---- write off, accept ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("choice", "reason"), [("write_off", "correction written off"), ("accept", "accepted as billed")])
def test_what_is_given_up_is_kept_and_nothing_is_sent(edited: World, choice: str, reason: str) -> None:
    before = edited.company.requests
    assert choose(edited, choice).net == Decimal("33.00")
    assert waits(edited) == []
    whole(edited)
    assert edited.rows("SELECT seconds, value, reason FROM charges WHERE disposition = 'written_off'") == [(1188, 3300, reason)]
    next_month(edited)
    sends_nothing_more(edited)
    assert edited.company.requests == before
    assert edited.rows("SELECT count(*) FROM audit WHERE what = 'chosen'") == [(1,)]


def test_an_edit_lapses_a_choice_and_it_comes_back_with_what_was_chosen(edited: World) -> None:
    choose(edited, "write_off")
    edited.work("one", CEDAR, hours="2.5")
    edited.pull()
    (row,) = waits(edited)
    assert (row.net, row.seconds) == (Decimal("50.00"), 1800)
    assert any(said.startswith("write_off was chosen for NZD 33.00") for said in row.said)
    whole(edited)


def test_a_deletion_that_is_accepted_leaves_the_document_as_billed(world: World) -> None:
    world.remove("one")
    world.pull()
    choose(world, "accept")
    assert charged(world)[:2] == [("invoiced", 7200, 20000, JUNE), ("written_off", -7200, -20000, "")]
    whole(world)


# ---- delta -----------------------------------------------------------------------------------------------------------------------------------------


def test_a_delta_goes_on_the_next_document_as_late_time_with_its_own_dates_and_to_the_cent(edited: World) -> None:
    choose(edited, "delta")
    assert waits(edited) == []
    edited.work("july", CEDAR, hours="1", on=edited.day("2026-07-03"))
    next_month(edited)
    (step,) = edited.plan().steps
    assert ("late time" in step.flags, f"corrects {JUNE}" in step.flags) == (True, True)
    assert edited.apply().done == [], "nothing goes unapproved"
    edited.bill()
    there = edited.there("HB-2607-001")
    assert [(line.quantity, line.price, line.net) for line in there.lines] == [(Decimal("0.33"), 100, 33), (1, 100, 100)]
    assert there.lines[0].description == f"Project work, June 2026 (correction of {JUNE}, worked 3 June 2026)"
    assert charged(edited)[:2] == [("invoiced", 7200, 20000, JUNE), ("invoiced", 1188, 3300, "HB-2607-001")]
    whole(edited)
    sends_nothing_more(edited)
    assert waits(edited) == []


def test_a_negative_delta_is_a_positive_quantity_at_a_negative_price(world: World) -> None:
    world.remove("two")
    world.pull()
    choose(world, "delta", f"{JUNE}:list:two")
    world.work("july", CEDAR, hours="4", on=world.day("2026-07-03"))
    next_month(world)
    world.bill()
    there = world.there("HB-2607-001")
    assert [(line.quantity, line.price, line.net) for line in there.lines] == [(1, -100, -100), (4, 100, 400)]
    whole(world)
    sends_nothing_more(world)


def test_what_hours_times_price_do_not_make_is_one_times_the_amount_with_the_hours_in_the_text(world: World) -> None:
    """Three thirds of an hour at 100.00: two become a minute longer, one after the other."""
    minute = Decimal(1) / 60
    for name in "abc":
        world.work(name, CEDAR, hours=str(20 * minute), on=world.day("2026-07-03"))
    next_month(world)
    world.bill()
    for name in "ab":
        world.work(name, CEDAR, hours=str(21 * minute), on=world.day("2026-07-03"))
        world.pull()
        choose(world, "delta", f"HB-2607-001:list:{name}")
        world.clock.at += timedelta(days=31)
        world.bill()
    first, second = (world.there(number).lines[0] for number in ("HB-2608-001", "HB-2609-001"))
    assert (first.quantity, first.price, first.net) == (Decimal("0.02"), 100, 2), "61 minutes are 1.02 h"
    assert (second.quantity, second.price, second.net) == (1, 1, 1), "62 minutes are 1.03 h: a cent of an hour less than 0.02 h by itself"
    assert second.description.endswith("worked 3 July 2026, 0.02 h)")
    whole(world)


def test_time_that_moved_is_taken_back_there_and_billed_here(world: World) -> None:
    world.work("one", "Bayside Motors", hours="2")
    world.pull()
    choose(world, "delta")
    assert waits(world) == []
    world.work("july", CEDAR, hours="4", on=world.day("2026-07-03"))
    next_month(world)
    world.bill()
    nets = {there.customer: there.net for there in world.company.documents.values() if there.number != JUNE}
    assert nets == {CEDAR: 200, "Bayside Motors": 200}
    whole(world)
    sends_nothing_more(world)
    assert waits(world) == []


@pytest.mark.parametrize("choice", ["accept", "write_off"])
def test_what_is_billed_where_it_moved_to_cannot_also_stay_billed_where_it_was(world: World, choice: str) -> None:
    world.work("one", "Bayside Motors", hours="2")
    world.pull()
    choose(world, "delta")
    next_month(world)
    world.bill()
    assert [there.customer for there in world.company.documents.values()] == [CEDAR, "Bayside Motors"], "Cedar's next document waits"
    with pytest.raises(UnsafePlanError, match="HB-2606-002 bills the same time, so here it must be taken back"):
        choose(world, choice)
    world.work("july", CEDAR, hours="4", on=world.day("2026-07-03"))
    world.bill()
    world.clock.at += timedelta(days=31)
    world.bill()
    assert [there.net for there in world.company.documents.values() if there.customer == CEDAR] == [300, 200], "the difference held"
    whole(world)


def test_the_next_edit_is_only_the_next_difference(edited: World) -> None:
    choose(edited, "delta")
    next_month(edited)
    edited.bill()
    edited.work("one", CEDAR, hours="3")
    edited.pull()
    (row,) = waits(edited)
    assert (row.net, row.seconds) == (Decimal("67.00"), 2412)
    assert "credit" not in row.choices, "a difference to it stands on another document"
    choose(edited, "delta")
    edited.clock.at += timedelta(days=31)
    edited.bill()
    assert sorted(there.net for there in edited.company.documents.values()) == [33, 67, 300]
    whole(edited)
    sends_nothing_more(edited)


def test_an_edit_takes_a_delta_off_a_draft_that_is_still_open(world: World) -> None:
    world.work("d1", hours="2")
    world.bill()
    world.touch("HB-2606-002", status="posted")
    world.work("d1", hours="3")
    world.pull()
    choose(world, "delta", "HB-2606-002:list:d1")
    world.work("july", hours="1", on=world.day("2026-07-03"))
    next_month(world)
    world.bill()
    assert world.there("HB-2607-001").net == 200
    world.work("d1", hours="4")
    world.bill()
    assert world.there("HB-2607-001").net == 100
    whole(world)
    (row,) = waits(world)
    assert (row.net, row.seconds) == (Decimal(200), 7200)
    choose(world, "delta", row.ref)
    world.bill()
    assert world.there("HB-2607-001").net == 300
    whole(world)
    sends_nothing_more(world)


def test_a_chosen_part_never_takes_the_number_of_a_share_that_a_decision_makes(edited: World) -> None:
    choose(edited, "write_off")
    edited.pull()
    assert edited.rows("SELECT part FROM charges WHERE disposition = 'written_off'") == [(FIRST_ADDED,)]


def test_another_choice_takes_the_place_of_one_that_was_not_billed_yet(edited: World) -> None:
    choose(edited, "delta")
    choose(edited, "write_off")
    next_month(edited)
    assert edited.plan().sending == ()
    assert edited.rows("SELECT choice FROM corrections") == [("write_off",)]
    whole(edited)


@pytest.mark.parametrize("statement", ["INSERT INTO corrections", "INSERT INTO audit"])
def test_a_choice_is_stored_whole_or_not_at_all(edited: World, statement: str) -> None:
    edited.die_at(statement, lambda: choose(edited, "delta"))
    assert (edited.rows("SELECT count(*) FROM corrections"), len(waits(edited))) == ([(0,)], 1)


# ---- a book's policy -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("below", "chosen"), [("33.01", [("delta", "policy")]), ("33.00", [])])
def test_a_policy_chooses_below_its_amount_and_sends_nothing(edited: World, below: str, chosen: list[tuple[str, str]]) -> None:
    ws = edited.open()
    ws.books = {"nz": msgspec.structs.replace(ws.books["nz"], corrections=CorrectionPolicy(Decimal(below), "delta"))}
    before = edited.company.requests
    approve_by_policy(ws, "nz")
    assert edited.rows("SELECT choice, who FROM corrections") == chosen
    assert edited.company.requests == before
    assert edited.rows("SELECT count(*) FROM steps WHERE state = 'approved'") == [(0,)]


def test_a_policy_gives_nothing_up_of_which_nobody_knows_what_it_is_worth() -> None:
    """On a day before there was any price: 30.00 is an estimate of what 0.3 h more come to, and no amount to be below of."""
    world = World(mapping_of(YAML.replace("from: 2025-01-01", "from: 2026-03-01")))
    world.work("one", CEDAR, hours="2")
    world.bill()
    world.work("one", CEDAR, hours="2.3", on=world.day("2026-02-03"))
    world.pull()
    (row,) = waits(world)
    assert (row.net, row.seconds) == (30, 1080)
    ws = world.open()
    ws.books = {"nz": msgspec.structs.replace(ws.books["nz"], corrections=CorrectionPolicy(Decimal(50), "write_off"))}
    approve_by_policy(ws, "nz")
    assert world.rows("SELECT choice FROM corrections") == []
    assert waits(world) == [row]


IN_AUD = YAML.replace("{send_as: posted}", "{send_as: posted, currency: AUD, rate_card: aud}").replace(
    "rate_cards:\n", "rate_cards:\n  aud:\n    currency: AUD\n    blocks: [{from: 2025-01-01, any: {any: 65.00}}]\n"
)
"""Cedar Legal is billed in another currency: three hours are 195.00 there."""
DEAR = YAML.replace("  Bayside Motors:\n", "  Bayside Motors: {rate_card: dear}\n").replace(
    "rate_cards:\n", "rate_cards:\n  dear:\n    currency: NZD\n    blocks: [{from: 2025-01-01, any: {any: 900.00}}]\n"
)


def in_another_currency(world: World) -> None:
    world.mapping = mapping_of(IN_AUD)
    world.work("one", CEDAR, hours="3")
    world.pull()


def test_money_of_two_currencies_is_no_sum(world: World) -> None:
    in_another_currency(world)
    (row,) = waits(world)
    assert (row.net, row.currency, row.seconds) == (-200, "NZD", -7200)
    assert "it is Cedar Legal (AUD)'s now" in row.said
    assert choose(world, "delta").net == -200
    ((said,),) = world.rows("SELECT body FROM audit WHERE what = 'chosen'")
    assert '"net":"-200.00"' in str(said).replace(" ", "")


def to_a_dear_client(world: World) -> None:
    world.mapping = mapping_of(DEAR)
    world.work("one", CEDAR, hours="0.1")
    world.pull()
    choose(world, "credit")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.bill()
    world.work("one", "Bayside Motors", hours="0.1")
    world.pull()


@pytest.mark.parametrize("change", [in_another_currency, to_a_dear_client])
def test_a_policy_looks_at_all_that_it_would_give_up(world: World, change: Callable[[World], None]) -> None:
    """-200.00 NZD and 195.00 AUD are not -5.00; 10.00 that moved where it is worth 90.00 are more than 10.00."""
    change(world)
    (row,) = waits(world)
    ws = world.open()
    ws.books = {"nz": msgspec.structs.replace(ws.books["nz"], corrections=CorrectionPolicy(Decimal(50), "write_off"))}
    approve_by_policy(ws, "nz")
    assert waits(world) == [row]


def test_two_corrections_of_one_line_stand_on_one_line_of_the_next_document(world: World) -> None:
    world.work("one", CEDAR, hours="3")
    world.work("two", CEDAR, hours="2")
    world.pull()
    for name in ("one", "two"):
        choose(world, "delta", f"{JUNE}:list:{name}")
    next_month(world)
    world.bill()
    assert [(line.quantity, line.net) for line in world.there("HB-2607-001").lines] == [(2, 200)]
    whole(world)
    sends_nothing_more(world)
