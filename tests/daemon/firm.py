"""The firm at work in virtual time: three emulated systems, a daemon that can be killed, and people who come in the morning."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from uuid import NAMESPACE_URL, uuid5

import pytest

from adapters.harvest.emulator import Emulator as Harvest
from adapters.quickbooks.emulator import Emulator as QuickBooks
from adapters.xero.emulator import Emulator as Xero
from connector import bootstrap
from connector.daemon.desk import Desk
from connector.daemon.jobs import Ended
from connector.daemon.turns import Turns
from connector.sandbox import Fault, InProcess, Mount
from connector.store import engine
from connector.store.store import Store
from connector.use_cases.approve import approve
from connector.use_cases.plan import plans_of
from connector.use_cases.reconcile import tie_out
from connector.use_cases.workspace import Workspace
from tests.daemon import papers
from tests.fakes import VirtualClock
from tests.use_cases.world import Dead

START = datetime(2026, 6, 1, tzinfo=UTC)
RESTARTS_AFTER = timedelta(minutes=2)
ROUND = timedelta(hours=1)


class Heard:
    """A listener that keeps everything."""

    def __init__(self) -> None:
        self.ends: list[Ended] = []
        self.troubles: list[str] = []

    def started(self, job, at) -> None:
        pass

    def ended(self, ended) -> None:
        self.ends.append(ended)

    def troubled(self, error, at) -> None:
        self.troubles.append(str(error or "mended"))

    def of(self, name: str) -> list[Ended]:
        return [ended for ended in self.ends if ended.job.name == name]


class Firm:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, start: datetime = START) -> None:
        self.folder, self.clock = folder, VirtualClock(start)
        ids = (str(uuid5(NAMESPACE_URL, f"firm/{number}")) for number in count())
        self.harvest = Harvest(self.clock, ids, papers.ACCOUNT)
        self.xero = Xero(self.clock, ids, papers.XERO)
        self.quickbooks = QuickBooks(self.clock, (f"{number:08d}" for number in count(1)), papers.QUICKBOOKS)
        self.fault: Callable[[str, str, str], Fault | None] = lambda _kind, _method, _target: None
        self.mounts = {
            kind: Mount(
                emulator,
                clock=self.clock,
                faults=lambda method, target, kind=kind: self.fault(kind, method, target),
                prefix=f"/{kind}",
            )
            for kind, emulator in (("harvest", self.harvest), ("xero", self.xero), ("quickbooks", self.quickbooks))
        }
        self.harvest.base_url = f"{papers.HOST}/harvest"
        self.config, self.mapping = folder / "config.yaml", folder / "mappings" / "firm.yaml"
        self.write("config.yaml", papers.CONFIG.replace("ACCOUNT", self.harvest.account_id))
        self.write("mappings/firm.yaml", papers.MAPPING)
        for name, secret in papers.SECRETS.items():
            self.write(f"secrets/{name}", secret).chmod(0o600)
        self.heard = Heard()
        self.dead = self.stop_asked = False
        self.processes = 0
        monkeypatch.setattr(bootstrap, "os", SimpleNamespace(getpid=lambda: self.processes))
        prepare = engine._prepare_sqlite

        def prepare_fast(connection, record):
            prepare(connection, record)
            connection.execute("PRAGMA synchronous=OFF")  # nobody pulls this machine's plug

        monkeypatch.setattr(engine, "_prepare_sqlite", prepare_fast)
        monkeypatch.setattr(engine, "clock_ms", lambda _tx: int(self.clock.now().timestamp() * 1000))
        begin = Store.begin

        @contextmanager
        def mortal(store, lease=None, **turn):
            """What is dead writes nothing any more, not even a tidy end."""
            if self.dead:
                raise Dead
            with begin(store, lease, **turn) as tx:
                yield tx

        monkeypatch.setattr(Store, "begin", mortal)

    def write(self, path: str, text: str) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
        return target

    def transports(self, base_url: str) -> InProcess:
        return InProcess(self.mounts[base_url.rsplit("/", 1)[-1] if "token" not in base_url else base_url.split("/")[3]])

    def desk(self) -> Desk:
        return Desk(
            self.config, clock=self.clock, transports=self.transports, listeners=[self.heard], stopping=lambda: self.stop_asked
        )  # fmt: skip

    @contextmanager
    def opened(self) -> Iterator[Workspace]:
        with bootstrap.opened(self.config, writes=True, clock=self.clock, transports=self.transports) as ws:
            yield ws

    # ---- people ------------------------------------------------------------------------------------------------------------------

    def approve(self) -> int:
        """Somebody in finance looks at both plans and approves what is in them."""
        approved = 0
        with self.opened() as ws:
            for found in plans_of(ws):
                if found.plan.sending:
                    approved += len(approve(ws, found.plan.checksum, who="Finance", forced="simulated").steps)
        return approved

    # ---- what is true ------------------------------------------------------------------------------------------------------------

    def live(self) -> list[tuple[str, list[str]]]:
        """Number and line texts of every live invoice at both companies."""
        found = [(one.number, [line.description for line in one.lines]) for one in self.xero.invoices(live=True)]
        return found + [(one.number, [line.description for line in one.lines]) for one in self.quickbooks.invoices(live=True)]

    @property
    def made(self) -> list[str]:
        """Numbers of what the program created over there, as often as it did."""
        ledgers = (*self.xero.ledger, *self.quickbooks.ledger)
        return [write.number for write in ledgers if write.by == "app" and write.what == "created"]

    def billed_once(self) -> None:
        """By the companies' own books: no ticket on two live invoices, no number made twice."""
        tickets = Counter(text for _, lines in self.live() for text in lines if text.startswith("#"))
        assert not (twice := [ticket for ticket, times in tickets.items() if times > 1]), f"billed twice: {twice}"
        assert not (again := [number for number, times in Counter(self.made).items() if times > 1]), f"made twice: {again}"

    def ties(self) -> None:
        with self.opened() as ws:
            for book in ("nz", "us", None):
                found = tie_out(ws, book, online=True)
                assert found.ties, (book, [one for one in found.equations if not one.holds], found.differences)

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.opened() as ws, ws.store.snapshot() as read:
            return [tuple(row) for row in read.exec_driver_sql(sql)]

    @property
    def writes(self) -> int:
        return len(self.xero.ledger) + len(self.quickbooks.ledger)


