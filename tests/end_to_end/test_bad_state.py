"""The state, a folder or a file that cannot be used: said in one sentence, nothing half done, and the same command goes on afterwards."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connector.store import engine
from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow

CONFIG = "config.yaml"
FULL = "the state cannot be used (database or disk is full). Free disk space and run the command again; it goes on where it stopped."
LOCKED = "the state cannot be used (database is locked). Another program holds it; try again when it has ended."
ALL_THREE = {"HB-2606-001", "HB-2606-002", "HB-2606-003"}


class Disk:
    """The disk under the state: `fill` leaves no room for one page more, for open connections and for new ones."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._pages = 1_000_000
        self._open: list[sqlite3.Connection] = []
        prepare = engine._prepare_sqlite

        def prepared(connection: sqlite3.Connection, record: object) -> None:
            prepare(connection, record)
            self._open.append(connection)
            connection.execute(f"PRAGMA max_page_count={self._pages}")

        monkeypatch.setattr(engine, "_prepare_sqlite", prepared)
        monkeypatch.setattr(engine, "PAGE_BYTES", 1024)  # small, so that hardly a row finds room in a page that is there already

    def fill(self) -> None:
        self._pages = 1  # SQLite takes what the file has already for the least
        for connection in self._open:
            try:
                connection.execute("PRAGMA max_page_count=1")
            except sqlite3.ProgrammingError:
                continue  # closed since

    def free(self) -> None:
        self._pages = 1_000_000


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@contextmanager
def held(office: Office, begin: str = "BEGIN EXCLUSIVE") -> Iterator[sqlite3.Connection]:
    """Another program has the state to itself."""
    other = sqlite3.connect(office.folder / "hourbridge.db", isolation_level=None)
    try:
        other.execute(begin)
        yield other
        other.execute("ROLLBACK")
    finally:
        other.close()


# ---- full -----------------------------------------------------------------------------------------------------------------


def test_s1_a_full_disk_while_pulling_loses_nothing_that_was_read_before(office: Office, disk: Disk) -> None:
    office.does("pull")
    office.log(*((f"m{number}", "Alpine Dental", "Care", "Support", "Ana Reyes", "n" * 60, "2026-06-11", "0.01") for number in range(200)))
    disk.fill()
    assert FULL in office.does("pull", ends=4).err
    assert office.plan()["steps"][0]["entries"] == 2, "what was read before is whole"
    disk.free()
    office.does("pull")
    assert office.plan()["steps"][0]["entries"] == 202
    office.finishes()


def test_s1_a_disk_that_is_full_before_the_first_byte_sends_nothing(office: Office, disk: Disk) -> None:
    office.edit("mappings/firm.yaml", "  Alpine Dental:\n", '  Alpine Dental: {lines: {one_per: [entry], text: "{notes}"}}\n')
    office.log(
        *((f"w{number}", "Alpine Dental", "Care", "Support", "Ana Reyes", str(number) * 3500, "2026-06-11", "1") for number in range(5))
    )
    office.ready()
    with sqlite3.connect(office.folder / "hourbridge.db") as state:
        state.execute("VACUUM")  # no free page is left inside the file either, and the request is longer than a page
    disk.fill()
    assert FULL in office.does("apply", ends=4).err
    assert office.there() == {}
    disk.free()
    office.finishes()


def test_s1_a_disk_that_fills_up_before_the_confirmation_is_kept_sends_nothing_twice(office: Office, disk: Disk) -> None:
    office.ready().when_written(disk.fill)
    assert FULL in office.does("apply", ends=4).err
    assert set(office.there()) == ALL_THREE
    disk.free()
    ended = office.does("apply", "--format", "json")
    assert {row["number"] for row in ended.rows if row["outcome"] == "adopted"} == ALL_THREE
    assert len(office.xero.ledger) == 3
    office.finishes()


# ---- locked ---------------------------------------------------------------------------------------------------------------


