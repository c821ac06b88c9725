"""`reconcile --online` says who changed what: somebody over there, by name where the listing of changes has one or the document's
history does (tests/cases/test_whose_history.py); nobody, where it is the vendor's own doing; and of what we did ourselves it says nothing.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from adapters.quickbooks.emulated.invoices import USERS
from adapters.xero.emulated.history import PERSON
from connector.ports import Accepted, Outcome
from connector.use_cases import close
from connector.use_cases.reconcile import TieOut, tie_out
from tests.adapters.quickbooks.bench import QuickBooksBench
from tests.adapters.xero.bench import XeroBench
from tests.cases.firm import CEDAR, JUNE, CaseFirm
from tests.contract.sink_bench import Bench
from tests.use_cases.test_close import SIGNER

BY_NAME = {QuickBooksBench: f"user {USERS['person']}, ", XeroBench: f"{PERSON}, "}


def seen(firm: CaseFirm) -> TieOut:
    return tie_out(firm.open(), online=True)


def last(bench: Bench, on: str) -> str:
    return f"not by us (last change: {BY_NAME.get(type(bench), '')}{on} at "


@pytest.fixture
def posted(firm: CaseFirm) -> CaseFirm:
    firm.work("one", CEDAR, hours="2")
    firm.bill()
    firm.bench.advance(5 * 86_400)
    return firm


def test_what_somebody_edited_is_told_field_by_field_with_who_and_when(posted: CaseFirm) -> None:
    posted.bench.edit(posted.named(JUNE).id)
    (difference,) = seen(posted).differences
    day = posted.clock.now().date()
    assert difference.cause.startswith(f"was changed over there, {last(posted.bench, f'{day.day} July 2026')}")
    assert difference.cause.endswith(": line 1: description was `Project work, June 2026`, is `Reworded`")
    (row,) = posted.waits()
    assert row.said[0].startswith(last(posted.bench, f"{day.day} July 2026"))


def test_what_somebody_voided_is_told_with_who_and_when(posted: CaseFirm) -> None:
    posted.bench.void(posted.named(JUNE).id)
    (difference,) = seen(posted).differences
    assert difference.cause.startswith(f"voided over there, {last(posted.bench, f'{posted.clock.now().date().day} July 2026')}")
    assert posted.waits()[0].said[0].startswith("not by us (last change: ")


def test_a_deleted_document_of_which_nothing_is_left_was_not_deleted_by_us(quickbooks: CaseFirm) -> None:
    quickbooks.work("one", CEDAR, hours="2")
    quickbooks.bill()
    quickbooks.bench.advance(5 * 86_400)
    quickbooks.bench.delete(quickbooks.named(JUNE).id)
    (difference,) = seen(quickbooks).differences
    assert difference.cause.startswith("deleted over there, not by us")


def test_a_draft_that_we_deleted_ourselves_is_nobodys_doing_and_waits_for_nobody(drafting: CaseFirm) -> None:
    """Its only hour is gone at the source: our own approved step takes it away, and there is nothing to choose."""
    drafting.work("one", hours="2")
    drafting.bill()
    drafting.remove("one")
    drafting.pull(full=True, forced="it was all there is")
    drafting.bench.advance(1200)
    drafting.pull(full=True)
    drafting.approve()
    drafting.apply()
    assert drafting.in_force() == []
    told = seen(drafting)
    assert (told.ties, told.differences, drafting.waits()) == (True, (), [])
    assert [row.difference for row in told.documents] == [""]


def test_what_the_vendor_itself_made_otherwise_was_edited_by_nobody(posted: CaseFirm, monkeypatch: pytest.MonkeyPatch) -> None:
    """It came back otherwise than it was sent, and stands so since: a rule of the company's, not somebody's hand."""
    sink_type = type(posted.bench.sink())
    send, read = sink_type.send, sink_type.changed_since

    def of_theirs(remote):
        return msgspec.structs.replace(remote, due_date=date(2026, 8, 1)) if remote.number == "HB-2606-002" else remote

    def sends(sink: object, request: object) -> Mapping[object, Outcome]:
        return {ref: Accepted(of_theirs(one.remote)) if isinstance(one, Accepted) else one for ref, one in send(sink, request).items()}

    monkeypatch.setattr(sink_type, "send", sends)
    monkeypatch.setattr(
        sink_type, "changed_since", lambda sink, cursor: ((tuple(map(of_theirs, page)), at) for page, at in read(sink, cursor))
    )
    posted.work("two", "Bayside Motors", hours="1")
    posted.bill()
    told = seen(posted)
    (row,) = [row for row in told.documents if row.difference]
    assert row.number == "HB-2606-002"
    assert row.difference.startswith("stands otherwise than we sent it: due date: ours ")
    assert "not by us" not in row.difference
    assert not row.edited_there
    (waiting,) = posted.waits()
    assert (waiting.cause.startswith("stands otherwise than we sent it"), waiting.said) == (True, ())


def test_who_and_what_come_from_one_listing_and_not_from_the_documents_one_by_one(
    posted: CaseFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("Alpine Dental", "Bayside Motors"):
        posted.work(name, name)
    posted.bill()
    for number in ("HB-2606-002", "HB-2606-003"):
        posted.bench.edit(posted.named(number).id)
    sink_type = type(posted.bench.sink())
    for name in ("read", "find"):
        monkeypatch.setattr(sink_type, name, lambda *_: pytest.fail("a document was read by itself"))
    told = seen(posted)
    assert sum("not by us (last change: " in row.cause for row in told.differences) == 2
    assert Decimal(400) == sum(row.net for row in told.documents)


# ---- and what was closed ---------------------------------------------------------------------------------------------------------


def certified(firm: CaseFirm) -> close.Closing:
    return close.close(firm.open(), "nz", "2026-06", SIGNER, who="Finance", online=True)


def later(firm: CaseFirm) -> list[tuple[str, str, str, str]]:
    told = tie_out(firm.open(), "nz", "2026-06", online=True)
    return [(row.what, row.then, row.now, row.cause) for row in told.later]


def test_a_month_is_not_closed_while_somebody_changed_one_of_its_documents(posted: CaseFirm) -> None:
    """The money is the same, so that the equations tie; what the certificate would say of the document is not what stands there."""
    posted.month_later()
    posted.bench.edit(posted.named(JUNE).id)
    refused = certified(posted)
    assert refused.certified is None
    (blocker,) = refused.blockers
    assert blocker.what.startswith(f"{JUNE} was changed over there: line 1: description was ")
    assert blocker.next_step == f"`hourbridge corrections {JUNE}` says what may be chosen"
    posted.choose("accept", JUNE)
    assert certified(posted).certified is not None


def test_a_document_that_is_paid_after_the_close_is_no_change_of_what_was_closed(posted: CaseFirm) -> None:
    posted.month_later()
    assert certified(posted).certified is not None
    posted.bench.pay_parts({posted.named(JUNE).id: Decimal(150)})
    assert later(posted) == []
    posted.bench.pay(posted.named(JUNE).id)
    assert later(posted) == []


def test_a_document_that_somebody_changes_after_the_close_is_shown_against_the_certificate(posted: CaseFirm) -> None:
    posted.month_later()
    assert certified(posted).certified is not None
    posted.bench.edit(posted.named(JUNE).id)
    ((what, then, now, cause),) = later(posted)
    assert (what, then == now) == (JUNE, True)
    assert cause.startswith("was changed over there, not by us (last change: ")


def test_a_document_that_somebody_voids_after_the_close_is_shown_against_the_certificate(posted: CaseFirm) -> None:
    posted.month_later()
    assert certified(posted).certified is not None
    posted.bench.void(posted.named(JUNE).id)
    posted.pull()
    shown = {what: (then[-28:], now[-20:], cause[:33]) for what, then, now, cause in later(posted)}
    assert shown[JUNE][2] == "voided over there, not by us (las"
    assert "theirs 0.00, voided" in shown[JUNE][1]
    assert {"held", "invoiced"} <= shown.keys()
