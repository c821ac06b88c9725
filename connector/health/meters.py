"""What this process counts itself: requests by status, and jobs with their failures and durations."""

import logging

from prometheus_client import CollectorRegistry, Counter, Summary

REQUESTS = "connector.http.exchange"


class Meters:
    """In a registry of its own. Requests are counted where they are logged, so that nothing below has to know of this."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.requests = Counter(
            "hourbridge_requests", "Requests to vendors by their status, or what failed", ["connection", "status"], registry=self.registry
        )
        self._runs = Counter("hourbridge_job_runs", "Jobs that ended", ["job"], registry=self.registry)
        self._failures = Counter("hourbridge_job_failures", "Jobs that ended with a failure", ["job"], registry=self.registry)
        self._seconds = Summary("hourbridge_job_seconds", "How long jobs took", ["job"], registry=self.registry)
        self._ear = _Ear(self)

    def job(self, name: str, seconds: float, *, failed: bool) -> None:
        """One job ended. `name` is the job's and perhaps the book's, as config.yaml names them."""
        self._runs.labels(name).inc()
        self._failures.labels(name).inc(1 if failed else 0)
        self._seconds.labels(name).observe(seconds)

    def listen(self) -> None:
        """Counts requests from now on. INFO must pass the logger itself; what handlers show is theirs to say."""
        logger = logging.getLogger(REQUESTS)
        logger.setLevel(logging.INFO)
        logger.addHandler(self._ear)

    def stop(self) -> None:
        logger = logging.getLogger(REQUESTS)
        logger.removeHandler(self._ear)
        logger.setLevel(logging.NOTSET)


class _Ear(logging.Handler):
    def __init__(self, meters: Meters) -> None:
        super().__init__(logging.INFO)
        self._meters = meters

    def emit(self, record: logging.LogRecord) -> None:
        told = getattr(record, "told", {})
        self._meters.requests.labels(told.get("connection", ""), told.get("status", "")).inc()
