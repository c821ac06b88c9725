"""Mounts an emulator where the product would find the vendor, and injects what goes wrong on the way, once for all vendors.

In process: `InProcess`, an `httpx.BaseTransport`, no thread and no socket. On loopback: `Served`, a small starlette app behind
uvicorn in a thread, for the sandbox, the demo and the vendors' own clients. Both take the same faults. A fault is what the
network or the vendor's front door does; what the vendor's rules refuse is the emulator's business.
"""

import asyncio
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Literal, Protocol, Self, runtime_checkable

import httpx  # the transport is what is emulated here; nothing is sent
import uvicorn
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount as Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

Answer = tuple[int, dict[str, str], bytes]
FaultKind = Literal[
    "connect_error",  # nothing was sent
    "reset_before",  # the connection breaks before the vendor read the request: not processed
    "time_out_before",  # no answer in time, not processed
    "time_out_after",  # no answer in time, processed
    "lose_answer",  # processed, then the connection breaks
    "tear_answer",  # processed, the connection breaks in the middle of the answer
    "cut_answer",  # processed, the answer ends in the middle as if it were whole
    "late",  # 504 now, processed when the clock has moved on by `seconds`
    "html",  # processed by nobody: a page of HTML with status 200
    "refuse",  # `status` with `retry_after`, not processed
    "refuse_after",  # processed, but `status` is what comes back
]
BROKEN = frozenset({"connect_error", "reset_before", "time_out_before", "time_out_after", "lose_answer"})
PROCESSED = frozenset({"time_out_after", "lose_answer", "tear_answer", "cut_answer", "refuse_after"})
HTML = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>We will be back soon.</body></html>"
GATEWAY_TIME_OUT = 504
START_SECONDS_MAX = 10


class Clock(Protocol):
    def now(self) -> datetime: ...


class Emulates(Protocol):
    """What every adapter's emulator does."""

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


