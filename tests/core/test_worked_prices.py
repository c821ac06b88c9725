"""The worked prices of domain section 5, row by row, from the mapping files that ship."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from southern_cross import BOOKS, NOW, entry, staged

from connector.core.dispositions import rule
from connector.core.matching import Matcher
from connector.mappings import load

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())
EXAMPLE = load(ROOT / "mappings", books=BOOKS, connections=("harvest", "toggl"))
MATCHER = Matcher(EXAMPLE, BOOKS)
D12, D16, D20 = date(2026, 6, 12), date(2026, 6, 16), date(2026, 6, 20)
EASTLAND, GLENHOLM, PRAIRIE = "Eastland Health Trust", "Glenholm Council", "Prairie Dental"
SUPPORT, HOURS, WORK = "Remote support", "After hours", "Project work"


@pytest.mark.parametrize(
    ("client", "project", "person", "work_type", "day", "rate", "currency", "rank"),
    [
        ("Alpine Dental", "", "Ben Ito", WORK, D12, "165.00", "NZD", 14),
        ("Alpine Dental", "", "Ben Ito", WORK, D16, "215.00", "NZD", 14),
        (EASTLAND, "", "Cho Min-jun", SUPPORT, D20, "138.00", "NZD", 11),
        (EASTLAND, "", "Ana Reyes", HOURS, D20, "262.50", "NZD", 10),
        (GLENHOLM, "Server refresh", "Ana Reyes", WORK, D20, "150.00", "NZD", 6),
        (GLENHOLM, "Server refresh", "Ben Ito", HOURS, D20, "225.00", "NZD", 3),
        ("Fairweather Group", "Depot 3", "Cho Min-jun", SUPPORT, D20, "150.00", "AUD", 18),
        (PRAIRIE, "", "Ben Ito", WORK, D20, "140.00", "USD", 9),
        ("Dunmore Legal", "", "Cho Min-jun", HOURS, D20, "232.50", "NZD", 17),
        (EASTLAND, "", "Cho Min-jun", "Training", D20, "138.00", "NZD", 11),
    ],
)
def test_an_hour_costs_what_the_contract_says(client, project, person, work_type, day, rate, currency, rank):
    terms = MATCHER.terms("harvest", entry(client, person, work_type, day, project=project))
    assert (terms.nobody, terms.unpriced) == (None, None)
    assert (str(terms.price.rate), terms.price.currency, terms.currency) == (rate, currency, currency)
    assert terms.price.why[0].rank == rank
    assert terms.treatment.treatment == "bill"


def test_the_clients_multiplier_beats_the_firms_and_a_price_for_the_work_type_takes_none():
    eastland = MATCHER.terms("harvest", entry(EASTLAND, "Ana Reyes", HOURS, D20)).price
    glenholm = MATCHER.terms("harvest", entry(GLENHOLM, "Ben Ito", HOURS, D20, project="Server refresh")).price
    assert (eastland.base, eastland.times, eastland.why[1].rank) == (Decimal("210.00"), Decimal("1.25"), 9)
    assert (glenholm.base, glenholm.times, len(glenholm.why)) == (Decimal("225.00"), 1, 1)


def test_a_project_that_no_bill_to_takes_has_no_customer():
    terms = MATCHER.terms("harvest", entry("Fairweather Group", "Cho Min-jun", SUPPORT, D20, project="HQ fit-out"))
    assert (terms.nobody.kind, terms.nobody.value) == ("customer", "HQ fit-out")


def test_a_card_without_a_price_for_the_role_is_unmatched():
    terms = MATCHER.terms("harvest", entry(PRAIRIE, "Ana Reyes", SUPPORT, D20))
    assert (terms.unpriced.kind, terms.price) == ("rate", None)
    assert "standard-usd has no price" in terms.unpriced.reason


@pytest.mark.parametrize(
    ("client", "project", "work_type", "disposition", "reason"),
    [
        ("Alpine Dental", "", SUPPORT, "covered", "managed services agreement"),
        (GLENHOLM, "Website rebuild", HOURS, "covered", "fixed fee 24,000.00, three milestones"),
        ("Southern Cross IT", "", WORK, "non_billable", "internal"),
        (EASTLAND, "", "Training", "ready", ""),
        ("Alpine Dental", "", "Training", "non_billable", "work type"),
        ("Alpine Dental", "", "Travel", "no_charge", "rule"),
    ],
)
def test_time_is_treated_as_the_strongest_rule_says(client, project, work_type, disposition, reason):
    one = staged(entry(client, "Cho Min-jun", work_type, D20, project=project, approved=True, notes="done"))
    (charge,) = rule([one], MATCHER, EXAMPLE, BOOKS, {}, NOW)
    assert (charge.disposition, charge.reason) == (disposition, reason)


def test_a_tickets_day_is_rounded_as_a_whole():
    entries = [
        staged(
            entry(
                EASTLAND,
                "Cho Min-jun",
                SUPPORT,
                D20,
                id=str(n),
                ticket="T-1",
                seconds=minutes * 60,
                approved=True,
                notes="x",
            ),
            key=n,
        )
        for n, minutes in enumerate((4, 4, 5), 1)
    ]
    charges = rule(entries, MATCHER, EXAMPLE, BOOKS, {}, NOW)
    assert sum(charge.billed for charge in charges) == 18 * 60
    assert [charge.billed for charge in charges] == [332, 332, 416]
    assert charges[0].po == "PO-4417"
