"""One state with its files and its adapters, opened for one command: what every use case is given."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from connector.core.mapping import Mapping as MappingFiles
from connector.core.values import BookFacts
from connector.errors import ConfigError, StoppedError
from connector.logs import bound
from connector.model import Catalogue
from connector.ports import Clock, ListsCatalogue, Sink, Source, Teller
from connector.settings import Book
from connector.store.leases import Lease
from connector.store.store import Store, Tx

_catalogue = msgspec.json.Decoder(Catalogue)


class Notices(Struct, frozen=True, kw_only=True):
    """Whom to tell (by name, opened when there is something to tell), from which minute of the day on and how often, in which zone; a
    connection that was not read to its end for `pull_hours_max` is worth telling.
    """

    tellers: Mapping[str, Callable[[], Teller]]
    at_minutes: int
    every_hours: int
    zone: str
    pull_hours_max: int


class Workspace:
    """Adapters are opened when first asked for, so that a command pays only for what it uses."""

    def __init__(
        self,
        store: Store,
        mapping: MappingFiles,
        books: Mapping[str, Book],
        sources: Mapping[str, Callable[[], Source]],
        sinks: Mapping[str, Callable[[], Sink]],
        *,
        kinds: Mapping[str, str],
        owner: str,
        wait_seconds: float = 0.0,
        reports_folder: Path = Path(),
        notices: Notices | None = None,
        reaches: Mapping[str, str] | None = None,
    ) -> None:
        self.store, self.mapping, self.books = store, mapping, books
        self.kinds, self.owner, self.wait_seconds = kinds, owner, wait_seconds
        self.reports_folder = reports_folder
        self.run, self.notices = 0, notices
        self.reaches = reaches or {}
        """Book → a hash of how its connection is set: where that changed, another company may be reached."""
        self._open_sources, self._open_sinks = sources, sinks
        self._sources: dict[str, Source] = {}
        self._sinks: dict[str, Sink] = {}
        self.tell: Callable[[str], None] = lambda _text: None
        self.stopping: Callable[[], bool] = lambda: False
        """Whether somebody asked the program to stop; asked between two requests."""

    @property
    def clock(self) -> Clock:
        return self.store.clock

    def now(self) -> datetime:
        return self.store.now()

    @property
    def source_names(self) -> tuple[str, ...]:
        return tuple(self._open_sources)

    def source(self, name: str) -> Source:
        if name not in self._sources:
            self._sources[name] = self._open_sources[name]()
        return self._sources[name]

    def sink(self, book: str) -> Sink:
        if book not in self._sinks:
            self._sinks[book] = self._open_sinks[book]()
        return self._sinks[book]

    def book(self, name: str) -> Book:
        if name not in self.books:
            raise ConfigError("there is no such book", to=name, next_step=f"Books are: {', '.join(self.books)}.")
        return self.books[name]

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease]:
        """Of `book:NAME` or `connection:NAME`; what is logged while it is held says so."""
        what, _, its = name.partition(":")
        with bound(**{what: its}), self.store.lease(name, self.owner, wait_seconds=self.wait_seconds) as lease:
            yield lease

    def may_go_on(self, name: str) -> None:
        """Between two requests. Raises StoppedError where somebody asked the program to stop."""
        if self.stopping():
            raise StoppedError("was asked to stop", to=name, next_step="What was done is recorded; the next run goes on.")

    def facts(self, read: Tx) -> dict[str, BookFacts]:
        """What the core must know of each book, from the configuration, the sink's traits and the catalogue last read."""
        return {name: self._facts(read, book) for name, book in self.books.items()}

    def _facts(self, read: Tx, book: Book) -> BookFacts:
        sink = self.sink(book.name)
        traits = sink.traits
        return BookFacts(
            name=book.name, start=book.start, grace_days=book.grace_days, drafts=traits.drafts, tax=traits.tax,
            price_places=traits.price_places, quantity_places=traits.quantity_places, amount_places=traits.amount_places,
            number_length_max=traits.number_length_max, catalogue=catalogue_of(read, book.name),
            checks_catalogue=isinstance(sink, ListsCatalogue), today=self.now().astimezone(ZoneInfo(book.zone)).date(),
        )  # fmt: skip


def catalogue_of(read: Tx, book: str) -> Catalogue | None:
    """What the book's mapping may name, as it was last read; None where it never was."""
    body = read.exec_driver_sql("SELECT catalogue FROM books WHERE name = ?", (book,)).scalar()
    return _catalogue.decode(body) if body else None


def digest_of(*parts: object) -> str:
    """A short hash over texts: of what something was computed from."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()[:24]
