"""A real process that runs one command of the real command line, and says over a pipe whenever it comes to a checkpoint.

It is forked from a warm parent, so a run costs what the command costs. Whoever holds the other end of the pipe is the vendor and the
hand of death: SIGKILL while the process waits for its word is a death at exactly that point.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection as Wire
from typing import Any

import httpx
from typer.testing import CliRunner

from connector import bootstrap
from connector.cli.main import app
from connector.store.store import Store

Checkpoint = str
REQUEST = "request"
SECONDS_MAX = 60


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


def run(words: list[str], answer: Callable[..., Any], kill_at: int | None) -> Ended:
    """Runs `hourbridge WORDS` in a process of its own; kills it at its `kill_at`th checkpoint (from 0). `answer` is the vendor; None from
    it is an answer that is lost.
    """
    ours, theirs = Pipe()
    number = os.fork()
    if number == 0:
        ours.close()
        _live(words, theirs)
    theirs.close()
    ended = Ended()
    try:
        _attend(ours, number, answer, kill_at, ended)
    finally:
        _, status = os.waitpid(number, 0)
        ours.close()
    if not ended.killed_at:
        ended.code = os.waitstatus_to_exitcode(status)
    return ended


def _attend(wire: Wire, number: int, answer: Callable[..., Any], kill_at: int | None, ended: Ended) -> None:
    def comes_to(checkpoint: Checkpoint) -> bool:
        """Whether it dies here."""
        ended.passed.append(checkpoint)
        if len(ended.passed) - 1 != kill_at:
            return False
        ended.killed_at = checkpoint
        os.kill(number, signal.SIGKILL)
        return True

    while True:
        if not wire.poll(SECONDS_MAX):
            os.kill(number, signal.SIGKILL)
            raise TimeoutError(f"it says nothing since {ended.passed[-1:]}")
        try:
            kind, *what = wire.recv()
        except (EOFError, ConnectionResetError):
            return
        if kind == "end":
            ended.said = what[0]
        elif kind == "at":
            if comes_to(what[0]):
                return
            wire.send(True)
        else:
            method, target, headers, body = what
            if comes_to(f"before {method} {_path(target)}"):
                return
            given = answer(method, target, headers, body)
            if comes_to(f"done {method} {_path(target)}"):
                return
            wire.send(given)


def _live(words: list[str], wire: Wire) -> None:
    """The child: never returns."""
    code = 70
    try:
        transport = OverThePipe(wire)
        plain = bootstrap.opened
        bootstrap.opened = lambda *given, **more: plain(*given, **{**more, "transports": lambda _url: transport})  # type: ignore[assignment]
        _mark(wire)
        result = CliRunner().invoke(app, words, prog_name="hourbridge")
        wire.send(("end", result.output + (repr(result.exception) if result.exit_code == 1 else "")))
        code = result.exit_code
    finally:
        os._exit(code)


def _mark(wire: Wire) -> None:
    """Every write transaction says when it is about to begin, about to commit, and committed."""
    plain = Store.begin

    def at(checkpoint: Checkpoint) -> None:
        wire.send(("at", checkpoint))
        wire.recv()

    @contextmanager
    def begin(store: Store, *given: Any, **more: Any) -> Iterator[Any]:
        at("begin")
        with plain(store, *given, **more) as tx:
            yield tx
            at("commit")
        at("committed")

    Store.begin = begin  # type: ignore[method-assign]
