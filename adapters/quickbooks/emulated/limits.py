"""How often an app may call one company: 500 in any minute, 10 in any second, 40 batches a minute, and a month's reads."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec import Struct, field

from adapters.quickbooks.emulated.forms import THROTTLED, Answer, lower_fault

SECOND, MINUTE, MONTH = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=30)


class Calls(Struct, kw_only=True):
    """When the last minute's calls were let in; reads are counted for the month."""

    all: list[datetime] = field(default_factory=list)
    batches: list[datetime] = field(default_factory=list)
    reads: int = 0
    month_began: datetime | None = None


class Limits:
    """`enforced=False` still counts. `busy` refuses the next that many calls; `says` is how the vendor puts it: both are seen.
    No Retry-After: the vendor documents none.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.enforced = True
        self.minute_max = 500
        self.second_max = 10
        self.batch_minute_max = 40
        self.reads_month_max = 500_000
        self.busy = 0
        self.says = 429
        self.refused = 0
        self.reads = 0
        self._month_began: datetime | None = None
        self._now = now
        self._all: deque[datetime] = deque()
        self._batches: deque[datetime] = deque()

    def take(self, *, is_batch: bool, is_read: bool) -> Answer | None:
        """Counts the call, or refuses it and counts nothing."""
        now = self._now()
        if self._month_began is None or now >= self._month_began + MONTH:
            self._month_began, self.reads = now, 0
        over = (
            _within(self._all, now, MINUTE) >= self.minute_max
            or sum(1 for called in self._all if called > now - SECOND) >= self.second_max
            or (is_batch and _within(self._batches, now, MINUTE) >= self.batch_minute_max)
            or (is_read and self.reads >= self.reads_month_max)
        )
        if self.busy > 0 or (self.enforced and over):
            self.busy = max(0, self.busy - 1)
            self.refused += 1
            return lower_fault(self.says, THROTTLED, "", "3001", "THROTTLE")
        self._all.append(now)
        if is_batch:
            self._batches.append(now)
        self.reads += is_read
        return None

    def calls(self) -> Calls:
        return Calls(all=list(self._all), batches=list(self._batches), reads=self.reads, month_began=self._month_began)

    def resume(self, calls: Calls) -> None:
        self._all, self._batches = deque(calls.all), deque(calls.batches)
        self.reads, self._month_began = calls.reads, calls.month_began


def _within(calls: deque[datetime], now: datetime, span: timedelta) -> int:
    while calls and calls[0] <= now - span:
        calls.popleft()
    return len(calls)
