"""Many histories in several processes, and what they come to: one line."""

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor

from msgspec import Struct, field

from tests.simulation.history import History

CHUNK = 20
INVARIANTS = ("I1", "I2", "I3", "I4", "I5", "I6", "I10")


class Sum(Struct):
    """What many histories came to. `failures`: seed → what did not hold; `reached`, `exposed` and `hits` by place."""

    histories: int = 0
    crashes: int = 0
    together: int = 0
    cpu_seconds: float = 0.0
    failures: dict[int, str] = field(default_factory=dict)
    reached: Counter[str] = field(default_factory=Counter)
    exposed: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Sum") -> None:
        self.histories += other.histories
        self.crashes += other.crashes
        self.together += other.together
        self.cpu_seconds += other.cpu_seconds
        self.failures |= other.failures
        self.reached += other.reached
        self.exposed += other.exposed
        self.hits += other.hits

    def broken(self, *invariants: str) -> int:
        """Histories that broke one of these, or, without any, another rule."""
        told = [failure.split(":")[1].strip() if ":" in failure else "" for failure in self.failures.values()]
        if invariants:
            return sum(name in invariants for name in told)
        return sum(name not in ("I1", "I2", "I6", "I3", "I4") for name in told)

    @property
    def line(self) -> str:
        return (
            f"{self.histories:,} histories, {self.crashes:,} crashes, {self.together:,} with runs at once, {self.broken('I1')} duplicates, "
            f"{self.broken('I2', 'I6')} lost, {self.broken('I3')} cents off, {self.broken('I4')} orphans, {self.broken()} other "
            f"({self.cpu_seconds:.0f} CPU s)"
        )


def play(first: int, count: int, make: Callable[[int], History] = History) -> Sum:
    """These histories, one after the other. A failure says how to see it again."""
    done, started = Sum(), time.process_time()
    for seed in range(first, first + count):
        history = make(seed)
        try:
            history.play()
        except Exception as error:  # noqa: BLE001  (the next seeds are wanted as well)
            where = traceback.extract_tb(error.__traceback__)[-1]
            done.failures[seed] = f"{type(error).__name__}: {error} ({where.name}, {where.filename.rpartition('/')[2]}:{where.lineno})"
        finally:
            history.store.close()
        done.histories += 1
        done.crashes += history.crashes
        done.together += history.together
        done.reached += history.reached
        done.exposed += history.exposed
        done.hits += history.hits
    done.cpu_seconds = time.process_time() - started
    return done


def play_all(first: int, count: int, processes: int) -> Iterator[Sum]:
    """The same in several processes, as each part is done."""
    parts = [(start, min(CHUNK, first + count - start)) for start in range(first, first + count, CHUNK)]
    if processes == 1:
        yield from (play(*part) for part in parts)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_play_part, parts)


def _play_part(part: tuple[int, int]) -> Sum:
    return play(*part)
