"""How Xero writes things: JSON with exact numbers, `/Date(ms+0000)/`, booleans in any case, and its error bodies."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

Answer = tuple[int, dict[str, str], bytes]
CENT = Decimal("0.01")
_MS_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Refused(Exception):  # noqa: N818 - the vendor's word for it: a refusal is an outcome, not a defect
    """The vendor's rules forbid it; `messages` are the texts of its ValidationErrors."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class Unreadable(Exception):  # noqa: N818 - as above
    """The request itself makes no sense to the vendor: HTTP 400 for the whole of it."""


def cents(amount: Decimal) -> Decimal:
    """Half up, away from zero. Which way Xero rounds a half cent is not confirmed (accounting.md 2.7)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def places(amount: Decimal, digits: int) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def to_json(value: Any) -> bytes:
    return _encode(value)


def from_json(body: bytes) -> Any:
    """Numbers with a fraction become Decimal, exactly as written."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable("Invalid Json data") from error


def milliseconds(instant: datetime) -> datetime:
    """The vendor's stamps have milliseconds."""
    return instant.astimezone(UTC).replace(microsecond=instant.microsecond // 1000 * 1000)


def stamp(instant: datetime) -> str:
    whole = int((instant - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    return f"/Date({whole}+0000)/"


def stamp_text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: date) -> str:
    return stamp(datetime(value.year, value.month, value.day, tzinfo=UTC))


def read_day(text: str) -> date:
    """A day as callers may write it: ISO, ISO with a time, or the `/Date()/` form."""
    found = _MS_DATE.fullmatch(text)
    if found:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))).date()
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise Unreadable(f"'{text}' is not a valid date") from error


def read_instant(text: str) -> datetime:
    """If-Modified-Since: ISO (UTC where no zone is given) or the HTTP form."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        try:
            read = parsedate_to_datetime(text)
        except ValueError as error:
            raise Unreadable(f"If-Modified-Since '{text}' is not a date") from error
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


class Query:
    """A target's query. Booleans come in any case: the vendor's own SDK sends `False`."""

    def __init__(self, target: str) -> None:
        split = urlsplit(target)
        self.path = split.path
        self._values = dict(parse_qsl(split.query, keep_blank_values=True))

    def names(self) -> Iterable[str]:
        return self._values

    def text(self, name: str, default: str = "") -> str:
        return self._values.get(name, default)

    def flag(self, name: str, *, default: bool) -> bool:
        text = self._values.get(name, str(default)).lower()
        if text not in ("true", "false"):
            raise Unreadable(f"{name} must be true or false")
        return text == "true"

    def number(self, name: str, default: int) -> int:
        try:
            return int(self._values.get(name, str(default)))
        except ValueError as error:
            raise Unreadable(f"{name} must be a whole number") from error

    def texts(self, name: str) -> list[str]:
        """A comma-separated list; empty when the parameter is absent."""
        return [part.strip() for part in self.text(name).split(",") if part.strip()]


def answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, to_json(value)


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Answer:
    """The newer shape of 401, 403 and 429 [databuzz, accounting.md 2.7]."""
    body: dict[str, Any] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": "",
        "Extensions": {},
    }
    return answer(status, body, headers)


def validation(elements: list[dict[str, Any]]) -> Answer:
    """HTTP 400 for a whole request, each refused element echoed with its messages."""
    return answer(
        400,
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": elements,
        },
    )


def unreadable(message: str) -> Answer:
    return answer(400, {"ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": message})
