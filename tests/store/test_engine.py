"""Every fault of the database is a sentence: what happened, to what, and what to do next."""

import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from connector.errors import ConfigError, StateError
from connector.store import engine as opening
from tests.store.stores import at, made, rows

WRITE = "INSERT INTO facts (name, body) VALUES ('written', 'yes')"


def write(store, sql=WRITE):
    with store.begin() as tx:
        tx.exec_driver_sql(sql)


def test_a_state_is_for_its_user_alone(path):
    made(path).engine.dispose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_state_is_durable_and_keeps_its_references(in_file):
    pragmas = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": opening.BUSY_MS}
    for name, value in pragmas.items():
        assert rows(in_file, f"PRAGMA {name}") == [(value,)], name


def test_a_locked_state_is_told(in_file, path, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_MS", 50)
    late = at(path)
    with in_file.begin() as tx:
        tx.exec_driver_sql(WRITE)
        with pytest.raises(StateError, match="locked") as told:
            write(late)
    assert str(path) in str(told.value)
    assert "Another program holds it; try again when it has ended" in str(told.value)
    write(late, "UPDATE facts SET body = 'again'")
    late.engine.dispose()


def test_a_reader_sees_one_moment_while_another_writes(store, place):
    with store.snapshot() as read:
        assert read.exec_driver_sql("SELECT count(*) FROM facts").scalar() == 0
        writer = at(place)
        write(writer)
        assert read.exec_driver_sql("SELECT count(*) FROM facts").scalar() == 0
        writer.engine.dispose()
    assert rows(store, "SELECT count(*) FROM facts") == [(1,)]


def test_a_full_disk_is_told_and_nothing_is_half_written(in_file):
    @sa.event.listens_for(in_file.engine, "begin")
    def fill(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(StateError, match="full") as told, in_file.begin() as tx:
        tx.exec_driver_sql(WRITE)
        tx.exec_driver_sql("INSERT INTO facts (name, body) VALUES ('big', ?)", ("x" * 1_000_000,))
    assert "Free disk space and run the command again" in str(told.value)
    assert rows(in_file, "SELECT * FROM facts") == []


def test_a_read_only_state_is_told(in_file):
    @sa.event.listens_for(in_file.engine, "begin")
    def forbid(connection):
        connection.exec_driver_sql("PRAGMA query_only = ON")  # what SQLite says of a file it may not write; root may write any file

    with pytest.raises(StateError, match="readonly") as told:
        write(in_file)
    assert "Make the file and its folder writable for this user" in str(told.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write any file")
def test_a_read_only_file_and_folder_are_told(path, tmp_path):
    made(path).engine.dispose()
    path.chmod(0o400)
    with pytest.raises(StateError, match="writable for this user"):
        write(at(path))
    tmp_path.chmod(0o500)
    with pytest.raises(StateError, match="writable for this user"):
        at(tmp_path / "new.sqlite3")


def test_a_file_that_cannot_be_made_is_told(tmp_path, monkeypatch):
    def refuse(*_given):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(opening.os, "open", refuse)
    with pytest.raises(StateError, match=r"the file cannot be made \(Permission denied\)") as told:
        at(tmp_path / "new.sqlite3")
    assert "writable for this user" in str(told.value)


def test_a_file_that_is_no_database_is_told(path):
    path.write_bytes(b"hours,rate\n1,120\n" * 100)
    with pytest.raises(StateError, match="not a database") as told:
        at(path).current()
    assert "Restore the latest backup" in str(told.value)


def test_a_corrupt_state_is_told(path):
    made(path).engine.dispose()
    whole = bytearray(path.read_bytes())
    whole[100 : len(whole) // 2] = b"\xff" * (len(whole) // 2 - 100)
    path.write_bytes(whole)
    damaged = at(path)
    with pytest.raises(StateError, match="malformed") as told:
        rows(damaged, "SELECT * FROM facts")
    assert "Restore the latest backup, then `hourbridge apply --adopt`" in str(told.value)
    damaged.engine.dispose()


@pytest.mark.parametrize("kind", sorted(opening.NETWORK_FILE_SYSTEMS))
def test_a_network_file_system_is_refused(path, monkeypatch, kind):
    monkeypatch.setattr(opening, "file_system", lambda _folder: kind)
    with pytest.raises(ConfigError, match="network file system") as told:
        at(path)
    assert "Keep the state on a local disk" in str(told.value)
    assert not path.exists()


def test_the_nearest_mount_decides_the_file_system(tmp_path, monkeypatch):
    mounts = f"/dev/a / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\nserver:/y {tmp_path}/my\\040books cifs rw 0 0\n"
    monkeypatch.setattr(Path, "read_text", lambda *_given: mounts)
    assert opening.file_system(tmp_path) == "nfs4"
    assert opening.file_system(tmp_path / "deep" / "er") == "nfs4"
    assert opening.file_system(tmp_path / "my books") == "cifs"
    assert opening.file_system(Path(f"{tmp_path}-beside")) == "ext4"


def test_a_machine_that_does_not_tell_its_mounts_is_trusted(tmp_path, monkeypatch):
    def refuse(*_given):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", refuse)
    assert opening.file_system(tmp_path) == ""


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="the folder does not exist") as told:
        at(tmp_path / "missing" / "state.sqlite3")
    assert "missing" in str(told.value)
    assert "Make it, or change `state`" in str(told.value)


def test_a_broken_rule_of_ours_is_no_fault_of_the_database(store):
    write(store)
    with pytest.raises(sa.exc.IntegrityError):
        write(store)


def test_references_hold(store):
    with pytest.raises(sa.exc.IntegrityError):
        write(store, "INSERT INTO claims (entry, part, document) VALUES (7, 1, 7)")


def test_n1_one_document_holds_a_charge(store):
    write(store, "INSERT INTO sources (kind, account) VALUES ('a', 'b')")
    write(store, "INSERT INTO entries (source_id, entry_id) VALUES (1, 'e1')")
    for number in (1, 2):
        write(store, "INSERT INTO documents (book, key, generation, kind, number, state, target) "
                     f"VALUES ('nz', 'k{number}', 1, 'invoice', 'HB-{number}', 'done', '')")  # fmt: skip
    write(store, "INSERT INTO claims (entry, part, document) VALUES (1, 1, 1)")
    with pytest.raises(sa.exc.IntegrityError):
        write(store, "INSERT INTO claims (entry, part, document) VALUES (1, 1, 2)")
    with pytest.raises(sa.exc.IntegrityError, match="number"):
        write(store, "INSERT INTO documents (book, key, generation, kind, number, state, target) "
                     "VALUES ('nz', 'k3', 1, 'invoice', 'HB-1', 'done', '')")  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError, match=r"(?i)check"):
        write(store, "UPDATE documents SET state = 'lost'")