@runtime_checkable
class CarriesOutLate(Protocol):
    """An emulator that can carry out a request whose token and budget were looked at when it came in."""

    def carry_out_late(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None: ...


@runtime_checkable
class LinksBack(Protocol):
    """An emulator whose answers link to itself: it must know the address under which callers reach it."""

    base_url: str


class Fault(Struct, frozen=True):
    """`seconds` is how long a `late` one takes; `status` and `retry_after` (seconds or an HTTP date) belong to refusals."""

    kind: FaultKind
    seconds: float = 0.0
    status: int = 503
    retry_after: str = ""


PickFault = Callable[[str, str], Fault | None]
"""From method and target (path and query) to what goes wrong this time, None for nothing."""


class Script:
    """Faults in the order they are to happen; each is used by the first call that fits it.

    `plan(Fault("lose_answer"), method="PUT", path="*/Invoices*")`; the pattern is matched against path and query.
    """

    def __init__(self) -> None:
        self._planned: deque[tuple[Fault, str, str]] = deque()

    def plan(self, fault: Fault, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        self._planned.extend([(fault, method, path)] * times)

    def forget(self) -> None:
        """Nothing more goes wrong."""
        self._planned.clear()

    @property
    def left(self) -> int:
        """How many faults have not happened: a test that planned one wants 0 at its end."""
        return len(self._planned)

    def __call__(self, method: str, target: str) -> Fault | None:
        for planned in self._planned:
            fault, its_method, its_path = planned
            if fnmatchcase(method, its_method) and fnmatchcase(target, its_path):
                self._planned.remove(planned)
                return fault
        return None


class Mount:
    """An emulator, the faults in front of it, and the requests that it will carry out late."""

    def __init__(self, emulator: Emulates, *, clock: Clock, faults: PickFault | None = None, prefix: str = "") -> None:
        self.emulator = emulator
        self.prefix = prefix.rstrip("/")
        self.log: deque[tuple[str, str]] = deque(maxlen=10_000)
        self._clock = clock
        self._faults = faults or (lambda _method, _target: None)
        self._late: list[tuple[datetime, str, str, dict[str, str], bytes]] = []

    def take(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[Fault | None, Answer]:
        """What the vendor did and what goes wrong on the way back; the answer means nothing where the fault breaks it."""
        self.settle()
        target = target.removeprefix(self.prefix) if self.prefix else target
        self.log.append((method, target))
        fault = self._faults(method, target)
        if fault is None:
            return None, self.emulator.answer(method, target, headers, body)
        if fault.kind == "late":
            due = self._clock.now() + timedelta(seconds=fault.seconds)
            self._late.append((due, method, target, dict(headers), body))
            return fault, (GATEWAY_TIME_OUT, {"Content-Type": "text/html"}, b"<html>504 Gateway Time-out</html>")
        answer: Answer = (200, {"Content-Type": "text/html"}, HTML)
        if fault.kind in PROCESSED:
            answer = self.emulator.answer(method, target, headers, body)
        if fault.kind in ("refuse", "refuse_after"):
            waits = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            answer = fault.status, {"Content-Type": "application/json", **waits}, b'{"Message":"injected fault"}'
        if fault.kind == "cut_answer":
            answer = answer[0], answer[1], answer[2][: len(answer[2]) // 2]
        return fault, answer

    def settle(self) -> None:
        """Carries out what is late and due by now. Every call does so first; a test may, after advancing the clock."""
        now = self._clock.now()
        due = [late for late in self._late if late[0] <= now]
        self._late = [late for late in self._late if late[0] > now]
        for _, method, target, headers, body in sorted(due, key=lambda late: late[0]):
            if isinstance(self.emulator, CarriesOutLate):
                self.emulator.carry_out_late(method, target, headers, body)
            else:
                self.emulator.answer(method, target, headers, body)


class InProcess(httpx.BaseTransport):
    """A mount as httpx sees it."""

    def __init__(self, mount: Mount) -> None:
        self.mount = mount

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        target = request.url.raw_path.decode("ascii")
        fault, (status, given, body) = self.mount.take(request.method, target, headers, request.read())
        if fault is not None and fault.kind in BROKEN:
            raise _broken(fault.kind, request)
        if fault is not None and fault.kind == "tear_answer":
            return httpx.Response(status, headers=given, stream=_Torn(body[: len(body) // 2]))
        return httpx.Response(status, headers=given, content=body)


class _Torn(httpx.SyncByteStream):
    def __init__(self, half: bytes) -> None:
        self._half = half

    def __iter__(self) -> Iterator[bytes]:
        yield self._half
        raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")


def _broken(kind: str, request: httpx.Request) -> httpx.TransportError:
    if kind == "connect_error":
        return httpx.ConnectError("connection refused", request=request)
    if kind.startswith("time_out"):
        return httpx.ReadTimeout("the read operation timed out", request=request)
    return httpx.ReadError("connection reset by peer", request=request)


# ---- on loopback --------------------------------------------------------------------------------------------------------


class Served:
    """Emulators behind one address on 127.0.0.1, each under its mount's prefix: `with Served([mount]) as served: served.base_url`.

    A `connect_error` cannot be had from a server that listens: there the connection is dropped unread, as with `reset_before`.
    """

    def __init__(self, mounts: Sequence[Mount], *, port: int = 0) -> None:
        self._socket = _listen(port)
        self.base_url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        for mount in mounts:
            if isinstance(mount.emulator, LinksBack):
                mount.emulator.base_url = f"{self.base_url}{mount.prefix}"
        app = Starlette(routes=[Route(mount.prefix, app=_Face(mount)) for mount in mounts])
        config = uvicorn.Config(
            app,
            http=_Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="sandbox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._server.ready.wait(START_SECONDS_MAX):
            raise RuntimeError(f"The sandbox did not start within {START_SECONDS_MAX} seconds; is the machine overloaded?")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(START_SECONDS_MAX)
        self._socket.close()


class _Server(uvicorn.Server):
    """Says when it listens, so that nobody has to poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Connection(H11Protocol):
    """Hands its TCP connection to the app: a fault breaks it, and uvicorn alone would answer 500 instead."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": transport}


class _Face:
    """One mount as an ASGI application."""

    def __init__(self, mount: Mount) -> None:
        self._mount = mount

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        target = scope["raw_path"].decode("ascii") + (f"?{request.url.query}" if request.url.query else "")
        # Called on the event loop itself: one call at a time, which is what a stateful emulator wants.
        fault, (status, given, body) = self._mount.take(request.method, target, dict(request.headers), await request.body())
        if fault is not None and fault.kind in BROKEN:
            if not fault.kind.startswith("time_out"):
                scope["state"]["connection"].abort()
            await _until_gone(receive)
            return
        if fault is None or fault.kind != "tear_answer":
            await Response(body, status, given)(scope, receive, send)
            return
        given = {**given, "Content-Length": str(len(body))}
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in given.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        scope["state"]["connection"].close()
        await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _listen(port: int) -> socket.socket:
    """With the protocol named: else asyncio does not switch Nagle's delay off, and each call costs 44 ms."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener
