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
from connector.ports import Clock, Keeper, Sink, SinkTraits, Source, Teller
from connector.secrets import read_secret

if TYPE_CHECKING:
    from connector.core.mapping import Mapping
    from connector.settings import Connection, Settings, Smtp
    from connector.settings import Webhook as WebhookSettings
    from connector.store.store import Store
    from connector.store.vault import Vault
    from connector.use_cases.workspace import Notices, Workspace

Transports = Callable[[str], object | None]
"""From a base URL to the transport mounted there, None for the network."""
REFERENCES = ("env:", "file:", "keyring:")
SQLITE_FILE = "sqlite:///"
WEBHOOK = "notifications.webhook"
PROVED = "mapping:proved"
"""The fact under which the state keeps the last proven mapping."""
PROCESS = os.urandom(4).hex()
"""Drawn when the program starts."""


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
        return revealed(reference, self.folder)

    def transport(self, base_url: str) -> object | None:
        return self._transports(base_url)


def revealed(reference: str, folder: Path) -> str:
    """The text behind a reference, from now on taken out of whatever is told or logged."""
    from connector.http.redaction import remember  # noqa: PLC0415  (`--help` pays for none of it)

    text = read_secret(reference, folder).reveal()
    remember(text)
    return text


def begin_logs(settings: "Settings") -> None:
    """Lines go where `log:` says; without it nowhere."""
    if settings.log is not None:
        from connector import logs  # noqa: PLC0415  (see above)

        logs.begin(settings.log.to, settings.log.format, settings.log.level)


def over_the_network(_base_url: str) -> None:
    """No emulator is mounted: requests go where the address says."""


def load(config: Path) -> "Settings":
    """The configuration. Raises ConfigError for one that is missing or wrong."""
    if not config.is_file():
        raise ConfigError(
            "is a folder, not a file" if config.is_dir() else "there is no such file", to=str(config),
            next_step="Name yours with --config FILE (or HOURBRIDGE_CONFIG), or make a new folder with `hourbridge init FOLDER`.",
        )  # fmt: skip
    from connector.settings import load_settings  # noqa: PLC0415  (nothing is read before it is needed)

    return load_settings(config)


def open_store(settings: "Settings", clock: Clock) -> "Store":
    """The state that the configuration names, as it is: neither made nor migrated."""
    from connector.store.store import Store  # noqa: PLC0415  (0.2 CPU s that `--help` does not pay)

    return Store(_state_url(settings), clock)


def _state_url(settings: "Settings") -> str:
    url = settings.state_url
    return revealed(url, settings.folder) if url.startswith(REFERENCES) else url


def _lacks_its_file(settings: "Settings") -> bool:
    url = _state_url(settings)
    return url.startswith(SQLITE_FILE) and not Path(url.removeprefix(SQLITE_FILE)).exists()


def vault_of(settings: "Settings") -> "Vault":
    """What encrypts the tokens in the state; its keys are read when the first token is."""
    from connector.store.vault import Vault  # noqa: PLC0415  (see above)

    return Vault(lambda: [revealed(reference, settings.folder) for reference in settings.state_keys])


def has_state(settings: "Settings") -> bool:
    """Whether there is a state to read; asking makes none. Raises StateError where the database cannot be asked."""
    if _lacks_its_file(settings):
        return False
    store = open_store(settings, SystemClock())
    try:
        return store.exists()
    finally:
        store.engine.dispose()


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
    begin_logs(settings)
    if not writes and _lacks_its_file(settings):
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
        mapping = proved_mapping(settings, store, keep=writes)
        yield assemble(settings, store, mapping, wait_seconds=wait_seconds, transports=transports)
    finally:
        store.engine.dispose()


def load_mapping(settings: "Settings") -> "Mapping":
    """The mapping files, proved. Raises ConfigError with every problem at once."""
    from connector.mappings import load as load_files  # noqa: PLC0415  (see above)

    return load_files(settings.mapping_paths, [book.name for book in settings.books], [each.name for each in settings.connections])


