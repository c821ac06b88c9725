"""From the time log to the books and back, over every sink there is: the same engine, the same firm, the same cents."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from tests.contract.sink_bench import Bench
from tests.end_to_end.firm_anywhere import BENCHES, Firm

pytestmark = pytest.mark.slow

JUNE = ("HB-2606-001", "HB-2606-002", "HB-2606-003")


WITH_DRAFTS = sorted(BENCHES.keys() - {"quickbooks"})


@pytest.fixture(params=sorted(BENCHES))
def firm(request, tmp_path, monkeypatch) -> Iterator[Firm]:
    yield from worked(BENCHES[request.param](tmp_path, monkeypatch))


@pytest.fixture(params=WITH_DRAFTS)
def drafting(request, tmp_path, monkeypatch) -> Iterator[Firm]:
    """Where a document can be there without being posted; what is posted at once is in test_books_without_drafts."""
    yield from worked(BENCHES[request.param](tmp_path, monkeypatch))


def worked(bench: Bench) -> Iterator[Firm]:
    made = Firm(bench)
    made.work("a1", "Alpine Dental", hours="1.25")
    made.work("a2", "Alpine Dental", hours="0.1")
    made.work("b1", "Bayside Motors", hours="3")
    made.work("c1", "Cedar Legal", hours="2")
    yield made
    getattr(bench, "close", lambda: None)()


def test_a_month_is_billed_to_the_cent_and_once(firm):
    firm.pull()
    plan = firm.plan()
    assert [step.action for step in plan.steps] == ["create"] * 3

    told = firm.bill()

    assert sorted(told.done) == list(JUNE)
    assert firm.live() == dict(zip(JUNE, map(Decimal, ("135.00", "300.00", "200.00")), strict=True))
    draft = "draft" if firm.bench.sink().traits.drafts else "posted"
    assert [one.status for one in firm.standing()] == [draft, draft, "posted"]
    assert firm.live() == {number: step.document.net for number, step in zip(JUNE, plan.steps, strict=True) if step.document}
    firm.reconciled()
    firm.silent()


def test_nothing_is_sent_that_nobody_approved(firm):
    firm.pull()

    told = firm.apply()

    assert (told.sent, firm.standing()) == (0, [])


def test_an_edit_amends_the_draft_and_nothing_else(drafting):
    drafting.bill()
    before = drafting.standing()
    drafting.work("a1", "Alpine Dental", hours="2.25")

    told = drafting.bill()

    assert told.done == [JUNE[0]]
    assert drafting.named(JUNE[0]).net == Decimal("235.00")
    assert drafting.named(JUNE[0]).id == before[0].id
    assert drafting.standing()[1:] == before[1:]
    drafting.reconciled()
    drafting.silent()


def test_time_that_is_gone_takes_its_draft_out_of_force(drafting):
    drafting.bill()
    drafting.remove("b1")

    told = drafting.bill()

    assert told.done == [JUNE[1]]
    assert drafting.named(JUNE[1]).status == "deleted"
    assert sorted(drafting.live()) == [JUNE[0], JUNE[2]]
    drafting.reconciled()
    drafting.silent()


def test_time_that_moves_to_another_client_moves_on_paper(drafting):
    drafting.bill()
    drafting.work("a2", "Bayside Motors", hours="0.1")

    told = drafting.bill()

    assert sorted(told.done) == [JUNE[0], JUNE[1]]
    assert (drafting.named(JUNE[0]).net, drafting.named(JUNE[1]).net) == (Decimal("125.00"), Decimal("310.00"))
    drafting.reconciled()
    drafting.silent()


def test_what_is_posted_is_history(firm):
    firm.bill()
    before = firm.standing()
    firm.work("c1", "Cedar Legal", hours="5")

    told = firm.bill()

    assert told.sent == 0
    assert firm.standing() == before
    assert firm.rows("SELECT seconds FROM charges WHERE disposition = 'held'") == [(3 * 3600,)]
    firm.silent()


def test_a_lost_answer_is_adopted_and_nothing_is_sent_twice(firm):
    firm.pull()
    firm.approve()
    firm.bench.lose_answer()
    told = firm.apply()
    assert told.doubt
    there = firm.standing()
    assert there

    again = firm.apply()

    assert again.adopted
    assert sorted(told.done + again.done) == list(JUNE)
    assert len(firm.standing()) == 3
    assert [one for one in firm.standing() if one in there] == there
    firm.reconciled()
    firm.silent()


def test_a_lost_answer_to_an_amendment_is_taken_as_done(drafting):
    drafting.bill()
    drafting.work("a1", "Alpine Dental", hours="2.25")
    drafting.pull()
    drafting.approve()
    drafting.bench.lose_answer()
    told = drafting.apply()
    assert [number for number, _ in told.doubt] == [JUNE[0]]
    there = drafting.standing()

    again = drafting.apply()

    assert (again.sent, again.done) == (0, [JUNE[0]])
    assert drafting.standing() == there
    assert drafting.named(JUNE[0]).net == Decimal("235.00")
    drafting.reconciled()
    drafting.silent()


def test_a_lost_answer_to_a_void_is_taken_as_done(drafting):
    drafting.bill()
    drafting.remove("b1")
    drafting.pull()
    drafting.approve()
    drafting.bench.lose_answer()
    told = drafting.apply()
    assert [number for number, _ in told.doubt] == [JUNE[1]]

    again = drafting.apply()

    assert (again.sent, again.done) == (0, [JUNE[1]])
    drafting.reconciled()
    drafting.silent()


def test_what_could_not_leave_waits_and_goes_out_when_it_can(firm):
    firm.pull()
    firm.approve()
    firm.bench.cut_off()
    told = firm.apply()
    assert (told.done, firm.standing()) == ([], [])
    assert sorted(number for number, _ in told.waits) == list(JUNE)
    assert told.stopped

    firm.bench.reconnect()
    told = firm.apply()

    assert sorted(told.done) == list(JUNE)
    firm.reconciled()
    firm.silent()


def test_a_draft_that_a_person_edited_is_held_and_stays_as_they_left_it(drafting):
    drafting.bill()
    drafting.bench.edit(drafting.named(JUNE[0]).id)
    before = drafting.standing()
    assert before[0].lines[0][0] == "Reworded"
    drafting.work("a1", "Alpine Dental", hours="2.25")

    drafting.pull()
    (step,) = [step for step in drafting.plan().steps if step.number == JUNE[0]]

    assert (step.action, drafting.plan().sending) == ("hold", ())
    assert "Reworded" in step.reason
    assert drafting.apply().sent == 0
    assert drafting.standing() == before
    drafting.silent()


def test_a_draft_edited_between_approval_and_apply_is_not_overwritten(drafting):
    drafting.bill()
    drafting.work("a1", "Alpine Dental", hours="2.25")
    drafting.pull()
    drafting.approve()
    drafting.bench.edit(drafting.named(JUNE[0]).id)
    before = drafting.standing()

    told = drafting.apply()

    assert told.sent == 0
    assert told.held or told.stale
    assert drafting.standing() == before


def test_a_draft_that_a_person_deleted_is_held_and_not_made_again(firm):
    firm.bill()
    firm.bench.delete(firm.named(JUNE[0]).id)

    told = firm.bill()

    assert told.sent == 0
    assert len(firm.standing()) == 3
    assert firm.rows("SELECT disposition, count(*) FROM charges WHERE kind = 'document' GROUP BY disposition") == [("held", 2)]
    firm.silent()


def test_a_payment_changes_nothing_for_us(firm):
    firm.bill()
    firm.bench.pay(firm.named(JUNE[2]).id)

    firm.silent()

    assert firm.claimed() == firm.live()


def test_a_strangers_document_under_our_number_stops_the_book(firm):
    firm.pull()
    firm.approve()
    firm.bench.add(JUNE[1])
    before = firm.standing()

    with pytest.raises(UnsafePlanError, match=JUNE[1]):
        firm.apply()

    assert firm.standing() == before


def test_a_lost_state_finds_its_documents_and_ties_them(firm):
    firm.bill()
    before = firm.standing()
    firm.forget()
    firm.pull()
    firm.approve()
    with pytest.raises(UnsafePlanError, match="--adopt"):
        firm.apply()

    told = firm.apply(adopting=True)

    assert sorted(told.adopted) == list(JUNE)
    assert told.sent == 0
    assert firm.standing() == before
    firm.reconciled()
    firm.silent()
