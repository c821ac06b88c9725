"""The composition root: from the path of config.yaml to a workspace, the one place where the parts are put together."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from connector import registry
from connector.errors import ConfigError, StateError
from connector.ports import Clock, Keeper, Sink, SinkTraits, Source
from connector.secrets import read_secret

if TYPE_CHECKING:
    from connector.core.mapping import Mapping
    from connector.settings import Connection, Settings
    from connector.signing import Signer
    from connector.store.store import Store
    from connector.use_cases.workspace import Workspace

Transports = Callable[[str], object | None]
"""From a base URL to the transport mounted there, None for the network."""
REFERENCES = ("env:", "file:")
SQLITE_FILE = "sqlite:///"
PROVED = "mapping:proved"
"""The fact under which the state keeps the last proven mapping."""


class SystemClock:
    """The machine's clock. `boot` also counts the time a laptop sleeps, where the system can tell."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def boot(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class ConnectionHost:
    """What an adapter is built with, for one connection of config.yaml."""

    def __init__(self, name: str, folder: Path, clock: Clock, keeper: Keeper, transports: Transports) -> None:
        self.name, self.folder, self.clock, self.keeper = name, folder, clock, keeper
        self._transports = transports

    def secret(self, reference: str) -> str:
        return read_secret(reference, self.folder).reveal()

    def transport(self, base_url: str) -> object | None:
        return self._transports(base_url)


def over_the_network(_base_url: str) -> None:
    """No emulator is mounted: requests go where the address says."""


def load(config: Path) -> "Settings":
    """The configuration. Raises ConfigError for one that is missing or wrong."""
    if not config.is_file():
        raise ConfigError(
            "there is no such file", to=str(config),
            next_step="Name yours with --config FILE (or HOURBRIDGE_CONFIG), or make a new folder with `hourbridge init FOLDER`.",
        )  # fmt: skip
    from connector.settings import load_settings  # noqa: PLC0415  (nothing is read before it is needed)

    return load_settings(config)


def open_store(settings: "Settings", clock: Clock) -> "Store":
    """The state that the configuration names, as it is: neither made nor migrated."""
    from connector.store.store import Store  # noqa: PLC0415  (0.2 CPU s that `--help` does not pay)

    url = settings.state_url
    return Store(read_secret(url, settings.folder).reveal() if url.startswith(REFERENCES) else url, clock)


def has_state(settings: "Settings") -> bool:
    """Whether there is a state to read; asking makes none."""
    url = settings.state_url
    return not url.startswith(SQLITE_FILE) or Path(url.removeprefix(SQLITE_FILE)).exists()


def traits_of(settings: "Settings") -> dict[str, SinkTraits]:
    """Book → what its sink takes; books whose connection has no such adapter are left out (checking the connection says why)."""
    found = {}
    for book in settings.books:
        with suppress(ConfigError):
            found[book.name] = registry.module_of(settings.connection(book.sink).kind, "sink").Sink.traits
    return found


@contextmanager
def opened(
    config: Path,
    *,
    writes: bool,
    wait_seconds: float = 0.0,
    clock: Clock | None = None,
    transports: Transports = over_the_network,
) -> Iterator["Workspace"]:
    """A workspace for one command. A command that writes brings an older state to the program's schema first; one that only
    reads raises StateError for it.
    """
    settings = load(config)
    if not writes and not has_state(settings):
        raise StateError(
            "nothing was read yet, so there is nothing to show",
            to=str(config),
            next_step="Run `hourbridge pull` first.",
        )
    store = open_store(settings, clock or SystemClock())
    try:
        if not writes:
            store.require()
        elif not store.current():
            store.migrate()
        mapping = _proved_mapping(settings, store, keep=writes)
        yield assemble(settings, store, mapping, wait_seconds=wait_seconds, transports=transports)
    finally:
        store.engine.dispose()


def signer_of(settings: "Settings") -> tuple["Signer", str]:
    """The key that signs certificates, and the path where one was made because there was none ("": it was there). A key is made only
    in a file. Raises ConfigError for a reference that leads nowhere, or to no key.
    """
    from connector.signing import Signer, make_key  # noqa: PLC0415  (see above)

    if not _has_key(settings):
        path = settings.folder / Path(settings.signing_key.partition(":")[2]).expanduser()
        return make_key(path), str(path)
    return Signer(read_secret(settings.signing_key, settings.folder).reveal()), ""


def public_key_of(settings: "Settings") -> str:
    """The public half of the key that signs certificates; "" where there is no key on this machine."""
    try:
        return signer_of(settings)[0].public if _has_key(settings) else ""
    except ConfigError:
        return ""


def _has_key(settings: "Settings") -> bool:
    scheme, _, rest = settings.signing_key.partition(":")
    return scheme != "file" or (settings.folder / Path(rest).expanduser()).exists()


def load_mapping(settings: "Settings") -> "Mapping":
    """The mapping files, proved. Raises ConfigError with every problem at once."""
    from connector.mappings import load as load_files  # noqa: PLC0415  (see above)

    return load_files(settings.mapping_paths, [book.name for book in settings.books], [each.name for each in settings.connections])


def _proved_mapping(settings: "Settings", store: "Store", *, keep: bool) -> "Mapping":
    """As `load_mapping`, but what this program proved before and nobody has changed since is taken as it was kept in the state."""
    from connector.mappings import kept  # noqa: PLC0415  (see above)

    key = kept.key_of(settings.mapping_paths, [book.name for book in settings.books], [each.name for each in settings.connections])
    with store.snapshot() as read:
        known = kept.read(store.fact(read, PROVED), key)
    if known is not None:
        return known
    mapping = load_mapping(settings)
    if keep and key:
        with store.begin() as tx:
            store.set_fact(tx, PROVED, kept.write(key, mapping))
    return mapping


def assemble(
    settings: "Settings", store: "Store", mapping: "Mapping", *, wait_seconds: float = 0.0, transports: Transports = over_the_network
) -> "Workspace":
    """Ties settings, mapping, state and adapters together. Adapters are opened when a use case first asks for them."""
    from connector.store.keeper import StoreKeeper  # noqa: PLC0415  (see above)
    from connector.use_cases.workspace import Workspace  # noqa: PLC0415

    owner = f"{socket.gethostname()}:{os.getpid()}"

    def host(connection: "Connection") -> ConnectionHost:
        keeper = StoreKeeper(store, connection.name, owner)
        return ConnectionHost(connection.name, settings.folder, store.clock, keeper, transports)

    def source(connection: "Connection") -> Source:
        return registry.open_source(connection, host(connection))

    def sink(name: str) -> Sink:
        connection = settings.connection(name)
        return registry.open_sink(connection, host(connection))

    sources = {
        each.name: partial(source, each) for each in settings.connections if registry.offers(each.kind, "source", to=str(each.where))
    }
    return Workspace(
        store,
        mapping,
        {book.name: book for book in settings.books},
        sources,
        {book.name: partial(sink, book.sink) for book in settings.books},
        kinds={each.name: each.kind for each in settings.connections},
        owner=owner,
        wait_seconds=wait_seconds,
    )
