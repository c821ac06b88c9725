"""From the time log to a QuickBooks company and back: what is made there is posted at once, and so is history at once."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from connector.reports import plan
from connector.use_cases import explain, reconcile
from connector.use_cases.plan import plans_of
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.end_to_end.firm_anywhere import QUICKBOOKS, Firm, in_dollars
from tests.use_cases.firm import mapping_of

JUNE = ("HB-2606-001", "HB-2606-002", "HB-2606-003")


@pytest.fixture
def firm() -> Iterator[Firm]:
    bench = QuickBooksBench(QUICKBOOKS)
    made = Firm(bench)
    made.work("a1", "Alpine Dental", hours="1.25")
    made.work("b1", "Bayside Motors", hours="3")
    made.work("c1", "Cedar Legal", hours="2")
    yield made
    assert bench.books.script.left == 0
    bench.close()


def test_a_month_is_billed_to_the_cent_and_once(firm):
    told = firm.bill()
    assert sorted(told.done) == list(JUNE)
    assert firm.live() == dict(zip(JUNE, map(Decimal, ("125.00", "300.00", "200.00")), strict=True))
    assert len(firm.bench.books.sent.writes) == 1
    (first, *_) = firm.bench.books.emulator.invoices()
    named = firm.bench.people.named
    assert (first.lines[0].class_id, first.department_id, first.lines[0].item_id) == (
        named("MSP").id,
        named("North").id,
        firm.bench.books.item(),
    )
    assert [one.custom_fields for one in firm.bench.books.emulator.invoices()] == [{}, {}, {"1": "PO-7"}]
    firm.reconciled()
    firm.silent()


def test_an_edit_of_billed_time_changes_nothing_over_there(firm):
    firm.bill()
    before = firm.standing()
    firm.work("a1", "Alpine Dental", hours="2.25")
    assert firm.bill().sent == 0
    assert firm.standing() == before


def test_a_lost_answer_is_adopted_and_nothing_is_sent_twice(firm):
    firm.pull()
    firm.approve()
    firm.bench.lose_answer()
    assert sorted(number for number, _ in firm.apply().doubt) == list(JUNE)
    assert sorted(firm.apply().adopted) == list(JUNE)
    assert len(firm.standing()) == 3
    firm.reconciled()
    firm.silent()


def test_a_lost_answer_of_a_company_that_takes_used_numbers_is_adopted_all_the_same(firm):
    firm.bench.books.emulator.company.preferences.refuse_used_numbers = False
    firm.bench.books.emulator.replays.on = False
    firm.pull()
    firm.approve()
    firm.bench.lose_answer()
    firm.apply()
    firm.apply()
    assert firm.live_numbers() == list(JUNE)
    firm.silent()


def test_two_locations_on_one_invoice_are_held_before_anybody_approves(firm):
    told = in_dollars().replace("Cedar Legal: {po: PO-7}", "Cedar Legal: {projects: {Attic: {tracking: {Location: South}}}}")
    firm.mapping = mapping_of(told)
    firm.work("c2", "Cedar Legal", hours="1", project="Attic")
    firm.pull()

    (held,) = [step for step in firm.plan().steps if step.action == "hold"]

    assert held.client == "Cedar Legal"
    assert "several of Location (North, South)" in held.reason
    assert len(firm.bill().done) == 2


def test_plans_reports_and_explanations_say_names_and_not_ids(firm):
    firm.bill()
    (told,) = plans_of(firm.open(), book="nz")
    assert told.called.target("item", firm.bench.books.item()) == "item Services:Support"
    firm.work("b2", "Alpine Dental", on=date(2026, 5, 4))
    firm.pull()
    (may,) = plans_of(firm.open(), book="nz")
    (line,) = json.loads(plan.as_json(may))["steps"][0]["lines"]
    assert line["target"] == {"kind": "item", "code": firm.bench.books.item(), "name": "Services:Support"}
    assert line["tracking_names"] == {"Class": "MSP", "Location": "North"}
    for text in (plan.as_table(may), plan.as_csv(may)):
        assert "item Services:Support" in text
        assert "Class: MSP" in text
    (account,) = reconcile.tie_out(firm.open(), "nz").accounts
    assert (account.kind, account.name, account.code) == ("item", "Services:Support", firm.bench.books.item())
    explained = explain.explain(firm.open(), f"{JUNE[0]}:1").line
    assert (explained.target, explained.tracking) == ("item Services:Support", {"Class": "MSP", "Location": "North"})


@pytest.mark.parametrize(("act", "gone"), [("void", "voided"), ("delete", "deleted")])
def test_what_a_person_takes_out_of_force_is_held_and_not_made_again(firm, act, gone):
    firm.bill()
    getattr(firm.bench, act)(firm.named(JUNE[0]).id)
    assert firm.bill().sent == 0
    assert firm.live_numbers() == list(JUNE[1:])
    assert firm.rows("SELECT their_status FROM documents ORDER BY number")[0] == (gone,)
    firm.silent()


def test_a_company_that_numbers_documents_itself_gets_none(firm):
    firm.bench.books.emulator.company.preferences.custom_numbers = False
    firm.pull()
    assert firm.plan().sending == ()
    assert {step.action for step in firm.plan().steps} == {"hold"}
    assert all("custom transaction numbers are off" in step.reason for step in firm.plan().steps)


def test_a_lost_state_finds_its_documents_and_ties_them(firm):
    firm.bill()
    before = firm.standing()
    firm.forget()
    firm.pull()
    firm.approve()
    with pytest.raises(UnsafePlanError, match="--adopt"):
        firm.apply()
    told = firm.apply(adopting=True)
    assert (sorted(told.adopted), told.sent) == (list(JUNE), 0)
    assert firm.standing() == before
    firm.silent()
