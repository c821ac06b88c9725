"""Hand-written doubles of what the product gives an adapter: a clock that jumps, a keeper in memory, a host."""

import itertools
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from connector.errors import ConfigError
from connector.ports import Budget, Tokens, Turn

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
        self._numbers = itertools.count(1)
        self._calls: dict[str, dict[int, float]] = defaultdict(dict)
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

    def spend(self, budgets: Sequence[Budget]) -> Turn:
        with self._lock:
            now = self._clock.boot()
            waits = [(self._wait(one, now), one) for one in budgets]
            seconds, longest = max(waits, key=lambda wait: wait[0])
            if seconds > 0.0:
                return Turn(seconds=seconds, held_by=longest)
            number = next(self._numbers)
            for one in budgets:
                self._calls[one.name][number] = now
            return Turn(number)

    def _wait(self, budget: Budget, now: float) -> float:
        calls = [at for at in self._calls[budget.name].values() if at > now - budget.window_seconds]
        wait = max(self._until.get(budget.name, now) - now, 0.0)
        return max(wait, min(calls) + budget.window_seconds - now) if len(calls) >= budget.calls_max else wait

    def answered(self, turn: Turn) -> None:
        with self._lock:
            for calls in self._calls.values():
                if turn.number in calls:
                    calls[turn.number] = self._clock.boot()

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
