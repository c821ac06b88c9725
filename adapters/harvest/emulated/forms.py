"""How Harvest writes things: JSON with exact numbers, ISO stamps to the second, times as people read them, and its errors."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import msgspec

Answer = tuple[int, dict[str, str], bytes]
T = TypeVar("T")
_encode = msgspec.json.Encoder(decimal_format="number").encode
_NOON = 12


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not a defect
    """What a person or a caller wants is not allowed; `status` is what the API would answer."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


def answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, _encode(value)


def message(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """How the API says no."""
    return answer(status, {"message": text}, headers)


def seconds(instant: datetime) -> datetime:
    """The vendor's stamps have whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0)


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def time_text(clock: time | None, style: str) -> str | None:
    """`3:00pm`, or `15:00` where the company's clock has 24 hours."""
    if clock is None:
        return None
    if style == "24h":
        return f"{clock.hour:02}:{clock.minute:02}"
    return f"{clock.hour % _NOON or _NOON}:{clock.minute:02}{'pm' if clock.hour >= _NOON else 'am'}"


def read_time(text: str) -> time:
    """What a person types: `9:05am`, `15:00`."""
    half, digits = text[-2:].lower(), text
    if half in ("am", "pm"):
        digits = text[:-2]
    hour, minute = (int(part) for part in digits.strip().split(":"))
    return time(hour % _NOON + (_NOON if half == "pm" else 0) if half in ("am", "pm") else hour, minute)


class Query:
    """A target's path and query. Raises Refused (422) for a value that cannot be read."""

    def __init__(self, target: str) -> None:
        split = urlsplit(target)
        self.path = split.path.rstrip("/")
        self.values = dict(parse_qsl(split.query, keep_blank_values=True))

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def number(self, name: str, default: int) -> int:
        read = self.id(name)
        return default if read is None else read

    def id(self, name: str) -> int | None:
        return self._read(name, int)

    def flag(self, name: str) -> bool | None:
        said = self.text(name).lower()
        if said not in ("", "true", "false"):
            raise Refused(f"{name} is not a boolean")
        return None if not said else said == "true"

    def day(self, name: str) -> date | None:
        return self._read(name, lambda said: date.fromisoformat(said[:10]))

    def instant(self, name: str) -> datetime | None:
        """ISO 8601; UTC where no offset is said."""
        read = self._read(name, datetime.fromisoformat)
        return read.replace(tzinfo=UTC) if read is not None and read.tzinfo is None else read

    def _read(self, name: str, read: Callable[[str], T]) -> T | None:
        said = self.text(name)
        try:
            return read(said) if said else None
        except ValueError:
            raise Refused(f"{name} is invalid: {said[:40]}") from None


def cents(amount: Decimal) -> Decimal:
    """Hours have two places."""
    return amount.quantize(Decimal("0.01"))
