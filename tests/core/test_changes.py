"""What changed between the step that was approved and the one that is planned now."""

from datetime import date
from decimal import Decimal

from connector.core.changes import Fact, facts, lines
from connector.core.steps import Step, StepCharge, StepLine
from tests.core.ledgers import document, line

D = Decimal


def charged(entry, at, seconds=3600):
    return StepCharge(entry, 1, f"list:{entry}", 1, seconds, D(seconds), D(100), at, "Alpine", "2026-06")


def step(*of, action="create", terms="net 14", charges=(), **said):
    codes = tuple(StepLine("project", 3600, D(3600), 1, ()) for _ in of[:1])
    return Step(action=action, book="nz", key="k", generation=1, client="Alpine", period="2026-06", terms=terms, lines=codes,
                charges=tuple(charges), document=document(*of, **said) if of else None)  # fmt: skip


def told(was, now):
    return [(one.what, one.fields, one.was and one.was.line, one.now and one.now.line) for one in lines(was, now)]


def test_the_same_lines_did_not_change_also_in_another_order():
    assert lines(step(line(text="a"), line(text="b")), step(line(text="b"), line(text="a"))) == ()


def test_a_line_is_followed_by_its_charges_though_its_text_and_place_change():
    was = step(line(text="June, 1 h"), line("50.00", "other"), charges=[charged(1, 0), charged(2, 1)])
    now = step(line("70.00", "new"), line("200.00", "June, 2 h"), charges=[charged(2, 0), charged(1, 1), charged(9, 1)])
    assert told(was, now) == [("changed", ("text", "hours", "net"), 2, 1), ("changed", ("text", "hours", "net"), 1, 2)]


def test_a_line_shares_most_charges_with_the_line_it_was():
    was = step(line("300.00", "whole"), charges=[charged(1, 0), charged(2, 0), charged(3, 0)])
    now = step(line("100.00", "before the rise"), line("220.00", "after it"), charges=[charged(1, 0), charged(2, 1), charged(3, 1)])
    assert told(was, now) == [("added", (), None, 1), ("changed", ("text", "hours", "net"), 1, 2)]


def test_without_common_charges_the_text_tells_and_what_has_no_like_came_or_went():
    was = step(line(text="work"), line(text="gone"))
    now = step(line(text="new"), line(text="work", tax_code="ZERO", service_from=date(2026, 6, 1), tracking=(("Region", "South"),)))
    assert told(was, now) == [
        ("added", (), None, 1), ("changed", ("tax code", "tracking", "dates"), 1, 2), ("removed", (), 2, None),
    ]  # fmt: skip


def test_figures_are_those_of_the_document():
    [one] = lines(step(line()), step(line("250.00")))
    assert (one.was.hours, one.was.net, one.now.hours, one.now.net, one.now.price) == (D(1), D("100.00"), D("2.5"), D("250.00"), D(100))
    assert (one.now.billing_code, one.now.target, one.now.description) == ("project", "account 200", "Work")
    assert [found.now.billing_code for found in lines(step(), step(line(), line(text="b")))] == ["project", ""]


def test_a_void_leaves_no_line_and_charges_of_other_places_mislead_nobody():
    assert told(step(line()), step(line(), action="void", charges=[charged(1, 0)])) == [("removed", (), 1, None)]
    assert told(step(line(), action="void", charges=[charged(1, 0)]), step(line(), charges=[charged(1, 0)])) == [("added", (), None, 1)]
    assert told(step(line(), charges=[charged(1, 0)]), step(line(), action="void", charges=[charged(1, 0)])) == [("removed", (), 1, None)]


def test_a_documents_own_facts_are_told_once_each():
    was = step(line(), po="", due_date=date(2026, 7, 14), tax=None)
    now = step(line(), terms="net 30", po="PO-1", due_date=date(2026, 7, 30), customer="Alpine Ltd", customer_id="c2", tax=D("15.00"))
    assert facts(was, now) == (
        Fact("terms", "net 14", "net 30"), Fact("customer", "Alpine", "Alpine Ltd"), Fact("PO", "", "PO-1"),
        Fact("due date", "2026-07-14", "2026-07-30"), Fact("tax", "", "15.00"),
    )  # fmt: skip
    assert facts(step(), now) == facts(now, step()) == facts(now, now) == ()
