from datetime import date

import pytest
from invoicing_firm import Decimal, book, charge, client, documents, only, proposals

from connector.core.known import Known
from connector.core.mapping import Span

D = Decimal
ALPINE = client()
JUNE, JULY, AUGUST = (f"nz/2026-{month}/Alpine Dental" for month in ("06", "07", "08"))
AUGUST_1, SEPTEMBER_1 = book(today=date(2026, 8, 1)), book(today=date(2026, 9, 1))
JUNE_IS_FINAL = Known(closed=frozenset({JUNE}))


def test_late_time_goes_on_the_next_document_with_its_own_dates():
    rows = [charge(ALPINE, "2026-06-28", "2"), charge(ALPINE, "2026-07-10")]
    one = only(rows, known=JUNE_IS_FINAL, facts=AUGUST_1)
    assert (one.key, one.period, one.invoice_date, one.late_seconds, one.flags) == (
        JULY,
        "2026-07",
        date(2026, 7, 31),
        7200,
        ("late time",),
    )
    assert [line.line.description for line in one.lines] == [
        "Remote support, June 2026 (worked 28 June 2026)",
        "Remote support, July 2026",
    ]
    assert [(share.late, share.period) for share in one.charges] == [(True, "2026-07"), (False, "2026-07")]
    assert (one.worked_from, one.worked_to) == (date(2026, 6, 28), date(2026, 7, 10))


def test_late_time_skips_every_final_document_and_closed_period():
    known = Known(closed=frozenset({JUNE, "nz/2026-07"}))
    assert only([charge(ALPINE, "2026-06-28")], known=known, facts=SEPTEMBER_1).key == AUGUST


def test_late_time_waits_for_the_next_document_to_be_due():
    made = proposals([charge(ALPINE, "2026-06-28")], known=JUNE_IS_FINAL)
    assert made.documents == ()
    assert [(one.late, one.period) for one in made.waiting] == [(True, "2026-07")]


def test_a_final_document_is_one_customers_and_pos_not_all_of_the_clients():
    known = Known(closed=frozenset({JUNE + "/po=PO-1"}))
    rows = [charge(ALPINE, po="PO-1"), charge(ALPINE, po="PO-2")]
    assert set(documents(rows, known=known, facts=AUGUST_1)) == {JUNE + "/po=PO-2", JULY + "/po=PO-1"}


def test_late_time_keeps_the_po_of_the_day_worked():
    of = client(po=(Span("PO-1", until=date(2026, 6, 30)), Span("PO-2", since=date(2026, 7, 1))))
    known = Known(closed=frozenset({JUNE + "/po=PO-1"}))
    assert set(documents([charge(of, "2026-06-28"), charge(of, "2026-07-10")], known=known, facts=AUGUST_1)) == {
        JULY + "/po=PO-1",
        JULY + "/po=PO-2",
    }


def test_late_time_can_have_documents_of_its_own():
    rows = [charge(ALPINE, "2026-06-28"), charge(ALPINE, "2026-07-10")]
    made = documents(rows, known=JUNE_IS_FINAL, facts=AUGUST_1, late_time="own_document", minimum_document=D(500))
    late = made[JUNE + "/late=1"]
    assert (late.period, late.late_seconds, late.flags, late.hold, late.carry) == (
        "2026-06",
        3600,
        ("late time",),
        (),
        "",
    )
    assert made[JULY].late_seconds == 0
    again = Known(closed=frozenset({JUNE, JUNE + "/late=1"}))
    assert set(documents(rows[:1], known=again, late_time="own_document")) == {JUNE + "/late=2"}


def test_a_late_document_of_its_own_never_stands_in_a_closed_period():
    known = Known(closed=frozenset({"nz/2026-06"}))
    made = documents([charge(ALPINE, "2026-06-28"), charge(ALPINE, "2026-07-10")], known=known, facts=AUGUST_1, late_time="own_document")
    assert set(made) == {JULY, JULY + "/late=1"}
    assert (made[JULY + "/late=1"].invoice_date, made[JULY + "/late=1"].late_seconds) == (date(2026, 7, 31), 3600)


def test_late_time_can_be_held():
    one = only([charge(ALPINE, "2026-06-28")], known=JUNE_IS_FINAL, late_time="hold")
    assert one.hold == (
        "late time for 2026-06, whose document is final: say `late_time: next_document` or `own_document` at clients.yaml:7",
    )


