"""A clock that a process and all that it forks share, so that time also passes for one that is stopped."""

import mmap
import struct
from datetime import datetime, timedelta

START_BYTES = 8


class SharedClock:
    """Time that only moves when told to, in memory that forks share."""

    def __init__(self, start: datetime) -> None:
        self.started = start
        self._seconds = mmap.mmap(-1, START_BYTES)

    def alone(self) -> None:
        """From now on this process and its own children have a clock of their own."""
        passed = self._read()
        self._seconds = mmap.mmap(-1, START_BYTES)
        self._write(passed)

    def _read(self) -> float:
        return float(struct.unpack("d", self._seconds[:START_BYTES])[0])

    def _write(self, seconds: float) -> None:
        self._seconds[:START_BYTES] = struct.pack("d", seconds)

    @property
    def at(self) -> datetime:
        return self.started + timedelta(seconds=self._read())

    @at.setter
    def at(self, instant: datetime) -> None:
        self._write((instant - self.started).total_seconds())

    def now(self) -> datetime:
        return self.at

    def boot(self) -> float:
        return self._read()

    def sleep(self, seconds: float) -> None:
        self._write(self._read() + seconds)
