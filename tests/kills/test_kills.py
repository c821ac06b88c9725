"""A sample of the kill matrix; `make prove` has the whole."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCENARIOS = 18


@pytest.mark.slow
def test_d1_processes_killed_anywhere_and_again_while_they_recover_bill_once() -> None:
    """In a process of its own: it forks, which one with threads should not."""
    words = [sys.executable, "-m", "tests.kills", "--sample", str(SCENARIOS), "--processes", "1"]
    told = subprocess.run(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
    kills = re.search(r"(\d+) kills .* 0 violations", told.stdout)
    assert kills is not None
    assert int(kills[1]) >= SCENARIOS
