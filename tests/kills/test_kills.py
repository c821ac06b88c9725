"""A sample of the kill matrix and of the races; `make prove` has the whole. In processes of their own: they fork, which one with threads
should not.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kills.states import DATABASES

ROOT = Path(__file__).parents[2]
SCENARIOS, RENEWALS, RACES = 12, 16, 4
"""On each database."""


def told(*words: str, ends: int = 0) -> str:
    command = [sys.executable, "-m", "tests.kills", "--processes", "1", *words]
    ended = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    if ended.stdout.startswith("PostgreSQL does not start here"):
        pytest.skip(ended.stdout)
    assert ended.returncode == ends, ended.stdout + ended.stderr
    return ended.stdout


def kills_of(line: str) -> int:
    """How many there were, none of them with a violation."""
    kills = re.search(r"(\d+) kills .* 0 violations", line)
    assert kills is not None, line
    return int(kills[1])


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_d1_processes_killed_anywhere_and_again_while_they_recover_bill_once(database: str) -> None:
    assert kills_of(told("--sample", str(SCENARIOS), "--database", database)) >= SCENARIOS


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_p7_a_pair_of_tokens_that_dies_with_its_process_is_authorised_again_once_and_bills_once(database: str) -> None:
    line = told("--command", "renewal", "--sample", str(RENEWALS), "--database", database)
    assert kills_of(line) >= RENEWALS
    assert not re.search(r"\b0 authorised again", line)


@pytest.mark.slow
def test_a_kill_is_seen_to_hurt_an_engine_that_does_not_look_up_what_it_sent() -> None:
    words = ("--database", "sqlite", "--command", "apply", "--at", "done PUT", "--mutant", "no look-up")
    violations = re.search(r"(\d+) violations", told(*words, ends=1))
    assert violations is not None
    assert int(violations[1])


@pytest.mark.slow
@pytest.mark.parametrize("database", DATABASES)
def test_x8_programs_at_once_and_a_holder_that_stood_still_past_its_lease_bill_once(database: str) -> None:
    assert "0 violations, 0 invalid_grant" in told("--races", str(RACES), "--database", database)
