"""The guide for finance is true: what it quotes stands in mappings/, and what it says an hour costs is what it costs."""

import re
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from connector.core.dispositions import rule
from connector.core.matching import Matcher
from connector.core.precedence import RANKS
from connector.core.values import DISPOSITIONS, BookFacts, Decision, Staged
from connector.mappings import load
from connector.model import TimeEntry
from connector.settings import load_settings
from tests.docs.pages import ROOT, blocks, pages, table_after

GUIDE = "docs/finance.md"
NOW = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
BOOKS = {name: BookFacts(name=name, start=date(2026, 1, 1), today=NOW.date()) for name in ("nz", "us")}
EXAMPLE = load(ROOT / "mappings", books=BOOKS, connections=("harvest", "toggl"))
MATCHER = Matcher(EXAMPLE, BOOKS)
PRICES = table_after(GUIDE, "worked prices")
QUOTED = [block for block in blocks("yaml") if block.source]
RANK_CELL = re.compile(r"\| (\d+) \| ([a-z, ]+) (?=\|)")


def cost(row):
    """What the files say of one hour, as the guide writes it, and the rank of the price."""
    entry = TimeEntry(
        id="1", client=row["client"], project=row["project"], person=row["who"], work_type=row["work type"],
        worked_on=date.fromisoformat(row["day"]), seconds=3600, approved=True, notes="done",
    )  # fmt: skip
    terms = MATCHER.terms("harvest", entry)
    missing = terms.nobody or terms.unpriced
    if missing is not None:
        return f"unmatched: {missing.kind}", ""
    one = Staged(key=1, source="harvest/1", connection="harvest", revision=1, deleted=False, entry=entry)
    (charge,) = rule([one], MATCHER, EXAMPLE, BOOKS, {}, NOW)
    if charge.disposition != "ready":
        return charge.disposition, ""
    return f"{terms.price.rate} {terms.price.currency}", str(terms.price.why[0].rank)


@pytest.mark.parametrize("row", PRICES, ids=[f"row {row['#']}" for row in PRICES])
def test_an_hour_costs_what_the_guide_says(row):
    assert cost(row) == (row["an hour costs"], row["rank"])


def test_all_worked_prices_are_there():
    assert [row["#"] for row in PRICES] == [str(number) for number in range(1, 16)]


@pytest.mark.parametrize("block", QUOTED, ids=[f"{block.page}: {block.source} {at}" for at, block in enumerate(QUOTED)])
def test_a_quotation_stands_in_the_file_line_by_line(block):
    lines = (ROOT / block.source).read_text("utf-8").splitlines()
    wanted = block.text.splitlines()
    assert any(lines[at : at + len(wanted)] == wanted for at in range(len(lines))), f"{block.source} says something else now"


def test_the_guide_quotes_every_kind_of_mapping():
    assert {block.source.removeprefix("mappings/") for block in QUOTED if block.page == GUIDE} == {
        "clients.yaml", "people.yaml", "work_types.yaml", "billing_codes.yaml", "rate_cards.yaml", "rules.yaml",
    }  # fmt: skip


def test_the_ranks_are_those_of_the_code():
    section = pages()[GUIDE].partition("## Which rule wins")[2].partition("\n## ")[0]
    told = {int(rank): frozenset(words.split(", ")) - {"nothing"} for rank, words in RANK_CELL.findall(section)}
    wanted = {rank: frozenset(column.replace("_", " ") for column in columns) for rank, columns in RANKS.items()}
    assert told == wanted


def test_every_disposition_is_told_in_its_order():
    told = [row["disposition"].strip("`") for row in table_after(GUIDE, "dispositions")]
    assert sorted(told) == sorted(DISPOSITIONS)


def test_every_decision_is_told():
    told = {row["decision"].strip("`") for row in table_after(GUIDE, "decisions")}
    assert told == set(get_args(Decision.__annotations__["kind"]))


def test_configurations_that_ship_are_read():
    for path in ("config.example.yaml", "connector/samples/starter/config.yaml"):
        settings = load_settings(ROOT / path)
        load(
            settings.mapping_paths,
            books=[book.name for book in settings.books],
            connections=[each.name for each in settings.connections],
        )
