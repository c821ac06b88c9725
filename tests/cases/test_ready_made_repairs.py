"""Ready-made cases of other programs, played on ours: dead ids, refused voids, old states, renamed things, people's lines, moved zones."""

from datetime import date

import pytest

from connector.errors import UnsafePlanError
from connector.use_cases.workspace import Workspace
from tests.cases.firm import CEDAR, JULY, JUNE, CaseFirm, TrackedFirm
from tests.contract.sink_bench import ADDED
from tests.use_cases.firm import mapping_of

# ---- breeze#4624: re-created after a remote delete replays a dead id ------------------------------------------------------------------------


def test_breeze_4624_what_is_made_again_after_a_delete_over_there_is_a_new_document(firm: CaseFirm) -> None:
    """breeze#4624: what was deleted over there was sent again under the same request id, the vendor replayed its first answer, and the
    dead id was written back with nothing in the books. Here nothing is made again by itself; once a person says so it is another
    generation, so another number, other bytes and another key: the vendor remembers every key, and 200.00 stand there once, alive.
    """
    firm.work("one", CEDAR, hours="2")
    firm.bill()
    dead = firm.named(JUNE)
    firm.bench.void(dead.id)
    for _ in range(2):
        assert firm.bill().sent == 0, "nothing is made again by itself"
    assert firm.net_there() == 0

    firm.choose("again", JUNE)
    assert firm.bill().done == [f"{JUNE}-2"]

    (alive,) = firm.in_force()
    assert (alive.number, alive.net) == (f"{JUNE}-2", 200)
    assert alive.id != dead.id
    assert firm.rows("SELECT remote_id FROM documents WHERE state = 'done' AND number LIKE '%-2'") == [(alive.id,)]
    firm.reconciled()
    firm.silent()


def test_breeze_4624_a_deleted_invoice_of_quickbooks_is_not_brought_back_by_its_key(quickbooks: CaseFirm) -> None:
    """The same where the vendor's memory of keys has no end and the document was deleted, not voided: 200.00, once, under a new id."""
    firm = quickbooks
    assert firm.bench.books.emulator.replays.on
    firm.work("one", CEDAR, hours="2")
    firm.bill()
    dead = firm.named(JUNE)
    firm.bench.delete(dead.id)
    assert firm.bill().sent == 0
    firm.choose("again", JUNE)
    firm.bill()
    (alive,) = firm.in_force()
    assert (alive.net, alive.id != dead.id) == (200, True)
    assert len({params["requestid"] for params in firm.bench.books.sent.params()}) == len(firm.bench.books.sent.writes)
    firm.silent()


# ---- breeze#5180: voided here, refused there -------------------------------------------------------------------------------------------------


def test_breeze_5180_a_void_that_is_refused_there_is_not_done_here(drafting: CaseFirm) -> None:
    """breeze#5180: an invoice was marked void here, refused over there because it was paid, and both sides said different things. Here the
    time of a draft (1 h, 100.00) is gone and its void approved; before it arrives somebody posts and pays the draft. It is refused, and
    our side goes on saying what theirs does: 100.00, invoiced and paid, with a correction that a person settles.
    """
    firm = drafting
    firm.work("one", "Alpine Dental")
    firm.bill()
    firm.remove("one")
    firm.pull(forced="it was all there is")
    firm.approve()
    paid = firm.named(JUNE).id
    firm.just_before_a_write(lambda: post_and_pay(firm, paid))
    told = firm.apply()
    assert told.done == []
    firm.pull()
    assert (firm.named(JUNE).status, firm.net_there()) == ("paid", 100)
    assert firm.rows("SELECT number, their_status FROM documents") == [(JUNE, "paid")]
    assert firm.seconds() == {"invoiced": 3600, "held": -3600}
    (row,) = firm.waits()
    assert "void" not in row.choices
    assert firm.plan().sending == ()
    firm.check()


def test_breeze_5180_what_is_paid_is_never_voided_but_corrected(firm: CaseFirm) -> None:
    """The time of a posted and paid document is deleted: nothing is voided on either side, and the choices say what can be done."""
    firm.work("one", CEDAR, hours="2")
    firm.bill()
    firm.bench.pay(firm.named(JUNE).id)
    firm.remove("one")
    firm.pull(forced="it was all there is")
    assert firm.bill().sent == 0
    assert (firm.named(JUNE).status, firm.net_there()) == ("paid", 200)
    (row,) = firm.waits()
    assert (row.net, row.seconds) == (-200, -7200)
    assert row.choices == ("delta", "credit", "write_off", "accept")
    assert any("is paid" in said for said in row.said)
    firm.check()


def post_and_pay(firm: CaseFirm, remote_id: str) -> None:
    if hasattr(firm.bench, "people"):
        firm.bench.people.authorise(remote_id)
    else:
        firm.bench.company.change(remote_id, status="posted")
    firm.bench.pay(remote_id)


# ---- a state restored from yesterday's backup ---------------------------------------------------------------------------------------------


