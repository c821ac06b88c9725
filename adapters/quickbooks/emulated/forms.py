"""How QuickBooks Online writes things: JSON with exact numbers, instants with an offset, and faults in two casings."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

Answer = tuple[int, dict[str, str], bytes]
CENT = Decimal("0.01")
BAD = 400
THROTTLED = "message=ThrottleExceeded; errorCode=003001; statusCode=429"
_OFFSET = timezone(timedelta(hours=-7))
_encode = msgspec.json.Encoder(decimal_format="number").encode
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class Refused(Exception):  # noqa: N818 - the vendor's word for it: a refusal is an outcome, not a defect
    """A ValidationFault: its code, short message, detail, and the element that it is about."""

    def __init__(self, code: str, message: str, detail: str = "", element: str = "") -> None:
        super().__init__(f"{code}: {detail or message}")
        self.code, self.message, self.detail, self.element = code, message, detail or message, element


def missing(element: str) -> Refused:
    """2020 is the code for a required field [memory]."""
    text = "Required param missing, need to supply the required value for the API"
    return Refused("2020", text, f"Required parameter {element} is missing in the request", element)


def gone(what: str) -> Refused:
    text = "Object Not Found"
    return Refused("610", text, f"{text} : Something you're trying to use has been made inactive. Check the fields with {what}.")


def business(detail: str) -> Refused:
    return Refused(
        "6000",
        "A business validation error has occurred while processing your request",
        f"Business Validation Error: {detail}",
    )


def cents(amount: Decimal) -> Decimal:
    """Half up: 128.350 x 14.50 = 1861.075 is 1861.08 over there (accounting.md 1.7)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def to_json(value: Any) -> bytes:
    return _encode(value)


def from_json(body: bytes) -> Any:
    """Numbers with a fraction become Decimal, exactly as written."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("2001", "Invalid JSON", "An error occurred while parsing the request") from error


def seconds(instant: datetime) -> datetime:
    """The vendor's stamps have whole seconds."""
    return instant.astimezone(UTC).replace(microsecond=0)


def stamp(instant: datetime) -> str:
    """In the company's own zone, here always UTC-7."""
    return instant.astimezone(_OFFSET).isoformat(timespec="seconds")


def read_day(text: Any, element: str) -> date:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError as error:
        raise Refused("2030", "Invalid date", f"{element} '{text}' is not a date", element) from error


def read_number(value: Any, element: str) -> Decimal:
    """A number, or a text that holds one, as the vendor takes both."""
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal | float):
        raise Refused("2040", "Invalid Number", f"{element} is not a number", element)
    try:
        read = Decimal(str(value))
    except ArithmeticError as error:
        raise Refused("2040", "Invalid Number", f"{element} '{value}' is not a number", element) from error
    return read


class Query:
    """A target's path and parameters."""

    def __init__(self, target: str) -> None:
        split = urlsplit(target)
        self.path = split.path
        self.values = dict(parse_qsl(split.query, keep_blank_values=True))

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)


def answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Answer:
    return status, {"Content-Type": "application/json;charset=UTF-8", **(headers or {})}, to_json(value)


def fault_of(refusal: Refused) -> dict[str, Any]:
    error = {"Message": refusal.message, "Detail": refusal.detail, "code": refusal.code, "element": refusal.element}
    return {"Error": [error], "type": "ValidationFault"}


def refused(refusal: Refused, now: datetime, status: int = BAD) -> Answer:
    return answer(status, {"Fault": fault_of(refusal), "time": stamp(now)})


def lower_fault(status: int, message: str, detail: str, code: str, kind: str, headers: Mapping[str, str] | None = None) -> Answer:
    """What the gateway in front of the API says; everything in lower case."""
    error = {"message": message, "detail": detail, "code": code}
    body = {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "requestId": None,
    }
    return answer(status, body, headers)
