"""Looking up, listing what changed, what was deleted, and everything a mapping may name."""

from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from adapters.quickbooks import documents as module
from adapters.quickbooks.sink import Sink
from connector.errors import AuthError, RejectedError, TransientError
from connector.http import Read
from connector.model import DocumentRef
from connector.sandbox import Fault
from tests.adapters.quickbooks.books import ABROAD, Books

DAY = 86_400


def listing(books: Books, cursor: str | None = None):
    pages = list(books.sink.changed_since(cursor))
    return {remote.id: remote for page, _ in pages for remote in page}, pages[-1][1]


# ---- looking up ---------------------------------------------------------------------------------------------------------


def test_z7_a_number_with_a_quote_is_found_and_breaks_nothing():
    books = Books()
    numbers = ["O'Neil\\1", "x' or Id > '0", "US-1"]
    made = books.create(*map(books.document, numbers))
    for remote in made:
        assert [one.id for one in books.sink.find([remote.ref])[remote.ref]] == [remote.id]


def test_eighty_numbers_are_two_questions():
    books = Books()
    books.sink.find([DocumentRef("invoice", f"US-{n}") for n in range(80)])
    assert len(books.sent.reads) == 2


def test_a_credit_note_is_never_found_here():
    books = Books()
    books.create(books.document("US-1"))
    assert books.sink.find([DocumentRef("credit_note", "US-1")]) == {DocumentRef("credit_note", "US-1"): []}


def test_our_mark_is_read_wherever_a_person_left_it():
    books = Books()
    (remote,) = books.create(books.document())
    note = books.people.invoice(remote.id).private_note
    for around in (note, f"Voided - {note}", f"Paid by mail\n{note}", f"{note} \nsee above"):
        books.people.edit(remote.id, PrivateNote=around)
        assert books.as_it_stands(remote).mark == books.document().mark


def test_a_document_without_our_mark_has_another_and_is_nobodys_guess():
    books = Books()
    bare = books.people.add_invoice("X-1", "Prairie Dental")
    noted = books.people.add_invoice("X-2", "Prairie Dental", note="Thanks!")
    assert [one.mark for one in books.sink.read([bare.id, noted.id])] == ["(none)", "Thanks!"]
    assert {one.ours for one in books.sink.read([bare.id, noted.id])} == {None}


@pytest.mark.parametrize("note", ["Voided", "Annulé - ours"])
def test_a_void_is_known_by_its_zeros_in_any_language(note: str):
    books = Books()
    (remote,) = books.create(books.document())
    books.people.void(remote.id)
    books.emulator.company.invoices[remote.id].private_note = note
    assert books.as_it_stands(remote).status == "voided"


def test_an_invoice_of_free_hours_is_not_taken_for_a_void():
    books = Books()
    (remote,) = books.create(books.document("US-1", books.line("Free", "2.5", "0.00")))
    assert (remote.status, remote.net) == ("posted", Decimal(0))


def test_what_was_sent_and_paid_is_told():
    books = Books()
    (remote,) = books.create(books.document())
    books.people.mark_sent(remote.id)
    books.people.pay(remote.id, Decimal("100.00"))
    theirs = books.as_it_stands(remote)
    assert (theirs.sent, theirs.status, theirs.paid, theirs.balance) == (True, "part_paid", Decimal(100), Decimal("102.97"))
    books.people.pay(remote.id)
    assert books.as_it_stands(remote).status == "paid"


# ---- what changed -------------------------------------------------------------------------------------------------------


def test_the_first_listing_asks_for_everything_and_not_for_deletions():
    books = Books()
    books.people.add_invoice("X-1", "Prairie Dental")
    found, cursor = listing(books)
    assert len(found) == 1
    assert cursor == "2026-07-01T07:50:00+00:00;2026-07-01T07:50:00+00:00"
    assert not any(request.url.path.endswith("/cdc") for request in books.sent.reads)


def test_a_deletion_is_told_by_what_changed_and_by_nothing_else():
    books = Books()
    (remote,) = books.create(books.document())
    _, cursor = listing(books)
    books.clock.advance(DAY)
    books.people.delete(remote.id)
    found, _ = listing(books, cursor)
    assert (found[remote.id].status, found[remote.id].number, found[remote.id].lines) == ("deleted", "", ())


