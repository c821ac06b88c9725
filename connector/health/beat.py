"""Whether the scheduler still turns."""

from connector.ports import Clock

SILENT_SECONDS_MAX = 180.0


class Beat:
    """The scheduler calls `beat` with every turn, at least once a minute; a machine that slept counts its sleep."""

    def __init__(self, clock: Clock, silent_seconds_max: float = SILENT_SECONDS_MAX) -> None:
        self._clock = clock
        self._silent_seconds_max = silent_seconds_max
        self._last_boot_s = clock.boot()

    def beat(self) -> None:
        self._last_boot_s = self._clock.boot()

    @property
    def age_seconds(self) -> float:
        return self._clock.boot() - self._last_boot_s

    @property
    def beats(self) -> bool:
        return self.age_seconds <= self._silent_seconds_max
