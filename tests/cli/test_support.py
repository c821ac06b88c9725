"""The support bundle: what is in it, and that nothing of the firm's business is."""

import json
import sqlite3
import stat
import zipfile

import pytest

from connector import logs
from connector.store.version import VERSION
from connector.use_cases.support import masked

FILES = {
    "README.txt", "versions.json", "config.json", "state.json", "runs.json", "connections.json", "mappings.json", "check.txt", "log.jsonl",
}  # fmt: skip


@pytest.fixture(autouse=True)
def ended():
    yield
    logs.end()


def packed(folder):
    with zipfile.ZipFile(folder / "b.zip") as bundle:
        return {name: bundle.read(name).decode() for name in bundle.namelist()}


@pytest.fixture
def bundle(run, folder):
    config = folder / "config.yaml"
    said = "log: {to: run.log}\nstate_key: env:STATE_KEY\nnotifications: {smtp: {host: mail.firm.example, from: me@firm.example, to: ann@firm.example, user: u, password: 'env:MAIL'}}\n"
    config.write_text(said + config.read_text())
    run("pull")
    run("pull", "Nobody & Sons")
    done = run("support-bundle", "--into", "b.zip")
    assert done.code == 0, done.err
    return done, packed(folder)


def test_it_says_what_is_in_it(bundle, folder):
    done, files = bundle
    assert set(files) == FILES
    for name in FILES - {"README.txt"}:
        assert name in done.err
        assert name in files["README.txt"]
    assert done.out == ""
    assert stat.S_IMODE((folder / "b.zip").stat().st_mode) == 0o600


def test_it_holds_what_helps(bundle):
    _, files = bundle
    assert json.loads(files["versions.json"])["schema"] == VERSION
    state = json.loads(files["state.json"])
    assert (state["rows"]["entries"], state["current"], state["mode"]) == (5, True, "-rw-------")
    runs = json.loads(files["runs.json"])
    assert [(run["command"], run["failed"]) for run in runs] == [("pull", True), ("pull", False)]
    assert json.loads(files["connections.json"])["connections"]["timesheets"]["trouble_code"] == 0
    assert json.loads(files["config.json"])["state_keys"] == ["env:STATE_KEY"]
    assert json.loads(files["config.json"])["notifications"]["smtp"]["password"] == "env:MAIL"
    assert len(next(iter(json.loads(files["mappings.json"]).values()))["sha256"]) == 64
    lines = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    assert [line["event"] for line in lines] == ["run began", "run ended", "run began", "run failed"]


def test_nobody_is_named_in_it(bundle, folder):
    _, files = bundle
    log = (folder / "time").glob("*.csv")
    words = {
        word
        for path in log
        for line in path.read_text().splitlines()[1:]
        for word in line.split(",")
        if len(word) > 5 and not word[0].isdigit()
    }
    assert len(words) > 5
    for word in (*words, "Acme", "Nobody", "ann@firm", "mail.firm"):
        assert all(word not in text for name, text in files.items() if name != "README.txt"), word


def test_no_secret_is_resolved(bundle):
    """STATE_KEY and MAIL are not set, and it was made."""
    assert bundle[0].code == 0


def test_it_is_made_also_of_what_is_broken(run, folder):
    run("pull")
    config = folder / "config.yaml"
    config.write_text(config.read_text().replace("kind: csv_file", "kind: Acme Confidential"))
    assert run("support-bundle", "--into", "b.zip").code == 0
    text = "".join(packed(folder).values())
    assert "Acme" not in text
    assert "config.yaml:9:" in text


def test_it_is_made_also_of_a_damaged_state(run, folder):
    run("pull")
    with sqlite3.connect(folder / "hourbridge.db") as state:
        state.execute("DROP TABLE runs")
    state.close()
    done = run("support-bundle", "--into", "b.zip")
    assert done.code == 0, done.err
    assert json.loads(packed(folder)["runs.json"])["error"] == "StateError"


def test_a_file_that_is_there_is_left_alone(run, folder):
    (folder / "b.zip").write_text("mine")
    done = run("support-bundle", "--into", "b.zip")
    assert done.code == 2
    assert "--into" in done.err
    assert (folder / "b.zip").read_text() == "mine"


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("clients.yaml:12:3: 'Acme Ltd' has no price; did you mean 'Acme'?", "clients.yaml:12:3: '…' has no price; did you mean '…'?"),
        ("the client Alpine Dental owes 1,200.00", "the client … … owes …"),
        ("nothing is wrong", "nothing is wrong"),
        ("client_secret=canary-1 is wrong", "client_secret=*** is wrong"),
    ],
)
def test_names_and_figures_are_masked(sentence, shown):
    assert masked(sentence) == shown
