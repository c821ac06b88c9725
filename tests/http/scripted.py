"""A vendor that answers from a list: each element is a response, an exception, or something called with the request."""

from collections.abc import Callable

import httpx
import msgspec

from connector.http import Client, Limits
from connector.ports import Request, Tokens
from tests.fakes import START, FakeHost, MemoryKeeper, VirtualClock

BASE = "https://api.example.com"
Step = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Row(msgspec.Struct):
    name: str = ""


class Vendor(httpx.BaseTransport):
    def __init__(self, *steps: Step) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step if isinstance(step, httpx.Response) else step(request)


class FixedAuthority:
    """Pairs in order: each renewal takes the next; an exception in the list is raised."""

    def __init__(self, *pairs: str | Exception) -> None:
        self._pairs = list(pairs)
        self.renewed: list[str] = []

    def tokens(self) -> Tokens:
        return self._current()

    def renew(self, refused: Tokens) -> Tokens:
        self.renewed.append(refused.access)
        self._pairs.pop(0)
        return self._current()

    def headers(self, tokens: Tokens) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.access}"}

    def _current(self) -> Tokens:
        pair = self._pairs[0]
        if isinstance(pair, Exception):
            raise pair
        return Tokens(access=pair, expires_at=START)


def client_of(vendor: httpx.BaseTransport, *, host: FakeHost | None = None, **settings: object) -> tuple[Client, FakeHost]:
    clock = VirtualClock()
    host = host or FakeHost(clock=clock, keeper=MemoryKeeper(clock))
    host.mount(BASE, vendor)
    limits = settings.pop("limits", Limits())
    return Client(host, BASE, limits=limits, **settings), host  # type: ignore[arg-type]


def a_write(host: FakeHost, seconds: float = 100.0) -> Request:
    deadline = host.clock.boot() + seconds
    return Request(
        operation="create",
        method="PUT",
        url="/documents?strict=1",
        body=b'{"n":1}',
        members=(),
        key="k" * 32,
        deadline_boot_s=deadline,
    )
