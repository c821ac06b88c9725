import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest

from adapters.memory.sink import Company, Fault, Settings, Sink
from connector.core.values import DISPOSITIONS
from connector.errors import ConfigError
from connector.reports import reconcile as printed
from connector.use_cases import apply, approve
from connector.use_cases.plan import plans_of
from connector.use_cases.reconcile import tie_out
from connector.use_cases.workspace import Workspace
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.months import busy_month
from tests.use_cases.world import World, _Host

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


def edit(world, number, **changes):
    """What a person does over there."""
    world.clock.sleep(60)
    (remote,) = world.company.live(number)
    world.company.change(remote.id, **changes)


def assert_sums_tie(found):
    assert sum(bucket.seconds for bucket in found.dispositions.values()) == found.entries.seconds + found.entries.elsewhere
    assert sum(bucket.count for bucket in found.dispositions.values()) == found.entries.count + found.entries.gone
    assert sum(row.seconds for row in found.sources) == found.entries.seconds
    assert all(wip.adds_up for wip in found.wip.values())
    for bucket in found.dispositions.values():
        assert sum(part.seconds for part in bucket.reasons.values()) <= bucket.seconds or bucket.seconds < 0


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


def test_every_second_is_in_one_bucket_before_and_after_billing():
    world = busy_month()
    world.pull()
    before = tie_out(world.open())
    world.bill()
    after = tie_out(world.open())
    for found in (before, after):
        assert_sums_tie(found)
        assert found.ties, found.differences
        assert found.entries.count == 11
    assert before.dispositions["drafted"].seconds == 0
    assert after.dispositions["drafted"].net == {"NZD": D("560.00")}
    assert after.dispositions["invoiced"].net == {"NZD": D("125.00")}
    assert after.dispositions["excluded"].reasons["zero minutes"].count == 1


def test_the_documents_equal_their_charges_and_what_stands_over_there():
    world = busy_month()
    world.bill()
    found = tie_out(world.open(), "nz", "2026-06")
    assert [(row.number, row.net, row.their_net, row.their_status) for row in found.documents] == [
        ("HB-2606-001", D("210.00"), D("210.00"), "draft"), ("HB-2606-002", D("350.00"), D("350.00"), "draft"),
        ("HB-2606-003", D("125.00"), D("125.00"), "posted"),
    ]  # fmt: skip
    assert [(row.code, row.net, row.their_net) for row in found.accounts] == [("205", D("685.00"), D("685.00"))]
    assert (found.numbers.first, found.numbers.last, found.numbers.unused, found.numbers.issued) == (
        "HB-2606-001",
        "HB-2606-003",
        (),
        3,
    )
    assert [equation.holds for equation in found.equations] == [True, True, True]


def test_a_period_holds_its_own_work_and_time_without_a_day_stands_under_none():
    world = busy_month()
    world.bill()
    june, july, whole = (tie_out(world.open(), "nz", period) for period in ("2026-06", "2026-07", None))
    assert (june.entries.count, july.entries.count, whole.entries.count) == (9, 1, 11)
    assert june.period == "2026-06"
    assert whole.period is None
    assert whole.dispositions["held"].reasons["unreadable"].count == 1
    assert "unreadable" not in june.dispositions["held"].reasons
    for found in (june, july, whole):
        assert_sums_tie(found)


def test_work_in_progress_rolls_forward_from_one_month_to_the_next():
    world = busy_month()
    world.bill()
    june, july = tie_out(world.open(), "nz", "2026-06").wip["NZD"], tie_out(world.open(), "nz", "2026-07").wip["NZD"]
    assert (june.opening, june.worked, june.invoiced, june.other, june.closing) == (
        D(0),
        D("2185.00"),
        D("125.00"),
        D("100.00"),
        D("1960.00"),
    )
    assert june.of_which_drafted == D("560.00")
    assert june.unmatched == D("500.00")
    assert july.opening == june.closing
    assert july.worked == D("100.00")
    assert july.closing == july.opening + july.worked


