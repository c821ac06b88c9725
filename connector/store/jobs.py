"""How each job of the daemon stands: when it last ran, how that ended, and when it may be tried again. Health is read from here."""

from datetime import datetime

import msgspec
from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.store.store import Store

DAEMON = "daemon"


class JobStanding(Struct, frozen=True, kw_only=True):
    """One job, by its name (`pull tracker`, `apply nz`). `exit_code` and `said` are of its last run; `failures` how often it failed in
    a row; before `retry_at` it is not tried again, unless what `stamp` was taken of (files, credentials) has changed.
    """

    name: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    succeeded_at: datetime | None = None
    exit_code: int | None = None
    said: str = ""
    run: int = 0
    failures: int = 0
    retry_at: datetime | None = None
    stamp: str = ""


class Beat(Struct, frozen=True, kw_only=True):
    """The daemon's sign of life. `trouble` says why its files cannot be read; `stopped_at` stands where it ended in good order."""

    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None = None
    trouble: str = ""


NAMES = JobStanding.__struct_fields__
_beat = msgspec.json.Decoder(Beat)


def all_of(read: Connection) -> dict[str, JobStanding]:
    """Name → how it stands; jobs that are no longer configured stand as they ended."""
    rows = read.exec_driver_sql(f"SELECT {', '.join(NAMES)} FROM jobs ORDER BY name")
    return {row[0]: msgspec.convert(dict(zip(NAMES, row, strict=True)), JobStanding) for row in rows}


def keep(tx: Connection, standing: JobStanding) -> None:
    values = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in msgspec.structs.asdict(standing).items()}
    marks = ", ".join("?" * len(NAMES))
    updates = ", ".join(f"{name} = excluded.{name}" for name in NAMES[1:])
    tx.exec_driver_sql(
        f"INSERT INTO jobs ({', '.join(NAMES)}) VALUES ({marks}) ON CONFLICT (name) DO UPDATE SET {updates}",
        tuple(values[name] for name in NAMES),
    )


def beat(store: Store, read: Connection) -> Beat | None:
    """The last sign of life of a daemon on this state, None where none ever ran."""
    body = store.fact(read, DAEMON)
    return _beat.decode(body) if body else None


def keep_beat(store: Store, tx: Connection, sign: Beat) -> None:
    store.set_fact(tx, DAEMON, msgspec.json.encode(sign).decode())