def test_a_kind_of_which_nothing_changed_is_not_listed_and_what_changes_next_is_found():
    books = Books()
    (remote,) = books.create(books.document())
    books.clock.advance(DAY)  # later than what one listing overlaps the one before
    _, cursor = listing(books)
    books.clock.advance(DAY)
    before = len(books.sent.reads)
    found, cursor = listing(books, cursor)
    assert (found, [request.url.path.rpartition("/")[2] for request in books.sent.reads[before:]]) == ({}, ["cdc"])
    assert cursor == "2026-07-03T07:50:00+00:00;2026-07-03T07:50:00+00:00"
    books.clock.advance(DAY)
    books.people.edit(remote.id, TxnDate="2026-06-29")
    before = len(books.sent.reads)
    found, _ = listing(books, cursor)
    queries = [request.url.params["query"] for request in books.sent.reads[before:] if request.url.path.endswith("/query")]
    assert list(found) == [remote.id]
    assert [query.split()[3] for query in queries] == ["Invoice"]


def test_an_answer_that_is_full_may_hide_deletions_and_then_every_id_that_stands_there_is_listed(monkeypatch):
    books = Books()
    made = books.create(*(books.document(f"US-{n}") for n in range(4)))
    _, cursor = listing(books)
    assert books.sink.standing(cursor) is None, "a first listing holds everything"
    books.clock.advance(DAY)
    for remote in made[:3]:
        books.people.edit(remote.id, TxnDate="2026-06-29")
    books.people.delete(made[3].id)
    monkeypatch.setattr(module, "_CHANGES_MAX", 3)
    books.emulator.changes_max = 3
    found, following = listing(books, cursor)
    assert made[3].id not in found
    assert books.sink.standing(following) == {remote.id for remote in made[:3]}
    books.clock.advance(DAY)
    monkeypatch.undo()
    books.emulator.changes_max = 1000
    _, following = listing(books, following)
    assert books.sink.standing(following) is None, "it is asked from then on: what was deleted before is known"


def test_deletions_are_never_asked_for_from_before_the_vendor_remembers_and_then_may_be_hidden():
    books = Books()
    kept, lost = books.create(books.document("US-1"), books.document("US-2"))
    _, cursor = listing(books)
    books.clock.advance(5 * DAY)
    books.people.delete(lost.id)
    books.clock.advance(40 * DAY)
    found, following = listing(books, cursor)
    asked = next(request for request in books.sent.reads if request.url.path.endswith("/cdc"))
    assert asked.url.params["changedSince"] == (books.clock.now() - timedelta(days=29)).isoformat(timespec="seconds")
    assert lost.id not in found
    assert books.sink.standing(following) == {kept.id}


class Meddling:
    """Somebody deletes an invoice after the page so-and-so was read."""

    def __init__(self, books: Books, victims: dict[int, str]) -> None:
        self._books, self._victims, self._inner, self._queries = books, victims, books.sent.inner, 0

    def handle_request(self, request):
        response = self._inner.handle_request(request)
        if request.url.path.endswith("/query"):
            self._queries += 1
            if victim := self._victims.get(self._queries):
                self._books.people.delete(victim)
        return response


def test_no_row_slips_past_when_one_before_it_is_deleted_while_paging():
    books = Books(rows_per_page=3)
    ids = [books.people.add_invoice(f"X-{n}", "Prairie Dental").id for n in range(7)]
    books.sent.inner = Meddling(books, {1: ids[0], 2: ids[2]})
    found, _ = listing(books)
    assert set(ids) - {ids[0], ids[2]} <= set(found)


def test_a_listing_that_never_comes_to_rest_is_given_up():
    books = Books(rows_per_page=3)
    ids = [books.people.add_invoice(f"X-{n}", "Prairie Dental").id for n in range(40)]
    books.sent.inner = Meddling(books, {n: ids[n] for n in range(1, 30)})
    with pytest.raises(TransientError, match="rows went away"):
        listing(books)


