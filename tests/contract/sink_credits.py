"""What every sink that has credit notes must do with them: part of the contract of sinks."""

from decimal import Decimal

import msgspec
import pytest

from connector.core.drift import differences
from connector.errors import RejectedError
from connector.model import DocumentRef
from connector.ports import Accepted, Change, NotSent, Taken, Unknown
from tests.contract.sink_bench import (
    allocate,
    allocation,
    as_it_stands,
    change,
    contents,
    credit,
    credit_note,
    has,
    listing,
    posted,
    push,
    ready,
    truth,
)

HOUR = 3600
TEN, TWENTY = Decimal("10.00"), Decimal("20.00")


class Credits:
    """Making credit notes, finding and voiding them."""

    # ---- credit ------------------------------------------------------------------------------------------------------

    def test_a_credit_note_comes_back_as_it_was_sent(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        document = credit_note(bench, "HB-2", invoice, bench.line("A", "1", "150.00"), bench.line("B", "0.25", "165.00"))
        note = credit(bench, document)
        assert differences(document, note) == []
        assert (note.ref, note.status) == (DocumentRef("credit_note", "HB-2"), "posted")
        assert (note.paid, note.balance, note.allocated) == (0, note.gross, ())
        assert note.gross == note.net + note.tax > 0
        assert contents(note) == contents(document)
        assert as_it_stands(bench, note.id) == note
        there = truth(bench, note.id)
        assert (there.kind, there.lines, there.net, there.status) == ("credit_note", tuple(contents(document)), document.net, "posted")
        assert (truth(bench, invoice.id).status, truth(bench, invoice.id).balance) == ("posted", invoice.gross)

    def test_a_credit_note_is_found_by_its_kind_and_number(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        refs = [DocumentRef(kind, number) for kind in ("invoice", "credit_note") for number in ("HB-1", "HB-2")]
        found = {ref: [one.id for one in rows] for ref, rows in bench.sink().find(refs).items()}
        assert found == {refs[0]: [invoice.id], refs[1]: [], refs[2]: [], refs[3]: [note.id]}
        assert {one.id: one.kind for one in bench.sink().read([invoice.id, note.id])} == {invoice.id: "invoice", note.id: "credit_note"}

    def test_a_credit_note_and_an_invoice_may_have_one_number(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-1", invoice))
        found = bench.sink().find([invoice.ref, note.ref])
        assert {ref.kind: [one.id for one in rows] for ref, rows in found.items()} == {"invoice": [invoice.id], "credit_note": [note.id]}

    def test_several_credit_notes_go_out_at_once(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        notes = [credit_note(bench, f"HB-{n}", invoice, bench.line("Back", "1", f"{n}.00")) for n in range(2, 5)]
        (request,) = bench.sink().prepare("credit", [Change(note) for note in notes])
        outcomes = bench.sink().send(ready(bench, request))
        assert {ref.number: outcome.remote.net for ref, outcome in outcomes.items()} == {note.number: note.net for note in notes}
        assert sorted(one.number for one in bench.standing() if one.kind == "credit_note") == ["HB-2", "HB-3", "HB-4"]

    def test_a_used_number_of_a_credit_note_is_taken(self, bench):
        has(bench, "credit")
        if bench.sink().traits.refuses_used_number != "yes":
            pytest.skip("traits: it does not always refuse a used number")
        document = credit_note(bench, "HB-2", posted(bench, "HB-1"))
        credit(bench, document)
        before = bench.standing()
        assert push(bench, "credit", Change(document), key="2" * 32) == {document.ref: Taken("HB-2")}
        assert bench.standing() == before

    def test_credit_notes_are_listed_with_invoices_under_one_cursor(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        found, cursor = listing(bench)
        assert found == {one.id: as_it_stands(bench, one.id) for one in (invoice, note)}
        bench.advance(HOUR)
        assert isinstance(allocate(bench, note, invoice, TEN), Accepted)
        found, cursor = listing(bench, cursor)
        assert found == {one.id: as_it_stands(bench, one.id) for one in (invoice, note)}
        bench.advance(HOUR)
        other = credit(bench, credit_note(bench, "HB-3", invoice))
        assert other.id in listing(bench, cursor)[0]

    def test_a_lost_answer_to_a_credit_is_unknown_and_the_look_up_sees_it(self, bench):
        has(bench, "credit")
        document = credit_note(bench, "HB-2", posted(bench, "HB-1"))
        bench.lose_answer()
        outcomes = push(bench, "credit", Change(document))
        assert isinstance(outcomes.get(document.ref, Unknown("not mentioned")), Unknown)
        (found,) = bench.sink().find([document.ref])[document.ref]
        assert differences(document, found) == []

    def test_an_identical_credit_inside_the_window_has_one_effect(self, bench):
        has(bench, "credit")
        window = bench.sink().traits.idempotency_window_s
        if not window:
            pytest.skip("traits: it knows no keys")
        (request,) = bench.sink().prepare("credit", [Change(credit_note(bench, "HB-2", posted(bench, "HB-1")))])
        bench.lose_answer()
        bench.sink().send(ready(bench, request))
        bench.advance(window - 60)
        (outcome,) = bench.sink().send(ready(bench, request)).values()
        assert isinstance(outcome, Accepted)
        assert [one.id for one in bench.standing() if one.kind == "credit_note"] == [outcome.remote.id]

    def test_a_credit_that_cannot_leave_is_not_sent(self, bench):
        has(bench, "credit")
        document = credit_note(bench, "HB-2", posted(bench, "HB-1"))
        bench.cut_off()
        assert isinstance(push(bench, "credit", Change(document))[document.ref], NotSent)
        bench.reconnect()
        assert [one.number for one in bench.standing()] == ["HB-1"]

    def test_a_change_that_does_not_fit_its_operation_is_never_sent(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        document = credit_note(bench, "HB-3", invoice)
        ours = bench.document("HB-3")
        whole = allocation(bench, note, invoice, TEN)
        for operation, one in (
            ("create", Change(document)),
            ("update", Change(document, note)),
            ("credit", Change(ours)),
            ("allocate", Change(ours, invoice, against=invoice, amount=TEN)),
            ("allocate", msgspec.structs.replace(whole, theirs=None)),
            ("allocate", msgspec.structs.replace(whole, against=None)),
            ("allocate", msgspec.structs.replace(whole, amount=None)),
            ("allocate", msgspec.structs.replace(whole, amount=Decimal(0))),
        ):
            with pytest.raises(RejectedError, match=one.document.number):
                bench.sink().prepare(operation, [one])

    # ---- void --------------------------------------------------------------------------------------------------------

    def test_a_credit_note_is_voided_and_known_as_such(self, bench):
        has(bench, "credit")
        note = credit(bench, credit_note(bench, "HB-2", posted(bench, "HB-1")))
        outcome = change(bench, "void", note)
        assert isinstance(outcome, Accepted), outcome
        assert (outcome.remote.kind, outcome.remote.status, outcome.remote.id) == ("credit_note", "voided", note.id)
        (found,) = bench.sink().find([note.ref])[note.ref]
        assert (found.status, found.live, truth(bench, note.id).status) == ("voided", False, "voided")

    def test_a_deleted_credit_note_is_told_by_the_listing(self, bench):
        has(bench, "credit")
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "HB-2", invoice))
        _, cursor = listing(bench)
        bench.advance(HOUR)
        if bench.sink().traits.drafts:
            bench.void(note.id)
        else:
            bench.delete(note.id)
        found = listing(bench, cursor)[0][note.id]
        assert (found.kind, found.live) == ("credit_note", False)
