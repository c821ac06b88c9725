"""Turns as the vendor counts them: by the moment a call arrives, which is some time after it was let in and before it is answered."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import httpx
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from adapters.quickbooks.emulated.limits import Limits as TheirLimits
from connector.http import Budget, Client, Limits
from connector.ports import Request
from connector.store.keeper import StoreKeeper
from connector.store.store import Store
from tests.fakes import FakeHost, VirtualClock
from tests.http.scripted import BASE
from tests.store.stores import in_memory

QUICKBOOKS = Limits(
    per_minute=500,
    budgets=(
        Budget(name="second", calls_max=10, window_seconds=1),
        Budget(name="minute of batches", calls_max=40, window_seconds=60, path="/batch"),
    ),
)
XERO = Limits(per_minute=60)
HARVEST = Limits(per_minute=400, budgets=(Budget(name="quarter minute", calls_max=100, window_seconds=15),))
VENDORS: Mapping[str, tuple[Limits, int, float]] = {
    "quickbooks": (QUICKBOOKS, 40, 60.0),
    "xero": (XERO, 60, 60.0),
    "harvest": (HARVEST, 100, 15.0),
}
"""What each vendor lets in, and its narrowest window for what is asked here: so many calls in so many seconds."""


class Far(httpx.BaseTransport):
    """A vendor at some distance: each call arrives after one pause and is answered after another; it keeps when they arrived."""

    def __init__(self, clock: VirtualClock, ways: Iterator[tuple[float, float]]) -> None:
        self.arrived: list[float] = []
        self._clock, self._ways = clock, ways

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        there, back = next(self._ways)
        self._clock.advance(there)
        self.arrived.append(self._clock.boot())
        answer = self.answer(request)
        self._clock.advance(back)
        return answer

    def answer(self, _request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={})

    def most_within(self, seconds: float) -> int:
        """The most calls that arrived in any window that begins after one of them, as a vendor counts who looks back."""
        return max(sum(last - seconds < moment <= last for moment in self.arrived) for last in self.arrived)


class QuickBooks(Far):
    """The emulated vendor's own rules."""

    def __init__(self, clock: VirtualClock, ways: Iterator[tuple[float, float]]) -> None:
        super().__init__(clock, ways)
        self.limits = TheirLimits(clock.now)

    def answer(self, request: httpx.Request) -> httpx.Response:
        refused = self.limits.take(is_batch=request.url.path.endswith("/batch"), is_read=request.method == "GET")
        return httpx.Response(200, json={}) if refused is None else httpx.Response(refused[0], content=refused[2])


def client_to(vendor: httpx.BaseTransport, clock: VirtualClock, store: Store, limits: Limits) -> Client:
    host = FakeHost(clock=clock, keeper=StoreKeeper(store, "books", "test"))  # type: ignore[arg-type]
    host.mount(BASE, vendor)
    return Client(host, BASE, limits=limits)


def ask(client: Client, clock: VirtualClock, path: str = "/batch") -> None:
    request = Request(operation="create", method="POST", url=path, body=b"{}", members=(), key="k" * 32, deadline_boot_s=clock.boot() + 1e6)
    client.write(request)


def ways(first: Sequence[tuple[float, float]], then: tuple[float, float]) -> Iterator[tuple[float, float]]:
    yield from first
    while True:
        yield then


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def store(clock: VirtualClock) -> Iterator[Store]:
    made = in_memory(clock)
    yield made
    made.engine.dispose()


@pytest.mark.parametrize(("begins", "first", "others", "calls"), [(0.8, 0.3, 0.05, 35), (0.95, 0.9, 0.4, 81)], ids=["a second", "a minute"])
def test_p1_a_first_call_that_was_long_on_its_way_counts_from_when_it_was_answered(
    clock: VirtualClock, store: Store, begins: float, first: float, others: float, calls: int
):
    """The network is opened by the first call. The calls that follow it come within the same window over there, though not here."""
    clock.advance(begins)
    vendor = QuickBooks(clock, ways([(first, 0.01)], (0.01, others)))
    client = client_to(vendor, clock, store, QUICKBOOKS)

    for _ in range(calls):
        ask(client, clock)

    assert vendor.limits.refused == 0
    assert len(vendor.arrived) == calls


@pytest.mark.parametrize("name", VENDORS)
@given(
    begun=st.floats(0, 1),
    first=st.lists(st.tuples(st.floats(0, 20), st.floats(0, 5)), max_size=4),
    there=st.floats(0, 0.2),
    back=st.floats(0, 0.2),
)
@example(begun=0.8, first=[(0.3, 0.0)], there=0.0, back=0.0)
@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))  # made smaller, a failure would take minutes
def test_p1_no_window_over_there_ever_holds_more_than_the_vendor_lets_in(
    name: str, begun: float, first: Sequence[tuple[float, float]], there: float, back: float
):
    limits, calls_max, seconds = VENDORS[name]
    clock = VirtualClock()
    clock.advance(begun)
    store = in_memory(clock)
    vendor = Far(clock, ways(first, (there, back)))
    client = client_to(vendor, clock, store, limits)

    for _ in range(calls_max + 20):
        ask(client, clock)

    assert vendor.most_within(seconds) <= calls_max
    assert all(vendor.most_within(one.window_seconds) <= one.calls_max for one in limits.budgets)
    store.engine.dispose()


@pytest.mark.parametrize("name", VENDORS)
def test_a_steady_push_reaches_nine_tenths_of_what_the_vendor_lets_in(name: str, clock: VirtualClock, store: Store):
    limits, calls_max, seconds = VENDORS[name]
    vendor = Far(clock, ways([], (0.02, 0.05)))
    client = client_to(vendor, clock, store, limits)

    for _ in range(3 * calls_max + 1):
        ask(client, clock)

    reached = 3 * calls_max / (vendor.arrived[-1] - vendor.arrived[0])
    assert reached >= 0.9 * calls_max / seconds


def test_what_another_process_called_before_counts(clock: VirtualClock, store: Store):
    vendor = QuickBooks(clock, ways([], (0.01, 0.05)))
    for _ in range(3):
        client = client_to(vendor, clock, store, QUICKBOOKS)
        for _ in range(20):
            ask(client, clock)

    assert vendor.limits.refused == 0
    assert vendor.arrived[40] - vendor.arrived[0] >= timedelta(minutes=1).total_seconds()


def test_a_call_under_way_counts_as_made_now(clock: VirtualClock, store: Store):
    """A thread that stands still on its way is counted for as long: it may arrive any moment."""
    inner: list[float] = []

    class Slow(Far):
        def answer(self, request: httpx.Request) -> httpx.Response:
            if request.url.path == "/slow":
                for _ in range(2):
                    ask(client, clock, "/quick")
                    inner.append(clock.boot())
            return httpx.Response(200, json={})

    vendor = Slow(clock, ways([(130.0, 0.0)], (0.0, 0.0)))
    client = client_to(vendor, clock, store, Limits(per_minute=2, in_flight=2))
    ask(client, clock, "/slow")

    assert inner[1] - inner[0] >= 60
