"""The 18 ranks: project, client, work type, person, role, nothing."""

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from southern_cross import at, block, client, entry, options

from connector.core.mapping import Mapping, Person, RateCard, Rule, Span, WorkType
from connector.core.matching import Matcher
from connector.core.precedence import RANKS, Ranked, facts, rank_of

DAY = date(2026, 6, 12)
NAMES = {"project": "Refresh", "client": "Acme", "work_type": "Travel", "person": "Ana", "role": "principal"}
ASKED = facts(**NAMES)


def named(rank, **more):
    said = {column: NAMES[column] for column in RANKS[rank]}
    if "project" in said:
        said["client"] = NAMES["client"]
    more.setdefault("value", rank)
    return Rule(**said, where=at(rank), **more)


def test_every_way_to_name_columns_has_its_rank_in_the_one_order():
    ways = []
    for whose, work_type, who in product((("project", "client"), ("client",), ()), (True, False), ("person", "role", "")):
        columns = [*whose, *(["work_type"] if work_type else []), *([who] if who else [])]
        ways.append(Rule(**{column: NAMES[column] for column in columns}, value=0, where=at(1)))
    assert [rank_of(rule) for rule in ways] == list(range(1, 19))


@pytest.mark.parametrize("rank", RANKS)
def test_the_strongest_rule_wins_over_all_that_are_weaker(rank):
    found = Ranked([named(weaker) for weaker in range(18, rank - 1, -1)]).find(ASKED, DAY)
    assert (found.rule.value, found.rank) == (rank, rank)


@pytest.mark.parametrize("rank", [rank for rank in RANKS if rank != 18])
def test_a_rule_fits_only_what_it_names(rank):
    for column in RANKS[rank]:
        other = facts(**{**NAMES, column: "somebody else"})
        assert Ranked([named(rank)]).find(other, DAY) is None
        assert Ranked([named(rank)]).find(facts(**{**NAMES, column: ""}), DAY) is None


def test_a_project_rule_holds_for_its_own_client_only():
    assert Ranked([named(6)]).find(facts(**{**NAMES, "client": "Other"}), DAY) is None


def test_names_are_compared_without_capitals_and_double_spaces():
    rule = Rule(client="  ACME ", work_type="trAvel", value="x", where=at(1))
    assert Ranked([rule]).find(ASKED, DAY).rank == 9


def test_the_latest_start_not_after_the_day_holds():
    rules = [named(12, value=year, since=date(year, 1, 1)) for year in (2027, 2025, 2026)]
    assert Ranked(rules).find(ASKED, DAY).rule.value == 2026


def test_a_rule_that_has_ended_leaves_the_day_to_a_weaker_one():
    rules = [named(12, until=date(2026, 6, 11)), named(15, until=DAY)]
    assert Ranked(rules).find(ASKED, DAY).rank == 15


def test_a_role_matters_only_when_it_is_not_known_and_a_stronger_rule_names_one():
    nobody = facts(**{**NAMES, "person": "", "role": ""})
    rules = Ranked([named(8, until=date(2026, 6, 30)), named(9)])
    assert rules.role_matters(nobody, DAY, 9)
    assert not rules.role_matters(ASKED, DAY, 9)
    assert not rules.role_matters(nobody, DAY, 8)
    assert not rules.role_matters(nobody, date(2026, 7, 1), 9)
    assert not rules.role_matters(facts(client="Other", work_type="Travel"), DAY, 9)
    assert not rules.role_matters(facts(client="Acme"), DAY, 9)


CELLS = {14: ("Travel", "principal"), 15: ("Travel", "any"), 17: ("any", "principal"), 18: ("any", "any")}


@pytest.mark.parametrize("rank", [rank for rank in RANKS if rank <= 12 or rank in CELLS])
def test_special_rates_and_cells_of_one_card_stand_in_the_one_order(rank):
    """No cell names a person, so ranks 13 and 16 have no price of their own."""
    special = tuple(named(weaker, value=Decimal(weaker)) for weaker in range(rank, 13))
    rows = {}
    for cell, (row, column) in CELLS.items():
        if cell >= rank:
            rows.setdefault(row, {})[column] = cell
    card = RateCard(key="card", currency="NZD", blocks=(block(date(2025, 1, 1), 1, rows),), where=at(1))
    mapping = Mapping(
        digest="",
        default_book="nz",
        clients=(client("Acme", options=options(currency="NZD", rate_card="card")),),
        people=(Person(key="Ana", where=at(1), roles=(Span("principal"),)),),
        work_types=(WorkType(key="Travel", where=at(1), code=(Span("travel"),)),),
        rate_cards=(card,),
        special_rates=special,
    )
    terms = Matcher(mapping, {}).terms("c", entry("Acme", "Ana", "Travel", DAY, project="Refresh"))
    assert terms.unpriced is None
    assert (terms.price.rate, terms.price.why[0].rank) == (rank, rank)
