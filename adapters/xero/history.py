"""What was done to a document, as Xero's History and notes tell it. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from adapters.xero import wire
from adapters.xero.wire_lists import HistoryRecord
from connector.model import Deed

BY_AN_APP = "System Generated"
"""Who is named for what came through the API, by whichever app, and for what Xero did by itself."""
_STAMPED = timedelta(seconds=5)
"""How much later than the document Xero may stamp the record of the same write. Not confirmed: the two stamps are never seen together."""
_TEXT_MAX = 200


def deeds(records: Iterable[HistoryRecord], since: datetime | None) -> tuple[Deed, ...]:
    """Newest first, those after our own last write, whose record is left out. One without a day that can be read is left out too."""
    return tuple(sorted(_deeds(records, since), key=lambda deed: deed.at, reverse=True))


def _deeds(records: Iterable[HistoryRecord], since: datetime | None) -> Iterator[Deed]:
    for record in records:
        at, by = _moment(record), _text(record.user)
        last_of_ours = since + _STAMPED if since is not None and by == BY_AN_APP else since
        if at is not None and (last_of_ours is None or at > last_of_ours):
            yield Deed(at=at, by=by, what=_text(record.changes), details=_text(record.details))


def _moment(record: HistoryRecord) -> datetime | None:
    try:
        return wire.instant(record.date_utc, record.date_utc_string)
    except ValueError:
        return None


def _text(said: str | None) -> str:
    """One line of what anybody may have typed over there, without control characters."""
    shown = "".join(one if one.isprintable() else " " for one in (said or "")[: 4 * _TEXT_MAX])
    return " ".join(shown.split())[:_TEXT_MAX]
