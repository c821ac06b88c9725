"""The emulated company's rules for invoices, called as anybody may call them."""

from datetime import date
from decimal import Decimal

import pytest

from tests.adapters.quickbooks.calling import Company, fault, said, version


def test_a_posted_invoice_has_its_sums_its_tax_and_a_subtotal_line(company):
    made = company.made()
    assert (made["TotalAmt"], made["Balance"], made["TxnTaxDetail"]["TotalTax"]) == (Decimal("202.97"), Decimal("202.97"), Decimal("15.47"))
    assert [line["DetailType"] for line in made["Line"]] == ["SalesItemLineDetail", "SubTotalLineDetail"]
    assert (made["SyncToken"], made["EmailStatus"], made["PrintStatus"]) == ("0", "NotSet", "NotSet")


def test_a_missing_due_date_is_taken_from_the_customers_terms(company):
    element = company.element()
    del element["DueDate"]
    assert said(company.post(element))["Invoice"]["DueDate"] == "2026-07-15"


@pytest.mark.parametrize(("field", "code"), [("CustomerRef", "2020"), ("Line", "2020")])
def test_what_is_required_is_asked_for(company, field, code):
    element = company.element()
    del element[field]
    assert fault(company.post(element))[0] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Contcat": "x"}, "2010"),
        ({"DocNumber": "N" * 22}, "2050"),
        ({"PrivateNote": "x" * 4001}, "2050"),
        ({"EmailStatus": "Perhaps"}, "2010"),
        ({"TxnDate": "June"}, "2030"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"CustomerRef": {"value": "999"}}, "2500"),
        ({"DepartmentRef": {"value": "999"}}, "2500"),
        ({"Line": []}, "2020"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_code_and_changes_nothing(company, changes, code):
    assert fault(company.post(company.element(**changes)))[0] == code
    assert company.emulator.invoices() == []


def test_an_amount_that_is_not_quantity_times_price_is_refused(company):
    line = company.line("128.350", "14.50", Amount=Decimal("1861.07"))
    code, detail = fault(company.post(company.element(Line=[line])))
    assert code == "6070"
    assert detail.endswith("Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07")
    assert company.made(Line=[company.line("128.350", "14.50")])["Line"][0]["Amount"] == Decimal("1861.08")


def test_a_used_number_is_refused_and_its_owner_named(company):
    first = company.made("US-1")
    code, detail = fault(company.post(company.element("us-1")))
    assert code == "6140"
    assert detail.endswith(f"DocNumber=US-1 is assigned to TxnType=Invoice with TxnId={first['Id']}")
    company.switches.refuse_used_numbers = False
    assert company.made("US-1")["Id"] != first["Id"]


def test_a_deleted_document_frees_its_number_and_a_voided_one_does_not(company):
    for operation, free in (("delete", True), ("void", False)):
        made = company.made(f"US-{operation}")
        company.post(version(made), operation=operation)
        assert (company.post(company.element(f"US-{operation}")).status_code == 200) is free


def test_without_custom_numbers_the_company_counts_by_itself(company):
    company.switches.custom_numbers = False
    assert [company.made(f"US-{n}")["DocNumber"] for n in range(2)] == ["1001", "1002"]


def test_a_stale_version_is_refused_and_changes_nothing(company):
    made = company.made()
    company.people.edit(made["Id"], PrivateNote="mine")
    for body, params in (({**version(made), "sparse": True, "DocNumber": "X"}, {}), (version(made), {"operation": "void"})):
        assert fault(company.post(body, **params))[0] == "5010"
    assert company.one(made["Id"])["DocNumber"] == "US-1"


def test_a_sparse_update_keeps_what_is_not_sent_and_a_full_one_clears_it(company):
    made = company.made(PrivateNote="note", CustomerMemo={"value": "memo"})
    sparse = said(company.post({**version(made), "sparse": True, "TxnDate": "2026-06-29"}))["Invoice"]
    assert (sparse["PrivateNote"], sparse["CustomerMemo"], sparse["TxnDate"]) == ("note", {"value": "memo"}, "2026-06-29")
    full = said(company.post({**company.element(), **version(sparse)}))["Invoice"]
    assert not {"PrivateNote", "CustomerMemo"} & set(full)


def test_lines_are_a_whole_list_and_an_id_names_the_line_that_is_replaced(company):
    made = company.made(Line=[company.line(Description=text) for text in "ABC"])
    kept = {**company.line("2"), "Id": made["Line"][1]["Id"], "Description": "B2"}
    after = said(company.post({**version(made), "sparse": True, "Line": [kept, company.line(Description="D")]}))["Invoice"]
    assert [(line.get("Description"), line.get("Id")) for line in after["Line"]] == [("B2", "2"), ("D", "4"), (None, None)]


def test_a_void_leaves_zeros_and_a_note(company):
    made = company.made(PrivateNote="ours")
    voided = said(company.post(version(made), operation="void"))["Invoice"]
    assert (voided["TotalAmt"], voided["Balance"], voided["PrivateNote"]) == (0, 0, "Voided - ours")
    assert (voided["Line"][0]["Amount"], voided["Line"][0]["SalesItemLineDetail"]["Qty"]) == (0, 0)


def test_a_deleted_document_is_gone_from_reads_and_queries(company):
    made = company.made()
    assert said(company.post(version(made), operation="delete"))["Invoice"] == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert fault(company.get(f"invoice/{made['Id']}"))[0] == "610"
    assert company.query("select * from Invoice") == {}


def test_nothing_is_written_in_a_closed_period(company):
    made = company.made()
    company.people.close_books(date(2026, 6, 30))
    for body, params in ((company.element("US-2"), {}), (version(made), {"operation": "void"}), ({**version(made), "sparse": True}, {})):
        code, detail = fault(company.post(body, **params))
        assert code == "6210"
        assert "account books cannot be updated" in detail


def test_what_is_to_be_mailed_is_mailed_and_kept_as_truth(company):
    made = company.made(EmailStatus="NeedToSend", BillEmail={"Address": "a@b.example"})
    assert company.emulator.company.mailed == [made["Id"]]
    assert company.one(made["Id"])["EmailStatus"] == "EmailSent"


# ---- batches and repeated requests --------------------------------------------------------------------------------------


def items(company: Company, *numbers: str) -> list[dict[str, object]]:
    return [{"bId": str(n), "operation": "create", "Invoice": company.element(number)} for n, number in enumerate(numbers)]


def test_a_batch_is_carried_out_one_by_one_and_each_is_answered_by_itself(company):
    answers = said(company.post({"BatchItemRequest": items(company, "US-1", "US-1", "US-2")}, "batch"))["BatchItemResponse"]
    assert [answer["bId"] for answer in answers] == ["0", "1", "2"]
    assert [answer.get("Invoice", {}).get("DocNumber") for answer in answers] == ["US-1", None, "US-2"]
    assert answers[1]["Fault"]["Error"][0]["code"] == "6140"


def test_a_batch_amends_deletes_and_asks_and_does_not_void(company):
    made = [company.made(f"US-{n}") for n in range(3)]
    batch = [
        {"bId": "a", "operation": "update", "Invoice": {**version(made[0]), "sparse": True, "PrivateNote": "x"}},
        {"bId": "b", "operation": "delete", "Invoice": version(made[1])},
        {"bId": "c", "operation": "void", "Invoice": version(made[2])},
        {"bId": "d", "Query": "select * from Invoice where DocNumber = 'US-2'"},
    ]
    answers = {one["bId"]: one for one in said(company.post({"BatchItemRequest": batch}, "batch"))["BatchItemResponse"]}
    assert (answers["a"]["Invoice"]["PrivateNote"], answers["b"]["Invoice"]["status"]) == ("x", "Deleted")
    assert answers["c"]["Fault"]["Error"][0]["code"] == "2010"
    assert answers["d"]["QueryResponse"]["Invoice"][0]["DocNumber"] == "US-2"


def test_a_batch_has_thirty_items_with_short_and_different_ids(company):
    many = items(company, *(f"US-{n}" for n in range(31)))
    assert company.post({"BatchItemRequest": many}, "batch").status_code == 400
    twice = [{**one, "bId": "1"} for one in many[:2]]
    assert company.post({"BatchItemRequest": twice}, "batch").status_code == 400
    long = [{**many[0], "bId": "x" * 11}]
    assert fault(company.post({"BatchItemRequest": long}, "batch", requestid="r"))[0] == "2050"
    assert fault(company.post({"BatchItemRequest": many[:1]}, "batch", requestid="r" * 37))[0] == "2050"
    assert company.emulator.invoices() == []


def test_the_same_request_id_gets_the_same_answer_and_acts_once(company):
    first = company.post(company.element(), requestid="r-1")
    assert company.post(company.element(), requestid="r-1").json() == first.json()
    assert company.post(company.element("US-9"), requestid="r-1").json() == first.json()
    assert len(company.emulator.ledger) == 1


def test_a_refusal_is_answered_again_too_unless_that_is_switched_off(company):
    company.people.inactivate_customer("Prairie Dental")
    assert fault(company.post(company.element(), requestid="r-1"))[0] == "610"
    company.people.activate_customer("Prairie Dental")
    assert fault(company.post(company.element(), requestid="r-1"))[0] == "610"
    company.emulator.replays.refusals_too = False
    company.emulator.replays.forget()
    assert company.post(company.element(Line=[]), requestid="r-2").status_code == 400
    assert company.post(company.element(), requestid="r-2").status_code == 200


@pytest.mark.parametrize("forget", [lambda replays: replays.forget(), lambda replays: setattr(replays, "on", False)])
def test_a_forgotten_request_id_acts_again(company, forget):
    company.switches.refuse_used_numbers = False
    company.post(company.element(), requestid="r-1")
    forget(company.emulator.replays)
    company.post(company.element(), requestid="r-1")
    assert len(company.emulator.invoices("US-1")) == 2
