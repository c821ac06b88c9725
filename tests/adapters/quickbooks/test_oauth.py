"""Intuit's tokens: rotated about once a day, stored before they are used, and never half."""

from datetime import timedelta

import pytest

from connector.errors import AuthError, TransientError
from connector.sandbox import Fault
from tests.adapters.quickbooks.books import Books

TOKEN = "*/tokens/bearer"


def ask(books: Books) -> None:
    books.sink.find([books.document().ref])


def test_the_pasted_token_brings_a_pair_with_both_ends_and_the_company():
    books = Books()
    ask(books)
    (pair,) = books.keeper.committed
    now = books.clock.now()
    assert (pair.refresh, pair.expires_at - now, pair.scope_id) == ("pasted-refresh", timedelta(hours=1), books.settings.realm_id)
    assert pair.refresh_expires_at - now == timedelta(days=100)


def test_the_client_is_named_in_the_header_and_nothing_of_it_in_the_form():
    books = Books()
    ask(books)
    asked = next(request for request in books.sent.requests if request.url.path.endswith("/bearer"))
    assert asked.headers["authorization"].startswith("Basic ")
    assert asked.content == b"grant_type=refresh_token&refresh_token=pasted-refresh"


def test_a_rotated_token_is_stored_before_its_pair_is_used():
    books = Books()
    ask(books)
    books.clock.advance(25 * 3600)
    ask(books)
    assert books.keeper.committed[-1].refresh != "pasted-refresh"
    assert books.emulator.identity.tokens.refresh["pasted-refresh"].superseded
    books.clock.advance(3600)
    ask(books)
    assert len(books.keeper.committed) == 3


def test_a_superseded_token_asks_for_a_person_and_shows_no_secret():
    books = Books()
    books.emulator.identity.tokens.refresh["pasted-refresh"].superseded = True
    with pytest.raises(AuthError, match="invalid_grant") as refused:
        ask(books)
    assert "pasted-refresh" not in str(refused.value)
    assert books.keeper.committed == []


def test_a_freshly_pasted_token_is_taken_when_the_stored_one_is_refused():
    books = Books()
    ask(books)
    books.emulator.identity.revoke_everything()
    books.secrets["env:REFRESH"] = "pasted-again"
    books.host._secrets["env:REFRESH"] = "pasted-again"
    books.emulator.identity.install("pasted-again")
    ask(books)
    assert books.keeper.committed[-1].refresh == "pasted-again"


@pytest.mark.parametrize("kind", ["lose_answer", "cut_answer", "html", "refuse"])
def test_a_lost_or_broken_answer_stores_nothing_and_may_be_asked_again(kind: str):
    books = Books(wrong=True)
    books.script.plan(Fault(kind, status=503), path=TOKEN)
    with pytest.raises(TransientError):
        ask(books)
    assert books.keeper.committed == []
    ask(books)
    assert len(books.keeper.committed) == 1


def test_without_any_token_somebody_is_told_where_to_put_one():
    books = Books(refresh_token="")
    with pytest.raises(AuthError, match="no tokens are stored"):
        ask(books)
