"""The port that machines ask: loopback unless `health:` in config.yaml names another address."""

import contextlib
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from connector import registry
from connector.bootstrap import has_state, open_store
from connector.errors import ConfigError, HourbridgeError
from connector.health import metrics
from connector.health.beat import Beat
from connector.health.meters import Meters
from connector.health.seen import Seen, look
from connector.ports import Clock
from connector.settings import Settings
from connector.store.store import Store

log = logging.getLogger(__name__)
HOUR = 3600
TEXT, JSON = "text/plain; version=0.0.4; charset=utf-8", "application/json"
OK, NOT_THERE, UNFIT = 200, 404, 503
Answer = tuple[int, str, bytes]


class Watch:
    """What is answered at each path. Safe to ask from several threads."""

    def __init__(self, settings: Settings, clock: Clock, beat: Beat, meters: Meters) -> None:
        self._settings, self._clock, self._beat, self._meters = settings, clock, beat, meters
        self._sources = tuple(each.name for each in settings.connections if registry.offers(each.kind, "source", to=str(each.where)))
        self._opening = threading.Lock()
        self._store: Store | None = None

    def answer(self, path: str) -> Answer:
        found = {"/healthz": self.healthz, "/readyz": self.readyz, "/metrics": self.metrics}.get(path)
        return found() if found else (NOT_THERE, JSON, b'{"there is":["/healthz","/readyz","/metrics"]}\n')

    def healthz(self) -> Answer:
        """The process answers, and its scheduler turned lately."""
        told = {"alive": self._beat.beats, "beat_age_seconds": round(self._beat.age_seconds)}
        return OK if self._beat.beats else UNFIT, JSON, _json(told)

    def readyz(self) -> Answer:
        """Fit to work: the state readable and current, every connection authorised and read lately."""
        because = self._unfit()
        return UNFIT if because else OK, JSON, _json({"ready": not because, "because": because})

    def metrics(self) -> Answer:
        seen: Seen | None = None
        with contextlib.suppress(HourbridgeError):
            seen = self._look()
        return OK, TEXT, metrics.as_text(seen, self._beat, self._meters)

    def close(self) -> None:
        with self._opening:
            if self._store is not None:
                self._store.engine.dispose()
                self._store = None

    def _unfit(self) -> list[str]:
        try:
            seen = self._look()
        except HourbridgeError as error:
            return [error.what]
        because = [f"{name} must be authorised again" for name in seen.authorise]
        for name, age in seen.pulled.items():
            if age is None:
                because.append(f"{name} was never read to its end")
            elif age > self._settings.health.pull_hours_max * HOUR:
                because.append(f"{name} was last read to its end {age / HOUR:.0f} hours ago")
        return because

    def _look(self) -> Seen:
        with self._opening:
            if self._store is None:
                if not has_state(self._settings):
                    raise ConfigError("there is no state yet", next_step="Run `hourbridge pull` first.")
                self._store = open_store(self._settings, self._clock)
            store = self._store
        return look(self._settings, store, self._sources)


def _json(told: object) -> bytes:
    return msgspec.json.encode(told) + b"\n"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    watch: Watch


class _Face(BaseHTTPRequestHandler):
    """Answers GET and HEAD; says nothing of itself, and waits a few seconds at most for a caller that is slow."""

    timeout = 5
    server: _Server
    server_version = "hourbridge"
    sys_version = ""

    def do_GET(self) -> None:
        try:
            status, kind, body = self.server.watch.answer(self.path.partition("?")[0])
        except Exception:
            log.exception("a look at the state failed")
            status, kind, body = UNFIT, JSON, b'{"ready":false,"because":["a bug: see the log"]}\n'
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815  (the name that the parent looks for)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the parent's name)
        """Being looked at every few seconds is nothing to tell."""


@contextlib.contextmanager
def served(settings: Settings, clock: Clock, *, beat: Beat, meters: Meters) -> Iterator[str]:
    """Listens until the end; yields the address. Port 0 takes a free one. Raises ConfigError for a port that cannot be had."""
    health = settings.health
    try:
        server = _Server((health.host, health.port), _Face)
    except OSError as error:
        raise ConfigError(
            f"{health.host}:{health.port} cannot be listened on ({error.strerror})", to="health",
            next_step="Another daemon may be running; else name another `host` or `port` under `health` in config.yaml.",
        ) from None  # fmt: skip
    server.watch = Watch(settings, clock, beat, meters)
    meters.listen()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True)
    thread.start()
    try:
        yield f"http://{health.host}:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        server.watch.close()
        meters.stop()
