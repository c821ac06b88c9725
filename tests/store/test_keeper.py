"""What HTTP keeps: one refresh at a time over all processes and threads, and budgets that hold in any window, also after a restart."""

import threading
from datetime import timedelta

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.errors import BusyError
from connector.http import OAuth
from connector.ports import Budget, Tokens
from connector.store.keeper import REFRESH_WAIT_SECONDS, StoreKeeper, authorise_by, budgets, expires_at, forget_tokens
from connector.store.store import LEASE_SECONDS
from tests.fakes import START, FakeHost, VirtualClock
from tests.store.stores import at, in_memory, made


def pair(name):
    return Tokens(access=f"access {name}", refresh=f"refresh {name}", expires_at=START + timedelta(minutes=30))


class Vendor:
    """Rotates: a refresh token is good for one exchange."""

    def __init__(self):
        self.exchanged = []

    def __call__(self, before):
        name = before.access if before else "nothing"
        assert name not in self.exchanged, f"{name} was exchanged twice: the vendor would kill the whole family"
        self.exchanged.append(name)
        return pair(len(self.exchanged))


def keeper(store, owner="process 1", connection="xero"):
    return StoreKeeper(store, connection, owner)


def test_p7_a_pair_is_kept_before_it_is_used_and_found_by_the_next_process(store, place, clock):
    vendor = Vendor()
    assert keeper(store).tokens() is None
    assert keeper(store).renew(None, vendor) == pair(1)
    other = at(place, clock)
    assert keeper(other, "process 2").tokens() == pair(1)
    assert keeper(other, connection="another").tokens() is None
    assert expires_at(other, "xero") == pair(1).expires_at
    assert expires_at(other, "another") is None
    other.engine.dispose()


def test_when_somebody_must_authorise_again_is_known_until_the_next_pair_or_until_it_is_forgotten(store):
    ends = START + timedelta(days=100)
    first = keeper(store).renew(None, lambda _seen: msgspec.structs.replace(pair(1), refresh_expires_at=ends))
    assert told(store) == {"xero": ends.isoformat()}
    second = keeper(store).renew(first, lambda _seen: msgspec.structs.replace(pair(2), refresh_expires_at=ends + timedelta(days=1)))
    assert told(store) == {"xero": (ends + timedelta(days=1)).isoformat()}
    keeper(store).renew(second, lambda _seen: pair(3))
    assert told(store) == {}
    keeper(store, connection="other").renew(None, lambda _seen: msgspec.structs.replace(pair(4), refresh_expires_at=ends))
    assert forget_tokens(store, "other")
    assert told(store) == {}


def told(store):
    with store.snapshot() as read:
        return authorise_by(read)


def test_who_comes_second_gets_the_newer_pair_without_asking(store, place, clock):
    vendor, other = Vendor(), at(place, clock)
    first = keeper(store).renew(None, vendor)
    assert keeper(store).renew(first, vendor) == pair(2)
    assert keeper(other, "process 2").renew(first, vendor) == pair(2)
    assert vendor.exchanged == ["nothing", "access 1"]
    other.engine.dispose()


def test_a_pair_with_something_noted_beside_it_is_renewed_once_the_vendor_refuses_it(store, place, clock):
    vendor, other = Vendor(), at(place, clock)
    asking = OAuth(FakeHost(clock=clock, keeper=keeper(store)), vendor)
    first = asking.tokens()
    asking.note_scope(first, "firm")
    assert keeper(other, "process 2").tokens() == msgspec.structs.replace(first, scope_id="firm")
    assert asking.renew(first) == pair(2)
    assert vendor.exchanged == ["nothing", "access 1"]
    other.engine.dispose()


@pytest.mark.parametrize("owners", [("process 1", "process 2"), ("process 1", "process 1")], ids=["two processes", "two threads of one"])
def test_p7_two_keepers_that_refresh_one_pair_at_once_exchange_it_once(place, owners):
    clock, vendor, begun = VirtualClock(), Vendor(), threading.Event()
    stores = [made(place, clock), at(place, clock)]
    keeper(stores[0]).renew(None, vendor)
    found = []

    def exchange_while_the_other_asks(before):
        begun.set()
        asking.join(0.3)  # the other must still be waiting for its turn; it is not this wait that decides
        assert asking.is_alive()
        return vendor(before)

    def ask():
        begun.wait(10)
        found.append(keeper(stores[1], owners[1]).renew(pair(1), vendor))

    asking = threading.Thread(target=ask)
    asking.start()
    # The waiting one sleeps in virtual seconds: freed long before its patience ends, unless it does not wait at all.
    clock.sleep = lambda _seconds: threading.Event().wait(0.01)
    found.append(keeper(stores[0], owners[0]).renew(pair(1), exchange_while_the_other_asks))
    asking.join(10)
    assert found == [pair(2), pair(2)]
    assert vendor.exchanged == ["nothing", "access 1"]
    for store in stores:
        store.engine.dispose()


