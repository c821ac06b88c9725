"""The office with its state in PostgreSQL: every command does there what it does on SQLite, and a fault of the server is a sentence."""

from pathlib import Path

import psycopg
import pytest

from connector.store.version import VERSION
from tests import postgres
from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow


@pytest.fixture
def place() -> str:
    """A database with nothing in it: the first command that writes makes the state."""
    return postgres.new_database()


@pytest.fixture
def office(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Its URL is a secret, in a file of its own."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/state").write_text(place)
    (tmp_path / "secrets/state").chmod(0o600)
    return Office(tmp_path, monkeypatch, state="file:secrets/state")


def test_a_month_is_billed_once_and_every_report_reads_it(office: Office) -> None:
    assert "has no state yet" in office.does("status", ends=4).said
    office.does("check")
    office.finishes()
    assert not list(office.folder.glob("*.db*")), "nothing is kept beside it"
    office.log(("l9", "Alpine Dental", "Upgrade", "Support", "Ana Reyes", "late", "2026-06-30", "1.5"))
    office.does("pull")
    office.approve()
    office.does("apply")
    office.ties()
    assert "the state is current" in office.does("migrate").said
    for words in (("runs",), ("status",), ("check", "--online"), ("unmatched",), ("plan",), ("corrections",)):
        ended = office.run(*words)
        assert ended.code in (0, 3), ended
    entry = office.does("explain", "HB-2606-001")
    assert "Alpine Dental" in entry.said


def test_a_report_that_computes_afresh_writes_nothing(office: Office, place: str) -> None:
    office.ready()
    mapping = office.mapping.read_text("utf-8")
    office.mapping.write_text(mapping.replace("any: 100.00", "any: 110.00", 1), "utf-8")
    before = stored(place)
    ended = office.run("reconcile", "--book", "nz")
    assert "computed afresh: mapping changed since the last pull" in ended.said
    assert stored(place) == before


def stored(place: str) -> list[tuple[object, ...]]:
    with psycopg.connect(place.replace("+psycopg", "")) as connection:
        return connection.execute("SELECT * FROM charges ORDER BY entry, part").fetchall()


def test_an_older_state_waits_for_a_backup(office: Office, place: str) -> None:
    office.does("pull")
    with psycopg.connect(place.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
        ended = office.does("pull", ends=4)
        assert "pg_dump --format=custom" in ended.said
        assert "`hourbridge migrate --yes`" in ended.said
        connection.execute(f"UPDATE alembic_version SET version_num = '{VERSION}'")
    office.does("pull")


def test_a_server_that_goes_away_is_a_sentence_and_the_same_command_goes_on(office: Office) -> None:
    office.ready()
    secret = office.folder / "secrets/state"
    place = secret.read_text()
    office.write("secrets/state", "postgresql://me:canary-password@127.0.0.1:9/state")
    secret.chmod(0o600)
    ended = office.does("apply", ends=4)
    assert "Check that the server runs and can be reached" in ended.said
    assert "canary-password" not in ended.said
    office.write("secrets/state", place)
    secret.chmod(0o600)
    office.finishes()
