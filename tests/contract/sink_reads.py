"""What every sink must tell of what stands over there: part of the contract of sinks."""

from datetime import datetime
from decimal import Decimal

from connector.model import DocumentRef
from connector.ports import ListsStanding
from tests.contract.sink_bench import as_it_stands, change, contents, create, listing, truth

HOUR = 3600


class Reads:
    """Finding, reading and listing."""

    # ---- find and read -----------------------------------------------------------------------------------------------

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
        traits = bench.sink().traits
        for status, remote in made.items():
            if status == "deleted" and not traits.keeps_ended:
                assert (found[remote.ref], bench.sink().read([remote.id])) == ([], [])
                continue
            (one,) = found[remote.ref]
            assert (one.status, one.id) == ("posted" if status == "draft" and not traits.drafts else status, remote.id)
            assert contents(one) == contents(remote) or not (one.live or traits.keeps_ended)
            assert one.live == (status not in ("voided", "deleted"))
            assert as_it_stands(bench, remote.id) == one
        assert found[made["paid"].ref][0].paid == made["paid"].gross

    def test_a_sink_that_forgets_what_was_deleted_lists_what_stands_where_its_changes_may_hide_some(self, bench):
        sink = bench.sink()
        assert isinstance(sink, ListsStanding) or sink.traits.keeps_ended

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

    # ---- what changed ------------------------------------------------------------------------------------------------

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