class VirtualDaemon:
    """The daemon with a clock that jumps from turn to turn; killed, it starts anew."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.start()

    def start(self) -> None:
        firm = self.firm
        firm.dead = False
        firm.processes += 1
        self.waiting: dict[str, tuple[datetime, object, object]] = {}
        self.desk = firm.desk()
        self.turns = Turns(self.desk, self)
        self.turns.start()
        self.round = firm.clock.now() + ROUND

    # ---- the alarm ---------------------------------------------------------------------------------------------------------------

    def put(self, job, trigger, turn) -> None:
        self.waiting[job.name] = (turn, job, trigger)

    def move(self, name, turn) -> None:
        if name in self.waiting:
            self.waiting[name] = (turn, *self.waiting[name][1:])

    def remove(self, name) -> None:
        self.waiting.pop(name, None)

    # ---- time --------------------------------------------------------------------------------------------------------------------

    def until(self, moment: datetime) -> None:
        """Everything whose turn comes before a moment."""
        clock = self.firm.clock
        while True:
            name = min(self.waiting, key=lambda name: (self.waiting[name][0], name), default=None)
            turn = min(self.waiting[name][0] if name else moment, self.round)
            if turn >= moment:
                break
            clock.advance(max((turn - clock.now()).total_seconds(), 0.0))
            try:
                if name and self.waiting[name][0] <= self.round:
                    self._ring(name)
                else:
                    self.round = clock.now() + ROUND
                    self.turns.look_round()
            except Dead:
                clock.advance(RESTARTS_AFTER.total_seconds())
                self.start()
        clock.advance(max((moment - clock.now()).total_seconds(), 0.0))

    def _ring(self, name: str) -> None:
        """As APScheduler does: the trigger says the next turn when this one begins; then the job runs."""
        turn, job, trigger = self.waiting.pop(name)
        now = self.firm.clock.now()
        following = trigger.get_next_fire_time(turn, now)
        if following is not None:
            self.put(job, trigger, following)
        self.turns.run(job)
