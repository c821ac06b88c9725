"""A real process that runs one command of the real command line, and says over a pipe whenever it comes to a checkpoint.

It is forked from a warm parent, so a run costs what the command costs. Whoever holds the other end of the pipe is the vendor and the
hand of death: SIGKILL while the process waits for its word is a death at exactly that point.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection as Wire
from multiprocessing.connection import wait
from pathlib import Path
from random import Random
from typing import Any

import httpx

from connector import bootstrap
from connector.daemon.desk import Desk
from connector.store import engine, postgres
from connector.store.store import Store
from tests.simulation.places import place_of
from tests.typed import typed

Checkpoint = str
REQUEST = "request"
DAEMON = "daemon"
"""Among the words of a command: every job of the daemon once, and then how all stands."""
SECONDS_MAX = 60
BUSY_MS = 300
"""A holder that stands still inside a transaction keeps the others waiting in real time."""


class OverThePipe(httpx.BaseTransport):
    """The way to the vendor: the parent answers."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        self._wire.send((REQUEST, request.method, target, dict(request.headers), request.read()))
        given = self._wire.recv()
        if given is None:
            raise httpx.ReadError("connection reset by peer", request=request)
        status, headers, body = given
        self._wire.send(("at", f"answered {request.method} {_path(target)}"))
        self._wire.recv()
        return httpx.Response(status, headers=headers, content=body)


def _path(target: str) -> str:
    return target.partition("?")[0].rpartition("/")[2]


class Ended:
    """How a run ended: killed at a checkpoint, or by itself with an exit code; `passed` are the checkpoints it came to."""

    def __init__(self) -> None:
        self.passed: list[Checkpoint] = []
        self.killed_at = ""
        self.code: int | None = None
        self.said = ""


class Victim:
    """`hourbridge WORDS` in a process of its own. `answer` is the vendor; None from it is an answer that is lost. `at`: what is done
    when it comes to its checkpoint of this number (from 0), while it waits; True lets it go on.
    """

    def __init__(self, words: list[str], answer: Callable[..., Any], at: int | None = None, happens: "Happens | None" = None) -> None:
        self._answer, self._at, self._happens = answer, at, happens or _kill
        self.ended = Ended()
        self.wire, theirs = Pipe()
        self.number = os.fork()
        if self.number == 0:
            self.wire.close()
            _live(words, theirs)
        theirs.close()

    def attend(self) -> bool:
        """Takes what it says next; False when it is no more."""
        try:
            kind, *what = self.wire.recv()
        except (EOFError, ConnectionResetError):
            return False
        if kind == "end":
            self.ended.said = what[0]
            return True
        if kind == "at":
            return self._comes_to(what[0]) and self._say(True)
        method, target, headers, body = what
        if not self._comes_to(f"before {method} {_path(target)}"):
            return False
        given = self._answer(method, target, headers, body)
        return self._comes_to(f"done {method} {_path(target)}") and self._say(given)

    def _say(self, what: object) -> bool:
        self.wire.send(what)
        return True

    def _comes_to(self, checkpoint: Checkpoint) -> bool:
        self.ended.passed.append(checkpoint)
        if len(self.ended.passed) - 1 != self._at:
            return True
        return self._happens(self, checkpoint)

    def bury(self) -> Ended:
        """Its exit code, once it is no more."""
        _, status = os.waitpid(self.number, 0)
        self.wire.close()
        if not self.ended.killed_at:
            self.ended.code = os.waitstatus_to_exitcode(status)
        return self.ended


Happens = Callable[[Victim, Checkpoint], bool]


def _kill(victim: Victim, checkpoint: Checkpoint) -> bool:
    victim.ended.killed_at = checkpoint
    os.kill(victim.number, signal.SIGKILL)
    return False


def run_all(victims: Sequence[Victim], random: Random) -> list[Ended]:
    """Runs them at once to their ends; who is heard first, of those that have something to say, is drawn."""
    alive = list(victims)
    while alive:
        waiting = set(wait([victim.wire for victim in alive], SECONDS_MAX))
        if not waiting:
            for victim in alive:
                os.kill(victim.number, signal.SIGKILL)
            raise TimeoutError(f"nobody says anything since {[victim.ended.passed[-1:] for victim in alive]}")
        victim = random.choice([victim for victim in alive if victim.wire in waiting])
        if not victim.attend():
            alive.remove(victim)
    return [victim.bury() for victim in victims]


def run(words: list[str], answer: Callable[..., Any], kill_at: int | None) -> Ended:
    """One of them alone, killed at its `kill_at`th checkpoint."""
    return run_all([Victim(words, answer, kill_at)], Random(0))[0]


def _live(words: list[str], wire: Wire) -> None:
    """The child: never returns."""
    code = 70
    try:
        transport = OverThePipe(wire)
        plain = bootstrap.opened
        bootstrap.opened = lambda *given, **more: plain(*given, **{**more, "transports": lambda _url: transport})  # type: ignore[assignment]
        _mark(wire)
        if words[0] == DAEMON:
            _every_job(Path(words[-1]), transport)
            words = ["status", *words[1:]]
        code, out, err = typed(words)
        wire.send(("end", out + err))
    finally:
        os._exit(code)


def _every_job(config: Path, transport: OverThePipe) -> None:
    """What the daemon does in a day, without waiting for the hours at which it does it."""
    desk = Desk(config, clock=bootstrap.SystemClock(), transports=lambda _url: transport)
    desk.read()
    for job in desk.jobs.values():
        desk.run(job)


def _mark(wire: Wire) -> None:
    """Every write transaction says when it is about to begin, about to commit, and committed, and which function of ours opened it."""
    plain = Store.begin
    engine.BUSY_MS = postgres.TURN_MS = BUSY_MS

    def at(moment: str) -> None:
        wire.send(("at", place_of(moment, 2)))
        wire.recv()

    @contextmanager
    def begin(store: Store, *given: Any, **more: Any) -> Iterator[Any]:
        at("begin")
        with plain(store, *given, **more) as tx:
            yield tx
            at("commit")
        at("committed")

    Store.begin = begin  # type: ignore[method-assign]
