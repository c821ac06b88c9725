"""Looking documents up, the change listing and the catalogue, over the emulated Xero."""

from datetime import date
from decimal import Decimal

import pytest

from connector.errors import ConfigError
from connector.model import DocumentRef
from connector.ports import Change, ListsCatalogue
from tests.adapters.xero.books import Books, a_line


def ref(number: str) -> DocumentRef:
    return DocumentRef("invoice", number)


def test_a_document_is_found_by_its_number_with_its_lines():
    books = Books()
    (remote,) = books.create(books.document("HB-1", a_line("A"), a_line("B")))

    assert books.sink.find([ref("HB-1"), ref("HB-2")]) == {ref("HB-1"): [remote], ref("HB-2"): []}


def test_every_status_is_found():
    books = Books()
    remotes = books.create(*(books.document(f"HB-{n}", send_as="posted" if n > 1 else "draft") for n in range(5)))
    people = books.emulator.people
    people.delete(remotes[0].id)
    people.void(remotes[2].id)
    people.pay(remotes[3].id)
    people.pay(remotes[4].id, Decimal(10))

    found = books.sink.find([remote.ref for remote in remotes])

    assert [found[remote.ref][0].status for remote in remotes] == ["deleted", "draft", "voided", "paid", "part_paid"]
    part = found[remotes[4].ref][0]
    assert (part.paid, part.balance) == (10, part.gross - 10)
    assert [remote.status for remote in books.sink.read([remotes[0].id, remotes[2].id])] == ["deleted", "voided"]


def test_several_documents_of_one_number_are_all_told():
    books = Books()
    (remote,) = books.create(books.document("HB-1"))
    books.emulator.people.delete(remote.id)
    books.emulator.people.reuse_number("HB-1", "Bayside Motors")

    found = books.sink.find([ref("HB-1")])[ref("HB-1")]

    assert sorted((one.status, one.ours) for one in found) == [("deleted", True), ("draft", False)]


def test_a_strangers_document_is_not_ours_and_a_bill_is_no_document():
    books = Books()
    books.emulator.people.add_invoice("HB-1", "Bayside Motors")
    books.emulator.people.add_invoice("HB-2", "Bayside Motors", kind="ACCPAY")

    found = books.sink.find([ref("HB-1"), ref("HB-2")])

    assert [one.ours for one in found[ref("HB-1")]] == [False]
    assert found[ref("HB-2")] == []


def test_numbers_differ_by_more_than_capitals():
    books = Books()
    books.create(books.document("HB-1"))

    assert len(books.sink.find([ref("hb-1")])[ref("hb-1")]) == 1


def test_a_long_list_is_asked_in_parts():
    books = Books()
    books.create(*(books.document(f"HB-{n:03}") for n in range(45)))
    books.sent.requests.clear()

    found = books.sink.find([ref(f"HB-{n:03}") for n in range(45)])

    assert all(len(remotes) == 1 for remotes in found.values())
    assert len(books.sent.requests) == 4


def test_ids_that_do_not_exist_are_left_out():
    books = Books()
    (remote,) = books.create(books.document())

    assert books.sink.read(["11111111-1111-4111-8111-111111111111", remote.id, remote.id]) == [remote]


def test_reading_nothing_asks_nothing():
    books = Books()

    assert books.sink.read([]) == []
    assert books.sink.find([]) == {}
    assert books.sent.requests == []


def test_the_change_listing_tells_what_people_did_since():
    books = Books()
    first, second = books.create(books.document("HB-1", send_as="posted"), books.document("HB-2"))
    books.clock.advance(3600)
    pages = list(books.sink.changed_since(None))
    cursor = pages[-1][1]
    assert {one.number for remotes, _ in pages for one in remotes} == {"HB-1", "HB-2"}
    books.clock.advance(3600)
    books.emulator.people.pay(first.id, Decimal(10))
    books.emulator.people.add_invoice("INV-9", "Bayside Motors")
    books.emulator.people.add_invoice("BILL-1", "Bayside Motors", kind="ACCPAY")

    changed = [one for remotes, _ in books.sink.changed_since(cursor) for one in remotes]

    assert {(one.number, one.ours, one.status) for one in changed} == {
        ("HB-1", True, "part_paid"),
        ("INV-9", False, "draft"),
    }
    assert all(one.lines for one in changed)
    assert second.number not in {one.number for one in changed}


