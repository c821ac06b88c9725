"""When each thing that waits for a person was first seen, by the name it is grouped under; what waits no more is forgotten."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy.engine import Connection

from connector.store.store import Store

FACT = "first_seen"
_seen = msgspec.json.Decoder(dict[str, str])


def first_seen(store: Store, read: Connection) -> dict[str, str]:
    """Name → instant."""
    body = store.fact(read, FACT)
    return _seen.decode(body) if body else {}


def keep(store: Store, tx: Connection, names: Iterable[str], now: datetime) -> None:
    """Remembers what is new, and forgets what is not among `names`."""
    known = first_seen(store, tx)
    kept = {name: known.get(name, now.isoformat()) for name in names}
    store.set_fact(tx, FACT, msgspec.json.encode(kept, order="sorted").decode())
