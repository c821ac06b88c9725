"""What somebody who helps must see, and nothing of the firm's business: no name of a client or person, no note, no money, no secret.

What is not known to be harmless is left out or masked: texts of the configuration, sentences of errors, summaries of runs.
"""

import hashlib
import json
import os
import platform
import re
import sqlite3
import stat
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from connector.errors import HourbridgeError
from connector.http.redaction import redact
from connector.settings import Connection, Settings
from connector.store.store import Store, verb
from connector.store.version import VERSION

RUNS, LINES = 200, 1000
PACKAGES = (
    "hourbridge",
    "sqlalchemy",
    "httpx",
    "pydantic",
    "msgspec",
    "typer",
    "structlog",
    "apscheduler",
    "cryptography",
    "keyring",
    "psycopg",
)
REFERENCE = re.compile(r"(env|file|keyring):\S+")
HARMLESS = re.compile(r"-?[0-9][0-9.]*|true|false|yes|no|[0-9]{4}-[0-9]{2}-[0-9]{2}|https?://[^\s@]+|full|partial|[A-Z]{3}", re.ASCII)
LOGGED = (
    "at", "level", "event", "from", "run", "command", "book", "connection", "method", "path", "status", "ms", "request_id", "exit_code",
    "error", "where", "by", "urgent",
)  # fmt: skip
"""Fields of a log line that never hold more than a word of ours, a number or a vendor's id."""
EVENT = re.compile(r"[a-z][a-z ,-]{0,60}")
ABOUT = {
    "versions.json": "versions of the program, of Python, of the system and of the main libraries",
    "config.json": "config.yaml: which keys it has; references to secrets as they are written, numbers and addresses; other texts masked",
    "state.json": "the state: schema, size, mode, and how many rows each table has",
    "runs.json": "the latest runs: command, times and exit code, and which of them failed",
    "connections.json": "when each connection was last read, and the exit code of what stopped it or a book",
    "mappings.json": "the mapping files: names, sizes and hashes",
    "check.txt": "what `hourbridge check` says, with every name masked",
    "log.jsonl": "the end of the log: times, statuses and the vendors' request ids",
}


def gather(settings: Settings | None, store: Store | None, checked: Sequence[str]) -> dict[str, str]:
    """File name → text. `settings` is None where config.yaml does not load, `store` where there is no state. Resolves no secret, and
    never raises for a state that is broken: that is what it is wanted for.
    """
    found = {"versions.json": _json(_versions()), "check.txt": "".join(f"{masked(line)}\n" for line in checked)}
    if settings is not None:
        found["config.json"] = _json(_config(settings))
        found["mappings.json"] = _json(_mappings(settings.mapping_paths))
        found["log.jsonl"] = _log_tail(settings)
    if store is not None:
        found["state.json"] = _json(_told(lambda: _state(store)))
        found["runs.json"] = _json(_told(lambda: _runs(store)))
        found["connections.json"] = _json(_told(lambda: _connections(store)))
    about = "".join(f"{name}: {ABOUT[name]}\n" for name in sorted(found))
    return {"README.txt": f"{about}\nNo secret, no name of a client or person, no note and no amount.\n", **found}


def masked(sentence: str) -> str:
    """Its place and its plain words: what is quoted, capitalised or a figure may be a client's. `file:line:column` stays."""
    place = re.match(r"[\w./-]+:\d+(:\d+)?: ", sentence)
    rest = sentence[place.end() :] if place else sentence
    rest = re.sub(r"'[^']*'|\"[^\"]*\"|`[^`]*`", "'…'", redact(rest))
    return (place[0] if place else "") + re.sub(r"\S*[A-Z0-9/@]\S*", "…", rest)


