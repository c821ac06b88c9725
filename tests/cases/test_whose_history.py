"""In Xero no listing says who: `reconcile --online` reads the history of what was changed over there, and of nothing else."""

import csv
import io
from collections.abc import Iterator

import msgspec
import pytest

from adapters.xero.emulated.history import PERSON
from adapters.xero.emulated.people import People
from connector.reports import reconcile as reconcile_report
from connector.sandbox import Fault
from connector.use_cases import who_changed
from connector.use_cases.reconcile import TieOut, tie_out
from tests.adapters.xero.bench import XeroBench
from tests.cases.firm import CEDAR, JUNE, CaseFirm, company

HISTORY = "*/History"


@pytest.fixture
def posted(tmp_path, monkeypatch) -> Iterator[CaseFirm]:
    """One posted document in Xero, five days old."""
    with company("xero", tmp_path, monkeypatch) as bench:
        firm = CaseFirm(bench)
        firm.work("one", CEDAR, hours="2")
        firm.bill()
        bench.advance(5 * 86_400)
        yield firm


def xero(firm: CaseFirm) -> XeroBench:
    assert isinstance(firm.bench, XeroBench)
    return firm.bench


def people(firm: CaseFirm) -> People:
    return xero(firm).people


def seen(firm: CaseFirm) -> TieOut:
    return tie_out(firm.open(), online=True)


def histories(firm: CaseFirm) -> list[str]:
    return [request.url.path for request in xero(firm).books.sent.requests if request.url.path.endswith("/History")]


def test_who_edited_an_invoice_is_told_by_name_with_when_and_in_xeros_words(posted):
    people(posted).edit_line(JUNE, 0, description="Reworded")
    (difference,) = seen(posted).differences
    assert difference.cause == (
        f"was changed over there, not by us (last change: {PERSON}, 6 July 2026 at 08:00 UTC, `Edited`: "
        "`HB-2606-001 to Cedar Legal for 200.00.`): line 1: description was `Project work, June 2026`, is `Reworded`"
    )


def test_what_somebody_is_called_over_there_cannot_become_a_formula_or_command_the_terminal(posted, monkeypatch):
    monkeypatch.setattr("adapters.xero.emulated.history.PERSON", "=1+1\x1b[31m\r\n" + "n" * 500)
    people(posted).edit_line(JUNE, 0, description="Reworded")
    told = seen(posted)
    name = "=1+1 [31m " + "n" * 50
    assert f"not by us (last change: {name}, 6 July" in told.differences[0].cause
    assert posted.waits()[0].said == (f"not by us (last change: {name}, 6 July 2026 at 08:00 UTC)",)
    cells = [cell for row in csv.reader(io.StringIO(reconcile_report.as_csv(told))) for cell in row]
    assert any(name in cell for cell in cells)
    assert not any(cell.startswith("=") or "\x1b" in cell for cell in cells)


def test_what_led_to_the_last_change_is_told_with_it(posted):
    for act in (lambda: people(posted).edit_line(JUNE, 0, description="Reworded"), lambda: people(posted).pay(JUNE)):
        act()
        posted.bench.advance(3600)
    (difference,) = seen(posted).differences
    assert f"(last change: {PERSON}, 6 July 2026 at 09:00 UTC, `Paid`: `HB-" in difference.cause
    assert f"; before it: {PERSON}, 6 July 2026 at 08:00 UTC, `Edited`: `HB-" in difference.cause


def test_no_history_is_read_where_nothing_was_changed(posted):
    posted.work("two", "Bayside Motors")
    posted.bill()
    posted.bench.pay(posted.named(JUNE).id)
    assert seen(posted).differences == ()
    assert histories(posted) == []


def test_only_the_history_of_what_was_changed_is_read(posted):
    posted.work("two", "Bayside Motors")
    posted.bill()
    posted.bench.advance(3600)
    posted.bench.void(posted.named(JUNE).id)
    assert PERSON in seen(posted).differences[0].cause
    assert histories(posted) == [f"/api.xro/2.0/Invoices/{posted.named(JUNE).id}/History"]


