"""One refresh at a time, saved before it is used, and a clear word when a person is needed (P7)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import msgspec
import pytest

from connector.errors import AuthError, TransientError
from connector.http import OAuth, TokenEndpoint
from connector.ports import Tokens
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock
from tests.http.scripted import BASE, Vendor


def a_pair(clock: VirtualClock, name: str, seconds: int = 1800) -> Tokens:
    return Tokens(access=f"access-{name}", refresh=f"refresh-{name}", expires_at=clock.now() + timedelta(seconds=seconds))


def test_a_live_pair_is_used_as_it_is():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))

    assert OAuth(FakeHost(clock=clock, keeper=keeper), lambda _seen: pytest.fail("asked")).tokens().access == "access-1"
    assert keeper.renewals == 0


def test_a_pair_about_to_end_is_renewed_before_it_is_used():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1", seconds=59))
    asked: list[Tokens | None] = []

    def exchange(seen: Tokens | None) -> Tokens:
        asked.append(seen)
        return a_pair(clock, "2")

    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), exchange)

    assert oauth.tokens().access == "access-2"
    assert oauth.headers(oauth.tokens()) == {"Authorization": "Bearer access-2"}
    assert [pair.access for pair in keeper.committed] == ["access-1", "access-2"]
    assert len(asked) == 1


def test_what_a_pair_reaches_is_kept_beside_it_and_the_pair_is_still_the_one_to_renew():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))
    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), lambda _seen: a_pair(clock, "2"))
    pair = oauth.tokens()
    oauth.note_scope(pair, "firm")

    assert (keeper.tokens(), oauth.tokens()) == (msgspec.structs.replace(pair, scope_id="firm"),) * 2
    assert oauth.renew(pair).access == "access-2"


def test_what_an_old_pair_reaches_is_not_written_over_a_newer_one():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))
    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), lambda _seen: pytest.fail("asked"))
    pair = oauth.tokens()
    keeper.committed.append(a_pair(clock, "2"))
    oauth.note_scope(pair, "firm")

    assert (keeper.tokens(), oauth.tokens()) == (a_pair(clock, "2"),) * 2


def test_p7_many_threads_with_a_refused_token_renew_once():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))
    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), lambda _seen: a_pair(clock, "2"))
    refused = oauth.tokens()
    together = threading.Barrier(4)

    def renew() -> str:
        together.wait(5)
        return oauth.renew(refused).access

    with ThreadPoolExecutor(4) as pool:
        renewed = [future.result() for future in [pool.submit(renew) for _ in range(4)]]

    assert renewed == ["access-2"] * 4
    assert keeper.renewals == 1


def test_a_pair_renewed_by_another_process_is_taken_without_asking():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))
    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), lambda _seen: pytest.fail("asked"))
    refused = oauth.tokens()
    keeper.committed.append(a_pair(clock, "2"))

    assert oauth.renew(refused).access == "access-2"


def test_p7_a_refused_refresh_reads_the_store_once_more():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))

    def rotated_meanwhile(_seen: Tokens | None) -> Tokens:
        keeper.committed.append(a_pair(clock, "2"))
        raise AuthError("invalid_grant")

    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), rotated_meanwhile)

    assert oauth.renew(oauth.tokens()).access == "access-2"


def test_p7_a_refused_refresh_with_nothing_newer_stops():
    clock = VirtualClock()
    keeper = MemoryKeeper(clock, a_pair(clock, "1"))

    def refused(_seen: Tokens | None) -> Tokens:
        raise AuthError("invalid_grant")

    oauth = OAuth(FakeHost(clock=clock, keeper=keeper), refused)

    with pytest.raises(AuthError, match="invalid_grant"):
        oauth.renew(oauth.tokens())
    assert len(keeper.committed) == 1


def endpoint_of(*steps: httpx.Response | Exception) -> tuple[TokenEndpoint, Vendor]:
    vendor = Vendor(*steps)
    return TokenEndpoint(FakeHost(transports={BASE: vendor}), f"{BASE}/connect/token", mounted_at="/connect/token"), vendor


def test_a_token_request_is_a_form():
    endpoint, vendor = endpoint_of(httpx.Response(200, json={"access_token": "a", "expires_in": 1800, "token_type": "Bearer"}))

    reply = endpoint.ask({"grant_type": "refresh_token", "refresh_token": "r&1"}, headers={"Authorization": "Basic eA=="})

    assert (reply.access_token, reply.refresh_token, reply.expires_in) == ("a", "", 1800)
    sent = vendor.requests[0]
    assert sent.url.path == "/connect/token"
    assert sent.content == b"grant_type=refresh_token&refresh_token=r%261"
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "passing",
    [httpx.ReadTimeout("lost"), httpx.ConnectError("down"), httpx.Response(503), httpx.Response(429, headers={"Retry-After": "9"}),
     httpx.Response(200, text="<html>"), httpx.Response(200, content=b'{"access_token": "canary'),
     httpx.Response(200, json={"access_token": "canary\u2028", "expires_in": 1800}),
     httpx.Response(200, json={"access_token": "a", "refresh_token": "canary\r\nX: y", "expires_in": 1800}),
     httpx.Response(200, json={"access_token": "a", "expires_in": 10**18}),
     httpx.Response(200, json={"access_token": "a", "expires_in": -1})],
)  # fmt: skip
def test_what_may_pass_is_asked_once_and_left_to_the_next_run(passing: httpx.Response | Exception):
    endpoint, vendor = endpoint_of(passing)

    with pytest.raises(TransientError) as caught:
        endpoint.ask({"grant_type": "refresh_token", "refresh_token": "canary"})

    assert len(vendor.requests) == 1
    assert "canary" not in str(caught.value)


def test_a_refusal_names_the_reason_and_no_secret():
    endpoint, _ = endpoint_of(httpx.Response(400, json={"error": "invalid_grant", "echo": "canary-refresh"}))

    with pytest.raises(AuthError, match="invalid_grant") as caught:
        endpoint.ask({"grant_type": "refresh_token", "refresh_token": "canary-refresh", "client_secret": "canary-secret"})

    assert "canary" not in str(caught.value)
    assert "Authorise again and put the fresh refresh token where refresh_token of connection books in config.yaml points" in str(
        caught.value
    )


def test_a_client_that_is_not_known_is_no_reason_to_authorise_again():
    endpoint, _ = endpoint_of(httpx.Response(401, json={"error": "invalid_client"}))
    with pytest.raises(AuthError, match=r"Check client_id.*forget-tokens books"):
        endpoint.ask({"grant_type": "refresh_token", "refresh_token": "canary"})


def test_a_refused_grant_without_stored_tokens_speaks_of_none():
    endpoint, _ = endpoint_of(httpx.Response(401, json={"error": "invalid_client"}))
    with pytest.raises(AuthError, match="invalid_client") as caught:
        endpoint.ask({"grant_type": "client_credentials", "scope": "all"})
    assert "forget-tokens" not in str(caught.value)
