"""What every sink must say when something goes wrong on the way: part of the contract of sinks."""

import pytest

from connector.core.drift import differences
from connector.model import DocumentRef
from connector.ports import Accepted, Change, NotSent, Taken, Unknown
from tests.contract.sink_bench import as_it_stands, change, create, numbers, push, ready

HOUR = 3600


class Doubts:
    """Away, too late, unheard."""

    # ---- away --------------------------------------------------------------------------------------------------------

    def test_what_cannot_leave_is_not_sent_and_goes_out_when_it_can(self, bench):
        remote = create(bench, bench.document("HB-1"))
        amended = bench.document("HB-1", bench.line("Amended", "2", "20.00"))
        before = bench.standing()
        bench.cut_off()
        for outcome in (
            change(bench, "update", remote, amended, key="1" * 32),
            push(bench, "create", Change(bench.document("HB-2")), key="2" * 32)[DocumentRef("invoice", "HB-2")],
        ):
            assert isinstance(outcome, NotSent)
            assert outcome.why == "offline"
            assert outcome.reason
        assert bench.standing() == before
        bench.reconnect()
        assert isinstance(change(bench, "update", remote, amended, key="1" * 32), Accepted)
        outcomes = push(bench, "create", Change(bench.document("HB-2")), key="2" * 32)
        assert isinstance(outcomes[DocumentRef("invoice", "HB-2")], Accepted)

    # ---- doubt -------------------------------------------------------------------------------------------------------

    def test_nothing_is_sent_after_the_deadline(self, bench):
        sink = bench.sink()
        (request,) = sink.prepare("create", [Change(bench.document(f"HB-{n}")) for n in range(2)])
        request = ready(bench, request)
        bench.advance(61)
        outcomes = sink.send(request)
        assert set(outcomes) == {member.ref for member in request.members}
        assert all(isinstance(one, NotSent) and one.why == "deadline" for one in outcomes.values())
        assert bench.standing() == []

    def test_a_lost_answer_is_unknown_and_the_look_up_sees_the_document(self, bench):
        document = bench.document("HB-1")
        bench.lose_answer()
        outcomes = push(bench, "create", Change(document))
        assert isinstance(outcomes.get(document.ref, Unknown("not mentioned")), Unknown)
        (found,) = bench.sink().find([document.ref])[document.ref]
        assert differences(document, found) == []
        assert numbers(bench) == ["HB-1"]

    def test_a_lost_answer_to_an_update_is_unknown_and_a_read_sees_it(self, bench):
        remote = create(bench, bench.document("HB-1"))
        document = bench.document("HB-1", bench.line("Amended", "2", "20.00"))
        bench.lose_answer()
        assert isinstance(change(bench, "update", remote, document), Unknown)
        assert differences(document, as_it_stands(bench, remote.id)) == []

    def test_a_lost_answer_to_a_void_is_unknown_and_a_read_sees_it(self, bench):
        remote = create(bench, bench.document("HB-1"))
        bench.lose_answer()
        assert isinstance(change(bench, "void", remote), Unknown)
        assert not as_it_stands(bench, remote.id).live

    def test_the_identical_request_inside_the_window_has_one_effect(self, bench):
        sink = bench.sink()
        if not sink.traits.idempotency_window_s:
            pytest.skip("traits: it knows no keys")
        (request,) = sink.prepare("create", [Change(bench.document(f"HB-{n}")) for n in range(2)])
        bench.lose_answer()
        sink.send(ready(bench, request))
        bench.advance(sink.traits.idempotency_window_s - 60)
        outcomes = bench.sink().send(ready(bench, request))
        assert all(isinstance(one, Accepted) for one in outcomes.values())
        assert {one.remote.id for one in outcomes.values()} == {one.id for one in bench.standing()}
        assert numbers(bench) == ["HB-0", "HB-1"]

    def test_the_identical_request_after_the_window_makes_no_second_document(self, bench):
        sink = bench.sink()
        if sink.traits.refuses_used_number != "yes":
            pytest.skip("traits: it does not always refuse a used number")
        (request,) = sink.prepare("create", [Change(bench.document("HB-1"))])
        sink.send(ready(bench, request))
        bench.advance(sink.traits.idempotency_window_s + HOUR)
        assert bench.sink().send(ready(bench, request)) == {DocumentRef("invoice", "HB-1"): Taken("HB-1")}
        assert numbers(bench) == ["HB-1"]
