"""The dice of a history: a world whose processes a seed hits, stops and interleaves at every boundary they come to."""

from collections import Counter
from collections.abc import Callable
from random import Random

from connector.core.mapping import Mapping
from connector.errors import StateError
from connector.use_cases.workspace import Workspace
from tests.simulation.places import begins, odds, place_of
from tests.simulation.processes import Process, Relay
from tests.simulation.quick import QuickStore
from tests.use_cases.world import Dead, MortalStore, World

STOPS = (301, 700, 1500)
"""Seconds a process is stopped for: longer than its lease."""
LATE = "late effect"
"""What nobody heard of is done in the company now, because somebody looks."""
REQUESTS = ("send", "answered", "effect", LATE, "find", "read", "changed_since", "pages")
BETWEEN = ("BEGIN", "BEGIN IMMEDIATE", "COMMITTED", *REQUESTS)
"""Where no transaction is open, so that another process can have a turn."""
ARRIVALS_MAX = 60_000
SWITCH = 0.04


class Dice(World):
    """`arrive` is called before every statement, around every transaction and around every request."""

    made = choices = 0
    """Entries made, and choices."""

    def __init__(self, random: Random, mapping: Mapping, store: type[MortalStore] = QuickStore) -> None:
        super().__init__(mapping, store=store)
        self.random = random
        self.calm = False
        self.process: Process | None = None
        self.number = 0
        """Which job of a relay runs now."""
        self.arrivals = self.crashes = self.runs = self.together = 0
        self.reached: Counter[str] = Counter()
        self.exposed: Counter[str] = Counter()
        """Arrivals at which something could have happened: not in the calm at the end, and not while another is stopped."""
        self.hits: Counter[str] = Counter()
        self.aim: tuple[str, int] = ("", 0)
        """A place at which this history is hit when it first comes there, and which of several such histories this is."""
        self.touched: set[str] = set()
        """Remote ids that a person changed."""
        self.credited: set[tuple[str, str]] = set()
        """Ticket and number of the invoice that every credit note took back, also of those that were voided or erased since."""
        self.renumbered: set[str] = set()
        self.by_hand: set[tuple[str, str]] = set()
        """Ticket and remote id of what a person put on a document: until it is tied to what was approved, nobody knows what it stands for."""
        self.store.comes_to = self.arrive

    def open(self) -> Workspace:
        raise NotImplementedError

    def one_run(self) -> None:
        raise NotImplementedError

    def chance(self, share: float) -> bool:
        return not self.calm and self.random.random() < share

    # ---- processes ------------------------------------------------------------------------------------------------------------

    @begins
    def live(self, process: Process, work: Callable[[], None]) -> None:
        """Some work as a process of its own, to its end or its death."""
        before = self.process
        self._turn_to(process)
        try:
            work()
        except Dead:
            self.crashes += 1
        finally:
            self._turn_to(before)

    def live_together(self, works: list[Callable[[], None]]) -> None:
        """Several processes on one state; whose turn it is changes at boundaries."""
        self.together += 1
        relay = Relay(self.random)

        def job(number: int, work: Callable[[], None]) -> None:
            process = Process(self.skew())
            process.relay = relay
            self.number = number
            self.live(process, work)

        relay.run([lambda number=number, work=work: job(number, work) for number, work in enumerate(works)])  # type: ignore[misc]
        self._turn_to(None)

    def skew(self) -> int:
        return self.random.choice((0, 0, 0, -300, 300)) if not self.calm else 0

    def _turn_to(self, process: Process | None) -> None:
        self.process = process
        self.clock.skew_seconds = process.skew_seconds if process else 0

    # ---- what happens at a boundary ---------------------------------------------------------------------------------------------

    def arrive(self, head: str) -> None:
        """A process comes to a statement, the edge of a transaction, or a request."""
        process = self.process
        if process is None:
            return
        if process.dead:
            raise Dead
        place = place_of(head, 1) if head != LATE else f"company: {LATE}"
        self.reached[place] += 1
        self.arrivals += 1
        assert self.arrivals < ARRIVALS_MAX, "I5: it does not come to an end"
        if self.calm or process.spared:
            return
        self.exposed[place] += 1
        if self.random.random() < odds(place) or place == self.aim[0]:
            self.hits[place] += 1
            self._take_aim(place)
            self._hit(process, head)
        elif process.relay is not None and not self.store.open and head in BETWEEN and self.random.random() < SWITCH:
            self._switch(process)

    def _take_aim(self, place: str) -> None:
        """From where it is aimed at, a history goes on otherwise than the one that came here by chance."""
        if place == self.aim[0]:
            self.random.seed(repr(self.aim))
            self.aim = ("", 0)

    def _hit(self, process: Process, head: str) -> None:
        kind = self.random.choice(("death", "death", "death", "stop", "fault"))
        if kind == "fault" and head not in REQUESTS:
            raise StateError("the state cannot be used (database or disk is full)")
        if kind == "stop" and not self.store.open and head in BETWEEN:
            self._stop(process)
            return
        process.die()

    def _stop(self, process: Process) -> None:
        """It sleeps past its lease; another does a whole run; then it wakes up where it was."""
        self.clock.sleep(self.random.choice(STOPS))
        other = Process(self.skew())
        other.spared = True
        self.live(other, self.one_run)
        self._turn_to(process)

    def _switch(self, process: Process) -> None:
        number, relay = self.number, process.relay
        assert relay is not None
        if self.random.random() < 0.3:
            self.clock.sleep(self.random.choice((1, 30, 301, 500)))
        relay.hand_over(number)
        self.number = number
        self._turn_to(process)

    def glance(self, sql: str) -> list[tuple[object, ...]]:
        """What somebody who is no process of ours reads in the state."""
        before, self.process = self.process, None
        try:
            return self.rows(sql)
        finally:
            self.process = before

    def not_while_open(self) -> None:
        assert not self.store.open, "a transaction is open across a request"
