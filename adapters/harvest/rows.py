"""A page's rows as they came, each with a digest: of a row that says what it said before nothing need be made."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Raw

from adapters.harvest import clock_times, wire
from connector.errors import TransientError
from connector.model import TimeEntry
from connector.ports import Known

_LENGTH = 16
_FIRST_WEEK, _WEEKS = datetime(2000, 1, 3, tzinfo=UTC), 40 * 52
_entry = msgspec.json.Decoder(wire.TimeEntry).decode
_row = msgspec.json.Decoder(wire.Row).decode


def meaning_of(code: str, *settings: str, zone: str) -> bytes:
    """A digest of what an entry's meaning rests on besides its row: the adapter's code, its settings and the zone's offsets."""
    files = (Path(file).read_bytes() for file in (code, wire.__file__, clock_times.__file__))
    place = ZoneInfo(zone)
    offsets = (str((_FIRST_WEEK + timedelta(weeks=week)).astimezone(place).utcoffset()) for week in range(_WEEKS))
    return sha256(b"\0".join((*files, "\0".join((*settings, zone, *offsets)).encode()))).digest()


def read_rows(
    name: str, rows: Sequence[Raw], meaning: bytes, known: Known | None, make: Callable[[wire.TimeEntry], TimeEntry]
) -> tuple[tuple[TimeEntry, ...], tuple[bytes, ...]]:
    """The entries of the rows that are not known, and these rows' digests. Raises TransientError for a row that cannot be read."""
    digests = [sha256(b"".join((meaning, row))).digest()[:_LENGTH] for row in rows]
    try:
        if known is not None:
            there = known([(str(_row(row).id), digest) for row, digest in zip(rows, digests, strict=True)])
            rows = [row for row, digest in zip(rows, digests, strict=True) if digest not in there]
            digests = [digest for digest in digests if digest not in there]
        return tuple([make(_entry(row)) for row in rows]), tuple(digests)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        fault = str(error) if isinstance(error, msgspec.ValidationError) else type(error).__name__
        raise TransientError(
            f"an entry of the listing cannot be read: {fault}", to=name, next_step="Nothing was inferred; pull again"
        ) from None
