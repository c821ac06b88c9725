"""From what a source says to client, bill-to, person and work type, in the order of domain section 5."""

from datetime import date
from decimal import Decimal

import pytest
from msgspec.structs import replace
from southern_cross import (
    BOOKS,
    CARDS,
    EXAMPLE,
    JUNE,
    WORK_TYPES,
    at,
    block,
    client,
    entry,
    options,
)

from connector.core.eras import breakpoints
from connector.core.mapping import (
    BillTo,
    Name,
    Options,
    Person,
    Project,
    RateCard,
    Rounding,
    Rule,
    Span,
    Treated,
    WorkType,
)
from connector.core.mapping import at as span_on
from connector.core.matching import Matcher
from connector.core.names import fits, quoted

D12 = date(2026, 6, 12)


def terms(one=None, *, connection="harvest", mapping=EXAMPLE, rulings=None, **said):
    return Matcher(mapping, BOOKS).terms(connection, one or entry(**said), **(rulings or {}))


def with_clients(*clients, **more):
    return replace(EXAMPLE, clients=clients, **more)


# ---- clients ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "connection", "expected"),
    [
        ({"client": "Renamed", "client_id": "7"}, "harvest", "By id"),
        ({"client": "Shared"}, "toggl", "By toggl alias"),
        ({"client": "Shared"}, "harvest", "By alias"),
        ({"client": "by  ALIAS"}, "harvest", "By alias"),
        ({"client": "Sharing is all"}, "harvest", "By pattern"),
        ({"client": "", "project": "Secret", "project_id": "9"}, "harvest", "By project"),
        ({"client": "", "project": "secret PLAN"}, "harvest", "By project"),
        ({"client": "", "project": "Depot 9"}, "harvest", "By bill-to"),
    ],
)
def test_a_client_is_found_by_id_then_name_then_pattern_then_project(said, connection, expected):
    mapping = with_clients(
        client("By id", ids=(("harvest", "7"),)),
        client("By toggl alias", aliases=(Name("Shared", "toggl"),)),
        client("By alias", aliases=(Name("Shared"),)),
        client("By pattern", patterns=(Name("Shar*"), Name("*ing*"))),
        client(
            "By project",
            projects=(Project(name="Secret plan", ids=(("harvest", "9"),), options=Options(), where=at(5)),),
        ),
        client("By bill-to", bill_to=(BillTo(customer="B", projects=(Name("Depot *"),), options=Options(), where=at(6)),)),
    )
    assert terms(mapping=mapping, connection=connection, **said).client_key == expected


def test_a_project_does_not_decide_where_the_source_names_an_unknown_client():
    mapping = with_clients(client("A", projects=(Project(name="Secret", options=Options(), where=at(5)),)))
    found = terms(mapping=mapping, client="Somebody", project="Secret")
    assert (found.client, found.nobody.kind, found.nobody.value) == (None, "client", "Somebody")


def test_two_patterns_on_one_name_choose_neither_and_name_both_lines():
    mapping = with_clients(
        client("North", patterns=(Name("Ever*", where=at(3, "clients.yaml")),)),
        client("South", patterns=(Name("*green", where=at(8, "clients.yaml")),)),
    )
    found = terms(mapping=mapping, client="Evergreen")
    assert (found.client, found.nobody.kind) == (None, "ambiguous")
    assert "clients.yaml:3" in found.nobody.reason
    assert "clients.yaml:8" in found.nobody.reason


@pytest.mark.parametrize(
    ("said", "value", "fix"),
    [
        ({"client": "Zed: Ltd"}, "Zed: Ltd", '"Zed: Ltd":'),
        ({"client": "", "client_id": "12"}, "12", 'NAME: {ids: {harvest: "12"}}'),
        ({"client": "", "project": "Lab"}, "Lab", "projects: {Lab: {}}"),
        ({"client": "", "project_id": "4"}, "4", 'projects: {"4": {}}'),
        ({"client": ""}, "", "a decision on the entry"),
    ],
)
def test_who_matches_nobody_comes_with_a_line_to_paste(said, value, fix):
    found = terms(**said)
    assert (found.nobody.kind, found.nobody.value) == ("client", value)
    assert found.nobody.fix.startswith(fix)
    assert (found.book, found.currency) == ("nz", "NZD")