def test_only_the_last_page_carries_the_cursor_and_it_lies_before_the_listings_start():
    books = Books()
    people = books.emulator.people
    for n in range(450):
        people.add_invoice(f"INV-{n}", "Bayside Motors")

    pages = list(books.sink.changed_since(None))

    assert [cursor for _, cursor in pages] == [None, None, None, "2026-07-01T07:50:00Z"]
    assert [len(remotes) for remotes, _ in pages] == [200, 200, 50, 0], "the last is of credit notes"


def test_a_change_while_paging_moves_no_row_out_of_sight():
    books = Books()
    people = books.emulator.people
    made = [people.add_invoice(f"INV-{n}", "Bayside Motors") for n in range(250)]
    listing = books.sink.changed_since(None)

    first, _ = next(listing)
    books.clock.advance(1)
    for invoice in made[::3]:
        people.edit_line(invoice.id, description="edited while paging")
    rest = [one for remotes, _ in listing for one in remotes]

    assert {one.id for one in (*first, *rest)} == {invoice.id for invoice in made}


def test_an_edit_in_the_listings_second_is_seen_again_by_the_next_one():
    books = Books()
    (remote,) = books.create(books.document())
    cursor = list(books.sink.changed_since(None))[-1][1]
    books.emulator.people.mark_sent(books.push("post", Change(books.document(), remote))[remote.ref].remote.id)

    changed = [one for remotes, _ in books.sink.changed_since(cursor) for one in remotes]

    assert [(one.number, one.sent) for one in changed] == [("HB-2606-001", True)]


def test_the_catalogue_holds_what_a_mapping_may_name():
    books = Books()
    books.emulator.people.lock(date(2026, 3, 31), year_end=True)
    books.emulator.people.lock(date(2026, 5, 31))
    books.emulator.people.merge_contact("Bayside Motors", into="Cedar & Finch")

    catalogue = books.sink.catalogue()

    assert isinstance(books.sink, ListsCatalogue)
    assert (catalogue.company, catalogue.currency, catalogue.currencies) == ("Demo Company (NZ)", "NZD", ("NZD", "AUD"))
    assert catalogue.company_id == books.emulator.tenant_id
    assert catalogue.lock_date == date(2026, 5, 31)
    customers = {customer.name: customer for customer in catalogue.customers}
    assert {name: (customer.active, customer.terms) for name, customer in customers.items()} == {
        "Alpine Dental": (True, "day 20 of next month"),
        "Eastland Health Trust": (True, "net 14"),
        "Bayside Motors": (False, "10 days after month end"),
        "Cedar & Finch": (True, "on receipt"),
        "Old Client": (False, ""),
    }
    assert customers["Eastland Health Trust"].currency == "AUD"
    assert customers["Bayside Motors"].merged_into == customers["Cedar & Finch"].id
    assert [(item.code, item.sold, item.account) for item in catalogue.items] == [
        ("CONS", True, "200"),
        ("PART", False, ""),
    ]
    assert [(account.code, account.revenue) for account in catalogue.accounts] == [("200", True), ("400", False)]
    assert ("OUTPUT2", "15% GST on Income", Decimal(15), True) in {
        (code.code, code.name, code.percent, code.active) for code in catalogue.tax_codes
    }
    assert not next(code for code in catalogue.tax_codes if code.code == "INPUT2").active
    assert {category.name: sorted(category.options) for category in catalogue.tracking} == {
        "Region": ["North", "South"],
        "Department": ["Projects"],
    }
    assert [name for _, name in catalogue.looks] == ["Standard", "Health"]


def test_an_unknown_branding_theme_is_named_with_those_there_are():
    books = Books(branding_theme="11111111-1111-4111-8111-111111111111")

    with pytest.raises(ConfigError, match="Health"):
        books.sink.catalogue()
