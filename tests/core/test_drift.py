"""What we sent, what stood over there and what stands there now are told apart in words."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.core.drift import by_whom, changes, differences, is_ours, judge, last_by, tax_difference, unlike
from connector.model import Deed, Target
from tests.core.ledgers import document, line, remote

TARGET = document(line("100.00"), line("50.00", "More"))


def with_line(at, **said):
    there = remote(TARGET)
    lines = list(there.lines)
    lines[at] = replace(lines[at], **said)
    return replace(there, lines=tuple(lines))


def test_what_we_asked_for_is_the_target():
    assert judge(remote(TARGET), None, TARGET) == "target"
    assert differences(TARGET, remote(TARGET)) == []
    assert unlike(TARGET, remote(TARGET)) == ""


def test_a_credit_note_is_due_on_no_day():
    note = replace(TARGET, kind="credit_note")
    assert differences(note, remote(note, kind="credit_note", due_date=None)) == []
    assert differences(TARGET, remote(TARGET, due_date=None)) == ["due date: ours `2026-06-30`, theirs `None`"]


def test_what_we_confirmed_before_is_the_base():
    before = remote(document(line("80.00")))
    assert judge(before, before, TARGET) == "base"
    assert judge(replace(before, status="posted", paid=Decimal(5), version="9", sent=True), before, TARGET) == "base"


def test_anything_else_is_a_persons():
    before = remote(document(line("80.00")))
    assert judge(replace(before, po="PO-9"), before, TARGET) == "other"
    assert judge(before, None, TARGET) == "other"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"customer_id": "c2"}, "customer: ours `c1`, theirs `c2`"),
        ({"kind": "credit_note"}, "kind: ours `invoice`, theirs `credit_note`"),
        ({"invoice_date": date(2026, 7, 1)}, "invoice date: ours `2026-06-30`, theirs `2026-07-01`"),
        ({"due_date": date(2026, 7, 1)}, "due date: ours `2026-06-30`, theirs `2026-07-01`"),
        ({"currency": "AUD"}, "currency: ours `NZD`, theirs `AUD`"),
        ({"po": "PO-9"}, "PO: ours empty, theirs `PO-9`"),
        ({"net": Decimal("151.00")}, "net: ours `150.00`, theirs `151.00`"),
    ],
)
def test_a_difference_in_the_head_is_told(said, told):
    assert differences(TARGET, remote(TARGET, **said)) == [told]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"description": "Mine"}, "line 2: text: ours `More`, theirs `Mine`"),
        ({"net": Decimal("51.00")}, "line 2: net: ours 50.00, theirs 51.00"),
        ({"target": Target("item", "X")}, "line 2: target: ours account 200, theirs item X"),
        ({"tax_code": "NONE"}, "line 2: tax code: ours OUTPUT2, theirs NONE"),
    ],
)
def test_a_difference_in_a_line_is_told_with_its_number(said, told):
    assert differences(TARGET, with_line(1, **said)) == [told]


@pytest.mark.parametrize(
    "said", [{"description": " More\n"}, {"net": Decimal("50.0000")}, {"target": None}, {"tax_code": ""}], ids=lambda said: next(iter(said))
)
def test_what_a_vendor_leaves_out_or_writes_another_way_is_no_difference(said):
    assert differences(TARGET, with_line(1, **said)) == []


def test_a_line_more_or_less_is_told_by_the_counts():
    assert differences(TARGET, replace(remote(TARGET), lines=())) == ["lines: ours 2, theirs 0"]
    assert changes(remote(TARGET), replace(remote(TARGET), lines=())) == ["2 lines were there, 0 are"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"description": "Mine"}, "line 1: description was `Work`, is `Mine`"),
        ({"quantity": Decimal(2)}, "line 1: quantity was `1.00`, is `2`"),
        ({"price": Decimal(90)}, "line 1: price was `100`, is `90`"),
        ({"tracking": (("Team", "North"),)}, "line 1: tracking was `()`, is `(('Team', 'North'),)`"),
        ({"target": Target("item", "X")}, "line 1: account 200 became item X"),
        ({"target": None}, "line 1: account 200 became no account"),
    ],
)
def test_what_somebody_changed_in_a_line_is_told(said, told):
    assert changes(remote(TARGET), with_line(0, **said)) == [told]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"number": "HB-9"}, "number was `HB-1`, is `HB-9`"),
        ({"customer_id": "c2"}, "customer was `c1`, is `c2`"),
        ({"tax": Decimal("1.00")}, "tax was `0`, is `1.00`"),
        ({"po": "P" * 70}, f"PO was empty, is `{'P' * 60}…`"),
        ({"po": "P" * 61}, f"PO was empty, is `{'P' * 61}`"),
    ],
)
def test_what_somebody_changed_in_the_head_is_told(said, told):
    assert changes(remote(TARGET), remote(TARGET, **said)) == [told]


def test_payments_stamps_and_posting_are_no_change_of_content():
    there = remote(TARGET, status="paid", paid=Decimal(150), balance=Decimal(0), version="7", sent=True, customer="Alpine (renamed)")
    assert changes(remote(TARGET), there) == []


def test_a_free_line_is_compared_without_its_account():
    free = document(line("0.00"))
    there = remote(free)
    moved = replace(there, lines=(replace(there.lines[0], target=None),))
    assert differences(free, replace(there, lines=(replace(there.lines[0], target=Target("item", "X")),))) == []
    assert changes(there, moved) == []


def test_tax_is_compared_only_where_we_predicted_it():
    assert tax_difference(TARGET, remote(TARGET, tax=Decimal(15))) == ""
    predicted = replace(TARGET, tax=Decimal("22.50"))
    assert tax_difference(predicted, remote(TARGET, tax=Decimal("22.50"))) == ""
    assert unlike(predicted, remote(TARGET, tax=Decimal("22.51"))) == "tax: ours 22.50, theirs 22.51"


@pytest.mark.parametrize(
    ("said", "ours"),
    [
        ({"ours": True}, True),
        ({"ours": True, "mark": "k#1"}, True),
        ({"ours": True, "mark": "other#1"}, False),
        ({"ours": False}, False),
        ({"ours": False, "mark": "k#1"}, False),
        ({"mark": "k#1"}, True),
        ({"mark": "other#1"}, False),
        ({}, True),
        ({"net": Decimal("150.0000")}, True),
        ({"number": "HB-2", "ours": True}, False),
        ({"customer_id": "c2"}, False),
        ({"invoice_date": date(2026, 7, 1)}, False),
        ({"currency": "AUD"}, False),
        ({"net": Decimal(1)}, False),
    ],
)
def test_a_document_is_ours_by_number_and_mark_or_by_what_it_says(said, ours):
    assert is_ours(TARGET, remote(TARGET, **said), "HB-1") is ours


# ---- who did it ----------------------------------------------------------------------------------------------------------------------

AT = datetime(2026, 7, 6, 8, 0, tzinfo=UTC)


def deed(minutes=0, **said):
    return Deed(**{"at": AT + timedelta(minutes=minutes), "by": "Mac Haag", "what": "Edited", **said})


def test_who_did_it_is_whom_the_document_names_and_when():
    there = remote(TARGET, changed_at=AT)
    assert by_whom(None) == by_whom(remote(TARGET)) == "not by us"
    assert by_whom(there) == "not by us (last change: 6 July 2026 at 08:00 UTC)"
    assert by_whom(replace(there, changed_by="Mac Haag")) == "not by us (last change: Mac Haag, 6 July 2026 at 08:00 UTC)"
    assert by_whom(remote(TARGET), untold="why not") == "not by us (why not)"
    assert by_whom(there, untold="why not") == "not by us (last change: 6 July 2026 at 08:00 UTC; why not)"


def test_who_did_it_is_told_in_the_vendors_words_which_are_cut():
    told = by_whom(None, [deed(details="y" * 100), deed(-1, by="", what="")])
    assert told == (
        f"not by us (last change: Mac Haag, 6 July 2026 at 08:00 UTC, `Edited`: `{'y' * 60}…`; "
        "before it: nobody is named, 6 July 2026 at 07:59 UTC)"
    )


def test_three_deeds_are_told_and_the_others_counted():
    assert by_whom(None, [deed(-at) for at in range(3)]).count("Mac Haag") == 3
    told = by_whom(None, [deed(-at) for at in range(5)])
    assert told.count("Mac Haag") == 3
    assert told.endswith("; 2 before)")


@pytest.mark.parametrize(
    ("deeds", "changed_at", "name"),
    [
        ([], AT, ""),
        ([deed()], None, ""),
        ([deed(-1), deed(-2, by="Ana")], AT, "Mac Haag"),
        ([deed(1)], AT, "Mac Haag"),
        ([deed(1.1)], AT, ""),
        ([deed(-1.1)], AT, ""),
        ([deed(by="n" * 61)], AT, "n" * 60),
    ],
)
def test_the_last_change_is_whose_its_history_says_of_that_very_change(deeds, changed_at, name):
    assert last_by(remote(TARGET, changed_at=changed_at), deeds) == name