def test_a_merged_client_is_its_successor_also_in_a_circle():
    mapping = with_clients(
        client("Old", merged_into="Middle"),
        client("Middle", merged_into="New"),
        client("New"),
        client("Round", merged_into="About"),
        client("About", merged_into="Round"),
        client("Lost", merged_into="Nowhere"),
    )
    assert terms(mapping=mapping, client="Old").client_key == "New"
    assert terms(mapping=mapping, client="Round").client_key == "About"
    assert terms(mapping=mapping, client="Lost").client_key == "Lost"
    assert [why.rule for why in terms(mapping=mapping, client="Old").why[:3]] == ["client"] * 3


def test_a_decision_names_the_client_by_key_or_alias():
    assert terms(client="Whoever", rulings={"client": "alpine dental"}).client_key == "Alpine Dental"
    assert terms(client="Whoever", rulings={"client": "Dunmore Law"}).client_key == "Dunmore Legal"
    assert terms(client="Whoever", rulings={"client": "alpine dental"}).why[0].rank == 0
    lost = terms(client="Alpine Dental", rulings={"client": "Nobody"}).nobody
    assert (lost.kind, lost.value) == ("client", "Nobody")


# ---- projects and bill-tos ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("project", "bill_to"), [("POS rollout", 0), ("Store 12", 0), ("Depot 3", 1), ("depot NORTH", 1)])
def test_each_project_goes_to_one_bill_to(project, bill_to):
    assert terms(client="Fairweather Group", project=project).bill_to == bill_to


def bill_tos(*projects):
    return tuple(
        BillTo(customer=f"C{n}", projects=tuple(map(Name, names)), options=Options(), where=at(n, "clients.yaml"))
        for n, names in enumerate(projects, 1)
    )


def test_an_exact_project_beats_a_pattern_and_a_pattern_the_rest():
    mapping = with_clients(client("F", bill_to=bill_tos((), ("Depot *",), ("Depot 3",))))
    assert [terms(mapping=mapping, client="F", project=name).bill_to for name in ("Depot 3", "Depot 4", "HQ")] == [
        2,
        1,
        0,
    ]


def test_two_bill_tos_that_fit_choose_neither():
    mapping = with_clients(client("F", bill_to=bill_tos(("Depot *",), ("*3",))))
    found = terms(mapping=mapping, client="F", project="Depot 3")
    assert (found.bill_to, found.nobody.kind) == (-1, "ambiguous")
    assert "clients.yaml:1" in found.nobody.reason
    assert "clients.yaml:2" in found.nobody.reason


def test_a_project_is_known_by_its_id_and_by_a_decision():
    assert terms(client="Glenholm Council", project="Renamed", project_id="77").project == "Server refresh"
    assert terms(client="Glenholm Council", project="Renamed", project_id="77").po == "PO-9920"
    ruled = terms(client="Glenholm Council", project_id="77", rulings={"project": "website REBUILD"})
    assert (ruled.project, ruled.treatment.treatment) == ("Website rebuild", "covered")
    assert terms(client="Glenholm Council", project="Other").project == "Other"


# ---- people -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "connection", "person"),
    [
        ({"person": "Renamed", "person_id": "1782959"}, "harvest", "Cho Min-jun"),
        ({"person": "cj  cho"}, "harvest", "Cho Min-jun"),
        ({"person": "Rui Contract"}, "toggl", "Rui Contract"),
        ({"person": "Rui Contract"}, "harvest", ""),
    ],
)
def test_a_person_is_found_by_id_then_name_in_the_connections_they_work_in(said, connection, person):
    found = terms(connection=connection, **said)
    assert (found.person, found.unpriced is None) == (person, bool(person))


def test_an_alias_of_who_is_only_in_one_connection_holds_there():
    rui = Person(
        key="Rui", where=at(1), roles=(Span("contractor"),), aliases=(Name("R", "toggl"), Name("R2", "harvest")), only_in=("toggl",),
        ids=(("toggl", "5"), ("harvest", "6")),
    )  # fmt: skip
    mapping = replace(EXAMPLE, people=(rui,))
    assert terms(mapping=mapping, connection="toggl", person="R").person == "Rui"
    assert terms(mapping=mapping, connection="toggl", person="", person_id="5").person == "Rui"
    assert terms(mapping=mapping, connection="harvest", person="R2").person == ""
    assert terms(mapping=mapping, connection="harvest", person="", person_id="6").person == ""


