"""Tokens of both kinds and the organisation, over the emulated identity service."""

import msgspec
import pytest

from adapters.xero.sink import Settings, Sink
from connector.errors import AuthError, ConfigError, TransientError
from connector.model import DocumentRef
from connector.ports import Tokens
from connector.sandbox import Fault
from tests.adapters.xero.books import Books
from tests.fakes import FakeHost

ASK = [DocumentRef("invoice", "HB-1")]


def stored(books: Books, refresh: str, secret: str = "env:SECRET") -> Sink:
    """A sink whose first refresh token a person has put behind a reference."""
    host = FakeHost(
        name="nz",
        clock=books.clock,
        keeper=books.keeper,
        secrets={"env:SECRET": "emulated-secret", "env:REFRESH": refresh},
        transports=dict.fromkeys(("https://api.xero.com", "https://identity.xero.com"), books.sent),
    )
    return Sink(
        Settings(
            client_id="emulated-client",
            client_secret=secret,
            auth="stored",
            refresh_token="env:REFRESH" if refresh else "",
        ),
        host,
    )


def test_client_credentials_ask_again_when_the_token_ends():
    books = Books()
    books.sink.find(ASK)
    books.clock.advance(1750)
    books.sink.find(ASK)

    assert {pair.refresh for pair in books.keeper.committed} == {""}
    assert len({pair.access for pair in books.keeper.committed}) == 2


def test_the_organisation_is_looked_up_once_and_kept_with_the_next_pair():
    books = Books()
    books.sink.find(ASK)
    books.sink.find(ASK)
    books.clock.advance(1800)
    books.sink.find(ASK)

    assert [request.url.path for request in books.sent.requests].count("/connections") == 1
    found = books.emulator.tenant_id
    assert [pair.scope_id for pair in books.keeper.committed] == ["", found, found]
    assert len({pair.access for pair in books.keeper.committed}) == 2


def test_the_next_process_does_not_look_the_organisation_up_again():
    books = Books()
    sink = stored(books, str(books.emulator.identity.consent()["refresh_token"]))
    sink.find(ASK)
    stored(books, "").find(ASK)

    assert [request.url.path for request in books.sent.requests].count("/connections") == 1
    assert books.keeper.renewals == 1


def test_a_named_organisation_is_not_looked_up():
    probe = Books()
    books = Books(tenant_id=probe.emulator.tenant_id)

    books.sink.find(ASK)

    assert "/connections" not in [request.url.path for request in books.sent.requests]


def test_several_organisations_are_listed_for_a_person_to_choose():
    books = Books(faults=True)
    rows = [{"tenantId": f"id-{n}", "tenantName": f"Firm {n}", "tenantType": "ORGANISATION"} for n in range(2)]
    books.emulator._connections = lambda: rows

    with pytest.raises(ConfigError, match=r"(?s)tenant_id.*id-0.*Firm 1"):
        books.sink.find(ASK)


def test_no_organisation_asks_for_a_person():
    books = Books(faults=True)
    books.emulator._connections = list

    with pytest.raises(AuthError, match="reaches no organisation"):
        books.sink.find(ASK)


def test_a_pasted_refresh_token_is_exchanged_and_the_pair_rotates():
    books = Books()
    sink = stored(books, str(books.emulator.identity.consent()["refresh_token"]))
    sink.find(ASK)
    books.clock.advance(1800)
    sink.find(ASK)

    assert len({pair.refresh for pair in books.keeper.committed}) == 2
    assert books.keeper.renewals == 2


def test_a_rotated_pair_is_saved_before_its_first_use():
    books = Books(faults=True)
    sink = stored(books, str(books.emulator.identity.consent()["refresh_token"]))
    books.script.plan(Fault("connect_error"), path="/connections", times=9)

    with pytest.raises(TransientError):
        sink.find(ASK)

    assert len(books.keeper.committed) == 1


def test_a_lost_token_answer_is_asked_again_with_the_old_token():
    books = Books(faults=True)
    sink = stored(books, str(books.emulator.identity.consent()["refresh_token"]))
    books.script.plan(Fault("lose_answer"), path="/connect/token")
    with pytest.raises(TransientError, match="next run"):
        sink.find(ASK)
    assert books.keeper.committed == []

    sink.find(ASK)

    assert books.keeper.renewals == 1


def test_a_pair_that_died_is_replaced_by_a_freshly_pasted_one():
    books = Books()
    fresh = str(books.emulator.identity.consent()["refresh_token"])
    books.keeper.committed.append(Tokens(access="dead", refresh="dead", expires_at=books.clock.now()))

    stored(books, fresh).find(ASK)

    assert books.keeper.renewals == 1


def test_a_dead_refresh_token_asks_for_a_person_and_is_not_shown():
    books = Books()

    with pytest.raises(AuthError, match=r"invalid_grant.*connection nz in config.yaml") as caught:
        stored(books, "canary-refresh").find(ASK)
    assert "canary" not in str(caught.value)


def test_without_any_token_a_person_is_asked_before_anything_is_sent():
    books = Books()

    with pytest.raises(AuthError, match="no tokens are stored"):
        stored(books, "").find(ASK)
    assert books.sent.requests == []


@pytest.mark.parametrize("reply", [{"access_token": "a", "expires_in": 1800}, {"refresh_token": "r", "expires_in": 1800}, {}])
def test_half_a_pair_is_never_stored(reply: dict[str, object]):
    books = Books(faults=True)
    books.emulator.identity.token = lambda _headers, _body: (
        200,
        {"Content-Type": "application/json"},
        msgspec.json.encode(reply),
    )

    with pytest.raises(TransientError, match="nothing was stored"):
        stored(books, "r-1").find(ASK)
    assert books.keeper.committed == []


def test_a_secret_that_is_not_there_is_named_by_its_reference():
    books = Books()
    sink = stored(books, "r-1", secret="env:GONE")

    with pytest.raises(ConfigError, match="env:GONE"):
        sink.find(ASK)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://api.xero.com"},
        {"base_url": "https://10.0.0.1"},
        {"token_url": "http://identity.xero.com/connect/token"},
    ],
)
def test_addresses_that_a_credential_must_not_go_to_are_refused_at_once(wrong: dict[str, str]):
    with pytest.raises(ConfigError, match="allow_private"):
        Books(**wrong)


def test_tokens_of_another_client_id_name_the_command_that_drops_them():
    books = Books()
    books.keeper.committed.append(Tokens(access="old", refresh="canary-of-the-old-client", expires_at=books.clock.now()))
    with pytest.raises(AuthError, match=r"After a new client_id .*`hourbridge forget-tokens nz`") as caught:
        stored(books, "").find(ASK)
    assert "canary" not in str(caught.value)
