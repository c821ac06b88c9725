"""A write goes once, and once more only when nothing can have been processed (X1, X2, X7)."""

import httpx
import pytest

from connector.errors import AuthError, TransientError
from connector.http import Answered, Limits
from connector.ports import NotSent, Unknown
from tests.http.scripted import FixedAuthority, Vendor, a_write, client_of

DONE = httpx.Response(200, json={"id": 1}, headers={"X-Request-Id": "w-1"})


def test_a_write_sends_exactly_the_stored_bytes_and_gives_back_the_answer():
    vendor = Vendor(DONE)
    client, host = client_of(vendor, headers={"X-App": "h"})

    written = client.write(a_write(host), headers={"Idempotency-Key": "k"})

    assert isinstance(written, Answered)
    assert (written.status, written.body, written.request_id) == (200, b'{"id":1}', "w-1")
    sent = vendor.requests[0]
    assert (sent.method, sent.url.raw_path, sent.content) == ("PUT", b"/documents?strict=1", b'{"n":1}')
    assert (sent.headers["idempotency-key"], sent.headers["x-app"]) == ("k", "h")


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ReadError("reset"),
        httpx.WriteError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.RemoteProtocolError("disconnected without sending a response"),
        httpx.DecodingError("torn gzip"),
        httpx.Response(500),
        httpx.Response(503, headers={"Retry-After": "1"}),
        httpx.Response(504),
        httpx.Response(408),
        httpx.Response(302, headers={"Location": "https://api.example.com/x"}),
        httpx.Response(304),
    ],
    ids=lambda step: type(step).__name__ + str(getattr(step, "status_code", "")),
)
def test_a_doubt_is_unknown_and_the_write_is_not_repeated(lost: httpx.Response | Exception):
    vendor = Vendor(lost, DONE)
    client, host = client_of(vendor)

    assert isinstance(client.write(a_write(host)), Unknown)
    assert len(vendor.requests) == 1


def test_an_answer_larger_than_allowed_is_unknown():
    client, host = client_of(Vendor(httpx.Response(200, content=b"x" * 2000)), limits=Limits(body_bytes_max=1000))

    assert isinstance(client.write(a_write(host)), Unknown)


@pytest.mark.parametrize("unreached", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("busy")])
def test_without_a_connection_the_write_is_tried_again_and_then_not_sent(unreached: Exception):
    vendor = Vendor(unreached, DONE)
    client, host = client_of(vendor)
    assert isinstance(client.write(a_write(host)), Answered)

    vendor = Vendor(*[unreached] * 9)
    client, host = client_of(vendor, limits=Limits(writes_max=3))
    written = client.write(a_write(host))

    assert isinstance(written, NotSent)
    assert written.why == "offline"
    assert len(vendor.requests) == 3


@pytest.mark.parametrize("status", [200, 201, 400, 403, 404, 409, 413, 422])
def test_a_readable_refusal_is_the_adapters_to_read(status: int):
    client, host = client_of(Vendor(httpx.Response(status, content=b"{}")))

    written = client.write(a_write(host))

    assert isinstance(written, Answered)
    assert written.status == status


def test_nothing_is_begun_after_the_deadline():
    vendor = Vendor(DONE)
    client, host = client_of(vendor)
    request = a_write(host, seconds=10)
    host.clock.advance(10)

    written = client.write(request)

    assert isinstance(written, NotSent)
    assert written.why == "deadline"
    assert vendor.requests == []


def test_a_turn_that_comes_after_the_deadline_is_not_waited_for():
    vendor = Vendor(DONE, DONE)
    client, host = client_of(vendor, limits=Limits(per_minute=1))
    assert isinstance(client.write(a_write(host)), Answered)

    written = client.write(a_write(host, seconds=30))

    assert isinstance(written, NotSent)
    assert (written.why, written.seconds) == ("limit", 60)
    assert host.clock.slept == []


def test_a_renewal_that_takes_too_long_leaves_the_write_unbegun():
    class Slow(FixedAuthority):
        def renew(self, refused):
            host.clock.advance(200)
            return super().renew(refused)

    vendor = Vendor(httpx.Response(401), DONE)
    client, host = client_of(vendor, authority=Slow("a", "b"))

    written = client.write(a_write(host, seconds=100))

    assert isinstance(written, NotSent)
    assert written.why == "deadline"
    assert len(vendor.requests) == 1


def test_a_401_is_repeated_once_with_a_new_token():
    vendor = Vendor(httpx.Response(401), DONE)
    client, host = client_of(vendor, authority=FixedAuthority("old", "new"))

    assert isinstance(client.write(a_write(host)), Answered)
    assert [request.headers["authorization"] for request in vendor.requests] == ["Bearer old", "Bearer new"]


def test_a_second_401_is_not_sent_and_asks_for_a_person():
    vendor = Vendor(httpx.Response(401), httpx.Response(401), DONE)
    client, host = client_of(vendor, authority=FixedAuthority("a", "b", "c"))

    written = client.write(a_write(host))

    assert isinstance(written, NotSent)
    assert written.why == "auth"
    assert "connection books in config.yaml" in written.reason
    assert len(vendor.requests) == 2


def test_a_401_without_anything_to_renew_is_not_repeated():
    vendor = Vendor(httpx.Response(401), DONE)
    client, host = client_of(vendor)

    assert isinstance(client.write(a_write(host)), NotSent)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(("error", "why"), [(AuthError("authorise again"), "auth"), (TransientError("no token", seconds=9.0), "offline")])
def test_no_token_means_not_sent(error: Exception, why: str):
    vendor = Vendor(DONE)
    client, host = client_of(vendor, authority=FixedAuthority(error))

    written = client.write(a_write(host))

    assert isinstance(written, NotSent)
    assert written.why == why
    assert vendor.requests == []


def test_x7_a_short_429_is_waited_out_within_the_deadline():
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": "20"}), DONE)
    client, host = client_of(vendor)

    assert isinstance(client.write(a_write(host)), Answered)
    assert 20 <= sum(host.clock.slept) <= 21


@pytest.mark.parametrize(("retry_after", "seconds_left"), [("73451", 100_000.0), ("20", 15.0)])
def test_x7_a_429_that_cannot_be_waited_out_says_when_to_come_back(retry_after: str, seconds_left: float):
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": retry_after}), DONE)
    client, host = client_of(vendor)

    written = client.write(a_write(host, seconds=seconds_left))

    assert isinstance(written, NotSent)
    assert (written.why, written.seconds) == ("limit", float(retry_after))
    assert host.clock.slept == []
    assert len(vendor.requests) == 1
