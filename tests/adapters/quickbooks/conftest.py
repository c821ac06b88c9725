from collections.abc import Iterator

import pytest

from tests.adapters.quickbooks.calling import Company


@pytest.fixture
def company() -> Iterator[Company]:
    made = Company()
    with made.http:
        yield made
