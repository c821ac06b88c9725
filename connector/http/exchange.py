"""One request and its answer, or a failure that says whether the other side can have seen it."""

import importlib
import logging
import sys
import threading
import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from connector.http.addresses import is_loopback
from connector.ports import Host, NotSent, Unknown

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)
_CONNECT_SECONDS = 10.0


class Answered(Struct, frozen=True, kw_only=True):
    """What came back, whole. Header names are in lower case; `request_id` is the vendor's own name for the exchange."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    request_id: str = ""


Written = Answered | NotSent | Unknown
"""What became of a write: a readable answer below 500, proof that nothing was processed, or nobody knows."""


class NotReachedError(Exception):
    """No byte of the request left: nothing was processed."""


class TooLateError(NotReachedError):
    """Its turn came after the deadline: it was not begun."""


class LostError(Exception):
    """The request, or a part of it, left, and no whole answer came."""


def load_httpx() -> None:
    """Httpx without the command line that it brings along: that one loads click, pygments and half of rich, a fifth of our start."""
    program = "httpx._main"
    if "httpx" not in sys.modules:
        sys.modules[program] = None  # type: ignore[assignment]  # "not installed", which httpx allows for
        try:
            importlib.import_module("httpx")
        finally:
            sys.modules.pop(program, None)


class Exchange:
    """Opens the network when the first request goes, keeps so many in flight at most, and reads no answer beyond a size."""

    def __init__(self, host: Host, base_url: str, *, in_flight: int, body_bytes_max: int, request_id_header: str) -> None:
        self._host = host
        self._base_url = base_url
        self._slots = threading.BoundedSemaphore(in_flight)
        self._body_bytes_max = body_bytes_max
        self._request_id_header = request_id_header
        self._opening = threading.Lock()
        self._client: httpx.Client | None = None

    def send(  # a request has as many parts
        self,
        method: str,
        path: str,
        *,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout_s: float,
        deadline_boot_s: float,
    ) -> Answered:
        """Sends once. Raises TooLateError, NotReachedError or LostError; an answer of any status is no error here."""
        load_httpx()
        import httpx  # noqa: PLC0415  # 150 ms that a command which sends nothing does not pay

        client = self._opened()
        clock = self._host.clock
        with self._slots:
            begun = clock.boot()
            if begun >= deadline_boot_s:
                raise TooLateError("its deadline has passed")
            try:
                answer = self._answer(client, method, path, body, headers, timeout_s)
            except (
                httpx.ConnectError,
                httpx.ConnectTimeout,
                httpx.PoolTimeout,
                httpx.ProxyError,
                httpx.UnsupportedProtocol,
            ) as error:
                self._log(method, path, type(error).__name__, begun, "")
                raise NotReachedError(f"no connection to {urlsplit(self._base_url).hostname} ({type(error).__name__})") from None
            except (httpx.HTTPError, LostError) as error:
                self._log(method, path, type(error).__name__, begun, "")
                if isinstance(error, LostError):
                    raise
                raise LostError(f"no whole answer ({type(error).__name__})") from None
        self._log(method, path, str(answer.status), begun, answer.request_id)
        return answer

    def close(self) -> None:
        with self._opening:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _answer(
        self,
        client: "httpx.Client",
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout_s: float,
    ) -> Answered:
        import httpx  # noqa: PLC0415

        until = self._host.clock.boot() + timeout_s
        timeout = httpx.Timeout(timeout_s, connect=_CONNECT_SECONDS)
        chunks: list[bytes] = []
        size = 0
        with client.stream(method, self._base_url + path, content=body, headers=dict(headers), timeout=timeout) as response:
            for chunk in response.iter_bytes():
                chunks.append(chunk)
                size += len(chunk)
                if size > self._body_bytes_max:
                    raise LostError(f"an answer of more than {self._body_bytes_max} bytes")
                if self._host.clock.boot() > until:
                    raise LostError(f"the answer was not whole within {timeout_s:.0f} s")
            found = {name.lower(): value for name, value in response.headers.items()}
            request_id = found.get(self._request_id_header, "")
            return Answered(status=response.status_code, headers=found, body=b"".join(chunks), request_id=request_id)

    def _opened(self) -> "httpx.Client":
        import httpx  # noqa: PLC0415

        with self._opening:
            if self._client is None:
                # These two log whole addresses and headers of their own accord.
                for name in ("httpx", "httpcore"):
                    logging.getLogger(name).setLevel(logging.WARNING)
                mounted = self._host.transport(self._base_url)
                assert mounted is None or isinstance(mounted, httpx.BaseTransport)
                self._client = httpx.Client(
                    transport=mounted,
                    follow_redirects=False,
                    # A proxy of the environment must not see what goes to this machine.
                    trust_env=not is_loopback(self._base_url),
                    headers={"User-Agent": "hourbridge", "Accept": "application/json"},
                )
                weakref.finalize(self, self._client.close)
            return self._client

    def _log(self, method: str, path: str, status: str, begun: float, request_id: str) -> None:
        """Never the query, a header or a body."""
        spent_ms = round((self._host.clock.boot() - begun) * 1000)
        told = {"connection": self._host.name, "method": method, "path": urlsplit(path).path, "status": status, "ms": spent_ms}
        log.info("request", extra={"told": {**told, "request_id": request_id} if request_id else told})
