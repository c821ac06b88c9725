"""M1, X3, X6, X7, Z6 to Z8: the rows of the fault model that no other file has whole."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import msgspec
import pytest

from adapters.memory.sink import Sink
from connector.bootstrap import load
from connector.errors import ConfigError, UnsafePlanError
from connector.strict_yaml import parse
from connector.use_cases.decide import decide
from connector.use_cases.explain import explain
from connector.use_cases.reconcile import tie_out
from connector.use_cases.unmatched import find
from tests.cases.firm import CaseFirm
from tests.end_to_end import papers
from tests.use_cases.faults import RESET, UNSENT, late, script
from tests.use_cases.firm import YAML, mapping_of
from tests.use_cases.test_push import SETTLED
from tests.use_cases.two_books import TwoBooks
from tests.use_cases.world import World

# ---- M1 -------------------------------------------------------------------------------------------------------------------------------

STRICT = YAML.replace("unlisted_people: engineer", "unlisted_people: unmatched").replace(
    "  Bayside Motors:\n", '  Bayside Motors: {patterns: ["Bay *"]}\n  Bay Area: {patterns: ["* Area Ltd"]}\n'
)
ENTRIES: dict[str, tuple[dict[str, object], str, str]] = {
    "unknown client": ({"client": "Nobody Ltd"}, "unmatched", "client"),
    "two patterns hit": ({"client": "Bay Area Ltd"}, "unmatched", "ambiguous"),
    "unknown work type": ({"work_type": "Juggling"}, "unmatched", "work type"),
    "unknown person": ({"person": "Jane Doe"}, "unmatched", "person"),
    "before any rate": ({"on": date(2026, 2, 3)}, "unmatched", "rate"),
    "no time at all": ({"hours": "0"}, "excluded", "zero minutes"),
    "a negative time": ({"hours": "-1"}, "held", ""),
    "a whole year": ({"hours": "8760"}, "held", "unreadable"),
    "a long night": ({"hours": "14"}, "held", "over 12 hours"),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_m1_what_cannot_be_priced_is_listed_with_its_reason_and_everybody_else_goes_out(name: str) -> None:
    """No default rate, no guess: the entry is a row with a reason, its seconds are counted, and the other client's hour is billed."""
    facts, disposition, reason = ENTRIES[name]
    world = World(mapping_of(STRICT.replace("from: 2025-01-01, any: {any:", "from: 2026-03-01, any: {engineer:")))
    world.work("odd", **facts)  # type: ignore[arg-type]
    world.work("plain", "Cedar Legal")
    world.bill()
    assert [(remote.customer, remote.net) for remote in world.company.documents.values()] == [("Cedar Legal", 100)]
    ((found, why),) = world.rows(
        "SELECT c.disposition, c.reason FROM charges c JOIN entries e ON e.key = c.entry WHERE e.entry_id = 'odd' AND c.part = 1"
    )
    assert found == disposition
    assert reason in str(why)
    if disposition != "excluded":
        assert [row.entry for row in find(world.open()).entries] == ["list:odd"]
    world.check()


def test_m1_a_mapping_edited_between_approval_and_apply_sends_nothing_of_what_it_changed() -> None:
    """The approval is of the mapping that was read: at another price the step is stale, and the document stays as it was approved or not."""
    world = World()
    world.work("one", "Cedar Legal")
    world.pull()
    world.approve()
    world.mapping = mapping_of(YAML.replace("any: {any: 100.00}", "any: {any: 130.00}"))
    told = world.apply()
    assert (told.sent, len(told.stale), world.company.documents) == (0, 1, {})
    assert world.bill().done == ["HB-2606-001"]
    assert world.there("HB-2606-001").net == 130


# ---- X3 -------------------------------------------------------------------------------------------------------------------------------


def test_x3_a_request_done_long_after_the_settle_time_is_found_as_a_second_document_and_stops_the_book() -> None:
    """The worst company: it forgets keys, takes a used number, and does after two hours what it answered with 504. No code prevents the
    second document; the next look finds it, the tie-out names it, and nothing more is sent before a person has decided.
    """
    world = World()
    world.company.key_memory_s, world.company.refuses_used_number = 0, False
    world.work("one", "Cedar Legal")
    world.pull()
    world.approve()
    script(world, late(7200))
    world.apply()
    world.clock.sleep(SETTLED)
    assert world.apply().done == ["HB-2606-001"]
    world.clock.sleep(7200)
    world.work("two", "Alpine Dental")
    world.pull()
    assert world.live_numbers() == ["HB-2606-001", "HB-2606-001"]
    world.approve()
    before = world.company.requests
    with pytest.raises(UnsafePlanError, match="HB-2606-001"):
        world.apply()
    assert world.company.requests == before
    told = tie_out(world.open(), online=True)
    assert not told.ties
    assert told.numbers.strangers == ("HB-2606-001",)


