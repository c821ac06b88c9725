"""What lies between us and the others: sources and a company that break off, answer late, forget, reorder, and show things late."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import ClassVar, Protocol

import msgspec

from adapters.memory.sink import Company, Sink
from connector.errors import AuthError, TransientError
from connector.model import DocumentRef, Operation, Remote, TimeEntry
from connector.ports import Accepted, Change, Clock, Cursor, Known, Outcome, Page, Request, SourceTraits, Window
from tests.use_cases.world import ListSource, SkewedClock, WorldClock, told_apart

OVERLAP = timedelta(minutes=5)
RULE = "a rule of theirs"


class Dice(Protocol):
    """What a history lends to its wires."""

    random: Random
    clock: WorldClock
    calm: bool

    def arrive(self, head: str) -> None: ...
    def chance(self, share: float) -> bool: ...
    def meddle(self) -> None: ...
    def act_meanwhile(self, remote_ids: Sequence[str] = ()) -> None: ...
    def not_while_open(self) -> None: ...


def break_off(dice: Dice, share: float) -> None:
    """A read that does not work now."""
    if dice.chance(share):
        raise dice.random.choice((TransientError("the connection was reset"), TransientError("503"), AuthError("401", status=401)))


class SnapshotSource(ListSource):
    """A file that is whole each time; reading it breaks off now and then."""

    def __init__(self, dice: Dice) -> None:
        super().__init__()
        self.dice = dice

    def must_be_staged(self, name: str) -> bool:
        """Whether a pull of changes alone must have brought it as it is."""
        return name in self.entries

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pages(window, cursor):
            self.dice.not_while_open()
            self.dice.arrive("pages")
            break_off(self.dice, 0.01)
            yield page


class Stamped(dict[str, TimeEntry]):
    """Entries, each with the server's time of its last edit."""

    def __init__(self, clock: SkewedClock) -> None:
        super().__init__()
        self._clock = clock
        self.stamps: dict[str, datetime] = {}

    def __setitem__(self, name: str, entry: TimeEntry) -> None:
        self.stamps[name] = self._clock.now()
        super().__setitem__(name, entry)


