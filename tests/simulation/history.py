"""One history of a small firm: runs, deaths, faults on the wire, edits on both sides. A seed makes the same history again.

The engine is the real one: use cases, store and planner. Only the clock, the vendor and the hand of death are scripted.
"""

from contextlib import suppress
from datetime import date
from random import Random
from unittest.mock import patch
from zoneinfo import ZoneInfo

import msgspec

from adapters.memory.sink import Fault, Sink
from connector.errors import HourbridgeError, UnsafePlanError
from connector.ports import Request
from connector.use_cases import listing, picture
from connector.use_cases.workspace import Workspace
from tests.simulation import truth
from tests.simulation.dice import LATE
from tests.simulation.firms import mapping, other_mapping
from tests.simulation.people import People
from tests.simulation.processes import Process
from tests.simulation.quick import QuickStore, matchers_kept
from tests.simulation.wire import PagedSource, SnapshotSource, UnsteadyCompany, UnsteadySink
from tests.use_cases.world import MortalStore, SkewedClock, World

PAUSES = (30, 300, 1200, 3 * 3600) * 3 + (2 * 86400, 20 * 86400)
SETTLED = 500
DAY = 86400
ROUNDS_MAX = 2
CHOOSING_MAX = 3
ZONE, LATE_HOUR = ZoneInfo("Pacific/Auckland"), 21
LATE_MAX = 479
"""Seconds after which what was sent is done or never will be: a deadline of a minute and the sink's settle time."""


