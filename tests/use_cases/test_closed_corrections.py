"""Billed time of a closed period that changes afterwards: the certificate stays true, the change stands beside it as a correction, and
whatever a person chooses for it goes on in an open period. On both databases.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest

from connector.reports.tie_out import TieOut
from connector.signing import Signer
from connector.store import certificates
from connector.use_cases.as_billed import as_billed
from connector.use_cases.close import close, reopen
from connector.use_cases.reconcile import tie_out
from connector.use_cases.unmatched import find as unmatched
from connector.use_cases.verify import verify
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import june_posted
from tests.use_cases.test_billed_time import CEDAR, choose, waits, whole
from tests.use_cases.test_push import sends_nothing_more
from tests.use_cases.world import World

JUNE, NEXT = "HB-2606-001", "HB-2607-001"
SIGNER = Signer("7" * 64)
CHARGES = "SELECT entry, part, disposition, reason, client, period, seconds, value FROM charges ORDER BY entry, part"
POSTED = YAML.replace("send_as: draft", "send_as: posted")


def firm(mapping: str) -> World:
    """June is billed (2 h and 1 h at 100.00, an hour of our own) and closed."""
    world = World(mapping_of(mapping))
    world.work("one", CEDAR, hours="2")
    world.work("two", CEDAR, hours="1")
    world.work("own", "Ourselves", hours="1")
    world.bill()
    shut(world, "2026-06")
    return world


@pytest.fixture
def world() -> World:
    return firm(POSTED)


def shut(world: World, period: str) -> None:
    done = close(world.open(), "nz", period, SIGNER, who="Finance")
    assert done.certified is not None, done


def next_month(world: World) -> None:
    world.clock.at += timedelta(days=31)
    world.bill()


def june(world: World) -> TieOut:
    return tie_out(world.open(), "nz", "2026-06")


def stays_true(world: World) -> None:
    """The certificate and the log prove; the sums hold; every document can be made again; nothing more is sent."""
    whole(world)
    world.check()
    found = verify(world.open(), keys={SIGNER.public})
    assert found.faults == ()
    with world.store.snapshot() as read:
        assert certificates.certificates(read)
    for (number,) in world.rows("SELECT number FROM documents"):
        assert as_billed(world.open(), str(number)).reproduced, number
    assert june(world).ties
    sends_nothing_more(world)


def later(world: World) -> dict[str, tuple[str, str]]:
    return {row.what: (row.then, row.now) for row in june(world).later}


# ---- what changed is seen ----------------------------------------------------------------------------------------------------------


def test_nothing_changed_shows_nothing(world: World) -> None:
    world.pull()
    assert (later(world), waits(world)) == ({}, [])
    stays_true(world)


def test_an_edit_is_a_correction_against_the_certificate(world: World) -> None:
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    assert later(world) == {"held": ("nothing", "0 entries, 0:30 (0.50) h, NZD 50.00")}
    (row,) = waits(world)
    assert (row.ref, row.period, row.net, row.choices) == (f"{JUNE}:list:one", "2026-06", 50, ("delta", "credit", "write_off", "accept"))
    stays_true(world)


def test_a_deletion_is_a_correction_against_the_certificate(world: World) -> None:
    world.remove("two")
    world.pull()
    assert later(world) == {"held": ("nothing", "0 entries, -1:00 (-1.00) h, NZD -100.00")}
    (row,) = waits(world)
    assert (row.net, row.seconds) == (-100, -3600)
    stays_true(world)


def test_a_late_entry_leaves_the_certificate_alone_and_goes_on_the_next_document(world: World) -> None:
    world.work("late", CEDAR, hours="3", on=date(2026, 6, 20))
    world.pull()
    assert (later(world), waits(world)) == ({}, [])
    next_month(world)
    assert world.there(NEXT).net == 300
    assert later(world) == {}
    stays_true(world)


def test_the_edit_of_a_draft_of_a_closed_period_is_a_correction_too() -> None:
    world = firm(YAML.replace("{send_as: posted}", ""))
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    assert world.plan().steps == ()
    (row,) = waits(world)
    assert row.net == 50
    choose(world, "delta")
    next_month(world)
    assert (world.there(JUNE).net, world.there(NEXT).net) == (300, 50)
    stays_true(world)


# ---- what a person chooses -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "net"), [("2.5", "50.00"), ("1.25", "-75.00")])
def test_a_delta_goes_on_the_next_document_and_the_month_keeps_what_it_had(world: World, hours: str, net: str) -> None:
    world.work("three", CEDAR, hours="4", on=date(2026, 7, 8))
    world.work("one", CEDAR, hours=hours)
    world.pull()
    choose(world, "delta")
    next_month(world)
    assert (world.there(JUNE).net, world.there(NEXT).net) == (300, 400 + Decimal(net))
    assert later(world) == {}
    stays_true(world)
    shut(world, "2026-07")
    stays_true(world)


def test_a_credit_note_takes_back_what_was_billed_and_the_time_is_billed_in_the_open_month(world: World) -> None:
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    choose(world, "credit")
    world.bill()
    next_month(world)
    nets = {there.number: (there.kind, there.net) for there in world.company.documents.values()}
    assert nets == {JUNE: ("invoice", 300), NEXT: ("credit_note", 200), "HB-2607-002": ("invoice", 250)}
    assert later(world)["HB-2607-001"] == ("none", "NZD -200.00, theirs -200.00, paid")
    assert [one.cause for one in june(world).later if one.what == "invoiced"] == ["credited after the close"]
    stays_true(world)
    shut(world, "2026-07")
    stays_true(world)


def test_deleted_time_is_credited_and_nothing_is_billed_again(world: World) -> None:
    world.remove("two")
    world.pull()
    choose(world, "credit", f"{JUNE}:list:two")
    world.bill()
    next_month(world)
    assert sorted(there.net for there in world.company.documents.values()) == [100, 300]
    stays_true(world)


@pytest.mark.parametrize("choice", ["write_off", "accept"])
def test_what_is_given_up_or_accepted_sends_nothing(world: World, choice: str) -> None:
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    choose(world, choice)
    next_month(world)
    assert world.live_numbers() == [JUNE]
    assert later(world) == {"written off": ("nothing", "0 entries, 0:30 (0.50) h, NZD 50.00")}
    assert waits(world) == []
    stays_true(world)


def was_deleted(world: World) -> None:
    world.remove("one")


def was_edited(world: World) -> None:
    world.work("one", CEDAR, hours="2.5")


def was_moved(world: World) -> None:
    world.work("one", "Bayside Motors", hours="2")


@pytest.mark.parametrize("choice", ["write_off", "accept"])
@pytest.mark.parametrize("change", [was_edited, was_deleted, was_moved])
def test_what_was_given_up_or_accepted_before_the_close_stays_so_after_it(change: Callable[[World], None], choice: str) -> None:
    world = june_posted()
    change(world)
    world.pull()
    choose(world, choice)
    world.pull()
    stood = world.rows(CHARGES)
    shut(world, "2026-06")
    next_month(world)
    assert (world.rows(CHARGES), waits(world), later(world)) == (stood, [], {})
    stays_true(world)
    world.work("one", CEDAR, hours="3")
    world.pull()
    assert [(row.net, row.seconds) for row in waits(world)] == [(100, 3600)], "another edit is a correction of what was billed"
    stays_true(world)


def test_time_that_moved_away_is_taken_back_and_billed_to_whom_it_is_now(world: World) -> None:
    world.work("one", "Bayside Motors", hours="2")
    world.work("three", CEDAR, hours="4", on=date(2026, 7, 8))
    world.pull()
    choose(world, "delta")
    next_month(world)
    assert sorted(there.net for there in world.company.documents.values()) == [200, 200, 300]
    stays_true(world)


def test_another_edit_after_a_choice_is_only_the_next_difference(world: World) -> None:
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    choose(world, "delta")
    next_month(world)
    shut(world, "2026-07")
    world.work("one", CEDAR, hours="3")
    world.pull()
    (row,) = waits(world)
    assert row.net == 50
    choose(world, "delta", row.ref)
    next_month(world)
    assert sorted(there.net for there in world.company.documents.values()) == [50, 50, 300]
    stays_true(world)


# ---- time of a closed period that nobody billed ------------------------------------------------------------------------------------------


def test_a_change_of_time_that_was_never_billed_does_not_hide_the_corrections_of_what_was(world: World) -> None:
    world.work("own", "Ourselves", hours="1.5")
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    assert [row.ref for row in waits(world)] == [f"{JUNE}:list:one"]
    choose(world, "delta")
    next_month(world)
    assert world.there(NEXT).net == 50
    stays_true(world)


def test_what_was_never_billed_is_listed_with_the_way_to_settle_it(world: World) -> None:
    world.work("own", "Ourselves", hours="1.5")
    world.pull()
    (found,) = unmatched(world.open()).findings
    assert (found.kind, found.seconds) == ("correction", 1800)
    assert (
        found.fix
        == 'hourbridge close 2026-06 --book nz --reopen --why "TEXT"   # then close it again; else it stays listed beside the certificate'
    )
    reopen(world.open(), "nz", "2026-06", who="Finance", why="the hours were wrong")
    assert unmatched(world.open()).findings == ()
    shut(world, "2026-06")
    stays_true(world)


def test_a_correction_of_billed_time_names_the_command_that_settles_it(world: World) -> None:
    world.work("one", CEDAR, hours="2.5")
    world.pull()
    (found,) = unmatched(world.open()).findings
    assert found.fix == "`hourbridge corrections` lists what may be chosen"
