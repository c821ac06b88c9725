"""A floor to hold our pull against: every entry of the stub into sixteen columns of SQLite and nothing more, page by page
(`python -m bench.bare ADDRESS FILE`). No fingerprint, history, audit log, revision, lease, budget or repeat; prints how many it stored.
"""

import sqlite3
import sys
from contextlib import closing

import httpx  # noqa: TID251  (what a script would use)
import msgspec


class Named(msgspec.Struct, gc=False):
    id: int
    name: str


class Entry(msgspec.Struct, gc=False):
    id: int
    spent_date: str
    hours: float
    rounded_hours: float
    billable: bool
    is_closed: bool
    is_billed: bool
    is_running: bool
    notes: str | None
    updated_at: str
    billable_rate: float | None
    user: Named
    client: Named
    project: Named
    task: Named


class Links(msgspec.Struct, gc=False):
    next: str | None


class Listing(msgspec.Struct, gc=False):
    time_entries: list[Entry]
    links: Links


INSERT = f"INSERT INTO entries VALUES ({', '.join('?' * 16)})"


def main() -> int:
    following: str | None = f"{sys.argv[1]}/v2/time_entries?per_page=2000"
    decoder = msgspec.json.Decoder(Listing)
    columns = "id, day, hours, rounded, billable, closed, billed, running, notes, updated, rate, user, client, project, task, client_id"
    with httpx.Client(timeout=60) as client, closing(sqlite3.connect(sys.argv[2])) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute(f"CREATE TABLE entries ({columns}, PRIMARY KEY (id))")
        while following is not None:
            listing = decoder.decode(client.get(following).content)
            with database:
                database.executemany(INSERT, map(_row, listing.time_entries))
            following = listing.links.next
        print(database.execute("SELECT count(*) FROM entries").fetchone()[0])
    return 0


def _row(one: Entry) -> tuple[object, ...]:
    return (
        one.id, one.spent_date, one.hours, one.rounded_hours, one.billable, one.is_closed, one.is_billed, one.is_running, one.notes,
        one.updated_at, one.billable_rate, one.user.name, one.client.name, one.project.name, one.task.name, one.client.id,
    )  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
