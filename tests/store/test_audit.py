"""The audit log is a chain: whatever is altered, taken out or put in is told by stream and number."""

from datetime import UTC, datetime

import pytest

from connector.store import audit
from tests.store.stores import rows

AT = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def kept(store):
    with store.begin() as tx:
        for number in (1, 2, 3):
            audit.append(tx, "book:nz", AT, "sent", {"number": f"HB-{number}", "net": "10.00"})
            audit.append(tx, "connection:clock", AT, "pulled", {"entries": number})
    return store


def broken(store):
    with store.snapshot() as read:
        return audit.broken(read)


def tamper(store, sql):
    with store.begin() as tx:
        assert tx.exec_driver_sql(sql).rowcount == 1


def test_an_untouched_log_holds(kept):
    assert broken(kept) == []
    assert rows(kept, "SELECT stream, seq FROM audit ORDER BY stream, seq") == [
        (stream, seq) for stream in ("book:nz", "connection:clock") for seq in (1, 2, 3)
    ]


def test_an_empty_log_holds(store):
    assert broken(store) == []


@pytest.mark.parametrize(
    "change",
    [
        "body = replace(body, '10.00', '99.00')",
        "what = 'refused'",
        "at = '2026-07-02T09:00:00+00:00'",
        "hash = 'f' || substr(hash, 2)",
        "previous = '0'",
    ],
)
def test_an_altered_row_is_told(kept, change):
    tamper(kept, f"UPDATE audit SET {change} WHERE stream = 'book:nz' AND seq = 2")
    assert "book:nz #2: the chain is broken here" in broken(kept)
    assert not any("connection:clock" in fault for fault in broken(kept))


def test_a_row_taken_out_is_told_at_the_next(kept):
    tamper(kept, "DELETE FROM audit WHERE stream = 'book:nz' AND seq = 2")
    assert broken(kept) == ["book:nz #3: the chain is broken here"]


def test_a_first_row_taken_out_is_told(kept):
    tamper(kept, "DELETE FROM audit WHERE stream = 'book:nz' AND seq = 1")
    assert broken(kept) == ["book:nz #2: the chain is broken here"]


def test_a_row_altered_with_its_own_hash_made_anew_is_told_at_the_next(kept):
    previous, body = rows(kept, "SELECT previous, body FROM audit WHERE stream = 'book:nz' AND seq = 2")[0]
    forged = str(body).replace("10.00", "99.00")
    digest = audit.chain(str(previous), "book:nz", 2, AT.isoformat(), "sent", forged)
    with kept.begin() as tx:
        tx.exec_driver_sql("UPDATE audit SET body = ?, hash = ? WHERE stream = 'book:nz' AND seq = 2", (forged, digest))
    assert broken(kept) == ["book:nz #3: the chain is broken here"]


def test_a_row_moved_to_another_stream_is_told(kept):
    tamper(kept, "UPDATE audit SET stream = 'book:au', seq = 1 WHERE stream = 'book:nz' AND seq = 3")
    assert broken(kept) == ["book:au #1: the chain is broken here"]


def test_a_row_lives_and_dies_with_its_transaction(kept):
    with pytest.raises(ZeroDivisionError), kept.begin() as tx:
        audit.append(tx, "book:nz", AT, "sent", {"number": "HB-4"})
        raise ZeroDivisionError
    assert broken(kept) == []
    assert rows(kept, "SELECT max(seq) FROM audit WHERE stream = 'book:nz'") == [(3,)]


def test_the_order_of_a_body_does_not_matter(kept):
    with kept.begin() as tx:
        audit.append(tx, "book:nz", AT, "sent", {"b": 1, "a": 2})
    assert rows(kept, "SELECT body FROM audit WHERE stream = 'book:nz' AND seq = 4") == [('{"a":2,"b":1}',)]
