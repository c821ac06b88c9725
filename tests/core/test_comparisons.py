"""Rules that look at an entry, and rules that compare it with others."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace
from southern_cross import BOOKS, EXAMPLE, NOW, at, decision, staged

from connector.core.dispositions import rule
from connector.core.mapping import Condition, EntryRule
from connector.core.matching import Matcher
from connector.errors import ConfigError

NINE = datetime(2026, 6, 12, 9, tzinfo=UTC)


def rules(entries, mapping, decisions=None, billed=()):
    return rule(entries, Matcher(mapping, BOOKS), mapping, BOOKS, decisions or {}, NOW, billed)


def holding(unless=None, since=None, until=None, **when):
    one = EntryRule(name="rule", when=Condition(**when), unless=unless, since=since, until=until, where=at(5))
    return replace(EXAMPLE, hold=(one,))


def held(entries, mapping, **more):
    """Ids of the entries that the rule holds."""
    return [one.staged.entry.id for one in rules(entries, mapping, **more) if one.disposition == "held"]


def test_a_rule_whose_name_begins_the_sentence_says_it_once():
    again = {"started": NINE, "ended": NINE + timedelta(hours=1), "project": "P"}
    rules_of = (
        EntryRule(name="twice", when=Condition(same=("person", "started")), unless=None, where=at(5)),
        EntryRule(name="overlaps", when=Condition(overlap_minutes_over=15), unless=None, where=at(6)),
    )
    (one,) = [found for found in rules([staged(id="1", key=1, **again), staged(id="2", key=2, **again)], replace(EXAMPLE, hold=rules_of))
              if found.disposition == "held"]  # fmt: skip
    assert one.detail == ("twice: repeats harvest:1", "overlaps harvest:1 by 60 min")


# ---- one entry ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "fits", "does_not"),
    [
        ({"minutes": 60}, {}, {"seconds": 3601}),
        ({"hours_over": Decimal(1)}, {"seconds": 3601}, {}),
        ({"hours_under": Decimal("0.5")}, {"seconds": 1799}, {"seconds": 1800}),
        ({"notes": ("TEST*", "x")}, {"notes": "test  me\nplease"}, {"notes": "a test"}),
        ({"notes_blank": True}, {"notes": " \n"}, {"notes": "x"}),
        ({"client": ("alpine*",)}, {}, {"client": "Dunmore Legal"}),
        ({"project": ("Secret",)}, {"project": "secret"}, {"project": "Other"}),
        ({"work_type": ("After hours",)}, {"work_type": "A/H"}, {}),
        ({"person": ("Cho*",)}, {"person": "CJ Cho"}, {}),
        ({"tags": ("vip", "x")}, {"tags": ("a", "VIP")}, {"tags": ("a",)}),
        ({"connection": ("toggl",)}, {"connection": "toggl"}, {}),
        ({"entered_days_after": 21}, {"entered_at": datetime(2026, 7, 4, tzinfo=UTC)}, {"entered_at": datetime(2026, 7, 3, tzinfo=UTC)}),
        ({"entered_days_after": 21}, {"entered_at": datetime(2026, 7, 4, tzinfo=UTC)}, {}),
        ({"minutes": 60, "person": ("Ben Ito",)}, {}, {"person": "Ana Reyes"}),
    ],
)  # fmt: skip
def test_a_rule_fires_where_all_that_it_says_holds(when, fits, does_not):
    mapping = holding(**when)
    assert held([staged(**fits)], mapping) == ["1"]
    assert held([staged(**does_not)], mapping) == []


@pytest.mark.parametrize(
    ("when", "kind"),
    [
        ({"hours_over": Decimal("0.50")}, "over_0.5_hours"),
        ({"notes_blank": True}, "no_notes"),
        ({"entered_days_after": 1}, "entered_late"),
        ({"minutes": 60}, "rule"),
    ],
)
def test_a_hold_has_the_machines_word_for_its_cause(when, kind):
    (found,) = rules([staged(entered_at=NOW)], holding(**when))
    assert (found.disposition, found.kind, found.why[0].where.line) == ("held", kind, 5)


def test_a_rule_does_not_fire_where_its_exception_holds():
    mapping = holding(notes_blank=True, unless=Condition(work_type=("Travel",), minutes=60))
    assert held([staged(work_type="Project work")], mapping) == ["1"]
    assert held([staged(work_type="Travel", seconds=60)], mapping) == ["1"]
    assert held([staged(work_type="Travel"), staged(work_type="Travel", key=2, id="2")], mapping) == []


@pytest.mark.parametrize(("day", "fires"), [(9, False), (10, True), (20, True), (21, False)])
def test_a_rule_holds_between_its_dates(day, fires):
    mapping = holding(minutes=60, since=date(2026, 6, 10), until=date(2026, 6, 20))
    assert bool(held([staged(day=date(2026, 6, day))], mapping)) is fires


# ---- repeats ------------------------------------------------------------------------------------------------------------

SAME = holding(same=("person", "started", "ended", "project"))


def spell(id_, started=0, minutes=60, *, key=None, **more):
    start = NINE + timedelta(minutes=started)
    more = {"started": start, "ended": start + timedelta(minutes=minutes), "seconds": minutes * 60} | more
    return staged(id=id_, key=key if key is not None else int(id_) if id_.isdigit() else 99, **more)


def test_of_entries_that_repeat_the_lowest_id_goes_on_by_number():
    found = rules([spell("10"), spell("9"), spell("100")], SAME)
    assert [one.disposition for one in found] == ["held", "ready", "held"]
    assert (found[0].kind, found[0].detail) == ("duplicate", ("rule: repeats harvest:9",))


def test_numbers_come_before_other_ids_and_zeros_in_front_do_not_count():
    assert held([spell("a", key=1), spell("b", key=2), spell("3")], SAME) == ["a", "b"]
    assert held([spell("007", key=2), spell("6", key=3)], SAME) == ["007"]


def test_the_one_already_billed_goes_on_here_or_elsewhere():
    assert held([spell("1"), spell("2")], SAME, billed={2}) == ["1"]
    assert held([spell("1"), spell("2"), spell("3")], SAME, billed={2, 3}) == ["1"]
    assert held([spell("1"), spell("2", billed=True)], SAME) == ["1"]


def test_an_entry_repeats_another_whatever_became_of_that_one():
    excluding = replace(SAME, exclude=(EntryRule(name="zero", when=Condition(minutes=0), where=at(1)),))
    assert held([spell("1", seconds=0), spell("2")], excluding) == ["2"]
    assert held([spell("1", running=True), spell("2")], SAME) == ["2"]


@pytest.mark.parametrize("kind", ["write_off", "exclude"])
def test_what_a_person_gave_up_or_called_no_work_is_not_repeated(kind):
    assert held([spell("1"), spell("2")], SAME, decisions={1: decision(kind)}) == []


def test_what_is_gone_or_cannot_be_read_is_not_repeated():
    assert held([staged(spell("1").entry, key=1, deleted=True), spell("2")], SAME) == []
    assert [one.reason for one in rules([spell("1", problem="?"), spell("2")], SAME)] == ["unreadable", ""]


def test_a_time_that_is_not_said_equals_nothing_and_an_empty_text_an_empty_text():
    assert held([spell("1", ended=None), spell("2", ended=None)], SAME) == []
    assert held([staged(id="1"), staged(id="2", key=2)], SAME) == []
    assert held([spell("1"), spell("2", ended=NINE)], SAME) == []
    assert held([spell("1"), spell("2")], holding(same=("ticket", "started"))) == ["2"]


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("client", {"client": "Dunmore Legal"}),
        ("project", {"project": "x"}),
        ("work_type", {"work_type": "Travel"}),
        ("person", {"person": "Ana Reyes"}),
        ("connection", {"connection": "toggl"}),
        ("date", {"day": date(2026, 6, 13)}),
        ("worked_on", {"day": date(2026, 6, 13)}),
        ("minutes", {"seconds": 60}),
        ("hours", {"seconds": 60}),
        ("notes", {"notes": "x"}),
        ("task", {"task": "x"}),
    ],
)
def test_any_field_can_be_compared(field, other):
    mapping = holding(same=(field,))
    assert held([staged(), staged(key=2, id="2")], mapping) == ["2"]
    assert held([staged(), staged(key=2, id="2", **other)], mapping) == []


def test_a_field_that_an_entry_does_not_have_is_named():
    with pytest.raises(ConfigError, match="'colour'"):
        rules([staged()], holding(same=("colour",)))


def test_repeats_across_connections_are_told_apart_by_the_states_own_number():
    assert held([spell("1", key=7, connection="toggl"), spell("1", key=3)], SAME) == ["1"]
    found = rules([spell("1", key=7, connection="toggl"), spell("1", key=3)], SAME)
    assert [one.disposition for one in found] == ["held", "ready"]


def test_a_comparing_rule_sees_only_what_the_rest_of_it_fits_and_may_exclude_too():
    travel = holding(same=("person", "started"), work_type=("Travel",))
    assert held([spell("1"), spell("2", work_type="Travel")], travel) == []
    excluding = replace(EXAMPLE, exclude=SAME.hold)
    assert [one.disposition for one in rules([spell("1"), spell("2")], excluding)] == ["ready", "excluded"]


# ---- overlaps -----------------------------------------------------------------------------------------------------------

OVER = holding(overlap_minutes_over=15)


def test_of_two_that_overlap_the_later_is_held_and_names_the_other():
    found = rules([spell("1", 0), spell("2", 40), spell("3", 90)], OVER)
    assert [one.disposition for one in found] == ["ready", "held", "ready"]
    assert (found[1].kind, found[1].detail) == ("overlap", ("rule: overlaps harvest:1 by 20 min",))


def test_overlaps_are_found_across_connections_by_person_and_by_more_than_the_bound():
    assert held([spell("1", 0), spell("2", 30, connection="toggl")], OVER) == ["2"]
    assert held([spell("1", 0), spell("2", 30, person="Ana Reyes")], OVER) == []
    assert held([spell("1", 0), spell("2", 45)], OVER) == []


def test_a_long_spell_overlaps_what_comes_after_a_short_one():
    assert held([spell("1", 0, 300), spell("2", 0, 5), spell("3", 200)], OVER) == ["3"]


def test_equal_starts_are_told_apart_by_id():
    assert held([spell("10", 0), spell("9", 0)], OVER) == ["10"]


def test_a_spell_without_length_or_times_overlaps_nothing():
    assert held([spell("1", 0), spell("2", 10, 0), spell("3", 0, ended=None)], OVER) == []


def test_what_is_billed_is_not_held_and_what_overlaps_it_is():
    assert held([spell("1", 0), spell("2", 40)], OVER, billed={2}) == ["1"]
    assert held([spell("1", 0), spell("2", 40)], OVER, billed={1, 2}) == []
    assert held([spell("1", 0), spell("2", 10), spell("3", 40, 90), spell("4", 100, 10)], OVER, billed={3, 4}) == [
        "1",
        "2",
    ]
    assert held([spell("1", 0), spell("2", 50, 5)], OVER, billed={2}) == []


def test_excluded_time_overlaps_nothing_and_ourselves_do():
    excluding = replace(OVER, exclude=(EntryRule(name="tests", when=Condition(notes=("TEST",)), where=at(1)),))
    assert held([spell("1", 0, notes="TEST"), spell("2", 0)], excluding) == []
    assert held([spell("1", 0, client="Internal"), spell("2", 0)], excluding) == ["2"]


def test_a_rule_may_ask_for_both():
    both = holding(same=("project",), overlap_minutes_over=15)
    found = rules([spell("1", 0), spell("2", 30), spell("3", 200)], both)
    assert [one.disposition for one in found] == ["ready", "held", "ready"]
    assert found[1].detail == ("rule: repeats harvest:1; overlaps harvest:1 by 30 min",)