class History(People):
    """A world, and the dice that drive it."""

    def __init__(self, seed: int, store: type[MortalStore] = QuickStore) -> None:
        random = Random(seed)
        super().__init__(random, mapping(random), store)
        self.seed = seed
        self.source = random.choice((SnapshotSource, PagedSource))(self)
        self.fault_share = random.choice((0.0, 0.2, 0.5, 0.7))
        used = random.random() < 0.6
        self.company = UnsteadyCompany(
            SkewedClock(self.clock, random.choice((0, 0, -300, 300))), key_memory_s=random.choice((0, 0, 360, 10**7)),
            refuses_used_number=used,
        )  # fmt: skip
        self.company.fault = self._fault
        self.company.after_commit = self._after_effect
        self.rules = random.choice((0.0, 0.0, 0.15))
        self.busy = random.choice((0.02, 0.02, 0.02, 0.3))
        self.crowded = 0.04 if used else random.choice((0.04, 0.3))
        """How likely a stranger takes our number while it is on the way."""
        self.company.has_a_rule = self._rule
        self.lag_seconds = random.choice((0, 0, 0, 60, 240))
        self.traits = msgspec.structs.replace(Sink.traits, batch_max=random.choice((2, 3, 20, 20)))
        self.poison = random.choice(("", "", "", "HB-2606-001"))
        self.marks: dict[str, str] = {}
        """Remote id → our mark, also of what was erased since."""

    def open(self) -> Workspace:
        ws = World.open(self)
        ws._sinks["nz"] = UnsteadySink(self.company, self.traits, self, lambda: 0 if self.calm else self.lag_seconds)
        return ws

    # ---- the history ---------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """A history, then calm, then what must hold. Raises AssertionError."""
        with matchers_kept():
            for _ in range(self.random.randint(4, 14)):
                self.enter()
            for _ in range(self.random.randint(3, 8)):
                self._people_act()
                self._run()
                truth.check(self, whole=self.random.random() < 0.1)
                self.clock.sleep(self.random.choice(PAUSES))
            self._settle_down()

    def _people_act(self) -> None:
        acts = (
            self.enter,
            self.enter,
            self.edit,
            self.edit,
            self.move,
            self.take_out,
            self.act_over_there,
            self.act_over_there,
            self.decide,
        )
        for _ in range(self.random.randint(1, 5)):
            self.random.choice(acts)()
        if self.chance(0.05):
            self.mapping = other_mapping(self.random)

    def _run(self) -> None:
        self.runs += 1
        if self.random.random() < 0.15:
            self.live_together([self.one_run] * self.random.choice((2, 2, 3)))
        else:
            self.live(Process(self.skew()), self.one_run)

    def one_run(self) -> None:
        """Some of pull, choose, approve, apply."""
        for step in (self.pull, self.choose_some, self.approve_some, self.apply):
            if not self.chance(0.05):
                with suppress(HourbridgeError):
                    step()

    def plan(self, *, interim: bool = False):
        ws = World.open(self)
        with ws.store.snapshot() as read:
            return picture.plans(ws, read, interim=interim, book="nz")["nz"]

    def is_over(self, period: str, today: str) -> bool:
        """Whether a period of this firm has ended."""
        if "W" in period:
            year, week = period.split("-W")
            return date.fromisocalendar(int(year), int(week), 7).isoformat() < today
        return period < today[:7]

    # ---- the wire ---------------------------------------------------------------------------------------------------------------

    def _after_effect(self) -> None:
        """Right after the company has done what was asked, before a byte of the answer is read."""
        if self.chance(0.05):
            self.act_over_there()
        self.arrive("effect" if self.company.due is None else LATE)

    def _rule(self, remote_id: str) -> bool:
        if not self.chance(self.rules):
            return False
        self.touched.add(remote_id)
        return True

    def _fault(self, request: Request) -> Fault | None:
        numbers = [member.ref.number for member in request.members]
        if not self.calm and self.poison in numbers:
            return Fault("reset")
        if self.chance(self.crowded) and request.operation == "create":
            self.stranger(self.random.choice(numbers), customer="Somebody")  # while it was on the way
        if not self.chance(self.fault_share):
            return None
        kind = self.random.choice(("lost", "lost", "reset", "late", "unsent", "partial", "refused", "half"))
        if kind == "half":
            return self._half(request)
        # Beyond the settle time only what its number keeps from being done twice: a create.
        longest = 3000 if self.company.refuses_used_number and request.operation == "create" else LATE_MAX - self.lag_seconds
        some = frozenset(number for number in numbers if self.random.random() < 0.5)
        return Fault(
            kind, seconds=self.random.randint(1, self.random.choice((LATE_MAX - self.lag_seconds, longest))),
            numbers=some if kind == "refused" else frozenset(),
        )  # fmt: skip

    def _half(self, request: Request) -> Fault:
        """The vendor breaks off in the middle of a batch: the first members are done, and nobody hears."""
        done = self.random.randint(1, len(request.members))
        self.company._once(self.only(request, done), frozenset())
        return Fault("reset")

    def check(self) -> None:
        """A person may use our numbers again where the company lets them; we may not."""
        numbers = [
            remote.number for remote in self.company.documents.values() if remote.live and remote.mark and remote.id not in self.touched
        ]
        assert len(numbers) == len(set(numbers)), f"I1: a number stands twice over there: {sorted(numbers)}"

    # ---- calm -------------------------------------------------------------------------------------------------------------------------

    def _settle_down(self) -> None:
        """Nothing goes wrong any more: what changed is found by the changes alone, then two rounds do all there is to do."""
        self.calm = True
        self.clock.sleep(4000)
        self.company.settle()
        self._find_changes()
        if self.clock.now().astimezone(ZONE).hour >= LATE_HOUR:
            self.clock.sleep(DAY / 4)  # no period ends between the rounds
        self._rounds()
        before = self.company.requests
        self._round()
        assert self.company.requests == before, "I5: the third calm round still sends"
        truth.check(self)
        truth.check_end(self)

    def _rounds(self) -> None:
        """Two rounds after the last choice that a person had to make."""
        done = chosen = 0
        while done < ROUNDS_MAX:
            before = self.choices
            if chosen < CHOOSING_MAX:
                self.choose()
            if self.choices > before:
                done, chosen = 0, chosen + 1
            self._round()
            done += 1
            truth.check(self, whole=done == ROUNDS_MAX)

    def _find_changes(self) -> None:
        """I6: without a listing of everything, what changed since the cursor is all that was missed."""
        with patch.object(listing, "is_relisting_due", lambda _ws, standing: standing.last_full_listing is None):
            self._pull()
        truth.check_staged(self)
        for pause in (DAY, 2 * SETTLED):  # an entry is gone when two listings lack it
            self.clock.sleep(pause)
            self._pull(full=True)

    def _pull(self, *, full: bool = False) -> None:
        pulled = self.pull(full=full, forced="simulated")
        assert not pulled.failures, pulled.failures

    def _round(self) -> None:
        self.clock.sleep(SETTLED)
        self._pull()
        if self.plan().sending:
            self.approve(forced="simulated")
        try:
            self.apply()
        except UnsafePlanError:
            self._name_strangers()
            self.apply()

    def _name_strangers(self) -> None:
        """A person gives documents that are not ours numbers of their own, and voids what we made and cannot tie any more."""
        with suppress(UnsafePlanError):
            self.apply(adopting=True)
        for (remote_id,) in self.rows("SELECT remote_id FROM strangers"):
            there = self.company.documents.get(str(remote_id))
            if there is not None and there.mark and there.status in ("draft", "posted"):
                self.change_there(there, status="deleted" if there.status == "draft" else "voided")
            elif there is not None:
                self.change_there(there, number=f"X-{there.id}")
            else:
                with self.store.begin() as tx:
                    tx.exec_driver_sql("DELETE FROM strangers WHERE remote_id = ?", (remote_id,))