def test_late_time_is_told_apart_from_the_months_own_work():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.work("c2", "Cedar Legal", hours="1", on=date(2026, 6, 20))
    world.work("c3", "Cedar Legal", hours="3", on=date(2026, 7, 5))
    world.bill()
    found = tie_out(world.open(), "nz", "2026-07")
    wip = found.wip["NZD"]
    assert (wip.opening, wip.worked, wip.late, wip.invoiced, wip.closing) == (D(0), D(300), D(100), D(400), D(0))
    assert found.ties
    assert_sums_tie(found)


def test_an_edit_after_posting_is_a_correction_that_keeps_the_hours_tied():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.work("c1", "Cedar Legal", hours="2.5")
    world.pull()
    found = tie_out(world.open(), "nz", "2026-06")
    assert_sums_tie(found)
    assert found.wip["NZD"].repriced == D("50.00")
    assert found.dispositions["invoiced"].seconds == 7200
    assert found.dispositions["held"].seconds == 1800


def test_what_is_deleted_at_the_source_counts_there_no_more_and_still_ties():
    world = World()
    for name in ("a1", "a2", "a3"):
        world.work(name)
    world.pull()
    world.remove("a2")
    world.pull()
    found = tie_out(world.open())
    assert (found.entries.count, found.entries.gone, found.dispositions["deleted"].count) == (2, 1, 1)
    assert found.ties
    assert_sums_tie(found)


def test_an_edit_over_there_is_a_difference_with_its_cause_and_next_step():
    world = World()
    world.work("a1", hours="2")
    world.bill()
    remote = next(iter(world.company.documents.values()))
    line = msgspec.structs.replace(remote.lines[0], net=D("150.00"), price=D("75.00"))
    edit(world, "HB-2606-001", lines=(line,), net=D("150.00"), gross=D("150.00"))
    assert tie_out(world.open(), "nz").ties, "nobody looked yet"
    found = tie_out(world.open(), "nz", online=True)
    assert not found.ties
    assert [equation.holds for equation in found.equations] == [True, True, False]
    (difference,) = found.differences
    assert (difference.what, difference.ours, difference.theirs) == ("HB-2606-001", "NZD 200.00", "NZD 150.00")
    assert difference.cause.startswith(
        "was changed over there, not by us (last change: 2 July 2026 at 06:01 UTC): net was `200.00`, is `150.00`"
    )
    assert difference.next_step
    assert found.documents[0].edited_there
    assert [(row.net, row.their_net) for row in found.accounts] == [(D("200.00"), D("150.00"))]


def test_a_voided_document_counts_nothing_over_there():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    edit(world, "HB-2606-001", status="voided")
    found = tie_out(world.open(), "nz", online=True)
    assert not found.ties
    assert found.documents[0].their_net == D("0.00")
    assert found.documents[0].their_status == "voided"
    assert found.numbers.voided == ("HB-2606-001",)
    assert_sums_tie(found)


def test_a_stranger_under_our_numbers_does_not_tie():
    world = World()
    world.work("a1")
    world.bill()
    there = next(iter(world.company.documents.values()))
    world.clock.sleep(60)
    world.company.add(msgspec.structs.replace(there, id="stranger", number="HB-2606-099", mark="", changed_at=world.clock.now()))
    found = tie_out(world.open(), online=True)
    assert found.numbers.strangers == ("HB-2606-099",)
    assert not found.ties
    assert any(difference.what == "HB-2606-099" for difference in found.differences)


def test_clients_of_last_month_without_a_document_now_are_missing():
    world = World()
    world.work("a1", hours="2")
    world.work("b1", "Bayside Motors")
    world.bill()
    world.clock.at += timedelta(days=31)
    world.work("b2", "Bayside Motors", on=date(2026, 7, 5))
    world.bill()
    found = tie_out(world.open(), "nz", "2026-07")
    assert [(row.client, row.last_period_net, row.currency) for row in found.missing] == [("Alpine Dental", D("200.00"), "NZD")]