def _told(look: Callable[[], Any]) -> Any:
    try:
        return look()
    except HourbridgeError as error:
        return {"error": type(error).__name__, "said": masked(error.what)}


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform(), "sqlite": sqlite3.sqlite_version, "schema": VERSION}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "state": "a reference" if REFERENCE.fullmatch(settings.state_url) else settings.state_url.partition(":")[0],
        "state_keys": settings.state_keys,
        "log": {"to_a_file": settings.log.to != "stderr", "level": settings.log.level} if settings.log else None,
        "health": msgspec.to_builtins(settings.health),
        "notifications": _masked_tree(msgspec.to_builtins(settings.notifications)),
        "connections": {each.name: _connection(each) for each in settings.connections},
        "books": {
            book.name: {"sink": book.sink, "zone": book.zone, "start": book.start, "grace_days": book.grace_days,
                        "look_back_days": book.look_back_days, "auto_approve": book.auto_approve is not None}
            for book in settings.books
        },
    }  # fmt: skip


def _connection(each: Connection) -> dict[str, Any]:
    return {"kind": each.kind, "allow_private": each.allow_private, **_masked_tree(each.options)}


def _masked_tree(node: Any) -> Any:
    """Keys stay, except of maps inside a list of columns, which are ours too; texts stay where they are a reference or harmless."""
    if isinstance(node, Mapping):
        return {key: _masked_tree(value) for key, value in node.items()}
    if isinstance(node, str):
        return node if not node or REFERENCE.fullmatch(node) or HARMLESS.fullmatch(node) else f"… ({len(node)} characters)"
    if isinstance(node, list | tuple):
        return [_masked_tree(each) for each in node]
    return node


def _mappings(paths: Iterable[Path]) -> dict[str, Any]:
    files = [file for path in paths for file in (sorted(path.rglob("*.y*ml")) if path.is_dir() else [path]) if file.is_file()]
    contents = {file.name: file.read_bytes() for file in files}
    return {
        name: {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body), "lines": body.count(b"\n")}
        for name, body in contents.items()
    }


def _state(store: Store) -> dict[str, Any]:
    current = store.current()
    with store.snapshot() as read:
        tables = store.tables(read)
        counts = {name: read.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar() for name in tables}  # noqa: S608  (from the schema)
    found: dict[str, Any] = {"current": current, "database": store.engine.dialect.name, "rows": counts}
    path = Path(str(store.engine.url.database or ""))
    if store.engine.dialect.name == "sqlite" and path.is_file():
        log = path.with_name(path.name + "-wal")
        found |= {
            "bytes": path.stat().st_size,
            "mode": stat.filemode(path.stat().st_mode),
            "log_bytes": log.stat().st_size if log.is_file() else 0,
        }
    return found


def _runs(store: Store) -> list[dict[str, Any]]:
    return [
        {"run": run.id, "command": verb(run.command), "started_at": run.started_at, "ended_at": run.ended_at,
         "exit_code": run.exit_code, "failed": run.exit_code not in (0, 3)}
        for run in store.runs(RUNS)
    ]  # fmt: skip


def _connections(store: Store) -> dict[str, Any]:
    with store.snapshot() as read:
        pulled = read.exec_driver_sql("SELECT name, kind, last_complete_pull, last_full_listing, trouble_code FROM connections").all()
        books = read.exec_driver_sql("SELECT name, looked_at, trouble_code FROM books").all()
    names = ("kind", "last_complete_pull", "last_full_listing", "trouble_code")
    return {
        "connections": {row[0]: dict(zip(names, row[1:], strict=True)) for row in pulled},
        "books": {row[0]: dict(zip(("looked_at", "trouble_code"), row[1:], strict=True)) for row in books},
    }


def _log_tail(settings: Settings) -> str:
    """The last lines of the log file, each less every field that could name somebody; "" where lines go to stderr."""
    path = Path(settings.log.to) if settings.log and settings.log.to != "stderr" else None
    if path is None or not path.is_file():
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        tail = deque(file, maxlen=LINES)
    return "".join(f"{json.dumps(line)}{os.linesep}" for line in map(_logged, tail) if line)


def _logged(line: str) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}
    kept = {name: redact(value) if isinstance(value, str) else value for name, value in said.items() if name in LOGGED}
    if not EVENT.fullmatch(str(kept.get("event", ""))):
        kept["event"] = "…"
    return kept


def _json(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
