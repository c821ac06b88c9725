"""The emulator keeps Harvest's rules: who may look, how it pages, what people can do there, and that nothing is forgotten."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest

from adapters.harvest.emulated.forms import Refused
from adapters.harvest.emulator import Emulator
from connector.sandbox import InProcess
from tests.adapters.harvest.accounts import API, FIRST_DAY, Harvest
from tests.adapters.harvest.description import Validating, described


@pytest.fixture
def harvest() -> Harvest:
    return Harvest()


def call(harvest: Harvest, target: str, *, token: str = "", method: str = "GET", **headers: str) -> httpx.Response:
    transport: httpx.BaseTransport = InProcess(harvest.mount)
    named = {
        "User-Agent": "test",
        "Harvest-Account-Id": harvest.emulator.account_id,
        "Authorization": f"Bearer {token or harvest.token}",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    with httpx.Client(transport=Validating(transport) if described() and method == "GET" and named["User-Agent"] else transport) as client:
        return client.request(method, f"{API}{target}", headers=named)


def ids(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [str(row["id"]) for row in response.json()["time_entries"]]


def walk(harvest: Harvest, target: str) -> list[list[str]]:
    pages = []
    while target:
        response = call(harvest, target)
        pages.append(ids(response))
        following = response.json()["links"]["next"]
        target = following.removeprefix(API) if following else ""
    return pages


# ---- who may look ---------------------------------------------------------------------------------------------------------


def test_a_call_without_a_name_is_refused(harvest):
    assert call(harvest, "/v2/company", User_Agent="").status_code == 400


@pytest.mark.parametrize("token", ["wrong", "", "Bearer"])
def test_a_call_without_a_token_is_refused(harvest, token):
    assert call(harvest, "/v2/company", Authorization=f"Bearer {token}").status_code == 401


def test_another_account_is_refused(harvest):
    assert call(harvest, "/v2/company", Harvest_Account_Id="1").status_code == 403


def test_who_is_archived_sees_nothing(harvest):
    token = harvest.emulator.identity.personal_token(harvest.people.user("Ben Ito").id)
    assert call(harvest, "/v2/users/me", token=token).json()["first_name"] == "Ben"
    harvest.people.user("Ben Ito").active = False
    assert call(harvest, "/v2/users/me", token=token).status_code == 401


def test_a_member_sees_their_own_time_and_a_manager_that_of_their_people(harvest):
    mine, bens = harvest.enter(user="Ana Reyes"), harvest.enter(user="Ben Ito")
    token = {name: harvest.emulator.identity.personal_token(harvest.people.user(name).id) for name in ("Ben Ito", "Mia Torres")}
    assert set(ids(call(harvest, "/v2/time_entries"))) == {mine, bens}
    assert ids(call(harvest, "/v2/time_entries", token=token["Ben Ito"])) == [bens]
    assert ids(call(harvest, "/v2/time_entries", token=token["Mia Torres"])) == []
    harvest.people.set_access("Mia Torres", "manager", manages=["Ben Ito"])
    assert ids(call(harvest, "/v2/time_entries", token=token["Mia Torres"])) == [bens]
    assert call(harvest, f"/v2/time_entries/{mine}", token=token["Ben Ito"]).status_code == 403
    assert call(harvest, "/v2/clients", token=token["Ben Ito"]).status_code == 403


@pytest.mark.parametrize(
    "target", ["/v2/time_entries/9", "/v2/time_entries/x", "/v2/invoices", "/v2/users/9/billable_rates", "/v1/company"]
)
def test_what_is_not_there_is_404(harvest, target):
    assert call(harvest, target).status_code == 404


def test_nothing_can_be_written(harvest):
    entry_id = harvest.enter()
    assert call(harvest, f"/v2/time_entries/{entry_id}", method="DELETE").status_code == 404
    assert len(harvest.emulator.entries()) == 1


def test_the_hundred_and_first_call_in_fifteen_seconds_is_told_when_to_come_back(harvest):
    assert [call(harvest, "/v2/company").status_code for _ in range(100)] == [200] * 100
    harvest.clock.advance(5)
    refused = call(harvest, "/v2/company")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    harvest.clock.advance(10)
    assert call(harvest, "/v2/company").status_code == 200


def test_every_answer_tells_the_servers_clock(harvest):
    assert call(harvest, "/v2/company").headers["date"] == "Wed, 01 Jul 2026 08:00:00 GMT"


# ---- other programs: OAuth, accounts ------------------------------------------------------------------------------------------


def exchange(harvest: Harvest, **form: str) -> httpx.Response:
    said = {"client_id": "emulated-client", "client_secret": "emulated-secret", "grant_type": "refresh_token", **form}
    with httpx.Client(transport=InProcess(harvest.mount)) as client:
        return client.post("https://id.getharvest.com/api/v2/oauth2/token", data=said)


def test_a_refresh_token_gives_an_access_token_that_ends(harvest):
    refresh = harvest.emulator.identity.consent(harvest.people.user("Ana Reyes").id)
    given = exchange(harvest, refresh_token=refresh).json()
    assert (given["token_type"], given["expires_in"]) == ("bearer", 1_209_599)
    assert call(harvest, "/v2/company", token=given["access_token"]).status_code == 200
    reached = call(harvest, "/api/v2/accounts", token=given["access_token"], Harvest_Account_Id="").json()["accounts"]
    assert [str(account["id"]) for account in reached] == [harvest.emulator.account_id]
    harvest.clock.advance(1_209_600)
    assert call(harvest, "/v2/company", token=given["access_token"]).status_code == 401


@pytest.mark.parametrize(("form", "status"), [({"refresh_token": "x"}, 400), ({"client_secret": "x"}, 401), ({"grant_type": "x"}, 400)])
def test_a_wrong_exchange_is_refused(harvest, form, status):
    refresh = harvest.emulator.identity.consent(harvest.people.user("Ana Reyes").id)
    assert exchange(harvest, **{"refresh_token": refresh, **form}).status_code == status


# ---- listings -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", ["page", "cursor"])
def test_pages_hold_everything_once_newest_day_first(harvest, paging):
    harvest.emulator.paging = paging
    entered = harvest.fill(12)
    pages = walk(harvest, "/v2/time_entries?per_page=5")
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [one for page in pages for one in page] == entered[::-1]


def test_with_page_numbers_a_row_slips_past_when_one_before_it_goes(harvest):
    entered = harvest.fill(12)
    first = call(harvest, "/v2/time_entries?per_page=5").json()
    harvest.people.delete(entered[-1])
    second = ids(call(harvest, first["links"]["next"].removeprefix(API)))
    assert entered[6] not in {*(str(row["id"]) for row in first["time_entries"]), *second}


def test_with_a_cursor_no_row_slips_past(harvest):
    harvest.emulator.paging = "cursor"
    entered = harvest.fill(12)
    first = call(harvest, "/v2/time_entries?per_page=5").json()
    assert (first["page"], first["next_page"]) == (None, None)
    harvest.people.delete(entered[-1])
    assert ids(call(harvest, first["links"]["next"].removeprefix(API)))[0] == entered[6]


@pytest.mark.parametrize(
    "query", ["per_page=2001", "per_page=0", "per_page=x", "page=0", "from=yesterday", "is_billed=perhaps", "updated_since=x", "cursor=x"]
)
def test_a_question_that_cannot_be_read_is_422(harvest, query):
    assert call(harvest, f"/v2/time_entries?{query}").status_code == 422


def test_links_keep_the_question_and_lead_where_the_emulator_is_reached(harvest):
    harvest.fill(6)
    harvest.emulator.base_url = "http://127.0.0.1:8911/harvest"
    link = call(harvest, "/v2/time_entries?per_page=5&updated_since=2026-01-01T00:00:00Z").json()["links"]["next"]
    assert link.startswith("http://127.0.0.1:8911/harvest/v2/time_entries?")
    assert "updated_since=2026-01-01T00%3A00%3A00Z" in urlsplit(link).query


def test_filters_narrow(harvest):
    people = harvest.people
    june, july = harvest.enter(date(2026, 6, 30)), harvest.enter(date(2026, 7, 1), user="Ana Reyes", project="Website")
    harvest.clock.advance(60)
    since = harvest.clock.now()
    people.edit(june, hours="2")
    people.invoice("1", july)
    timer = str(people.start_timer("Ben Ito", "Upgrade", "Travel").id)
    client = people.client("Bayside Motors").id
    for query, expected in (
        ("from=2026-07-01&to=2026-07-01&is_running=false", {july}),
        ("to=2026-06-30", {june}),
        (f"client_id={client}", {july}),
        (f"user_id={people.user('Ben Ito').id}&is_running=false", {june}),
        ("is_billed=true", {july}),
        ("is_running=true", {timer}),
        (f"task_id={people.task('Travel').id}", {timer}),
        (f"updated_since={since:%Y-%m-%dT%H:%M:%SZ}", {june, july, timer}),
        (f"updated_since={since + timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}", set()),
        ("external_reference_id=7", set()),
    ):
        assert set(ids(call(harvest, f"/v2/time_entries?{query}"))) == expected, query


@pytest.mark.parametrize("resource", ["clients", "projects", "tasks", "users", "roles"])
def test_every_name_is_listed_and_only_what_changed_when_asked(harvest, resource):
    assert call(harvest, f"/v2/{resource}").json()[resource]
    later = harvest.clock.now() + timedelta(days=1)
    assert call(harvest, f"/v2/{resource}?updated_since={later:%Y-%m-%dT%H:%M:%SZ}").json()[resource] == []


# ---- what people do -------------------------------------------------------------------------------------------------------------


def shown(harvest: Harvest, entry_id: str) -> dict[str, object]:
    return call(harvest, f"/v2/time_entries/{entry_id}").json()


def test_an_edit_moves_the_stamp_and_a_renamed_client_does_not(harvest):
    entry_id = harvest.enter()
    before = shown(harvest, entry_id)
    harvest.clock.advance(60)
    harvest.people.rename_client("Alpine Dental", "Alpine Dental Ltd")
    renamed = shown(harvest, entry_id)
    assert renamed["client"]["name"] == "Alpine Dental Ltd"
    assert renamed["updated_at"] == before["updated_at"]
    harvest.people.edit(entry_id, hours="2", project="Website", started="9:00am")
    edited = shown(harvest, entry_id)
    assert edited["updated_at"] > before["updated_at"]
    assert (edited["hours"], edited["billable_rate"], edited["started_time"]) == (2, 99.5, "9:00am")


@pytest.mark.parametrize("lock", ["close", "invoice"])
def test_locked_time_cannot_be_edited_or_deleted(harvest, lock):
    entry_id = harvest.enter()
    harvest.people.close(entry_id) if lock == "close" else harvest.people.invoice("7", entry_id)
    said = shown(harvest, entry_id)
    assert (said["is_locked"], said["is_closed"], said["is_billed"]) == (True, lock == "close", lock == "invoice")
    for work in (lambda: harvest.people.edit(entry_id, hours="2"), lambda: harvest.people.delete(entry_id)):
        with pytest.raises(Refused, match="locked"):
            work()
    harvest.people.reopen(entry_id) if lock == "close" else harvest.people.delete_invoice("7")
    harvest.people.delete(entry_id)
    assert call(harvest, f"/v2/time_entries/{entry_id}").status_code == 404


def test_a_timer_grows_without_moving_the_stamp(harvest):
    entry_id = str(harvest.people.start_timer("Ben Ito", "Upgrade", "Project work").id)
    before = shown(harvest, entry_id)
    harvest.clock.advance(5400)
    running = shown(harvest, entry_id)
    assert (running["is_running"], running["hours"], running["hours_without_timer"]) == (True, 1.5, 0)
    assert running["updated_at"] == before["updated_at"]
    harvest.people.stop_timer(entry_id)
    assert (shown(harvest, entry_id)["hours"], shown(harvest, entry_id)["is_running"]) == (1.5, False)
    with pytest.raises(Refused):
        harvest.people.stop_timer(entry_id)


def test_hours_are_rounded_up_to_the_accounts_increment(harvest):
    assert [shown(harvest, harvest.enter(hours=hours))["rounded_hours"] for hours in ("0.01", "1.25", "1.26")] == [0.25, 1.25, 1.5]


def test_time_without_start_and_end_has_none_in_an_account_that_does_not_ask():
    plain = Harvest({"users": [{"name": "Ben Ito"}], "clients": [{"name": "A"}], "projects": [{"client": "A", "name": "Upgrade"}],
                     "tasks": [{"name": "Project work"}]})  # fmt: skip
    said = shown(plain, plain.enter(started="9:00am", ended="10:00am"))
    assert (said["started_time"], said["ended_time"]) == (None, None)


def test_the_ledger_is_everything_that_people_did(harvest):
    entry_id = harvest.enter()
    harvest.people.edit(entry_id, hours="2")
    harvest.people.close(entry_id)
    harvest.people.reopen(entry_id)
    harvest.people.delete(entry_id)
    assert [change.what for change in harvest.emulator.ledger] == ["enter", "edit", "close", "reopen", "delete"]
    assert [change.entry.hours if change.entry else None for change in harvest.emulator.ledger][:2] == [Decimal("1.25"), Decimal(2)]


def test_a_name_that_means_nothing_or_two_things_is_no_name(harvest):
    with pytest.raises(LookupError, match="0 things"):
        harvest.enter(user="Nobody")
    harvest.emulator.seed(
        {"clients": [{"name": "A"}, {"name": "B"}], "projects": [{"client": "A", "name": "P"}, {"client": "B", "name": "P"}]}
    )
    people = harvest.emulator.people
    with pytest.raises(LookupError, match="2 things"):
        people.project("P")
    assert people.project("B/P").client_id == people.client("B").id


def test_an_account_begins_as_it_is_described():
    clock = Harvest().clock
    seed = {"users": [{"name": "Ana Reyes"}, {"name": "Ben Ito"}], "clients": [{"name": "A"}], "tasks": [{"name": "T"}],
            "projects": [{"client": "A", "name": "P"}],
            "entries": [{"user": "Ben Ito", "project": "P", "task": "T", "on": "2026-06-01", "hours": 1.5, "closed": True}]}  # fmt: skip
    emulator = Emulator(clock, iter(()), seed)
    (entry,) = emulator.entries()
    assert (entry.hours, entry.closed, entry.spent_date) == (Decimal("1.5"), True, FIRST_DAY)
    assert [user.access for user in emulator.account.users.values()] == ["administrator", "member"]
    with pytest.raises(msgspec.ValidationError, match="hourz"):
        Emulator(clock, iter(()), {"entries": [{**seed["entries"][0], "hourz": 1}]})


def test_an_account_may_say_its_ids_and_when_time_was_written_down():
    clock = Harvest().clock
    written = clock.now() - timedelta(days=3)
    entry = {"user": "Ana Reyes", "project": "P", "task": "T", "on": FIRST_DAY, "hours": 1}
    seed = {"users": [{"name": "Ana Reyes", "id": 500}], "clients": [{"name": "A", "id": 700}, {"name": "B"}], "tasks": [{"name": "T"}],
            "projects": [{"client": "A", "name": "P"}], "entries": [{**entry, "id": 9000, "entered": written}, entry]}  # fmt: skip
    with pytest.raises(LookupError, match="the id 500 is out of order"):
        Emulator(clock, iter(()), seed)

    seed["users"][0]["id"], seed["clients"][0]["id"] = 2_000_500, 2_000_700
    seed["entries"][0]["id"] = 2_009_000
    emulator = Emulator(clock, iter(()), seed)

    assert list(emulator.account.clients) == [2_000_700, 2_000_701]
    assert [one.id for one in emulator.entries()] == [2_009_000, 2_009_001]
    assert [one.made_at for one in emulator.entries()] == [written.replace(microsecond=0), clock.now().replace(microsecond=0)]


def test_another_process_goes_on_where_this_one_left_off(harvest):
    entry_id = harvest.enter(started="9:00am")
    harvest.people.close(entry_id)
    token = harvest.emulator.identity.personal_token(harvest.people.user("Ben Ito").id)
    again = Emulator(harvest.clock, (f"id-{number}" for number in count(1)))
    again.load(harvest.emulator.dump())
    assert again.dump() == harvest.emulator.dump()
    assert again.people.enter("Ben Ito", "Upgrade", "Travel", FIRST_DAY, "1").id == int(entry_id) + 1
    assert again.identity.personal_token(again.people.user("Ben Ito").id) != token
    status, _, body = again.answer("GET", "/v2/users/me", {"User-Agent": "t", "Authorization": f"Bearer {token}",
                                                           "Harvest-Account-Id": again.account_id}, b"")  # fmt: skip
    assert (status, msgspec.json.decode(body)["first_name"]) == (200, "Ben")
    assert datetime.fromisoformat(msgspec.json.decode(body)["created_at"]).tzinfo is UTC
