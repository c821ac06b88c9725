"""The memory sink against the contract of sinks."""

import pytest

from tests.adapters.memory.bench import MemoryBench
from tests.contract.sink_contract import SinkContract


class TestMemory(SinkContract):
    @pytest.fixture
    def bench(self) -> MemoryBench:
        return MemoryBench()