@pytest.mark.parametrize("late_time", ["next_document", "own_document", "hold"])
def test_what_was_approved_stays_and_only_what_came_after_is_late(late_time):
    old, new = charge(ALPINE, "2026-06-10", number=901), charge(ALPINE, "2026-06-11", number=902)
    known = Known(closed=frozenset({JUNE}), members={JUNE: frozenset({(901, 1)})})
    made = documents([new, old], known=known, facts=AUGUST_1, late_time=late_time, minimum_document=D(500))
    assert [one.staged.key for one in made[JUNE].charges] == [901]
    assert made[JUNE] == only([old], known=known, facts=AUGUST_1, late_time=late_time, minimum_document=D(500))
    assert len(made) == 2


def test_late_time_approved_on_a_later_document_stays_there():
    late = charge(ALPINE, "2026-06-10", number=903)
    known = Known(closed=frozenset({JUNE, JULY}), members={JULY: frozenset({(903, 1)})})
    assert only([late], known=known, facts=SEPTEMBER_1).key == JULY
    own = Known(closed=frozenset({JUNE, JUNE + "/late=1"}), members={JUNE + "/late=1": frozenset({(903, 1)})})
    assert only([late], known=own, late_time="own_document").key == JUNE + "/late=1"


def test_free_time_that_comes_late_is_printed_nowhere():
    rows = [charge(ALPINE, "2026-06-28", disposition="no_charge"), charge(ALPINE, "2026-07-10")]
    made = proposals(rows, known=JUNE_IS_FINAL, facts=AUGUST_1, show=("no_charge",))
    assert [one.disposition for one in made.documents[0].charges] == ["ready"]
    assert made.waiting == ()


def test_late_weeks_go_to_the_first_month_after_the_change():
    of = client(document_every=(Span("week", until=date(2026, 6, 30)), Span("month", since=date(2026, 7, 1))))
    known = Known(closed=frozenset({"nz/2026-W27/Alpine Dental"}))
    assert only([charge(of, "2026-06-30")], known=known, facts=AUGUST_1).key == JULY


# ---- below the minimum -----------------------------------------------------------------------------------------------


def small(day, hours="0.1"):
    return charge(ALPINE, day, hours, rate="100.00")


def carried(rows, today, **said):
    return documents(rows, facts=book(today=date.fromisoformat(today)), minimum_document=D("50.00"), **said)


def test_a_small_document_waits_and_says_so():
    one = carried([small("2026-06-10")], "2026-07-02")[JUNE]
    assert (one.carry, one.hold, one.net) == ("below the minimum of 50.00: waits, 1 of 3", (), D("10.00"))
    assert {charge.reason for charge in one.charges} == {"carried"}
    shown = carried([small("2026-06-10"), charge(ALPINE, disposition="no_charge")], "2026-07-02", show=("no_charge",))[JUNE]
    assert sorted((charge.disposition, charge.reason) for charge in shown.charges) == [
        ("no_charge", ""),
        ("ready", "carried"),
    ]


def test_the_minimum_itself_goes():
    assert carried([small("2026-06-10", "0.5")], "2026-07-02")[JUNE].carry == ""


def test_what_waited_goes_with_the_next_document_under_its_own_dates():
    made = carried([small("2026-06-10"), small("2026-07-10", "1")], "2026-08-01")
    assert set(made) == {JULY}
    assert [line.line.description for line in made[JULY].lines] == [
        "Remote support, June 2026",
        "Remote support, July 2026",
    ]
    assert (made[JULY].net, made[JULY].carry, made[JULY].flags, made[JULY].late_seconds) == (
        D("110.00"),
        "",
        ("carried from 2026-06",),
        0,
    )
    assert {charge.reason for charge in made[JULY].charges} == {""}


@pytest.mark.parametrize(
    ("today", "key", "carry"),
    [
        ("2026-07-31", JUNE, "below the minimum of 50.00: waits, 1 of 3"),
        ("2026-08-01", JULY, "below the minimum of 50.00: waits, 2 of 3"),
        ("2026-09-01", AUGUST, "below the minimum of 50.00: waits, 3 of 3"),
        ("2026-10-01", "nz/2026-09/Alpine Dental", ""),
        ("2027-03-01", "nz/2026-09/Alpine Dental", ""),
    ],
)
def test_a_small_document_waits_three_times_at_most(today, key, carry):
    made = carried([small("2026-06-10")], today)
    assert {key: one.carry for key, one in made.items()} == {key: carry}


def test_waiting_counts_from_the_oldest():
    rows = [small("2026-06-10"), small("2026-08-10")]
    assert carried(rows, "2026-09-01")[AUGUST].carry == "below the minimum of 50.00: waits, 3 of 3"
    assert carried(rows, "2026-10-01")["nz/2026-09/Alpine Dental"].net == D("20.00")


