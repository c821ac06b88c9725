from collections.abc import Iterator

import pytest

from tests.adapters.xero.calling import Xero


@pytest.fixture
def xero() -> Iterator[Xero]:
    made = Xero()
    with made.http:
        yield made
