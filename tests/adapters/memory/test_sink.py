"""What the memory sink does beyond the contract: its faults, which every test of the engine leans on."""

from decimal import Decimal

import pytest

from adapters.memory.sink import COMPANIES, Company, Fault, Settings, Sink
from connector.model import DocumentRef
from connector.ports import Accepted, Change, NotSent, Rejected, Taken, Unknown
from tests.adapters.memory.bench import MemoryBench, a_strangers
from tests.contract.sink_bench import as_it_stands, change, create, credit, numbers, push, ready
from tests.fakes import FakeHost


@pytest.fixture
def bench() -> MemoryBench:
    return MemoryBench()


def faulty(bench: MemoryBench, fault: Fault) -> None:
    """The next request meets the fault, those after it nothing."""
    faults = iter([fault])
    bench.company.fault = lambda _request: next(faults, None)


def three(bench: MemoryBench) -> list[Change]:
    return [Change(bench.document(f"HB-{n}")) for n in range(3)]


@pytest.mark.parametrize(
    ("kind", "outcome", "there"),
    [("lost", Unknown, 3), ("reset", Unknown, 0), ("late", Unknown, 0), ("unsent", NotSent, 0)],
)
def test_a_fault_says_only_what_could_be_known(bench, kind, outcome, there):
    faulty(bench, Fault(kind, seconds=600))

    outcomes = push(bench, "create", *three(bench))

    assert [type(one) for one in outcomes.values()] == [outcome] * 3
    assert len(bench.company.documents) == len(bench.company.ledger) == there


def test_a_late_write_takes_effect_when_its_time_has_come(bench):
    faulty(bench, Fault("late", seconds=100))
    push(bench, "create", *three(bench))
    refs = [one.document.ref for one in three(bench)]

    bench.advance(99)
    assert [len(found) for found in bench.sink().find(refs).values()] == [0, 0, 0]
    bench.advance(1)

    assert [len(found) for found in bench.sink().find(refs).values()] == [1, 1, 1]


def test_a_late_write_and_its_repeat_with_the_same_key_have_one_effect(bench):
    faulty(bench, Fault("late", seconds=100))
    (request,) = bench.sink().prepare("create", three(bench))
    bench.sink().send(ready(bench, request))

    outcomes = bench.sink().send(ready(bench, request))
    bench.advance(100)
    bench.sink().find([])

    assert all(isinstance(one, Accepted) for one in outcomes.values())
    assert sorted(numbers(bench)) == ["HB-0", "HB-1", "HB-2"]


def test_a_partial_answer_leaves_members_out_and_does_everything(bench):
    faulty(bench, Fault("partial"))

    outcomes = push(bench, "create", *three(bench))

    assert {ref.number for ref in outcomes} == {"HB-0", "HB-2"}
    assert len(numbers(bench)) == 3


def test_the_script_refuses_the_members_it_names(bench):
    faulty(bench, Fault("refused", numbers=frozenset({"HB-1"})))

    outcomes = push(bench, "create", *three(bench))

    assert [type(one) for one in outcomes.values()] == [Accepted, Rejected, Accepted]
    assert numbers(bench) == ["HB-0", "HB-2"]


def test_a_key_with_other_bytes_is_another_request(bench):
    push(bench, "create", Change(bench.document("HB-1")), key="k" * 32)
    push(bench, "create", Change(bench.document("HB-2")), key="k" * 32)

    assert numbers(bench) == ["HB-1", "HB-2"]


def test_a_request_without_a_key_is_never_remembered(bench):
    remote = create(bench, bench.document("HB-1"))
    sink = bench.sink()
    (request,) = sink.prepare("void", [Change(bench.document("HB-1"), as_it_stands(bench, remote.id))])
    bare = type(request)(
        operation=request.operation, method=request.method, url=request.url, body=request.body, members=request.members,
        deadline_boot_s=bench.clock.boot() + 60,
    )  # fmt: skip

    assert isinstance(sink.send(bare)[remote.ref], Accepted)
    assert not isinstance(sink.send(bare)[remote.ref], Accepted)


def test_a_company_that_does_not_refuse_used_numbers_makes_two(bench):
    bench.company.refuses_used_number = False
    bench.company.key_memory_s = 0
    for _ in range(2):
        assert isinstance(push(bench, "create", Change(bench.document("HB-1")))[DocumentRef("invoice", "HB-1")], Accepted)

    assert numbers(bench) == ["HB-1", "HB-1"]


def test_a_used_number_is_used_by_its_kind(bench):
    create(bench, bench.document("HB-1"))

    credit(bench, bench.document("HB-1", kind="credit_note"))

    assert push(bench, "create", Change(bench.document("HB-1")), key="2" * 32) == {DocumentRef("invoice", "HB-1"): Taken("HB-1")}


def test_ids_of_documents_that_people_made_are_not_drawn_again(bench):
    bench.company.add(a_strangers("m2", "X-1"))

    create(bench, bench.document("HB-1"))

    assert len(bench.company.documents) == 2
    assert sorted(numbers(bench)) == ["HB-1", "X-1"]


def test_the_ledger_keeps_every_accepted_write_and_nothing_else(bench):
    remote = create(bench, bench.document("HB-1"))
    push(bench, "create", Change(bench.document("HB-1")), key="2" * 32)
    change(bench, "update", remote, bench.document("HB-1", bench.line("Amended", "2", "20.00")))
    change(bench, "void", remote)

    assert [(one.operation, one.number, one.net) for one in bench.company.ledger] == [
        ("create", "HB-1", Decimal("187.50")),
        ("update", "HB-1", Decimal("40.00")),
        ("void", "HB-1", Decimal("40.00")),
    ]


def test_sinks_that_name_one_company_reach_the_same():
    host = FakeHost()
    try:
        one, other, third = (Sink(Settings(company=name), host) for name in ("one", "one", "another"))
        assert one.company is other.company
        assert one.company is not third.company
        assert type(one.company) is Company
    finally:
        for name in ("one", "another"):
            COMPANIES.pop(name, None)
