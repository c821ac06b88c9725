"""What a person must do, in one message: for a mail, and for a program. Counts and amounts by book; no client, person or note."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from connector.ports import Notice
from connector.reports.hours import amounts
from connector.reports.values import Amounts


class Cause(Struct, frozen=True, kw_only=True):
    """One thing that waits for a person. `key` is the same for as long as it waits; `critical`: work stands still until it is done."""

    key: str
    what: str
    next_step: str
    count: int = 1
    critical: bool = False
    value: Amounts = {}


class Digest(Struct, frozen=True, kw_only=True):
    """Everything that waits, what is new among it (by key), and what is settled since the digest before."""

    as_of: str
    waits: tuple[Cause, ...]
    new: tuple[str, ...] = ()
    settled: tuple[str, ...] = ()
    urgent: bool = False


def as_notice(digest: Digest) -> Notice:
    return Notice(subject=_subject(digest), text=_text(digest), json=msgspec.json.encode(digest))


def test_notice(as_of: str) -> Notice:
    """What `hourbridge notify --test` sends."""
    text = "This is a test. Messages from Hourbridge reach you here.\n"
    return Notice(subject="Hourbridge: a test", text=text, json=msgspec.json.encode({"as_of": as_of, "test": True}))


def _subject(digest: Digest) -> str:
    """Plain: nothing of a client, and nothing that a mail server could mistake for another header."""
    if digest.urgent:
        return "Hourbridge stopped and needs you"
    count = len(digest.waits)
    return f"Hourbridge: {count} {'thing waits' if count == 1 else 'things wait'} for you" if count else "Hourbridge: nothing waits for you"


def _text(digest: Digest) -> str:
    urgent = [cause for cause in digest.waits if cause.critical]
    rest = [cause for cause in digest.waits if not cause.critical]
    parts = [
        *_section("Nothing goes on here until somebody acts:", urgent, digest.new),
        *_section("This waits:", rest, digest.new),
        *(["Settled since the last message:", *(f"- {key}" for key in digest.settled), ""] if digest.settled else []),
        f"As of {digest.as_of}. `hourbridge status` shows everything.",
    ]
    return "\n".join(parts) + "\n"


def _section(title: str, causes: Sequence[Cause], new: Sequence[str]) -> list[str]:
    if not causes:
        return []
    return [title, *(_line(cause, new=cause.key in new) for cause in causes), ""]


def _line(cause: Cause, *, new: bool) -> str:
    value = f" ({amounts(cause.value)})" if cause.value else ""
    return f"- {'new: ' if new else ''}{cause.what}{value}. Next: {cause.next_step}"
