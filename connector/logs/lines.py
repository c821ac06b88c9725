"""Where lines go and how they look: JSON for machines, text for a person at a terminal."""

import logging
import os
import sys
from collections.abc import MutableMapping
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connector.errors import ConfigError
from connector.http.redaction import redact
from connector.logs.context import context

if TYPE_CHECKING:
    import structlog

STDERR = "stderr"
LOGGERS = ("connector", "adapters")
Line = MutableMapping[str, Any]
_begun: dict[tuple[str, str, str], logging.Handler] = {}


def begin(to: str, look: str, level: str) -> None:
    """Lines of `level` and above go `to` stderr or the file of that path. Asked again for the same, it does nothing.

    A file is readable by its owner alone, and opened anew when a rotation has moved it away. Raises ConfigError where it cannot be.
    """
    asked = (to, look, level)
    if asked in _begun:
        return
    end()
    handler = logging.StreamHandler(sys.stderr) if to == STDERR else _file(Path(to))
    as_text = look == "text" or (look == "auto" and to == STDERR and sys.stderr.isatty())
    handler.setLevel(level.upper())  # a logger may let more through, for others who listen
    handler.setFormatter(_formatter(as_text=as_text))
    for name in LOGGERS:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(level.upper())
    _begun[asked] = handler


def end() -> None:
    """Nothing more is written; a file is closed."""
    for handler in _begun.values():
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(handler)
            logging.getLogger(name).setLevel(logging.NOTSET)
        handler.close()
    _begun.clear()


def _file(path: Path) -> logging.Handler:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
        return WatchedFileHandler(path, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"the log cannot be written ({error.strerror})", to=str(path), next_step="Name a file in a folder that this user may write to."
        ) from None


def _formatter(*, as_text: bool) -> "structlog.stdlib.ProcessorFormatter":
    import structlog  # noqa: PLC0415  (60 ms that a command without logs does not pay)

    look: Any = structlog.dev.ConsoleRenderer(colors=False, sort_keys=False) if as_text else structlog.processors.JSONRenderer(default=str)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso", utc=True)],
        processors=[_told, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _traceback, _redacted, look],
    )


def _told(_logger: object, _method: str, line: Line) -> Line:
    """What is bound and what the line itself tells, after time, level and event."""
    record: logging.LogRecord = line["_record"]
    first = {"at": line.pop("timestamp"), "level": line.pop("level"), "event": line.pop("event"), "from": record.name}
    return {**first, **context(), **getattr(record, "told", {}), **line}


def _traceback(_logger: object, _method: str, line: Line) -> Line:
    """The kind of an exception and where it was raised, never its locals or arguments."""
    error = line.pop("exc_info", None)
    if error:
        found = error[1] if isinstance(error, tuple) else sys.exc_info()[1]
        last = found.__traceback__ if found is not None else None
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        where = f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last is not None else ""
        return {**line, "error": type(found).__name__, "where": where}
    return line


def _redacted(_logger: object, _method: str, line: Line) -> Line:
    return {name: redact(value) if isinstance(value, str) else value for name, value in line.items()}
