"""What people do to our documents over there is noticed, told with who is right about what, and never overwritten or made again; and what
comes late for a closed period.
"""

from datetime import date
from decimal import Decimal

import pytest

from connector.errors import UnsafePlanError
from connector.use_cases import close
from connector.use_cases.reconcile import TieOut, tie_out
from tests.cases.firm import CEDAR, JULY, JUNE, CaseFirm
from tests.contract.sink_bench import ADDED
from tests.use_cases.test_close import SIGNER

HUNDRED = Decimal(100)


@pytest.fixture
def posted(firm: CaseFirm) -> CaseFirm:
    """Two hours of Cedar Legal are billed and posted: 200.00. Alpine Dental's hour is on a document of its own."""
    firm.work("a", "Alpine Dental")
    firm.work("one", CEDAR, hours="2")
    firm.bill()
    firm.number = "HB-2606-002"  # type: ignore[attr-defined]
    return firm


def number(firm: CaseFirm) -> str:
    return firm.number  # type: ignore[attr-defined, no-any-return]


def seen(firm: CaseFirm) -> TieOut:
    """What `reconcile --online` says after a pull; nothing is sent, and what stands there stays, today and tomorrow."""
    before = firm.standing()
    for _ in range(2):
        assert firm.bill().sent == 0
        firm.bench.advance(86_400)
    assert firm.standing() == before
    return tie_out(firm.open(), online=True)


def row_of(report: TieOut, named: str):
    (row,) = [row for row in report.documents if row.number == named]
    return row


def test_a_document_edited_over_there_is_drift_with_its_field_and_money(drafting: CaseFirm) -> None:
    """A line of 7.00 is added to a draft of 100.00: a difference with its cause, a row to choose for, and no amendment over it."""
    drafting.work("one", "Alpine Dental")
    drafting.bill()
    drafting.bench.add_line(drafting.named(JUNE).id)
    told = seen(drafting)
    assert not told.ties
    assert any(JUNE in one.what or JUNE in one.cause for one in told.differences)
    assert (row_of(told, JUNE).net, row_of(told, JUNE).their_net) == (100, 107)
    (row,) = drafting.waits()
    assert (row.ref, row.net, row.their_net, row.choices) == (JUNE, 100, 107, ("amend", "accept"))
    assert [line[0] for line in drafting.named(JUNE).lines][-1] == ADDED


def test_a_posted_document_edited_over_there_is_accepted_or_left(posted: CaseFirm) -> None:
    posted.bench.edit(posted.named(number(posted)).id)
    told = seen(posted)
    assert any(number(posted) in f"{one.what} {one.cause}" for one in told.differences)
    (row,) = posted.waits()
    assert (row.ref, row.choices) == (number(posted), ("accept",))
    assert posted.named(number(posted)).lines[0][0] == "Reworded"


def test_a_document_voided_over_there_keeps_its_time_held_until_a_person_chooses(posted: CaseFirm) -> None:
    posted.bench.void(posted.named(number(posted)).id)
    told = seen(posted)
    assert posted.named(number(posted)).status == "voided"
    assert posted.seconds()["held"] == 7200
    (row,) = posted.waits()
    assert (row.cause, row.net, row.choices) == ("was voided over there", 200, ("again", "release"))
    assert row_of(told, number(posted)).their_status == "voided"


def test_a_document_deleted_over_there_keeps_its_time_held_and_is_not_made_again(quickbooks: CaseFirm) -> None:
    quickbooks.work("one", CEDAR, hours="2")
    quickbooks.bill()
    quickbooks.bench.delete(quickbooks.named(JUNE).id)
    seen(quickbooks)
    assert quickbooks.seconds() == {"held": 7200}
    (row,) = quickbooks.waits()
    assert row.choices == ("again", "release")
    assert quickbooks.in_force() == []


def test_a_draft_deleted_over_there_keeps_its_time_held_and_is_not_made_again(drafting: CaseFirm) -> None:
    drafting.work("one", "Alpine Dental")
    drafting.bill()
    drafting.bench.delete(drafting.named(JUNE).id)
    seen(drafting)
    assert drafting.seconds() == {"held": 3600}
    assert drafting.waits()[0].choices == ("again", "release")
    assert drafting.in_force() == []


def test_a_paid_document_is_no_change_of_content_and_says_what_was_paid(posted: CaseFirm) -> None:
    posted.bench.pay(posted.named(number(posted)).id)
    told = seen(posted)
    assert told.ties, told.differences
    row = row_of(told, number(posted))
    assert (row.their_status, row.their_balance) == ("paid", 0)
    assert posted.waits() == []


def test_a_part_paid_document_says_what_is_open_and_a_bounce_takes_it_back(posted: CaseFirm) -> None:
    """150.00 are paid, and bounce: the balance goes down by 150.00 and up again."""
    whole = row_of(seen(posted), number(posted)).their_balance
    payment = posted.bench.pay_parts({posted.named(number(posted)).id: Decimal(150)})
    told = seen(posted)
    assert told.ties
    assert (row_of(told, number(posted)).their_status, row_of(told, number(posted)).their_balance) == ("part_paid", whole - 150)
    posted.bench.take_back(payment)
    assert row_of(seen(posted), number(posted)).their_balance == whole
    assert posted.waits() == []


def test_a_document_credited_over_there_is_told_and_frees_nothing(posted: CaseFirm) -> None:
    """A person's credit note of 100.00 is put against it: less is open, and its two hours stay invoiced."""
    whole = row_of(seen(posted), number(posted)).their_balance
    posted.refund(number(posted), "1")
    row = row_of(seen(posted), number(posted))
    assert row.their_balance == whole - HUNDRED
    assert "credit" in str(row.payments)
    assert posted.seconds().get("held") is None
    assert posted.net_there() == 200


def test_a_person_who_reuses_our_number_stops_the_book_and_nothing_is_tied_to_it(posted: CaseFirm) -> None:
    """Somebody makes a document of their own under the number that our next one would get, or has: the book stops before it sends."""
    strange = posted.bench.add("HB-2606-003")
    posted.work("b", "Bayside Motors", hours="3")
    posted.pull()
    posted.approve()
    before = posted.standing()
    with pytest.raises(UnsafePlanError, match="HB-2606-003"):
        posted.apply()
    assert posted.standing() == before
    told = tie_out(posted.open(), online=True)
    assert not told.ties
    assert posted.rows("SELECT number FROM documents WHERE remote_id = ?".replace("?", f"'{strange}'")) == []


# ---- a closed period -----------------------------------------------------------------------------------------------------------------


def test_late_entries_for_a_closed_period_go_on_the_next_document_and_the_closed_one_stays(firm: CaseFirm) -> None:
    """June is billed (100.00) and closed. Two hours of June turn up in July: they are billed with July's hour, 300.00, flagged late."""
    firm.work("one", CEDAR)
    firm.bill()
    firm.bench.advance(86_400)
    firm.pull()
    june = firm.standing()
    told = close.close(firm.open(), "nz", "2026-06", SIGNER, who="Finance")
    assert told.certified is not None, told
    firm.work("late", CEDAR, hours="2", on=date(2026, 6, 20))
    firm.work("july", CEDAR, on=date(2026, 7, 2))
    assert firm.bill().sent == 0
    firm.month_later()
    assert firm.bill().done == [JULY]
    assert firm.named(JULY).net == 300
    assert [one for one in firm.standing() if one.number == JUNE] == june
    assert firm.waits() == []
    firm.none_twice()
    firm.silent()
