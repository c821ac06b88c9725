"""The sink for Xero against the contract of sinks, over the emulated company."""

from collections.abc import Iterator

import pytest

from tests.adapters.xero.bench import XeroBench
from tests.contract.sink_contract import SinkContract


class TestXero(SinkContract):
    @pytest.fixture
    def bench(self) -> Iterator[XeroBench]:
        made = XeroBench()
        yield made
        assert made.books.script.left == 0, "an answer that was to be lost was never asked for"
        made.close()
