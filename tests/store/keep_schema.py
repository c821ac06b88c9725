"""Keeps the program's newest schema as SQL, with one row of what must survive: `python -m tests.store.keep_schema`.

Run it once, with the release that brings a migration; before the first release also whenever 0001 is generated anew. What is kept is
never changed afterwards: it is what people's states look like.
"""

import contextlib
import sqlite3
import tempfile
from pathlib import Path

from connector.store.version import VERSION
from tests.store.stores import made

ROWS = """
INSERT INTO runs (command, started_at) VALUES ('pull', '2026-07-01T08:00:00+00:00');
INSERT INTO sources (kind, account) VALUES ('clockify', 'acme');
INSERT INTO entries (source_id, entry_id, connection, worked_on, seconds, run, body)
  VALUES (1, 'kept', 'clock', '2026-06-03', 3600, 1, '{"id":"kept","worked_on":"2026-06-03","seconds":3600}');
INSERT INTO documents (book, key, generation, kind, number, state, their_status, remote_id, client, period, currency, net, target)
  VALUES ('nz', 'nz/alpine/2026-06', 1, 'invoice', 'HB-2606-001', 'done', 'draft', 'r1', 'alpine', '2026-06', 'NZD', 12000, '{}');
INSERT INTO claims (entry, part, document, revision, seconds, billed, billed_seconds, net, currency, client, period)
  VALUES (1, 1, 1, 1, 3600, '3600', 3600, 12000, 'NZD', 'alpine', '2026-06');
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.sqlite3"
        made(path).engine.dispose()
        with contextlib.closing(sqlite3.connect(path)) as state:
            state.executescript(ROWS)
            text = "\n".join(state.iterdump())
    kept = Path(__file__).parent / "schemas" / f"{VERSION}.sql"
    kept.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n")


if __name__ == "__main__":
    main()
