"""The tie-out's part about documents: each here and over there, strangers, who is missing, and how it was paid."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from adapters.memory.sink import Fault, Sink
from connector.use_cases.reconcile import tie_out
from tests.use_cases.months import busy_month
from tests.use_cases.test_reconcile import assert_sums_tie
from tests.use_cases.world import World

D = Decimal


def edit(world, number, **changes):
    """What a person does over there."""
    world.clock.sleep(60)
    (remote,) = world.company.live(number)
    world.company.change(remote.id, **changes)


def test_the_documents_equal_their_charges_and_what_stands_over_there():
    world = busy_month()
    world.bill()
    found = tie_out(world.open(), "nz", "2026-06")
    assert [(row.number, row.net, row.their_net, row.their_status) for row in found.documents] == [
        ("HB-2606-001", D("210.00"), D("210.00"), "draft"), ("HB-2606-002", D("350.00"), D("350.00"), "draft"),
        ("HB-2606-003", D("125.00"), D("125.00"), "posted"),
    ]  # fmt: skip
    assert [(row.code, row.net, row.their_net) for row in found.accounts] == [("205", D("685.00"), D("685.00"))]
    assert (found.numbers.first, found.numbers.last, found.numbers.unused, found.numbers.issued) == (
        "HB-2606-001",
        "HB-2606-003",
        (),
        3,
    )
    assert [equation.holds for equation in found.equations] == [True, True, True]


def test_an_edit_over_there_is_a_difference_with_its_cause_and_next_step():
    world = World()
    world.work("a1", hours="2")
    world.bill()
    remote = next(iter(world.company.documents.values()))
    line = msgspec.structs.replace(remote.lines[0], net=D("150.00"), price=D("75.00"))
    edit(world, "HB-2606-001", lines=(line,), net=D("150.00"), gross=D("150.00"))
    assert tie_out(world.open(), "nz").ties, "nobody looked yet"
    found = tie_out(world.open(), "nz", online=True)
    assert not found.ties
    assert [equation.holds for equation in found.equations] == [True, True, False]
    (difference,) = found.differences
    assert (difference.what, difference.ours, difference.theirs) == ("HB-2606-001", "NZD 200.00", "NZD 150.00")
    assert difference.cause.startswith(
        "was changed over there, not by us (last change: 2 July 2026 at 06:01 UTC): net was `200.00`, is `150.00`"
    )
    assert difference.next_step
    assert found.documents[0].edited_there
    assert [(row.net, row.their_net) for row in found.accounts] == [(D("200.00"), D("150.00"))]


def test_a_voided_document_counts_nothing_over_there():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    edit(world, "HB-2606-001", status="voided")
    found = tie_out(world.open(), "nz", online=True)
    assert not found.ties
    assert found.documents[0].their_net == D("0.00")
    assert found.documents[0].their_status == "voided"
    assert found.numbers.voided == ("HB-2606-001",)
    assert_sums_tie(found)


def test_a_stranger_under_our_numbers_does_not_tie():
    world = World()
    world.work("a1")
    world.bill()
    there = next(iter(world.company.documents.values()))
    world.clock.sleep(60)
    world.company.add(msgspec.structs.replace(there, id="stranger", number="HB-2606-099", mark="", changed_at=world.clock.now()))
    found = tie_out(world.open(), online=True)
    assert found.numbers.strangers == ("HB-2606-099",)
    assert not found.ties
    assert any(difference.what == "HB-2606-099" for difference in found.differences)


def test_clients_of_last_month_without_a_document_now_are_missing():
    world = World()
    world.work("a1", hours="2")
    world.work("b1", "Bayside Motors")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.work("b2", "Bayside Motors", on=date(2026, 7, 5))
    world.bill()
    found = tie_out(world.open(), "nz", "2026-07")
    assert [(row.client, row.last_period_net, row.currency) for row in found.missing] == [("Alpine Dental", D("200.00"), "NZD")]


def test_documents_in_doubt_do_not_tie_until_they_are_found():
    world = World()
    world.work("a1")
    world.pull()
    world.approve()
    world.company.fault = lambda _request: Fault("lost")
    world.apply()
    found = tie_out(world.open(), "nz")
    assert not found.ties
    assert found.dispositions["sending"].seconds == 3600
    assert found.wip["NZD"].of_which["sending"] == D("100.00")
    assert found.documents[0].their_net is None
    assert "not confirmed" in found.differences[0].cause
    world.company.fault = lambda _request: None
    world.clock.at += timedelta(minutes=30)
    world.apply()
    assert tie_out(world.open(), "nz").ties


def test_online_every_document_says_how_it_was_paid_from_one_listing() -> None:
    world = World()
    for name, client in (("c1", "Cedar Legal"), ("a1", "Alpine Dental")):
        world.work(name, client, hours="2")
    world.bill()
    for number in ("HB-2606-001", "HB-2606-002"):
        world.touch(number, status="posted")
    first, second = world.there("HB-2606-001"), world.there("HB-2606-002")
    world.company.pay({first.id: Decimal(50), second.id: Decimal(200)})
    back = world.company.pay({first.id: Decimal(10)})
    world.company.take_back(back)
    rows = {row.number: row for row in tie_out(world.open(), online=True).documents}
    assert (rows["HB-2606-001"].paid, rows["HB-2606-001"].their_balance) == (50, 150)
    assert rows["HB-2606-001"].payments == "50 by 1 payment; 50 of a payment of 250 over several documents; 10 was paid and taken back"
    assert rows["HB-2606-002"].payments == "200 of a payment of 250 over several documents"
    assert {row.payments for row in tie_out(world.open()).documents} == {""}, "offline nobody was asked"


def test_online_drift_says_field_by_field_what_changed_and_reads_no_document_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    there = world.there("HB-2606-001")
    world.touch("HB-2606-001", po="PO 9", lines=(msgspec.structs.replace(there.lines[0], description="as agreed"),))
    monkeypatch.setattr(Sink, "read", lambda *_: pytest.fail("a document was read by itself"))
    told = tie_out(world.open(), online=True)
    (difference,) = told.differences
    assert "PO was empty, is `PO 9`" in difference.cause
    assert "line 1: description was `Project work, June 2026`, is `as agreed`" in difference.cause
    assert "hourbridge corrections" in difference.next_step
