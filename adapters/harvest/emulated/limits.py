"""How often one token may call: 100 times in any 15 seconds."""

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.harvest.emulated.forms import Answer, message

WINDOW = timedelta(seconds=15)


class Limits:
    """`enforced=False` still counts. `refused` is how often somebody was told to wait."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.enforced = True
        self.calls_max = 100
        self.refused = 0
        self._now = now
        self._calls: dict[str, deque[datetime]] = {}

    def take(self, token: str) -> Answer | None:
        """Counts the call, or answers 429 and counts nothing."""
        now = self._now()
        calls = self._calls.setdefault(token, deque())
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        if self.enforced and len(calls) >= self.calls_max:
            self.refused += 1
            wait = max(1, math.ceil((calls[0] + WINDOW - now).total_seconds()))
            return message(429, "Your request has been throttled.", {"Retry-After": str(wait)})
        calls.append(now)
        return None
