"""What people do over there, the ledger of what happened, and a company that outlives the process."""

from decimal import Decimal
from itertools import count
from uuid import UUID

import msgspec
import pytest

from adapters.xero.emulated.forms import Refused
from adapters.xero.emulator import Emulator
from tests.adapters.xero.calling import COMPANY, Xero, exact, line, refusals


def test_the_ledger_tells_who_did_what_when(xero):
    xero.made(Status="AUTHORISED")
    xero.clock.advance(minutes=1)
    xero.people.pay("HB-1")
    xero.people.take_back_payments("HB-1")
    xero.people.void("HB-1")
    assert [(write.what, write.by) for write in xero.emulator.ledger] == [
        ("created", "app"),
        ("paid", "person"),
        ("unpaid", "person"),
        ("voided", "person"),
    ]
    assert xero.emulator.ledger[0].at < xero.emulator.ledger[1].at
    assert {write.net for write in xero.emulator.ledger} == {Decimal("187.50")}


def test_the_ledger_cannot_be_changed_through_what_it_hands_out(xero):
    xero.made()
    assert isinstance(xero.emulator.ledger, tuple)
    with pytest.raises(AttributeError):
        xero.emulator.ledger[0].net = Decimal(0)


def test_people_edit_lines_and_heads(xero):
    made = xero.made(LineItems=[line(), line(2, 80.0)])
    xero.people.edit_line("HB-1", 1, description="Half of it", quantity=Decimal(1))
    xero.people.add_line("HB-1", "Parking", Decimal("12.00"))
    xero.people.remove_line("HB-1", 0)
    xero.people.edit("HB-1", date="2026-07-02", contact="Rata Legal")
    now = xero.one(made["InvoiceID"])
    assert [one["Description"] for one in now["LineItems"]] == ["Half of it", "Parking"]
    assert now["LineItems"][0]["LineItemID"] == made["LineItems"][1]["LineItemID"]
    assert (now["SubTotal"], now["DateString"], now["Contact"]["Name"]) == (92, "2026-07-02T00:00:00", "Rata Legal")


def test_people_approve_delete_and_send(xero):
    xero.made()
    assert xero.people.mark_sent("HB-1").sent_to_contact
    assert xero.people.authorise("HB-1").status == "AUTHORISED"
    with pytest.raises(Refused):
        xero.people.delete("HB-1")
    xero.made("HB-2")
    assert xero.people.delete("HB-2").status == "DELETED"


def test_people_pay_only_what_is_due_on_approved_documents(xero):
    xero.made()
    with pytest.raises(Refused):
        xero.people.pay("HB-1")
    xero.people.authorise("HB-1")
    with pytest.raises(Refused):
        xero.people.pay("HB-1", Decimal(1000))


def test_a_person_who_takes_our_number_leaves_two_documents(xero):
    made = xero.made()
    theirs = xero.people.reuse_number("HB-1", "Rata Legal")
    found = exact(xero.get("Invoices?InvoiceNumbers=HB-1&page=1"))["Invoices"]
    assert [one["InvoiceID"] for one in found] == [theirs.id]
    assert xero.one(made["InvoiceID"])["InvoiceNumber"] == "HB-1-old"


def test_a_number_freed_by_deleting_and_taken_by_a_person_is_found_twice(xero):
    xero.made()
    xero.people.delete("HB-1")
    xero.people.reuse_number("HB-1", "Rata Legal")
    assert len(exact(xero.get("Invoices?InvoiceNumbers=HB-1"))["Invoices"]) == 2
    assert len(exact(xero.get("Invoices?InvoiceNumbers=HB-1&createdByMyApp=true"))["Invoices"]) == 1


def test_a_lock_date_binds_people_too(xero):
    xero.made()
    xero.people.lock(xero.people.invoice("HB-1").date)
    with pytest.raises(Refused, match="period lock date"):
        xero.people.delete("HB-1")
    xero.people.lock(None)
    xero.people.delete("HB-1")


def test_contacts_are_archived_restored_and_renamed(xero):
    xero.people.archive_contact("Kauri Dental")
    assert refusals(xero.put(xero.element())) != []
    xero.people.restore_contact("Kauri Dental")
    assert refusals(xero.put(xero.element())) == []
    with pytest.raises(Refused, match="already assigned"):
        xero.people.rename_contact("Kauri Dental", "RATA LEGAL")
    xero.people.rename_contact("Kauri Dental", "Kauri Dental Ltd")
    assert xero.one(xero.people.invoice("HB-1").id)["Contact"]["Name"] == "Kauri Dental Ltd"


def test_a_deleted_tax_rate_is_refused(xero):
    xero.people.delete_tax_rate("OUTPUT2")
    assert "TaxType code 'OUTPUT2'" in refusals(xero.put(xero.element()))[0]


def test_nobody_is_meant_by_an_unknown_name(xero):
    for ask in (xero.people.contact, xero.people.invoice, xero.people.delete_item):
        with pytest.raises(LookupError):
            ask("nobody")


def test_a_company_goes_on_in_another_process(xero):
    made = xero.made(LineItems=[line(1.25, 150.1234, Tracking=[{"Name": "Region", "Option": "North"}])])
    xero.put(xero.element("HB-2"), key="k1")
    state = xero.emulator.dump()
    other = Emulator(xero.clock, (str(UUID(int=number)) for number in count(1)))
    other.load(state)
    assert other.dump() == state
    assert other.ledger == xero.emulator.ledger
    xero.mount.emulator = xero.emulator = other
    assert {**xero.one(made["InvoiceID"]), "StatusAttributeString": "OK"} == made
    assert refusals(xero.put(xero.element("HB-2"), key="k1")) == []
    assert xero.made("HB-3")["InvoiceID"] not in {made["InvoiceID"], other.invoices("HB-2")[0].id}
    assert len(other.invoices()) == 3


def test_limits_and_tokens_go_on_too(xero):
    xero.get("Currencies")
    other = Emulator(xero.clock, xero.ids)
    other.load(xero.emulator.dump())
    xero.mount.emulator = other
    assert xero.get("Currencies").headers["X-DayLimit-Remaining"] == "4998"


def test_the_same_history_gives_the_same_bytes():
    dumps = []
    for _ in range(2):
        xero = Xero()
        with xero.http:
            xero.made()
            xero.people.edit("HB-1", reference="x")
        dumps.append(xero.emulator.dump())
    assert dumps[0] == dumps[1]


def test_a_seed_with_a_word_nobody_knows_is_refused(xero):
    with pytest.raises(msgspec.ValidationError, match="contcats"):
        xero.emulator.seed({**COMPANY, "contcats": []})
    assert xero.people.contact("Kauri Dental")
