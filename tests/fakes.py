"""Hand-written doubles of what the product gives an adapter: a clock that jumps, a keeper in memory, a host."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connector.errors import ConfigError
from connector.ports import Tokens

START = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class VirtualClock:
    """Time that moves only when somebody sleeps or a test says so; `slept` keeps every sleep."""

    def __init__(self, start: datetime = START, boot: float = 1000.0) -> None:
        self._now = start
        self._boot = boot
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    def boot(self) -> float:
        return self._boot

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        with self._lock:
            self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)
            self._boot += seconds


class MemoryKeeper:
    """The keeper's promises without a store. `renewals` counts new pairs; `committed` is every pair in order, also
    one that something was noted beside."""

    def __init__(self, clock: VirtualClock, tokens: Tokens | None = None) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._calls: dict[str, deque[float]] = defaultdict(deque)
        self._until: dict[str, float] = {}
        self.committed: list[Tokens] = [tokens] if tokens is not None else []
        self.renewals = 0

    def tokens(self) -> Tokens | None:
        return self.committed[-1] if self.committed else None

    def renew(self, seen: Tokens | None, exchange: Callable[[Tokens | None], Tokens]) -> Tokens:
        with self._lock:
            current = self.tokens()
            if current is not None and (seen is None or current.access != seen.access):
                return current
            self.committed.append(exchange(current))
            self.renewals += current is None or self.committed[-1].access != current.access
            return self.committed[-1]

    def spend(self, budget: str, calls_max: int, window_seconds: int) -> float:
        with self._lock:
            now = self._clock.boot()
            calls = self._calls[budget]
            while calls and calls[0] <= now - window_seconds:
                calls.popleft()
            wait = max(self._until.get(budget, now) - now, 0.0)
            if len(calls) >= calls_max:
                wait = max(wait, calls[0] + window_seconds - now)
            if wait == 0.0:
                calls.append(now)
            return wait

    def pause(self, budget: str, seconds: float) -> None:
        with self._lock:
            until = self._clock.boot() + seconds
            self._until[budget] = max(until, self._until.get(budget, until))


class FakeHost:
    """A host without files: `secrets` by reference, `transports` by base URL (absent: the network)."""

    def __init__(
        self,
        *,
        name: str = "books",
        clock: VirtualClock | None = None,
        keeper: MemoryKeeper | None = None,
        secrets: Mapping[str, str] | None = None,
        transports: Mapping[str, object] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.clock = clock or VirtualClock()
        self.keeper = keeper or MemoryKeeper(self.clock)
        self.folder = folder or Path()
        self._secrets = dict(secrets or {})
        self._transports = dict(transports or {})

    def mount(self, base_url: str, transport: object) -> None:
        self._transports[base_url.rstrip("/")] = transport

    def secret(self, reference: str) -> str:
        try:
            return self._secrets[reference]
        except KeyError:
            raise ConfigError("is not set", to=reference, next_step="Set it") from None

    def transport(self, base_url: str) -> object | None:
        return self._transports.get(base_url.rstrip("/"))
