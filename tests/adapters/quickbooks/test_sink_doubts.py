"""Faults on the way to the emulated company: doubt is never taken for refusal, nor refusal for doubt."""

import msgspec
import pytest

from adapters.quickbooks import replies
from adapters.quickbooks.emulated.forms import lower_fault
from adapters.quickbooks.faults import Fault as Read
from adapters.quickbooks.invoices import Habits
from adapters.quickbooks.wire import Faulty
from connector.errors import AuthError, TransientError
from connector.http import Answered
from connector.model import DocumentRef
from connector.ports import Accepted, Change, NotSent, Rejected, Stale, Taken, Unknown
from connector.sandbox import Fault
from tests.adapters.quickbooks.books import Books


def three(books: Books) -> list[Change]:
    return [Change(books.document(f"US-{n}")) for n in range(3)]


@pytest.mark.parametrize(
    ("kind", "processed"),
    [("reset_before", False), ("time_out_before", False), ("time_out_after", True), ("lose_answer", True), ("tear_answer", True),
     ("cut_answer", True), ("html", False), ("refuse", False), ("refuse_after", True)],
)  # fmt: skip
def test_a_batch_without_a_readable_answer_is_unknown_for_every_member(kind: str, processed: bool):
    books = Books(wrong=True)
    books.script.plan(Fault(kind, status=500), path="*/batch*")
    outcomes = books.push("create", *three(books))
    assert len(outcomes) == 3
    assert all(isinstance(outcome, Unknown) for outcome in outcomes.values())
    assert len(books.emulator.ledger) == (3 if processed else 0)
    assert len(books.sent.writes) == 1
    assert books.script.left == 0


def test_after_a_doubt_the_look_up_and_the_same_key_tell_the_truth():
    books = Books()
    books.script.plan(Fault("lose_answer"), path="*/batch*")
    (request,) = books.sink.prepare("create", three(books))
    request = books.ready(request)
    books.sink.send(request)
    found = books.sink.find([member.ref for member in request.members])
    again = books.sink.send(request)
    assert [outcome.remote for outcome in again.values() if isinstance(outcome, Accepted)] == [one for (one,) in found.values()]
    assert len(books.emulator.ledger) == 3


def test_x5_a_vendor_that_forgot_the_key_refuses_the_number_instead():
    books = Books()
    (request,) = books.sink.prepare("create", three(books))
    request = books.ready(request)
    books.sink.send(request)
    books.emulator.replays.forget()
    assert {type(outcome) for outcome in books.sink.send(request).values()} == {Taken}
    assert len(books.emulator.ledger) == 3


def test_x4_a_refusal_is_answered_again_under_its_key_and_not_under_another():
    books = Books()
    document = books.document()
    books.people.inactivate_customer("Prairie Dental")
    assert isinstance(books.push("create", Change(document), key="a" * 32)[document.ref], Rejected)
    books.people.activate_customer("Prairie Dental")
    assert isinstance(books.push("create", Change(document), key="a" * 32)[document.ref], Rejected)
    assert isinstance(books.push("create", Change(document), key="b" * 32)[document.ref], Accepted)


def test_a_late_commit_is_unknown_now_and_found_later():
    books = Books(wrong=True)
    books.script.plan(Fault("late", seconds=120), path="*/invoice*")
    ref = DocumentRef("invoice", "US-0")
    assert isinstance(books.push("create", three(books)[0])[ref], Unknown)
    assert books.sink.find([ref])[ref] == []
    books.clock.advance(120)
    assert len(books.sink.find([ref])[ref]) == 1


def answered(books: Books, body: object, operation: str = "create", status: int = 200):
    """What our sink makes of an answer that nobody's rules gave."""
    changes = three(books)
    if operation != "create":
        changes = [
            Change(one, remote)
            for one, remote in zip([c.document for c in changes], books.create(*[c.document for c in changes]), strict=True)
        ]
    (request,) = books.sink.prepare(operation, changes)
    reply = Answered(status=status, headers={}, body=msgspec.json.encode(body), request_id="tid-1")
    books.sink._http.write = lambda *_args, **_named: reply
    return books.sink.send(request)


def an_error(code: str, kind: str | None = "ValidationFault", message: str = "No") -> dict[str, object]:
    return {"Error": [{"Message": message, "Detail": "because", "code": code, "element": ""}], "type": kind}


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (an_error("6140"), Taken),
        (an_error("5010"), Stale),
        (an_error("6070"), Rejected),
        (an_error("6240"), Rejected),
        (an_error("610"), Rejected),
        (an_error("2050"), Rejected),
        (an_error("6000", None), Rejected),
        (an_error("9999"), Rejected),
        (an_error("9999", None), Unknown),
        (an_error("10000", "SystemFault"), Unknown),
        (an_error("120", "AuthorizationFault"), NotSent),
        (an_error("3200", "AuthenticationFault"), NotSent),
        (an_error("003001", None, "message=ThrottleExceeded; errorCode=003001; statusCode=429"), NotSent),
    ],
)
def test_x4_each_fault_of_a_batch_means_what_it_means_for_its_member_alone(fault, outcome):
    books = Books(wrong=True)
    items = [{"bId": "2", "Fault": fault}, {"bId": "7", "Fault": an_error("6000")}]
    assert {ref.number: type(one) for ref, one in answered(books, {"BatchItemResponse": items}).items()} == {"US-1": outcome}


