"""Commands log only where config.yaml says so, and never on stdout."""

import json

import pytest

from connector import logs


@pytest.fixture(autouse=True)
def ended():
    yield
    logs.end()


def configured(folder, said):
    config = folder / "config.yaml"
    config.write_text(f"{said}\n{config.read_text()}")


def test_without_log_nothing_is_logged(run, folder):
    before = {path.name for path in folder.iterdir()}
    assert run("pull").err.count("{") == 0
    assert {path.name for path in folder.iterdir()} - before == {"hourbridge.db"}


def test_a_run_is_logged_with_its_number_its_command_and_its_end(run, folder):
    configured(folder, "log: {to: run.log}")
    run("pull", "timesheets")
    lines = [json.loads(line) for line in (folder / "run.log").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["run began", "run ended"]
    assert {(line["run"], line["command"]) for line in lines} == {(1, "pull")}
    assert lines[-1]["exit_code"] == 0
    run("pull", "nobody")
    last = json.loads((folder / "run.log").read_text().splitlines()[-1])
    assert (last["event"], last["level"], last["run"], last["exit_code"], last["error"]) == ("run failed", "error", 2, 2, "ConfigError")


def test_stdout_stays_data(run, folder):
    configured(folder, "log: {to: stderr, format: json}")
    assert '"run began"' in run("pull").err
    assert "run began" not in run("pull", "--format", "json").out


@pytest.mark.parametrize("said", ["log: {too: x}", "log: {level: loud}", "log: {format: xml}", "log: yes"])
def test_what_log_cannot_be_is_refused(run, folder, said):
    configured(folder, said)
    done = run("check")
    assert done.code == 2
    assert "config.yaml:1:" in done.err
