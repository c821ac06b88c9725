"""The emulated systems of the sample firm, a time tracker and two accounting systems: opened, served on loopback, kept between runs.

A system is emulated when `firm/companies/<kind>.json` describes its company; the emulator itself is found by its kind.
"""

import contextlib
import socket
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
from msgspec import Struct

from connector import registry
from connector.errors import ConfigError
from connector.ports import Clock
from connector.samples import folders, month
from connector.sandbox import Mount, Served

PORT = 8911
COMPANIES = "companies/"
TRACKER = "harvest"
"""The one that holds the staff's month."""


class Described(Struct, frozen=True, forbid_unknown_fields=True):
    """A company to begin with, in its emulator's own shape, and the secrets that reach it (file name → text)."""

    company: dict[str, Any]
    secrets: dict[str, str]


class Emulated(Struct, frozen=True):
    """One system at work: `emulator` is its adapter's, `kept` the file that holds its books between runs, `secrets` what reaches it."""

    kind: str
    emulator: Any
    kept: Path
    secrets: tuple[Path, ...] = ()

    def save(self) -> None:
        part = self.kept.with_suffix(".part")
        part.write_bytes(self.emulator.dump())
        part.replace(self.kept)


def free_port() -> int:
    """The usual port where it is free, else 0, which takes any."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        return 0 if probe.connect_ex(("127.0.0.1", PORT)) == 0 else PORT


def described() -> dict[str, Described]:
    """Kind → its company, as the sample describes it."""
    return {
        name.removeprefix(COMPANIES).removesuffix(".json"): msgspec.json.decode(content, type=Described)
        for name, content in folders.sample(folders.FIRM).items()
        if name.startswith(COMPANIES)
    }


def lay_out(folder: Path) -> list[Path]:
    """Secrets of the sandbox, each for one reader, and the contractor's time log; what is there stays. Returns what was written."""
    written = folders.write(folder, time_logs())
    for each in described().values():
        for name, text in each.secrets.items():
            path = folder / "secrets" / name
            if not path.exists():
                folders.write_secret(path, text)
                written.append(path)
    return written


def time_logs() -> dict[str, bytes]:
    """What no system serves: the export of the contractor's time tracker."""
    return {"time/toggl-2026-06.csv": month.toggl_csv().encode()}


def open_companies(folder: Path, clock: Clock) -> list[Emulated]:
    """Every emulated system, with its books (and its time) as they were left in `folder`, else as the sample describes them."""
    opened = []
    for kind, each in described().items():
        ids = (str(uuid5(NAMESPACE_URL, f"hourbridge/{kind}/{number}")) for number in count())
        kept = folder / f"{kind}.books.json"
        begun = month.timesheets() if kind == TRACKER and not kept.exists() else {}
        emulator = registry.module_of(kind, "emulator").Emulator(clock, ids, each.company | begun)
        if kept.exists():
            emulator.load(kept.read_bytes())
        opened.append(Emulated(kind, emulator, kept, tuple(folder / "secrets" / name for name in each.secrets)))
    return opened


@contextlib.contextmanager
def served(companies: Sequence[Emulated], clock: Clock, port: int = PORT) -> Iterator[str]:
    """Serves them under one address, each under its kind, and keeps their books at the end. Raises ConfigError for a taken port."""
    try:
        server = Served([Mount(each.emulator, clock=clock, prefix=f"/{each.kind}") for each in companies], port=port)
    except OSError as error:
        raise ConfigError(
            f"port {port} cannot be used ({error.strerror})",
            next_step="Another sandbox may be running; else name another with --port.",
        ) from None
    with server:
        try:
            yield server.base_url
        finally:
            for each in companies:
                each.save()
