"""Telling people what they must do: one digest, not a storm.

A digest goes at its time of day, and only when something new waits or something is settled; what stands still until a person acts
goes at once, each cause at most once a day. What was told is kept in the state, so that a restart repeats nothing. A way that fails is
tried again later and disturbs nothing else.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from connector import logs
from connector.errors import BusyError, ConfigError, HourbridgeError
from connector.ports import Teller
from connector.reports.digest import Cause, Digest, as_notice, test_notice
from connector.use_cases.causes import causes, urgent
from connector.use_cases.workspace import Notices, Workspace

AGAIN = timedelta(minutes=15)
"""How long a way that failed is left alone."""
FACT = "notify:"


class Told(Struct):
    """What was told by which way (`smtp`, `webhook`), and what failed."""

    digests: list[str] = msgspec.field(default_factory=list)
    urgent: list[str] = msgspec.field(default_factory=list)
    failures: list[tuple[str, Exception]] = msgspec.field(default_factory=list)


class Memory(Struct, frozen=True, kw_only=True):
    """What one way has told: when it last looked for a digest, what waited then (cause → count), when each urgent cause was told."""

    looked_at: str = ""
    waited: dict[str, int] = {}
    urgent: dict[str, str] = {}
    failed_at: str = ""


_memory = msgspec.json.Decoder(Memory)


def notify(ws: Workspace, now: datetime) -> Told:
    """Tells what is to be told now. Cheap when nothing is. Raises StateError; what a way to people does is in `failures`."""
    told = Told()
    if ws.notices is None:
        return told
    try:
        with ws.store.lease("notify", ws.owner):
            for name, teller in ws.notices.tellers.items():
                _by(ws, ws.notices, name, teller, now, told)
    except BusyError:
        return told  # another process tells it
    return told


def notify_test(ws: Workspace, now: datetime) -> Told:
    """A test by every way, whatever was told before; nothing is remembered of it. Raises ConfigError where there is none."""
    if ws.notices is None:
        raise ConfigError("nobody is to be told anything", to="notifications", next_step="Add `notifications:` to config.yaml.")
    told = Told()
    for name, teller in ws.notices.tellers.items():
        try:
            teller().tell(test_notice(now.isoformat()))
            told.digests.append(name)
        except HourbridgeError as error:
            told.failures.append((name, error))
    return told


def _by(ws: Workspace, notices: Notices, name: str, teller: Callable[[], Teller], now: datetime, told: Told) -> None:
    memory = _remembered(ws, name)
    if memory.failed_at and now - datetime.fromisoformat(memory.failed_at) < AGAIN:
        return
    due = not memory.looked_at or datetime.fromisoformat(memory.looked_at) < slot(notices, now)
    waits = causes(ws) if due else urgent(ws)
    told_lately = _told_lately(memory, now)
    at_once = [cause for cause in waits if cause.critical and cause.key not in told_lately]
    digest = _digest(memory, waits, now) if due else Digest(as_of=now.isoformat(), waits=tuple(at_once), urgent=True)
    if not _worth_telling(digest) and not at_once:
        if due:
            _remember(ws, name, msgspec.structs.replace(memory, looked_at=now.isoformat(), waited=_counts(waits)))
        return
    try:
        teller().tell(as_notice(digest))
    except Exception as error:  # noqa: BLE001  (a way to people must never disturb the work)
        told.failures.append((name, error))
        logs.tell("notification failed", level=logging.WARNING, by=name, error=type(error).__name__)
        _remember(ws, name, msgspec.structs.replace(memory, failed_at=now.isoformat()))
        return
    _remember(ws, name, _after(memory, digest, now))
    (told.urgent if digest.urgent else told.digests).append(name)
    logs.tell("people were told", by=name, urgent=digest.urgent, waits=len(digest.waits))


def _digest(memory: Memory, waits: tuple[Cause, ...], now: datetime) -> Digest:
    counts = _counts(waits)
    return Digest(
        as_of=now.isoformat(),
        waits=waits,
        new=tuple(key for key, count in counts.items() if count > memory.waited.get(key, 0)),
        settled=tuple(sorted(memory.waited.keys() - counts.keys())),
    )


def _worth_telling(digest: Digest) -> bool:
    return bool(digest.new or digest.settled)


def _after(memory: Memory, digest: Digest, now: datetime) -> Memory:
    """What is remembered once it was told."""
    told = _told_lately(memory, now) | {cause.key: now.isoformat() for cause in digest.waits if cause.critical}
    if digest.urgent:
        return Memory(looked_at=memory.looked_at, waited={**memory.waited, **_counts(digest.waits)}, urgent=told)
    return Memory(looked_at=now.isoformat(), waited=_counts(digest.waits), urgent=told)


def _told_lately(memory: Memory, now: datetime) -> dict[str, str]:
    """Urgent causes that were told within a day: not again, also where they went away and came back."""
    return {key: at for key, at in memory.urgent.items() if now - datetime.fromisoformat(at) < timedelta(days=1)}


def _counts(waits: tuple[Cause, ...]) -> dict[str, int]:
    return {cause.key: cause.count for cause in waits}


def slot(notices: Notices, now: datetime) -> datetime:
    """When the digest that is in force at `now` was due: the latest of its times of day."""
    zone = ZoneInfo(notices.zone)
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    times = (
        (midnight + timedelta(days=days, minutes=notices.at_minutes, hours=hours)).replace(tzinfo=zone)
        for days in (-2, -1, 0)
        for hours in range(0, 24, notices.every_hours)
    )
    return max(at for at in times if at <= now)


def _remembered(ws: Workspace, name: str) -> Memory:
    with ws.store.snapshot() as read:
        body = ws.store.fact(read, f"{FACT}{name}")
    return _memory.decode(body) if body else Memory()


def _remember(ws: Workspace, name: str, memory: Memory) -> None:
    with ws.store.begin() as tx:
        ws.store.set_fact(tx, f"{FACT}{name}", msgspec.json.encode(memory).decode())
