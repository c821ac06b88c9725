"""A lost answer, and somebody over there deletes the document before it is looked up: nobody decided that it is made again.

Xero still finds a deleted document by its number. QuickBooks does not: its listing of changes tells the id of what was deleted, nothing else.
"""

from collections.abc import Iterator

import pytest

from connector.sandbox import Fault
from connector.use_cases import corrections, reconcile
from connector.use_cases.verify import verify
from tests.end_to_end.firm_anywhere import Firm, without_keys

NUMBER = "HB-2606-001"


@pytest.fixture(params=["xero", "quickbooks"])
def firm(request) -> Iterator[Firm]:
    bench = without_keys(request.param)
    yield Firm(bench)
    bench.close()


def send(firm: Firm, *, arrives: bool) -> None:
    """Three hours go, and nobody hears of them."""
    firm.work("a1", hours="3")
    firm.pull()
    firm.approve()
    firm.bench.books.script.plan(Fault("lose_answer" if arrives else "reset_before"), method="P*", path="/*/*")
    assert firm.apply().doubt


def delete(firm: Firm) -> None:
    (there,) = [one for one in firm.standing() if one.number in firm.live_numbers()]
    firm.bench.delete(there.id)


def settle(firm: Firm) -> None:
    firm.bench.advance(firm.bench.sink().traits.settle_s + 600)


@pytest.mark.parametrize("seen_before", [True, False])
def test_it_is_held_and_not_made_again(firm, seen_before):
    send(firm, arrives=True)
    delete(firm)
    if seen_before:
        firm.apply()
    settle(firm)

    told = firm.apply()

    assert (told.sent, firm.live_numbers()) == (0, [])
    ((reason,),) = firm.rows("SELECT reason FROM documents WHERE state = 'held'")
    assert "deleted" in reason
    firm.silent()


def test_a_person_may_have_it_made_again_under_another_number(firm):
    send(firm, arrives=True)
    delete(firm)
    settle(firm)
    firm.apply()

    corrections.choose(firm.open(), NUMBER, "again", "it is wanted", "fin")
    firm.approve()

    assert firm.apply().done == [f"{NUMBER}-2"]
    firm.reconciled()


def test_what_was_deleted_long_before_it_was_sent_is_none_of_it(firm):
    firm.bench.add("P-1")
    firm.apply()
    delete(firm)
    firm.bench.advance(3600)
    send(firm, arrives=False)
    settle(firm)

    assert firm.apply().done == [NUMBER]
    firm.silent()


def test_another_document_of_ours_that_was_deleted_is_none_of_it(firm):
    firm.work("b1", hours="1", client="Bayside Motors")
    firm.pull()
    firm.approve()
    assert firm.apply().done == [NUMBER]
    firm.work("a1", hours="3")
    firm.pull()
    firm.approve()
    firm.bench.books.script.plan(Fault("reset_before"), method="P*", path="/*/*")
    assert firm.apply().doubt
    delete(firm)
    settle(firm)

    assert firm.apply().done == ["HB-2606-002"]


def test_one_of_a_person_that_may_be_it_holds_until_a_person_says_so(firm):
    """Nobody can tell which was deleted where only an id is left of it: a person can, by the company's own log."""
    send(firm, arrives=False)
    firm.bench.delete(firm.bench.add("P-1"))
    settle(firm)

    told = firm.apply()

    assert (told.done == [NUMBER]) is firm.bench.sink().traits.keeps_ended
    assert told.done or told.held


def test_what_was_held_for_another_that_was_deleted_is_tied_where_it_stands(firm):
    """A tie-out asks over there before any run has looked it up."""
    send(firm, arrives=True)
    firm.bench.delete(firm.bench.add("P-1"))
    reconcile.tie_out(firm.open(), online=True)

    assert firm.apply().adopted == [NUMBER]
    firm.reconciled()
    firm.silent()


def held_for_others(firm: Firm) -> bool:
    """Whether documents of a person that were deleted hold it: where no deleted one keeps its number."""
    send(firm, arrives=False)
    for number in ("P-1", "P-2", "P-3"):
        firm.bench.delete(firm.bench.add(number))
    settle(firm)
    return not firm.apply().done


@pytest.mark.parametrize("choice", ["again", "release"])
def test_a_person_is_asked_once_however_many_were_deleted(firm, choice):
    if held_for_others(firm):
        corrections.choose(firm.open(), NUMBER, choice, "the company's log says that it was not it", "fin")
        firm.bench.delete(firm.bench.add("P-4"))
        firm.bill()
    firm.bench.advance(31 * 86400)
    firm.work("a2", hours="1", on=firm.day("2026-07-03"))
    firm.bill()
    assert sum(firm.live().values()) == 400
    firm.reconciled()
    firm.silent()
    assert verify(firm.open()).holds


def test_what_was_deleted_before_it_was_made_again_does_not_hold_it_again(firm):
    if held_for_others(firm):
        corrections.choose(firm.open(), NUMBER, "again", "the company's log says that it was not it", "fin")
        firm.bench.advance(1200)
        firm.approve()
        firm.bench.books.script.plan(Fault("reset_before"), method="P*", path="/*/*")
        assert firm.apply().doubt
        settle(firm)
        assert firm.apply().done == [f"{NUMBER}-2"]
    firm.silent()
