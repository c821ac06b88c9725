"""Secrets that sing: every secret of a test carries a canary, and after the whole suite nothing that was written may hold one.

In every test a secret that the program reads must match `CANARY`, else the test fails. At the end each process searches all files below
its own temporary root (logs, reports, bundles and other packed files, databases with their write-ahead logs) and the output it captured.
Where a secret lies by right is named in `BY_RIGHT` and `PLANTED`, and nowhere else.
"""

import contextlib
import io
import re
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

CANARY = re.compile(
    rb"canary[-_a-z0-9]*|emulated-(?:secret|token|refresh)|s3cret-of-the-office|pasted-refresh|hunter2hunter2"
    rb"|ed25519:[0-9a-f]{64}"
    rb"|\b(?:access|refresh|pat)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}"
)
"""The word itself, what the emulators hand out, and a few that are told apart by how they look."""

BY_RIGHT = (
    "*/secrets/*",  # the secret files that config.yaml refers to, and that `hourbridge sandbox` writes
    "*/secret.txt",
    "*/webhook-secret",
    "*/signing.key",
    "*.books.json",  # the vendor's own side: what an emulator remembers of the tokens it gave
)
"""Files that hold a secret because that is what they are for."""

PLANTED = (
    "test_a_planted_import_is_caugh*/*",  # copies of our own source, the emulators among it
    "test_a_test_that_hangs_fails_b*/*",  # a copy of the file that names this one, and its byte-code
    "test_a_secret_in_plain_text_is*/config.yaml",
    "test_a_key_in_plain_text_is_re*/config.yaml",
    "test_a_signing_key_in_plain_te*/config.yaml",
    "test_what_an_adapter_refuses_i*/config.yaml",
    "test_what_notifications_cannot*/config.yaml",
    "test_tap_harvest_reads_three_h*/config.json",  # somebody else's program, which takes its secret from its configuration alone
)
"""Files into which a test writes one on purpose, to see what the program makes of it: (test's folder)/(file)."""

PLANTED_OUTPUT = ("tests/logs/test_lines.py::test_z2_secrets_are_taken_out_whatever_field_they_stand_in",)
"""Tests whose own output holds one on purpose."""

SQLITE = b"SQLite format 3\0"
WORKER_SAYS = "canary"
FOUND = pytest.StashKey[list[str]]()
_BYTES_MAX = 200_000_000


def carries_one(text: str) -> bool:
    return CANARY.search(text.encode()) is not None


def in_folder(root: Path) -> list[str]:
    """Every place below the folder where a canary lies without right, as sentences."""
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return [f"{path.relative_to(root)}: {where}" for path in files if not _by_right(path) for where in _in_file(path)]


def _by_right(path: Path) -> bool:
    return any(fnmatchcase(str(path), pattern) for pattern in BY_RIGHT) or any(fnmatchcase(str(path), f"*/{each}") for each in PLANTED)


def _in_file(path: Path) -> Iterator[str]:
    try:
        content = path.read_bytes() if path.stat().st_size <= _BYTES_MAX else b""
    except OSError:
        return  # made unreadable by its test, or a pipe
    if path.name.endswith(("-wal", "-journal", "-shm")):
        state = path.with_name(path.name.rpartition("-")[0])
        if CANARY.search(content) and not (state.is_file() and _holds_plain_tokens(state)):
            yield "a write-ahead log"
    elif content.startswith(SQLITE):
        yield from _in_database(path, content)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        yield from _in_zip(content)
    elif found := CANARY.search(content):
        yield repr(content[max(found.start() - 40, 0) : found.end() + 20])


def _in_zip(content: bytes) -> Iterator[str]:
    with contextlib.suppress(zipfile.BadZipFile, NotImplementedError), zipfile.ZipFile(io.BytesIO(content)) as packed:
        for member in packed.namelist():
            if CANARY.search(packed.read(member)):
                yield f"{member} inside it"


def _in_database(path: Path, content: bytes) -> Iterator[str]:
    """Every value of every table but the tokens that are kept without a key. Where there are none, not even a freed page may hold one."""
    with _copied(path) as rows:
        places = [f"table {table}" for table, value in rows if table != "tokens" and CANARY.search(value)]
        plain = any(table == "tokens" and CANARY.search(value) for table, value in rows)
    yield from sorted(set(places))
    if not plain and not places and CANARY.search(content):
        yield "a page of the file that no table holds"


def _holds_plain_tokens(path: Path) -> bool:
    with _copied(path) as rows:
        return any(table == "tokens" and CANARY.search(value) for table, value in rows)


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[list[tuple[str, bytes]]]:
    """(table, value) of a copy, so that looking changes nothing. What is no database after all has no rows."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "state"
        for ending in ("", "-wal"):
            if path.with_name(path.name + ending).is_file():
                shutil.copyfile(path.with_name(path.name + ending), copy.with_name(copy.name + ending))
        try:
            with contextlib.closing(sqlite3.connect(copy)) as database:
                yield list(_rows(database))
        except sqlite3.DatabaseError:
            yield []


def _rows(database: sqlite3.Connection) -> Iterator[tuple[str, bytes]]:
    tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        for row in database.execute(f'SELECT * FROM "{table}"'):
            for value in row:
                if isinstance(value, str | bytes):
                    yield table, value if isinstance(value, bytes) else value.encode()


# ---- in a run of pytest -------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _every_secret_carries_a_canary(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A secret without one could leak and nobody would find it."""
    from connector import secrets  # noqa: PLC0415  (the planted runs of this very plugin have no product)

    silent: list[str] = []
    before = secrets.Secret.__init__

    def remember(self: secrets.Secret, text: str) -> None:
        if text and not carries_one(text) and not text.startswith(("sqlite:", "postgresql")):
            silent.append(text)
        before(self, text)

    monkeypatch.setattr(secrets.Secret, "__init__", remember)
    yield
    assert not silent, f"secrets of a test carry the word canary, so that a leak is found: {silent}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "teardown" and item.nodeid.partition("[")[0] not in PLANTED_OUTPUT:
        item.config.stash.setdefault(FOUND, []).extend(f"{item.nodeid}: {name}" for name in _in_output(item))
    return report


def _in_output(item: pytest.Item) -> list[str]:
    return sorted({f"{when} {what}" for when, what, text in item._report_sections if carries_one(text)})


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Searches what this process wrote; a worker hands its finds to the controller, which fails the run."""
    config = session.config
    found = config.stash.setdefault(FOUND, [])
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None and factory._basetemp is not None and not _is_controller(config):
        found += in_folder(factory._basetemp)
    if hasattr(config, "workeroutput"):
        config.workeroutput[WORKER_SAYS] = found
    elif found and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _is_controller(config: pytest.Config) -> bool:
    """Of workers that search their own folders below the controller's."""
    return bool(getattr(config.option, "numprocesses", None)) and not hasattr(config, "workerinput")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    said = getattr(node, "workeroutput", {}).get(WORKER_SAYS, [])
    node.config.stash.setdefault(FOUND, []).extend(said)  # type: ignore[attr-defined]


def pytest_terminal_summary(terminalreporter: object, config: pytest.Config) -> None:
    for place in config.stash.get(FOUND, []):
        terminalreporter.write_line(f"a secret was written: {place}", red=True)  # type: ignore[attr-defined]
