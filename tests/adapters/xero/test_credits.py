"""Credit notes in Xero: what is on the wire, what is believed of an allocation, and the emulator's own rules."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from connector.http import Answered
from connector.model import DocumentRef
from connector.ports import Accepted, Change, Member, Outcome, Rejected, Unknown
from connector.sandbox import Fault
from tests.adapters.xero.bench import XeroBench
from tests.adapters.xero.calling import Xero, exact, line
from tests.contract.sink_bench import allocate, allocation, as_it_stands, credit, credit_note, posted, push

TEN = Decimal("10.00")
MEMBER = Member(DocumentRef("credit_note", "HB-2"), "11111111-1111-4111-8111-111111111111")


@pytest.fixture
def bench() -> Iterator[XeroBench]:
    made = XeroBench()
    yield made
    made.close()


def test_a_credit_note_says_what_it_credits_and_is_sent_to_nobody(bench):
    invoice = posted(bench, "HB-1")
    note = credit(bench, credit_note(bench, "HB-2", invoice))
    sent = bench.books.sent.writes[-1]
    (element,) = msgspec.json.decode(sent.content)["CreditNotes"]
    assert (sent.method, sent.url.path) == ("PUT", "/api.xro/2.0/CreditNotes")
    assert dict(sent.url.params) == {"summarizeErrors": "false", "unitdp": "4"}
    assert (element["Type"], element["Status"], element["Reference"]) == ("ACCRECCREDIT", "AUTHORISED", "PO-7 · Credits HB-1")
    assert not {"DueDate", "SentToContact"} & set(element)
    assert (note.po, note.ours, note.due_date, note.sent) == ("PO-7", None, None, False)


@pytest.mark.parametrize("po", ["", "PO-7", "Credits", "Credits · 9", "a · b"])
def test_the_po_of_a_credit_note_comes_back_as_it_was_said(bench, po):
    document = msgspec.structs.replace(credit_note(bench, "HB-2", posted(bench, "HB-1")), po=po)
    assert credit(bench, document).po == po


def test_an_allocation_goes_alone_and_is_dated_when_both_stand(bench):
    invoice = posted(bench, "HB-1")
    note = credit(bench, msgspec.structs.replace(credit_note(bench, "HB-2", invoice), invoice_date=date(2026, 7, 9)))
    change = allocation(bench, note, invoice, TEN)
    change = msgspec.structs.replace(change, document=msgspec.structs.replace(change.document, invoice_date=date(2026, 7, 9)))
    (request,) = bench.sink().prepare("allocate", [change])
    assert (request.method, request.url) == ("PUT", f"/api.xro/2.0/CreditNotes/{note.id}/Allocations?summarizeErrors=false")
    assert msgspec.json.decode(request.body) == {
        "Allocations": [{"Amount": 10.0, "Date": "2026-07-09", "Invoice": {"InvoiceID": invoice.id}}]
    }


def test_an_allocation_that_cannot_be_read_back_is_unknown(bench):
    invoice = posted(bench, "HB-1")
    note = credit(bench, credit_note(bench, "HB-2", invoice))
    change = allocation(bench, note, invoice, TEN)
    bench.books.script.plan(Fault("refuse", status=404), method="GET", path="*/CreditNotes/*")
    outcome = push(bench, "allocate", change)[note.ref]
    assert isinstance(outcome, Unknown), outcome
    assert "does not show it" in outcome.reason
    assert as_it_stands(bench, note.id).allocated_to(invoice.id) == TEN


def answered(body: object, status: int = 200) -> Outcome | None:
    from adapters.xero.replies import allocation as outcome_of  # noqa: PLC0415 - beside the contract's `allocation`

    return outcome_of(Answered(status=status, headers={}, body=msgspec.json.encode(body)), MEMBER)


def test_what_xero_says_of_an_allocation():
    refused = {"Amount": 10, "StatusAttributeString": "ERROR", "ValidationErrors": [{"Message": "Too much"}]}
    assert answered({"Allocations": [{"Amount": 10}]}) is None
    assert answered({"Allocations": [refused]}) == Rejected("Too much")
    assert answered({"Type": "ValidationException", "Elements": [refused]}, 400) == Rejected("Too much")
    assert isinstance(answered("no object"), Unknown)


def test_a_refusal_of_a_number_in_other_words_is_looked_up(bench):
    from adapters.xero.replies import outcomes  # noqa: PLC0415

    member = Member(DocumentRef("credit_note", "HB-2"))
    for text in ("Credit note # must be unique.", "Credit Note Number must be unique", "Invoice # must be unique."):
        element = {"CreditNoteNumber": "HB-2", "HasErrors": True, "ValidationErrors": [{"Message": text}]}
        body = msgspec.json.encode({"CreditNotes": [element]})
        (outcome,) = outcomes(Answered(status=200, headers={}, body=body), (member,)).values()
        assert type(outcome).__name__ == "Taken", text


def test_a_draft_credit_note_is_posted_before_it_is_allocated(bench):
    invoice = posted(bench, "HB-1")
    draft = credit(bench, msgspec.structs.replace(credit_note(bench, "HB-2", invoice), send_as="draft"))
    assert draft.status == "draft"
    assert isinstance(allocate(bench, draft, invoice, TEN), Rejected)
    document = bench.document("HB-2", kind="credit_note")
    (outcome,) = push(bench, "post", Change(document, as_it_stands(bench, draft.id))).values()
    assert isinstance(outcome, Accepted)
    assert isinstance(allocate(bench, draft, invoice, TEN, key="2" * 32), Accepted)


def test_a_payment_that_was_deleted_is_told_with_a_scope_for_payments(bench):
    invoice = posted(bench, "HB-1")
    paid = bench.pay_parts({invoice.id: TEN})
    bench.take_back(paid)
    (row,) = bench.sink().payments([as_it_stands(bench, invoice.id)])[invoice.id]
    assert (row.id, row.amount, row.reversed) == (paid, TEN, True)
    bench.books.settings = bench.books.settings.model_copy(update={"scopes": "accounting.invoices"})
    assert bench.sink().payments([invoice]) == {invoice.id: ()}


def test_money_that_was_over_pays_another_invoice(bench):
    first, second = (posted(bench, number) for number in ("HB-1", "HB-2"))
    paid = bench.pay_parts({first.id: first.gross}, over=TEN)
    bench.people.use_overpayment(paid, second.id, TEN)
    (row,) = bench.sink().payments([second])[second.id]
    assert (row.kind, row.amount, row.whole) == ("payment", TEN, TEN)
    assert as_it_stands(bench, second.id).paid == TEN


# ---- the emulator -------------------------------------------------------------------------------------------------------


def a_note(xero: Xero, **changes: object) -> dict[str, object]:
    element = xero.element(Status="AUTHORISED", Type="ACCRECCREDIT", CreditNoteNumber="CN-1", LineItems=[line(1, 100.0)])
    sent = {name: value for name, value in element.items() if name not in ("InvoiceNumber", "DueDate")} | changes
    answer = xero.http.put("/api.xro/2.0/CreditNotes?summarizeErrors=false&unitdp=4", json={"CreditNotes": [sent]})
    return exact(answer)["CreditNotes"][0]


def test_bills_and_credit_notes_do_not_pass_for_each_other(xero):
    assert xero.put(xero.element(Type="ACCRECCREDIT")).status_code == 400
    assert a_note(xero)["CreditNoteNumber"] == "CN-1"
    refused = a_note(xero)
    assert refused["StatusAttributeString"] == "ERROR"
    assert xero.made("CN-1")["InvoiceNumber"] == "CN-1"


def test_a_refused_allocation_undoes_the_whole_request_unless_each_is_answered(xero):
    note = a_note(xero)
    made = xero.made(Status="AUTHORISED", LineItems=[line(1, 100.0)])
    named = {"InvoiceID": made["InvoiceID"]}
    both = {"Allocations": [{"Amount": amount, "Date": "2026-07-01", "Invoice": named} for amount in (40, 400)]}
    path = f"/api.xro/2.0/CreditNotes/{note['CreditNoteID']}/Allocations"
    assert xero.http.put(path, json=both).status_code == 400
    assert xero.one(made["InvoiceID"])["AmountCredited"] == 0
    said = exact(xero.http.put(f"{path}?summarizeErrors=false", json=both))["Allocations"]
    assert [one["StatusAttributeString"] for one in said] == ["OK", "ERROR"]
    shown = xero.one(made["InvoiceID"])
    assert [(one["CreditNoteNumber"], one["AppliedAmount"]) for one in shown["CreditNotes"]] == [("CN-1", 40)]


def test_nothing_is_allocated_in_a_locked_period(xero):
    note = a_note(xero)
    made = xero.made(Status="AUTHORISED", LineItems=[line(1, 100.0)])
    xero.people.lock(date(2026, 7, 31))
    sent = {"Amount": 40, "Date": "2026-07-01", "Invoice": {"InvoiceID": made["InvoiceID"]}}
    answer = xero.http.put(f"/api.xro/2.0/CreditNotes/{note['CreditNoteID']}/Allocations", json={"Allocations": [sent]})
    assert answer.status_code == 400
    assert "lock date" in answer.text
