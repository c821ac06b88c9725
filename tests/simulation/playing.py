"""Many histories in several processes, and what they come to: one line."""

import multiprocessing
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from msgspec import Struct, field

from tests.simulation.history import History

CHUNK = 20
SEEDS_KEPT = 20
"""Of those that come to a place."""


class Aim(Struct, frozen=True):
    """A history that is hit when it first comes to a place; `variant` tells those of one place and seed apart."""

    seed: int
    place: str
    variant: int

    @property
    def words(self) -> str:
        return f"--verbose --first {self.seed} --aim {self.place!r} --variant {self.variant}"


class Sum(Struct):
    """What many histories came to. `failures`: seed → what did not hold; `aimed`: the same by the words that show it again, of histories
    that were aimed at a place; `reached`, `exposed` and `hits` by place; `seeds`: some that something could happen to there.
    """

    histories: int = 0
    crashes: int = 0
    together: int = 0
    cpu_seconds: float = 0.0
    failures: dict[int, str] = field(default_factory=dict)
    aimed: dict[str, str] = field(default_factory=dict)
    reached: Counter[str] = field(default_factory=Counter)
    exposed: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    seeds: dict[str, list[int]] = field(default_factory=dict)

    def add(self, other: "Sum") -> None:
        self.histories += other.histories
        self.crashes += other.crashes
        self.together += other.together
        self.cpu_seconds += other.cpu_seconds
        self.failures |= other.failures
        self.aimed |= other.aimed
        self.reached += other.reached
        self.exposed += other.exposed
        self.hits += other.hits
        for place, seeds in other.seeds.items():
            self.seeds[place] = [*self.seeds.get(place, ()), *seeds][:SEEDS_KEPT]

    def count(self, history: History) -> None:
        self.histories += 1
        self.crashes += history.crashes
        self.together += history.together
        self.reached += history.reached
        self.exposed += history.exposed
        self.hits += history.hits

    def seldom(self, hits_min: int) -> list[Aim]:
        """Histories that bring every place where something can happen to so many hits."""
        return [
            Aim(seeds[variant % len(seeds)], place, variant)
            for place, seeds in sorted(self.seeds.items())
            for variant in range(hits_min - self.hits[place])
        ]

    @property
    def told(self) -> list[str]:
        return [*self.failures.values(), *self.aimed.values()]

    def broken(self, *invariants: str) -> int:
        """Histories that broke one of these, or, without any, another rule."""
        told = [failure.split(":")[1].strip() if ":" in failure else "" for failure in self.told]
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
        if wrong := _played(history):
            done.failures[seed] = wrong
        done.count(history)
        for place in history.exposed:
            done.seeds.setdefault(place, []).append(seed)
    done.cpu_seconds = time.process_time() - started
    return done


def play_aimed(aims: Sequence[Aim]) -> Sum:
    """Histories that are hit at a place few come to."""
    done, started = Sum(), time.process_time()
    for aim in aims:
        history = History(aim.seed)
        history.aim = (aim.place, aim.variant)
        if wrong := _played(history):
            done.aimed[aim.words] = wrong
        done.count(history)
    done.cpu_seconds = time.process_time() - started
    return done


def _played(history: History) -> str:
    """What did not hold, "" for nothing."""
    try:
        history.play()
    except Exception as error:  # noqa: BLE001  (the next ones are wanted as well)
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({where.name}, {where.filename.rpartition('/')[2]}:{where.lineno})"
    finally:
        history.store.close()
    return ""


def play_all(first: int, count: int, processes: int) -> Iterator[Sum]:
    """Many in several processes, as each part is done."""
    yield from _each(_play_part, [(start, min(CHUNK, first + count - start)) for start in range(first, first + count, CHUNK)], processes)


def play_seldom(told: Sum, hits_min: int, processes: int) -> Iterator[Sum]:
    """Those that are aimed at the places which were hit less often."""
    aims = told.seldom(hits_min)
    yield from _each(play_aimed, [aims[start : start + CHUNK] for start in range(0, len(aims), CHUNK)], processes)


def _each(work: Callable[[Any], Sum], parts: Sequence[Any], processes: int) -> Iterator[Sum]:
    if processes == 1:
        yield from map(work, parts)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, parts)


def _play_part(part: tuple[int, int]) -> Sum:
    return play(*part)
