"""The emulated company's query language, what changed, access, limits, people, and its state between two processes."""

from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest

from adapters.quickbooks.emulated.forms import Refused
from adapters.quickbooks.emulator import Emulator
from tests.adapters.quickbooks.calling import Company, fault, said, version

# ---- queries ------------------------------------------------------------------------------------------------------------


def numbers(company: Company, where: str) -> list[str]:
    return [one["DocNumber"] for one in company.query(f"select * from Invoice {where}").get("Invoice", [])]


def test_a_query_filters_orders_and_pages(company):
    for n in range(5):
        company.made(f"US-{n}", TxnDate=f"2026-06-{10 + n}")
    assert numbers(company, "where DocNumber in ('us-1', 'US-3', 'X')") == ["US-1", "US-3"]
    assert numbers(company, "where TxnDate > '2026-06-11' and TxnDate <= '2026-06-13'") == ["US-2", "US-3"]
    assert numbers(company, "orderby TxnDate desc startposition 2 maxresults 2") == ["US-3", "US-2"]
    assert numbers(company, "ORDER BY Id ASC MAXRESULTS 1") == ["US-0"]
    assert company.query("select count(*) from Invoice") == {"totalCount": 5}
    page = company.query("select * from Invoice startposition 4 maxresults 3")
    assert (page["startPosition"], page["maxResults"]) == (4, 2)


def test_a_query_knows_when_something_changed(company):
    company.made("US-1")
    company.clock.advance(minutes=10)
    since = company.clock.now().isoformat(timespec="seconds")
    company.clock.advance(seconds=2)
    company.made("US-2")
    assert numbers(company, f"where MetaData.LastUpdatedTime >= '{since}'") == ["US-2"]


def test_a_quote_is_escaped_by_a_backslash(company):
    (found,) = company.query(r"select * from Customer where DisplayName = 'Cedar & O\'Neil'")["Customer"]
    assert found["DisplayName"] == "Cedar & O'Neil"


def test_inactive_rows_are_hidden_unless_asked_for_and_say_so(company):
    assert len(company.query("select * from Customer")["Customer"]) == 3
    every = company.query("select * from Customer where Active in (true, false)")["Customer"]
    assert [one["DisplayName"] for one in every if not one["Active"]] == ["Old Client (deleted)"]


@pytest.mark.parametrize(
    "text",
    ["", "select", "select * from", "select * from Nothing", "select * from Invoice where", "select * from Invoice where Colour = 'red'",
     "select * from Invoice maxresults 1001", "select * from Invoice startposition 0", "select * from Invoice where DocNumber = 'a",
     "drop table Invoice", "select * from Invoice where TxnDate > 'June'", "select * from Invoice orderby Colour"],
)  # fmt: skip
def test_a_query_that_cannot_be_read_is_refused(company, text):
    company.made()
    assert fault(company.get("query", query=text))[0] in ("4000", "4001")


def test_lists_may_hand_out_the_version_before(company):
    made = company.made()
    company.people.edit(made["Id"], PrivateNote="x")
    company.emulator.lists_lag = True
    (listed,) = company.query("select * from Invoice")["Invoice"]
    assert (listed["SyncToken"], company.one(made["Id"])["SyncToken"]) == ("0", "1")
    assert listed["PrivateNote"] == "x"


# ---- what changed -------------------------------------------------------------------------------------------------------


def test_what_changed_is_told_whole_and_what_was_deleted_as_a_stub(company):
    made = [company.made(f"US-{n}") for n in range(3)]
    company.clock.advance(minutes=10)
    since = company.clock.now()
    company.clock.advance(seconds=2)
    company.people.edit(made[0]["Id"], PrivateNote="x")
    company.people.delete(made[1]["Id"])
    ((rows,),) = (
        one["QueryResponse"] for one in said(company.get("cdc", entities="Invoice", changedSince=since.isoformat()))["CDCResponse"]
    )
    assert [(one["Id"], one.get("status"), "Line" in one) for one in rows["Invoice"]] == [
        (made[0]["Id"], None, True), (made[1]["Id"], "Deleted", False),
    ]  # fmt: skip


def test_changes_are_remembered_for_thirty_days_and_told_by_the_thousand(company):
    for n in range(3):
        company.made(f"US-{n}")
    now = company.clock.now()
    assert company.get("cdc", entities="Invoice", changedSince=(now - timedelta(days=31)).isoformat()).status_code == 400
    company.emulator.changes_max = 2
    answer = said(company.get("cdc", entities="Invoice", changedSince=(now - timedelta(days=1)).isoformat()))
    assert len(answer["CDCResponse"][0]["QueryResponse"][0]["Invoice"]) == 2
    assert fault(company.get("cdc", entities="Invoice", changedSince="yesterday"))[0] == "2030"


# ---- access and limits --------------------------------------------------------------------------------------------------


