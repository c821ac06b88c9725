"""Many plays, and what did not hold in which: a failing play prints its seed and its events in order."""

import time
import traceback

from msgspec import Struct, field

from tests.plays.kinds import play_of


class Sum(Struct):
    """What many plays came to. `failures`: seed → what did not hold, and the events up to there."""

    plays: int = 0
    events: int = 0
    cpu_seconds: float = 0.0
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Sum") -> None:
        self.plays += other.plays
        self.events += other.events
        self.cpu_seconds += other.cpu_seconds
        self.failures |= other.failures

    @property
    def line(self) -> str:
        return f"{self.plays:,} plays of {self.events:,} events, {len(self.failures)} failed ({self.cpu_seconds:.0f} CPU s)"


def play(first: int, count: int) -> Sum:
    """These plays, one after the other."""
    done, started = Sum(), time.process_time()
    for seed in range(first, first + count):
        played = play_of(seed)
        try:
            played.play()
        except Exception as error:  # noqa: BLE001  (the next ones are wanted as well)
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(played).__name__}: {type(error).__name__}: {error} ({where.name}, {where.filename.rpartition('/')[2]}:{where.lineno})"
            done.failures[seed] = "\n".join([said, *played.firm.told])
        finally:
            played.firm.store.close()
        done.plays += 1
        done.events += len(played.firm.told)
    done.cpu_seconds = time.process_time() - started
    return done
