"""What every sink must do when it makes documents: part of the contract of sinks."""

from decimal import Decimal

import pytest

from connector.core.drift import differences, tax_difference
from connector.model import DocumentRef
from connector.ports import Change, Taken
from tests.contract.sink_bench import as_it_stands, contents, create, push, truth

NASTY = 'Übergabe & <b>Test</b> ✓🎉, "quoted"; it\'s 100 % = done\nsecond line'


class Creates:
    """Making documents."""

    # ---- create ------------------------------------------------------------------------------------------------------

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
