"""What must hold of every entry: no second is lost, order decides nothing, groups add up, nothing crashes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from southern_cross import BOOKS, EXAMPLE, NOW, at, decision, staged

from connector.core.dispositions import rule
from connector.core.mapping import Condition, EntryRule, Rounding, Rule
from connector.core.matching import Matcher
from connector.core.rounding import billed, worked

MAPPING = replace(
    EXAMPLE,
    exclude=(EntryRule(name="zero", when=Condition(minutes=0), where=at(1)),),
    hold=(
        EntryRule(name="over 12 hours", when=Condition(hours_over=Decimal(12)), where=at(2)),
        EntryRule(name="repeats", when=Condition(same=("person", "started", "ended")), where=at(3)),
        EntryRule(name="overlaps", when=Condition(overlap_minutes_over=15), where=at(4)),
    ),
    roundings=(
        Rule(value=Rounding(6, "up", 15, "ticket_day"), where=at(5)),
        Rule(client="Dunmore Legal", value=Rounding(10, "nearest", 0, "person_day"), where=at(6)),
    ),
)
STARTS = st.none() | st.integers(0, 20).map(lambda hours: datetime(2026, 6, 12, tzinfo=UTC) + timedelta(minutes=20 * hours))
SECONDS = st.sampled_from([0, 1, 59, 60, 240, 300, 3600, 3601, 50_000, -5, 8760 * 3600]) | st.integers(0, 60_000)


@st.composite
def entries(draw):
    made = []
    for key in range(1, draw(st.integers(1, 12)) + 1):
        started, seconds = draw(STARTS), draw(SECONDS)
        made.append(
            staged(
                key=key,
                id=draw(st.sampled_from([str(key), f"x{key}", f"00{key}"])),
                connection=draw(st.sampled_from(["harvest", "toggl"])),
                deleted=draw(st.booleans()) and draw(st.booleans()),
                client=draw(st.sampled_from(["Alpine Dental", "Dunmore Legal", "Nobody", "Internal", ""])),
                person=draw(st.sampled_from(["Ben Ito", "Ana Reyes", "Zoe", ""])),
                work_type=draw(st.sampled_from(["Project work", "Remote support", "Travel", "Admin", "Yoga", ""])),
                day=draw(st.sampled_from([date(2026, 6, 12), date(2026, 6, 16), date(2025, 1, 1), date(16, 1, 1), None])),
                ticket=draw(st.sampled_from(["", "T1", "T2"])),
                started=started,
                ended=started + timedelta(seconds=abs(seconds)) if started else None,
                seconds=seconds,
                hours=draw(st.none() | st.just(Decimal(seconds) / 3600) | st.decimals(0, 30, places=2)),
                billable=draw(st.none() | st.booleans()),
                problem=draw(st.sampled_from(["", "", "", "row 7 is short"])),
            )
        )
    return made


DECISIONS = st.dictionaries(
    st.integers(1, 12),
    st.builds(
        decision,
        st.sampled_from(["release", "bill", "no_charge", "non_billable", "covered", "write_off", "exclude", "hold", "client"]),
        st.sampled_from(["", "0", "0.5", "1.25", "Dunmore Legal"]),
        revision=st.sampled_from([1, 1, 2]),
    ),
    max_size=6,
)


MATCHER = Matcher(MAPPING, BOOKS)


def ruled(given_entries, decisions, billed_keys=()):
    return rule(given_entries, MATCHER, MAPPING, BOOKS, decisions, NOW, billed_keys)


@given(entries(), DECISIONS)
@settings(max_examples=60, deadline=None)
def test_every_second_of_every_entry_has_exactly_one_fate(some, decisions):
    sums = dict.fromkeys((one.key for one in some), 0)
    for charge in ruled(some, decisions):
        sums[charge.staged.key] += charge.seconds
    assert sums == {one.key: 0 if one.deleted else one.entry.seconds for one in some}


@given(entries(), DECISIONS, st.randoms(use_true_random=False), st.sets(st.integers(1, 12), max_size=3))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_entries_decides_nothing(some, decisions, random, billed_keys):
    mixed = list(some)
    random.shuffle(mixed)
    once, again = ruled(some, decisions, billed_keys), ruled(mixed, decisions, billed_keys)
    assert {(one.staged.key, one.part): one for one in once} == {(one.staged.key, one.part): one for one in again}


@given(entries())
@settings(max_examples=40, deadline=None)
def test_billed_time_of_a_tickets_day_adds_up_to_the_group_rounded_once(some):
    groups = {}
    for charge in ruled(some, {}):
        if charge.disposition == "ready" and charge.terms.rounding.per == "ticket_day" and charge.staged.entry.ticket:
            entry = charge.staged.entry
            key = charge.staged.connection, charge.terms.client_key, entry.ticket, entry.worked_on
            groups.setdefault(key, []).append(charge)
    for group in groups.values():
        total = sum((worked(charge.staged.entry) for charge in group), Decimal(0))
        assert sum(charge.billed for charge in group) == billed(total, group[0].terms.rounding)


@given(entries(), DECISIONS)
@settings(max_examples=40, deadline=None)
def test_what_is_ready_has_a_client_a_price_and_a_value(some, decisions):
    for charge in ruled(some, decisions):
        if charge.disposition == "ready":
            assert charge.terms.client
            assert charge.terms.billing_code
            assert (charge.estimate, charge.price is None, charge.value is None) == ("priced", False, False)
        else:
            assert charge.reason
