"""What every sink that has credit notes must do when one is put against an invoice: part of the contract of sinks."""

from decimal import Decimal

import pytest

from connector.ports import Accepted, ListsCatalogue, NotSent, Rejected, Unknown
from tests.contract.sink_bench import (
    allocate,
    allocation,
    as_it_stands,
    change,
    contents,
    create,
    credit,
    credit_note,
    has,
    posted,
    push,
    ready,
    truth,
)

HOUR = 3600
TEN, TWENTY = Decimal("10.00"), Decimal("20.00")


class Allocations:
    """Putting credit notes against invoices."""

    def test_an_allocation_moves_both_balances_and_is_read_back(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1", bench.line("A", "1", "150.00"))
        note = credit(bench, credit_note(bench, "HB-2", invoice, bench.line("A", "1", "50.00")))
        outcome = allocate(bench, note, invoice, TEN)
        assert isinstance(outcome, Accepted), outcome
        after = as_it_stands(bench, note.id)
        assert outcome.remote == after
        assert [(one.document_id, one.amount) for one in after.allocated] == [(invoice.id, TEN)]
        assert (after.allocated_to(invoice.id), after.allocated_to(note.id)) == (TEN, 0)
        assert (after.status, after.paid, after.balance) == ("part_paid", TEN, note.gross - TEN)
        paid = as_it_stands(bench, invoice.id)
        assert (paid.status, paid.paid, paid.balance) == ("part_paid", TEN, invoice.gross - TEN)
        assert [truth(bench, one.id).balance for one in (note, invoice)] == [note.gross - TEN, invoice.gross - TEN]
        assert (contents(after), contents(paid)) == (contents(note), contents(invoice))

    def test_a_credit_note_is_put_against_several_invoices_until_nothing_is_left(self, bench):
        has(bench, "allocate")
        invoices = [posted(bench, number, bench.line("A", "1", "100.00")) for number in ("HB-1", "HB-2")]
        note = credit(bench, credit_note(bench, "HB-3", invoices[0], bench.line("A", "1", "30.00")))
        for at, (invoice, amount) in enumerate(((invoices[0], TEN), (invoices[1], note.gross - TWENTY), (invoices[0], TEN))):
            assert isinstance(allocate(bench, note, invoice, amount, key=f"{at}" * 32), Accepted)
        after = as_it_stands(bench, note.id)
        assert [after.allocated_to(invoice.id) for invoice in invoices] == [TWENTY, note.gross - TWENTY]
        assert (after.status, after.paid, after.balance) == ("paid", note.gross, 0)

    def test_an_invoice_is_wholly_credited(self, bench):
        has(bench, "allocate")
        line = bench.line("A", "1", "100.00")
        invoice = posted(bench, "HB-1", line)
        note = credit(bench, credit_note(bench, "HB-2", invoice, line))
        assert isinstance(allocate(bench, note, invoice, note.gross), Accepted)
        assert [as_it_stands(bench, one.id).status for one in (invoice, note)] == ["paid", "paid"]
        assert [truth(bench, one.id).balance for one in (invoice, note)] == [0, 0]

    def test_each_allocation_is_a_request_of_its_own(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1")
        notes = [credit(bench, credit_note(bench, f"HB-{n}", invoice)) for n in (2, 3)]
        changes = [allocation(bench, note, invoice, TEN) for note in notes]
        requests = bench.sink().prepare("allocate", changes)
        assert [[(member.ref, member.remote_id) for member in one.members] for one in requests] == [[(one.ref, one.id)] for one in notes]
        assert bench.sink().prepare("allocate", changes) == requests
        assert [as_it_stands(bench, one.id).allocated for one in notes] == [(), ()]

    def test_a_lost_answer_to_an_allocation_is_unknown_and_the_credit_note_tells(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        bench.lose_answer()
        assert isinstance(allocate(bench, note, invoice, TEN), Unknown)
        after = as_it_stands(bench, note.id)
        assert (after.allocated_to(invoice.id), after.balance) == (TEN, note.gross - TEN)

    def test_an_identical_allocation_inside_the_window_has_one_effect(self, bench):
        has(bench, "allocate")
        window = bench.sink().traits.idempotency_window_s
        if not window:
            pytest.skip("traits: it knows no keys")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        (request,) = bench.sink().prepare("allocate", [allocation(bench, note, invoice, TEN)])
        bench.lose_answer()
        bench.sink().send(ready(bench, request))
        bench.advance(window - 60)
        (outcome,) = bench.sink().send(ready(bench, request)).values()
        assert isinstance(outcome, Accepted)
        assert outcome.remote.allocated_to(invoice.id) == TEN
        assert as_it_stands(bench, note.id).balance == note.gross - TEN

    def test_an_allocation_that_cannot_leave_is_not_sent(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        one = allocation(bench, note, invoice, TEN)
        bench.cut_off()
        assert isinstance(push(bench, "allocate", one)[note.ref], NotSent)
        bench.reconnect()
        assert as_it_stands(bench, note.id).allocated == ()

    def test_no_allocation_is_sent_after_the_deadline(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        (request,) = bench.sink().prepare("allocate", [allocation(bench, note, invoice, TEN)])
        request = ready(bench, request)
        bench.advance(61)
        outcome = bench.sink().send(request)[note.ref]
        assert isinstance(outcome, NotSent)
        assert as_it_stands(bench, note.id).allocated == ()

    def test_more_than_is_left_is_refused(self, bench):
        has(bench, "allocate")
        small = posted(bench, "HB-1", bench.line("A", "1", "20.00"))
        large = posted(bench, "HB-2", bench.line("A", "10", "20.00"))
        note = credit(bench, credit_note(bench, "HB-3", large, bench.line("A", "2", "20.00")))
        before = bench.standing()
        cent = Decimal("0.01")
        for invoice, amount in ((small, small.gross + cent), (large, note.gross + cent)):
            outcome = allocate(bench, note, invoice, amount)
            assert isinstance(outcome, Rejected), outcome
            assert outcome.reason
        assert bench.standing() == before

    def test_what_is_paid_voided_or_a_draft_takes_no_allocation(self, bench):
        has(bench, "allocate")
        good, paid, voided = (posted(bench, f"HB-{n}") for n in range(3))
        note, dead = (credit(bench, credit_note(bench, number, good)) for number in ("HB-3", "HB-4"))
        refused = [(note, paid), (note, voided), (dead, good)]
        if bench.sink().traits.drafts:
            refused.append((note, create(bench, bench.document("HB-5"))))
        changes = [allocation(bench, one, against, TEN) for one, against in refused]
        bench.pay(paid.id)
        bench.void(voided.id)
        bench.void(dead.id)
        before = bench.standing()
        for one in changes:
            (outcome,) = push(bench, "allocate", one).values()
            assert not isinstance(outcome, Accepted), one
        assert bench.standing() == before

    def test_what_people_allocate_is_read(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        bench.apply_credit(note.id, invoice.id, TEN)
        after = as_it_stands(bench, note.id)
        assert (after.allocated_to(invoice.id), after.balance) == (TEN, note.gross - TEN)
        assert as_it_stands(bench, invoice.id).balance == invoice.gross - TEN

    def test_a_company_that_applies_credits_by_itself_says_so_and_does(self, bench):
        has(bench, "allocate")
        if not bench.applies_credits:
            pytest.skip("no company of this vendor does that")
        sink = bench.sink()
        if isinstance(sink, ListsCatalogue):
            assert sink.catalogue().applies_credits_by_itself is False
        bench.apply_credits_by_itself()
        if isinstance(sink, ListsCatalogue):
            assert sink.catalogue().applies_credits_by_itself is True
        invoice = posted(bench, "HB-1", bench.line("A", "10", "20.00"))
        note = credit(bench, credit_note(bench, "HB-2", invoice, bench.line("A", "1", "20.00")))
        after = as_it_stands(bench, note.id)
        assert (after.allocated_to(invoice.id), after.balance) == (note.gross, 0)
        assert isinstance(allocate(bench, note, invoice, TEN), Rejected)

    def test_what_is_allocated_refuses_to_be_voided_on_either_side(self, bench):
        has(bench, "allocate")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        assert isinstance(allocate(bench, note, invoice, TEN), Accepted)
        before = bench.standing()
        for remote in (note, invoice):
            assert isinstance(change(bench, "void", remote), Rejected)
        assert bench.standing() == before
