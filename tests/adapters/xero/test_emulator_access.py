"""Tokens, limits and idempotency keys."""

import base64
from datetime import timedelta

import pytest

from connector.sandbox import Fault
from tests.adapters.xero.calling import exact, refusals

CREDENTIALS = {"client_id": "emulated-client", "client_secret": "emulated-secret"}


def token(xero, **form: str):
    return xero.http.post("/connect/token", data={**CREDENTIALS, **form})


def refreshed(xero, refresh: str):
    return token(xero, grant_type="refresh_token", refresh_token=refresh)


def test_client_credentials_give_access_and_no_refresh_token(xero):
    given = token(xero, grant_type="client_credentials", scope="accounting.invoices").json()
    assert sorted(given) == ["access_token", "expires_in", "scope", "token_type"]
    xero.http.headers["Authorization"] = f"Bearer {given['access_token']}"
    assert xero.get("Invoices").status_code == 200


def test_the_client_may_also_name_itself_in_the_header(xero):
    basic = base64.b64encode(b"emulated-client:emulated-secret").decode()
    answer = xero.http.post("/connect/token", data={"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials", "client_secret": "wrong"}, "invalid_client"),
        ({"grant_type": "client_credentials", "scope": "payroll.employees"}, "invalid_scope"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, "invalid_grant"),
    ],
)
def test_what_the_token_endpoint_refuses(xero, form, error):
    answer = token(xero, **form)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_token_tells_which_company_it_reaches(xero):
    (connection,) = xero.http.get("/connections").json()
    assert (connection["tenantId"], connection["tenantName"]) == (xero.emulator.tenant_id, "Kea Networks")


def test_a_refresh_token_changes_with_every_use(xero):
    first = xero.emulator.identity.consent()
    second = refreshed(xero, first["refresh_token"]).json()
    third = refreshed(xero, second["refresh_token"]).json()
    assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3


def test_the_old_refresh_token_works_for_30_minutes_after_its_use(xero):
    old = xero.emulator.identity.consent()["refresh_token"]
    refreshed(xero, old)
    xero.clock.advance(minutes=29)
    assert refreshed(xero, old).status_code == 200
    xero.clock.advance(minutes=2)
    assert refreshed(xero, old).json() == {"error": "invalid_grant"}


def test_a_refresh_token_unused_for_60_days_is_dead(xero):
    old = xero.emulator.identity.consent()["refresh_token"]
    xero.clock.advance(days=61)
    assert refreshed(xero, old).status_code == 400


def test_access_ends_after_30_minutes(xero):
    assert xero.get("Organisation").status_code == 200
    xero.clock.advance(minutes=31)
    answer = xero.get("Organisation")
    assert (answer.status_code, answer.json()["Title"]) == (401, "Unauthorized")
    assert answer.json()["Detail"].startswith("TokenExpired")


@pytest.mark.parametrize("authorization", ["", "Bearer made-up", "Basic abc"])
def test_without_a_token_nothing_is_shown(xero, authorization):
    answer = xero.get("Organisation", Authorization=authorization)
    assert answer.status_code == 401
    assert sorted(answer.json()) == ["Detail", "Extensions", "Instance", "Status", "Title", "Type"]


def test_a_scope_that_is_missing_is_a_401(xero):
    given = xero.emulator.identity.consent("accounting.invoices.read accounting.contacts.read")
    xero.http.headers["Authorization"] = f"Bearer {given['access_token']}"
    assert xero.get("Invoices").status_code == 200
    for answer in (xero.put(xero.element()), xero.get("Organisation")):
        assert answer.status_code == 401
        assert "insufficient_scope" in answer.headers["WWW-Authenticate"]


def test_another_companys_id_is_refused(xero):
    assert xero.get("Organisation", **{"xero-tenant-id": "somebody-else"}).status_code == 403


def test_disconnecting_ends_every_token(xero):
    held = xero.emulator.identity.consent()["refresh_token"]
    xero.emulator.identity.revoke_everything()
    assert xero.get("Organisation").status_code == 401
    assert refreshed(xero, held).status_code == 400


# ---- limits -------------------------------------------------------------------------------------------------------------


def test_every_answer_says_what_is_left(xero):
    left = [xero.get("Currencies").headers["X-MinLimit-Remaining"] for _ in range(2)]
    assert left == ["59", "58"]
    assert xero.get("Currencies").headers["X-DayLimit-Remaining"] == "4997"
    assert xero.get("Currencies").headers["X-AppMinLimit-Remaining"] == "9996"


def test_the_61st_call_of_a_rolling_minute_is_refused(xero):
    xero.get("Currencies")
    xero.clock.advance(seconds=50)
    for _ in range(59):
        assert xero.get("Currencies").status_code == 200
    refused = xero.get("Currencies")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "minute")
    assert 0 < int(refused.headers["Retry-After"]) <= 10
    xero.clock.advance(seconds=int(refused.headers["Retry-After"]))
    assert xero.get("Currencies").status_code == 200
    assert xero.get("Currencies").status_code == 429


