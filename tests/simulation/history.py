"""One history of a small firm: runs, deaths, faults on the wire, edits on both sides. A seed makes the same history again.

The engine is the real one: use cases, store and planner. Only the clock, the vendor and the hand of death are scripted.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from random import Random

import msgspec

from adapters.memory.sink import Company, Fault, Sink
from connector.errors import ConfigError, HourbridgeError, TransientError, UnsafePlanError
from connector.model import Remote
from connector.ports import Cursor, Page, Request, Window
from connector.store import decisions, entries
from connector.use_cases import corrections, picture
from connector.use_cases.workspace import Workspace
from tests.simulation import truth
from tests.simulation.firms import CLIENTS, mapping, other_mapping
from tests.use_cases.world import Dead, ListSource, World

DAYS = [date(2026, 5, 1) + timedelta(days=number) for number in range(75)]
WORK_TYPES = ("Project work",) * 6 + ("Travel", "Gardening")
PAUSES = (30, 300, 1200, 3 * 3600) * 3 + (2 * 86400, 20 * 86400)
MARKS = (
    "INSERT INTO steps", "INSERT INTO requests", "UPDATE requests SET state = 'sent'", "INSERT INTO confirmations", "UPDATE documents",
    "DELETE FROM claims", "UPDATE leases",
)  # fmt: skip
"""Statements at which a death or a stop is most likely to hurt."""
SETTLED = 500
ROUNDS_MAX = 4
"""A choice, what follows from it, and what follows from that: credited time is billed again one round later."""


class UnsteadySource(ListSource):
    """Listings break off now and then."""

    def __init__(self, trouble: Callable[[], bool]) -> None:
        super().__init__()
        self.trouble = trouble

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pages(window, cursor):
            if self.trouble():
                raise TransientError("the connection was reset while listing")
            yield page


class UnsteadySink(Sink):
    """Reads break off now and then."""

    trouble: Callable[[], bool]

    def find(self, refs):
        self._break()
        return super().find(refs)

    def read(self, remote_ids):
        self._break()
        return super().read(remote_ids)

    def changed_since(self, cursor):
        self._break()
        yield from super().changed_since(cursor)

    def _break(self) -> None:
        if self.trouble():
            raise TransientError("the connection was reset")


class History(World):
    """A world, and the dice that drive it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        super().__init__(mapping(self.random))
        self.seed = seed
        self.calm = False
        self.crashes = self.runs = self.choices = 0
        self.touched: set[str] = set()
        """Remote ids that a person changed."""
        self.credited: set[tuple[str, str]] = set()
        """Ticket and number of the invoice that every credit note took back, also of those that were voided or erased since."""
        self.source = UnsteadySource(lambda: self._chance(0.01))
        self.fault_share = self.random.choice((0.0, 0.2, 0.5, 0.7))
        used = self.random.random() < 0.6
        self.company = Company(self.clock, key_memory_s=self.random.choice((0, 0, 360, 10**7)), refuses_used_number=used)
        self.company.fault = self._fault
        self.traits = msgspec.structs.replace(Sink.traits, batch_max=self.random.choice((2, 3, 20, 20)))
        self.poison = self.random.choice(("", "", "", "HB-2606-001"))
        self.made = 0
        self.marks: dict[str, str] = {}
        """Remote id → our mark, also of what was erased since."""

    def open(self) -> Workspace:
        ws = super().open()
        plain = ws.sink("nz")
        sink = UnsteadySink.__new__(UnsteadySink)
        sink.company, sink.traits, sink.trouble = plain.company, self.traits, lambda: self._chance(0.03)  # type: ignore[attr-defined,misc]
        ws._sinks["nz"] = sink
        return ws

    def _chance(self, share: float) -> bool:
        return not self.calm and self.random.random() < share

    # ---- the history ---------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """A history, then calm, then what must hold. Raises AssertionError with the seed."""
        for _ in range(self.random.randint(4, 14)):
            self._enter()
        for _ in range(self.random.randint(3, 8)):
            for _ in range(self.random.randint(1, 5)):
                self.random.choice(
                    (self._enter, self._enter, self._edit, self._edit, self._move, self._remove, self._person, self._person, self._decide)
                )()
            if self._chance(0.05):
                self.mapping = other_mapping(self.random)
            self._run()
            truth.check(self, whole=self.random.random() < 0.2)
            self.clock.sleep(self.random.choice(PAUSES))
        self._settle_down()

    def _run(self) -> None:
        """One process: some of pull, approve, apply; it may die, or be stopped past its lease while another runs."""
        self.runs += 1
        if self._chance(0.3):
            self._doom()
        elif self._chance(0.15):
            self.company.after_commit = self._person
        try:
            for step in (self.pull, self._choose_some, self._approve_some, self.apply):
                if not self._chance(0.05):
                    with suppress(HourbridgeError):
                        step()
        except Dead:
            self.crashes += 1
        self.store.comes_to = lambda _statement: None
        self.company.after_commit = lambda: None

    def _approve_some(self) -> None:
        plan = self.plan()
        if not plan.sending:
            return
        clients = sorted({step.client for step in plan.steps})
        only = [self.random.choice(clients)] if self._chance(0.2) else []
        left = [self.random.choice(clients)] if self._chance(0.1) else []
        self.approve(only=only, left=left, forced="simulated")

    def _choose_some(self) -> None:
        """A person looks at what cannot go on by itself, now and then."""
        if self._chance(0.4):
            self._choose()

    def _choose(self) -> None:
        """Something legal for each document and each change of billed time; what might still come true over there is not ended."""
        for one in corrections.waiting(self.open()):
            if one.choices:
                self.choices += 1
                with suppress(UnsafePlanError, ConfigError):  # one choice may answer the next, or change what is legal
                    corrections.choose(self.open(), one.ref, self.random.choice(one.choices), "simulated", "Finance")

    def _doom(self) -> None:
        """It dies at a statement, or right after an effect; or it stops there for longer than its lease, and another run comes."""
        left = self.random.randint(1, 160)
        stops = self.random.random() < 0.3
        mark = self.random.choice(("", *MARKS))
        if self.random.random() < 0.2:
            self.company.after_commit = self._stop if stops else self._die
            return

        def come(statement: str) -> None:
            nonlocal left, mark
            if mark and not statement.startswith(mark):
                return
            left, mark = 0 if mark else left - 1, ""
            if left > 0:
                return
            if not stops:
                raise Dead
            if not self.store.open and statement in ("BEGIN", "BEGIN IMMEDIATE", "COMMITTED"):
                self._stop()

        self.store.comes_to = come

    def _die(self) -> None:
        self.store.comes_to = lambda _statement: self._dead()
        raise Dead

    def _dead(self) -> None:
        raise Dead

    def _stop(self) -> None:
        """This process sleeps past its lease; another does a whole run; then this one wakes up where it was."""
        self.store.comes_to = lambda _statement: None
        self.company.after_commit = lambda: None
        self.clock.sleep(self.random.choice((301, 400, 1000)))
        for step in (self.pull, self._approve_some, self.apply):
            with suppress(HourbridgeError):
                step()

    def plan(self, *, interim: bool = False):
        ws = super().open()
        with ws.store.snapshot() as read:
            return picture.plans(ws, read, interim=interim, book="nz")["nz"]

    def is_over(self, period: str, today: str) -> bool:
        """Whether a period of this firm has ended."""
        if "W" in period:
            year, week = period.split("-W")
            return date.fromisocalendar(int(year), int(week), 7).isoformat() < today
        return period < today[:7]

    # ---- the wire ---------------------------------------------------------------------------------------------------------------

    def _fault(self, request: Request) -> Fault | None:
        numbers = [member.ref.number for member in request.members]
        if not self.calm and self.poison in numbers:
            return Fault("reset")
        if self._chance(0.04) and request.operation == "create":
            self.stranger(self.random.choice(numbers), customer="Somebody")  # while it was on the way
        if not self._chance(self.fault_share):
            return None
        kind = self.random.choice(("lost", "lost", "reset", "late", "unsent", "partial", "refused", "half"))
        if kind == "half":
            return self._half(request)
        longest = 3000 if self.company.refuses_used_number else 479
        some = frozenset(number for number in numbers if self.random.random() < 0.5)
        return Fault(
            kind, seconds=self.random.randint(1, self.random.choice((479, longest))), numbers=some if kind == "refused" else frozenset()
        )

    def _half(self, request: Request) -> Fault:
        """The vendor breaks off in the middle of a batch: the first members are done, and nobody hears."""
        done = self.random.randint(1, len(request.members))
        self.company._once(self.only(request, done), frozenset())
        return Fault("reset")

    # ---- the source ----------------------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        self.made += 1
        self._work(f"t{self.made}")

    def _work(self, name: str, **facts: object) -> None:
        given = {
            "client": self.random.choice((*CLIENTS, *CLIENTS, "Nobody Knows")), "hours": str(Decimal(self.random.randint(1, 400)) / 36),
            "on": self.random.choice(DAYS), "work_type": self.random.choice(WORK_TYPES), **facts,
        }  # fmt: skip
        self.work(name, ticket=name, **given)  # type: ignore[arg-type]

    def _some_entry(self) -> str:
        return self.random.choice(sorted(self.source.entries)) if self.source.entries else ""

    def _edit(self) -> None:
        if name := self._some_entry():
            old = self.source.entries[name]
            self._work(name, client=old.client, on=old.worked_on, work_type=old.work_type)

    def _move(self) -> None:
        if name := self._some_entry():
            old = self.source.entries[name]
            self._work(name, hours=str(Decimal(old.seconds) / 3600), work_type=old.work_type)

    def _remove(self) -> None:
        if name := self._some_entry():
            self.remove(name)

    def _decide(self) -> None:
        kind, argument = self.random.choice(
            (("bill", "0.5"), ("bill", "1"), ("bill", ""), ("no_charge", ""), ("write_off", ""), ("hold", ""), ("release", ""))
        )
        with self.store.begin() as tx:
            staged = [one for one in entries.staged(tx) if not one.deleted]
            if staged:
                decisions.decide(tx, self.random.choice(staged), kind, argument, "simulated", "Finance", self.clock.now())

    # ---- people over there -----------------------------------------------------------------------------------------------------------

    def _person(self) -> None:
        ours = sorted(remote.id for remote in self.company.documents.values() if remote.live)
        act = self.random.choice(
            (self._edit_there, self._post, self._post, self._void, self._pay, self._edit_back, self._number_again, self._erase)
        )
        if ours:
            act(self.company.documents[self.random.choice(ours)])

    def _change(self, remote: Remote, **changes: object) -> None:
        self.touched.add(remote.id)
        self.company.change(remote.id, version=str(int(remote.version) + 1), **changes)

    def _edit_there(self, remote: Remote) -> None:
        first = msgspec.structs.replace(remote.lines[0], net=remote.lines[0].net + 1) if remote.lines else None
        lines = (first, *remote.lines[1:]) if first else ()
        self._change(remote, **self.random.choice(({"po": "theirs"}, {"lines": lines, "net": remote.net + 1})))

    def _edit_back(self, remote: Remote) -> None:
        self._change(remote, po="")

    def _post(self, remote: Remote) -> None:
        self.company.change(remote.id, version=str(int(remote.version) + 1), status="posted" if remote.status == "draft" else remote.status)

    def _void(self, remote: Remote) -> None:
        self._change(remote, status="deleted" if remote.status == "draft" else "voided")

    def _pay(self, remote: Remote) -> None:
        self.company.change(remote.id, version=str(int(remote.version) + 1), status="paid", paid=remote.gross)

    def _number_again(self, remote: Remote) -> None:
        number = self.random.choice((remote.number, "HB-2606-001", "HB-2605-002", "INV-7"))
        if not (self.company.refuses_used_number and any(one.number == number for one in self.company.documents.values())):
            self.stranger(number, customer="Somebody")

    def _erase(self, remote: Remote) -> None:
        """It is gone without a trace; its id is not given again."""
        if self.random.random() < 0.2:
            self.touched.add(remote.id)
            del self.company.documents[remote.id]
            self.company.add(Remote(id=f"gone {remote.id}", status="deleted"))

    def check(self) -> None:
        """A person may use our numbers again where the company lets them; we may not."""
        numbers = [
            remote.number for remote in self.company.documents.values() if remote.live and remote.mark and remote.id not in self.touched
        ]
        assert len(numbers) == len(set(numbers)), f"I1: a number stands twice over there: {sorted(numbers)}"

    # ---- calm -------------------------------------------------------------------------------------------------------------------------

    def _settle_down(self) -> None:
        self.calm = True
        self.clock.sleep(4000)
        self.company.settle()
        for _ in range(ROUNDS_MAX):
            self._choose()
            self._round()
            truth.check(self)
        before = self.company.requests
        self._round()
        assert self.company.requests == before, "the third calm round still sends"
        truth.check(self)
        truth.check_end(self)

    def _round(self) -> None:
        self.clock.sleep(SETTLED)
        pulled = self.pull()
        assert not pulled.failures, pulled.failures
        if self.plan().sending:
            self.approve(forced="simulated")
        try:
            self.apply()
        except UnsafePlanError:
            self._name_strangers()
            self.apply()

    def _name_strangers(self) -> None:
        """A person gives documents that are not ours numbers of their own."""
        with suppress(UnsafePlanError):
            self.apply(adopting=True)
        for (remote_id,) in self.rows("SELECT remote_id FROM strangers"):
            there = self.company.documents.get(str(remote_id))
            if there is not None:
                self._change(there, number=f"X-{there.id}")
            else:
                with self.store.begin() as tx:
                    tx.exec_driver_sql("DELETE FROM strangers WHERE remote_id = ?", (remote_id,))
