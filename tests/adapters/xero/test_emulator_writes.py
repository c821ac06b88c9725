"""Creating and amending: what Xero accepts, what it refuses and in which words."""

from datetime import date
from decimal import Decimal

import pytest

from tests.adapters.xero.calling import exact, line, refusals


def test_a_put_creates_and_shows_the_document(xero):
    made = xero.made()
    assert (made["InvoiceNumber"], made["Status"], made["SubTotal"]) == ("HB-1", "DRAFT", Decimal("187.50"))
    assert [write.what for write in xero.emulator.ledger] == ["created"]
    assert xero.emulator.ledger[0].net == Decimal("187.50")


def test_a_put_with_a_used_number_is_refused(xero):
    xero.made()
    assert refusals(xero.put(xero.element())) == ["Invoice # must be unique."]
    assert len(xero.emulator.invoices("HB-1")) == 1


def test_two_elements_of_one_request_cannot_share_a_number(xero):
    answered = exact(xero.put(xero.element(), xero.element()))["Invoices"]
    assert [one["StatusAttributeString"] for one in answered] == ["OK", "ERROR"]
    assert len(xero.emulator.invoices()) == 1


def test_a_deleted_draft_frees_its_number(xero):
    xero.made()
    xero.people.delete("HB-1")
    xero.made()
    assert [one.status for one in xero.emulator.invoices("HB-1")] == ["DELETED", "DRAFT"]
    assert len(xero.emulator.invoices("HB-1", live=True)) == 1


def test_a_voided_invoice_keeps_its_number(xero):
    xero.made(Status="AUTHORISED")
    xero.people.void("HB-1")
    assert refusals(xero.put(xero.element())) == ["Invoice # must be unique."]


def test_a_purchase_may_repeat_a_number_and_does_not_take_it_from_a_sale(xero):
    for _ in range(2):
        xero.made("S-1", Type="ACCPAY", LineItems=[line(ItemCode="", AccountCode="200", TaxType="INPUT2")])
    xero.made("S-1")
    assert len(xero.emulator.invoices("S-1", kind="ACCPAY")) == 2


def test_a_missing_number_is_the_companys_next_one(xero):
    element = xero.element()
    del element["InvoiceNumber"]
    answered = exact(xero.put(element, element))["Invoices"]
    assert [one["InvoiceNumber"] for one in answered] == ["INV-0001", "INV-0002"]


def test_a_post_by_number_silently_overwrites(xero):
    xero.made()
    exact(xero.post(xero.element(LineItems=[line(1, 10.0)])))
    (only,) = xero.emulator.invoices("HB-1")
    assert only.net == Decimal("10.00")
    assert [write.what for write in xero.emulator.ledger] == ["created", "updated"]


def test_a_post_of_an_unknown_number_creates(xero):
    exact(xero.post(xero.element("HB-9")))
    assert len(xero.emulator.invoices("HB-9")) == 1


def test_a_post_by_id_keeps_what_was_not_sent(xero):
    made = xero.made(Reference="PO-7")
    exact(xero.post({"InvoiceID": made["InvoiceID"], "DueDate": "2026-08-20"}))
    now = xero.one(made["InvoiceID"])
    assert (now["Reference"], now["DueDateString"]) == ("PO-7", "2026-08-20T00:00:00")
    assert now["LineItems"] == made["LineItems"]


def test_nothing_locks_a_document_that_somebody_changed(xero):
    made = xero.made()
    xero.people.edit("HB-1", reference="theirs")
    exact(xero.post({"InvoiceID": made["InvoiceID"], "Reference": "ours"}))
    assert xero.one(made["InvoiceID"])["Reference"] == "ours"


def test_a_line_with_its_id_keeps_what_was_not_sent_and_lines_without_ids_are_new(xero):
    made = xero.made(LineItems=[line(), line(2, 80.0)])
    first, second = made["LineItems"]
    changed = {"LineItemID": first["LineItemID"], "Quantity": 2}
    exact(xero.post({"InvoiceID": made["InvoiceID"], "LineItems": [changed, line(3, 10.0)]}))
    lines = xero.one(made["InvoiceID"])["LineItems"]
    assert lines[0]["LineItemID"] == first["LineItemID"]
    assert (lines[0]["Quantity"], lines[0]["UnitAmount"]) == (2, 150)
    assert lines[1]["LineItemID"] not in (first["LineItemID"], second["LineItemID"])
    assert len(lines) == 2


def test_a_line_id_of_another_document_is_refused(xero):
    other = xero.made("HB-2")["LineItems"][0]["LineItemID"]
    made = xero.made()
    answer = xero.post({"InvoiceID": made["InvoiceID"], "LineItems": [line(LineItemID=other)]})
    assert refusals(answer) == [f"The LineItemID '{other}' is not a line of this document"]