def test_the_days_budget_may_be_hours_away(xero):
    xero.emulator.limits.day_max = 2
    xero.get("Currencies")
    xero.get("Currencies")
    xero.clock.advance(minutes=20)
    refused = xero.get("Currencies")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert int(refused.headers["Retry-After"]) > 23 * 3600
    assert refused.headers["X-DayLimit-Remaining"] == "0"


def test_too_many_at_once_is_a_switch(xero):
    xero.emulator.limits.busy = 1
    refused = xero.put(xero.element())
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert xero.emulator.invoices() == []
    assert refusals(xero.put(xero.element())) == []


def test_limits_can_be_left_unenforced(xero):
    xero.emulator.limits.enforced = False
    xero.emulator.limits.minute_max = 1
    assert [xero.get("Currencies").status_code for _ in range(3)] == [200, 200, 200]


# ---- idempotency keys ---------------------------------------------------------------------------------------------------


def test_the_same_request_with_the_same_key_is_answered_again_and_not_carried_out(xero):
    first, again = (xero.put(xero.element(), key="k1") for _ in range(2))
    assert first.content == again.content
    assert len(xero.emulator.ledger) == 1


def test_a_key_is_forgotten_after_six_minutes(xero):
    xero.put(xero.element(), key="k1")
    xero.clock.advance(minutes=5, seconds=59)
    assert refusals(xero.put(xero.element(), key="k1")) == []
    xero.clock.advance(seconds=1)
    assert refusals(xero.put(xero.element(), key="k1")) == ["Invoice # must be unique."]


def test_a_refusal_is_replayed_by_its_key(xero):
    bad = xero.element(CurrencyCode="EUR")
    xero.put(bad, key="k1")
    xero.emulator.company.currencies.append("EUR")
    assert refusals(xero.put(bad, key="k1")) == ["Organisation is not subscribed to currency EUR"]
    assert refusals(xero.put(bad, key="k2")) == []


def test_refusals_may_be_left_out_of_the_memory(xero):
    xero.emulator.keys.refusals_too = False
    bad = xero.element(CurrencyCode="EUR")
    assert xero.put(bad, key="k1", query="unitdp=4").status_code == 400
    xero.emulator.company.currencies.append("EUR")
    assert xero.put(bad, key="k1", query="unitdp=4").status_code == 200


@pytest.mark.parametrize(("switch", "status", "made"), [("refuse", 400, 1), ("replay", 200, 1), ("forget", 200, 2)])
def test_the_same_key_with_another_body_is_a_switch(xero, switch, status, made):
    xero.emulator.keys.on_mismatch = switch
    xero.put(xero.element(), key="k1")
    assert xero.put(xero.element("HB-2"), key="k1").status_code == status
    assert len(xero.emulator.invoices()) == made


def test_keys_can_be_ignored_altogether(xero):
    xero.emulator.keys.remembered_seconds = 0
    xero.put(xero.element(), key="k1")
    assert refusals(xero.put(xero.element(), key="k1")) == ["Invoice # must be unique."]


def test_a_memory_can_be_lost_or_short(xero):
    xero.put(xero.element(), key="k1")
    xero.emulator.keys.forget()
    assert refusals(xero.put(xero.element(), key="k1")) != []
    xero.emulator.keys.remembered_seconds = 5
    xero.put(xero.element("HB-2"), key="k2")
    xero.clock.advance(seconds=6)
    assert refusals(xero.put(xero.element("HB-2"), key="k2")) != []


def test_the_limit_is_looked_at_before_the_key(xero):
    xero.put(xero.element(), key="k1")
    xero.emulator.limits.busy = 1
    assert xero.put(xero.element(), key="k1").status_code == 429
    assert refusals(xero.put(xero.element(), key="k1")) == []


def test_a_key_longer_than_128_characters_is_refused(xero):
    assert xero.put(xero.element(), key="k" * 129).status_code == 400
    assert xero.put(xero.element(), key="k" * 128).status_code == 200


def test_a_read_has_no_key(xero):
    xero.get("Invoices", **{"Idempotency-Key": "k1"})
    xero.made()
    assert len(exact(xero.get("Invoices", **{"Idempotency-Key": "k1"}))["Invoices"]) == 1


def test_an_answer_carries_the_servers_date(xero):
    xero.clock.advance(hours=timedelta(hours=3) / timedelta(hours=1))
    assert xero.get("Currencies").headers["Date"] == "Wed, 01 Jul 2026 12:00:00 GMT"


def test_what_comes_through_late_needs_no_token_any_more_and_respects_its_key(xero):
    xero.faults.plan(Fault("late", seconds=7200), method="PUT", times=2)
    assert xero.put(xero.element(), key="k1").status_code == 504
    assert xero.put(xero.element("HB-2"), key="k2").status_code == 504
    assert xero.emulator.invoices() == []
    xero.clock.advance(hours=2, minutes=1)
    xero.authorise()
    assert refusals(xero.put(xero.element(), key="k1")) == []
    assert sorted(one.number for one in xero.emulator.invoices()) == ["HB-1", "HB-2"]
    assert len(xero.emulator.ledger) == 2
