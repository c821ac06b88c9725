"""kill -9 at every checkpoint of a pull, an approval and an apply, and again while the next run recovers; the emulator's ledger judges.

Checkpoint by keys remembered or not by 0 or 20% of answers lost by killed once or twice, with the state on SQLite and on PostgreSQL. Each
case has a copy of the firm's folder and state and, by fork, of the emulated company.
"""

import gc
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec import Struct

from adapters.xero.emulated.invoices import UNIQUE
from connector.cli.collecting import collect_seldom
from connector.sandbox import Answer, Fault, Mount
from tests.end_to_end import office
from tests.end_to_end.office import SETTLED, Office
from tests.kills import states, victim
from tests.kills.clock import SharedClock
from tests.kills.consent import MUST_AUTHORISE, Consent

ALL_THREE = {"HB-2606-001", "HB-2606-002", "HB-2606-003"}
LEASE = timedelta(minutes=6)
ACCESS = timedelta(minutes=31)
"""Longer than an access token lives."""
LOST = 0.2
RENEWAL = "renewal"
"""An apply that first exchanges its pair of tokens for the next."""
COMMANDS = ("pull", "approve", "apply", RENEWAL)
ROUNDS_MAX = 6
KEYS_S = (0, 360)


class Case(Struct, frozen=True):
    """`checkpoint`: the number of the one at which `command` is killed; `keys_s`: how long the company remembers a key, one that remembers
    none also takes a used number; `late`: the next run comes when the vendor no longer takes the refresh token that was exchanged.
    """

    command: str
    checkpoint: int
    keys_s: int
    lost: float
    twice: bool
    late: bool = False


class Verdict(Struct, frozen=True):
    """What became of a case: where it was killed, what is wrong over there afterwards ("" for nothing), and how often a person had to
    authorise again.
    """

    case: Case
    killed: tuple[str, ...]
    wrong: str
    authorised: int = 0


