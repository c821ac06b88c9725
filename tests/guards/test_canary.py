"""The search for secrets after the suite finds what is planted, wherever it lies, and lets alone what lies there by right."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from tests.canary import BY_RIGHT, PLANTED, PLANTED_OUTPUT, in_folder

ROOT = Path(__file__).parents[2]
WORD = "canary-access-1"


def a_state(path, *, tokens="", elsewhere="", forgotten=""):
    with sqlite3.connect(path) as state:
        state.execute("PRAGMA secure_delete=OFF")
        state.execute("CREATE TABLE tokens (connection TEXT, body TEXT)")
        state.execute("CREATE TABLE facts (name TEXT, body BLOB)")
        state.execute("INSERT INTO tokens VALUES ('books', ?)", (tokens,))
        state.execute("INSERT INTO facts VALUES ('x', ?)", (elsewhere.encode(),))
        state.execute("INSERT INTO facts VALUES ('gone', ?)", (forgotten,))
    state.execute("DELETE FROM facts WHERE name = 'gone'")
    state.commit()
    state.close()


@pytest.fixture
def elsewhere():
    """A folder that the search after this very suite does not see."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def zipped(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("log.jsonl", WORD * 50)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.log", lambda path: path.write_text(f"said {WORD}")),
        ("report.csv", lambda path: path.write_text("access-0f8fad5b-d9cb-469f-a165-70867728950e")),
        ("bundle.zip", zipped),
        ("facts.db", lambda path: a_state(path, elsewhere=WORD)),
        ("freed.db", lambda path: a_state(path, forgotten=WORD)),
        ("books.db-wal", lambda path: path.write_text(WORD)),
    ],
)
def test_a_planted_canary_is_found(elsewhere, name, write):
    write(elsewhere / name)
    if name == "freed.db":
        assert WORD.encode() in (elsewhere / name).read_bytes(), "nothing is planted"
    assert len(in_folder(elsewhere)) == 1


def test_a_token_in_its_table_and_a_secret_file_lie_there_by_right(elsewhere):
    a_state(elsewhere / "state.db", tokens=WORD)
    (elsewhere / "secrets").mkdir()
    (elsewhere / "secrets" / "books").write_text(WORD)
    assert in_folder(elsewhere) == []


def test_places_by_right_are_named_and_not_all_places():
    assert not set(BY_RIGHT) & {"*", "*/*"}
    assert all(each.startswith("test_") for each in PLANTED)
    assert all("::test_" in each for each in PLANTED_OUTPUT)


TESTS = {
    "a file": "def test_it(tmp_path):\n    (tmp_path / 'x.log').write_text('canary' + '-1')\n",
    "its output": "def test_it():\n    print('canary' + '-1')\n",
    "a secret without one": "from connector.secrets import Secret\ndef test_it():\n    Secret('mute-secret')\n",
}


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["one process", "a worker"])
@pytest.mark.parametrize("what", TESTS)
def test_a_run_that_wrote_a_secret_fails(elsewhere, what, workers):
    (elsewhere / "conftest.py").write_text(
        "def pytest_configure(config):\n    from tests import canary\n    config.pluginmanager.register(canary)\n"
    )
    (elsewhere / "test_planted.py").write_text(TESTS[what])
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "--basetemp", str(elsewhere / "runs"), *workers, "."],
        cwd=elsewhere, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert found.returncode == 1, found.stdout + found.stderr
    assert ("carry the word canary" if "without" in what else "a secret was written: ") in found.stdout