def test_figures_are_stored_after_a_pull_and_computed_afresh_after_a_change():
    world = busy_month()
    world.pull()
    assert tie_out(world.open()).head.note == ""
    mapped = world.mapping
    clients = tuple(c for c in mapped.clients if c.key != "Bayside Motors")
    world.mapping = msgspec.structs.replace(mapped, digest="another", clients=clients)
    found = tie_out(world.open())
    assert found.head.note == "computed afresh: mapping changed since the last pull"
    assert found.dispositions["unmatched"].reasons["client"].count == 3
    assert_sums_tie(found)
    world.mapping = mapped
    assert tie_out(world.open()).head.note == ""
    assert tie_out(world.open()).dispositions["unmatched"].reasons["client"].count == 1, "nothing was written"


def test_a_connection_that_was_never_read_whole_does_not_tie():
    world = busy_month()
    world.pull()
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE connections SET trouble = 'the listing ended without its last page'")
    found = tie_out(world.open())
    assert not found.ties
    assert not any(row.complete for row in found.sources)
    assert found.differences[0].what == "list"


def test_a_book_or_period_that_is_none_is_a_clear_error():
    world = World()
    with pytest.raises(ConfigError, match="no such book"):
        tie_out(world.open(), "uk")
    with pytest.raises(ConfigError, match="billing period"):
        tie_out(world.open(), "nz", "June")


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


def test_time_moved_to_another_month_after_posting_ties_in_both():
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    world.work("c1", "Cedar Legal", hours="2", on=date(2026, 7, 1))
    world.pull()
    june, july, whole = (tie_out(world.open(), "nz", period) for period in ("2026-06", "2026-07", None))
    for found in (june, july, whole):
        assert found.ties, found.equations
        assert_sums_tie(found)
    assert (june.entries.seconds, june.entries.elsewhere) == (7200, -7200)
    assert (july.entries.seconds, july.entries.elsewhere) == (0, 7200)
    assert "stands in another book or period" in printed.as_table(june)


def test_documents_in_doubt_do_not_tie_until_they_are_found():
    world = World()
    world.work("a1")
    world.pull()
    world.approve()
    world.company.fault = lambda _request: Fault("lost")
    world.apply()
    found = tie_out(world.open(), "nz")
    assert not found.ties
    assert found.dispositions["sending"].seconds == 3600
    assert found.wip["NZD"].of_which["sending"] == D("100.00")
    assert found.documents[0].their_net is None
    assert "not confirmed" in found.differences[0].cause
    world.company.fault = lambda _request: None
    world.clock.at += timedelta(minutes=30)
    world.apply()
    assert tie_out(world.open(), "nz").ties


def test_a_damaged_state_is_found_and_the_entry_named():
    world = busy_month()
    world.bill()
    with world.store.begin() as tx:
        tx.exec_driver_sql("UPDATE charges SET seconds = seconds + 1 WHERE entry = 1")
        tx.exec_driver_sql("UPDATE charges SET net = net + 1 WHERE entry = 3")
    found = tie_out(world.open())
    assert [equation.holds for equation in found.equations] == [False, False, True]
    assert not found.ties
    assert {difference.what for difference in found.differences} == {"list:a1", "HB-2606-002"}


class TwoBooks(World):
    """A second company, for one client; what nobody can be found for is shown in the default book."""

    def __init__(self):
        text = YAML.replace("  Cedar Legal: {send_as: posted}", "  Cedar Legal: {book: us, currency: USD, rate_card: usd}")
        text = text.replace("default_book: nz", f"{US_DEFAULTS}default_book: nz").replace(
            "nz: {account: 205}", "nz: {account: 205}, us: {item: PRJ}"
        )
        text = text.replace("rate_cards:\n", f"rate_cards:\n{US_CARD}")
        super().__init__(mapping_of(text, books=["nz", "us"]))
        self.other = Company(self.clock)

    def open(self):
        first = super().open()
        sink = Sink(Settings(company="unused"), _Host(self.clock))
        sink.company = self.other
        books = {**first.books, "us": msgspec.structs.replace(first.books["nz"], name="us", zone="America/Chicago")}
        sinks = {"nz": lambda: first.sink("nz"), "us": lambda: sink}
        return Workspace(self.store, self.mapping, books, {"list": lambda: self.source}, sinks, kinds=first.kinds, owner=first.owner)

    def bill(self):
        self.pull()
        for report in plans_of(self.open()):
            approve.approve(self.open(), report.plan.checksum, who="Finance")
            apply.apply(self.open(), report.plan.book)


