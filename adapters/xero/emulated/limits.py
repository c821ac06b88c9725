"""How often an app may call one company: 60 in any minute, a day's budget, 5 at once; every answer says what is left."""

import math
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from adapters.xero.emulated.forms import Answer, problem

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


class Limits:
    """`enforced=False` still counts. `busy` refuses the next that many calls as the sixth at once would be."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.enforced = True
        self.minute_max = 60
        self.day_max = 5000
        self.app_minute_max = 10_000
        self.busy = 0
        self._now = now
        self._calls: deque[datetime] = deque()

    def take(self) -> Answer | None:
        """Counts the call, or answers 429 and counts nothing."""
        now = self._now()
        while self._calls and self._calls[0] <= now - DAY:
            self._calls.popleft()
        in_minute = self._in_minute(now)
        if self.busy > 0:
            self.busy -= 1
            return self._refusal("concurrent", 1.0)
        if self.enforced and in_minute >= self.minute_max:
            oldest = self._calls[len(self._calls) - in_minute]
            return self._refusal("minute", (oldest + MINUTE - now).total_seconds())
        if self.enforced and len(self._calls) >= self.day_max:
            return self._refusal("day", (self._calls[0] + DAY - now).total_seconds())
        self._calls.append(now)
        return None

    def headers(self) -> dict[str, str]:
        in_minute = self._in_minute(self._now())
        return {
            "X-DayLimit-Remaining": str(max(0, self.day_max - len(self._calls))),
            "X-MinLimit-Remaining": str(max(0, self.minute_max - in_minute)),
            "X-AppMinLimit-Remaining": str(max(0, self.app_minute_max - in_minute)),
        }

    def calls(self) -> list[datetime]:
        """Every call of the last day that was let in."""
        return list(self._calls)

    def resume(self, calls: list[datetime]) -> None:
        self._calls = deque(calls)

    def _in_minute(self, now: datetime) -> int:
        count = 0
        for called in reversed(self._calls):
            if called <= now - MINUTE:
                break
            count += 1
        return count

    def _refusal(self, which: str, seconds: float) -> Answer:
        wait = max(1, math.ceil(seconds))
        return problem(429, "Too Many Requests", "RateLimitExceeded", {"X-Rate-Limit-Problem": which, "Retry-After": str(wait)})
