"""The daemon as a process of its own: it starts, works, and ends in good order when it is told to."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager

import pytest

from connector.samples.folders import start
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@contextmanager
def daemon(folder):
    if (config := folder / "config.yaml").exists():  # several daemons run side by side here
        config.write_text("health: {port: 0}\n" + config.read_text())
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "connector.cli", "daemon", "--config", str(folder / "config.yaml")],
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def until(process, words):
    """Every line up to one with these words; reading waits, nothing sleeps."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"it ended without {words!r}: {''.join(lines)}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_d1_it_pulls_at_once_and_ends_well_when_told_to(tmp_path, number):
    start(tmp_path)
    with daemon(tmp_path) as process:
        until(process, "pull ")
        process.send_signal(number)
        rest = process.stderr.read()
        assert process.wait() == 0
    assert "Stopped." in rest
    with closing(sqlite3.connect(tmp_path / "hourbridge.db")) as state:
        runs = state.execute("SELECT command, exit_code FROM runs").fetchall()
        (beat,) = state.execute("SELECT body FROM facts WHERE name = 'daemon'").fetchone()
    assert all(command.startswith("daemon: pull ") and code == 0 for command, code in runs), runs
    assert f'"pid":{process.pid}' in beat
    assert '"stopped_at":"' in beat


def test_without_a_configuration_there_is_nothing_to_run_by(tmp_path):
    with daemon(tmp_path) as process:
        said = process.stderr.read()
        assert process.wait() == 2
    assert "there is no such file" in said


def test_a_wrong_configuration_is_told_and_waited_for(tmp_path):
    start(tmp_path)
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("sink: invoices", "sink: nowhere"))
    with daemon(tmp_path) as process:
        lines = until(process, "Started: 0 jobs")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        process.stderr.read()
    assert any("no connection 'nowhere'" in line for line in lines)
