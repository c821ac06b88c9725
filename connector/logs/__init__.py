"""Structured logs: one line for each thing that happened, with the run, book and connection it happened to.

Whoever logs uses the standard library (`tell`, or a logger of its own with `extra={"told": …}`); `lines` puts them together with
structlog, and is imported only where `log:` stands in config.yaml or the daemon runs. Every text passes `connector.http.redact` on its
way out. Never a body, a query, a header or a secret; names, notes and money have no field.
"""

import logging

from connector.logs.context import bound, tell

__all__ = ["begin", "bound", "end", "tell"]

for _name in ("connector", "adapters"):  # where nobody asked for a log none is written: else Python itself writes errors to stderr
    logging.getLogger(_name).addHandler(logging.NullHandler())


def begin(to: str = "stderr", look: str = "auto", level: str = "info") -> None:
    """See `lines.begin`."""
    from connector.logs import lines  # noqa: PLC0415  (40 ms that a command without logs does not pay)

    lines.begin(to, look, level)


def end() -> None:
    """See `lines.end`."""
    from connector.logs import lines  # noqa: PLC0415  (see above)

    lines.end()
