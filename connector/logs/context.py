"""What every line says without being told: the run, and the book or connection that is being worked on."""

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar

NAME = "connector.work"
INFO = 20
"""As `logging` has it, which is not imported before somebody tells something."""
_BOUND: ContextVar[Mapping[str, object]] = ContextVar("bound", default={})  # noqa: B039  (never changed in place)


@contextlib.contextmanager
def bound(**names: object) -> Iterator[None]:
    """Lines logged inside also say these."""
    before = _BOUND.set({**_BOUND.get(), **names})
    try:
        yield
    finally:
        _BOUND.reset(before)


def context() -> Mapping[str, object]:
    return _BOUND.get()


def tell(event: str, *, level: int = INFO, **told: object) -> None:
    """One line: what happened, and the facts that belong to it."""
    import logging  # noqa: PLC0415  (16 ms of a start, which has nothing to tell yet)

    logging.getLogger(NAME).log(level, event, extra={"told": told})