US_DEFAULTS = """\
  us:
    {currency: USD, tax_code: NON, terms: net 30, number: "US-{seq:3}", invoice_date: period_end, incomplete: send, amounts: tax_exclusive,
     send_as: draft, document: {per: client, every: month}, lines: {one_per: [work_type], text: "{work_type}, {month}"}, late_time: hold}
"""
US_CARD = """\
  usd:
    currency: USD
    default_for: us
    blocks: [{from: 2025-01-01, any: {any: 120.00}}]
"""


def test_each_book_ties_by_itself_and_all_of_them_tie_to_the_sources():
    world = TwoBooks()
    world.work("a1", hours="2")
    world.work("c1", "Cedar Legal", hours="3")
    world.work("u1", "Who Ltd")
    world.bill()
    nz, us, whole = tie_out(world.open(), "nz"), tie_out(world.open(), "us"), tie_out(world.open(), "all")
    for found in (nz, us, whole):
        assert found.ties, found.differences
        assert_sums_tie(found)
    assert (nz.book, us.book, whole.book) == ("nz", "us", "all")
    assert (nz.entries.count, us.entries.count, whole.entries.count) == (2, 1, 3)
    assert [row.number for row in us.documents] == ["US-001"]
    assert [(row.kind, row.code, row.currency, row.net) for row in us.accounts] == [("item", "PRJ", "USD", D("360.00"))]
    assert set(whole.wip) == {"NZD", "USD"}
    assert (whole.numbers.first, whole.numbers.last) == ("HB-2606-001", "US-001")
    assert nz.dispositions["unmatched"].count == 1
    assert whole.head.zone == "Pacific/Auckland, America/Chicago"


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


# ---- payments ---------------------------------------------------------------------------------------------------------------------------


def test_online_every_document_says_how_it_was_paid_from_one_listing() -> None:
    world = World()
    for name, client in (("c1", "Cedar Legal"), ("a1", "Alpine Dental")):
        world.work(name, client, hours="2")
    world.bill()
    for number in ("HB-2606-001", "HB-2606-002"):
        world.touch(number, status="posted")
    first, second = world.there("HB-2606-001"), world.there("HB-2606-002")
    world.company.pay({first.id: Decimal(50), second.id: Decimal(200)})
    back = world.company.pay({first.id: Decimal(10)})
    world.company.take_back(back)
    rows = {row.number: row for row in tie_out(world.open(), online=True).documents}
    assert (rows["HB-2606-001"].paid, rows["HB-2606-001"].their_balance) == (50, 150)
    assert rows["HB-2606-001"].payments == "50 by 1 payment; 50 of a payment of 250 over several documents; 10 was paid and taken back"
    assert rows["HB-2606-002"].payments == "200 of a payment of 250 over several documents"
    assert {row.payments for row in tie_out(world.open()).documents} == {""}, "offline nobody was asked"


def test_online_drift_says_field_by_field_what_changed_and_reads_no_document_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.work("c1", "Cedar Legal", hours="2")
    world.bill()
    there = world.there("HB-2606-001")
    world.touch("HB-2606-001", po="PO 9", lines=(msgspec.structs.replace(there.lines[0], description="as agreed"),))
    monkeypatch.setattr(Sink, "read", lambda *_: pytest.fail("a document was read by itself"))
    told = tie_out(world.open(), online=True)
    (difference,) = told.differences
    assert "PO was empty, is `PO 9`" in difference.cause
    assert "line 1: description was `Project work, June 2026`, is `as agreed`" in difference.cause
    assert "hourbridge corrections" in difference.next_step