def test_x3_where_the_settle_time_is_a_day_the_request_has_its_chance_the_day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    day = 86_400
    monkeypatch.setattr(Sink, "traits", msgspec.structs.replace(Sink.traits, settle_s=day))
    world = World()
    world.work("one", "Cedar Legal")
    world.pull()
    world.approve()
    script(world, RESET)
    world.apply()
    world.clock.sleep(day - 60)
    world.apply()
    assert world.live_numbers() == []
    world.clock.sleep(600)
    assert world.apply().done == ["HB-2606-001"]


# ---- X6 -------------------------------------------------------------------------------------------------------------------------------

CLICKS = {
    "customer inactive": (lambda people: people.inactivate_customer("Cedar Legal"), {"HB-2606-003"}),
    "period closed": (lambda people: people.close_books(date(2026, 6, 30)), {"HB-2606-001", "HB-2606-002", "HB-2606-003"}),
}


@pytest.mark.parametrize("what", CLICKS)
def test_x6_what_breaks_in_quickbooks_after_the_approval_is_refused_with_its_reason_alone(quickbooks: CaseFirm, what: str) -> None:
    click, refused = CLICKS[what]
    for client in ("Alpine Dental", "Bayside Motors", "Cedar Legal"):
        quickbooks.work(client, client)
    quickbooks.pull()
    quickbooks.approve()
    click(quickbooks.bench.people)
    told = quickbooks.apply()
    assert {number for number, _ in told.refused} == refused
    assert all(len(reason) > 10 for _, reason in told.refused)
    assert {one.number for one in quickbooks.in_force()} == {"HB-2606-001", "HB-2606-002", "HB-2606-003"} - refused
    assert not any("-2" in one.number[-2:] for one in quickbooks.standing()), "nothing is renamed by itself"


def test_x6_a_card_in_another_currency_than_the_document_is_unmatched_and_never_converted() -> None:
    world = World(mapping_of(YAML.replace("  Alpine Dental:\n", "  Alpine Dental: {currency: AUD}\n")))
    world.work("one")
    world.work("two", "Cedar Legal")
    world.bill()
    assert [remote.currency for remote in world.company.documents.values()] == ["NZD"]
    assert ("unmatched",) in world.rows("SELECT disposition FROM charges WHERE client = 'Alpine Dental'")


# ---- X7 -------------------------------------------------------------------------------------------------------------------------------


def test_x7_a_book_that_is_told_to_come_back_later_parks_and_the_other_goes_on() -> None:
    world = TwoBooks()
    world.work("a1", "Alpine Dental", ticket="a1")
    world.work("b1", "Bayside Motors", ticket="b1")
    world.pull()
    for book in ("nz", "us"):
        world.approve_book(book)
    world.companies["nz"].fault = lambda _request: UNSENT
    assert world.apply_book("nz").stopped
    assert world.apply_book("us").done
    assert world.standing() == {"nz": set(), "us": {"#b1"}}
    world.companies["nz"].fault = lambda _request: None
    assert world.apply_book("nz").done, "what was parked goes out unchanged"
    assert world.standing() == {"nz": {"#a1"}, "us": {"#b1"}}


# ---- Z6 to Z8 ---------------------------------------------------------------------------------------------------------------------------


def test_z6_a_text_that_would_grow_without_end_is_refused_unread() -> None:
    """Nine lines that copy each other would be a thousand million words: copies are refused, and nothing is built."""
    lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
    reading = parse("\n".join(lines), "f.yaml")
    assert reading.document is None or reading.problems
    assert "copies are refused" in str(reading.problems[0])


NASTY = """o'neil"; DROP TABLE entries; -- %s ? :x"""


def test_z7_whatever_people_type_is_a_value_and_never_a_statement() -> None:
    """Quotes, semicolons and placeholders in every text of an entry, in what is asked for, and in what is said."""
    world = World()
    world.work(NASTY, "Cedar Legal", notes=NASTY, project=NASTY, person=NASTY, ticket=NASTY)
    world.work("odd", NASTY)
    world.bill()
    world.check()
    assert world.rows("SELECT count(*) FROM entries") == [(2,)]
    with world.store.snapshot() as read:
        stored = read.exec_driver_sql("SELECT entry_id FROM entries WHERE entry_id = ?", (NASTY,)).scalar()
    assert stored == NASTY
    decide(world.open(), "list:odd", "hold", why=NASTY, who=NASTY)
    assert world.rows("SELECT count(*) FROM decisions") == [(1,)]
    for asked in (NASTY, f"list:{NASTY}", "HB-2606-001"):
        with suppress(ConfigError):
            explain(world.open(), asked)
    assert tie_out(world.open()).ties
    assert world.there("HB-2606-001").net == Decimal(100)


@pytest.mark.parametrize("name", ["../x", "a/b", "a b", "-x", ".", "<b>", ""])
def test_z8_a_name_that_files_are_called_by_is_letters_digits_and_dashes(tmp_path, name: str) -> None:
    """Reports and certificates lie under the names of books, tokens under those of connections."""
    (tmp_path / "mappings").mkdir()
    (tmp_path / "config.yaml").write_text(papers.CONFIG.replace("  nz: {sink", f'  "{name}": {{sink'), "utf-8")
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        load(tmp_path / "config.yaml")
