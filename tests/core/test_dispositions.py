"""Dispositions of domain section 2: the first that applies wins; every second has exactly one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from southern_cross import BOOKS, EXAMPLE, NOW, at, client, decision, entry, options, staged

from connector.core.dispositions import rule
from connector.core.fates import MARKED
from connector.core.mapping import Condition, EntryRule, Rounding, Rule, TimeApproval, Treated
from connector.core.matching import Matcher
from connector.core.rating import Means
from connector.core.values import Marked

EXCLUDE = (EntryRule(name="zero minutes", when=Condition(minutes=0), where=at(2)),)
HOLD = (
    EntryRule(name="over 12 hours", when=Condition(hours_over=Decimal(12)), where=at(5)),
    EntryRule(name="no notes", when=Condition(notes_blank=True), unless=Condition(work_type=("Travel",)), where=at(6)),
)
FULL = replace(EXAMPLE, exclude=EXCLUDE, hold=HOLD[:1], time_approval=TimeApproval(required=True))


def charges(*entries, mapping=EXAMPLE, decisions=None, **more):
    return rule(entries, Matcher(mapping, BOOKS), mapping, BOOKS, decisions or {}, NOW, **more)


def charge(one, mapping=EXAMPLE, decided=None, **more):
    (found,) = charges(one, mapping=mapping, decisions={1: decided} if decided else {}, **more)
    return found


EARLY = {"day": date(2025, 12, 31)}
STEPS = [
    ("deleted", {"deleted": True}, {}, None),
    ("before_start", {}, EARLY, None),
    ("billed_elsewhere", {}, {"billed": True}, None),
    ("written_off", {}, {}, "write_off"),
    ("held", {}, {"problem": "minutes: 'abc' is not a number"}, None),
    ("excluded", {}, {"seconds": 0}, None),
    ("unmatched", {}, {"client": "Nobody"}, None),
    ("non_billable", {}, {"billable": False}, None),
    ("pending", {}, {"approved": False}, None),
    ("held", {}, {"seconds": 13 * 3600}, None),
    ("covered", {}, {"treatment": "covered"}, None),
    ("unmatched", {}, {"work_type": "Yoga"}, None),
    ("no_charge", {}, {"treatment": "no_charge"}, None),
    ("ready", {}, {}, None),
]


def step(*numbers):
    """One entry to which several steps apply at once."""
    outer, said, kind, mapping = {}, {"approved": True, "billable": True}, None, FULL
    for number in numbers:
        _, more_outer, more, decided = STEPS[number]
        outer |= more_outer
        kind = kind or decided
        treatment = more.get("treatment")
        if treatment:
            mapping = replace(mapping, treatments=(Rule(client="Alpine Dental", value=Treated(treatment), where=at(1)),))
        said = {key: value for key, value in more.items() if key != "treatment"} | {
            key: value for key, value in said.items() if key not in more
        }
    return staged(entry(**said), **outer), mapping, decision(kind) if kind else None


def clash(first, second):
    said = [STEPS[number][2] for number in (first, second)]
    return set(said[0]) & set(said[1]) - {"approved"}


PAIRS = [
    (first, second) for first in range(len(STEPS)) for second in range(first, len(STEPS)) if first == second or not clash(first, second)
]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda number: f"{number + 4}")
def test_of_two_dispositions_that_apply_the_first_wins(first, second):
    one, mapping, decided = step(first, second)
    found = charge(one, mapping, decided)
    expected = STEPS[first][0]
    if (first, second) in {(7, 10), (7, 12)}:
        expected = STEPS[second][0]  # the source's "no" vetoes `bill` only
    assert found.disposition == expected


def test_pairs_of_steps_are_nearly_all_there_are():
    assert len(PAIRS) > 95


# ---- each step's own rules ----------------------------------------------------------------------------------------------


def test_what_is_gone_counts_nothing_and_what_is_not_ours_has_no_value():
    gone = charge(staged(deleted=True))
    assert (gone.seconds, gone.billed, gone.value, gone.estimate) == (0, 0, None, "none")
    elsewhere = charge(staged(billed=True, billed_document="INV-7"))
    assert (elsewhere.seconds, elsewhere.value, elsewhere.detail) == (3600, None, ("document INV-7",))


@pytest.mark.parametrize(
    ("entered", "disposition"),
    [
        (None, "before_start"),
        (datetime(2025, 12, 31, 23, tzinfo=UTC), "before_start"),
        (datetime(2026, 1, 1, tzinfo=UTC), "unmatched"),
    ],
)
def test_time_before_the_start_that_was_entered_after_it_was_late_for_the_old_system(entered, disposition):
    one = staged(entered_at=entered, **EARLY)
    found = charge(one)
    assert found.disposition == disposition
    if disposition == "unmatched":
        assert (found.kind, found.reason) == ("late_for_old_system", "late for the old system")
        assert charge(one, decided=decision("bill")).disposition == "ready"
        assert charge(one, decided=decision("hold")).disposition == "unmatched"


def test_a_book_that_nobody_described_has_no_start():
    mapping = replace(EXAMPLE, clients=(client("Alpine Dental", book="other"),))
    assert charge(staged(**EARLY), mapping).disposition == "unmatched"


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"day": None}, "the day cannot be read"),
        ({"day": date(16, 1, 11)}, "0016-01-11"),
        ({"day": date(2106, 1, 1)}, "2106-01-01"),
        ({"problem": "row has 3 of 9 columns"}, "row has 3 of 9 columns"),
        ({"seconds": -60}, "less than nothing"),
        ({"seconds": 8760 * 3600}, "744 h at most"),
        ({"seconds": 10**400}, "744 h at most"),
        ({"hours": Decimal("1E+400")}, "744 h at most"),
        ({"hours": Decimal(-1)}, "less than nothing"),
        ({"hours": Decimal("NaN")}, "744 h at most"),
    ],
)
def test_what_cannot_be_read_is_held_with_the_reason_and_the_place(said, says):
    found = charge(staged(origin="june.csv:12", **said), period_of=lambda _terms, day: f"{day:%Y-%m}")
    assert (found.disposition, found.reason, found.kind) == ("held", "unreadable", "unreadable")
    assert says in found.detail[0]
    assert found.detail[1] == "june.csv:12"
    assert found.seconds == said.get("seconds", 3600)
    assert (found.period is None) is ("day" in said)


def test_all_exclude_rules_that_fire_are_listed_and_the_first_is_the_reason():
    rules = (*EXCLUDE, EntryRule(name="tests", when=Condition(notes=("TEST*",)), where=at(3)))
    found = charge(staged(seconds=0, notes="test  of\nmine"), replace(EXAMPLE, exclude=rules))
    assert (found.disposition, found.reason, found.detail) == ("excluded", "zero minutes", ("zero minutes", "tests"))
    assert [why.where.line for why in found.why] == [2, 3]


@pytest.mark.parametrize(("rank_of", "reason"), [({"client": "Alpine Dental"}, "client rule"), ({"work_type": "Project work"}, "work type"), ({"person": "Ben Ito"}, "rule"), ({}, "rule")])  # fmt: skip
def test_non_billable_time_says_whose_rule_it_is(rank_of, reason):
    rules = (Rule(value=Treated("non_billable", "agreed in May"), where=at(1), **rank_of),)
    found = charge(staged(), replace(EXAMPLE, treatments=rules))
    assert (found.disposition, found.reason, found.detail) == ("non_billable", reason, ("agreed in May",))
    assert found.value == Decimal("165.00")
    assert charge(staged(), replace(EXAMPLE, treatments=(Rule(value=Treated("non_billable"), where=at(1)),))).detail == ()


def test_the_sources_no_vetoes_bill_only_and_not_at_all_where_it_is_ignored():
    no = staged(billable=False)
    assert (charge(no).disposition, charge(no).reason) == ("non_billable", "source flag")
    assert charge(no, replace(EXAMPLE, source_says_not_billable="ignore")).disposition == "ready"
    assert charge(no, decided=decision("bill")).disposition == "ready"
    assert charge(staged(work_type="Travel", billable=False)).disposition == "no_charge"
    assert charge(staged(work_type="Admin", billable=True)).disposition == "non_billable"


def test_what_is_not_approved_or_still_runs_is_pending():
    asked = replace(EXAMPLE, time_approval=TimeApproval(required=True, connections=("harvest",)))
    assert charge(staged(approved=True), asked).disposition == "ready"
    assert charge(staged(approved=False), asked).reason == "not approved"
    assert "does not say" in charge(staged(approved=None), asked).detail[0]
    assert charge(staged(connection="toggl"), asked).disposition == "ready"
    assert charge(staged(running=True)).reason == "timer running"


@pytest.mark.parametrize("seconds", [0, 60])
def test_a_timer_that_runs_is_no_short_entry_yet(seconds):
    rules = (*EXCLUDE, EntryRule(name="short", when=Condition(hours_under=Decimal("0.1")), where=at(3)))
    mapping = replace(EXAMPLE, exclude=rules)
    assert charge(staged(seconds=seconds, running=True), mapping).reason == "timer running"
    assert charge(staged(seconds=seconds), mapping).disposition == "excluded"


def test_all_holds_are_listed_and_the_first_in_file_order_is_the_reason():
    mapping = replace(EXAMPLE, hold=HOLD)
    found = charge(staged(seconds=13 * 3600), mapping)
    assert (found.disposition, found.reason, found.kind) == ("held", "over 12 hours", "over_12_hours")
    assert found.detail == ("over 12 hours", "no notes")
    assert charge(staged(seconds=12 * 3600, notes="x"), mapping).disposition == "ready"
    assert charge(staged(work_type="Travel"), mapping).disposition == "no_charge"


def test_time_after_a_client_closed_or_a_person_left_is_held():
    assert charge(staged(client="Harbour Lights Ltd", day=date(2026, 6, 1))).kind == "closed_client"
    assert charge(staged(client="Harbour Lights Ltd", day=date(2026, 5, 31))).disposition == "ready"
    assert charge(staged(person="Dana Whitlock", day=date(2026, 6, 21))).kind == "person_left"
    assert charge(staged(person="Dana Whitlock", day=date(2026, 6, 20))).disposition == "ready"


def test_free_time_needs_no_price_but_a_work_type():
    free = replace(EXAMPLE, treatments=(Rule(value=Treated("no_charge"), where=at(1)),))
    assert charge(staged(client="Prairie Dental", person="Ana Reyes", work_type="Remote support"), free).disposition == "no_charge"
    assert charge(staged(work_type="Yoga"), free).kind == "work_type"


# ---- decisions ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "disposition"),
    [
        ("release", "ready"),
        ("bill", "ready"),
        ("no_charge", "no_charge"),
        ("non_billable", "non_billable"),
        ("covered", "covered"),
        ("write_off", "written_off"),
        ("exclude", "excluded"),
        ("hold", "held"),
    ],
)
def test_a_decision_rules_what_becomes_of_a_held_entry(kind, disposition):
    found = charge(staged(seconds=13 * 3600), FULL_HOLD, decision(kind, why="we agreed", who="Kim"))
    assert found.disposition == disposition
    assert found.why[0].rank == 0
    assert kind in found.why[0].text
    if disposition != "ready":
        assert found.reason == "decision"
        assert found.detail[0] == "Kim: we agreed"


FULL_HOLD = replace(EXAMPLE, hold=HOLD[:1])


def test_a_decision_needs_no_words():
    assert charge(staged(), decided=decision("write_off")).detail == ()
    assert charge(staged(), decided=decision("write_off", who="Kim")).detail == ("Kim",)
    assert charge(staged(), decided=decision("write_off", why="gone")).detail == ("a person: gone",)


def test_a_release_lifts_every_hold():
    mapping = replace(EXAMPLE, hold=HOLD)
    left = staged(client="Harbour Lights Ltd", person="Dana Whitlock", day=date(2026, 6, 25), seconds=13 * 3600)
    assert len(charge(left, mapping).detail) == 4
    assert charge(left, mapping, decision("release")).disposition == "ready"


def test_who_says_how_an_entry_is_billed_calls_it_work():
    mapping = replace(EXAMPLE, exclude=(EntryRule(name="tests", when=Condition(notes=("TEST*",)), where=at(3)),))
    assert charge(staged(notes="TEST"), mapping, decision("bill")).disposition == "ready"
    assert charge(staged(notes="TEST"), mapping, decision("release")).disposition == "excluded"


def test_ourselves_are_not_billed_whatever_is_decided():
    found = charge(staged(client="Internal"), decided=decision("bill"))
    assert (found.disposition, found.reason) == ("non_billable", "internal")
    assert "does nothing" in found.detail[0]


def test_billing_fewer_hours_writes_the_rest_off():
    one = staged(seconds=int(4.5 * 3600))
    first, rest = charges(one, decisions={1: decision("bill", "3.00", why="1.5 h was our rework")})
    assert (first.part, first.disposition, first.seconds, first.billed, first.value) == (
        1,
        "ready",
        10_800,
        10_800,
        Decimal("495.00"),
    )
    assert (rest.part, rest.disposition, rest.seconds, rest.billed, rest.value) == (
        2,
        "written_off",
        5400,
        5400,
        Decimal("247.50"),
    )
    assert rest.reason == "the rest of a write-down"


def test_billing_all_or_more_hours_leaves_no_rest_and_billing_none_is_a_write_off():
    more = charge(staged(), decided=decision("bill", "2"))
    assert (more.seconds, more.billed, more.value) == (3600, 7200, Decimal("330.00"))
    none = charge(staged(), decided=decision("bill", "0"))
    assert (none.disposition, none.seconds) == ("written_off", 3600)
    assert charge(staged(seconds=240), decided=decision("bill")).billed == 900


def test_a_write_down_of_what_has_no_customer_yet_is_split_too():
    first, rest = charges(staged(client="Nobody"), decisions={1: decision("bill", "0.50")})
    assert (first.disposition, rest.disposition, first.seconds + rest.seconds) == ("unmatched", "written_off", 3600)


@pytest.mark.parametrize("argument", ["three", "-1", "1E+9", "NaN", "Infinity"])
def test_hours_that_cannot_be_billed_hold_the_entry(argument):
    found = charge(staged(), decided=decision("bill", argument))
    assert (found.disposition, found.kind) == ("held", "decision")
    assert "decide again" in found.detail[0]


@pytest.mark.parametrize(
    ("kind", "argument", "checked"),
    [
        ("client", "Dunmore Legal", lambda found: found.terms.client_key == "Dunmore Legal"),
        ("project", "Website rebuild", lambda found: found.disposition == "covered"),
        ("work_type", "Travel", lambda found: found.disposition == "no_charge"),
        ("client", " ", lambda found: found.kind == "decision"),
    ],
)
def test_a_decision_on_the_matching_holds_for_this_entry_only(kind, argument, checked):
    found, other = charges(
        staged(client="Glenholm Council"),
        staged(client="Glenholm Council", key=2, id="2"),
        decisions={1: decision(kind, argument)},
    )
    assert checked(found)
    assert (other.terms.client_key, other.disposition) == ("Glenholm Council", "ready")


def test_a_client_and_a_release_may_stand_together():
    both = (decision("client", "Dunmore Legal"), decision("release", at=NOW))
    found = charge(staged(client="Nobody", seconds=13 * 3600), FULL_HOLD, both)
    assert (found.disposition, found.terms.client_key) == ("ready", "Dunmore Legal")


def test_a_decision_lapses_when_the_entry_is_edited():
    release = decision("release", said_seconds=14 * 3600)
    found = charge(staged(seconds=45_000, revision=2), decided=release)
    assert (found.disposition, found.kind) == ("held", "decision_lapsed")
    assert found.detail == ("decided on 1 July for 14.0 h, now 12.5 h",)
    assert "something else" in charge(staged(revision=2), decided=decision("release", said_seconds=3600)).detail[0]


def test_a_later_decision_answers_a_lapsed_one_in_any_order():
    old = decision("release", said_seconds=60)
    new = decision("covered", revision=2, at=old.at + timedelta(hours=1))
    for both in ((old, new), (new, old)):
        assert charge(staged(revision=2), decided=both).disposition == "covered"
    assert charge(staged(revision=1), decided=(old, new)).kind == "decision_lapsed"
    assert charge(staged(), decided=()).disposition == "ready"


# ---- value --------------------------------------------------------------------------------------------------------------


def test_what_has_no_price_is_estimated_by_the_client_then_the_book_then_not_at_all():
    one = staged(client="Prairie Dental", person="Ana Reyes", work_type="Remote support", seconds=5400)
    means = Means({("Prairie Dental", "USD"): Decimal("100.005")}, {("us", "USD"): Decimal(90), ("nz", "NZD"): Decimal(80)})
    found = charge(one, means=means)
    assert (found.value, found.estimate, found.disposition) == (Decimal("150.01"), "client_mean", "unmatched")
    found = charge(one, means=Means({("Prairie Dental", "NZD"): Decimal(70)}, {("us", "USD"): Decimal(90), ("us", "NZD"): Decimal(80)}))
    assert (found.value, found.estimate) == (Decimal("135.00"), "book_mean")
    assert (charge(one).value, charge(one).estimate) == (None, "none")
    assert charge(staged(client="Nobody"), means=means).estimate == "priced"


def test_decimal_hours_are_priced_as_given():
    found = charge(staged(seconds=24_012, hours=Decimal("6.67")), replace(EXAMPLE, roundings=()))
    assert (found.billed, found.value) == (24_012, Decimal("1100.55"))


def test_the_sources_rates_are_ignored_compared_or_used():
    one = staged(rate=Decimal("150.00"))
    assert (charge(one).value, charge(one).detail) == (Decimal("165.00"), ())
    compared = replace(EXAMPLE, source_rates="compare")
    assert charge(one, compared).detail == ("the source's rate is 150.00, ours 165.00 for 1:00 (1.00) h",)
    assert charge(staged(rate=Decimal(165)), compared).detail == ()
    assert charge(staged(), compared).detail == ()
    used = replace(EXAMPLE, source_rates="use")
    assert (charge(one, used).value, charge(one, used).price.currency) == (Decimal("150.00"), "NZD")
    assert charge(staged(), used).value == Decimal("165.00")


def test_a_sources_rate_makes_up_for_a_missing_price_but_not_for_another_currency_or_nothing():
    used = replace(EXAMPLE, source_rates="use")
    unpriced = {"client": "Prairie Dental", "person": "Ana Reyes", "work_type": "Remote support"}
    assert charge(staged(rate=Decimal(99), currency="USD", **unpriced), used).disposition == "ready"
    assert charge(staged(rate=Decimal(99), currency="NZD", **unpriced), used).kind == "currency"
    assert charge(staged(rate=Decimal(0)), used).kind == "rate"
    assert charge(staged(rate=Decimal(9), work_type="Yoga"), used).kind == "work_type"


def test_rounding_together_leaves_out_what_is_held_or_decided():
    mapping = replace(FULL_HOLD, roundings=(Rule(value=Rounding(60, "up", 0, "person_day"), where=at(1)),))
    entries = [staged(key=n, id=str(n), seconds=minutes * 60) for n, minutes in enumerate((10, 20, 13 * 60, 40, 5), 1)]
    found = charges(*entries, mapping=mapping, decisions={4: decision("bill", "0.10"), 5: decision("write_off")})
    assert [(one.disposition, one.billed) for one in found] == [
        ("ready", 1200), ("ready", 2400), ("held", 13 * 3600), ("ready", 360), ("written_off", 2040), ("written_off", 3600),
    ]  # fmt: skip


def test_a_group_may_hold_an_entry_that_cannot_be_read():
    mapping = replace(EXAMPLE, roundings=(Rule(value=Rounding(60, "up", 0, "person_day"), where=at(1)),))
    found = charges(staged(), staged(key=2, id="2", seconds=-5), mapping=mapping)
    assert [one.billed for one in found] == [3600, 0]


def test_an_entrys_own_po_comes_before_the_clients():
    assert charge(staged(client="Eastland Health Trust", work_type="Training", po="PO-1")).po == "PO-1"
    assert charge(staged(client="Eastland Health Trust", work_type="Training")).po == "PO-4417"


def test_the_work_month_is_named_by_who_asks():
    assert charge(staged(), period_of=lambda terms, day: f"{terms.book} {day:%Y-%m}").period == "nz 2026-06"
    assert charge(staged()).period is None


def test_a_document_in_another_currency_is_said_by_options():
    mapping = replace(EXAMPLE, clients=(client("Alpine Dental", options=options(currency="AUD")),))
    assert charge(staged(), mapping).kind == "currency"


def test_what_a_person_marked_was_billed_elsewhere_whatever_else_holds():
    at = datetime(2026, 7, 1, tzinfo=UTC)
    marks = {1: Marked(why="old system", who="Finance", at=at, said_seconds=3600)}
    found = charge(staged(entry(seconds=3600)), marks=marks)
    assert (found.disposition, found.reason) == ("billed_elsewhere", MARKED)
    assert found.detail == ("Finance on 2026-07-01: old system",)


def test_an_edit_after_the_mark_is_said():
    marks = {1: Marked(why="old system", at=datetime(2026, 7, 1, tzinfo=UTC), said_seconds=3600)}
    found = charge(staged(entry(seconds=5400)), marks=marks)
    assert found.detail == ("a person on 2026-07-01: old system; it was 1:00 (1.00) h then and is 1:30 (1.50) h now",)