def test_what_an_app_did_since_our_last_write_is_told_as_xero_tells_it(posted):
    """Xero tells no app from another, nor from what it did by itself."""
    there = people(posted).invoice(JUNE)
    other = msgspec.structs.replace(there, reference="PO-9")
    people(posted)._invoices.store(other, "updated", "app")
    (difference,) = seen(posted).differences
    assert "not by us (last change: System Generated, 6 July 2026 at 08:00 UTC, `Edited`: `Received through" in difference.cause


def test_the_name_is_kept_for_corrections_and_for_a_reconcile_that_asks_nobody(posted):
    people(posted).void(JUNE)
    posted.pull()
    seen(posted)
    asked = histories(posted)
    told = f"not by us (last change: {PERSON}, 6 July 2026 at 08:00 UTC)"
    assert posted.waits()[0].said[0] == told
    assert tie_out(posted.open()).differences[0].cause == f"voided over there, {told}"
    assert histories(posted) == asked


def test_a_look_that_lists_the_same_change_again_keeps_the_name(posted):
    people(posted).edit_line(JUNE, 0, description="Reworded")
    seen(posted)
    posted.apply()
    assert PERSON in posted.waits()[0].said[0]


def test_a_later_change_takes_the_name_away_until_somebody_asks(posted):
    people(posted).edit_line(JUNE, 0, description="Reworded")
    seen(posted)
    posted.bench.advance(3600)
    people(posted).edit_line(JUNE, 0, description="Reworded again")
    posted.apply()
    assert posted.waits()[0].said[0] == "not by us (last change: 6 July 2026 at 09:00 UTC)"


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (403, "the credential may not read histories over there (403)"),
        (401, "the credential may not read histories over there (401)"),
        (404, "its history over there was answered 404"),
        (503, "histories over there cannot be read now"),
    ],
)
def test_a_history_that_is_refused_fails_nothing_and_is_said(posted, status, why):
    people(posted).edit_line(JUNE, 0, description="Reworded")
    xero(posted).books.script.plan(Fault("refuse", status=status), path=HISTORY, times=20)
    (difference,) = seen(posted).differences
    assert difference.cause.startswith(
        f"was changed over there, not by us (last change: 6 July 2026 at 08:00 UTC; whose is not told: {why}): line 1: "
    )
    assert posted.waits()[0].said == ("not by us (last change: 6 July 2026 at 08:00 UTC)",)
    xero(posted).books.script.forget()
    assert PERSON in seen(posted).differences[0].cause


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"HistoryRecords": [{"User": 7}]}', b'{"HistoryRecords": null}', b"{}"])
def test_an_odd_answer_fails_nothing(posted, monkeypatch, body):
    people(posted).edit_line(JUNE, 0, description="Reworded")
    inner = xero(posted).books.sent.handle_request

    def odd(request):
        answer = inner(request)
        if request.url.path.endswith("/History"):
            return type(answer)(200, headers={"Content-Type": "application/json"}, content=body)
        return answer

    monkeypatch.setattr(xero(posted).books.sent, "handle_request", odd)
    (difference,) = seen(posted).differences
    assert "; whose is not told: " in difference.cause


def test_histories_are_bounded_and_the_rest_is_said(posted, monkeypatch):
    monkeypatch.setattr(who_changed, "HISTORIES_MAX", 1)
    posted.work("two", "Bayside Motors", hours="9")
    posted.bill()
    posted.bench.advance(3600)
    for one in posted.standing():
        people(posted).edit_line(one.number, 0, description="Reworded")
    causes = {one.what: one.cause for one in seen(posted).differences}
    assert len(histories(posted)) == 1
    assert f"last change: {PERSON}" in causes["HB-2606-002"], "the most money first"
    assert "; whose is not told: 1 histories were read already; its own over there says it)" in causes[JUNE]
