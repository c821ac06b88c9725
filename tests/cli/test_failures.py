"""Several reasons to end, one exit code."""

import itertools

from connector.cli.failures import worst


def test_the_gravest_reason_decides():
    order = [1, 2, 5, 4, 3]
    for some in itertools.combinations([0, *order], 2):
        ranked = [code for code in order if code in some]
        assert worst(some) == (ranked[0] if ranked else 0)
    assert worst([]) == 0
