"""What an entry at Harvest becomes, how it is asked for, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from pydantic import ValidationError

from adapters.harvest import wire
from adapters.harvest.emulated.account import Reference
from adapters.harvest.rows import meaning_of
from adapters.harvest.source import Settings
from connector.errors import AuthError, RejectedError, TransientError
from connector.ports import ListsNames, ProbesScope, ReadsEntries, Scope, Window
from connector.sandbox import Fault
from tests.adapters.harvest.accounts import FIRST_DAY, Harvest


@pytest.fixture
def harvest() -> Harvest:
    return Harvest()


def answering(harvest: Harvest, **changes) -> None:
    """From now on every entry says this too."""
    answer = harvest.emulator.answer

    def changed(method, target, headers, body):
        status, given, text = answer(method, target, headers, body)
        said = msgspec.json.decode(text)
        if "time_entries" in said and "links" not in changes:
            said["time_entries"] = [row | changes for row in said["time_entries"]]
        else:
            said |= changes
        return status, given, msgspec.json.encode(said)

    harvest.emulator.answer = changed  # type: ignore[method-assign]


# ---- an entry -----------------------------------------------------------------------------------------------------------------


def test_an_entry_says_everything_that_harvest_says(harvest):
    reference = Reference(id="T-77", service="tickets.example")
    entry_id = harvest.enter(
        date(2026, 6, 9), "1.35", user="Ana Reyes", notes="Wiring", started="3:00pm", ended="4:21pm", reference=reference
    )
    harvest.people.close(entry_id)
    harvest.people.invoice("1001", entry_id)
    entry = harvest.one(entry_id)
    people, emulated = harvest.people, harvest.emulator.account.entries[int(entry_id)]
    assert (entry.client, entry.client_id) == ("Alpine Dental", str(people.client("Alpine Dental").id))
    assert (entry.project, entry.project_id) == ("Upgrade", str(people.project("Upgrade").id))
    assert (entry.work_type, entry.work_type_id) == ("Project work", str(people.task("Project work").id))
    assert (entry.person, entry.person_id) == ("Ana Reyes", str(people.user("Ana Reyes").id))
    assert (entry.ticket, entry.notes, entry.currency) == ("T-77", "Wiring", "NZD")
    assert (entry.worked_on, entry.hours, entry.seconds) == (date(2026, 6, 9), Decimal("1.35"), 4860)
    assert (entry.started, entry.ended) == (datetime(2026, 6, 9, 3, tzinfo=UTC), datetime(2026, 6, 9, 4, 21, tzinfo=UTC))
    assert (entry.billable, entry.approved, entry.billed, entry.billed_document) == (True, True, True, "1001")
    assert (entry.rate, entry.cost_rate) == (Decimal(150), Decimal(60))
    assert (entry.entered_at, entry.edited_at) == (emulated.made_at, emulated.updated_at)
    assert (entry.running, entry.problem, entry.task, entry.internal_notes) == (False, "", "", "")


def test_hours_are_exactly_what_is_written(harvest):
    answering(harvest, hours=msgspec.Raw(b"2.380"), billable_rate=msgspec.Raw(b"0.1"))
    entry = harvest.one(harvest.enter())
    assert (str(entry.hours), entry.seconds, entry.rate) == ("2.380", 8568, Decimal("0.1"))


@pytest.mark.parametrize(("declared", "hours"), [("hours", "1.10"), ("rounded_hours", "1.25")])
def test_the_figure_that_is_billed_is_the_declared_one(harvest, declared, hours):
    assert harvest.one(harvest.enter(hours="1.10"), hours=declared).hours == Decimal(hours)


def test_a_running_timer_says_what_stood_there_before_it_was_started(harvest):
    entry_id = harvest.enter(harvest.clock.now().date(), "1.5", started="9:00am")
    harvest.people.restart_timer(entry_id)
    harvest.clock.advance(1800)
    for declared in ("hours", "rounded_hours"):
        entry = harvest.one(entry_id, hours=declared)
        assert (entry.running, entry.hours, entry.ended) == (True, Decimal("1.50"), None)
    harvest.people.stop_timer(entry_id)
    stopped = harvest.one(entry_id)
    assert (stopped.running, stopped.hours) == (False, Decimal("2.00"))


def test_time_that_is_not_closed_is_not_approved(harvest):
    entry = harvest.one(harvest.enter())
    assert (entry.approved, entry.billed, entry.billed_document) == (False, False, "")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"spent_date": "2026-13-01"}, "the day '2026-13-01' cannot be read"),
        ({"spent_date": None}, "the day '' cannot be read"),
        ({"hours": None}, "worked time is empty"),
        ({"hours": 1e30}, "worked time of 1e+30 h cannot be read"),
    ],
)
def test_an_entry_that_cannot_be_read_is_one_rows_problem(harvest, changes, problem):
    answering(harvest, **changes)
    assert harvest.one(harvest.enter()).problem == problem


@pytest.mark.parametrize("missing", ["client", "project", "task", "user", "invoice", "external_reference", "notes", "created_at"])
def test_what_is_null_is_empty(harvest, missing):
    answering(harvest, **{missing: None})
    assert harvest.one(harvest.enter()).problem == ""


# ---- times of day -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("started", "ended", "hours"),
    [
        ("9:00am", "10:15am", ("21:00", "22:15")),
        ("12:00am", "12:30pm", ("12:00", "00:30")),
        ("09:05", "17:00", ("21:05", "05:00")),
        ("11:30pm", "1:00am", ("11:30", "13:00")),
        ("25:00", "9:00am", (None, None)),
        ("13:00pm", "2:00pm", (None, None)),
        ("9:00am", None, ("21:00", None)),
        ("9:00am", "later", ("21:00", None)),
    ],
)
def test_times_are_read_in_the_declared_zone(harvest, started, ended, hours):
    answering(harvest, started_time=started, ended_time=ended)
    entry = harvest.one(harvest.enter(date(2026, 6, 9)))
    assert tuple(stamp.strftime("%H:%M") if stamp else None for stamp in (entry.started, entry.ended)) == hours
    assert (entry.worked_on, entry.problem) == (date(2026, 6, 9), "")


def test_p5_a_night_with_a_clock_change_is_as_long_as_it_was_lived(harvest):
    answering(harvest, started_time="1:30am", ended_time="2:15am", spent_date="2026-04-05")
    entry = harvest.one(harvest.enter())
    assert entry.ended - entry.started == timedelta(minutes=45)
    answering(harvest, started_time="11:00pm", ended_time="4:00am", spent_date="2026-04-04")
    entry = harvest.one(harvest.enter())
    assert entry.ended - entry.started == timedelta(hours=6)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Denver", "UTC"])
def test_p5_the_day_passes_through_no_zone(harvest, zone):
    assert harvest.one(harvest.enter(FIRST_DAY), zone=zone).worked_on == FIRST_DAY


# ---- how it is asked ---------------------------------------------------------------------------------------------------------


def test_the_first_listing_asks_for_everything_and_the_next_for_changes(harvest):
    harvest.fill(3)
    cursor = harvest.pages()[-1].next_cursor
    assert harvest.listings == ["/v2/time_entries?per_page=5"]
    assert cursor == (harvest.clock.now() - timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    harvest.pages(cursor=cursor)
    assert "updated_since=2026-07-01T07%3A50%3A00Z" in harvest.listings[-1]


def test_p4_the_cursor_is_the_servers_clock_when_the_listing_began(harvest):
    harvest.fill(12)
    pages = harvest.source().pages(Window(), None)
    next(pages)
    harvest.clock.advance(7200)
    assert list(pages)[-1].next_cursor == "2026-07-01T07:50:00Z"


def test_a_window_is_asked_for_by_its_days(harvest):
    harvest.pages(Window(date(2026, 6, 1), date(2026, 6, 30)))
    assert "from=2026-06-01&to=2026-06-30" in harvest.listings[-1]


def test_p3_a_link_to_another_host_is_not_followed(harvest):
    harvest.fill(12)
    harvest.emulator.base_url = "https://harvest.example"
    with pytest.raises(RejectedError, match="another place"):
        harvest.pages()
    assert len(harvest.listings) == 1


@pytest.mark.parametrize("changes", [{"links": None}, {"links": {"next": None}, "next_page": 2}])
def test_a_listing_that_does_not_say_how_it_goes_on_is_no_whole_one(harvest, changes):
    harvest.fill(2)
    answering(harvest, **changes)
    with pytest.raises(TransientError, match="whether there are more pages"):
        harvest.pages()


def test_a_cursors_listing_has_no_page_numbers_and_is_followed_all_the_same(harvest):
    ids = harvest.fill(12)
    harvest.emulator.paging = "cursor"
    assert set(harvest.listed()) == set(ids)
    assert ["cursor=" in target for target in harvest.listings] == [False, True, True]


def test_it_names_itself_and_whom_to_write_to(harvest):
    harvest.enter()
    answer, seen = harvest.emulator.answer, []
    harvest.emulator.answer = lambda *call: seen.append(call[2]) or answer(*call)  # type: ignore[method-assign]
    harvest.pages(contact="finance@kea.example")
    assert seen[0]["user-agent"] == "hourbridge (finance@kea.example)"
    assert seen[0]["harvest-account-id"] == harvest.emulator.account_id


def test_a_429_is_waited_for_as_long_as_it_says(harvest):
    harvest.fill(2)
    harvest.faults.plan(Fault("refuse", status=429, retry_after="9"))
    assert len(harvest.listed()) == 2
    assert sum(harvest.clock.slept) >= 9


def test_p1_many_reads_keep_within_a_hundred_calls_in_fifteen_seconds(harvest):
    ids = harvest.fill(5) * 50
    found, _ = harvest.source().read_entries(ids)
    assert len(found) == 250
    assert harvest.emulator.limits.refused == 0


# ---- single entries, scope and names --------------------------------------------------------------------------------------------


def test_an_entry_is_read_by_its_id_and_one_that_is_gone_is_left_out(harvest):
    here, gone = harvest.fill(2)
    harvest.people.delete(gone)
    found, hidden = harvest.source().read_entries([here, gone])
    assert ([entry.id for entry in found], hidden) == ([here], frozenset())


def test_an_entry_that_the_token_may_not_see_is_hidden_and_not_gone(harvest):
    theirs = harvest.enter(user="Ana Reyes")
    harvest.token = harvest.emulator.identity.personal_token(harvest.people.user("Ben Ito").id)
    assert harvest.source().read_entries([theirs]) == ((), frozenset({theirs}))


def test_a_revoked_token_is_no_hidden_entry(harvest):
    entry_id = harvest.enter()
    harvest.emulator.identity.revoke_everything()
    with pytest.raises(AuthError, match="401"):
        harvest.source().read_entries([entry_id])


@pytest.mark.parametrize(
    ("person", "partial"), [("Ana Reyes", ""), ("Ben Ito", "only their own time"), ("Mia Torres", "only people and projects assigned")]
)
def test_the_scope_says_what_a_token_does_not_see(harvest, person, partial):
    harvest.token = harvest.emulator.identity.personal_token(harvest.people.user(person).id)
    scope = harvest.source().probe()
    assert (scope.account, scope.person) == (harvest.emulator.account_id, person)
    assert partial in scope.partial
    assert bool(scope.partial) == bool(partial)


@pytest.mark.parametrize(("said", "sees_all"), [({"is_admin": True}, True), ({"is_admin": False}, False), ({}, False)])
def test_an_older_account_says_administrator_another_way(said, sees_all):
    harvest = Harvest(held_to_examples=False)
    answering(harvest, access_roles=None, **said)
    assert isinstance(harvest.source().probe(), Scope)
    assert (harvest.source().probe().partial == "") == sees_all


def test_every_name_comes_with_its_id(harvest):
    harvest.people.archive_project("Website")
    names = harvest.source().names()
    clients = {one.name: one for one in names.clients}
    assert clients["Bayside Motors"].currency == "AUD"
    projects = {one.name: (one.code, one.of, one.active) for one in names.projects}
    assert projects == {"Upgrade": ("UP", clients["Alpine Dental"].id, True), "Website": ("", clients["Bayside Motors"].id, False)}
    assert [one.name for one in names.work_types] == ["Travel", "Project work"]
    assert {one.name: one.roles for one in names.people} == {"Ana Reyes": ("Designer",), "Ben Ito": ("Engineer",), "Mia Torres": ()}
    assert {one.name for one in names.roles} == {"Designer", "Engineer"}


def test_rates_are_those_of_each_day(harvest):
    harvest.people.set_rate("Ana Reyes", Decimal(175), since=date(2026, 6, 15))
    ana = str(harvest.people.user("Ana Reyes").id)
    rates = [(rate.amount, rate.since, rate.until, rate.cost) for rate in harvest.source().rates() if rate.person_id == ana]
    day = date(2026, 6, 15)
    assert rates == [(150, None, day - timedelta(days=1), False), (175, day, None, False), (60, None, None, True)]


def test_it_says_what_it_can_do(harvest):
    source = harvest.source()
    assert isinstance(source, ReadsEntries)
    assert isinstance(source, ProbesScope)
    assert isinstance(source, ListsNames)
    assert source.account() == "770001"


# ---- settings ------------------------------------------------------------------------------------------------------------------

GOOD = {"account_id": "770001", "token": "env:TOKEN", "hours": "rounded_hours", "zone": "Pacific/Auckland"}


@pytest.mark.parametrize(
    ("name", "value"),
    [("account_id", "kea"), ("hours", "both"), ("zone", "Mountain Time"), ("page_size", "2001"), ("contact", "a\nb"), ("tokn", "x")],
)
def test_settings_that_cannot_be_are_refused(name, value):
    Settings.model_validate(GOOD)
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({**GOOD, name: value})


@pytest.mark.parametrize("name", sorted(GOOD))
def test_nothing_that_decides_has_a_default(name):
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({key: value for key, value in GOOD.items() if key != name})


def test_fields_that_we_do_not_use_are_ignored():
    row = msgspec.json.decode(b'{"id": 7, "budgeted": true, "new_thing": [1, {"a": null}]}', type=wire.TimeEntry)
    assert row == wire.TimeEntry(id=7)


# ---- rows that say what they said before ----------------------------------------------------------------------------------------


def rows_made(harvest, known=lambda rows: (), **settings):
    """Id → digest of the rows that became entries, where `known` names the digests of those that need not."""
    pages = harvest.source(**settings).pages_but(known, Window(), None)
    return {entry.id: digest for page in pages for entry, digest in zip(page.entries, page.digests, strict=True)}


def test_only_rows_that_are_not_known_become_entries(harvest):
    first, *others = harvest.fill(7)
    before, asked = rows_made(harvest), []
    harvest.people.edit(first, hours="9")

    def known(rows):
        asked.append([entry_id for entry_id, _ in rows])
        return set(before.values())

    assert set(before) == {first, *others}
    assert set(rows_made(harvest, known)) == {first}
    assert ([len(page) for page in asked], {entry_id for page in asked for entry_id in page}) == ([5, 2], {first, *others})


def test_the_pages_of_a_listing_are_the_same_where_nothing_is_known(harvest):
    harvest.fill(7)
    assert list(harvest.source().pages_but(None, Window(), None)) == harvest.pages()
    assert list(harvest.source().pages_but(lambda _: (), Window(), None)) == harvest.pages()


def test_digests_are_short_and_of_a_row_with_its_id(harvest):
    harvest.fill(2)
    digests = rows_made(harvest).values()
    assert {len(digest) for digest in digests} == {16}
    assert len(set(digests)) == 2


@pytest.mark.parametrize("settings", [{"hours": "rounded_hours"}, {"zone": "Europe/Dublin"}])
def test_a_row_under_other_settings_is_another(harvest, settings):
    harvest.fill(2)
    assert not set(rows_made(harvest).values()) & set(rows_made(harvest, **settings).values())
    assert rows_made(harvest) == rows_made(harvest, page_size=1)


def test_a_row_made_by_other_code_or_in_a_zone_of_other_rules_is_another(tmp_path, monkeypatch):
    code = tmp_path / "source.py"
    found = set()
    for text, zone in (("1", "Europe/Dublin"), ("2", "Europe/Dublin"), ("2", "Europe/London")):
        code.write_text(text)
        found.add(meaning_of(str(code), "hours", zone=zone))
    monkeypatch.setattr("adapters.harvest.rows.ZoneInfo", lambda _: UTC)
    found.add(meaning_of(str(code), "hours", zone="Europe/London"))
    assert len(found) == 4


@pytest.mark.parametrize("changes", [{"id": None}, {"hours": "a lot"}, {"user": 7}])
def test_a_listing_with_a_row_that_cannot_be_read_ends(changes):
    harvest = Harvest(held_to_examples=False)
    harvest.fill(2)
    answering(harvest, **changes)
    for known in (None, lambda _: ()):
        with pytest.raises(TransientError, match="an entry of the listing cannot be read"):
            list(harvest.source().pages_but(known, Window(), None))
