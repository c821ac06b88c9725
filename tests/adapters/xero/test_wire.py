"""Dates and numbers in every form that Xero uses."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from adapters.xero import wire


@pytest.mark.parametrize(
    ("text", "string", "day"),
    [
        ("/Date(1782777600000+0000)/", None, date(2026, 6, 30)),
        ("/Date(1782777600000)/", None, date(2026, 6, 30)),
        ("/Date(1782734400000+1200)/", None, date(2026, 6, 30)),
        ("/Date(1782820800000-0400)/", None, date(2026, 6, 30)),
        ("/Date(-86400000+0000)/", None, date(1969, 12, 31)),
        ("/Date(1782777600000+0000)/", "2026-06-30T00:00:00", date(2026, 6, 30)),
        ("2026-06-30T00:00:00", None, date(2026, 6, 30)),
        ("2026-06-30", "", date(2026, 6, 30)),
        (None, None, None),
        ("", None, None),
    ],
)
def test_a_day_is_read_in_every_form(text: str | None, string: str | None, day: date | None):
    assert wire.day(text, string) == day


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("/Date(1782892800123+1200)/", None),
        ("2026-07-01T08:00:00.123", None),
        ("2026-07-01T08:00:00.123Z", None),
        (None, "2026-07-01T20:00:00.123+12:00"),
    ],
)
def test_an_instant_is_utc_in_every_form(text: str | None, string: str | None):
    assert wire.instant(text, string) == datetime(2026, 7, 1, 8, 0, 0, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "yesterday",
        "/Date(x)/",
        "2026-13-01",
        "/Date(999999999999999)/",
        "/Date(253402300799000+1200)/x",
        "/Date(1)/ or so",
    ],
)
def test_a_date_that_cannot_be_read_is_an_error(text: str):
    with pytest.raises(ValueError, match=r"."):
        wire.day(text)
    with pytest.raises(ValueError, match=r"."):
        wire.instant(text)


@pytest.mark.parametrize("number", ["1234.565", "0.1", "123456789012345.9995", "-0.005", "1e3"])
def test_numbers_are_decoded_exactly(number: str):
    (line,) = msgspec.json.decode(f'[{{"UnitAmount":{number}}}]'.encode(), type=tuple[wire.Line, ...])

    assert line.unit_amount == Decimal(number)
    assert wire.money(line.unit_amount) == Decimal(number)


@pytest.mark.parametrize("number", ["1e400", "1e16", "1e-19"])
def test_a_number_that_no_document_holds_is_refused(number: str):
    with pytest.raises(ValueError, match="no document can hold"):
        wire.money(Decimal(number))


def test_a_day_beyond_the_calendar_is_an_error():
    with pytest.raises(ValueError, match="outside the calendar"):
        wire.day("/Date(253402300799000+1200)/")