def test_a_failed_exchange_keeps_the_pair_and_frees_the_turn(store):
    vendor = Vendor()
    keeper(store).renew(None, vendor)
    with pytest.raises(ZeroDivisionError):
        keeper(store).renew(pair(1), lambda _before: 1 / 0)
    assert keeper(store).tokens() == pair(1)
    assert keeper(store, "process 2").renew(pair(1), vendor) == pair(2)


def test_a_pair_that_the_vendor_gave_is_kept_also_when_the_turn_ended_meanwhile(store, clock):
    vendor = Vendor()
    keeper(store).renew(None, vendor)

    def slow(before):
        clock.advance(LEASE_SECONDS + 1)
        with store.lease("tokens:xero", "process 2"):
            return vendor(before)

    assert keeper(store).renew(pair(1), slow) == pair(2)
    assert keeper(store).tokens() == pair(2)


def test_a_pair_that_somebody_kept_meanwhile_stands(store, clock):
    vendor = Vendor()
    keeper(store).renew(None, vendor)

    def overtaken(_before):
        clock.advance(LEASE_SECONDS + 1)
        keeper(store, "process 2").renew(pair(1), vendor)
        return pair("late")

    assert keeper(store).renew(pair(1), overtaken) == pair(2)
    assert keeper(store).tokens() == pair(2)


def test_who_cannot_get_its_turn_is_told(store, clock):
    with store.lease("tokens:xero", "process 2"):
        started = clock.boot()
        with pytest.raises(BusyError):
            keeper(store).renew(None, Vendor())
        assert clock.boot() - started == pytest.approx(REFRESH_WAIT_SECONDS, abs=2)


def spend(kept, budget, calls_max, window_seconds):
    """The seconds until a call is free, 0.0 where one was taken."""
    return kept.spend([Budget(budget, calls_max, window_seconds)]).seconds


@given(
    calls_max=st.integers(1, 7),
    window=st.sampled_from([1, 7, 59, 60, 61, 100, 119, 125, 3600, 86400]),
    waits=st.lists(st.floats(0, 1.3), min_size=1, max_size=15),
)
@example(calls_max=1, window=125, waits=[0.0158, 0.0])  # late in a bucket, and no whole number of buckets
@settings(max_examples=25, deadline=None)
def test_p1_a_budget_holds_in_every_window_and_never_starves(calls_max, window, waits):
    clock = VirtualClock()
    store = in_memory(clock)
    taken = []
    for share in waits:
        clock.advance(share * window / calls_max)
        if (wait := spend(keeper(store), "minute", calls_max, window)) > 0:
            assert wait <= window + 3 * -(-window // 60)
            clock.advance(wait)
            assert spend(keeper(store), "minute", calls_max, window) == 0
        taken.append(clock.boot())
        assert sum(call > taken[-1] - window for call in taken) <= calls_max
    store.engine.dispose()


def test_calls_taken_before_a_restart_count(store, place, clock):
    assert spend(keeper(store), "minute", 2, 60) == spend(keeper(store), "minute", 2, 60) == 0
    other = at(place, clock)
    assert spend(keeper(other, "process 2"), "minute", 2, 60) > 0
    other.engine.dispose()


def test_budgets_are_apart(store):
    assert spend(keeper(store), "minute", 1, 60) == 0
    assert spend(keeper(store), "minute", 1, 60) > 0
    assert spend(keeper(store), "day", 1, 86400) == 0
    assert spend(keeper(store, connection="another"), "minute", 1, 60) == 0


def test_a_pause_survives_a_restart(store, place, clock):
    keeper(store).pause("day", 20 * 3600)
    other = at(place, clock)
    assert spend(keeper(other), "day", 5000, 86400) == pytest.approx(20 * 3600, abs=2)
    clock.advance(20 * 3600 + 2)
    assert spend(keeper(other), "day", 5000, 86400) == 0
    other.engine.dispose()


def test_a_shorter_pause_does_not_end_a_longer_one(store, clock):
    keeper(store).pause("minute", 600)
    keeper(store).pause("minute", 5)
    clock.advance(60)
    assert spend(keeper(store), "minute", 60, 60) > 500


def test_a_pause_keeps_what_was_taken(store, clock):
    assert spend(keeper(store), "minute", 1, 60) == 0
    keeper(store).pause("minute", 5)
    clock.advance(10)
    assert spend(keeper(store), "minute", 1, 60) > 0


def test_no_token_stands_in_a_repr():
    assert "access" not in repr(pair(1))
    assert "refresh" not in repr(pair(1))


def test_what_is_left_of_a_budget_is_told(store, clock):
    kept = keeper(store)
    for _ in range(3):
        assert spend(kept, "minute", 5, 60) == 0.0
    kept.pause("day", 90)

    def left():
        with store.snapshot() as read:
            return {one.name: (one.spent, one.calls_max, one.paused_seconds > 0) for one in budgets(read, clock.now())}

    assert left() == {"minute": (3, 5, False), "day": (0, 0, True)}
    clock.advance(300)
    assert left() == {"minute": (0, 5, False), "day": (0, 0, False)}