def test_each_element_succeeds_or_fails_by_itself_without_summarised_errors(xero):
    bad = xero.element("HB-2", CurrencyCode="JPY", LineItems=[line(AccountCode="999", ItemCode="")])
    answered = exact(xero.put(xero.element(), bad, xero.element("HB-3")))["Invoices"]
    assert [one["StatusAttributeString"] for one in answered] == ["OK", "ERROR", "OK"]
    assert [one.get("HasErrors") for one in answered] == [False, True, False]
    assert len(answered[1]["ValidationErrors"]) == 2
    assert [one.number for one in xero.emulator.invoices()] == ["HB-1", "HB-3"]


def test_with_summarised_errors_one_refusal_undoes_the_request(xero):
    bad = xero.element("HB-2", Contact={"Name": "Somebody new"}, LineItems=[line(TaxType="NOPE")])
    answer = xero.put(xero.element("HB-0", Contact={"Name": "New too"}), bad, query="summarizeErrors=True")
    assert answer.status_code == 400
    said = answer.json()
    assert (said["ErrorNumber"], said["Type"]) == (10, "ValidationException")
    assert [one["InvoiceNumber"] for one in said["Elements"]] == ["HB-2"]
    assert xero.emulator.invoices() == []
    assert xero.emulator.ledger == ()
    assert xero.emulator.company.contact_named("New too") is None


