"""The tie-out as it is printed: the keys of its JSON, the rows of its CSV, the totals of its table."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

from connector.core.values import DISPOSITIONS
from connector.reports import reconcile as printed
from connector.use_cases.reconcile import tie_out
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.test_reconcile_documents import edit
from tests.use_cases.world import World

D = Decimal

KEYS = {
    "": {"book", "period", "as_of", "ties", "entries", "sources", "dispositions", "wip", "documents", "accounts", "numbers", "missing", "differences"},
    "entries": {"count", "seconds"},
    "sources": {"connection", "client", "count", "seconds", "complete"},
    "bucket": {"count", "seconds", "billed_seconds", "net", "value", "estimated", "reasons"},
    "wip": {"opening", "worked", "late", "repriced", "invoiced", "written_off", "other", "closing", "of_which_drafted"},
    "documents": {"key", "number", "client", "customer", "period", "po", "invoice_date", "due_date", "currency", "state", "hours", "net", "their_net",
                  "their_tax", "their_gross", "their_status", "their_balance", "edited_there", "remote_id"},
    "accounts": {"code", "currency", "net", "their_net"},
    "numbers": {"first", "last", "unused", "strangers"},
    "missing": {"client", "last_period_net"},
    "differences": {"what", "ours", "theirs", "cause", "next_step"},
}  # fmt: skip


def test_the_json_has_every_key_of_the_contract():
    world = busy_month()
    world.bill()
    edit(world, "HB-2606-001", due_date=date(2026, 8, 1))
    found = json.loads(printed.as_json(tie_out(world.open(), "nz", "2026-06", online=True)))
    assert KEYS[""] <= found.keys()
    assert KEYS["entries"] <= found["entries"].keys()
    assert set(found["dispositions"]) == set(DISPOSITIONS)
    for bucket in found["dispositions"].values():
        assert KEYS["bucket"] <= bucket.keys()
    assert KEYS["bucket"] <= found["dispositions"]["held"]["reasons"]["over 12 hours"].keys()
    assert KEYS["wip"] <= found["wip"]["NZD"].keys()
    assert KEYS["numbers"] <= found["numbers"].keys()
    for name in ("sources", "documents", "accounts", "differences"):
        assert found[name], name
        assert KEYS[name] <= found[name][0].keys()
    assert isinstance(found["documents"][0]["net"], str)
    assert isinstance(found["entries"]["seconds"], int)


def test_the_table_says_what_each_total_must_equal():
    world = busy_month()
    world.bill()
    text = printed.as_table(tie_out(world.open(), "nz", "2026-06"))
    assert text.startswith("Tie-out\nbook nz · period 2026-06 · zone Pacific/Auckland")
    assert "\nTIES\n" in text
    for said in (
        "must equal the sources' own count",
        "our net must equal their net",
        "closing must equal the sum",
        "14:00",
    ):
        assert said in text
    assert max(map(len, text.splitlines())) <= 120
    assert "\x1b" not in text


def test_the_csv_adds_up_to_the_same_seconds():
    world = busy_month()
    world.bill()
    found = tie_out(world.open())
    rows = [line.split(",") for line in printed.as_csv(found).splitlines()]
    assert sum(_seconds(row[4]) for row in rows if row[0] == "bucket" and row[4]) == found.entries.seconds
    assert {row[5] for row in rows if row[0] == "verdict"} == {f"{found.entries.seconds / 3600:.2f}"}


def test_the_csv_has_every_figure_of_a_document_and_what_closing_consists_of():
    world = busy_month()
    world.bill()
    rows = list(csv.DictReader(io.StringIO(printed.as_csv(tie_out(world.open(), "nz")))))
    [one] = [row for row in rows if row["name"] == "HB-2606-001"]
    assert (one["customer"], one["invoice_date"], one["due_date"], one["their_balance"], one["edited_there"]) == (
        "Alpine Dental", "2026-06-30", "2026-07-14", "210.00", "no",
    )  # fmt: skip
    closing = sum(D(row["value"]) for row in rows if (row["part"], row["name"]) == ("wip", "closing"))
    assert closing == sum(D(row["value"]) for row in rows if (row["part"], row["name"]) == ("wip", "of which"))


def test_waiting_time_that_nobody_can_value_is_told_in_hours_and_never_as_nothing():
    world = World(mapping_of(YAML.replace("any: {any: 100.00}", "any: {principal: 100.00}")))
    world.work("a1")
    world.work("ours", "Ourselves")
    world.pull()
    found = tie_out(world.open(), "nz")
    assert found.dispositions["unmatched"].unvalued_seconds == found.dispositions["unmatched"].reasons["rate"].unvalued_seconds == 3600
    assert found.dispositions["non_billable"].unvalued_seconds == 0
    text = printed.as_table(found)
    assert "1:00 (1.00) h of unknown value" in text


def _seconds(clock: str) -> int:
    """h:mm or h:mm:ss."""
    hours, minutes, *rest = (int(part) for part in clock.split(":"))
    return hours * 3600 + minutes * 60 + (rest[0] if rest else 0)