def test_who_is_not_listed_matters_where_the_price_needs_the_role():
    found = terms(person="Zoe")
    assert (found.unpriced.kind, found.unpriced.value, found.person_text) == ("person", "Zoe", "Zoe")
    assert found.unpriced.fix.startswith("Zoe: ROLE")


@pytest.mark.parametrize("project", ["Depot 3", "Store 1"])
def test_who_is_not_listed_does_not_matter_where_one_price_holds_for_everybody(project):
    found = terms(client="Fairweather Group", project=project, person="Zoe", work_type="Remote support")
    assert (found.unpriced is None) is (project == "Depot 3")


def test_a_rule_for_a_role_that_might_be_theirs_makes_the_person_matter():
    aud = {"client": "Fairweather Group", "project": "Depot 3", "person": "Zoe", "work_type": "Remote support"}
    roles = {"client": "Fairweather Group", "role": "contractor", "where": at(9)}
    for kind, value in (
        ("special_rates", Decimal(80)),
        ("multipliers", Decimal(2)),
        ("treatments", Treated("covered")),
        ("codes", "other"),
        ("roundings", Rounding(1, "up", 0, "entry")),
    ):
        found = terms(mapping=replace(EXAMPLE, **{kind: (*getattr(EXAMPLE, kind), Rule(value=value, **roles))}), **aud)
        assert found.unpriced.kind == "person", kind


@pytest.mark.parametrize("layout", [{"lines_one_per": ("person",)}, {"line_text": "{person}: {notes}"}, {"line_text": "{role}"}])
def test_who_is_not_listed_matters_where_a_line_needs_the_name_or_role(layout):
    mapping = replace(EXAMPLE, defaults=(("nz", options(currency="NZD", **layout)),))
    found = terms(mapping=mapping, client="Fairweather Group", project="Depot 3", person="Zoe", work_type="Remote support")
    assert found.unpriced.kind == "person"
    assert found.price.rate == 150


def test_a_policy_gives_who_is_not_listed_a_role():
    found = terms(mapping=replace(EXAMPLE, unlisted_people="engineer"), person="Zoe")
    assert (found.unpriced, found.role, found.person, found.price.rate) == (None, "engineer", "", 165)


def test_a_person_without_a_role_on_that_day_is_unmatched_where_the_role_is_needed():
    later = Person(key="Ben Ito", where=at(1), roles=(Span("engineer", since=JUNE),))
    found = terms(mapping=replace(EXAMPLE, people=(later,)))
    assert (found.person, found.role, found.unpriced.kind) == ("Ben Ito", "", "person")
    lines = replace(EXAMPLE, defaults=(("nz", options(currency="NZD", lines_one_per=("person",))),))
    aud = {"client": "Fairweather Group", "project": "Depot 3", "work_type": "Remote support"}
    named = terms(mapping=lines, person="Newcomer", **aud)
    known = terms(mapping=replace(lines, people=(Person(key="Newcomer", where=at(1)),)), person="Newcomer", **aud)
    assert (named.unpriced.kind, known.unpriced) == ("person", None)


def test_two_people_of_one_alias_are_ambiguous():
    twins = tuple(Person(key=key, where=at(n), roles=(Span("engineer"),), aliases=(Name("Sam"),)) for n, key in enumerate("AB", 1))
    found = terms(mapping=replace(EXAMPLE, people=twins), person="Sam")
    assert (found.unpriced.kind, found.unpriced.value) == ("ambiguous", "Sam")


def test_what_a_line_prints_may_be_another_name():
    assert terms(person="Dana Whitlock").person_text == "Dana W."
    assert terms(person="Dana Whitlock").person_until == date(2026, 6, 20)


# ---- work types and billing codes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "connection", "expected"),
    [
        ({"work_type": "Renamed", "work_type_id": "3"}, "harvest", "Travel"),
        ({"work_type": "visit"}, "toggl", "On-site support"),
        ({"work_type": "A/H"}, "harvest", "After hours"),
        ({"work_type": "Night shift"}, "harvest", "After hours"),
    ],
)
def test_a_work_type_is_found_by_id_then_name_then_pattern(said, connection, expected):
    types = (
        *(one for one in WORK_TYPES if one.key not in ("Travel", "After hours")),
        WorkType(key="Travel", where=at(1), code=(Span("travel"),), ids=(("harvest", "3"),)),
        WorkType(key="After hours", where=at(2), aliases=(Name("A/H"),), patterns=(Name("Night*"),), code=(Span("ah"),)),
    )
    found = terms(mapping=replace(EXAMPLE, work_types=types), connection=connection, **said)
    assert (found.work_type, bool(found.billing_code)) == (expected, True)


