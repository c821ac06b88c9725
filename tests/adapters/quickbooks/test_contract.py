"""The sink for QuickBooks Online against the contract of sinks, over the emulated company."""

from collections.abc import Iterator

import pytest

from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.contract.sink_contract import SinkContract


class TestQuickBooks(SinkContract):
    @pytest.fixture
    def bench(self) -> Iterator[QuickBooksBench]:
        made = QuickBooksBench()
        yield made
        assert made.books.script.left == 0, "an answer that was to be lost was never asked for"
        made.close()
