"""The proof is tested: an engine that lacks one protection is caught. Here a sample, each in few histories; `make prove` has all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.hunting import hunt, is_green_with
from tests.mutants.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
FEW = 150
SOON = (
    "no intent", "no mark before the send", "no look-up", "no settle time", "replies matched by position",
    "a transaction rolled back after a send", "claims released at the intent", "a stale update re-applied blindly",
)  # fmt: skip
"""Caught within a few histories."""


@pytest.mark.slow
@pytest.mark.parametrize("name", SOON)
def test_the_simulation_catches(name: str) -> None:
    assert hunt(name, FEW).seed, f"`{name}` survived {FEW} histories"


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.scenario])
def test_the_scenario_named_for_it_catches(name: str) -> None:
    assert not is_green_with(name)


def test_the_switch_removes_nothing_from_the_product() -> None:
    """A patch that is not undone would spoil every later test of this process."""
    before = {name: [getattr(where, attribute) for where, attribute, _ in mutant.patches] for name, mutant in MUTANTS.items()}
    for mutant in MUTANTS.values():
        with mutant.applied():
            assert all(getattr(where, attribute) is put for where, attribute, put in mutant.patches)
    after = {name: [getattr(where, attribute) for where, attribute, _ in mutant.patches] for name, mutant in MUTANTS.items()}
    assert before == after
    told = subprocess.run(
        [sys.executable, "-c", "import sys, connector.cli.main; print('tests.mutants' in ' '.join(sys.modules))"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == "False"
