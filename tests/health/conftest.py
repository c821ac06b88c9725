"""The starter firm with a state, and the port beside it."""

import http.client
import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from connector.bootstrap import load, opened
from connector.health import Beat, Meters, served
from connector.samples.folders import start
from connector.use_cases.pull import pull
from tests.fakes import VirtualClock

NOW = datetime(2026, 7, 2, 9, tzinfo=UTC)


class Watched:
    def __init__(self, folder: Path) -> None:
        self.config = folder / "config.yaml"
        self.clock = VirtualClock(NOW)
        self.beat, self.meters = Beat(self.clock), Meters()
        self.address = ("", 0)

    def pull(self) -> None:
        with opened(self.config, writes=True, clock=self.clock) as ws:
            ws.run = ws.store.start_run("pull Some Client Ltd")
            pull(ws)
            ws.store.end_run(ws.run, 0, "")

    def write(self, sql: str) -> None:
        with opened(self.config, writes=True, clock=self.clock) as ws, ws.store.begin() as tx:
            tx.exec_driver_sql(sql)

    def ask(self, path: str, method: str = "GET") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def because(self) -> list[str]:
        status, body = self.ask("/readyz")
        told = json.loads(body)
        assert told["ready"] == (status == 200) == (not told["because"])
        return told["because"]

    def metrics(self) -> dict[tuple[str, ...], float]:
        """(name, values of its labels by their names) → value."""
        status, body = self.ask("/metrics")
        assert status == 200
        return {
            (sample.name.removeprefix("hourbridge_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(body.decode())
            for sample in family.samples
        }


@pytest.fixture
def watched(tmp_path) -> Callable[[], Watched]:
    """Starts the port; whatever is in the state is there before or comes later."""
    start(tmp_path)
    found = Watched(tmp_path)
    settings = load(found.config)
    settings = msgspec.structs.replace(settings, health=msgspec.structs.replace(settings.health, port=0))
    with ExitStack() as stack:
        address = stack.enter_context(served(settings, found.clock, beat=found.beat, meters=found.meters))
        host, _, port = address.removeprefix("http://").partition(":")
        found.address = host, int(port)
        yield found