class Firm:
    """An office made ready for one command, of which every case gets a copy, its state on SQLite or on PostgreSQL. `rotates`: it reaches
    Xero with a pair of tokens that each refresh replaces, and the access has just ended.
    """

    def __init__(self, folder: Path, command: str, database: str = "sqlite", *, rotates: bool = False) -> None:
        self.command, self.database = command, database
        state = states.new(database)
        patch = pytest.MonkeyPatch()
        patch.setattr(office, "OfficeClock", SharedClock)
        self.office = Office(folder, patch, state=state)
        self._consent = Consent(self.office) if rotates or command == RENEWAL else None
        self.office.does("migrate" if command == "pull" else "pull")
        if command in ("apply", RENEWAL):
            self.office.approve()
        if self._consent is not None:
            self.office.clock.at += ACCESS
        self._state = states.kept(state)

    def words(self) -> list[str]:
        if self.command == "approve":
            return ["approve", self.office.plan("nz")["checksum"]]
        return ["apply" if self.command == RENEWAL else self.command]

    def checkpoints(self) -> list[str]:
        """All that an undisturbed run comes to."""
        return self.apart(lambda: self._run(None).passed)  # type: ignore[no-any-return]

    def judge(self, case: Case) -> Verdict:
        try:
            return self.apart(lambda: self._judge(case))  # type: ignore[no-any-return]
        except AssertionError as error:  # a command printed what none may, or the judging itself broke
            return Verdict(case, (), str(error))

    def apart(self, work: Callable[[], Any]) -> Any:
        """Does it in a process of its own, with a company, a folder, a state and a clock of its own."""
        with states.copied(self._state) as state, tempfile.TemporaryDirectory() as folder:
            return forked(lambda: self._moved(Path(folder), state, work))

    def _moved(self, folder: Path, state: str, work: Callable[[], Any]) -> Any:
        office = self.office
        office.clock.alone()  # type: ignore[attr-defined]
        shutil.copytree(office.folder, folder, dirs_exist_ok=True)
        office.folder, office.config, office.mapping = folder, folder / "config.yaml", folder / "mappings" / "firm.yaml"
        if state != self._state.url:
            office.edit("config.yaml", self._state.url, state)
        return work()

    # ---- one case --------------------------------------------------------------------------------------------------------------

    def _judge(self, case: Case) -> Verdict:
        self.office.xero.keys.remembered_seconds = case.keys_s
        if not case.keys_s:
            UNIQUE.clear()  # in this process: nothing over there keeps a document from being made twice
        random = Random(repr(case))
        self.loses(case.lost, random)
        killed, wrong = list[str](), ""
        for checkpoint in (case.checkpoint, random.randrange(25))[: 1 + case.twice]:
            ended = self._run(checkpoint)
            killed.append(ended.killed_at)
            wrong = wrong or self._asked(ended.code, ended.said)
            self.office.clock.at += ACCESS if case.late else LEASE
        wrong = wrong or self.finish(random, case.lost)
        if self._consent is None:
            return Verdict(case, tuple(filter(None, killed)), wrong)
        wrong = wrong or self._consent.wrong(killed, late=case.late)
        return Verdict(case, tuple(filter(None, killed)), wrong, self._consent.authorised)

    def _run(self, kill_at: int | None) -> victim.Ended:
        return victim.run([*self.words(), "--config", str(self.office.config)], self.vendor, kill_at)

    def vendor(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer | None:
        """The company as a process meets it; None: its answer is lost."""
        fault, given = self.office.mount.take(method, target, headers, body)
        return given if fault is None else None

    def loses(self, share: float, random: Random) -> None:
        """From now on this share of the company's answers is lost on the way."""

        def fault(method: str, _target: str) -> Fault | None:
            return Fault("lose_answer") if method != "POST" and random.random() < share else None

        self.office.mount = Mount(self.office.xero, clock=self.office.clock, faults=fault, prefix="/xero")

    def finish(self, random: Random, lost: float) -> str:
        """Runs until all is over there, the last of them without faults; then nothing more may be sent. What is wrong, "" for nothing.

        Nobody is killed any more, so these runs need no process of their own: what they know is what the dead left in the state.
        """
        office = self.office
        for share in (lost, *(0.0,) * ROUNDS_MAX):
            office.clock.at += SETTLED
            self.loses(share, random)
            for command in self._commands():
                ended = office.run(*command)
                if ended.code not in (0, 3, 4, 5):
                    return f"{command} ended with {ended.code}: {ended.said[-300:]}"
                if wrong := self._asked(ended.code, ended.said):
                    return wrong
            if ended.code == 0 and set(office.there()) == ALL_THREE:
                break
        else:
            return f"not over after {ROUNDS_MAX} rounds without a fault: exit {ended.code}: {ended.said[-300:]}"
        writes = len(office.xero.ledger)
        office.run("apply")
        return self._wrong(writes)

    def _commands(self) -> Iterator[list[str]]:
        """A round of work, each command made when it is its turn."""
        if self.command in ("pull", "approve"):
            yield ["pull"]
        for book in ("nz", "us"):
            plan = self.office.plan(book)
            if any(step["action"] not in ("hold", "carry") for step in plan["steps"]):
                yield ["approve", plan["checksum"]]
        yield ["apply"]

    def _asked(self, code: int | None, said: str) -> str:
        """What is wrong with how a run ended at the token endpoint, "" for nothing. Without a pair of tokens none may end there."""
        if self._consent is not None:
            return self._consent.after(code, said)
        return said if code == MUST_AUTHORISE else ""

    def _wrong(self, writes: int) -> str:
        office = self.office
        made = [write.number for write in office.xero.ledger]
        if len(office.xero.ledger) != writes:
            return "a last run wrote again"
        if sorted(made) != sorted(ALL_THREE):
            return f"the company's ledger has {sorted(made)}"
        if office.files() != {"US-2606-001"}:
            return f"the folder has {office.files()}"
        return ""


def warm(database: str) -> None:
    """A month's work in this process, so that what forks from it has loaded all that it needs."""
    state = states.new(database)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        Office(Path(folder), patch, state=state).ready().does("apply")
    collect_seldom()
    gc.freeze()


def forked(work: Callable[[], Any]) -> Any:
    """Does it in a copy of this process, and brings back what it returned."""
    reader, writer = os.pipe()
    number = os.fork()
    if number == 0:
        os.close(reader)
        try:
            told: tuple[bool, Any] = (True, work())
        except BaseException as error:  # noqa: BLE001  (told by the parent)
            told = (False, f"{type(error).__name__}: {error}")
        with os.fdopen(writer, "wb") as out:
            pickle.dump(told, out)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as body:
        done, answer = pickle.load(body)
    os.waitpid(number, 0)
    if not done:
        raise AssertionError(answer)
    return answer


def cases(command: str, checkpoints: Sequence[str]) -> list[Case]:
    """Every place that an undisturbed run comes to, with keys kept or not, answers lost or not, killed once or twice. At which of its
    visits to that place it is killed is drawn, so that the eight cases of one place meet several. Of a renewal each that it comes to, with
    the vendor's grace for the old token over or not.
    """
    if command == RENEWAL:
        return [
            Case(command, number, 0, lost, twice, late)
            for number, lost, twice, late in product(_renewal(checkpoints), (0.0, LOST), (False, True), (False, True))
        ]
    visits: dict[str, list[int]] = {}
    for number, place in enumerate(checkpoints):
        visits.setdefault(place, []).append(number)
    return [
        Case(command, Random(f"{place} {keys_s} {lost} {twice}").choice(numbers), keys_s, lost, twice)
        for (place, numbers), keys_s, lost, twice in product(visits.items(), KEYS_S, (0.0, LOST), (False, True))
    ]


def _renewal(checkpoints: Sequence[str]) -> range:
    """From where the lease of the tokens is taken to where it is released."""
    asked = checkpoints.index("before POST token")
    return range(asked - 3, checkpoints.index("store.store.lease: committed", asked) + 1)
