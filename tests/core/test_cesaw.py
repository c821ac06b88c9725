"""The real time logs of 246 people: every row has a fate, and the figures are those that the issue names."""

import csv
import lzma
import os
from collections import Counter, defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import process_time

import pytest

from connector.core.dispositions import rule
from connector.core.mapping import (
    Block,
    Cell,
    Client,
    Condition,
    EntryRule,
    Mapping,
    Options,
    RateCard,
    Rounding,
    Rule,
    Span,
    Treated,
    Where,
    WorkType,
)
from connector.core.matching import Matcher
from connector.core.values import BookFacts, Staged
from connector.model import TimeEntry

ROOT = next(folder for folder in Path(__file__).resolve().parents if (folder / "pyproject.toml").exists())
LOG = Path(os.environ.get("HOURBRIDGE_SHARED", ROOT.parent / "shared")) / "data" / "cesaw" / "CESAW_time_fact.csv.xz"
NOW = datetime(2018, 1, 5, tzinfo=UTC)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not LOG.exists(), reason=f"needs {LOG.name} in ../shared/data/cesaw (or HOURBRIDGE_SHARED)"),
]


def here(line):
    return Where("cesaw.yaml", line)


def instant(text):
    try:
        day, time = text.split(" ")
        month, day, year = map(int, day.split("/"))
        hour, minute = map(int, time.split(":"))
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def row_staged(key, row):
    started, ended = instant(row["time_log_start_date"]), instant(row["time_log_end_date"])
    entry = TimeEntry(
        id=row["time_log_fact_key"],
        client=row["organization"],
        project=row["project_key"],
        work_type=row["phase_short_name"],
        person=row["person_key"],
        ticket=row["plan_item_key"],
        started=started,
        ended=ended,
        worked_on=started.date() if started else None,
        seconds=int(row["time_log_delta_minutes"]) * 60,
    )
    return Staged(key=key, source="csv/cesaw", connection="cesaw", revision=1, entry=entry)


def cesaw_mapping(work_types):
    organizations = {"A": ("xero", "USD"), "B": ("xero", "EUR"), "C": ("files", "GBP"), "D": ("files", "AUD")}
    clients = tuple(
        Client(
            key=name,
            where=here(number),
            book=book,
            options=Options(currency=(Span(currency),), rate_card=(Span(f"card {currency}"),)),
        )
        for number, (name, (book, currency)) in enumerate(organizations.items(), 1)
    )
    cards = tuple(
        RateCard(
            key=f"card {currency}",
            currency=currency,
            where=here(10),
            blocks=(Block(date(2000, 1, 1), (Cell("any", "any", Decimal("95.00"), here(11)),), here(11)),),
        )
        for _, currency in organizations.values()
    )
    return Mapping(
        digest="cesaw",
        default_book="xero",
        clients=clients,
        work_types=tuple(WorkType(key=name, where=here(20), code=(Span("work"),)) for name in work_types),
        treatments=(Rule(work_type="Misc", value=Treated("non_billable"), where=here(21)),),
        rate_cards=cards,
        roundings=(Rule(value=Rounding(6, "up", 6, "entry"), where=here(30)),),
        exclude=(EntryRule(name="zero minutes", when=Condition(minutes=0), where=here(31)),),
        hold=(
            EntryRule(name="over 12 hours", when=Condition(hours_over=Decimal(12)), where=here(32)),
            EntryRule(name="repeats", when=Condition(same=("person", "started", "ended", "ticket")), where=here(33)),
        ),
    )


@pytest.fixture(scope="module")
def rows():
    with lzma.open(LOG, "rt", newline="") as file:
        return [row_staged(key, row) for key, row in enumerate(csv.DictReader(file), 1)]


@pytest.fixture(scope="module")
def ruled(rows):
    mapping = cesaw_mapping(sorted({one.entry.work_type for one in rows}))
    books = {name: BookFacts(name=name, start=date(1900, 1, 1), today=NOW.date()) for name in ("xero", "files")}
    began = process_time()
    charges = rule(rows, Matcher(mapping, books), mapping, books, {}, NOW)
    print(f"{len(rows)} entries ruled in {process_time() - began:.2f} CPU s")  # noqa: T201
    return charges


def test_every_row_and_minute_has_the_fate_that_the_issue_names(ruled):
    count, minutes = Counter(), Counter()
    for charge in ruled:
        name = charge.disposition
        count[name] += 1
        minutes[name] += charge.seconds // 60
    assert dict(count) == {"excluded": 990, "unmatched": 29, "non_billable": 17_485, "held": 99, "ready": 185_018}
    assert dict(minutes) == {
        "excluded": 0, "unmatched": 958, "non_billable": 1_139_534, "held": 51_091, "ready": 6_728_653,
    }  # fmt: skip


def test_held_rows_are_held_for_the_reasons_that_the_issue_names(ruled):
    reasons = Counter(charge.reason for charge in ruled if charge.disposition == "held")
    assert reasons == {"unreadable": 2, "over 12 hours": 40, "repeats": 57}


def test_minutes_per_organization_are_those_of_the_data(ruled):
    minutes = defaultdict(int)
    for charge in ruled:
        minutes[charge.staged.entry.client] += charge.seconds // 60
    assert minutes == {"A": 4_347_570, "B": 1_387_709, "C": 1_659_622, "D": 524_377, "": 958}


def test_billed_time_is_never_less_than_worked_where_rounding_goes_up(ruled):
    ready = [charge for charge in ruled if charge.disposition == "ready"]
    assert all(charge.billed >= charge.seconds and charge.billed % 360 == 0 for charge in ready)
    assert all(charge.value == (charge.billed * 95 / 3600).quantize(Decimal("0.01")) for charge in ready[:2000])