class PagedSource(SnapshotSource):
    """A tracker that tells what changed, by page number, while people go on working; what is deleted shows in a full listing only."""

    traits: ClassVar[SourceTraits] = SourceTraits(changes="modified_since", deletions="absence", keyset_paging=False, page_size=2)

    def __init__(self, dice: Dice) -> None:
        super().__init__(dice)
        self.clock = SkewedClock(dice.clock, dice.random.choice((0, 0, -300, 300)))
        self.entries = self.stamped = Stamped(self.clock)
        self.newest_first = dice.random.random() < 0.3
        self.lag_seconds = dice.random.choice((0, 0, 60, 200))
        self.loaded_at: datetime | None = None
        """When the first listing that was read to its end began."""

    def must_be_staged(self, name: str) -> bool:
        """What changed since the first load. A first load by page number may pass a row over; the next listings of everything find it."""
        return self.loaded_at is not None and self.stamped.stamps[name] >= self.loaded_at

    def _rows(self, window: Window, since: datetime | None) -> list[TimeEntry]:
        stamps, shown = self.stamped.stamps, self.clock.now() - timedelta(seconds=0 if self.dice.calm else self.lag_seconds)
        rows = [
            (stamps[name], entry)
            for name, entry in self.entries.items()
            if (since is None or since <= stamps[name] <= shown) and (window.since is None or (entry.worked_on or date.max) >= window.since)
        ]
        rows.sort(key=lambda row: row[0], reverse=self.newest_first)
        return [msgspec.structs.replace(entry, edited_at=stamp) for stamp, entry in rows]

    def pages(self, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        started, size, start = self.clock.now(), self.traits.page_size, 0
        while True:
            self.dice.not_while_open()
            self.dice.arrive("pages")
            break_off(self.dice, 0.03)
            rows = self._rows(window, datetime.fromisoformat(cursor) if cursor else None)
            last = start + size >= len(rows)
            if last:
                self.loaded_at = self.loaded_at or started  # now, for nobody asks for more after the last page
            yield Page(
                entries=tuple(rows[start : start + size]), is_last=last, next_cursor=(started - OVERLAP).isoformat() if last else None
            )
            if last:
                return
            start += size
            if self.dice.chance(0.1):
                self.dice.meddle()

    def pages_but(self, known: Known | None, window: Window, cursor: Cursor | None) -> Iterator[Page]:
        """In most histories it knows its rows by their bytes."""
        pages = self.pages(window, cursor)
        yield from pages if self.newest_first else told_apart(pages, known)


class UnsteadyCompany(Company):
    """A company that remembers when each document was made, for a search that shows it later, and what we overwrote of a person's."""

    def __init__(self, clock: Clock, *, key_memory_s: float, refuses_used_number: bool) -> None:
        super().__init__(clock, key_memory_s=key_memory_s, refuses_used_number=refuses_used_number)
        self.made_at: dict[str, datetime] = {}
        self.overwritten: list[tuple[Remote, str]] = []
        """What stood there before, and what we did to it."""
        self.last: dict[str, Remote] = {}
        """Remote id → the document as we last wrote it."""
        self.has_a_rule: Callable[[str], bool] = lambda _remote_id: False
        """Whether the company's own workflow changes what was just made, by its remote id."""
        self.due: datetime | None = None
        """When what is late is done, while it is."""

    @property
    def still_late(self) -> bool:
        """Something will still be done that nobody heard of: only its number, while it stands, keeps it from being done twice."""
        return bool(self._late)

    def settle(self) -> None:
        """What was late is done at its time, whenever anybody looks."""
        while due := [at for at, _ in self._late if at <= self.clock.now()]:
            self.due = min(due)
            requests = [request for at, request in self._late if at == self.due]
            self._late = [(at, request) for at, request in self._late if at != self.due]
            for request in requests:
                self._once(request, frozenset())
        self.due = None

    def _one(self, operation: Operation, change: Change) -> Outcome:
        there = self.documents.get(change.theirs.id) if change.theirs else None
        outcome = super()._one(operation, change)
        if not isinstance(outcome, Accepted):
            return outcome
        if there is not None and self._overwrote(operation, there, outcome.remote):
            self.overwritten.append((there, f"{operation} of {there.number} ({there.id})"))
        self.last[outcome.remote.id] = outcome.remote
        return (
            Accepted(self.change(outcome.remote.id, po=RULE)) if operation == "create" and self.has_a_rule(outcome.remote.id) else outcome
        )

    def _overwrote(self, operation: Operation, there: Remote, now: Remote) -> bool:
        """Whether a person had changed it since we last wrote it. An allocation writes into none of what a person may have changed."""
        if operation == "allocate":
            return _content(msgspec.structs.replace(now, status=there.status)) != _content(there)
        was = self.last.get(there.id)
        return was is None or _content(was) != _content(there)

    def _wrote(self, operation: Operation, remote: Remote) -> Outcome:
        self.made_at.setdefault(remote.id, self.due or self.clock.now())
        return super()._wrote(operation, remote)


def _content(remote: Remote) -> object:
    """What a person may have changed."""
    return remote.number, remote.status, remote.po, remote.customer, remote.net, remote.lines


class UnsteadySink(Sink):
    """The reference sink on such a company. Reads break off; searches show a new document late; answers come in any order."""

    def __init__(self, company: UnsteadyCompany, traits: object, dice: Dice, lag_seconds: Callable[[], int]) -> None:
        self.company, self.traits, self.dice, self.lag_seconds = company, traits, dice, lag_seconds  # type: ignore[assignment,misc]

    def send(self, request: Request) -> Mapping[DocumentRef, Outcome]:
        self.dice.not_while_open()
        self.dice.arrive("send")
        outcomes = super().send(request)
        self.dice.arrive("answered")
        rows = list(outcomes.items())
        if self.dice.chance(0.5):
            self.dice.random.shuffle(rows)
        return dict(rows)

    def find(self, refs: Sequence[DocumentRef]) -> Mapping[DocumentRef, list[Remote]]:
        self._ask("find")
        self.dice.act_meanwhile()
        return {ref: [remote for remote in found if self._shown(remote)] for ref, found in super().find(refs).items()}

    def read(self, remote_ids: Sequence[str]) -> list[Remote]:
        self._ask("read")
        self.dice.act_meanwhile(remote_ids)
        return super().read(remote_ids)

    def changed_since(self, cursor: Cursor | None) -> Iterator[tuple[tuple[Remote, ...], Cursor | None]]:
        for page, next_cursor in super().changed_since(cursor):
            self._ask("changed_since")
            self.dice.act_meanwhile()
            yield tuple(remote for remote in page if self._shown(remote)), next_cursor

    def _ask(self, what: str) -> None:
        self.dice.not_while_open()
        self.dice.arrive(what)
        break_off(self.dice, 0.03)

    def _shown(self, remote: Remote) -> bool:
        made = self.company.made_at.get(remote.id)  # type: ignore[attr-defined]
        return made is None or (self.company.clock.now() - made).total_seconds() >= self.lag_seconds()
