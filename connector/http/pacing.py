"""When the next call may go: budgets that survive a restart, pauses that the vendor asks for, and the wait before a repeat."""

import contextlib
import math
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct

from connector import ports
from connector.errors import TransientError
from connector.http.exchange import Answered
from connector.ports import Host, Turn

_PAUSE_UNSAID_SECONDS = 60.0
_PAUSE_SECONDS_MAX = 2 * 86_400.0


class Budget(ports.Budget, frozen=True, kw_only=True):
    """A vendor's further rule, for the calls it `counts`, to paths that end in `path`."""

    counts: Literal["all", "reads"] = "all"
    path: str = ""


class Limits(Struct, frozen=True, kw_only=True):
    """How a vendor wants to be asked, per credential. `per_minute`, `per_day`: calls in a rolling window, 0 is not counted.
    `budgets` are rules that hold besides.

    `wait_seconds_max` is the longest sleep for a turn or a repeat; longer waits are told to the caller. Times are seconds.
    """

    per_minute: int = 0
    per_day: int = 0
    budgets: tuple[Budget, ...] = ()
    in_flight: int = 4
    reads_max: int = 4
    writes_max: int = 3
    wait_seconds_max: float = 75.0
    read_timeout_s: float = 60.0
    write_timeout_s: float = 60.0
    body_bytes_max: int = 64_000_000


class Pace:
    """The turns of one credential; every process that uses it shares them through the keeper."""

    def __init__(self, host: Host, limits: Limits) -> None:
        self._host = host
        self._limits = limits

    @contextlib.contextmanager
    def turn(self, target: str, deadline_boot_s: float = math.inf, *, reads: bool = False) -> Iterator[None]:
        """One call of each budget, for as long as the call takes; waits a short while for it. Raises TransientError when the wait would
        be long.
        """
        budgets = self._budgets(target, reads=reads)
        if not budgets:
            yield
            return
        turn = self._take(budgets, target, deadline_boot_s)
        try:
            yield
        finally:
            self._host.keeper.answered(turn)

    def _take(self, budgets: Sequence[ports.Budget], target: str, deadline_boot_s: float) -> Turn:
        waited = 0.0
        while (turn := self._host.keeper.spend(budgets)).held_by is not None:
            # Two waits' worth in all: other threads may take the turn that was waited for.
            too_long = waited + turn.seconds > 2 * self._limits.wait_seconds_max
            if too_long or not self.may_wait(turn.seconds, deadline_boot_s):
                raise TransientError(
                    f"{path(target)}: the budget of {turn.held_by.calls_max} calls a {turn.held_by.name} is used up, or the vendor asked for a pause",
                    to=self._host.name,
                    next_step=f"The next call is free in {spoken(turn.seconds)}",
                    seconds=turn.seconds,
                )
            self._host.clock.sleep(turn.seconds)
            waited += turn.seconds
        return turn

    def _budgets(self, target: str, *, reads: bool) -> list[ports.Budget]:
        limits = self._limits
        usual = (ports.Budget("day", limits.per_day, 86_400), ports.Budget("minute", limits.per_minute, 60))
        own = (each for each in limits.budgets if path(target).endswith(each.path) and (reads or each.counts == "all"))
        return [each for each in (*usual, *own) if each.calls_max]

    def may_wait(self, seconds: float, deadline_boot_s: float = math.inf) -> bool:
        return seconds <= self._limits.wait_seconds_max and self._host.clock.boot() + seconds < deadline_boot_s

    def stop(self, answer: Answered) -> float:
        """A 429: the credential pauses in every process, also after a restart. Returns the seconds."""
        asked = self.asked_pause(answer)
        seconds = _PAUSE_UNSAID_SECONDS if asked is None else asked
        self._host.keeper.pause("minute", seconds)
        return seconds

    def asked_pause(self, answer: Answered) -> float | None:
        """Retry-After in seconds: a number, or a date by the server's own clock; None where it says nothing readable."""
        said = answer.headers.get("retry-after", "").strip()
        if said.isascii() and said.isdigit():
            return min(float(said[:9]), _PAUSE_SECONDS_MAX)
        moment = http_date(said)
        if moment is None:
            return None
        now = http_date(answer.headers.get("date")) or self._host.clock.now()
        return min(max((moment - now).total_seconds(), 0.0), _PAUSE_SECONDS_MAX)

    def before_repeat(self, target: str, attempt: int, asked: float | None) -> float:
        """What was asked for and a little more, else 1 to 2, 2 to 4, 4 to 8 … seconds.

        The spread comes from the clock and not from chance, so that a simulated history repeats itself.
        """
        spread = zlib.crc32(f"{self._host.name} {target} {attempt} {self._host.clock.boot()!r}".encode()) / 2**32
        seconds = 2.0 ** (attempt - 1) * (1 + spread) if asked is None else asked + spread
        return min(seconds, self._limits.wait_seconds_max)


def http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def path(target: str) -> str:
    """Without the query: it may hold names and numbers."""
    return urlsplit(target).path


def spoken(seconds: float) -> str:
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