def test_a_fault_with_status_200_is_a_refusal_of_every_member():
    outcomes = answered(Books(wrong=True), {"Fault": an_error("2010"), "time": "2026-07-01T00:00:00-07:00"})
    assert {type(outcome) for outcome in outcomes.values()} == {Rejected}
    assert len(outcomes) == 3


def test_a_fault_in_lower_case_is_read_too():
    _, _, body = lower_fault(401, "message=AuthenticationFailed; errorCode=003200", "Token expired", "3200", "AUTHENTICATION")
    fault = Read(msgspec.json.decode(body, type=Faulty).fault)
    assert fault.about_access
    assert "Token expired" in fault.text


@pytest.mark.parametrize(
    "body", [{}, {"time": "now"}, {"BatchItemResponse": []}, {"BatchItemResponse": [{"bId": "1"}]}, {"Invoice": {"Id": "1"}}]
)
def test_members_that_an_answer_does_not_name_are_left_out(body):
    assert answered(Books(wrong=True), body) == {}


def test_an_answer_about_another_document_is_unknown():
    items = [{"bId": "1", "Invoice": {"Id": "999", "SyncToken": "1", "TotalAmt": 1, "Balance": 1}}]
    (outcome,) = answered(Books(), {"BatchItemResponse": items}, "update").values()
    assert isinstance(outcome, Unknown)


def test_a_batch_answered_where_one_document_was_sent_says_nothing():
    books = Books(wrong=True)
    (request,) = books.sink.prepare("create", [Change(books.document("HB-2606-001"))])
    said = Answered(status=200, headers={}, body=b'{"BatchItemResponse": [{"bId": "1", "Invoice": {"Id": "9"}}]}', request_id="")
    habits = Habits(currency="USD", multicurrency=False, automated_sales_tax=False, po_field="")
    assert replies.outcomes(said, request, habits) == {}


@pytest.mark.parametrize("status", [400, 200])
def test_an_answer_of_the_wrong_shape_is_unknown(status: int):
    outcomes = answered(Books(wrong=True), ["not", "an", "object"], status=status)
    assert {type(outcome) for outcome in outcomes.values()} == {Unknown}


def test_a_forbidden_app_asks_for_a_person():
    outcomes = answered(Books(wrong=True), {"fault": {"error": [{"message": "errorCode=003100", "code": "3100"}]}}, status=403)
    assert {(type(outcome), outcome.why) for outcome in outcomes.values()} == {(NotSent, "auth")}


# ---- pace ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("says", [429, 403])
def test_x7_too_much_is_not_sent_and_waits_a_minute(says: int):
    books = Books()
    books.emulator.limits.says = says
    books.emulator.limits.busy = 9
    outcomes = books.push("create", *three(books))
    assert {(type(outcome), outcome.why, outcome.seconds) for outcome in outcomes.values()} == {(NotSent, "limit", 60.0)}
    assert books.emulator.ledger == ()
    assert max(books.clock.slept) >= 60


@pytest.mark.parametrize("says", [429, 403])
def test_a_read_that_is_too_much_is_asked_again_after_a_minute(says: int):
    books = Books()
    books.emulator.limits.says = says
    books.emulator.limits.busy = 1
    assert books.sink.find([DocumentRef("invoice", "US-0")]) == {DocumentRef("invoice", "US-0"): []}
    assert sum(books.clock.slept) >= 60


def test_x7_ten_calls_a_second_and_forty_batches_a_minute_are_never_exceeded():
    books = Books()
    started = books.clock.now()
    for n in range(25):
        books.sink.read([str(1000 + n)])
    assert (books.clock.now() - started).total_seconds() >= 2
    started = books.clock.now()
    for n in range(45):
        books.create(books.document(f"US-{n}-a"), books.document(f"US-{n}-b"))
    assert (books.clock.now() - started).total_seconds() >= 60
    assert books.emulator.limits.refused == 0


def test_the_months_reads_are_a_budget_and_writes_cost_nothing_of_it():
    books = Books(monthly_reads=100)
    for n in range(100):
        books.sink.read([str(1000 + n)])
    with pytest.raises(TransientError, match="budget of 100 calls a month of reads"):
        books.sink.read(["1"])
    assert isinstance(books.push("create", three(books)[0])[DocumentRef("invoice", "US-0")], Accepted)


# ---- access -------------------------------------------------------------------------------------------------------------


def test_an_expired_token_is_renewed_in_the_middle_of_the_work():
    books = Books()
    books.create(books.document("US-1"))
    books.emulator.identity.end_access()
    books.create(books.document("US-2"))
    assert books.keeper.renewals == 2
    assert len(books.emulator.ledger) == 2


def test_a_credential_that_is_refused_for_good_is_not_sent_and_asks_for_a_person():
    books = Books()
    books.emulator.identity.client_secret = "another"
    (outcome,) = books.push("create", Change(books.document())).values()
    assert isinstance(outcome, NotSent)
    assert outcome.why == "auth"
    assert "emulated-secret" not in outcome.reason
    assert "pasted-refresh" not in outcome.reason
    with pytest.raises(AuthError):
        books.sink.find([books.document().ref])