def test_an_unlisted_work_type_is_unmatched_or_takes_the_policys_code():
    assert terms(work_type="Yoga").unpriced.kind == "work_type"
    assert terms(work_type="").unpriced.reason == "the source names no work type"
    found = terms(mapping=replace(EXAMPLE, unlisted_work_types="support"), work_type="Yoga")
    assert (found.unpriced, found.billing_code, found.work_type) == (None, "support", "Yoga")


def test_two_work_types_that_fit_are_ambiguous():
    types = (
        WorkType(key="Day", where=at(1), patterns=(Name("Shift *"),)),
        WorkType(key="Night", where=at(2), patterns=(Name("* night"),)),
    )
    assert terms(mapping=replace(EXAMPLE, work_types=types), work_type="Shift at night").unpriced.kind == "ambiguous"


def test_a_rule_for_the_billing_code_beats_the_work_types_own_and_a_work_type_without_one_cannot_be_billed():
    assert terms(work_type="Admin").unpriced.reason == "the work type Admin has no billing code"
    codes = (Rule(client="Alpine Dental", work_type="Admin", value="support", where=at(9)),)
    found = terms(mapping=replace(EXAMPLE, codes=codes), work_type="Admin")
    assert (found.billing_code, found.unpriced) == ("support", None)
    assert [why.rank for why in found.why if why.rule == "billing_code"] == [9]


def test_a_billing_code_may_change_on_a_day():
    code = (Span("old", until=date(2026, 6, 14)), Span("new", since=JUNE, where=at(4, "work_types.yaml")))
    mapping = replace(EXAMPLE, work_types=(WorkType(key="Project work", where=at(3), code=code),))
    matcher = Matcher(mapping, BOOKS)
    assert [matcher.terms("h", entry(day=day)).billing_code for day in (date(2026, 6, 14), JUNE)] == ["old", "new"]


def test_a_decision_on_the_work_type_decides():
    ruled = terms(work_type="Yoga", work_type_id="3", rulings={"work_type": "A/H"})
    assert (ruled.work_type, ruled.price.times) == ("After hours", Decimal("1.5"))
    assert [why.rank for why in ruled.why if why.rule == "work_type"] == [0]


# ---- prices -------------------------------------------------------------------------------------------------------------


def card(key, rows, *, currency="NZD", since=date(2025, 1, 1), **more):
    return RateCard(key=key, currency=currency, blocks=(block(since, 1, rows),), where=at(1), **more)


def priced(*cards, said=None, **client_options):
    mapping = replace(EXAMPLE, rate_cards=cards, special_rates=(), clients=(client("A", options=options(**client_options)),))
    return terms(mapping=mapping, client="A", **(said or {}))


def test_a_card_that_extends_another_asks_it_for_missing_cells_only():
    own, base = card("own", {"Travel": {"any": 80}}, extends="base"), card("base", {"any": {"any": 100}}, extends="own")
    assert priced(own, base, rate_card="own").price.rate == 100
    assert priced(own, base, rate_card="own", said={"work_type": "Travel"}).price.rate == 80


def test_a_clients_card_does_not_fall_through_to_the_default_card():
    found = priced(card("own", {"Travel": {"any": 80}}), *CARDS, rate_card="own")
    assert (found.price, found.unpriced.kind) == (None, "rate")


@pytest.mark.parametrize(
    ("cards", "chosen", "reason"),
    [
        ((), "", "no rate card applies"),
        ((), "gone", "there is no rate card gone"),
        ((card("own", {"any": {"any": 1}}, since=date(2027, 1, 1)),), "own", "own has no prices yet on that day"),
    ],
)
def test_a_missing_price_says_what_is_missing(cards, chosen, reason):
    found = priced(*cards, rate_card=chosen)
    assert (found.unpriced.kind, found.unpriced.reason, found.price) == ("rate", reason, None)