def test_errors_are_summarised_when_nothing_is_said(xero):
    assert xero.put(xero.element(CurrencyCode="JPY"), query="unitdp=4").status_code == 400


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"CurrencyCode": "JPY"}, "Organisation is not subscribed to currency JPY"),
        ({"LineItems": [line(ItemCode="NOPE")]}, "Item code 'NOPE' is not valid"),
        ({"LineItems": [line(ItemCode="GIFT")]}, "Item code 'GIFT' is not valid"),
        ({"LineItems": [line(AccountCode="999")]}, "Account code '999' is not a valid code for this document."),
        ({"LineItems": [line(AccountCode="090")]}, "Account code '090' is not a valid code for this document."),
        (
            {"LineItems": [line(TaxType="NOPE")]},
            "The TaxType code 'NOPE' does not exist or cannot be used for this type of transaction.",
        ),
        (
            {"LineItems": [line(TaxType="INPUT2")]},
            "The TaxType code 'INPUT2' does not exist or cannot be used for this type of transaction.",
        ),
        ({"LineItems": [{"Quantity": 1, "UnitAmount": 1}]}, "Description must be at least 1 char"),
        ({"LineItems": [line(LineAmount=187.49)]}, "The line total 187.49 does not match the expected line total 187.50"),
        ({"Contact": {}}, "A Contact must be specified for this type of transaction"),
        ({"Status": "PAID"}, "Invoice not of valid status for modification"),
        ({"Status": "AUTHORISED", "LineItems": []}, "One or more line items must be specified"),
        (
            {"Status": "AUTHORISED", "LineItems": [{"Description": "x", "UnitAmount": 5}]},
            "Account code must be specified",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_the_vendors_words(xero, change, message):
    assert refusals(xero.put(xero.element(**change))) == [message]
    assert xero.emulator.invoices() == []


def test_an_archived_contact_is_refused(xero):
    (message,) = refusals(xero.put(xero.element(Contact={"ContactID": xero.contact_id("Matai Motors")})))
    assert "archived" in message


def test_an_archived_account_is_refused(xero):
    xero.people.archive_account("200")
    (message,) = refusals(xero.put(xero.element()))
    assert message.startswith("Account code '200' has been archived")


def test_an_approved_invoice_needs_a_due_date(xero):
    element = xero.element(Status="AUTHORISED")
    del element["DueDate"]
    assert refusals(xero.put(element)) == ["Due Date cannot be empty for an approved invoice"]


def test_a_name_that_nobody_has_becomes_a_contact_only_with_its_invoice(xero):
    refusals(xero.put(xero.element(Contact={"Name": "Newcomer"}, CurrencyCode="JPY")))
    assert xero.emulator.company.contact_named("Newcomer") is None
    xero.made(Contact={"Name": "Newcomer"})
    assert xero.emulator.company.contact_named("newcomer") is not None


@pytest.mark.parametrize("on", ["2026-05-31", "2026-06-30"])
def test_a_document_on_or_before_a_lock_date_is_refused(xero, on):
    xero.people.lock(date(2026, 6, 30))
    assert refusals(xero.put(xero.element(Date=on))) == ["The document date cannot be before the period lock date"]


def test_a_document_behind_a_lock_date_cannot_be_moved_out_or_voided(xero):
    made = xero.made(Status="AUTHORISED")
    xero.people.lock(date(2026, 6, 30), year_end=True)
    said = ["The document date cannot be before the end of year lock date"]
    assert refusals(xero.post({"InvoiceID": made["InvoiceID"], "Date": "2026-07-01"})) == said
    assert refusals(xero.post({"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})) == said


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("DRAFT", "SUBMITTED", True),
        ("DRAFT", "AUTHORISED", True),
        ("DRAFT", "DELETED", True),
        ("DRAFT", "VOIDED", False),
        ("SUBMITTED", "DELETED", True),
        ("SUBMITTED", "AUTHORISED", True),
        ("AUTHORISED", "VOIDED", True),
        ("AUTHORISED", "DELETED", False),
        ("AUTHORISED", "DRAFT", False),
    ],
)
def test_a_status_changes_only_as_the_vendor_allows(xero, before, after, allowed):
    made = xero.made(Status=before)
    answer = xero.post({"InvoiceID": made["InvoiceID"], "Status": after})
    assert refusals(answer) == ([] if allowed else ["Invoice not of valid status for modification"])
    assert xero.one(made["InvoiceID"])["Status"] == (after if allowed else before)


@pytest.mark.parametrize(("status", "after"), [("DRAFT", "DELETED"), ("AUTHORISED", "VOIDED")])
def test_what_is_out_of_force_cannot_be_changed_but_can_be_read(xero, status, after):
    made = xero.made(Status=status)
    exact(xero.post({"InvoiceID": made["InvoiceID"], "Status": after}))
    answer = xero.post({"InvoiceID": made["InvoiceID"], "Reference": "late"})
    assert refusals(answer) == ["Invoice not of valid status for modification"]
    assert (xero.one(made["InvoiceID"])["Status"], xero.one(made["InvoiceID"])["AmountDue"]) == (after, 0)


def test_a_paid_invoice_cannot_be_voided_and_its_lines_stay(xero):
    made = xero.made(Status="AUTHORISED")
    xero.people.pay("HB-1", Decimal(10))
    assert refusals(xero.post({"InvoiceID": made["InvoiceID"], "Status": "VOIDED"})) == ["Invoice not of valid status for modification"]
    said = refusals(xero.post({"InvoiceID": made["InvoiceID"], "LineItems": [line(9)]}))
    assert said == ["This document cannot be edited as it has a payment or credit note allocated to it."]
    assert refusals(xero.post({"InvoiceID": made["InvoiceID"], "Reference": "PO-8"})) == []


def test_tracking_is_by_ids_or_names_and_at_most_two(xero):
    north = {"Name": "Region", "Option": "North"}
    field = {"Name": "Team", "Option": "Field"}
    made = xero.made(LineItems=[line(Tracking=[north, field])])
    shown = made["LineItems"][0]["Tracking"]
    ids = {name: shown[0][name] for name in ("TrackingCategoryID", "TrackingOptionID")}
    assert xero.made("HB-2", LineItems=[line(Tracking=[ids])])["LineItems"][0]["Tracking"] == shown[:1]
    assert refusals(xero.put(xero.element("HB-3", LineItems=[line(Tracking=[north, field, north])]))) == [
        "A line item can have at most 2 tracking categories"
    ]
    assert refusals(xero.put(xero.element("HB-3", LineItems=[line(Tracking=[{**north, "Option": "East"}])]))) != []


def test_a_line_of_nothing_drops_its_account(xero):
    (kept,) = xero.made(LineItems=[line(0, 150.0, AccountCode="205")])["LineItems"]
    assert "AccountCode" not in kept
    assert kept["LineAmount"] == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"Invoices":[]}', b'{"Invoices":[{"Quantity":'])
def test_a_body_that_cannot_be_read_is_a_400(xero, body):
    status, _, text = xero.emulator.answer("PUT", "/api.xro/2.0/Invoices", dict(xero.http.headers), body)
    assert status == 400
    assert b"PostDataInvalidException" in text


def test_the_address_of_one_invoice_amends_it(xero):
    made = xero.made()
    answer = xero.http.post(f"/api.xro/2.0/Invoices/{made['InvoiceID']}", json={"Invoices": [{"Reference": "PO-1"}]})
    assert answer.status_code == 200
    assert xero.one(made["InvoiceID"])["Reference"] == "PO-1"


def test_a_number_longer_than_255_characters_is_refused(xero):
    status, _, text = xero.emulator.answer(
        "POST",
        "/api.xro/2.0/Invoices",
        dict(xero.http.headers),
        b'{"Type":"ACCREC","Contact":{"Name":"Kauri Dental"},"InvoiceNumber":"%s"}' % (b"9" * 256),
    )
    assert status == 400
    assert b"must not be longer than 255" in text
