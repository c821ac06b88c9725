"""A snapshot and this process's own counts as Prometheus text."""

from collections.abc import Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from connector.health.beat import Beat
from connector.health.meters import Meters
from connector.health.seen import Seen


def as_text(seen: Seen | None, beat: Beat, meters: Meters) -> bytes:
    """`seen` is None while the state cannot be read: then only what the process itself knows is told."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Snapshot(seen, beat))
    return generate_latest(registry) + generate_latest(meters.registry)


class _Snapshot(Collector):
    def __init__(self, seen: Seen | None, beat: Beat) -> None:
        self._seen, self._beat = seen, beat

    def collect(self) -> Iterator[Metric]:
        yield _gauge("beat_age_seconds", "Seconds since the scheduler last turned", [], {(): self._beat.age_seconds})
        yield _gauge(
            "state_readable", "1 where the state can be read and is at this program's schema", [], {(): int(self._seen is not None)}
        )
        if self._seen is not None:
            yield from _of_state(self._seen)


def _of_state(seen: Seen) -> Iterator[Metric]:
    yield _gauge("entries", "Time entries by where their value stands", ["book", "disposition"], seen.entries)
    yield _gauge("documents", "Documents by state", ["book", "state"], seen.documents)
    yield _gauge("documents_in_doubt", "Documents whose sending is not confirmed", ["book"], seen.in_doubt)
    yield _gauge("unmatched_value", "Value of unmatched time, at standard rate or estimated", ["book", "currency"], seen.unmatched)
    pulled = {name: age for name, age in seen.pulled.items() if age is not None}
    yield _gauge("last_complete_pull_age_seconds", "Seconds since a connection was last read to its end", ["connection"], pulled)
    yield _gauge(
        "needs_authorisation", "Connections and books that somebody must authorise again", ["name"], dict.fromkeys(seen.authorise, 1)
    )
    left = {(one.connection, one.name): max(one.calls_max - one.spent, 0) for one in seen.budgets if one.calls_max}
    yield _gauge("request_budget_left", "Requests that a rolling window still allows", ["connection", "budget"], left)
    paused = {(one.connection, one.name): one.paused_seconds for one in seen.budgets if one.paused_seconds}
    yield _gauge("request_pause_seconds", "How long the vendor still wants to hear nothing", ["connection", "budget"], paused)
    runs = CounterMetricFamily("hourbridge_runs", "Runs of commands by exit code; -1 did not end", labels=["command", "exit_code"])
    for labels, count in seen.runs.items():
        runs.add_metric(list(labels), count)
    yield runs
    yield _gauge("run_last_seconds", "How long the latest run of a command took", ["command"], seen.last_seconds)


def _gauge(name: str, about: str, labels: list[str], values: Mapping[Any, Any]) -> GaugeMetricFamily:
    found = GaugeMetricFamily(f"hourbridge_{name}", about, labels=labels)
    for key, value in values.items():
        found.add_metric([key] if isinstance(key, str) else list(key), value)
    return found
