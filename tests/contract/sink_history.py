"""What every sink that reads a document's history must tell: part of the contract of sinks."""

from collections.abc import Callable

import pytest

from connector.errors import RejectedError
from connector.model import Deed, Remote
from connector.ports import ReadsHistory
from tests.contract.sink_bench import as_it_stands, create, credit, credit_note, posted

Since = Callable[[Remote], tuple[Deed, ...]]


class Histories:
    """Who did what, newest first; our own last write is not among it."""

    @pytest.fixture
    def keeper(self, bench) -> ReadsHistory:
        sink = bench.sink()
        if not isinstance(sink, ReadsHistory):
            pytest.skip("it reads no histories")
        return sink

    @pytest.fixture
    def since(self, bench, keeper) -> Since:
        """What others did to a document since it stood like this."""
        return lambda remote: keeper.history_of(as_it_stands(bench, remote.id), remote.changed_at)

    def test_the_history_of_what_nobody_touched_since_has_nothing(self, bench, since):
        assert since(create(bench, bench.document("HB-1"))) == ()

    def test_the_whole_history_begins_with_our_own_write(self, bench, keeper):
        remote = create(bench, bench.document("HB-1"))
        bench.advance(60)
        bench.edit(remote.id)
        edited, made = keeper.history_of(remote, None)
        assert (made.at, edited.at) == (remote.changed_at, as_it_stands(bench, remote.id).changed_at)
        assert "" not in (made.by, edited.by)
        assert made.by != edited.by

    def test_the_history_names_who_did_what_newest_first(self, bench, since):
        remote = create(bench, bench.document("HB-1"))
        for seconds in (60, 120):
            bench.advance(seconds)
            bench.edit(remote.id)
        deeds = since(remote)
        assert len(deeds) == 2
        assert deeds[1].at > remote.changed_at
        assert (deeds[0].at - deeds[1].at).total_seconds() >= 120
        assert all(deed.by and deed.what for deed in deeds)

    def test_the_history_of_one_document_has_nothing_of_another(self, bench, since):
        remote, other = (create(bench, bench.document(number)) for number in ("HB-1", "HB-2"))
        bench.advance(60)
        bench.edit(other.id)
        assert since(remote) == ()

    def test_the_history_tells_who_voided_an_invoice_and_a_credit_note(self, bench, since):
        invoice = posted(bench, "HB-1")
        note = credit(bench, credit_note(bench, "CN-1", invoice))
        bench.advance(60)
        for remote in (invoice, note):
            bench.void(remote.id)
            (deed,) = since(remote)
            assert deed.by
            assert "void" in deed.what.lower()

    def test_the_history_of_what_is_not_there_is_refused(self, bench, keeper):
        with pytest.raises(RejectedError) as refused:
            keeper.history_of(Remote(id=bench.no_such_id, status="draft"), None)
        assert refused.value.status == 404
