"""Leases are rows: an owner, an expiry, and a fencing token that rises at each takeover.

Every write transaction of a lease holder begins by checking its row; nothing found means somebody else took over: write nothing.
Expiry is by the database's clock, so that a program whose own clock is wrong takes nothing over that is still held.
"""

from msgspec import Struct
from sqlalchemy.engine import Connection

from connector.errors import BusyError
from connector.store.engine import is_postgres


class Lease(Struct, frozen=True):
    """What a holder shows before it writes."""

    name: str
    owner: str
    token: int


def turn_of(name: str) -> str:
    """The turn in which a lease is taken, renewed and given back: nothing else writes to its row."""
    return f"lease:{name}"


def take_lease(tx: Connection, name: str, owner: str, now_ms: int, for_ms: int) -> Lease | None:
    """The lease when it is free, expired, or this owner's already; None while another holds it. `now_ms`: the database's clock."""
    row = tx.exec_driver_sql("SELECT owner, expires_ms, token FROM leases WHERE name = ?", (name,)).one_or_none()
    if row is None:
        tx.exec_driver_sql("INSERT INTO leases (name, owner, expires_ms, token) VALUES (?, ?, ?, 1)", (name, owner, now_ms + for_ms))
        return Lease(name, owner, 1)
    holder, expires_ms, token = row
    if holder and holder != owner and expires_ms > now_ms:
        return None
    tx.exec_driver_sql("UPDATE leases SET owner = ?, expires_ms = ?, token = ? WHERE name = ?", (owner, now_ms + for_ms, token + 1, name))
    return Lease(name, owner, token + 1)


def check_lease(tx: Connection, lease: Lease) -> None:
    """Raises BusyError when the lease is no longer this holder's."""
    if not holds(tx, lease):
        raise BusyError("another run took over", to=lease.name, next_step="This one wrote nothing more; let the other finish.")


def holds(tx: Connection, lease: Lease) -> bool:
    """Whether the lease is still this holder's, and stays so until the transaction ends: who takes it over waits for that."""
    lock = " FOR SHARE" if is_postgres(tx) else ""  # SQLite has locked everything
    row = tx.exec_driver_sql(f"SELECT owner, token FROM leases WHERE name = ?{lock}", (lease.name,)).one_or_none()
    return row is not None and tuple(row) == (lease.owner, lease.token)


def release_lease(tx: Connection, lease: Lease) -> None:
    tx.exec_driver_sql(
        "UPDATE leases SET owner = '', expires_ms = 0 WHERE name = ? AND owner = ? AND token = ?",
        (lease.name, lease.owner, lease.token),
    )
