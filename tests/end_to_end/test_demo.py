"""The demo as a newcomer sees it: real commands, emulated systems on loopback, one month end of two companies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HOURBRIDGE_")}
    return subprocess.run(
        [sys.executable, "-m", "connector.cli", *words], cwd=folder, env=kept | {"PYTHONPATH": str(ROOT)}, text=True, capture_output=True,
        check=False, timeout=300,
    )  # fmt: skip


def test_the_demo_tells_a_month_end_and_leaves_a_folder_to_go_on_in(tmp_path):
    told = run("demo", "--into", "demo", folder=tmp_path)

    assert told.returncode == 0, told.stdout[-3000:] + told.stderr
    for seen in (
        "map add client 'Bayside Motors Ltd' --as 'Bayside Motors'", "+  Bayside Motors: {aliases: [Bayside Motors Ltd]}", "37 sent.",
        "Nothing to send.", "They still count 35 and 2", "9:30 (9.50) h x 292.50 = 2778.7500", "4.5 h was waiting for the vendor",
        "2026-04-04 22:00 NZDT", "2026-04-05 06:00 NZST", "9:00 (9.00) h", "345.00", "Remote support, principal", "left out", "1:30 (1.50)",
        "item Services:Support", "Class: MSP", "What the source says",
    ):  # fmt: skip
        assert seen in told.stdout, seen
    assert told.stdout.count("\n  TIES\n") == 2, "each company ties"
    assert "DOES NOT TIE" not in told.stdout
    assert not any(secret in told.stdout + told.stderr for secret in ("emulated-secret", "emulated-token", "emulated-refresh"))

    folder = tmp_path / "demo"
    assert run("status", folder=folder).returncode == 3
    assert run("reconcile", "--all", folder=folder).returncode == 0
    for book in ("nz", "us"):
        away = run("apply", "--book", book, folder=folder)
        assert away.returncode == 4, "nobody serves the accounting systems any more"
        assert "Traceback" not in away.stderr


def test_the_sandbox_says_what_is_where_until_it_is_ended(tmp_path):
    program = [sys.executable, "-m", "connector.cli", "sandbox", "--into", "box", "--port", "0"]
    with subprocess.Popen(program, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, stderr=subprocess.PIPE) as serving:
        told = []
        for line in serving.stderr:
            told.append(line)
            if line.startswith("Ctrl-C"):
                break
        serving.send_signal(signal.SIGTERM)
        told += serving.stderr
    assert serving.returncode == 0, told
    for kind in ("harvest", "quickbooks", "xero"):
        (line,) = [line for line in told if line.startswith(f"{kind}: http://127.0.0.1:")]
        assert f"/{kind}, with box/secrets/{kind}" in line
        assert (tmp_path / "box" / f"{kind}.books.json").stat().st_size
    assert "wrote box/time/toggl-2026-06.csv\n" in told
    assert not any("emulated-" in line for line in told)


def test_the_demo_leaves_somebody_elses_folder_alone(tmp_path):
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "mine.txt").write_text("mine")

    told = run("demo", "--into", "demo", folder=tmp_path)

    assert told.returncode == 2
    assert (tmp_path / "demo" / "mine.txt").read_text() == "mine"
