"""Billed time: max(minimum, worked rounded to the increment), exact."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from southern_cross import BOOKS, EXAMPLE, entry, staged

from connector.core.mapping import Rounding, Rule, Where
from connector.core.matching import Matcher
from connector.core.rounding import billed, billed_together, group_key, worked

UP = Rounding(15, "up", 15, "entry")


@pytest.mark.parametrize(
    ("minutes", "rule", "expected"),
    [
        ("4", UP, 15),
        ("15", UP, 15),
        ("15.01", UP, 30),
        ("0", UP, 0),
        ("13", Rounding(6, "up", 15, "ticket_day"), 18),
        ("7.5", Rounding(15, "nearest", 0, "entry"), 15),
        ("7.49", Rounding(15, "nearest", 0, "entry"), 0),
        ("22.4", Rounding(15, "nearest", 0, "entry"), 15),
        ("29.99", Rounding(15, "down", 0, "entry"), 15),
        ("3", Rounding(0, "up", 0, "entry"), 3),
        ("3", Rounding(0, "up", 5, "entry"), 5),
        ("61", Rounding(30, "up", 60, "entry"), 90),
        ("7", None, 7),
        ("-7", UP, 0),
    ],
)
def test_worked_time_is_rounded_to_the_increment_and_at_least_the_minimum(minutes, rule, expected):
    assert billed(Decimal(minutes) * 60, rule) == expected * 60


def test_a_sources_decimal_hours_are_billed_as_given():
    assert worked(entry(seconds=24_012, hours=Decimal("6.67"))) == 24_012
    assert worked(entry(seconds=24_000, hours=Decimal("6.66667"))) == Decimal("24000.012")
    assert worked(entry(seconds=90)) == 90


SECONDS = st.integers(min_value=0, max_value=100_000)
RULES = st.builds(Rounding, st.integers(0, 60), st.sampled_from(["up", "nearest", "down"]), st.integers(0, 90), st.just("ticket_day"))


@given(st.lists(SECONDS, min_size=1, max_size=12), RULES)
def test_a_groups_billed_time_adds_up_and_no_worked_time_bills_nothing(seconds, rule):
    shares = billed_together(list(map(Decimal, seconds)), rule)
    assert sum(shares) == billed(Decimal(sum(seconds)), rule)
    assert all(share == 0 for share, one in zip(shares, seconds, strict=True) if one == 0)
    assert all(share >= 0 for share in shares)


def test_a_group_of_odd_decimal_hours_keeps_its_fraction_of_a_second():
    exact = [Decimal("24000.012"), Decimal(36)]
    assert sum(billed_together(exact, Rounding(0, "up", 0, "ticket_day"))) == Decimal("24036.012")


def key(per, **said):
    mapping = replace(EXAMPLE, roundings=(Rule(value=Rounding(6, "up", 15, per), where=Where("rules.yaml", 1)),))
    one = staged(**said)
    return group_key(one, Matcher(mapping, BOOKS).terms(one.connection, one.entry))


def test_a_tickets_day_is_a_group_and_time_on_no_ticket_stands_alone():
    assert key("ticket_day", ticket="T 1") == key("ticket_day", ticket="t  1", person="Ana Reyes", id="2")
    assert key("ticket_day", ticket="T1") != key("ticket_day", ticket="T2")
    assert key("ticket_day", ticket="T1") != key("ticket_day", ticket="T1", connection="toggl")
    assert key("ticket_day", ticket="T1") != key("ticket_day", ticket="T1", client="Dunmore Legal")
    assert key("ticket_day", ticket=" ") is None


def test_a_persons_day_is_a_group_also_of_people_nobody_listed():
    assert key("person_day", ticket="T1") == key("person_day", connection="toggl")
    assert key("person_day") != key("person_day", person="Ana Reyes")
    assert key("person_day", person="Zoe") == key("person_day", person=" ZOE")
    assert key("person_day", person="Zoe") != key("person_day", person="Zoe", connection="toggl")
    assert key("person_day", person="Zoe", person_id="1") == key("person_day", person="Zed", person_id="1")


def test_an_entry_or_a_line_is_no_group_of_entries():
    assert key("entry") is None
    assert key("line") is None
