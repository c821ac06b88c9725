"""A lease is held by one owner at a time; whoever takes it over raises its token, and the one before writes nothing more."""

import time
from datetime import timedelta

import pytest

from connector.errors import BusyError
from connector.store.leases import Lease
from connector.store.store import LEASE_SECONDS, Store
from tests.fakes import START, VirtualClock
from tests.store.stores import at, rows

WRITE = "INSERT INTO facts (name, body) VALUES ('written', 'yes')"


def take(store, owner, wait_seconds=0.0, name="book"):
    return store.lease(name, owner, wait_seconds=wait_seconds)


def test_a_lease_is_held_by_one_owner(store, place, clock):
    other = at(place, clock)
    with take(store, "first"), pytest.raises(BusyError, match="book: another run holds it"), take(other, "second"):
        pass
    other.engine.dispose()


def test_a_lease_of_another_name_is_free(store):
    with take(store, "first"), take(store, "second", name="connection") as lease:
        assert lease == Lease("connection", "second", 1)


def test_a_released_lease_is_free_and_its_token_rises(store):
    with take(store, "first") as first:
        pass
    with take(store, "second") as second:
        assert (first.token, second.token) == (1, 2)


def test_a_lease_is_released_also_when_its_holder_fails(store):
    with pytest.raises(ZeroDivisionError), take(store, "first"):
        raise ZeroDivisionError
    with take(store, "second"):
        pass


def test_x8_an_expired_lease_is_taken_over_and_the_one_before_writes_nothing(store, clock):
    with take(store, "first") as first:
        clock.advance(LEASE_SECONDS + 1)
        with take(store, "second") as second:
            assert second.token > first.token
            with pytest.raises(BusyError, match="another run took over"), store.begin(first) as tx:
                tx.exec_driver_sql(WRITE)
            assert rows(store, "SELECT * FROM facts") == []
            with store.begin(second) as tx:
                tx.exec_driver_sql(WRITE)
    assert rows(store, "SELECT body FROM facts") == [("yes",)]


def test_the_end_of_the_one_before_does_not_free_the_lease_of_the_one_after(store, clock):
    before = take(store, "first")
    before.__enter__()
    clock.advance(LEASE_SECONDS + 1)
    with take(store, "second"):
        before.__exit__(None, None, None)
        with pytest.raises(BusyError), take(store, "third"):
            pass


def test_an_expired_lease_that_nobody_took_still_counts(store, clock):
    with take(store, "first") as first:
        clock.advance(LEASE_SECONDS + 1)
        with store.begin(first) as tx:
            tx.exec_driver_sql(WRITE)
    assert rows(store, "SELECT body FROM facts") == [("yes",)]


def test_renewing_keeps_a_long_run_what_it_holds(store, clock):
    with take(store, "first") as first:
        clock.advance(LEASE_SECONDS - 1)
        store.renew_lease(first)
        clock.advance(LEASE_SECONDS - 1)
        with pytest.raises(BusyError), take(store, "second"):
            pass


def test_what_was_renewed_just_now_is_not_written_again(store, clock):
    def expires():
        return rows(store, "SELECT expires_ms FROM leases WHERE name = 'book'")

    with take(store, "first") as first:
        taken = expires()
        clock.advance(LEASE_SECONDS / 10 - 1)
        store.renew_lease(first)
        assert expires() == taken
        clock.advance(1)
        store.renew_lease(first)
        assert expires() > taken


def test_a_lost_lease_is_not_renewed(store, clock):
    with take(store, "first") as first:
        clock.advance(LEASE_SECONDS + 1)
        with take(store, "second"), pytest.raises(BusyError, match="another run took over"):
            store.renew_lease(first)


def test_a_write_that_fails_leaves_nothing(store):
    with take(store, "first") as lease, pytest.raises(ZeroDivisionError), store.begin(lease) as tx:
        tx.exec_driver_sql(WRITE)
        raise ZeroDivisionError
    assert rows(store, "SELECT * FROM facts") == []


def test_waiting_ends_when_the_lease_is_free(store, clock):
    with take(store, "gone for good"):
        started = clock.boot()
        with take(store, "second", wait_seconds=LEASE_SECONDS + 5) as lease:
            assert lease.token == 2
        assert clock.boot() - started == pytest.approx(LEASE_SECONDS, abs=2)


def test_waiting_ends_at_its_deadline(store, clock):
    with take(store, "first"):
        started = clock.boot()
        with pytest.raises(BusyError, match="give --wait"), take(store, "second", wait_seconds=10):
            pass
        assert clock.boot() - started == pytest.approx(10, abs=1)


def test_the_same_owner_takes_its_own_lease_again_with_a_new_token(store):
    with take(store, "first") as one, take(store, "first") as two:
        assert two.token == one.token + 1
        with pytest.raises(BusyError), store.begin(one):
            pass


# ---- whose clock ----------------------------------------------------------------------------------------------------------


def opened(place, *, hours_ahead):
    """The state as a program on this database sees it, whose own clock is wrong by some hours."""
    return Store(place, VirtualClock(START + timedelta(hours=hours_ahead)))


def test_the_databases_clock_counts_milliseconds_since_1970(place, store):
    plain = opened(place, hours_ahead=0)
    before = time.time() * 1000
    with plain.begin() as tx:
        now = plain.database_ms(tx)
    assert before - 2 <= now <= time.time() * 1000 + 2
    plain.engine.dispose()


@pytest.mark.parametrize("hours", [1, 24 * 365 * 50], ids=["an hour ahead", "fifty years ahead"])
def test_a_program_whose_clock_is_ahead_takes_no_live_lease_over(place, store, hours):
    right, wrong = opened(place, hours_ahead=0), opened(place, hours_ahead=hours)
    with take(right, "first") as first:
        with pytest.raises(BusyError, match="another run holds it"), take(wrong, "second"):
            pass
        with right.begin(first) as tx:
            tx.exec_driver_sql(WRITE)
    right.engine.dispose()
    wrong.engine.dispose()


def test_a_program_whose_clock_is_ahead_holds_no_longer_than_any_other(place, store):
    wrong = opened(place, hours_ahead=1)
    with take(wrong, "first") as first:
        wrong.renew_lease(first)
        now_ms = time.time() * 1000
        ((expires_ms,),) = rows(wrong, "SELECT expires_ms FROM leases")
        assert now_ms < expires_ms <= now_ms + LEASE_SECONDS * 1000 + 2
    wrong.engine.dispose()
