"""A document that somebody deletes in QuickBooks is told by the listing of changes alone, and that forgets: after 30 days, and beyond 1,000."""

from decimal import Decimal

import pytest

from adapters.quickbooks import documents
from connector.reports.tie_out import TieOut
from connector.use_cases.reconcile import tie_out
from tests.cases.firm import JULY, JUNE, CaseFirm

DAY_S = 86_400


def seen(firm: CaseFirm) -> TieOut:
    return tie_out(firm.open(), online=True)


def forgotten(firm: CaseFirm) -> None:
    """What was deleted is found out, its time is held until a person chooses, and nothing of it is made again by itself."""
    told = seen(firm)
    assert not told.ties
    assert [(row.number, row.their_net, row.their_status) for row in told.documents if row.difference] == [(JUNE, 0, "missing")]
    assert [(row.number, row.choices) for row in firm.waits()] == [(JUNE, ("again", "release"))]
    assert firm.seconds()["held"] == 3600
    assert firm.bill().sent == 0
    firm.choose("again", JUNE)
    firm.bill()
    assert {number: net for number, net in firm.live().items() if number.startswith("HB")} == {
        f"{JUNE}-2": Decimal(100), "HB-2606-002": Decimal(200)
    }  # fmt: skip
    firm.none_twice()


@pytest.fixture
def billed(quickbooks: CaseFirm) -> CaseFirm:
    quickbooks.work("one", "Alpine Dental", hours="1")
    quickbooks.work("two", "Bayside Motors", hours="2")
    quickbooks.bill()
    assert seen(quickbooks).ties
    return quickbooks


def test_a_document_deleted_between_two_looks_that_are_months_apart_is_found_to_be_gone(billed: CaseFirm) -> None:
    billed.bench.advance(10 * DAY_S)
    billed.bench.delete(billed.named(JUNE).id)
    billed.bench.advance(40 * DAY_S)
    forgotten(billed)


def test_a_document_deleted_among_more_changes_than_one_answer_holds_is_found_to_be_gone(
    billed: CaseFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    billed.bench.advance(DAY_S)
    monkeypatch.setattr(documents, "_CHANGES_MAX", 2)
    billed.bench.books.emulator.changes_max = 2
    for number in range(3):
        billed.bench.people.add_invoice(f"X-{number}", "Cedar Legal")
    billed.bench.advance(60)
    billed.bench.delete(billed.named(JUNE).id)
    forgotten(billed)


def test_what_stands_there_is_not_read_one_by_one_and_only_when_something_may_be_hidden(billed: CaseFirm) -> None:
    sent = billed.bench.books.sent
    for days, listed in ((1, False), (40, True), (1, False)):
        billed.bench.advance(days * DAY_S)
        before = len(sent.reads)
        assert seen(billed).ties
        paths = [str(request.url) for request in sent.reads[before:]]
        assert any("select+Id" in path or "select%20Id" in path for path in paths) == listed, paths
        assert not any("/invoice/" in path for path in paths), "no document is read by itself"
    billed.silent()
    assert JULY not in billed.live()