def test_a_call_without_a_good_token_is_refused_in_lower_case(company):
    company.http.headers["Authorization"] = "Bearer nothing"
    answer = company.get("companyinfo/1")
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"], answer.json()["fault"]["type"]) == (
        401,
        "3200",
        "AUTHENTICATION",
    )
    assert "www-authenticate" in answer.headers


def test_a_token_lives_for_an_hour(company):
    assert company.get("companyinfo/1").status_code == 200
    company.clock.advance(hours=1)
    assert company.get("companyinfo/1").status_code == 401


def test_another_company_is_forbidden(company):
    assert company.http.get("/v3/company/1/query", params={"minorversion": "75"}).status_code == 403


@pytest.mark.parametrize(("version_asked", "status"), [("1", 200), ("74", 200), ("75", 200), ("zero", 400), ("0", 400)])
def test_minor_versions_below_the_floor_behave_as_the_floor(company, version_asked, status):
    answer = company.http.get(f"/v3/company/{company.emulator.realm_id}/preferences", params={"minorversion": version_asked})
    assert answer.status_code == status


def test_an_unknown_address_is_not_found(company):
    assert company.get("bill/1").status_code == 404


@pytest.mark.parametrize(
    ("limit", "path"),
    [("minute_max", "preferences"), ("second_max", "preferences"), ("batch_minute_max", "batch"), ("reads_month_max", "preferences")],
)
def test_every_limit_is_enforced_without_saying_for_how_long(company, limit, path):
    setattr(company.emulator.limits, limit, 2)
    company.clock.step = timedelta(0)
    call = (lambda: company.post({"BatchItemRequest": []}, path)) if path == "batch" else (lambda: company.get(path))
    statuses = [call().status_code for _ in range(3)]
    assert statuses[2] == 429
    refused = call()
    assert "ThrottleExceeded" in refused.text
    assert "retry-after" not in refused.headers
    company.clock.advance(days=31)
    company.authorise()
    assert call().status_code != 429


def test_limits_that_are_not_enforced_still_count(company):
    company.emulator.limits.minute_max, company.emulator.limits.enforced = 1, False
    assert [company.get("preferences").status_code for _ in range(3)] == [200, 200, 200]
    assert company.emulator.limits.reads == 3


# ---- people and state ---------------------------------------------------------------------------------------------------


def test_people_work_under_the_same_rules(company):
    company.made("US-1")
    with pytest.raises(Refused, match="6140"):
        company.people.add_invoice("US-1", "Prairie Dental")
    mine = company.people.reuse_number("US-1", "Quarry Lane Church")
    assert {one.number for one in company.emulator.invoices()} == {"US-1", "US-1-old"}
    company.people.pay(mine.id, Decimal(10))
    with pytest.raises(ValueError, match="balance"):
        company.people.pay(mine.id, Decimal(1000))
    with pytest.raises(Refused, match="payment"):
        company.people.void(mine.id)
    company.people.take_back_payments(mine.id)
    assert company.people.void(mine.id).voided


def test_an_invoice_is_meant_by_id_or_by_a_number_that_only_one_has(company):
    company.made("US-1")
    with pytest.raises(LookupError, match="0 invoices"):
        company.people.invoice("US-2")
    company.switches.refuse_used_numbers = False
    company.made("US-1")
    with pytest.raises(LookupError, match="2 invoices"):
        company.people.invoice("US-1")


def test_the_ledger_says_who_did_what(company):
    made = company.made("US-1")
    company.people.edit_line(made["Id"], 0, quantity=Decimal(2))
    company.post({**version(company.one(made["Id"]))}, operation="void")
    assert [(one.what, one.by, one.net, one.status) for one in company.emulator.ledger] == [
        ("created", "app", Decimal("187.50"), "open"), ("updated", "person", Decimal("300.00"), "open"), ("voided", "app", Decimal(0), "voided"),
    ]  # fmt: skip


def test_the_state_goes_on_in_another_process(company):
    company.post(company.element(), requestid="r-1")
    token = company.http.headers["Authorization"]
    other = Emulator(company.clock, (f"{number:08d}" for number in count(1)))
    other.load(company.emulator.dump())
    assert other.dump() == company.emulator.dump()
    headers = {"Authorization": token}
    target = f"/v3/company/{other.realm_id}/invoice?minorversion=75&requestid=r-1"
    status, _, body = other.answer("POST", target, headers, b"{}")
    assert (status, b"US-1" in body, len(other.ledger)) == (200, True, 1)


def test_a_seed_with_an_unknown_field_is_refused(company):
    with pytest.raises(ValueError, match="colour"):
        Emulator(company.clock, iter(()), {"colour": "red"})
    with pytest.raises(ValueError, match="no terms 'Net 7'"):
        Emulator(company.clock, iter(()), {"customers": [{"name": "A", "terms": "Net 7"}]})
