"""Who did what to a document, as Xero's History and notes tell it."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.xero.emulated.history import PERSON
from adapters.xero.history import BY_AN_APP, deeds
from adapters.xero.wire_lists import HistoryRecord
from connector.errors import AuthError
from connector.model import Deed, Remote
from tests.adapters.xero.books import Books
from tests.adapters.xero.calling import exact

AT = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)


def record(minutes: float = 0, user: str | None = "Mac Haag", changes: str | None = "Edited", **said: str | None) -> HistoryRecord:
    at = round((AT + timedelta(minutes=minutes)).timestamp() * 1000)
    return HistoryRecord(user=user, changes=changes, date_utc=f"/Date({at}+0000)/", **said)


def test_they_are_told_newest_first_in_xeros_own_words():
    told = deeds([record(1), record(3, details="INV-1 to ABC for 10.00."), record(2, BY_AN_APP, "Paid")], None)
    assert told == (
        Deed(at=AT + timedelta(minutes=3), by="Mac Haag", what="Edited", details="INV-1 to ABC for 10.00."),
        Deed(at=AT + timedelta(minutes=2), by=BY_AN_APP, what="Paid"),
        Deed(at=AT + timedelta(minutes=1), by="Mac Haag", what="Edited"),
    )


def test_what_was_done_before_our_last_write_and_by_it_is_left_out():
    stamped_late, at_once = record(1 / 60, BY_AN_APP), record(1 / 60)
    assert deeds([record(-1), record(0), stamped_late], AT) == ()
    assert [deed.by for deed in deeds([stamped_late, at_once], AT)] == ["Mac Haag"]
    assert [deed.by for deed in deeds([record(1, BY_AN_APP)], AT)] == [BY_AN_APP]


@pytest.mark.parametrize("day", [None, "", "yesterday", "/Date(999999999999999)/"])
def test_a_record_without_a_day_is_left_out(day):
    assert deeds([HistoryRecord(user="Mac Haag", changes="Edited", date_utc=day)], None) == ()


def test_a_day_that_comes_as_text_alone_is_read():
    (deed,) = deeds([HistoryRecord(user="Mac Haag", date_utc_string="2026-07-06T08:00:00")], AT - timedelta(minutes=1))
    assert deed == Deed(at=AT, by="Mac Haag")


def test_what_anybody_typed_over_there_is_one_short_line():
    (deed,) = deeds([record(user="=cmd|' /C calc'!A0\r\n\x1b[31mred\u202e", changes="x" * 5000, details=None)], None)
    assert deed.by == "=cmd|' /C calc'!A0 [31mred"
    assert (deed.what, deed.details) == ("x" * 200, "")


# ---- over the emulated company -------------------------------------------------------------------------------------------------------


def test_a_document_is_asked_for_in_one_read():
    books = Books()
    (remote,) = books.create(books.document("HB-1"))
    books.clock.advance(60)
    books.emulator.people.edit_line("HB-1", 0, description="Reworded")
    books.sent.requests.clear()

    (deed,) = books.sink.history_of(remote, remote.changed_at)

    assert (deed.by, deed.what, deed.details) == (PERSON, "Edited", "HB-1 to Alpine Dental for 187.50.")
    assert [request.url.path for request in books.sent.requests] == [f"/api.xro/2.0/Invoices/{remote.id}/History"]


@pytest.mark.parametrize("scope", ["accounting.invoices", "accounting.invoices.read", "accounting.transactions.read"])
def test_the_scope_for_invoices_reads_their_history(xero, scope):
    made = xero.made()
    xero.http.headers["Authorization"] = f"Bearer {xero.emulator.identity.consent(scope)['access_token']}"
    (told,) = exact(xero.get(f"Invoices/{made['InvoiceID']}/History"))["HistoryRecords"]
    assert (told["Changes"], told["User"]) == ("Created", "System Generated")


def test_without_a_scope_for_invoices_it_is_refused():
    few = Books(scopes="accounting.contacts")
    with pytest.raises(AuthError, match="permission") as refused:
        few.sink.history_of(Remote(id="00000000-0000-4000-8000-000000000000", status="draft"), None)
    assert refused.value.status == 401


def test_the_emulator_takes_no_notes(xero):
    made = xero.made()
    assert xero.http.put(f"/api.xro/2.0/Invoices/{made['InvoiceID']}/History", json={}).status_code == 404
    assert xero.get("Invoices/00000000-0000-4000-8000-000000000000/History").status_code == 404


def test_the_emulators_history_follows_a_document(xero):
    made = xero.made()
    xero.people.authorise("HB-1")
    xero.people.pay("HB-1")
    xero.people.take_back_payments("HB-1")
    xero.people.void("HB-1")
    told = exact(xero.get(f"Invoices/{made['InvoiceID']}/History"))["HistoryRecords"]
    assert [one["Changes"] for one in told] == ["Voided", "Payment Removed", "Paid", "Approved", "Created"]
    assert [one["User"] for one in told] == [*[PERSON] * 4, "System Generated"]
