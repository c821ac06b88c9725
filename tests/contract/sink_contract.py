"""What every sink must do, as tests. An adapter's test is a subclass that says what company it works on and what people do there.

```python
class TestXero(SinkContract):
    @pytest.fixture
    def bench(self) -> Bench:
        return XeroBench()
```
The behaviours come with the class; one is skipped only because a trait says that the sink does not have it.
"""

from datetime import datetime
from decimal import Decimal
from typing import get_args

import msgspec
import pytest

from connector.core.drift import differences, tax_difference
from connector.errors import RejectedError
from connector.model import DocumentRef, Operation
from connector.ports import Accepted, Change, ListsCatalogue, NotSent, Rejected, Sink, SinkTraits, Stale, Taken, Unknown
from tests.contract.sink_bench import (
    ADDED,
    Bench,
    as_it_stands,
    change,
    contents,
    create,
    listing,
    numbers,
    push,
    ready,
    truth,
)

HOUR = 3600
NASTY = 'Übergabe & <b>Test</b> ✓🎉, "quoted"; it\'s 100 % = done\nsecond line'


class SinkContract:
    """Subclass it as `Test…` and override `bench`."""

    @pytest.fixture
    def bench(self) -> Bench:
        raise NotImplementedError("say what company it works on")

    # ---- what it is -----------------------------------------------------------------------------------------------------

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

    # ---- prepare --------------------------------------------------------------------------------------------------------

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

    # ---- create ---------------------------------------------------------------------------------------------------------

    def test_a_document_comes_back_as_it_was_sent(self, bench):
        lines = bench.line("Support", "1.25", "150.00"), bench.line("Project", "3", "165.00")
        document = bench.document("HB-2606-001", *lines)
        remote = create(bench, document)
        assert differences(document, remote) == []
        assert (remote.ref, remote.amounts, remote.paid) == (document.ref, document.amounts, 0)
        assert contents(remote) == contents(document)
        assert [(line.target, line.tax_code) for line in remote.lines] == [(line.target, line.tax_code) for line in lines]
        assert truth(bench, remote.id).lines == tuple(contents(document))
        assert truth(bench, remote.id).net == document.net

    def test_lines_have_ids_of_their_own(self, bench):
        document = bench.document("HB-1", *(bench.line("The same", "1", "10.00") for _ in range(3)))
        ids = [line.id for line in create(bench, document).lines]
        assert all(ids)
        assert len(set(ids)) == 3

    def test_tax_is_as_the_traits_say(self, bench):
        document = bench.document("HB-1", bench.line("A", "1", "33.33"), bench.line("B", "1", "33.33"))
        remote = create(bench, document)
        assert remote.gross == remote.net + remote.tax == remote.balance
        assert (document.tax is None) == (bench.sink().traits.tax == "theirs")
        assert tax_difference(document, remote) == ""
        if bench.sink().traits.tax == "per_line":
            assert [line.tax for line in remote.lines] == [line.tax for line in document.lines]
            assert sum(line.tax for line in remote.lines) == remote.tax

    def test_a_document_stands_as_draft_or_posted_as_asked(self, bench):
        posted = create(bench, bench.document("HB-1", send_as="posted"))
        assert (posted.status, truth(bench, posted.id).status) == ("posted", "posted")
        if bench.sink().traits.drafts:
            draft = create(bench, bench.document("HB-2"))
            assert (draft.status, truth(bench, draft.id).status) == ("draft", "draft")

    def test_texts_come_back_whole(self, bench):
        texts = NASTY, "=cmd|' /C calc'!A0", "x" * 2000
        document = bench.document("HB-1", *(bench.line(text, "1", "10.00") for text in texts), po='=1+1, "x"')
        remote = create(bench, document)
        assert [line.description for line in remote.lines] == list(texts)
        assert [line.description for line in as_it_stands(bench, remote.id).lines] == list(texts)
        assert remote.po == '=1+1, "x"'

    def test_amounts_are_exact(self, bench):
        traits = bench.sink().traits
        price = Decimal(150) + Decimal(1).scaleb(-traits.price_places)
        quantity = Decimal(2) + Decimal(1).scaleb(-traits.quantity_places)
        remote = create(bench, bench.document("HB-1", bench.line("Exact", str(quantity), str(price))))
        for found in (remote, as_it_stands(bench, remote.id)):
            assert (found.lines[0].quantity, found.lines[0].price) == (quantity, price)
            money = (
                found.net,
                found.tax,
                found.gross,
                found.balance,
                found.paid,
                *((line.net, line.quantity, line.price)[n] for line in found.lines for n in range(3)),
            )
            assert all(type(amount) is Decimal and amount.is_finite() for amount in money)

    def test_a_line_without_charge_stands_too(self, bench):
        document = bench.document("HB-1", bench.line("Paid", "1", "10.00"), bench.line("Free", "2.5", "0.00"))
        remote = create(bench, document)
        assert contents(remote) == contents(document)
        assert remote.net == Decimal("10.00")

    def test_the_longest_number_is_taken_and_found(self, bench):
        number = "N" * bench.sink().traits.number_length_max
        remote = create(bench, bench.document(number))
        assert bench.sink().find([remote.ref])[DocumentRef("invoice", number)] == [as_it_stands(bench, remote.id)]

    def test_a_used_number_is_taken_and_never_overwritten(self, bench):
        if bench.sink().traits.refuses_used_number != "yes":
            pytest.skip("traits: it does not always refuse a used number")
        draft = create(bench, bench.document("HB-1"))
        voided = create(bench, bench.document("HB-2", send_as="posted"))
        bench.void(voided.id)
        theirs = bench.add("HB-3")
        before = bench.standing()
        for number in ("HB-1", "HB-2", "HB-3"):
            outcomes = push(bench, "create", Change(bench.document(number, bench.line("Another", "9", "9.00"))))
            assert outcomes == {DocumentRef("invoice", number): Taken(number)}
        assert bench.standing() == before
        assert {one.id for one in before} == {draft.id, voided.id, theirs}

    # ---- find and read --------------------------------------------------------------------------------------------------

    def test_nothing_found_is_an_empty_list_for_that_number(self, bench):
        there = create(bench, bench.document("HB-10"))
        refs = [DocumentRef("invoice", number) for number in ("HB-1", "HB-10", "HB-100")]
        assert {ref.number: [one.id for one in found] for ref, found in bench.sink().find(refs).items()} == {
            "HB-1": [],
            "HB-10": [there.id],
            "HB-100": [],
        }
        assert bench.sink().find([]) == {}

    def test_documents_are_found_and_read_in_every_status(self, bench):
        made = {
            status: create(bench, bench.document(f"HB-{status}", send_as="draft" if status == "draft" else "posted"))
            for status in ("draft", "posted", "paid", "voided")
        }
        made["deleted"] = create(bench, bench.document("HB-deleted"))
        bench.pay(made["paid"].id)
        bench.void(made["voided"].id)
        bench.delete(made["deleted"].id)
        found = bench.sink().find([remote.ref for remote in made.values()])
        for status, remote in made.items():
            (one,) = found[remote.ref]
            assert (one.status, one.id, contents(one)) == (status, remote.id, contents(remote))
            assert one.live == (status not in ("voided", "deleted"))
            assert as_it_stands(bench, remote.id) == one
        assert found[made["paid"].ref][0].paid == made["paid"].gross

    def test_a_number_on_two_documents_finds_both(self, bench):
        ids = bench.use_twice("HB-1")
        ref = DocumentRef("invoice", "HB-1")
        assert {remote.id for remote in bench.sink().find([ref])[ref]} == ids
        assert len(ids) == 2

    def test_a_strangers_document_is_found_under_our_number(self, bench):
        theirs = bench.add("HB-1")
        ref = DocumentRef("invoice", "HB-1")
        (found,) = bench.sink().find([ref])[ref]
        assert found.id == theirs
        assert found.ours is (False if bench.sink().traits.own_mark else None)

    def test_what_is_ours_is_known_as_ours(self, bench):
        document = bench.document("HB-1")
        create(bench, document)
        (found,) = bench.sink().find([document.ref])[document.ref]
        if bench.sink().traits.own_mark:
            assert found.ours is True
        else:
            assert (found.ours, found.mark) == (None, document.mark)

    def test_ids_that_do_not_exist_are_left_out(self, bench):
        remote = create(bench, bench.document("HB-1"))
        assert [one.id for one in bench.sink().read([bench.no_such_id, remote.id])] == [remote.id]
        assert bench.sink().read([bench.no_such_id]) == []
        assert bench.sink().read([]) == []

    def test_ids_given_twice_are_read_once(self, bench):
        remote = create(bench, bench.document("HB-1"))
        assert len(bench.sink().read([remote.id, remote.id])) == 1

    # ---- update ---------------------------------------------------------------------------------------------------------

    def test_an_update_says_what_we_say_and_keeps_what_is_not_ours(self, bench):
        remote = create(bench, bench.document("HB-1"))
        bench.dress(remote.id)
        dress = bench.dress_of(remote.id)
        document = bench.document("HB-1", bench.line("Amended", "2", "20.00"), po="PO-9")
        outcome = change(bench, "update", remote, document)
        assert isinstance(outcome, Accepted), outcome
        after = as_it_stands(bench, remote.id)
        assert contents(outcome.remote) == contents(after) == contents(document)
        assert differences(document, after) == []
        assert (after.id, after.number, after.status) == (remote.id, "HB-1", remote.status)
        assert bench.dress_of(remote.id) == dress
        assert len(bench.standing()) == 1

    def test_an_update_keeps_the_ids_of_lines(self, bench):
        lines = [bench.line(text, "1", "10.00") for text in ("A", "B", "C")]
        remote = create(bench, bench.document("HB-1", *lines))
        ids = {line.description: line.id for line in remote.lines}
        amended = bench.document("HB-1", bench.line("B", "2", "10.00"), lines[2], bench.line("D", "1", "5.00"))
        assert isinstance(change(bench, "update", remote, amended), Accepted)
        after = as_it_stands(bench, remote.id)
        assert [line.description for line in after.lines] == ["B", "C", "D"]
        assert [line.id for line in after.lines[:2]] == [ids["B"], ids["C"]]
        assert len({line.id for line in after.lines}) == 3

    def test_a_persons_line_stays_as_it_is(self, bench):
        remote = create(bench, bench.document("HB-1", bench.line("A", "1", "10.00"), bench.line("B", "1", "10.00")))
        bench.add_line(remote.id)
        theirs = as_it_stands(bench, remote.id)
        (added,) = [line for line in theirs.lines if line.description == ADDED]
        document = bench.document("HB-1", bench.line("A", "4", "10.00"))
        owned = frozenset(line.id for line in remote.lines)
        (outcome,) = push(bench, "update", Change(document, theirs, owned)).values()
        assert isinstance(outcome, Accepted), outcome
        after = as_it_stands(bench, remote.id)
        assert [line for line in after.lines if line.id == added.id] == [added]
        assert [line.description for line in after.lines if line.id != added.id] == ["A"]
        assert after.net == Decimal("40.00") + added.net

    def test_what_is_paid_voided_or_deleted_refuses_an_update(self, bench):
        kinds = {"HB-1": "posted", "HB-2": "posted", "HB-3": "draft"}
        made = {number: create(bench, bench.document(number, send_as=kind)) for number, kind in kinds.items()}
        bench.pay(made["HB-1"].id)
        bench.void(made["HB-2"].id)
        bench.delete(made["HB-3"].id)
        before = bench.standing()
        for number, remote in made.items():
            outcome = change(bench, "update", remote, bench.document(number, bench.line("Amended", "2", "20.00")))
            assert isinstance(outcome, Rejected)
            assert outcome.reason
        assert bench.standing() == before

    def test_an_update_of_what_changed_in_the_meantime_is_stale(self, bench):
        if not bench.sink().traits.optimistic_lock:
            pytest.skip("traits: it has no lock")
        remote = create(bench, bench.document("HB-1"))
        theirs = as_it_stands(bench, remote.id)
        bench.edit(remote.id)
        before = bench.standing()
        for operation in ("update", "void"):
            outcomes = push(bench, operation, Change(bench.document("HB-1", bench.line("Amended", "2", "20.00")), theirs))
            assert isinstance(outcomes[remote.ref], Stale)
        assert bench.standing() == before

    def test_an_update_of_what_does_not_exist_is_refused(self, bench):
        remote = create(bench, bench.document("HB-1"))
        nowhere = msgspec.structs.replace(as_it_stands(bench, remote.id), id=bench.no_such_id, number="HB-2")
        (outcome,) = push(bench, "update", Change(bench.document("HB-2"), nowhere)).values()
        assert isinstance(outcome, Rejected | Unknown)
        assert numbers(bench) == ["HB-1"]

    def test_an_update_repeated_leaves_what_the_first_one_made(self, bench):
        remote = create(bench, bench.document("HB-1"))
        theirs = as_it_stands(bench, remote.id)
        document = bench.document("HB-1", bench.line("Amended", "2", "20.00"), bench.line("More", "1", "5.00"))
        first = push(bench, "update", Change(document, theirs), key="1" * 32)[document.ref]
        assert isinstance(first, Accepted)
        push(bench, "update", Change(document, theirs), key="2" * 32)
        assert differences(document, as_it_stands(bench, remote.id)) == []
        assert len(bench.standing()) == 1

    # ---- post, void, delete ---------------------------------------------------------------------------------------------

    def test_posting_a_draft_changes_nothing_but_its_status(self, bench):
        if "post" not in bench.sink().traits.operations:
            pytest.skip("traits: there are no drafts to post")
        remote = create(bench, bench.document("HB-1"))
        outcome = change(bench, "post", remote)
        assert isinstance(outcome, Accepted), outcome
        after = as_it_stands(bench, remote.id)
        assert outcome.remote.status == after.status == "posted"
        assert (after.lines, after.net, after.number) == (remote.lines, remote.net, remote.number)

    def test_a_void_deletes_a_draft_and_voids_a_posted_document(self, bench):
        draft = create(bench, bench.document("HB-1"))
        posted = create(bench, bench.document("HB-2", send_as="posted"))
        for remote, gone in ((draft, "deleted"), (posted, "voided")):
            outcome = change(bench, "void", remote)
            assert isinstance(outcome, Accepted), outcome
            assert outcome.remote.status == as_it_stands(bench, remote.id).status == truth(bench, remote.id).status
            assert outcome.remote.status == gone

    def test_what_is_paid_refuses_to_be_voided(self, bench):
        remote = create(bench, bench.document("HB-1", send_as="posted"))
        bench.pay(remote.id)
        assert isinstance(change(bench, "void", remote), Rejected)
        assert truth(bench, remote.id).status == "paid"

    def test_a_void_repeated_changes_nothing(self, bench):
        remote = create(bench, bench.document("HB-1", send_as="posted"))
        change(bench, "void", remote, key="1" * 32)
        before = bench.standing()
        assert isinstance(change(bench, "void", remote, key="2" * 32), Rejected)
        assert bench.standing() == before

    def test_only_a_draft_is_deleted(self, bench):
        if "delete" not in bench.sink().traits.operations:
            pytest.skip("traits: void takes every document out of force")
        draft = create(bench, bench.document("HB-1"))
        posted = create(bench, bench.document("HB-2", send_as="posted"))
        assert isinstance(change(bench, "delete", draft), Accepted)
        assert isinstance(change(bench, "delete", posted), Rejected)
        assert [one.status for one in bench.standing()] == ["deleted", "posted"]

    # ---- several at once ------------------------------------------------------------------------------------------------

    def test_a_refused_member_refuses_nobody_else(self, bench):
        made = [create(bench, bench.document(f"HB-{n}", send_as="posted")) for n in range(3)]
        bench.pay(made[1].id)
        changes = [Change(bench.document(one.number, bench.line("Amended", "2", "20.00")), as_it_stands(bench, one.id)) for one in made]
        outcomes = push(bench, "update", *changes)
        assert [type(outcomes[one.ref]) for one in made] == [Accepted, Rejected, Accepted]
        assert [one.net for one in bench.standing()] == [Decimal("40.00"), made[1].net, Decimal("40.00")]

    def test_a_taken_number_takes_nobody_elses(self, bench):
        if bench.sink().traits.refuses_used_number != "yes":
            pytest.skip("traits: it does not always refuse a used number")
        bench.add("HB-1")
        outcomes = push(bench, "create", *(Change(bench.document(f"HB-{n}")) for n in range(3)))
        assert [type(outcomes[DocumentRef("invoice", f"HB-{n}")]) for n in range(3)] == [Accepted, Taken, Accepted]
        assert sorted(numbers(bench)) == ["HB-0", "HB-1", "HB-2"]

    def test_members_are_matched_by_number_and_never_by_position(self, bench):
        sink = bench.sink()
        (request,) = sink.prepare("create", [Change(bench.document(f"HB-{n}")) for n in range(3)])
        turned = msgspec.structs.replace(request, members=tuple(reversed(request.members)))
        outcomes = sink.send(ready(bench, turned))
        assert {ref.number: outcome.remote.number for ref, outcome in outcomes.items()} == {f"HB-{n}": f"HB-{n}" for n in range(3)}

    def test_members_are_matched_by_id_and_never_by_position(self, bench):
        made = [create(bench, bench.document(f"HB-{n}")) for n in range(3)]
        sink = bench.sink()
        changes = [Change(bench.document(one.number), as_it_stands(bench, one.id)) for one in made]
        (request,) = sink.prepare("void", changes)
        turned = msgspec.structs.replace(request, members=tuple(reversed(request.members)))
        outcomes = sink.send(ready(bench, turned))
        assert {ref: outcome.remote.id for ref, outcome in outcomes.items()} == {one.ref: one.id for one in made}

    # ---- away -----------------------------------------------------------------------------------------------------------

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

    # ---- doubt ----------------------------------------------------------------------------------------------------------

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

    # ---- what changed ---------------------------------------------------------------------------------------------------

    def test_a_listing_of_an_empty_company_is_one_empty_page_with_a_cursor(self, bench):
        found, cursor = listing(bench)
        assert found == {}
        assert listing(bench, cursor)[0] == {}

    def test_only_the_last_page_carries_a_cursor(self, bench):
        ids = {bench.add(f"X-{n}") for n in range(bench.page_size + 1)}
        *others, last = bench.sink().changed_since(None)
        assert others
        assert {cursor for _, cursor in others} == {None}
        assert last[1]
        assert {remote.id for page, _ in (*others, last) for remote in page} == ids

    def test_everything_is_listed_whoever_made_it_with_its_lines(self, bench):
        ours = create(bench, bench.document("HB-1", bench.line("A", "1", "10.00"), bench.line("B", "2", "10.00")))
        theirs = bench.add("X-1")
        found, _ = listing(bench)
        assert set(found) == {ours.id, theirs}
        for remote in found.values():
            assert remote == as_it_stands(bench, remote.id)
            assert tuple(contents(remote)) == truth(bench, remote.id).lines

    def test_what_is_new_edited_voided_and_deleted_is_listed(self, bench):
        made = {name: create(bench, bench.document(f"HB-{name}")) for name in ("edited", "deleted", "amended")}
        made["voided"] = create(bench, bench.document("HB-voided", send_as="posted"))
        _, cursor = listing(bench)
        bench.advance(HOUR)
        bench.edit(made["edited"].id)
        bench.delete(made["deleted"].id)
        bench.void(made["voided"].id)
        change(bench, "update", made["amended"], bench.document("HB-amended", bench.line("Amended", "2", "20.00")))
        new = bench.add("X-1")
        found, _ = listing(bench, cursor)
        assert set(found) == {new, *(remote.id for remote in made.values())}
        assert found[made["edited"].id].lines != made["edited"].lines
        assert [found[made[name].id].status for name in ("deleted", "voided")] == ["deleted", "voided"]
        assert found[made["amended"].id].net == Decimal("40.00")

    def test_a_cursor_works_when_nothing_changed_and_goes_on_from_there(self, bench):
        create(bench, bench.document("HB-1"))
        _, cursor = listing(bench)
        for _ in range(2):
            bench.advance(HOUR)
            _, cursor = listing(bench, cursor)
        new = create(bench, bench.document("HB-2"))
        assert new.id in listing(bench, cursor)[0]

    def test_an_instant_of_change_is_aware_where_it_is_told(self, bench):
        create(bench, bench.document("HB-1"))
        stamps = [remote.changed_at for remote in listing(bench)[0].values() if remote.changed_at is not None]
        assert all(type(stamp) is datetime and stamp.tzinfo is not None for stamp in stamps)
