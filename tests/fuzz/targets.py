"""What reads answers: each adapter's calls that speak HTTP, over answers that its emulator gave once and that are mutated ever after.

A call may refuse with one of our own errors, or answer with values of its type; anything else is a bug.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random
from typing import Any, Protocol
from unittest.mock import patch

import httpx
from msgspec import Struct

from connector.errors import HourbridgeError
from connector.model import Deed, DocumentRef, Remote
from connector.ports import Accepted, Change, NotSent, Page, ReadsHistory, Rejected, Stale, Taken, Unknown, Window
from connector.use_cases import listing
from connector.use_cases.workspace import Workspace
from tests.adapters.harvest.accounts import Harvest
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.adapters.xero.bench import XeroBench
from tests.contract.sink_bench import as_it_stands, create, ready
from tests.fuzz.mutations import STATUSES, mutate
from tests.simulation.quick import QuickStore
from tests.use_cases.world import World

OUTCOMES = (Accepted, Taken, Stale, Rejected, NotSent, Unknown)
HOURS = 3 * 3600
TOKENS = ("/token", "/bearer")
"""Paths whose answers are never the same."""
LENGTHS = ("content-length", "transfer-encoding", "content-encoding")


class Mutating(httpx.BaseTransport):
    """Answers what was answered the first time, mutated once it is told to."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self._given: dict[tuple[str, str, bytes], tuple[int, dict[str, str], bytes]] = {}
        self.random: Random | None = None
        self.mutated = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        place = (request.method, str(request.url), request.read())
        if place not in self._given or request.url.path.endswith(TOKENS):
            answer = self._inner.handle_request(request)
            headers = {name: value for name, value in answer.headers.items() if name not in LENGTHS}
            self._given[place] = (answer.status_code, headers, answer.read())
        status, headers, body = self._given[place]
        if self.random is not None and self.random.random() < 0.7:
            self.mutated += 1
            body = mutate(body, self.random)
            status = self.random.choice((status, status, status, self.random.choice(STATUSES)))
        return httpx.Response(status, headers=headers, content=body)


class Mutates(Protocol):
    """Mutates what is read while it has dice, and counts what it mutated."""

    random: Random | None
    mutated: int


class Target(Struct, frozen=True):
    """One call, over what mutates its answers. `call` returns what is wrong with the answer, "" for nothing."""

    name: str
    transports: tuple[Mutates, ...]
    call: Callable[[], str]


def _mutating(host: Any) -> tuple[Mutating, ...]:
    wrapped: dict[int, Mutating] = {}
    for place, inner in host._transports.items():
        host._transports[place] = wrapped.setdefault(id(inner), Mutating(inner))
    return tuple(wrapped.values())


# ---- sinks --------------------------------------------------------------------------------------------------------------------------


def sink_targets(kind: str) -> list[Target]:
    bench = XeroBench() if kind == "xero" else QuickBooksBench()
    remote = create(bench, bench.document("HB-2606-001"))
    for number in ("HB-2606-002", "HB-2606-003"):
        create(bench, bench.document(number))
    transports = _mutating(bench.books.host)
    there = as_it_stands(bench, remote.id)
    refs = [DocumentRef("invoice", f"HB-2606-00{number}") for number in (1, 2, 9)]
    changes = {
        "create": [Change(bench.document(f"HB-2606-01{number}")) for number in range(3)],
        "update": [Change(bench.document("HB-2606-001", bench.line("Reworded", "2", "99.00")), there)],
    }

    def sink() -> Any:
        bench.clock.advance(HOURS)
        return bench.sink()

    def send(operation: str) -> str:
        at = sink()
        for request in at.prepare(operation, changes[operation]):
            told = at.send(ready(bench, request, "k" * 32))
            wrong = [repr(one) for one in told.values() if not isinstance(one, OUTCOMES)]
            wrong += [
                f"{ref.number} was confirmed by {one.remote.number!r}"
                for ref, one in told.items()
                if isinstance(one, Accepted) and operation == "create" and one.remote.number != ref.number
            ]
            if wrong:
                return wrong[0]
        return ""

    def find() -> str:
        return _all(Remote, (remote for found in sink().find(refs).values() for remote in found))

    calls: dict[str, Callable[[], str]] = {
        "find": find,
        "read": lambda: _all(Remote, sink().read([remote.id])),
        "changes": lambda: _all(Remote, (one for page, _ in sink().changed_since(None) for one in page)),
        "catalogue": lambda: "" if sink().catalogue() else "nothing",
        "create": lambda: send("create"),
        "update": lambda: send("update"),
    }
    if isinstance(sink(), ReadsHistory):
        calls["history"] = lambda: _all(Deed, sink().history_of(there, None))
    return [Target(f"{kind} {name}", transports, call) for name, call in calls.items()]


def _all(kind: type, values: Any) -> str:
    return next((repr(value) for value in values if not isinstance(value, kind)), "")


# ---- a source, into the state -------------------------------------------------------------------------------------------------------


class Listed:
    """A state into which a source is listed; each page is there whole, or not at all."""

    def __init__(self, source: Any, kind: str) -> None:
        self.source, self.kind = source, kind
        self.world = World(store=QuickStore)
        self.empty = self.world.backup()

    def _ids(self) -> set[str]:
        return {str(row[0]) for row in self.world.store.raw.execute("SELECT entry_id FROM entries")}

    def list(self) -> str:
        self.world.restore(self.empty)
        ws = Workspace(self.world.store, self.world.mapping, {}, {"h": lambda: self.source}, {}, kinds={"h": self.kind}, owner="fuzz")
        with ws.lease("connection:h") as lease, _counted(self._ids) as counts:
            reading, _ = listing.start(ws, "h", self.source, lease, scope=None, forced="")
            with suppress(HourbridgeError):
                listing.read(reading, Window(), None)
        (cursor,) = self.world.store.raw.execute("SELECT cursor FROM connections").fetchone()
        if len(self._ids()) != sum(counts):
            return f"{len(self._ids())} rows of pages with {sum(counts)}"
        return "a listing alone moved the cursor" if cursor else ""


@contextmanager
def _counted(ids: Callable[[], set[str]]) -> Iterator[list[int]]:
    """How many rows each page that was staged to its end should have added."""
    counts: list[int] = []
    plain = listing._stage

    def stage(reading: Any, page: Page, *rest: Any) -> Any:
        rows = len({entry.id for entry in page.entries} - ids())
        done = plain(reading, page, *rest)
        counts.append(rows)
        return done

    with patch.object(listing, "_stage", stage):
        yield counts


def source_targets() -> list[Target]:
    harvest = Harvest(held_to_examples=False)
    harvest.fill(17)
    listed = Listed(harvest.source(), "harvest")

    def pages() -> str:
        harvest.clock.advance(HOURS)
        return listed.list()

    return [Target("harvest pages", _mutating(listed.source._host), pages)]


def attack(target: Target, random: Random) -> str:
    """One call over mutated answers: what is wrong, "" for nothing."""
    for transport in target.transports:
        transport.random = random
    try:
        return target.call()
    except HourbridgeError:
        return ""
    except Exception as error:  # noqa: BLE001  (every other error is the finding)
        return f"{type(error).__name__}: {error}"
    finally:
        for transport in target.transports:
            transport.random = None
