"""How everything stands at one moment, for the reports: the stored charges, or, where they are no longer current, charges computed
afresh. Takes no lease, writes nothing that anybody else sees.
"""

import contextlib
from collections.abc import Iterator
from decimal import Decimal

import msgspec
from msgspec import Struct

from connector.core.holding import INCOMPLETE, NO_PO
from connector.core.steps import Plan, Step
from connector.reports.values import Head, LastPull
from connector.store import charges, entries
from connector.store.shadow import shadowed
from connector.store.store import Tx
from connector.use_cases.picture import CHARGES, Picture, draw, inputs_digest
from connector.use_cases.workspace import Workspace

ALL = "all"
BASIS = "charges:basis"
OUTLOOK = "outlook"


class Planned(Struct, frozen=True):
    """What a report must know of a step without planning again. `incomplete`: it is held because its client's time is not whole;
    `no_po`: why it waits for a PO, and then its entries, worked seconds and net.
    """

    key: str
    client: str
    period: str
    action: str
    digest: str
    incomplete: bool
    no_po: str = ""
    entries: tuple[int, ...] = ()
    seconds: int = 0
    currency: str = ""
    net: Decimal | None = None


_outlook = msgspec.json.Decoder(dict[str, tuple[Planned, ...]])


class Standing(Struct, frozen=True, kw_only=True):
    """One snapshot to read from. `note` says why the charges in it were computed afresh, "" when they were not; `planned`: book →
    its steps.
    """

    read: Tx
    note: str
    planned: dict[str, tuple[Planned, ...]]


@contextlib.contextmanager
def standing(ws: Workspace) -> Iterator[Standing]:
    """The state as it is now, with charges that are current."""
    with ws.store.snapshot(shadows=True) as read:
        if ws.store.fact(read, CHARGES) == inputs_digest(ws, read):
            yield Standing(read=read, note="", planned=_stored_outlook(ws, read))
            return
        note = _why_afresh(ws, read)
        picture = draw(ws, read)
        numbers = {number: known.number for number, known in picture.ledger.documents.items()}
        with shadowed(read):
            charges.store(read, picture.charges, picture.ledger.claims, numbers)
            yield Standing(read=read, note=note, planned=outlook(picture.plans))


def outlook(plans: dict[str, Plan]) -> dict[str, tuple[Planned, ...]]:
    """The plans in short."""
    return {name: tuple(_planned(step) for step in plan.steps) for name, plan in plans.items()}


def _planned(step: Step) -> Planned:
    found = Planned(step.key, step.client, step.period, step.action, step.digest, INCOMPLETE in step.reason)
    no_po = next((reason for reason in step.reason.split("; ") if NO_PO in reason), "") if step.action == "hold" else ""
    if not no_po or step.document is None:
        return found
    return msgspec.structs.replace(
        found, no_po=no_po, entries=tuple(dict.fromkeys(charge.entry for charge in step.charges)), seconds=step.seconds,
        currency=step.document.currency, net=step.document.net,
    )  # fmt: skip


def remember(ws: Workspace, tx: Tx, picture: Picture) -> None:
    """Stores beside the charges what the next report wants to know without computing it again."""
    ws.store.set_fact(tx, OUTLOOK, msgspec.json.encode(outlook(picture.plans)).decode())
    ws.store.set_fact(tx, BASIS, f"{ws.mapping.digest} {entries.stamp(tx)}")


def _stored_outlook(ws: Workspace, read: Tx) -> dict[str, tuple[Planned, ...]]:
    """As of the last pull, less what was carried out since."""
    body = ws.store.fact(read, OUTLOOK)
    applied = {digest for (digest,) in read.exec_driver_sql("SELECT approved_digest FROM documents WHERE state <> 'refused'")}
    stored = _outlook.decode(body) if body else {}
    return {book: tuple(step for step in steps if step.digest not in applied) for book, steps in stored.items()}


def _why_afresh(ws: Workspace, read: Tx) -> str:
    mapping, _, stamp = ws.store.fact(read, BASIS).partition(" ")
    if not mapping:
        return "computed afresh: nothing was computed by a pull yet"
    if mapping != ws.mapping.digest:
        return "computed afresh: mapping changed since the last pull"
    if stamp != entries.stamp(read):
        return "computed afresh: entries or decisions changed since the last pull"
    return "computed afresh: documents over there, the configuration or the day changed since the last pull"


def head(ws: Workspace, now: Standing, book: str | None, period: str | None) -> Head:
    """What every report says first. The zone is the book's, or each book's own where several are reported together."""
    zones = [ws.book(book).zone] if book else list(dict.fromkeys(found.zone for found in ws.books.values()))
    run = now.read.exec_driver_sql("SELECT coalesce(max(id), 0) FROM runs").scalar_one()
    return Head(
        book=book or ALL, period=period, zone=", ".join(zones), as_of=ws.now().isoformat(), pulls=last_pulls(ws, now.read),
        mapping=ws.mapping.digest, run=ws.run or int(run), note=now.note,
    )  # fmt: skip


def last_pulls(ws: Workspace, read: Tx) -> tuple[LastPull, ...]:
    """Every connection of the configuration, and those that only the state still knows."""
    rows = {
        name: (at, trouble)
        for name, at, trouble in read.exec_driver_sql("SELECT name, last_complete_pull, trouble FROM connections ORDER BY name")
    }
    names = dict.fromkeys((*ws.source_names, *rows))
    return tuple(
        LastPull(connection=name, last_complete_pull=at, partial=trouble or ("" if at else "never read to its end"))
        for name in names
        for at, trouble in [rows.get(name, (None, ""))]
    )