def test_a_price_of_zero_is_refused():
    assert priced(card("own", {"any": {"any": 0}}), rate_card="own").unpriced.kind == "rate"


def test_nothing_is_converted():
    found = priced(card("own", {"any": {"any": 100}}, currency="AUD"), rate_card="own", currency="NZD")
    assert (found.price, found.unpriced.kind, found.currency) == (None, "currency", "NZD")


def test_a_special_rate_is_in_the_currency_of_the_card_else_of_the_document():
    special = (Rule(client="A", value=Decimal(90), where=at(1)),)

    def find(cards=(), **said):
        clients = (client("A", options=options(**said)),)
        return terms(mapping=replace(EXAMPLE, defaults=(), rate_cards=cards, special_rates=special, clients=clients), client="A")

    aud = card("aud", {}, currency="AUD")
    assert find((aud,), rate_card="aud").price.currency == "AUD"
    assert find((aud,), rate_card="aud").currency == "AUD"
    assert find(currency="NZD").price.currency == "NZD"
    assert find((aud,), rate_card="aud", currency="NZD").unpriced.kind == "currency"
    assert find().unpriced.reason == "no currency is said for special rate 90"


def test_a_multiplier_of_a_client_also_counts_where_the_price_names_the_work_type():
    mapping = replace(EXAMPLE, multipliers=(Rule(client="Alpine Dental", value=Decimal("1.1"), where=at(1)),))
    assert str(terms(mapping=mapping).price.rate) == "181.50"


# ---- the rest -----------------------------------------------------------------------------------------------------------


def test_terms_are_the_same_object_within_an_era_and_another_one_after_it():
    matcher = Matcher(EXAMPLE, BOOKS)
    before, also, after = (matcher.terms("h", entry(day=day)) for day in (D12, date(2026, 6, 14), JUNE))
    assert before is also
    assert before is not after


def test_eras_begin_with_every_start_and_the_day_after_every_end():
    clients = (client("A", options=Options(po=(Span("X", date(2026, 3, 1), date(2026, 3, 31)), Span("Y", until=date.max)))),)
    mapping = replace(EXAMPLE, clients=clients, people=(), rate_cards=(), special_rates=(), treatments=())
    assert breakpoints(mapping) == [date(2026, 3, 1), date(2026, 4, 1)]


def test_the_latest_start_holds_in_whatever_order_the_spans_stand():
    spans = (Span("new", JUNE), Span("old", date(2026, 1, 1)), Span("gone", date(2026, 6, 20), date(2026, 6, 21)))
    assert [getattr(span_on(spans, day), "value", None) for day in (date(2025, 1, 1), D12, date(2026, 6, 30))] == [
        None,
        "old",
        "new",
    ]


def test_an_entry_without_a_day_is_answered_as_of_today():
    assert terms(replace(entry(), worked_on=None)).role == "senior engineer"


def test_the_only_book_is_the_default():
    mapping = replace(EXAMPLE, default_book="", rate_cards=CARDS)
    assert Matcher(mapping, {"nz": BOOKS["nz"]}).terms("h", entry()).book == "nz"
    assert Matcher(mapping, BOOKS).terms("h", entry()).book == ""
    assert Matcher(mapping, {}).terms("h", replace(entry(), worked_on=None)).role == "senior engineer"


def test_every_answer_names_its_rule():
    found = terms(client="Dunmore Law", work_type="A/H", person="CJ Cho")
    assert {why.rule for why in found.why} == {"client", "person", "role", "work_type", "billing_code", "rounding"}
    assert {why.where.file for why in found.why} == {"clients.yaml", "people.yaml", "work_types.yaml", "rules.yaml"}


def test_patterns_take_any_text_and_nothing_else_is_special():
    assert fits("Store *", "store  9")
    assert not fits("Store.*", "Store 9")
    assert not fits("Store", "Store 9")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Acme & Sons Ltd.", "Acme & Sons Ltd."),
        ("No", '"No"'),
        ("010", '"010"'),
        ("a: b", '"a: b"'),
        ('say "x"\n', '"say \\"x\\"\\U0000000a"'),
        ("", '""'),
    ],
)
def test_a_name_to_paste_is_quoted_where_yaml_would_read_something_else(name, text):
    assert quoted(name) == text
