"""Idempotency keys: remembered for 6 minutes from the first call, matched on method, URL and body."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from adapters.xero.emulated.forms import Answer, unreadable

KEY_LENGTH_MAX = 128
REMEMBERED_SECONDS = 360


class Remembered(Struct, frozen=True, kw_only=True):
    fingerprint: str
    at: datetime
    status: int
    headers: dict[str, str]
    body: bytes


class Keys:
    """`remembered_seconds=0` ignores keys. Not confirmed, hence switches: what the same key with another request gets
    (`on_mismatch`), and whether refusals are remembered (`refusals_too`; the harder case is the default).
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.remembered_seconds = REMEMBERED_SECONDS
        self.on_mismatch: Literal["refuse", "replay", "forget"] = "refuse"
        self.refusals_too = True
        self.memory: dict[str, Remembered] = {}
        self._now = now

    def forget(self) -> None:
        """As if the vendor's memory had been lost."""
        self.memory.clear()

    def recall(self, key: str, method: str, target: str, body: bytes) -> Answer | None:
        """The stored answer of an identical request, a refusal for another one, or None: to be carried out."""
        if len(key) > KEY_LENGTH_MAX:
            return unreadable(f"Idempotency-Key must not be longer than {KEY_LENGTH_MAX} characters")
        until = self._now() - timedelta(seconds=self.remembered_seconds)
        self.memory = {name: held for name, held in self.memory.items() if held.at > until}
        held = self.memory.get(key)
        if held is None:
            return None
        if held.fingerprint != _fingerprint(method, target, body):
            if self.on_mismatch == "refuse":
                return unreadable("The Idempotency-Key was used before with a different request")
            if self.on_mismatch == "forget":
                return None
        return held.status, dict(held.headers), held.body

    def remember(self, key: str, method: str, target: str, body: bytes, given: Answer) -> None:
        status, headers, text = given
        if self.remembered_seconds and (self.refusals_too or status < 400):  # noqa: PLR2004 - refusals begin at 400
            self.memory[key] = Remembered(
                fingerprint=_fingerprint(method, target, body),
                at=self._now(),
                status=status,
                headers=headers,
                body=text,
            )


def _fingerprint(method: str, target: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), target.encode(), body))).hexdigest()
