"""What every sink that reads payments must tell of them: part of the contract of sinks."""

from decimal import Decimal

import pytest

from connector.model import Payment, Remote
from connector.ports import Accepted, ReadsPayments
from tests.contract.sink_bench import Bench, allocate, as_it_stands, credit, credit_note, posted

TEN, THIRTY = Decimal("10.00"), Decimal("30.00")


def payments(bench: Bench, *documents: Remote) -> list[list[Payment]]:
    """Of each document, those that count."""
    sink = bench.sink()
    assert isinstance(sink, ReadsPayments)
    found = sink.payments([as_it_stands(bench, one.id) for one in documents])
    assert set(found) == {one.id for one in documents}
    assert {one.document_id for rows in found.values() for one in rows} <= set(found)
    return [[one for one in found[document.id] if not one.reversed] for document in documents]


def adds_up(bench: Bench, remote: Remote) -> bool:
    """Whether the payments are what the document says is paid."""
    (rows,) = payments(bench, remote)
    there = as_it_stands(bench, remote.id)
    return sum((one.amount for one in rows), Decimal(0)) == there.paid == there.gross - there.balance


class Payments:
    """Paid in parts, split, taken back, paid too much, credited and paid back."""

    @pytest.fixture
    def invoice(self, bench) -> Remote:
        if not isinstance(bench.sink(), ReadsPayments):
            pytest.skip("it reads no payments")
        return posted(bench, "HB-1", bench.line("A", "1", "100.00"))

    def test_what_nobody_paid_has_no_payments(self, bench, invoice):
        assert payments(bench, invoice) == [[]]
        assert bench.sink().payments([]) == {}

    def test_an_invoice_is_paid_in_parts(self, bench, invoice):
        first = bench.pay_parts({invoice.id: TEN})
        bench.advance(86_400)
        second = bench.pay_parts({invoice.id: THIRTY})
        (rows,) = payments(bench, invoice)
        assert [(one.id, one.kind, one.amount) for one in rows] == [(first, "payment", TEN), (second, "payment", THIRTY)]
        assert (rows[1].on - rows[0].on).days == 1
        assert adds_up(bench, invoice)
        there = as_it_stands(bench, invoice.id)
        assert (there.status, there.balance) == ("part_paid", invoice.gross - TEN - THIRTY)

    def test_a_payment_is_split_over_documents(self, bench, invoice):
        other = posted(bench, "HB-2", bench.line("A", "1", "100.00"))
        one_payment = bench.pay_parts({invoice.id: TEN, other.id: THIRTY})
        rows = [row for (row,) in payments(bench, invoice, other)]
        assert [(row.id, row.amount) for row in rows] == [(one_payment, TEN), (one_payment, THIRTY)]
        assert {row.whole for row in rows} <= {None, TEN + THIRTY}
        assert adds_up(bench, other)

    def test_a_payment_taken_back_counts_no_more(self, bench, invoice):
        taken_back = bench.pay_parts({invoice.id: TEN})
        kept = bench.pay_parts({invoice.id: THIRTY})
        bench.take_back(taken_back)
        assert [[row.id for row in rows] for rows in payments(bench, invoice)] == [[kept]]
        assert as_it_stands(bench, invoice.id).balance == invoice.gross - THIRTY
        every = bench.sink().payments([as_it_stands(bench, invoice.id)])[invoice.id]
        assert {row.id for row in every if row.reversed} <= {taken_back}
        bench.take_back(kept)
        assert (as_it_stands(bench, invoice.id).status, payments(bench, invoice)) == ("posted", [[]])

    def test_an_invoice_is_paid_too_much(self, bench, invoice):
        bench.pay_parts({invoice.id: invoice.gross}, over=TEN)
        ((row,),) = payments(bench, invoice)
        assert (row.kind, row.amount) == ("payment", invoice.gross)
        assert row.unapplied in (None, TEN)
        there = as_it_stands(bench, invoice.id)
        assert (there.status, there.balance) == ("paid", 0)
        assert adds_up(bench, invoice)

    def test_a_credit_note_counts_as_credit_and_is_named(self, bench, invoice):
        if "allocate" not in bench.sink().traits.operations:
            pytest.skip("traits: it does not allocate")
        note = credit(bench, credit_note(bench, "HB-2", invoice, bench.line("A", "1", "50.00")))
        assert isinstance(allocate(bench, note, invoice, TEN), Accepted)
        bench.pay_parts({invoice.id: THIRTY})
        (rows,) = payments(bench, invoice)
        assert sorted((row.kind, row.amount, row.credit_note_id) for row in rows) == [("credit", TEN, note.id), ("payment", THIRTY, "")]
        assert adds_up(bench, invoice)

    def test_a_credit_note_is_paid_back(self, bench, invoice):
        if "credit" not in bench.sink().traits.operations:
            pytest.skip("traits: it makes no credit notes")
        note = credit(bench, credit_note(bench, "HB-2", invoice, bench.line("A", "1", "50.00")))
        bench.pay_parts({note.id: TEN})
        ((row,),) = payments(bench, note)
        assert (row.kind, row.amount) == ("refund", TEN)
        there = as_it_stands(bench, note.id)
        assert (there.status, there.balance, there.allocated) == ("part_paid", note.gross - TEN, ())
