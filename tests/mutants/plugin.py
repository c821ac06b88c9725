"""`HOURBRIDGE_MUTANT=NAME pytest -p tests.mutants.plugin …`: any tests, with one protection of the engine removed."""

import os
from collections.abc import Iterator

import pytest

from tests.mutants.mutants import MUTANTS


@pytest.fixture(autouse=True)
def _mutant() -> Iterator[None]:
    with MUTANTS[os.environ["HOURBRIDGE_MUTANT"]].applied(alone=True):
        yield