def proved_mapping(settings: "Settings", store: "Store", *, keep: bool) -> "Mapping":
    """As `load_mapping`, but what this program proved before and nobody has changed since is taken as it was kept in the state."""
    from connector.mappings import kept  # noqa: PLC0415  (see above)

    def key_now() -> str:
        return kept.key_of(settings.mapping_paths, [book.name for book in settings.books], [each.name for each in settings.connections])

    key = key_now()
    with store.snapshot() as read:
        known = kept.read(store.fact(read, PROVED), key)
    if known is not None:
        return known
    mapping = load_mapping(settings)
    if keep and key and key == key_now():  # what somebody saved while it was read is no proof of what stood there before
        with store.begin() as tx:
            store.set_fact(tx, PROVED, kept.write(key, mapping))
    return mapping


def assemble(
    settings: "Settings",
    store: "Store",
    mapping: "Mapping",
    *,
    wait_seconds: float = 0.0,
    transports: Transports = over_the_network,
    part: str = "",
) -> "Workspace":
    """Ties settings, mapping, state and adapters together. Adapters are opened when a use case first asks for them.

    `part` names one of several that work side by side in this process: a lease is its owner's to take again.
    """
    from connector.store.keeper import StoreKeeper  # noqa: PLC0415  (see above)
    from connector.use_cases.workspace import Workspace, digest_of  # noqa: PLC0415

    owner = owner_of(part)
    vault = vault_of(settings)

    def host(connection: "Connection") -> ConnectionHost:
        keeper = StoreKeeper(store, connection.name, owner, vault)
        return ConnectionHost(connection.name, settings.folder, store.clock, keeper, transports)

    def source(connection: "Connection") -> Source:
        return registry.open_source(connection, host(connection))

    def sink(name: str) -> Sink:
        connection = settings.connection(name)
        return registry.open_sink(connection, host(connection))

    connections = {each.name: each for each in settings.connections}
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
        notices=_notices(settings, store, owner, transports),
        reports_folder=settings.unattended.reports_folder,
        reaches={
            book.name: digest_of(one.kind, sorted(one.options.items())) for book in settings.books if (one := connections.get(book.sink))
        },
    )


def owner_of(part: str = "") -> str:
    """Who holds a lease: no other process, also where two containers have the same name and number of process."""
    return f"{socket.gethostname()}:{os.getpid()}:{PROCESS}" + (f"/{part}" if part else "")


def _notices(settings: "Settings", store: "Store", owner: str, transports: Transports) -> "Notices | None":
    """Nothing is opened before there is something to tell."""
    from connector.store.keeper import StoreKeeper  # noqa: PLC0415  (see above)
    from connector.use_cases.workspace import Notices  # noqa: PLC0415

    said = settings.notifications
    if said is None:
        return None
    tellers: dict[str, Callable[[], Teller]] = {}
    if said.smtp is not None:
        tellers["smtp"] = partial(_mailer, said.smtp, settings.folder)
    if said.webhook is not None:
        host = ConnectionHost(WEBHOOK, settings.folder, store.clock, StoreKeeper(store, WEBHOOK, owner), transports)
        tellers["webhook"] = partial(_webhook, said.webhook, host)
    return Notices(
        tellers=tellers,
        at_minutes=said.at_minutes,
        every_hours=said.every_hours,
        zone=said.zone,
        pull_hours_max=settings.health.pull_hours_max,
    )


def _mailer(smtp: "Smtp", folder: Path) -> Teller:
    from connector.mail import Mailer  # noqa: PLC0415  (see above)

    password = revealed(smtp.password, folder) if smtp.password else ""
    return Mailer(smtp.host, smtp.port, security=smtp.security, login=(smtp.user, password), sender=smtp.sender, to=smtp.to)


def _webhook(webhook: "WebhookSettings", host: ConnectionHost) -> Teller:
    from connector.http.webhook import Webhook  # noqa: PLC0415  (see above)

    return Webhook(host, webhook.url, secret=host.secret(webhook.secret), allow_private=webhook.allow_private)
