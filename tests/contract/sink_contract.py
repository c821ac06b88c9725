"""What every sink must do, as tests. An adapter's test is a subclass that says what company it works on and what people do there.

```python
class TestXero(SinkContract):
    @pytest.fixture
    def bench(self) -> Bench:
        return XeroBench()
```
The behaviours come with the class; one is skipped only because a trait says that the sink does not have it.
"""

from typing import get_args

import pytest

from connector.errors import RejectedError
from connector.model import Operation
from connector.ports import Change, ListsCatalogue, Sink, SinkTraits
from tests.contract.sink_allocations import Allocations
from tests.contract.sink_bench import Bench, create
from tests.contract.sink_changes import Changes
from tests.contract.sink_creates import Creates
from tests.contract.sink_credits import Credits
from tests.contract.sink_doubts import Doubts
from tests.contract.sink_history import Histories
from tests.contract.sink_payments import Payments
from tests.contract.sink_reads import Reads

HOUR = 3600


class SinkContract(Creates, Changes, Reads, Doubts, Credits, Allocations, Payments, Histories):
    """Subclass it as `Test…` and override `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError("say what company it works on")

    # ---- what it is --------------------------------------------------------------------------------------------------

    def test_it_is_a_sink_with_traits_nobody_can_change(self, bench):
        sink = bench.sink()
        assert isinstance(sink, Sink)
        assert isinstance(type(sink).traits, SinkTraits)
        with pytest.raises(AttributeError):
            type(sink).traits.batch_max = 1

    def test_every_trait_is_documented(self):
        told = SinkTraits.__doc__ or ""
        assert [name for name in SinkTraits.__struct_fields__ if name not in told] == []

    def test_its_traits_make_sense(self, bench):
        traits = bench.sink().traits
        assert {"create", "update", "void"} <= traits.operations <= set(get_args(Operation))
        assert traits.drafts == ("post" in traits.operations)
        assert ("credit" in traits.operations) == ("allocate" in traits.operations)
        assert min(traits.batch_max, traits.find_max, traits.write_timeout_s) >= 1
        assert min(traits.settle_s, traits.idempotency_window_s) >= 0
        assert traits.number_length_max >= 21, "our own numbers are up to 21 characters"
        assert min(traits.price_places, traits.quantity_places) >= 2

    def test_its_catalogue_has_what_the_bench_uses(self, bench):
        sink = bench.sink()
        if not isinstance(sink, ListsCatalogue):
            pytest.skip("it lists no catalogue")
        catalogue, document = sink.catalogue(), bench.document("HB-1")
        assert catalogue.company_id
        assert catalogue.complete
        assert document.customer_id in {customer.id for customer in catalogue.customers if customer.active}
        assert document.currency in catalogue.currencies
        assert document.lines[0].tax_code in {code.code for code in catalogue.tax_codes if code.active}

    # ---- prepare -----------------------------------------------------------------------------------------------------

    def test_the_same_changes_make_the_same_requests_and_nothing_happens(self, bench):
        changes = [Change(bench.document(f"HB-{n}")) for n in range(3)]
        first = bench.sink().prepare("create", changes)
        bench.advance(HOUR)
        assert bench.sink().prepare("create", changes) == first
        assert {(request.key, request.deadline_boot_s) for request in first} == {("", 0.0)}
        assert bench.standing() == []

    def test_a_batch_is_bounded_and_its_members_are_complete(self, bench):
        sink = bench.sink()
        size = sink.traits.batch_max
        changes = [Change(bench.document(f"HB-{n}")) for n in range(2 * size + 1)]
        requests = sink.prepare("create", changes)
        assert max(len(request.members) for request in requests) <= size
        assert [member.ref for request in requests for member in request.members] == [one.document.ref for one in changes]
        assert {member.remote_id for request in requests for member in request.members} == {""}
        assert {request.operation for request in requests} == {"create"}

    def test_a_batch_is_bounded_in_bytes(self, bench):
        sink = bench.sink()
        long = "x" * (sink.traits.batch_bytes_max // 3)
        changes = [Change(bench.document(f"HB-{n}", bench.line(long, "1", "1.00"))) for n in range(4)]
        requests = sink.prepare("create", changes)
        assert max(len(request.body) for request in requests) <= sink.traits.batch_bytes_max
        assert sum(len(request.members) for request in requests) == 4
        assert len(requests) < 4

    def test_a_member_of_a_changing_request_carries_its_remote_id(self, bench):
        remote = create(bench, bench.document("HB-1"))
        (request,) = bench.sink().prepare("void", [Change(bench.document("HB-1"), remote)])
        assert [(member.ref, member.remote_id) for member in request.members] == [(remote.ref, remote.id)]

    def test_nothing_prepared_is_no_request(self, bench):
        assert bench.sink().prepare("create", []) == []

    def test_what_it_does_not_do_is_refused_before_it_is_sent(self, bench):
        sink = bench.sink()
        remote = create(bench, bench.document("HB-1"))
        for operation in set(get_args(Operation)) - sink.traits.operations:
            with pytest.raises(RejectedError, match="HB-1"):
                sink.prepare(operation, [Change(bench.document("HB-1"), remote)])
