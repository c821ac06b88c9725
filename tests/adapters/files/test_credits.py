"""An allocation is two files, and a crash may come between them."""

from decimal import Decimal

import pytest

from connector.ports import Accepted, Rejected, Unknown
from tests.adapters.files.bench import FilesBench
from tests.contract.sink_bench import allocate, as_it_stands, credit, credit_note, listing, posted

TEN = Decimal("10.00")


@pytest.fixture
def bench(tmp_path, monkeypatch) -> FilesBench:
    return FilesBench(tmp_path, monkeypatch)


def torn(bench: FilesBench):
    """A credit note that says what stands against the invoice, and an invoice that does not know it."""
    invoice = posted(bench, "HB-1", bench.line("A", "1", "15.00"))
    note = credit(bench, credit_note(bench, "HB-2", invoice, bench.line("A", "1", "15.00")))
    bench.lose_answer()
    assert isinstance(allocate(bench, note, invoice, TEN), Unknown)
    assert (as_it_stands(bench, note.id).allocated_to(invoice.id), as_it_stands(bench, invoice.id).paid) == (TEN, 0)
    return invoice, note


def test_the_next_look_tells_the_invoice_once(bench):
    invoice, note = torn(bench)
    for _ in range(2):
        found, _ = listing(bench)
        assert (found[invoice.id].paid, found[invoice.id].status) == (TEN, "part_paid")
        assert found[invoice.id].allocated_to(note.id) == TEN


def test_the_credit_note_is_not_used_again_before_the_invoice_was_told(bench):
    invoice, note = torn(bench)
    outcome = allocate(bench, note, invoice, TEN)
    assert isinstance(outcome, Rejected)
    assert "5.00 that is left" in outcome.reason
    assert isinstance(allocate(bench, note, invoice, Decimal("5.00")), Accepted)
    assert [as_it_stands(bench, one.id).balance for one in (invoice, note)] == [0, 0]


def test_an_invoice_that_somebody_removed_is_left_alone(bench):
    invoice, note = torn(bench)
    (bench.folder / f"{invoice.id}.json").unlink()
    assert set(listing(bench)[0]) == {note.id}
