"""A lost answer, and somebody over there gives the document another number before it is looked up: both vendors' key windows are over by
then, and sent again it would stand there twice. Plays on the emulators found it.
"""

from collections.abc import Iterator

import pytest

from connector.errors import UnsafePlanError
from connector.use_cases import corrections
from tests.end_to_end.firm_anywhere import Firm, renumber, without_keys

NUMBER, DAY = "HB-2606-001", 26 * 3600


@pytest.fixture(params=["xero", "quickbooks"])
def firm(request) -> Iterator[Firm]:
    """Three hours were sent, nobody knows whether they arrived, and they stand there as X-1."""
    bench = without_keys(request.param)
    made = Firm(bench)
    made.work("a1", hours="3")
    made.pull()
    made.approve()
    bench.lose_answer()
    assert made.apply().doubt
    renumber(made, "X-1")
    yield made
    bench.close()


@pytest.mark.parametrize("seen_before", [True, False])
def test_it_is_held_and_not_sent_again(firm, seen_before):
    if seen_before:
        firm.apply()
    firm.bench.advance(DAY)

    told = firm.apply()

    assert (told.sent, firm.live_numbers()) == (0, ["X-1"])
    (reason,) = firm.rows("SELECT reason FROM documents WHERE state = 'held'")[0]
    assert reason == f"{NUMBER} may stand over there as X-1: give that its number back there"
    assert seen_before or told.held == [(NUMBER, reason)]
    firm.silent()


def test_with_its_number_back_it_is_tied(firm):
    firm.bench.advance(DAY)
    firm.apply()
    renumber(firm, NUMBER)

    told = firm.apply()

    assert (told.sent, told.adopted, firm.live_numbers()) == (0, [NUMBER], [NUMBER])
    firm.reconciled()


def test_a_persons_own_invoice_for_as_much_is_none_of_it(firm):
    (there,) = firm.standing()
    firm.bench.delete(there.id)
    people = firm.bench.people
    people.add_invoice("P-1", "Alpine Dental", net=there.net)
    firm.bench.advance(DAY)

    told = firm.apply()

    assert told.done == [NUMBER] or told.held
    assert f"{NUMBER} may stand" not in str(told.held)


def test_only_what_is_in_doubt_waits(firm):
    """In Xero it is no document of ours by any note, and may bill what was sent: that is looked up, and the book goes on."""
    firm.bench.advance(DAY)
    firm.apply()
    firm.work("b1", "Bayside Motors")

    assert firm.bill().done == ["HB-2606-002"]


def test_given_up_while_it_stands_there_it_stops_its_book(firm):
    firm.bench.advance(DAY)
    firm.apply()
    corrections.choose(firm.open(), NUMBER, "again", "it never arrived", "Finance")
    firm.pull()
    firm.approve()

    with pytest.raises(UnsafePlanError, match="may be ours under another number, and are not in the sync ledger: X-1"):
        firm.apply()

    assert firm.live_numbers() == ["X-1"]
