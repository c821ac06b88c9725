"""Structured logs: one line for each thing that happened, with the run, book and connection it happened to.

Whoever logs uses the standard library (`tell`, or a logger of its own with `extra={"told": …}`); structlog puts the lines together,
and is imported only where `log:` stands in config.yaml or the daemon runs. Every text passes `connector.http.redact` on its way out.
Never a body, a query, a header or a secret; names, notes and money have no field.
"""

from connector.logs.context import bound, tell
from connector.logs.lines import begin, end

__all__ = ["begin", "bound", "end", "tell"]
