"""A small firm in a folder of its own, worked through the real command line: two time logs, an emulated Xero company, a folder of files.

Nothing is faked but the way to Xero (an emulator in process) and the clock, which moves only when told to. What every command prints is
looked through: no traceback, no bug, no secret.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from adapters.xero.emulator import Emulator
from connector import bootstrap
from connector.sandbox import Answer, Fault, InProcess, Mount, Script
from connector.store import engine
from tests.end_to_end import papers
from tests.typed import typed

START = datetime(2026, 7, 2, 6, 0, tzinfo=UTC)
SETTLED = timedelta(minutes=9)
"""Longer than the deadline of a write and Xero's settle time together."""


class OfficeClock:
    """Time that only moves when told to, or slept through."""

    def __init__(self, start: datetime = START) -> None:
        self.at = self.started = start

    def now(self) -> datetime:
        return self.at

    def boot(self) -> float:
        return (self.at - self.started).total_seconds()

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Faults(Script):
    """A script that ends when what was wrong is mended."""

    planned = 0

    def plan(self, fault: Fault, *, method: str = "*", path: str = "*", times: int = 1) -> None:
        self.planned += times
        super().plan(fault, method=method, path=path, times=times)

    def clear(self) -> None:
        self._planned.clear()


class Ended:
    """How a command ended, and what a person saw."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def said(self) -> str:
        """All that was printed, with line breaks taken for spaces: tables and messages wrap."""
        return " ".join((self.out + "\n" + self.err).split())

    @property
    def rows(self) -> Any:
        return json.loads(self.out)

    def __repr__(self) -> str:
        return f"exit {self.code}\n{self.out}\n--- stderr\n{self.err}"


class Office:
    """`run("pull")` is what a person types. `script` plans what goes wrong on the way to Xero, `xero.people` what is done over there."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, start: datetime = START, state: str = "") -> None:
        self.folder = folder
        self.clock = OfficeClock(start)
        ids = (str(uuid5(NAMESPACE_URL, f"office/{number}")) for number in count())
        self.xero = Emulator(self.clock, ids, papers.COMPANY)
        self.script = Faults()
        self.mount = Mount(self.xero, clock=self.clock, faults=self.script, prefix="/xero")
        self.config, self.mapping = folder / "config.yaml", folder / "mappings" / "firm.yaml"
        for path, text in papers.FOLDER.items():
            self.write(path, text)
        if state:
            self.edit("config.yaml", "sqlite:///hourbridge.db", state)
        (folder / "secrets/xero").chmod(0o600)
        self.xero.identity.client_secret = papers.SECRETS[0]
        monkeypatch.setattr(bootstrap, "opened", partial(bootstrap.opened, clock=self.clock, transports=lambda _url: InProcess(self.mount)))
        monkeypatch.setattr(bootstrap, "SystemClock", lambda: self.clock)
        monkeypatch.setattr(engine, "clock_ms", lambda _tx: int(self.clock.now().timestamp() * 1000))
        monkeypatch.setenv("COLUMNS", "2000")

    # ---- the firm's papers -----------------------------------------------------------------------------------------------

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        """Somebody edits a file; what is to be replaced must be there, once."""
        text = (self.folder / path).read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        (self.folder / path).write_text(text.replace(old, new), "utf-8")

    def log(self, *rows: Sequence[str]) -> None:
        """Adds rows to the time log: id, client, project, work type, person, notes, date, hours."""
        with (self.folder / "time/log.csv").open("a", encoding="utf-8") as file:
            for row in rows:
                file.write(",".join('"' + cell.replace('"', '""') + '"' for cell in row) + "\n")

    # ---- the command line ------------------------------------------------------------------------------------------------

    def run(self, *words: str) -> Ended:
        self.clock.sleep(1)  # nobody types two commands in the same instant
        ended = Ended(*typed([*words, "--config", str(self.config)]))
        for never in ("Traceback", "A bug in Hourbridge", *papers.SECRETS, *self._tokens()):
            assert never not in ended.out + ended.err, f"{' '.join(words)} printed {never!r}\n{ended}"
        return ended

    def _tokens(self) -> Iterator[str]:
        yield from self.xero.identity.tokens.access
        yield from self.xero.identity.tokens.refresh

    def does(self, *words: str, ends: int = 0) -> Ended:
        """A command that must end so."""
        ended = self.run(*words)
        assert ended.code == ends, f"hourbridge {' '.join(words)}: {ended}"
        return ended

    # ---- the month's work ------------------------------------------------------------------------------------------------

    def plan(self, book: str = "nz") -> dict[str, Any]:
        ended = self.run("plan", "--book", book, "--format", "json")
        assert ended.code in (0, 3), ended
        return json.loads(ended.out)

    def approve(self, *books: str) -> None:
        for book in books or ("nz", "us"):
            plan = self.plan(book)
            if any(step["action"] not in ("hold", "carry") for step in plan["steps"]):
                self.does("approve", plan["checksum"])

    def ready(self) -> "Office":
        """Everything up to the sending."""
        self.does("pull")
        self.approve()
        return self

    def when_written(self, happens: Callable[[], object]) -> None:
        """Something happens after Xero has stored documents and before its answer is on the way, once."""
        answer = self.xero.answer

        def answered(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
            given = answer(method, target, headers, body)
            if method == "PUT":
                self.xero.answer = answer  # type: ignore[method-assign]
                happens()
            return given

        self.xero.answer = answered  # type: ignore[method-assign]

    def mended(self) -> None:
        """Whatever went wrong on the way to Xero is over; it must have happened."""
        assert self.script.left < self.script.planned, "the fault was never met"
        self.script.clear()

    def held(self, book: str = "nz") -> dict[str, str]:
        """Client → why its document does not go."""
        return {step["client"]: step["reason"] for step in self.plan(book)["steps"] if step["action"] == "hold"}

    # ---- what became of it -----------------------------------------------------------------------------------------------

    def there(self) -> dict[str, str]:
        """Number → customer of every live sales document at Xero."""
        found = [(invoice.number, self.xero.company.contacts[invoice.contact_id].name) for invoice in self.xero.invoices(live=True)]
        assert len({number for number, _ in found}) == len(found), f"a number stands twice over there: {found}"
        return dict(found)

    def files(self) -> set[str]:
        return {path.stem for path in (self.folder / "documents").glob("*.json")}

    def finishes(self, customers: Sequence[str] = papers.CUSTOMERS) -> None:
        """The job ends well: a document for everybody, a second run sends nothing, both sides tie."""
        self.does("pull")
        self.approve()
        self.does("apply")
        assert set(self.there().values()) == set(customers), self.there()
        assert self.files() == {"US-2606-001"}
        writes = len(self.xero.ledger)
        self.does("pull")
        again = self.does("apply")
        assert "Nothing to send" in again.err, again
        assert len(self.xero.ledger) == writes, "a second run wrote again"
        self.ties()

    def ties(self) -> None:
        for scope in (("--all",), ("--book", "nz"), ("--book", "us")):
            ended = self.run("reconcile", *scope, "--format", "json")
            assert json.loads(ended.out)["ties"], ended
