"""What goes on the wire, byte by byte where it matters, and what each refusal becomes."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from connector.errors import RejectedError
from connector.model import DocumentRef, Target
from connector.ports import Accepted, Change, NotSent, Rejected, Stale, Taken
from tests.adapters.quickbooks.books import ABROAD, Books, contents


def three(books: Books) -> list[Change]:
    return [Change(books.document(f"US-{n}")) for n in range(3)]


def test_several_documents_go_as_one_batch_under_short_ids_and_our_key():
    books = Books()
    books.push("create", *three(books), key="a" * 32)
    (params,) = books.sent.params()
    (request,) = books.sent.writes
    assert request.url.path.endswith("/batch")
    assert params == {"minorversion": "75", "requestid": "a" * 32}
    items = msgspec.json.decode(request.content)["BatchItemRequest"]
    assert [(item["bId"], item["operation"], item["Invoice"]["DocNumber"]) for item in items] == [
        ("1", "create", "US-0"), ("2", "create", "US-1"), ("3", "create", "US-2"),
    ]  # fmt: skip


def test_one_document_goes_alone():
    books = Books()
    books.create(books.document())
    (request,) = books.sent.writes
    assert request.url.path.endswith("/invoice")
    assert "BatchItemRequest" not in msgspec.json.decode(request.content)


def test_the_batch_size_is_a_setting():
    books = Books(batch_documents=2)
    assert [len(request.members) for request in books.sink.prepare("create", three(books))] == [2, 1]


def test_a_created_invoice_says_all_that_must_be_said_and_no_more():
    books = Books()
    books.create(books.document(lines := "US-1", books.line(service_from=date(2026, 6, 5), service_to=date(2026, 6, 5))))
    (sent,) = books.sent.elements()
    assert sent == {
        "DocNumber": lines,
        "TxnDate": "2026-06-30",
        "DueDate": "2026-07-15",
        "CustomerRef": {"value": books.customer()},
        "EmailStatus": "NotSet",
        "PrintStatus": "NotSet",
        "PrivateNote": "Hourbridge: us/Prairie Dental/2026-06/US-1#1",
        "CustomField": [{"DefinitionId": "1", "Type": "StringType", "StringValue": "PO-7"}],
        "Line": [
            {
                "DetailType": "SalesItemLineDetail",
                "Description": "Remote support, June",
                "Amount": 187.5,
                "SalesItemLineDetail": {
                    "ItemRef": {"value": books.item()},
                    "Qty": 1.25,
                    "UnitPrice": 150.0,
                    "TaxCodeRef": {"value": "TAX"},
                    "ServiceDate": "2026-06-05",
                },
            }
        ],
    }


@pytest.mark.parametrize(
    ("quantity", "price", "amount"),
    [("128.350", "14.50", "1861.08"), ("0.5", "0.01", "0.01"), ("1.005", "100", "100.50"), ("2.675", "1", "2.68")],
)
def test_an_amount_is_quantity_times_price_half_up(quantity: str, price: str, amount: str):
    books = Books()
    (remote,) = books.create(books.document("US-1", books.line("Hours", quantity, price)))
    assert f'"Amount":{amount}'.encode() in books.sent.writes[0].content
    assert remote.net == Decimal(amount)


def test_nothing_that_is_sent_mails_prints_or_touches_a_way_of_paying():
    books = Books()
    made = books.create(*(change.document for change in three(books)))
    books.change("update", made[0], books.document("US-0", books.line(quantity="2")))
    books.change("void", made[1])
    books.change("delete", made[2])
    assert [set(sent) for sent in list(books.sent.elements())[-2:]] == [{"Id", "SyncToken"}] * 2
    for sent in list(books.sent.elements())[:-2]:
        assert (sent["EmailStatus"], sent["PrintStatus"], bool(sent["DueDate"])) == ("NotSet", "NotSet", True)
    assert not any("AllowOnline" in name or name == "BillEmail" for sent in books.sent.elements() for name in sent)
    assert books.emulator.company.mailed == []


def test_a_class_stands_on_the_line_and_a_location_on_the_invoice():
    books = Books()
    north, msp = books.people.named("North").id, books.people.named("MSP").id
    line = books.line(tracking=(("Class", msp), ("Location", north)))
    (remote,) = books.create(books.document("US-1", line))
    (sent,) = books.sent.elements()
    assert sent["DepartmentRef"] == {"value": north}
    assert sent["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": msp}
    assert remote.lines[0].tracking == (("Class", msp), ("Location", north))


def test_lines_of_two_locations_are_refused_before_they_are_sent():
    books = Books()
    lines = [books.line(tracking=(("Location", books.people.named(name).id),)) for name in ("North", "South")]
    with pytest.raises(RejectedError, match=r"US-1: .*different locations"):
        books.sink.prepare("create", [Change(books.document("US-1", *lines))])


def test_an_account_is_no_target():
    books = Books()
    with pytest.raises(RejectedError, match="items only"):
        books.sink.prepare("create", [Change(books.document("US-1", books.line(target=Target("account", "4000"))))])


def test_without_a_field_the_po_stands_in_the_message_to_the_customer():
    books = Books(po_field="")
    (remote,) = books.create(books.document())
    (sent,) = books.sent.elements()
    assert sent["CustomerMemo"] == {"value": "PO: PO-7"}
    assert "CustomField" not in sent
    assert remote.po == "PO-7"
    outcome = books.change("update", remote, books.document(remote.number, po="PO-8"))
    assert isinstance(outcome, Accepted)
    assert outcome.remote.po == "PO-8"


def test_an_update_is_sparse_names_the_version_and_leaves_what_did_not_change_unsaid():
    books = Books()
    (remote,) = books.create(books.document())
    books.people.edit(remote.id, PrivateNote=f"{books.people.invoice(remote.id).private_note}\nsee mail of 3 July")
    books.change("update", remote, books.document(remote.number, books.line(quantity="2")))
    sent = list(books.sent.elements())[-1]
    assert (sent["Id"], sent["SyncToken"], sent["sparse"]) == (remote.id, "1", True)
    assert not {"DocNumber", "PrivateNote", "CustomField", "CustomerMemo"} & set(sent)
    assert books.people.invoice(remote.id).private_note.endswith("see mail of 3 July")


def test_a_persons_discount_and_note_are_sent_back_as_they_were_read():
    books = Books()
    (remote,) = books.create(books.document("US-1", books.line("A"), books.line("B")))
    books.people.add_discount(remote.id, Decimal("12.50"))
    theirs = books.as_it_stands(remote)
    assert [line.net for line in theirs.lines] == [Decimal("187.50"), Decimal("187.50"), Decimal("-12.50")]
    owned = frozenset(line.id for line in remote.lines)
    outcome = books.push("update", Change(books.document("US-1", books.line("A")), theirs, owned))[remote.ref]
    assert isinstance(outcome, Accepted), outcome
    assert outcome.remote.net == Decimal("175.00")
    assert outcome.remote.lines[-1] == theirs.lines[-1]
    assert list(books.sent.elements())[-1]["Line"][-1] == {
        "Id": theirs.lines[-1].id, "Amount": 12.5, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False},
    }  # fmt: skip


def test_a_version_from_a_list_may_be_old_and_one_by_id_is_not():
    books = Books()
    (remote,) = books.create(books.document())
    books.people.edit(remote.id, TxnDate="2026-06-29")
    books.emulator.lists_lag = True
    (listed,) = books.sink.find([remote.ref])[remote.ref]
    assert (listed.version, books.as_it_stands(remote).version) == ("0", "1")
    amended = books.document(remote.number, books.line(quantity="2"))
    assert isinstance(books.push("update", Change(amended, listed))[remote.ref], Stale)
    assert isinstance(books.change("update", remote, amended), Accepted)


def test_a_used_number_is_taken_with_the_vendors_own_words_left_to_the_look_up():
    books = Books()
    books.people.add_invoice("US-1", "Quarry Lane Church")
    outcomes = books.push("create", *three(books))
    assert [type(outcomes[DocumentRef("invoice", f"US-{n}")]) for n in range(3)] == [Accepted, Taken, Accepted]
    assert books.push("create", Change(books.document("US-1"))) == {DocumentRef("invoice", "US-1"): Taken("US-1")}


def test_a_used_number_makes_a_second_document_where_the_company_does_not_mind():
    """Why `requestid` and the settle time are not enough, and documents are looked up."""
    books = Books()
    books.emulator.company.preferences.refuse_used_numbers = False
    first, again = books.create(books.document())[0], books.push("create", Change(books.document()), key="b" * 32)
    assert all(isinstance(outcome, Accepted) for outcome in again.values())
    assert len(books.sink.find([first.ref])[first.ref]) == 2


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda books: books.people.inactivate_customer("Prairie Dental"), "610"),
        (lambda books: books.people.delete_item("Services:Support"), "610"),
        (lambda books: books.people.close_books(date(2026, 6, 30)), "6210"),
        (lambda books: books.emulator.company.customers.clear(), "2500"),
    ],
)
def test_a_refusal_is_told_in_the_vendors_words(spoil, code: str):
    books = Books()
    document = books.document()
    spoil(books)
    (outcome,) = books.push("create", Change(document)).values()
    assert isinstance(outcome, Rejected)
    assert f"(code {code})" in outcome.reason
    assert "intuit_tid" in outcome.reason


def test_too_long_a_text_is_refused_and_the_rest_of_the_batch_goes():
    books = Books()
    changes = [Change(books.document("US-1", books.line("x" * 4001))), Change(books.document("US-2"))]
    outcomes = books.push("create", *changes)
    assert [type(outcomes[change.document.ref]) for change in changes] == [Rejected, Accepted]


def test_another_currency_needs_another_customer():
    books = Books(company=ABROAD, multicurrency=True, currency="GBP", automated_sales_tax=False)
    line = books.line(tax_code=next(code for code, one in books.emulator.company.tax_codes.items() if one.percent))
    euros = books.document("UK-1", line, customer_id=books.customer("Quai Quarante"), currency="EUR")
    pounds = msgspec.structs.replace(euros, customer_id=books.customer(), number="UK-2")
    outcomes = books.push("create", Change(euros), Change(pounds))
    assert isinstance(outcomes[euros.ref], Accepted)
    assert isinstance(outcomes[pounds.ref], Rejected)
    sent = next(iter(books.sent.elements()))
    assert (sent["CurrencyRef"], sent["GlobalTaxCalculation"]) == ({"value": "EUR"}, "TaxExcluded")
    remote = outcomes[euros.ref].remote
    assert (remote.currency, remote.amounts, remote.tax) == ("EUR", "tax_exclusive", Decimal("37.50"))


def test_whole_yen_are_sent_as_one_times_the_amount():
    """As core prepares it: two places are computed over there, so quantity is 1 and the hours stand in the text."""
    books = Books(company=ABROAD, multicurrency=True, currency="GBP", automated_sales_tax=False)
    line = books.line("Support, 1.25 h at 15,001", "1", "18751", tax_code="")
    yen = books.document("JP-1", line, customer_id=books.customer("Sakura"), currency="JPY")
    (remote,) = books.create(yen)
    assert (remote.currency, remote.net) == ("JPY", Decimal(18751))


def test_tax_is_worked_out_over_there_and_read_back():
    books = Books()
    taxed, free = books.create(books.document("US-1"), books.document("US-2", customer_id=books.customer("Quarry Lane Church")))
    mixed = books.create(books.document("US-3", books.line(), books.line(tax_code="NON")))[0]
    assert [(one.net, one.tax) for one in (taxed, free, mixed)] == [
        (Decimal("187.50"), Decimal("15.47")), (Decimal("187.50"), Decimal(0)), (Decimal("375.00"), Decimal("15.47")),
    ]  # fmt: skip
    assert taxed.gross == taxed.balance == Decimal("202.97")


def test_a_number_that_the_company_gives_itself_is_told_as_it_is():
    """`check --online` refuses such a company; should it be switched on later, what was made is known by its id."""
    books = Books()
    books.emulator.company.preferences.custom_numbers = False
    (remote,) = books.create(books.document("US-1"))
    assert remote.number == "1001"
    assert contents(remote.lines) == contents(books.document().lines)


def test_what_is_paid_refuses_a_change_and_says_why():
    books = Books()
    (remote,) = books.create(books.document())
    books.people.pay(remote.id, Decimal(50))
    assert books.as_it_stands(remote).status == "part_paid"
    for operation in ("update", "void", "delete"):
        outcome = books.change(operation, remote)
        assert isinstance(outcome, Rejected)
        assert "payment" in outcome.reason


def test_a_company_that_lets_paid_invoices_be_changed_changes_them():
    """Not confirmed either way: the engine reads a document before it amends it, and leaves a paid one alone."""
    books = Books()
    books.emulator.books.protects_paid = False
    (remote,) = books.create(books.document())
    books.people.pay(remote.id, Decimal(50))
    assert isinstance(books.change("update", remote, books.document(remote.number, books.line(quantity="2"))), Accepted)


def test_a_deleted_document_leaves_its_number_and_nothing_else():
    books = Books()
    (remote,) = books.create(books.document())
    outcome = books.change("delete", remote)
    assert isinstance(outcome, Accepted)
    assert (outcome.remote.status, outcome.remote.number, outcome.remote.id) == ("deleted", remote.number, remote.id)
    assert books.sink.read([remote.id]) == []


def test_another_company_is_no_place_for_a_write():
    books = Books(realm_id="1")
    (outcome,) = books.push("create", Change(books.document())).values()
    assert isinstance(outcome, NotSent)
    assert outcome.why == "auth"
