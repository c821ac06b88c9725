"""The mounts: every fault, in process and on loopback, over an emulator so small that it can only count."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connector.sandbox import Fault, InProcess, Mount, Script, Served


class Counter:
    """Writes down what it carried out."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes):
        self.done.append(f"{method} {target} {body.decode()}".strip())
        return 201, {"Content-Type": "application/json", "X-Count": str(len(self.done))}, b'{"count": "as it is now"}'


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 7, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


class Place:
    """One mount and a client in front of it."""

    def __init__(self, prefix: str) -> None:
        self.counter, self.clock, self.faults = Counter(), Clock(), Script()
        self.mount = Mount(self.counter, clock=self.clock, faults=self.faults, prefix=prefix)
        self.prefix = prefix
        self.http = httpx.Client()

    def put(self, body: str = "x") -> httpx.Response:
        return self.http.put(f"{self.prefix}/things?a=1", content=body)


@pytest.fixture(params=["in process", "on loopback"])
def place(request) -> Iterator[Place]:
    made = Place("/vendor")
    if request.param == "in process":
        with httpx.Client(transport=InProcess(made.mount), base_url="http://127.0.0.1") as made.http:
            yield made
        return
    with Served([made.mount]) as served, httpx.Client(base_url=served.base_url, timeout=0.3) as made.http:
        yield made


def test_a_call_reaches_the_emulator_as_the_vendor_has_it(place):
    answer = place.put()
    assert (answer.status_code, answer.headers["X-Count"]) == (201, "1")
    assert answer.json() == {"count": "as it is now"}
    assert place.counter.done == ["PUT /things?a=1 x"]
    assert list(place.mount.log) == [("PUT", "/things?a=1")]


@pytest.mark.parametrize("kind", ["connect_error", "reset_before", "time_out_before"])
def test_faults_before_the_vendor_read_it_leave_nothing_done(place, kind):
    place.faults.plan(Fault(kind))
    with pytest.raises(httpx.TransportError):
        place.put()
    assert place.counter.done == []
    assert place.put().status_code == 201


@pytest.mark.parametrize("kind", ["lose_answer", "time_out_after", "tear_answer"])
def test_an_answer_is_lost_after_the_work_was_done(place, kind):
    place.faults.plan(Fault(kind))
    with pytest.raises(httpx.TransportError):
        place.put()
    assert len(place.counter.done) == 1


def test_a_cut_answer_looks_whole_and_cannot_be_read(place):
    place.faults.plan(Fault("cut_answer"))
    answer = place.put()
    assert answer.status_code == 201
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert len(place.counter.done) == 1


def test_a_late_request_is_carried_out_when_the_clock_has_moved_on(place):
    place.faults.plan(Fault("late", seconds=300))
    assert place.put("late").status_code == 504
    place.clock.at += timedelta(seconds=299)
    place.put("between")
    place.clock.at += timedelta(seconds=1)
    place.mount.settle()
    place.mount.settle()
    assert [one.rpartition(" ")[2] for one in place.counter.done] == ["between", "late"]


def test_what_is_due_is_carried_out_before_the_next_call(place):
    place.faults.plan(Fault("late", seconds=1))
    place.put("late")
    place.clock.at += timedelta(seconds=2)
    place.put("next")
    assert [one.rpartition(" ")[2] for one in place.counter.done] == ["late", "next"]


def test_html_with_200_did_nothing(place):
    place.faults.plan(Fault("html"))
    answer = place.put()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    assert place.counter.done == []


@pytest.mark.parametrize(("kind", "done"), [("refuse", 0), ("refuse_after", 1)])
def test_a_refusal_may_come_before_or_after_the_work(place, kind, done):
    place.faults.plan(Fault(kind, status=429, retry_after="Wed, 01 Jul 2026 00:01:00 GMT"))
    answer = place.put()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "Wed, 01 Jul 2026 00:01:00 GMT")
    assert len(place.counter.done) == done


def test_a_planned_fault_waits_for_the_call_that_fits(place):
    place.faults.plan(Fault("refuse", status=500), method="PUT", path="*a=1", times=2)
    assert place.http.get("/vendor/things?a=1").status_code == 201
    assert place.http.put("/vendor/things?a=2").status_code == 201
    assert [place.put().status_code for _ in range(3)] == [500, 500, 201]
    assert place.faults.left == 0


def test_several_emulators_share_one_address():
    places = [Place("/one"), Place("/two")]
    with Served([place.mount for place in places]) as served, httpx.Client(base_url=served.base_url) as http:
        assert http.get("/two/things").status_code == 201
        assert http.get("/three/things").status_code == 404
    assert [len(place.counter.done) for place in places] == [0, 1]
    for place in places:
        place.http.close()


def test_a_stopped_server_frees_its_port():
    place = Place("/one")
    with Served([place.mount]) as served:
        port = int(served.base_url.rpartition(":")[2])
    with Served([place.mount], port=port) as again:
        assert again.base_url == served.base_url
    place.http.close()
