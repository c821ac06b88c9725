"""What a read repeats, what it tells, and what it never does (P1, P2)."""

import logging
from collections.abc import Sequence

import httpx
import pytest

from connector import ports
from connector.errors import AuthError, RejectedError, TransientError
from connector.http import Budget, Limits
from connector.ports import Turn
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock
from tests.http.scripted import BASE, FixedAuthority, Row, Vendor, client_of

FINE = httpx.Response(200, json={"name": "Alpine", "unknown": [1]}, headers={"Date": "Wed, 01 Jul 2026 08:00:00 GMT"})


def test_a_read_is_decoded_and_says_when_the_server_answered():
    client, _ = client_of(Vendor(FINE))

    read = client.get("/rows", Row, params={"q": "a b&c", "ids": "1,2"})

    assert read.value == Row("Alpine")
    assert read.asked_at is not None
    assert read.asked_at.isoformat() == "2026-07-01T08:00:00+00:00"


def test_parameters_are_escaped_in_the_address():
    vendor = Vendor(FINE)
    client, _ = client_of(vendor)

    client.get("/rows", Row, params={"q": "a b&c=d#e"})

    assert vendor.requests[0].url.raw_path == b"/rows?q=a+b%26c%3Dd%23e"


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(502, text="<html>"),
        httpx.Response(503),
        httpx.Response(408),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("torn"),
        httpx.Response(200, text="<html>We will be back</html>"),
        httpx.Response(200, content=b'{"name":"Alp'),
        httpx.Response(200, content=b'{"name":NaN}'),
        httpx.Response(200, content=b'{"name":"\xff"}'),
        httpx.Response(200, json={"name": 7}),
        httpx.Response(200, content=b'{"other":' + b"[" * 100_000),
    ],
    ids=lambda step: type(step).__name__ + str(getattr(step, "status_code", "")),
)
def test_p2_what_failed_on_the_way_is_read_again_after_a_wait(failure: httpx.Response | Exception):
    client, host = client_of(Vendor(failure, failure, FINE))

    assert client.get("/rows", Row).value.name == "Alpine"
    assert len(host.clock.slept) == 2
    assert 1 <= host.clock.slept[0] <= 2 <= host.clock.slept[1] <= 4


def test_p2_a_read_gives_up_after_its_attempts_and_names_path_and_request_id():
    broken = httpx.Response(503, headers={"X-Request-Id": "abc-1"})
    vendor = Vendor(*[broken] * 9)
    client, _ = client_of(vendor, limits=Limits(reads_max=3))

    with pytest.raises(TransientError, match=r"GET /rows: answered 503 \(request id abc-1\), 3 times"):
        client.get("/rows", Row, params={"q": "secret client"})
    assert len(vendor.requests) == 3


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("20", 20, 21),
        ("Wed, 01 Jul 2026 08:00:30 GMT", 30, 31),
        (None, 60, 61),
        ("soon", 60, 61),
        ("0", 0, 1),
        ("-5", 60, 61),
    ],
)
def test_p1_a_429_waits_as_long_as_it_says(header: str | None, least: float, most: float):
    said = {"Retry-After": header} if header is not None else {}
    client, host = client_of(Vendor(httpx.Response(429, headers={"Date": "Wed, 01 Jul 2026 08:00:00 GMT", **said}), FINE))

    client.get("/rows", Row)

    assert least <= sum(host.clock.slept) <= most


def test_p1_come_back_in_twenty_hours_is_told_and_never_slept_through():
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": "73451"}))
    client, host = client_of(vendor, limits=Limits(per_minute=60))

    with pytest.raises(TransientError, match="20 h 24 min") as caught:
        client.get("/rows", Row)

    assert caught.value.seconds == 73451
    assert host.clock.slept == []


def test_p1_after_such_an_answer_nothing_is_sent_also_by_another_client_of_the_credential():
    vendor = Vendor(httpx.Response(429, headers={"Retry-After": "73451"}), FINE)
    client, host = client_of(vendor, limits=Limits(per_minute=60))
    with pytest.raises(TransientError):
        client.get("/rows", Row)
    host.clock.advance(3600)
    restarted, _ = client_of(vendor, host=host, limits=Limits(per_minute=60))

    with pytest.raises(TransientError) as caught:
        restarted.get("/rows", Row)

    assert caught.value.seconds == 73451 - 3600
    assert len(vendor.requests) == 1


def test_p1_a_minute_budget_is_waited_for_and_a_day_budget_is_told():
    client, host = client_of(Vendor(*[FINE] * 5), limits=Limits(per_minute=2, per_day=4))

    for _ in range(4):
        client.get("/rows", Row)
    assert sum(host.clock.slept) == pytest.approx(60)
    with pytest.raises(TransientError, match="4 calls a day") as caught:
        client.get("/rows", Row)

    assert caught.value.seconds is not None
    assert caught.value.seconds > 86_000


def test_p7_an_expired_token_is_renewed_once_and_the_read_repeated():
    vendor = Vendor(httpx.Response(401), FINE)
    authority = FixedAuthority("old-access", "new-access")
    client, _ = client_of(vendor, authority=authority)

    assert client.get("/rows", Row).value.name == "Alpine"
    assert [request.headers["authorization"] for request in vendor.requests] == [
        "Bearer old-access",
        "Bearer new-access",
    ]
    assert authority.renewed == ["old-access"]


def test_a_second_401_asks_for_a_person():
    client, _ = client_of(Vendor(httpx.Response(401), httpx.Response(401)), authority=FixedAuthority("a", "b", "c"))

    with pytest.raises(AuthError, match=r"connection books in config\.yaml"):
        client.get("/rows", Row)


