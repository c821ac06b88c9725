"""What the sink sends to the emulated Xero, held to the vendor's description, and what it makes of the answers."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from connector.errors import RejectedError
from connector.model import DocumentRef, Target
from connector.ports import Change, Rejected, Sink, Taken
from tests.adapters.xero.books import Books, a_line, accepted, contents


def test_the_sink_is_a_sink():
    assert isinstance(Books().sink, Sink)


def test_a_document_comes_back_as_it_was_sent():
    books = Books()
    document = books.document(
        "HB-2606-001",
        a_line("Remote support", "1.25", "150.005"),
        a_line("Project ✓ 🎉 <b>", "3", "165.00", target=Target("item", "CONS"), tracking=()),
        a_line("No charge", "2.5", "0.00"),
    )

    (remote,) = books.create(document)

    assert remote.status == "draft"
    assert remote.ours is True
    assert contents(remote.lines)[:2] == contents(document.lines)[:2]
    assert (remote.number, remote.po, remote.currency, remote.amounts) == (
        "HB-2606-001",
        "PO-7",
        "NZD",
        "tax_exclusive",
    )
    assert (remote.invoice_date, remote.due_date) == (date(2026, 6, 30), date(2026, 7, 20))
    assert (remote.customer_id, remote.customer) == (document.customer_id, "Alpine Dental")
    assert remote.net == document.net == Decimal("682.51")
    assert sum(line.net for line in remote.lines) == remote.net
    assert remote.gross == remote.net + remote.tax
    assert remote.lines[0].tracking == (("Region", "North"),)


def test_documents_are_created_with_put_and_never_with_post():
    books = Books()

    books.create(books.document())

    (request,) = books.sent.writes
    assert request.method == "PUT"
    assert request.url.path == "/api.xro/2.0/Invoices"
    assert dict(request.url.params) == {"summarizeErrors": "false", "unitdp": "4"}
    assert len(request.headers["idempotency-key"]) == 32
    assert request.headers["xero-tenant-id"] == books.emulator.tenant_id


def test_nothing_that_is_sent_may_be_e_mailed_and_every_new_document_has_a_due_date():
    books = Books()
    (remote,) = books.create(books.document())
    books.push("update", Change(books.document("HB-2606-001", a_line(quantity="2")), books.as_it_stands(remote)))
    books.push("post", Change(books.document(), books.as_it_stands(remote)))
    books.push("void", Change(books.document(), books.as_it_stands(remote)))

    elements = books.sent.elements()

    assert len(elements) == 4
    assert all(element["SentToContact"] is False for element in elements)
    assert [element.get("DueDate") for element in elements] == ["2026-07-20", "2026-07-20", None, None]
    assert not any("LineAmount" in line for element in elements for line in element.get("LineItems", ()))


def test_the_same_changes_make_the_same_bytes():
    books = Books()
    changes = [Change(books.document(f"HB-2606-{n:03}")) for n in range(3)]

    assert books.sink.prepare("create", changes) == books.sink.prepare("create", changes)


def test_numbers_are_sent_exactly():
    books = Books()

    (request,) = books.sink.prepare("create", [Change(books.document("HB-1", a_line(quantity="1234.5650", price="0.1000")))])

    assert b'"Quantity":1234.5650,"UnitAmount":0.1000' in request.body


def test_a_batch_ends_at_fifty_documents():
    books = Books()
    changes = [Change(books.document(f"HB-2606-{n:03}")) for n in range(101)]

    requests = books.sink.prepare("create", changes)

    assert [len(request.members) for request in requests] == [50, 50, 1]
    assert [member.ref.number for request in requests for member in request.members] == [c.document.number for c in changes]
    assert [len(msgspec.json.decode(request.body)["Invoices"]) for request in requests] == [50, 50, 1]


def test_a_batch_ends_before_three_and_a_half_megabytes():
    books = Books()
    changes = [Change(books.document(f"HB-{n}", a_line("x" * 1_200_000))) for n in range(5)]

    requests = books.sink.prepare("create", changes)

    assert [len(request.members) for request in requests] == [2, 2, 1]
    assert max(len(request.body) for request in requests) <= 3_500_000


def test_a_configured_batch_is_smaller():
    books = Books(batch_documents=2)

    assert len(books.sink.prepare("create", [Change(books.document(f"HB-{n}")) for n in range(5)])) == 3


def test_one_refused_document_holds_up_no_other():
    books = Books()
    good, bad = books.document("HB-1"), books.document("HB-2", a_line(target=Target("account", "999")))

    outcomes = books.push("create", Change(good), Change(bad), Change(books.document("HB-3")))

    assert accepted(outcomes[good.ref]).number == "HB-1"
    assert accepted(outcomes[DocumentRef("invoice", "HB-3")]).number == "HB-3"
    refusal = outcomes[bad.ref]
    assert isinstance(refusal, Rejected)
    assert "999" in refusal.reason


def test_a_used_number_is_taken_and_nothing_is_overwritten():
    books = Books()
    books.emulator.people.add_invoice("HB-2606-001", "Bayside Motors", net=Decimal(77))

    outcomes = books.push("create", Change(books.document()))

    assert outcomes == {DocumentRef("invoice", "HB-2606-001"): Taken("HB-2606-001")}
    assert [one.net for one in books.emulator.invoices("HB-2606-001")] == [Decimal("77.00")]


def test_the_identical_request_with_its_key_makes_one_document():
    books = Books()
    (request,) = books.sink.prepare("create", [Change(books.document())])
    request = books.ready(request)

    first = books.sink.send(request)
    books.clock.advance(300)
    second = books.sink.send(msgspec.structs.replace(request, deadline_boot_s=books.clock.boot() + 60))

    assert first == second
    assert len(books.emulator.ledger) == 1


def test_a_posted_document_is_authorised_at_once_when_that_is_asked():
    books = Books()

    (remote,) = books.create(books.document(send_as="posted"))

    assert remote.status == "posted"


def test_amounts_with_tax_in_them_add_up_to_the_net():
    books = Books()

    (remote,) = books.create(books.document("HB-1", a_line(quantity="1", price="115.00"), amounts="tax_inclusive"))

    assert (remote.amounts, remote.net, remote.tax, remote.gross) == ("tax_inclusive", 100, 15, 115)
    assert [line.net for line in remote.lines] == [100]


def test_another_currency_and_a_branding_theme_are_sent():
    books = Books()
    theme = {name: theme for theme, name in books.sink.catalogue().looks}["Health"]
    branded = Books(branding_theme=theme)

    (remote,) = branded.create(branded.document(currency="AUD"))

    assert remote.currency == "AUD"
    assert branded.sent.elements()[0]["BrandingThemeID"] == theme


# ---- amending -----------------------------------------------------------------------------------------------------------


def test_an_update_keeps_the_ids_of_lines_and_changes_what_is_ours():
    books = Books()
    (remote,) = books.create(books.document("HB-1", a_line("A"), a_line("B"), a_line("C")))
    ids = {line.description: line.id for line in remote.lines}

    changed = books.document("HB-1", a_line("C"), a_line("A", quantity="4"), a_line("D", tax_code="ZERORATED"), po="PO-8")
    after = accepted(books.push("update", Change(changed, books.as_it_stands(remote)))[changed.ref])

    assert [line.description for line in after.lines] == ["C", "A", "D"]
    assert [after.lines[0].id, after.lines[1].id] == [ids["C"], ids["A"]]
    assert after.lines[2].id not in ids.values()
    assert contents(after.lines) == contents(changed.lines)
    assert (after.id, after.po, after.net) == (remote.id, "PO-8", changed.net)
    assert books.sent.writes[-1].method == "POST"
    assert "InvoiceNumber" not in books.sent.elements()[-1]


def test_a_changed_line_with_its_id_gets_its_tax_worked_out_anew():
    books = Books()
    (remote,) = books.create(books.document("HB-1", a_line("A", "1", "100.00")))

    changed = books.document("HB-1", a_line("A", "3", "100.00"))
    after = accepted(books.push("update", Change(changed, books.as_it_stands(remote)))[changed.ref])

    assert (after.net, after.tax, after.lines[0].id) == (300, 45, remote.lines[0].id)


def test_a_line_that_moves_to_another_account_or_loses_its_tracking_is_a_new_line():
    books = Books()
    (remote,) = books.create(books.document("HB-1", a_line("A"), a_line("B")))

    changed = books.document("HB-1", a_line("A", target=Target("item", "CONS")), a_line("B", tracking=()))
    after = accepted(books.push("update", Change(changed, books.as_it_stands(remote)))[changed.ref])

    assert {line.id for line in after.lines}.isdisjoint(line.id for line in remote.lines)
    assert [line.tracking for line in after.lines] == [(("Region", "North"),), ()]


def test_a_persons_line_stays_where_it_stood():
    books = Books()
    (remote,) = books.create(books.document("HB-1", a_line("A"), a_line("B")))
    books.emulator.people.add_line("HB-1", "Travel, by hand", Decimal(40))
    theirs = books.as_it_stands(remote)
    ours = frozenset(line.id for line in remote.lines)

    changed = books.document("HB-1", a_line("A", quantity="9"), a_line("B"), a_line("E"))
    after = accepted(books.push("update", Change(changed, theirs, owned=ours))[changed.ref])

    assert [line.description for line in after.lines] == ["A", "B", "Travel, by hand", "E"]
    assert after.lines[2] == theirs.lines[2]


def test_all_lines_are_ours_where_nothing_else_is_said():
    books = Books()
    (remote,) = books.create(books.document("HB-1", a_line("A"), a_line("B")))

    changed = books.document("HB-1", a_line("A"))
    after = accepted(books.push("update", Change(changed, books.as_it_stands(remote)))[changed.ref])

    assert [line.description for line in after.lines] == ["A"]


def test_a_draft_is_posted_a_draft_is_deleted_and_a_posted_one_is_voided():
    books = Books()
    first, second = books.create(books.document("HB-1"), books.document("HB-2"))

    posted = accepted(books.push("post", Change(books.document("HB-1"), first))[first.ref])
    deleted = accepted(books.push("void", Change(books.document("HB-2"), second))[second.ref])
    voided = accepted(books.push("void", Change(books.document("HB-1"), posted))[first.ref])

    assert (posted.status, deleted.status, voided.status) == ("posted", "deleted", "voided")


def test_a_paid_document_cannot_be_voided_and_says_why():
    books = Books()
    (remote,) = books.create(books.document(send_as="posted"))
    books.emulator.people.pay(remote.id, Decimal(10))

    outcome = books.push("void", Change(books.document(), books.as_it_stands(remote)))[remote.ref]

    assert outcome == Rejected("Invoice not of valid status for modification")


def test_a_passed_lock_date_is_told_in_the_vendors_words():
    books = Books()
    books.emulator.people.lock(date(2026, 6, 30))

    outcome = books.push("create", Change(books.document()))[books.document().ref]

    assert isinstance(outcome, Rejected)
    assert "lock date" in outcome.reason


@pytest.mark.parametrize("operation", ["update", "post", "void"])
def test_nothing_is_amended_without_having_been_read(operation):
    books = Books()

    with pytest.raises(RejectedError, match="as it stands"):
        books.sink.prepare(operation, [Change(books.document())])


@pytest.mark.parametrize(("operation", "kind"), [("credit", "invoice"), ("create", "credit_note")])
def test_what_the_sink_does_not_do_is_refused_before_anything_is_sent(operation, kind):
    books = Books()

    with pytest.raises(RejectedError, match=r"HB-2606-001: .* is for"):
        books.sink.prepare(operation, [Change(books.document(kind=kind))])
    assert books.sent.requests == []
