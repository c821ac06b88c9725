"""The folder of documents against the contract of sinks."""

import pytest

from tests.adapters.files.bench import FilesBench
from tests.contract.sink_contract import SinkContract


class TestFiles(SinkContract):
    @pytest.fixture
    def bench(self, tmp_path, monkeypatch) -> FilesBench:
        return FilesBench(tmp_path, monkeypatch)
