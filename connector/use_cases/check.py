"""Proving a configuration and its mapping before anything is planned: every problem at once, in the files' order."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from connector.core.values import BookFacts
from connector.errors import ConfigError, HourbridgeError
from connector.mappings import check as check_mapping
from connector.mappings import check_catalogue
from connector.ports import ProbesScope, SinkTraits
from connector.settings import Book, Connection, Settings
from connector.use_cases.look import read_catalogue
from connector.use_cases.workspace import Workspace

Prove = Callable[[Connection], None]
"""Opens nothing: raises ConfigError where an adapter refuses a connection's settings."""


class Checked(Struct, frozen=True, kw_only=True):
    """`problems` stop the work until a file is mended, `people` must be seen to by somebody, `notes` are worth reading.
    `failures` are sources and books that could not be asked. `clients` and `rules` count what was proved.
    """

    problems: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failures: tuple[HourbridgeError, ...] = ()
    clients: int = 0
    files: int = 0


def check(settings: Settings, prove: Prove, traits: Mapping[str, SinkTraits], now: datetime, unreadable: Sequence[str] = ()) -> Checked:
    """The files alone: no state, no network. `traits`: book → what its sink takes (books whose sink is wrong are left out);
    `unreadable`: what cannot be read of the secrets that the configuration refers to.
    """
    problems = [problem for connection in settings.connections for problem in _problems_of(prove, connection)]
    facts = {book.name: facts_of(book, traits[book.name], now) for book in settings.books if book.name in traits}
    names = [book.name for book in settings.books], [each.name for each in settings.connections]
    found = check_mapping(settings.mapping_paths, *names, facts)
    return Checked(
        problems=(*problems, *unreadable, *map(str, found.problems)),
        notes=tuple(map(str, found.notes)),
        clients=len(found.mapping.clients) if found.mapping else 0,
        files=len(found.mapping.texts) if found.mapping else 0,
    )


def _problems_of(prove: Prove, connection: Connection) -> Sequence[str]:
    try:
        prove(connection)
    except ConfigError as error:
        return error.problems or [str(error)]
    return ()


def facts_of(book: Book, traits: SinkTraits, now: datetime) -> BookFacts:
    """What is known of a book without asking anybody."""
    return BookFacts(
        name=book.name, start=book.start, grace_days=book.grace_days, drafts=traits.drafts, tax=traits.tax,
        price_places=traits.price_places, quantity_places=traits.quantity_places, amount_places=traits.amount_places,
        number_length_max=traits.number_length_max, today=now.astimezone(ZoneInfo(book.zone)).date(),
    )  # fmt: skip


def check_online(ws: Workspace) -> Checked:
    """What each source's credential sees, and the mapping against every book's catalogue, read afresh: customers, items, accounts, tax
    codes, tracking, currencies.
    """
    failures: list[HourbridgeError] = []
    people: list[str] = []
    for name in ws.source_names:
        try:
            source = ws.source(name)
            scope = source.probe() if isinstance(source, ProbesScope) else None
        except HourbridgeError as error:
            failures.append(error)
        else:
            people += [f"{name} sees only a part: {scope.partial}"] if scope is not None and scope.partial else []
    for name in ws.books:
        try:
            with ws.lease(f"book:{name}") as lease:
                read_catalogue(ws, name, lease, hours=0)
        except HourbridgeError as error:
            failures.append(error)
    with ws.store.snapshot() as read:
        found = [check_catalogue(ws.mapping, facts) for facts in ws.facts(read).values()]
    return Checked(
        problems=tuple(problem for one in found for problem in one.problems),
        people=tuple(people),
        notes=tuple(note for one in found for note in one.notes),
        failures=tuple(failures),
    )
