"""P2: an answer or a file that is not what it should be ends in one of our own errors, and never in half a page. `make prove` has 50,000."""

import pytest

from tests.fuzz.attacking import KINDS, attack_all

BODIES = 1500


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_p2_a_mutated_answer_breaks_nothing(kind: str) -> None:
    attacked = attack_all(kind, BODIES)
    assert not attacked.findings, attacked.findings[:10]
    assert attacked.bodies >= BODIES
