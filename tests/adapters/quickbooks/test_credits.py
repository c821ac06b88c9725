"""Credit memos in QuickBooks: what is on the wire, what is believed of an allocation, and how payments are read."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from adapters.quickbooks import wire
from adapters.quickbooks.payments import shares
from connector.model import Credited, DocumentRef
from connector.ports import Change, Rejected, Unknown
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.contract.sink_bench import allocate, allocation, as_it_stands, credit, credit_note, listing, posted, push, ready

TEN = Decimal("10.00")


@pytest.fixture
def bench() -> Iterator[QuickBooksBench]:
    made = QuickBooksBench()
    yield made
    made.close()


def test_a_credit_memo_is_due_on_no_day_and_says_what_it_credits(bench):
    note = credit(bench, credit_note(bench, "US-2", posted(bench, "US-1")))
    (sent,) = list(bench.books.sent.elements())[-1:]
    assert bench.books.sent.writes[-1].url.path.endswith("/creditmemo")
    assert "DueDate" not in sent
    assert (sent["EmailStatus"], sent["PrintStatus"]) == ("NotSet", "NotSet")
    said = sent["CustomerMemo"]["value"] if "CustomerMemo" in sent else ""
    assert said.splitlines()[-1] == "Credits US-1"
    assert (note.po, note.due_date, note.mark) == ("PO-7", None, bench.document("US-2").mark)
    assert note.id.startswith("creditmemo/")


def test_an_allocation_moves_no_money(bench):
    invoice = posted(bench, "US-1")
    note = credit(bench, credit_note(bench, "US-2", invoice))
    (request,) = bench.sink().prepare("allocate", [allocation(bench, note, invoice, TEN)])
    sent = msgspec.json.decode(request.body)
    assert "/payment?" in request.url
    assert (sent["TotalAmt"], sent["TxnDate"]) == (0, "2026-06-30")
    assert sent["Line"] == [
        {"Amount": 10.0, "LinkedTxn": [{"TxnId": invoice.id, "TxnType": "Invoice"}]},
        {"Amount": 10.0, "LinkedTxn": [{"TxnId": note.id.removeprefix("creditmemo/"), "TxnType": "CreditMemo"}]},
    ]


def test_a_payment_that_links_nothing_is_not_believed(bench, monkeypatch):
    invoice = posted(bench, "US-1")
    note = credit(bench, credit_note(bench, "US-2", invoice))
    receipts = bench.books.emulator.receipts
    real = receipts.create
    monkeypatch.setattr(receipts, "create", lambda sent, by: real({**sent, "Line": []}, by=by))
    outcome = allocate(bench, note, invoice, TEN)
    assert isinstance(outcome, Unknown), outcome
    assert as_it_stands(bench, note.id).allocated == ()


def test_a_batch_of_credit_memos_is_of_credit_memos(bench):
    invoice = posted(bench, "US-1")
    documents = [credit_note(bench, f"US-{n}", invoice) for n in (2, 3)]
    (request,) = bench.sink().prepare("credit", [Change(document) for document in documents])
    items = msgspec.json.decode(request.body)["BatchItemRequest"]
    assert [(item["operation"], item["CreditMemo"]["DocNumber"]) for item in items] == [("create", "US-2"), ("create", "US-3")]
    assert len(bench.sink().send(ready(bench, request))) == 2


def test_a_deleted_credit_memo_is_told_by_its_kind(bench):
    note = credit(bench, credit_note(bench, "US-2", posted(bench, "US-1")))
    _, cursor = listing(bench)
    bench.advance(3600)
    (outcome,) = push(bench, "delete", Change(bench.document("US-2", kind="credit_note"), as_it_stands(bench, note.id))).values()
    assert (outcome.remote.id, outcome.remote.kind, outcome.remote.status) == (note.id, "credit_note", "deleted")
    found = listing(bench, cursor)[0][note.id]
    assert (found.kind, found.status) == ("credit_note", "deleted")
    assert bench.sink().read([note.id]) == []


def test_the_company_of_another_customer_is_refused(bench):
    invoice = posted(bench, "US-1")
    other = next(one.id for one in bench.books.emulator.company.customers.values() if one.active and one.id != invoice.customer_id)
    document = bench.document("US-2", kind="credit_note", customer_id=other, credits=Credited(DocumentRef("invoice", "US-1"), invoice.id))
    note = credit(bench, document)
    outcome = allocate(bench, note, invoice, TEN)
    assert isinstance(outcome, Rejected)
    assert "another customer" in outcome.reason


def test_what_was_paid_too_much_is_told_with_the_whole_payment(bench):
    invoice = posted(bench, "US-1")
    bench.pay_parts({invoice.id: invoice.gross}, over=TEN)
    (row,) = bench.sink().payments([as_it_stands(bench, invoice.id)])[invoice.id]
    assert (row.amount, row.whole, row.unapplied) == (invoice.gross, invoice.gross + TEN, TEN)


def linked(*links: tuple[str, str, str], total: str = "0") -> wire.Payment:
    lines = tuple(
        wire.PaymentLine(amount=Decimal(amount), linked_txn=(wire.Linked(txn_id=txn_id, txn_type=txn_type),))
        for txn_type, txn_id, amount in links
    )
    return wire.Payment(id="9", total_amt=Decimal(total), line=lines)


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        (linked(("Invoice", "1", "10"), total="10"), [("1", "", 10)]),
        (linked(("Invoice", "1", "10"), ("CreditMemo", "5", "10")), [("1", "creditmemo/5", 10)]),
        (linked(("Invoice", "1", "10"), ("CreditMemo", "5", "4"), total="6"), [("1", "creditmemo/5", 4), ("1", "", 6)]),
        (linked(("CreditMemo", "5", "10"), ("Expense", "8", "10")), [("", "creditmemo/5", 10)]),
        (
            linked(("Invoice", "1", "10"), ("Invoice", "2", "10"), ("CreditMemo", "5", "15"), ("CreditMemo", "6", "5")),
            [("1", "creditmemo/5", 10), ("2", "creditmemo/5", 5), ("2", "creditmemo/6", 5)],
        ),
        (linked(), []),
    ],
)
def test_a_payment_is_shared_out_and_its_sums_are_right(payment, expected):
    assert [(one.invoice_id, one.memo_id, one.amount) for one in shares(payment)] == expected
