"""A host of one folder and one day, and the short way from a text to the entries that the source makes of it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from adapters.csv_file.source import Settings, Source
from connector.model import TimeEntry
from connector.ports import Page, Window

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
PLAIN = """
path: log.csv
account: firm
extract: full
id: id
columns:
  client: client
  worked_on: day
  notes: notes
  duration: {column: minutes, unit: minutes}
"""
HEADER = "id,client,day,minutes,notes\n"


class FixedClock:
    def now(self) -> datetime:
        return NOW

    def boot(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("an adapter never sleeps")


class FolderHost:
    """A host that has a folder and a clock, and nothing else."""

    def __init__(self, folder: Path, name: str = "timelog") -> None:
        self.folder, self.name, self.clock, self.keeper = folder, name, FixedClock(), None

    def secret(self, reference: str) -> str:
        raise AssertionError("files have no secrets")

    def transport(self, base_url: str) -> None:
        raise AssertionError("files have no network")


def settings(config: str = PLAIN, **changes: object) -> Settings:
    """Settings as a strict loader hands them over: every scalar is a text."""
    said = yaml.load(config, yaml.BaseLoader)
    said["columns"] |= changes.pop("columns", {})
    said = {key: value for key, value in (said | changes).items() if value is not None}
    said["columns"] = {key: value for key, value in said["columns"].items() if value is not None}
    return Settings.model_validate(said)


def source(folder: Path, config: str = PLAIN, **changes: object) -> Source:
    return Source(settings(config, **changes), FolderHost(folder))


def pages(folder: Path, config: str = PLAIN, **changes: object) -> list[Page]:
    return list(source(folder, config, **changes).pages(Window(), None))


def listed(folder: Path, config: str = PLAIN, **changes: object) -> list[TimeEntry]:
    return [entry for page in pages(folder, config, **changes) for entry in page.entries]


def read(folder: Path, text: str | bytes, config: str = PLAIN, **changes: object) -> list[TimeEntry]:
    """The entries of `log.csv` with this text."""
    (folder / "log.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return listed(folder, config, **changes)


def row(folder: Path, line: str, **changes: object) -> TimeEntry:
    """The one entry of a plain log with one row."""
    (entry,) = read(folder, HEADER + line + "\n", **changes)
    return entry


def open_files() -> set[Path]:
    """The files that this process holds open."""
    if not Path("/proc/self/fd").exists():
        pytest.skip("no /proc to see open files in")
    return {fd.readlink() for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink() and fd.exists()}