def test_s1_a_locked_state_is_waited_for_and_then_told(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MS", 30)
    office.ready()
    with held(office):
        for command in ("pull", "apply"):
            assert LOCKED in office.does(command, ends=4).err
        assert office.plan()["steps"], "what only reads still reads"
    assert office.there() == {}
    office.finishes()


def test_a_state_locked_before_the_confirmation_is_kept_sends_nothing_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MS", 30)
    office.ready()
    with held(office, "PRAGMA user_version") as other:
        office.when_written(lambda: other.execute("BEGIN IMMEDIATE"))
        assert LOCKED in office.does("apply", ends=4).err
        assert set(office.there()) == ALL_THREE
    assert "found over there: ours" in office.does("apply").said
    assert len(office.xero.ledger) == 3
    office.finishes()


# ---- not usable at all ------------------------------------------------------------------------------------------------------


def test_s1_a_damaged_state_is_not_written_over_and_a_backup_finds_its_documents_again(office: Office) -> None:
    office.ready()
    state = office.folder / "hourbridge.db"
    with sqlite3.connect(state) as source, sqlite3.connect(office.folder / "backup.db") as backup:
        source.backup(backup)
    office.does("apply")
    for path in office.folder.glob("hourbridge.db*"):
        path.unlink()
    state.write_bytes(b"no database at all\n" * 500)
    for command in ("pull", "plan", "apply"):
        ended = office.does(command, ends=4)
        assert "(file is not a database). Restore the latest backup, then `hourbridge apply --adopt`; keep the damaged file." in ended.err
    assert state.read_bytes().startswith(b"no database"), "the damaged file is kept"
    shutil.copy(office.folder / "backup.db", state)
    stopped = office.does("apply", ends=3)
    assert "documents over there carry our numbers and are not in the sync ledger: HB-2606-001 (Alpine Dental, NZD 450.00)" in stopped.said
    assert "`hourbridge apply --adopt` ties those that equal what we sent or would send" in stopped.said
    assert len(office.xero.ledger) == 3
    office.does("apply", "--adopt")
    assert len(office.xero.ledger) == 3
    office.finishes()


def test_a_state_of_a_newer_program_is_left_alone(office: Office) -> None:
    office.does("pull")
    with sqlite3.connect(office.folder / "hourbridge.db") as state:
        (known,) = state.execute("SELECT version_num FROM alembic_version").fetchone()
        state.execute("UPDATE alembic_version SET version_num = '9999'")
    for command in ("pull", "plan", "apply"):
        assert (
            f"was written by a newer Hourbridge (schema 9999, this program knows {known}). Install the newer version"
            in office.does(command, ends=4).err
        )
    with sqlite3.connect(office.folder / "hourbridge.db") as state:
        state.execute("UPDATE alembic_version SET version_num = ?", (known,))
    office.finishes()


@pytest.mark.parametrize(
    ("place", "code", "message"),
    [
        ("nowhere/hourbridge.db", 2, "nowhere: the folder does not exist. Make it, or change `state` in the configuration."),
        ("time/log.csv/hourbridge.db", 2, "time/log.csv: the folder does not exist. Make it, or change `state` in the configuration."),
        ("time", 4, "(unable to open database file). Check that `state` names a file, not a folder"),
    ],
    ids=["no folder", "a file for a folder", "a folder for a file"],
)
def test_a_state_in_a_place_that_cannot_be_says_so(office: Office, place: str, code: int, message: str) -> None:
    office.edit(CONFIG, "sqlite:///hourbridge.db", f"sqlite:///{place}")
    assert message in office.does("pull", ends=code).err
    office.edit(CONFIG, f"sqlite:///{place}", "sqlite:///hourbridge.db")
    office.finishes()


# ---- folders that may not be written --------------------------------------------------------------------------------------


def test_a_documents_folder_that_is_a_file_stops_only_its_book(office: Office) -> None:
    office.ready().write("documents", "not a folder")
    ended = office.does("apply", ends=4)
    assert (
        f"us: stopped. {office.folder}/documents: cannot be listed: Not a directory. Make it a folder that this user may read and write"
        in ended.said
    )
    assert set(office.there()) == ALL_THREE
    (office.folder / "documents").unlink()
    office.finishes()


NOBODY = 65534


@pytest.fixture
def shared_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office in a folder that another user can reach; pytest's own folders are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Office(Path(folder), monkeypatch)


@contextmanager
def read_only(*folders: Path) -> Iterator[None]:
    """Folders and their files may only be read. Rights do not stop root, so root works as nobody meanwhile."""
    modes = {path: path.stat().st_mode for folder in folders for path in (folder, *folder.iterdir()) if path.is_file() or path == folder}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222 | 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        for path, mode in modes.items():
            path.chmod(mode)


def warmed(office: Office, work: Callable[[], object]) -> None:
    """What is imported when first used is imported before the rights are gone."""
    work()
    office.does("status")


def test_s1_a_read_only_state_is_told_and_nothing_is_sent(shared_office: Office) -> None:
    office = shared_office
    warmed(office, office.ready)
    (office.folder / "secrets").chmod(0o755)
    with read_only(office.folder):
        for command in ("pull", "apply"):
            ended = office.does(command, ends=4)
            assert f"{office.folder}/hourbridge.db" in ended.err
            assert "Make the file and its folder writable for this user" in ended.err
    assert office.there() == {}
    office.finishes()


def test_a_new_state_in_a_read_only_folder_is_told(shared_office: Office) -> None:
    office = shared_office
    office.ready()
    for path in office.folder.glob("hourbridge.db*"):
        path.unlink()
    with read_only(office.folder):
        ended = office.does("pull", ends=4)
    assert (
        f"{office.folder}/hourbridge.db: the file cannot be made (Permission denied). Make the file and its folder writable for this user."
        in ended.said
    )
    office.finishes()


def test_a_read_only_documents_folder_stops_only_its_book(shared_office: Office) -> None:
    office = shared_office
    office.ready()
    documents = office.folder / "documents"
    documents.mkdir(exist_ok=True)
    for path in (office.folder, *office.folder.glob("hourbridge.db*"), office.folder / "secrets", office.folder / "secrets/xero"):
        os.chown(path, NOBODY, -1) if os.geteuid() == 0 else None
    with read_only(documents):
        ended = office.does("apply", ends=4)
    assert "US-2606-001 us waits" in ended.said
    assert f"{documents}" in ended.said
    assert "Permission denied" in ended.said
    assert set(office.there()) == ALL_THREE
    office.finishes()
