"""Faults on the way to the emulated Xero: doubt is never taken for refusal, nor refusal for doubt (X1, X2, X4, X7)."""

import pytest

from connector.errors import AuthError, TransientError
from connector.model import DocumentRef
from connector.ports import Accepted, Change, NotSent, Unknown
from connector.sandbox import Fault
from tests.adapters.xero.books import Books


def three(books: Books) -> list[Change]:
    return [Change(books.document(f"HB-{n}")) for n in range(3)]


@pytest.mark.parametrize(
    ("kind", "processed"),
    [("reset_before", False), ("time_out_before", False), ("time_out_after", True), ("lose_answer", True), ("tear_answer", True),
     ("cut_answer", True), ("html", False), ("refuse", False), ("refuse_after", True)],
)  # fmt: skip
def test_a_batch_without_a_readable_answer_is_unknown_for_every_member(kind: str, processed: bool):
    books = Books(faults=True)
    books.script.plan(Fault(kind, status=500), method="PUT")

    outcomes = books.push("create", *three(books))

    assert len(outcomes) == 3
    assert all(isinstance(outcome, Unknown) for outcome in outcomes.values())
    assert len(books.emulator.ledger) == (3 if processed else 0)
    assert len(books.sent.writes) == 1
    assert books.script.left == 0


def test_after_a_doubt_the_look_up_and_the_same_key_tell_the_truth():
    books = Books(faults=True)
    books.script.plan(Fault("lose_answer"), method="PUT")
    (request,) = books.sink.prepare("create", three(books))
    request = books.ready(request)
    books.sink.send(request)

    found = books.sink.find([member.ref for member in request.members])
    again = books.sink.send(request)

    assert [len(remotes) for remotes in found.values()] == [1, 1, 1]
    assert [outcome.remote for outcome in again.values() if isinstance(outcome, Accepted)] == [r for (r,) in found.values()]
    assert len(books.emulator.ledger) == 3


def test_a_late_commit_is_unknown_now_and_found_later():
    books = Books(faults=True)
    books.script.plan(Fault("late", seconds=120), method="PUT")
    ref = DocumentRef("invoice", "HB-0")

    outcomes = books.push("create", three(books)[0])
    assert isinstance(outcomes[ref], Unknown)
    assert books.sink.find([ref])[ref] == []
    books.clock.advance(120)

    assert len(books.sink.find([ref])[ref]) == 1


def test_no_connection_is_not_sent_in_the_end_and_sent_when_it_comes_back():
    books = Books(faults=True)
    books.script.plan(Fault("connect_error"), method="PUT", times=2)
    assert all(isinstance(outcome, Accepted) for outcome in books.push("create", *three(books)).values())

    books.script.plan(Fault("connect_error"), method="PUT", times=9)
    (outcome,) = books.push("create", Change(books.document("HB-9"))).values()
    assert isinstance(outcome, NotSent)
    assert outcome.why == "offline"
    assert books.emulator.invoices("HB-9") == []


def test_a_daily_limit_parks_the_batch_and_everything_after_it():
    books = Books(faults=True)
    books.script.plan(Fault("refuse", status=429, retry_after="73451"), method="PUT")

    outcomes = books.push("create", *three(books))

    assert {(type(outcome), outcome.why, outcome.seconds) for outcome in outcomes.values()} == {(NotSent, "limit", 73451.0)}
    with pytest.raises(TransientError):
        books.sink.find([DocumentRef("invoice", "HB-0")])
    assert sum(books.clock.slept) == 0


def test_sixty_calls_a_minute_are_never_exceeded():
    books = Books(faults=True, daily_calls=5000)
    started = books.clock.now()

    for n in range(150):
        books.sink.find([DocumentRef("invoice", f"HB-{n}")])

    assert (books.clock.now() - started).total_seconds() >= 120
    assert len(books.sent.requests) == 150 + 2  # one token, one look for the organisation


def test_an_expired_token_is_renewed_in_the_middle_of_the_work():
    books = Books()
    books.create(books.document("HB-1"))
    books.emulator.identity.revoke_everything()

    books.create(books.document("HB-2"))

    assert books.keeper.renewals == 2
    assert len(books.emulator.ledger) == 2


def test_a_credential_that_is_refused_for_good_is_not_sent_and_asks_for_a_person():
    books = Books()
    books.emulator.identity.client_secret = "another"

    (outcome,) = books.push("create", Change(books.document())).values()

    assert isinstance(outcome, NotSent)
    assert outcome.why == "auth"
    assert "emulated-secret" not in outcome.reason
    with pytest.raises(AuthError, match=r"connection nz in config\.yaml"):
        books.sink.find([books.document().ref])


def test_nothing_is_begun_after_the_deadline():
    books = Books()
    (request,) = books.sink.prepare("create", [Change(books.document())])
    request = books.ready(request)
    books.clock.advance(301)

    (outcome,) = books.sink.send(request).values()

    assert isinstance(outcome, NotSent)
    assert outcome.why == "deadline"
    assert books.sent.writes == []
