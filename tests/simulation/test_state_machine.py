"""Hypothesis drives a firm whose process dies before or after any effect: no charge ever stands on two live documents."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from adapters.memory.sink import Fault
from connector.errors import HourbridgeError
from connector.ports import Request
from tests.simulation.firms import CLIENTS, _mapping
from tests.use_cases.world import Dead, World

SOME = st.integers(0, 40)
FAULTS = st.sampled_from(["lost", "reset", "late", "unsent", "partial"])


class Firm(RuleBasedStateMachine):
    """Entries, runs that die, answers that are lost, people who post and void."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(_mapping(0))
        self.made = 0

    # ---- the firm works ----

    @rule(client=st.sampled_from(CLIENTS), quarters=st.integers(1, 20))
    def enter(self, client: str, quarters: int) -> None:
        self.made += 1
        self._work(f"t{self.made}", client, quarters)

    def _work(self, name: str, client: str, quarters: int) -> None:
        self.world.work(name, client, hours=str(Decimal(quarters) / 4), ticket=name)

    @precondition(lambda self: self.world.source.entries)
    @rule(which=SOME, client=st.sampled_from(CLIENTS), quarters=st.integers(1, 20))
    def edit(self, which: int, client: str, quarters: int) -> None:
        self._work(self._name(which), client, quarters)

    @precondition(lambda self: self.world.source.entries)
    @rule(which=SOME)
    def remove(self, which: int) -> None:
        self.world.remove(self._name(which))

    def _name(self, which: int) -> str:
        names = sorted(self.world.source.entries)
        return names[which % len(names)]

    # ---- runs ----

    @rule()
    def run(self) -> None:
        with suppress(HourbridgeError):
            self.world.bill()

    @rule(statements=st.integers(1, 150))
    def run_and_die_at_a_statement(self, statements: int) -> None:
        left = statements

        def come(_statement: str) -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                raise Dead

        self.world.store.comes_to = come
        with suppress(HourbridgeError, Dead):
            self.world.bill()
        self.world.store.comes_to = lambda _statement: None

    @rule(after=st.booleans())
    def run_and_die_at_the_effect(self, *, after: bool) -> None:
        def die(*_request: object) -> None:
            self.world.store.comes_to = die
            raise Dead

        if after:
            self.world.company.after_commit = die
        else:
            self.world.company.fault = die
        with suppress(HourbridgeError, Dead):
            self.world.bill()
        self.world.store.comes_to = self.world.company.fault = lambda _any: None
        self.world.company.after_commit = lambda: None

    @rule(kind=FAULTS, seconds=st.integers(1, 479))
    def run_with_a_fault(self, kind: str, seconds: int) -> None:
        def fault(_request: Request) -> Fault | None:
            self.world.company.fault = lambda _request: None
            return Fault(kind, seconds=seconds)  # type: ignore[arg-type]

        self.world.company.fault = fault
        with suppress(HourbridgeError):
            self.world.bill()
        self.world.company.fault = lambda _request: None

    @rule(seconds=st.sampled_from([10, 120, 301, 500, 3600]))
    def wait(self, seconds: int) -> None:
        self.world.clock.sleep(seconds)

    # ---- people over there ----

    @precondition(lambda self: self.world.live_numbers())
    @rule(which=SOME, status=st.sampled_from(["posted", "voided"]))
    def change_there(self, which: int, status: str) -> None:
        numbers = self.world.live_numbers()
        self.world.touch(numbers[which % len(numbers)], status=status)

    # ---- what holds ----

    @invariant()
    def no_time_stands_on_two_live_documents(self) -> None:
        lines = [line.description.split()[0] for remote in self.world.company.documents.values() if remote.live for line in remote.lines]
        assert len(lines) == len(set(lines)), sorted(lines)

    @invariant()
    def no_number_stands_twice(self) -> None:
        numbers = self.world.live_numbers()
        assert len(numbers) == len(set(numbers))

    def teardown(self) -> None:
        """Calm: two rounds at most, and the third sends nothing."""
        world = self.world
        for _ in range(2):
            world.clock.sleep(800)
            world.bill()
        before = world.company.requests
        world.bill()
        assert world.company.requests == before
        self.no_time_stands_on_two_live_documents()
        world.check()
        world.store.engine.dispose()


TestQuick = Firm.TestCase
TestQuick.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True, database=None
)


@pytest.mark.slow
class TestLong(Firm.TestCase):
    settings = settings(
        max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