@pytest.mark.parametrize(
    ("code", "kind", "error"),
    [("3200", None, AuthError), ("4000", None, RejectedError), ("10000", "SystemFault", TransientError), ("3001", None, TransientError)],
)
def test_a_fault_with_status_200_is_an_error_of_the_read(code: str, kind: str | None, error: type[Exception]):
    books = Books(wrong=True)
    body = {"Fault": {"Error": [{"Message": "No", "code": code}], "type": kind}}
    books.sink._http.get = lambda _target, as_, **_named: Read(value=msgspec.convert(body, as_), headers={}, asked_at=None)
    with pytest.raises(error, match="No"):
        books.sink.find([DocumentRef("invoice", "US-1")])


def test_a_read_that_breaks_off_is_asked_again():
    books = Books(wrong=True)
    books.create(books.document())
    books.script.plan(Fault("cut_answer"), path="*/query*")
    assert len(listing(books)[0]) == 1


# ---- the catalogue ------------------------------------------------------------------------------------------------------


def test_the_catalogue_names_everything_by_id_and_as_people_see_it():
    books = Books(rows_per_page=3)
    books.people.close_books(date(2026, 3, 31))
    books.people.delete_item("Parts")
    catalogue = books.sink.catalogue()
    assert (catalogue.company_id, catalogue.company, catalogue.currency) == (books.settings.realm_id, "Prairie Networks Inc.", "USD")
    assert (catalogue.currencies, catalogue.lock_date, catalogue.problems) == (("USD",), date(2026, 3, 31), ())
    assert [(one.name, one.active, one.terms, one.currency) for one in catalogue.customers] == [
        ("Prairie Dental", True, "net 15", "USD"), ("Quarry Lane Church", True, "on receipt", "USD"),
        ("Cedar & O'Neil", True, "", "USD"), ("Old Client", False, "", "USD"),
    ]  # fmt: skip
    items = {item.name: item for item in catalogue.items}
    assert items["Services:Support"].code == items["Services:Support"].id == books.item()
    assert [(name, item.active, item.sold) for name, item in items.items()] == [
        ("Services", True, False), ("Services:Support", True, True), ("Services:Projects", True, True), ("Parts", False, True),
    ]  # fmt: skip
    assert [(one.code, one.active, one.percent) for one in catalogue.tax_codes] == [
        ("2", False, None),
        ("NON", True, None),
        ("TAX", True, None),
    ]
    assert [(one.name, sorted(one.options), one.by_id, one.per) for one in catalogue.tracking] == [
        ("Class", ["MSP", "Projects"], True, "line"), ("Location", ["North", "South"], True, "document"),
    ]  # fmt: skip
    assert {account.name: account.revenue for account in catalogue.accounts} == {"Services": True, "Project income": True, "Rent": False}
    assert catalogue.targets == ("item",)


def test_a_company_abroad_has_rates_and_currencies():
    books = Books(company=ABROAD, multicurrency=True, currency="GBP", automated_sales_tax=False)
    catalogue = books.sink.catalogue()
    assert catalogue.currencies == ("GBP", "EUR", "JPY")
    assert [(one.name, one.percent) for one in catalogue.tax_codes] == [("20.0% S", Decimal(20)), ("0.0% Z", Decimal(0))]
    assert {one.name: one.currency for one in catalogue.customers}["Quai Quarante"] == "EUR"
    assert catalogue.problems == ()


@pytest.mark.parametrize(
    ("switch", "value", "told"),
    [
        ("custom_numbers", False, "custom transaction numbers are off"),
        ("multicurrency", True, "say `multicurrency: true`"),
        ("automated_sales_tax", False, "say `automated_sales_tax: false`"),
        ("home_currency", "CAD", "say `currency: CAD`"),
        ("sales_fields", ["", "", ""], "the custom field 1 is not in use"),
    ],
)
def test_what_would_go_wrong_in_the_company_is_a_problem_with_its_fix(switch: str, value: object, told: str):
    books = Books()
    setattr(books.emulator.company.preferences, switch, value)
    (problem,) = books.sink.catalogue().problems
    assert told in problem


def test_a_document_in_doubt_waits_a_day_unless_used_numbers_are_known_to_be_refused():
    assert Books().sink.traits.settle_s == Sink.traits.settle_s == DAY
    assert Books(refuses_used_numbers=True).sink.traits.settle_s == 900