def test_a_missing_scope_is_not_renewed_for():
    refusal = httpx.Response(401, headers={"WWW-Authenticate": 'Bearer error="insufficent_scope"'})
    authority = FixedAuthority("a", "b")
    client, _ = client_of(Vendor(refusal), authority=authority)

    with pytest.raises(AuthError, match="lacks a permission"):
        client.get("/rows", Row)
    assert authority.renewed == []


def test_a_refusal_shows_its_start_without_credentials():
    vendor = Vendor(httpx.Response(404, json={"detail": "no row", "access_token": "abc", "echo": "canary-access-token"}))
    client, _ = client_of(vendor, authority=FixedAuthority("canary-access-token"))

    with pytest.raises(RejectedError, match="no row") as caught:
        client.get("/rows", Row)

    assert caught.value.status == 404
    assert "canary" not in str(caught.value) + caught.value.body.decode()
    assert "abc" not in str(caught.value)


def test_a_403_asks_for_the_permission():
    client, _ = client_of(Vendor(httpx.Response(403, text="not yours")))

    with pytest.raises(AuthError, match="not yours"):
        client.get("/rows", Row)


def test_z4_a_redirect_is_not_followed():
    vendor = Vendor(httpx.Response(302, headers={"Location": "https://evil.example.net/rows"}))
    client, _ = client_of(vendor)

    with pytest.raises(RejectedError, match="302"):
        client.get("/rows", Row)
    assert len(vendor.requests) == 1


def test_nothing_new_is_an_empty_answer():
    client, _ = client_of(Vendor(httpx.Response(304), httpx.Response(204)))

    assert client.get("/rows", Row).value == Row()
    assert client.get("/rows", Row).value == Row()


def test_p2_an_endless_answer_is_cut_off():
    vendor = Vendor(*[httpx.Response(200, content=b'{"name":"' + b"x" * 5000 + b'"}')] * 4)
    client, _ = client_of(vendor, limits=Limits(body_bytes_max=1000))

    with pytest.raises(TransientError, match="more than 1000 bytes"):
        client.get("/rows", Row)


def test_p2_an_answer_that_drips_is_not_waited_for():
    class Drip(httpx.SyncByteStream):
        def __iter__(self):
            for _ in range(100):
                host.clock.advance(10)
                yield b" "

    vendor = Vendor(*[lambda _request: httpx.Response(200, stream=Drip())] * 2)
    client, host = client_of(vendor, limits=Limits(reads_max=2, read_timeout_s=60))

    with pytest.raises(TransientError, match="not whole within 60 s"):
        client.get("/rows", Row)


def test_z4_a_link_is_followed_on_the_same_host_only():
    client, _ = client_of(Vendor())

    assert client.path_of(f"{BASE}/rows?page=2") == "/rows?page=2"
    assert client.path_of("/rows?page=2") == "/rows?page=2"
    for link in ("https://evil.example.net/rows", "http://api.example.com/rows", "//evil.example.net/", f"{BASE}:8443/rows",
                 "https://api.example.com@evil.example.net/", "https://api.example.com.evil.net/", "/\\evil.example.net"):  # fmt: skip
        with pytest.raises(RejectedError, match="another place"):
            client.path_of(link)


def test_z2_the_log_has_no_query_no_header_and_no_body(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    vendor = Vendor(httpx.Response(200, json={"name": "canary-body"}, headers={"X-Request-Id": "id-7"}))
    client, _ = client_of(vendor, authority=FixedAuthority("canary-token"), headers={"X-Key": "canary-key"})

    client.get("/rows", Row, params={"client": "canary-client"})

    assert "canary" not in caplog.text
    told = {"connection": "books", "method": "GET", "path": "/rows", "status": "200", "ms": 0, "request_id": "id-7"}
    assert told in [getattr(record, "told", None) for record in caplog.records]


def test_a_turn_that_others_always_take_first_is_not_waited_for_without_end():
    class Crowded(MemoryKeeper):
        def spend(self, budgets: Sequence[ports.Budget]) -> Turn:
            return Turn(seconds=40.0, held_by=budgets[0])

    clock = VirtualClock()
    client, host = client_of(Vendor(), host=FakeHost(clock=clock, keeper=Crowded(clock)), limits=Limits(per_minute=60))

    with pytest.raises(TransientError, match="60 calls a minute"):
        client.get("/rows", Row)
    assert sum(host.clock.slept) == 120


def test_a_byte_order_mark_is_no_obstacle():
    client, _ = client_of(Vendor(httpx.Response(200, content=b'\xef\xbb\xbf{"name":"Alpine"}')))

    assert client.get("/rows", Row).value.name == "Alpine"


def test_a_rule_of_its_own_counts_the_calls_it_is_about():
    budgets = (
        Budget(name="month of reads", calls_max=3, window_seconds=30 * 86_400, counts="reads"),
        Budget(name="minute of batches", calls_max=1, window_seconds=60, path="/batch"),
    )
    client, host = client_of(Vendor(*[FINE] * 9), limits=Limits(budgets=budgets))
    started = host.clock.boot()
    client.get("/rows", Row)
    client.get("/batch?a=/rows", Row)
    assert host.clock.boot() == started
    client.get("/batch", Row)
    assert host.clock.boot() - started >= 60
    with pytest.raises(TransientError, match="3 calls a month of reads"):
        client.get("/rows", Row)


def test_a_vendors_other_way_of_saying_429_is_waited_out():
    vendor = Vendor(httpx.Response(403, text="ThrottleExceeded"), FINE)
    client, host = client_of(vendor, throttled=lambda answer: b"Throttle" in answer.body)
    assert client.get("/rows", Row).value == Row("Alpine")
    assert sum(host.clock.slept) >= 60
