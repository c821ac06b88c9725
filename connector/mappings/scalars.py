"""Text with a type: what a scalar of a YAML file may look like, as pydantic annotations.

Input is always text (the strict reader gives nothing else). The JSON Schema says what an editor, which types scalars by
itself, may see in that place.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from connector.core.mapping import InvoiceDay, TermsOfPayment

T = TypeVar("T")

DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,10})?")
WHOLE = re.compile(r"[0-9]{1,9}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAYS_MAX = 366
MINUTES_OF_A_DAY = 24 * 60
DAYS_OF_A_MONTH = 31


def wrong(what: str, fix: str = "") -> PydanticCustomError:
    """A problem in our own words; the texts travel as context because pydantic formats braces."""
    return PydanticCustomError("said", "{what}{fix}", {"what": what, "fix": f"; {fix}" if fix else ""})


def _typed(parse: Callable[[str], T]) -> PlainValidator:
    """Runs `parse` on text; anything else is a list or a map in the wrong place."""

    def validate(value: Any) -> T:
        if value is None:
            raise wrong("nothing stands here", "say a value")
        if not isinstance(value, str):
            raise wrong(
                f"one value is expected here, not a {'list' if isinstance(value, list) else 'map'}",
                "write it on its own",
            )
        return parse(value)

    return PlainValidator(validate)


def _text(value: str) -> str:
    if not value.strip():
        raise wrong("the text is empty", "say a value, or take the key out")
    return value


def _day(value: str) -> date:
    if not DAY.fullmatch(value):
        raise wrong(f"'{value}' is not a date", "write it as 2026-06-15")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise wrong(f"'{value}' is not a day of the calendar", "write an existing day as 2026-06-15") from None


def _decimal(value: str) -> Decimal:
    if not DECIMAL.fullmatch(value):
        hint = "write a point and no thousands separator: 1234.50" if re.search(r"[0-9]", value) else "write a number such as 145.00"
        raise wrong(f"'{value}' is not a number", hint)
    return Decimal(value)


def _whole(value: str) -> int:
    if not WHOLE.fullmatch(value):
        raise wrong(f"'{value}' is not a whole number", "write digits only, such as 15")
    return int(value)


def _yes_no(value: str) -> bool:
    if value not in ("true", "false"):
        raise wrong(f"'{value}' is neither true nor false", "write true or false")
    return value == "true"


def _increment(value: str) -> int:
    minutes = _whole(value)
    if not 1 <= minutes <= MINUTES_OF_A_DAY:
        raise wrong(f"an increment of {value} minutes is refused", "write 1 (no rounding) to 1440")
    return minutes


def _rate(value: str) -> Decimal:
    rate = _decimal(value)
    if rate == 0:
        raise wrong("a price of 0 is refused", "say `treatment: no_charge` in rules.yaml, or take the price out")
    if rate < 0:
        raise wrong(f"a price is never negative ({value})", "write what an hour costs the client")
    return rate


def _not_negative(value: str) -> Decimal:
    amount = _decimal(value)
    if amount < 0:
        raise wrong(f"{value} is negative", "write zero or more")
    return amount


def _times(value: str) -> Decimal:
    times = _decimal(value)
    if times <= 0:
        raise wrong(f"a multiplier of {value} is refused", "write a number above 0; for free work say `treatment: no_charge`")
    return times


def _currency(value: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise wrong(f"'{value}' is not a currency", "write its three capital letters, such as NZD")
    return value


_TERMS: tuple[tuple[str, str], ...] = (
    ("customer", "customer"),
    (r"net ([0-9]{1,3})", "net"),
    (r"([0-9]{1,3}) days after month end", "after_month_end"),
    (r"day ([0-9]{1,2}) of next month", "day_of_next_month"),
    ("on receipt", "on_receipt"),
)


def _terms(value: str) -> TermsOfPayment:
    for pattern, kind in _TERMS:
        if found := re.fullmatch(pattern, " ".join(value.split())):
            days = int(found.group(1)) if found.groups() else 0
            if (kind == "day_of_next_month" and not 1 <= days <= DAYS_OF_A_MONTH) or days > DAYS_MAX:
                break
            return TermsOfPayment(kind, days)  # type: ignore[arg-type]
    known = "customer, net 14, 14 days after month end, day 20 of next month, on receipt"
    raise wrong(f"'{value}' are no terms we know", f"write one of: {known}")


def _invoice_date(value: str) -> InvoiceDay:
    said = " ".join(value.split())
    if said in ("period_end", "approval_date"):
        return InvoiceDay(said)  # type: ignore[arg-type]
    if (found := re.fullmatch(r"day ([0-9]{1,2}) of next month", said)) and 1 <= int(found.group(1)) <= DAYS_OF_A_MONTH:
        return InvoiceDay("day_of_next_month", int(found.group(1)))
    raise wrong(f"'{value}' is no invoice date we know", "write one of: period_end, approval_date, day 1 of next month")


_ANY_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": rf"^{DECIMAL.pattern}$"}]}
_POSITIVE: dict[str, Any] = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "pattern": rf"^{DECIMAL.pattern}$"}]}
_WHOLE: dict[str, Any] = {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": rf"^{WHOLE.pattern}$"}]}

Text = Annotated[str, _typed(_text), WithJsonSchema(_ANY_SCALAR)]
Day = Annotated[date, _typed(_day), WithJsonSchema({"type": "string", "pattern": rf"^{DAY.pattern}$", "description": "YYYY-MM-DD"})]
Number = Annotated[Decimal, _typed(_decimal), WithJsonSchema(_NUMBER)]
Amount = Annotated[Decimal, _typed(_not_negative), WithJsonSchema(_NUMBER)]
Rate = Annotated[Decimal, _typed(_rate), WithJsonSchema({**_POSITIVE, "description": "per hour; never 0"})]
Times = Annotated[Decimal, _typed(_times), WithJsonSchema(_POSITIVE)]
Whole = Annotated[int, _typed(_whole), WithJsonSchema(_WHOLE)]
Increment = Annotated[int, _typed(_increment), WithJsonSchema(_WHOLE)]
YesNo = Annotated[bool, _typed(_yes_no), WithJsonSchema({"enum": [True, False, "true", "false"]})]
Currency = Annotated[str, _typed(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Terms = Annotated[TermsOfPayment, _typed(_terms), WithJsonSchema({"type": "string", "description": "customer, net 14, 14 days after month end, day 20 of next month, on receipt"})]  # fmt: skip
InvoiceDate = Annotated[InvoiceDay, _typed(_invoice_date), WithJsonSchema({"type": "string", "description": "period_end, approval_date, day 1 of next month"})]  # fmt: skip
