"""What is known in one look is what the steps say one by one (domain section 2)."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from southern_cross import BOOKS, CLIENTS, EXAMPLE, NOW, PEOPLE, WORK_TYPES, entry, staged

from connector.core.conditions import Case
from connector.core.fates import READY, billable_case, closed_case, excluded, held, priced_case
from connector.core.mapping import TimeApproval
from connector.core.matching import Matcher
from connector.core.usual import Usual

FIRMS = [
    replace(EXAMPLE, source_says_not_billable=veto, time_approval=approval, source_rates=rates)
    for veto in ("veto", "ignore")
    for approval in (TimeApproval(), TimeApproval(required=True), TimeApproval(required=True, connections=("toggl",)))
    for rates in ("ignore", "use")
]
MATCHERS = [Matcher(firm, BOOKS) for firm in FIRMS]

said = st.fixed_dictionaries(
    {
        "client": st.sampled_from([*(one.key for one in CLIENTS), "Nobody"]),
        "project": st.sampled_from(["", "Website rebuild", "Server refresh", "Depot 4"]),
        "person": st.sampled_from([*(one.key for one in PEOPLE), "Zed"]),
        "work_type": st.sampled_from([*(one.key for one in WORK_TYPES), "Yoga"]),
        "worked_on": st.none() | st.dates(date(2025, 12, 1), date(2026, 8, 1)) | st.sampled_from([date(1969, 1, 1), date(2036, 12, 31), date(2037, 1, 1)]),
        "seconds": st.sampled_from([3600] * 5 + [0, -60, 744 * 3600, 744 * 3600 + 1]),
        "hours": st.sampled_from([None] * 5 + [Decimal(1), Decimal("-0.1"), Decimal(745), Decimal("NaN")]),
        "billable": st.sampled_from([True, None, False]),
        "approved": st.sampled_from([True, None, False]),
        "billed": st.sampled_from([False] * 9 + [True]),
        "running": st.sampled_from([False] * 9 + [True]),
        "problem": st.sampled_from([""] * 9 + ["cannot be read"]),
        "rate": st.sampled_from([None, Decimal(0), Decimal(90)]),
    }
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(said, st.booleans(), st.booleans(), st.integers(0, len(FIRMS) - 1))
def test_what_is_usual_is_ready_step_by_step(fields, deleted, marked, number):
    one = replace(staged(entry(), deleted=deleted), entry=replace(entry(), **fields))
    case = Case(one, MATCHERS[number].terms(one.connection, one.entry))
    if Usual(FIRMS[number], BOOKS, NOW, {one.key} if marked else ()).holds_of(case):
        assert not marked
        assert closed_case(case, BOOKS, NOW) is None
        assert (excluded(case, ()) or billable_case(case, FIRMS[number], BOOKS) or held(case, ())) is None
        assert priced_case(case, case.terms.unpriced) is READY


def test_most_entries_are_usual():
    days = [date(2026, 6, 1) + timedelta(days=number) for number in range(20)]
    one = staged(entry())
    usual = Usual(EXAMPLE, BOOKS, NOW, ())
    cases = [
        Case(replace(one, entry=replace(one.entry, worked_on=day)), Matcher(EXAMPLE, BOOKS).terms(one.connection, one.entry))
        for day in days
    ]
    assert all(map(usual.holds_of, cases))
