"""Processes of a history: each may die, stop for longer than its lease, or run beside another; a baton says whose turn it is."""

import threading
from collections.abc import Callable, Sequence
from random import Random

from tests.use_cases.world import Dead


class Process:
    """One run. `skew_seconds`: how wrong the clock of its machine is."""

    def __init__(self, skew_seconds: int = 0) -> None:
        self.dead = False
        self.spared = False
        """Nothing hits it: it runs while another is stopped."""
        self.skew_seconds = skew_seconds
        self.relay: Relay | None = None

    def die(self) -> None:
        self.dead = True
        raise Dead


class Relay:
    """Several jobs, one at a time, in threads that hand each other a baton. Who has it next is drawn, so a seed makes the same again."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._turns: dict[int, threading.Semaphore] = {}
        self._over = threading.Semaphore(0)
        self._failures: list[BaseException] = []

    def run(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Runs all to their end. Raises what the first to fail raised."""
        self._turns = {number: threading.Semaphore(0) for number in range(len(jobs))}
        threads = [threading.Thread(target=self._job, args=(number, job), daemon=True) for number, job in enumerate(jobs)]
        for thread in threads:
            thread.start()
        self._turns[self._random.randrange(len(jobs))].release()
        self._over.acquire()
        for thread in threads:
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _job(self, number: int, job: Callable[[], None]) -> None:
        mine = self._turns[number]
        mine.acquire()
        try:
            job()
        except BaseException as error:  # noqa: BLE001  (told by `run`, in the thread that started all)
            self._failures.append(error)
        del self._turns[number]
        if self._turns:
            self._turns[self._random.choice(sorted(self._turns))].release()
        else:
            self._over.release()

    def hand_over(self, number: int) -> None:
        """Another one's turn, if there is another; comes back when the baton does."""
        others = sorted(set(self._turns) - {number})
        if not others:
            return
        mine = self._turns[number]
        self._turns[self._random.choice(others)].release()
        mine.acquire()
