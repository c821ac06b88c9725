"""Several processes on one state at once: nobody's write is lost, nothing is claimed twice, no budget is overspent."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from connector.store import audit, postgres
from tests.store.rival import CALLS_MAX, CHARGES, ROUNDS
from tests.store.stores import at, rows, write

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 60


class Program:
    """A rival that has come as far as being ready."""

    def __init__(self, place: str, *words: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.rival", place, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert self.said() == {"ready": words[0]}

    def said(self) -> dict[str, object]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()


@contextmanager
def program(place: str, *words: str) -> Iterator[Program]:
    started = Program(place, *words)
    with started.process:
        yield started
        started.process.communicate(timeout=SECONDS_MAX)


def test_what_one_reads_and_then_writes_is_not_overtaken_by_another(store, place):
    write(store, "INSERT INTO sources (kind, account) VALUES ('a', 'b')")
    for number in range(CHARGES):
        write(store, f"INSERT INTO entries (source_id, entry_id) VALUES (1, 'e{number}')")
    names = ("one", "two", "three")
    with ExitStack() as stack:
        programs = [stack.enter_context(program(place, name)) for name in names]
        for each in programs:
            each.go()
        ended = [each.said() for each in programs]
    assert sum(end["calls"] for end in ended) == CALLS_MAX, "a budget is for all of them together"
    assert sum(end["won"] for end in ended) == CHARGES, "a charge has one claim"
    assert rows(store, "SELECT count(*), count(DISTINCT entry) FROM claims") == [(CHARGES, CHARGES)]
    assert rows(store, "SELECT body FROM facts WHERE name = 'counter'") == [(str(ROUNDS * len(names)),)], "each held the lease alone"
    assert rows(store, "SELECT max(seq) FROM audit WHERE stream = 'book:nz'") == [(ROUNDS * len(names),)]
    with store.snapshot() as read:
        assert audit.broken(read) == []


def test_programs_that_make_one_state_at_once_make_it_once(new_place):
    with ExitStack() as stack:
        programs = [stack.enter_context(program(new_place, name)) for name in ("one", "two")]
        for each in programs:
            each.go()
        for each in programs:
            assert each.process.stdout is not None
            each.process.stdout.readline()  # it goes on to claim what is not there; what counts is that it got so far
    store = at(new_place)
    assert store.current()
    assert rows(store, "SELECT count(*) FROM documents") == [(2,)]
    store.engine.dispose()


def test_who_stands_still_within_a_transaction_loses_it_and_the_next_one_need_not_wait_for_ever(postgres_place, clock):
    store = at(postgres_place, clock)
    with program(postgres_place, "sleeper", "200") as sleeper:
        sleeper.go()
        assert sleeper.said() == {"asleep": "sleeper"}
        clock.advance(10**9)  # its lease has ended, too
        with store.lease("book:nz", "next") as lease, store.begin(lease) as tx:  # waits until the server has ended the sleeper's session
            store.set_fact(tx, "who", "next")
        sleeper.go()
        ended = sleeper.said()
    assert ended["error"] == "StateError", ended
    assert rows(store, "SELECT body FROM facts WHERE name = 'who'") == [("next",)]
    store.engine.dispose()


def test_a_lease_is_not_taken_over_while_its_holder_is_writing(postgres_place, clock, monkeypatch):
    monkeypatch.setattr(postgres, "TURN_MS", 100)
    first, second = at(postgres_place, clock), at(postgres_place, clock)
    with first.lease("book:nz", "first") as lease:
        with first.begin(lease) as tx:
            clock.advance(10**9)
            with pytest.raises(Exception, match="lock timeout"), second.lease("book:nz", "second"):
                pass
            first.set_fact(tx, "who", "first")
        with second.lease("book:nz", "second") as taken:
            assert taken.token > lease.token
    for each in (first, second):
        each.engine.dispose()


def test_a_lease_is_taken_and_renewed_while_somebody_draws_a_picture(postgres_place, clock, monkeypatch):
    monkeypatch.setattr(postgres, "TURN_MS", 100)
    store, other = at(postgres_place, clock), at(postgres_place, clock)
    with other.begin() as tx:
        other.set_fact(tx, "drawn", "now")
        with store.lease("book:nz", "first") as lease:
            store.renew_lease(lease)
        with pytest.raises(Exception, match="Another program holds it"):
            write(store, "DELETE FROM facts")
    for each in (store, other):
        each.engine.dispose()