def test_what_stands_over_there_or_is_approved_is_never_carried():
    row = small("2026-06-10")
    known = Known(open=frozenset({JUNE}))
    assert set(carried([row], "2026-08-01", known=known)) == {JUNE}
    assert carried([row], "2026-08-01", known=known)[JUNE].carry == ""
    approved = Known(closed=frozenset({JULY}), members={JULY: frozenset({(row.staged.key, 1)})})
    assert carried([row], "2026-09-01", known=approved)[JULY].carry == ""


def test_a_document_carried_into_a_final_one_goes_to_the_next_open():
    assert carried([small("2026-06-10")], "2026-09-01", known=Known(closed=frozenset({JULY})))[AUGUST].carry.endswith("2 of 3")
    assert carried([small("2026-06-10")], "2026-08-01", known=Known(closed=frozenset({JULY})))[JUNE].carry.endswith("1 of 3")


def test_another_po_is_another_document_also_when_it_waits():
    rows = [charge(ALPINE, "2026-06-10", "0.1", po="PO-1"), charge(ALPINE, "2026-07-10", "5")]
    assert set(carried(rows, "2026-08-01")) == {JULY, JULY + "/po=PO-1"}


def test_unfinished_time_of_the_month_that_waited_counts():
    rows = [
        small("2026-06-10"),
        small("2026-07-10", "1"),
        charge(ALPINE, "2026-06-11", disposition="held"),
        charge(ALPINE, "2026-05-11", disposition="held"),
    ]
    assert carried(rows, "2026-08-01")[JULY].left_out.entries == 1


def test_late_time_that_waits_stays_late():
    known = Known(closed=frozenset({JUNE}))
    one = carried([small("2026-06-10")], "2026-09-01", known=known)[AUGUST]
    assert (one.late_seconds, one.carry, one.flags) == (
        360,
        "below the minimum of 50.00: waits, 2 of 3",
        ("late time",),
    )
    assert one.lines[0].line.description == "Remote support, June 2026 (worked 10 June 2026)"


def test_late_and_carried_time_of_one_month_stand_apart():
    known = Known(closed=frozenset({JUNE + "/po=P"}))
    of = client("Alpine Dental", po=None)
    rows = [
        small("2026-06-10"),
        charge(of, "2026-06-12", "0.2", po="P", rate="100.00"),
        charge(of, "2026-07-12", "0.1", po="P", rate="100.00"),
    ]
    made = carried(rows, "2026-09-01", known=known)
    assert {key: len(one.lines) for key, one in made.items()} == {AUGUST: 1, AUGUST + "/po=P": 2}


def test_below_zero_waits_where_the_book_carries():
    rows = [small("2026-06-10", "-1")]
    one = carried(rows, "2026-07-02", net_negative="carry")[JUNE]
    assert one.carry == "below zero: waits, 1 of 3"
    assert carried([*rows, small("2026-07-10", "3")], "2026-08-01", net_negative="carry")[JULY].net == D("200.00")
    assert carried(rows, "2026-07-02")[JUNE].carry == ""


def test_interim_carries_into_the_month_that_has_begun():
    assert set(carried([small("2026-06-10"), small("2026-07-01")], "2026-07-02", interim=True)) == {JULY}


def test_two_documents_that_wait_meet_on_one_and_count_from_the_oldest():
    of = client(document_per=(Span("project", until=date(2026, 6, 30)), Span("client", since=date(2026, 7, 1))))
    rows = [charge(of, "2026-05-10", "0.1"), charge(of, "2026-06-10", "0.1", project="Attic")]
    made = carried(rows, "2026-08-01")
    assert {key: one.carry for key, one in made.items()} == {JULY: "below the minimum of 50.00: waits, 3 of 3"}
    assert made[JULY].net == D("29.00")


def test_a_week_inside_a_month_is_carried_into_what_begins_later():
    of = client(document_every=(Span("month"), Span("week", since=date(2026, 6, 10), until=date(2026, 6, 20))))
    rows = [charge(of, day, "0.1") for day in ("2026-06-12", "2026-06-15", "2026-06-22")]
    assert {one.period: one.net for one in carried(rows, "2026-07-02").values()} == {
        "2026-06": D("29.00"),
        "2026-W25": D("14.50"),
    }
    assert {one.period: one.net for one in carried(rows, "2026-08-01").values()} == {"2026-07": D("43.50")}
