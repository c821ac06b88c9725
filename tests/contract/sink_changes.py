"""What every sink must do when it amends, posts and voids: part of the contract of sinks."""

from decimal import Decimal

import msgspec
import pytest

from connector.core.drift import differences
from connector.model import DocumentRef
from connector.ports import Accepted, Change, Rejected, Stale, Taken, Unknown
from tests.contract.sink_bench import ADDED, as_it_stands, change, contents, create, numbers, push, ready, truth


class Changes:
    """Changing documents that are there, one or several at once."""

    # ---- update ------------------------------------------------------------------------------------------------------

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
            amended = bench.document(number, bench.line("Amended", "2", "20.00"))
            (theirs,) = bench.sink().read([remote.id]) or [remote]
            (outcome,) = push(bench, "update", Change(amended, theirs)).values()
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

    # ---- post, void, delete ------------------------------------------------------------------------------------------

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
        for remote, gone in ((draft, "deleted" if bench.sink().traits.drafts else "voided"), (posted, "voided")):
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
        if not bench.sink().traits.drafts:
            pytest.skip("traits: there are no drafts to tell from what is posted")
        draft = create(bench, bench.document("HB-1"))
        posted = create(bench, bench.document("HB-2", send_as="posted"))
        assert isinstance(change(bench, "delete", draft), Accepted)
        assert isinstance(change(bench, "delete", posted), Rejected)
        assert [one.status for one in bench.standing()] == ["deleted", "posted"]

    # ---- several at once ---------------------------------------------------------------------------------------------

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

    def test_x4_members_are_matched_by_number_and_never_by_position(self, bench):
        sink = bench.sink()
        (request,) = sink.prepare("create", [Change(bench.document(f"HB-{n}")) for n in range(3)])
        turned = msgspec.structs.replace(request, members=tuple(reversed(request.members)))
        outcomes = sink.send(ready(bench, turned))
        assert {ref.number: outcome.remote.number for ref, outcome in outcomes.items()} == {f"HB-{n}": f"HB-{n}" for n in range(3)}

    def test_x4_members_are_matched_by_id_and_never_by_position(self, bench):
        made = [create(bench, bench.document(f"HB-{n}")) for n in range(3)]
        sink = bench.sink()
        changes = [Change(bench.document(one.number), as_it_stands(bench, one.id)) for one in made]
        (request,) = sink.prepare("update", changes)
        turned = msgspec.structs.replace(request, members=tuple(reversed(request.members)))
        outcomes = sink.send(ready(bench, turned))
        assert {ref: outcome.remote.id for ref, outcome in outcomes.items()} == {one.ref: one.id for one in made}