def test_a_state_restored_from_yesterdays_backup_bills_nothing_twice(firm: CaseFirm) -> None:
    """Yesterday Cedar's June went out (200.00). Today Alpine's 100.00 and Bayside's 300.00 did, and then yesterday's state is put back: it
    knows one document of three. The book stops before anything is sent; tied, 600.00 stand there as before, and the next number is new.
    """
    firm.work("c", CEDAR, hours="2")
    firm.bill()
    yesterday = firm.backup()
    firm.bench.advance(86_400)
    firm.work("a", "Alpine Dental", hours="1")
    firm.work("b", "Bayside Motors", hours="3")
    firm.bill()
    there = firm.standing()
    assert firm.net_there() == 600

    firm.restore(yesterday)
    firm.pull()
    firm.approve()
    with pytest.raises(UnsafePlanError, match="--adopt"):
        firm.apply()
    told = firm.apply(adopting=True)

    assert (sorted(told.adopted), told.sent) == (["HB-2606-002", "HB-2606-003"], 0)
    assert firm.standing() == there
    firm.reconciled()
    firm.silent()
    firm.work("late", CEDAR, hours="1", on=date(2026, 7, 2))
    firm.month_later()
    assert firm.bill().done == [JULY]
    assert firm.net_there() == 700


# ---- a connection renamed --------------------------------------------------------------------------------------------------------------


def test_a_renamed_connection_is_the_same_time_and_bills_nothing_again(tracked: TrackedFirm) -> None:
    """Six entries of one Harvest account are billed through the connection `list`; then config.yaml calls it `tracker`. An entry is known
    by kind, account and id: the same six, no new charge, no new document, and the sum over there stays.
    """
    firm = tracked
    firm.harvest.fill(6)
    firm.listed()
    firm.bill()
    before, entries = firm.standing(), firm.rows("SELECT key, entry_id, revision FROM entries")
    rename(firm, "tracker")

    assert {name: done.new for name, done in firm.pull(full=True).connections.items()} == {"tracker": 0}
    assert firm.plan().sending == ()
    assert firm.apply().sent == 0
    assert (firm.standing(), firm.rows("SELECT key, entry_id, revision FROM entries")) == (before, entries)
    firm.check()


def rename(firm: TrackedFirm, name: str) -> None:
    text = firm.mapping_text()
    opened = firm.open

    def renamed() -> Workspace:
        workspace = opened()
        workspace._open_sources = {name: lambda: firm.tracker}
        workspace.kinds = {name: "harvest"}
        return workspace

    firm.open = renamed  # type: ignore[method-assign]
    firm.mapping = mapping_of(text, connections=[name])


# ---- a person's line on our draft -----------------------------------------------------------------------------------------------------------


def test_a_persons_line_on_our_draft_is_never_overwritten(drafting: CaseFirm) -> None:
    """A draft of 1 h (100.00); somebody adds a line of 7.00; then the hour becomes 2 h. Nothing is sent until a person says `amend`; then
    our line is 200.00, theirs 7.00 as it was: 207.00.
    """
    firm = drafting
    firm.work("one", "Alpine Dental")
    firm.bill()
    firm.bench.add_line(firm.named(JUNE).id)
    firm.work("one", "Alpine Dental", hours="2")
    for _ in range(2):
        assert firm.bill().sent == 0
    assert firm.named(JUNE).net == 107

    firm.choose("amend", JUNE)
    assert firm.bill().done == [JUNE]

    assert [(line[0] == ADDED, line[3]) for line in firm.named(JUNE).lines] == [(False, 200), (True, 7)]
    assert firm.named(JUNE).net == 207
    firm.none_twice()
    firm.silent()


# ---- a zone changed after billing ----------------------------------------------------------------------------------------------------------


def test_a_books_zone_changed_after_billing_moves_nothing(firm: CaseFirm) -> None:
    """Time of 30 June and 1 July in Auckland; June is billed. Then the book's zone becomes Honolulu's, 22 hours behind: the days that were
    worked are dates and pass through no zone. June stays as billed, July's hour goes on July's document: 100.00 and 100.00.
    """
    firm.work("last of june", CEDAR, on=date(2026, 6, 30))
    firm.work("first of july", CEDAR, on=date(2026, 7, 1))
    firm.bill()
    assert firm.net_there() == 100
    firm.zone = "Pacific/Honolulu"
    firm.silent()
    firm.month_later()
    assert firm.bill().sent == 0, "it is still July in Honolulu"
    firm.bench.advance(86_400)
    assert firm.bill().done == [JULY]
    assert {one.number: one.net for one in firm.in_force()} == {JUNE: 100, JULY: 100}
    firm.reconciled()


def test_a_sources_zone_changed_after_billing_offers_corrections_and_moves_nothing(firm: CaseFirm) -> None:
    """The tracker is read in another zone: an hour of the evening of 30 June is one of 1 July now. What was billed stays; the move is a
    correction (-1 h in June, +1 h in July, together nothing), and no document changes before a person has chosen.
    """
    firm.work("one", CEDAR, on=date(2026, 6, 30))
    firm.bill()
    before = firm.standing()
    firm.work("one", CEDAR, on=date(2026, 7, 1))
    assert firm.bill().sent == 0
    firm.month_later()
    assert firm.bill().sent == 0
    assert firm.standing() == before
    assert sum(firm.seconds().values()) == 3600
    assert [row.number for row in firm.waits()] in ([JUNE], [])
    firm.check()
