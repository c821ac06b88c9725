"""QuickBooks' names, types and enums as an oracle: for every request we send and every answer the emulator gives.

The vendor publishes no description of its API; the schema was made from its Finance.xsd (names, types, enums; nothing is required
there), and does not hold the envelopes, preferences, company and tax rates: those are held to what the XSDs name. Required fields
are those of accounting.md 1.2 to 1.5.
"""

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ENTITIES = ("Invoice", "CreditMemo", "Payment", "Customer", "Item", "Account", "TaxCode", "Term", "Class", "Department")
# IntuitEntity's own names beside the entity's [Finance.xsd, IntuitBaseTypes.xsd].
ENTITY = {"Id", "SyncToken", "MetaData", "domain", "sparse", "status"}
OTHERS = {
    "TaxRate": {
        "Name",
        "Description",
        "Active",
        "RateValue",
        "AgencyRef",
        "EffectiveTaxRate",
        "SpecialTaxType",
        "DisplayType",
    },
    "CompanyCurrency": {"Code", "Name", "Active"},
    "CompanyInfo": {"CompanyName", "LegalName", "Country", "SupportedLanguages", "FiscalYearStartMonth"},
    "Preferences": {"AccountingInfoPrefs", "SalesFormsPrefs", "TaxPrefs", "CurrencyPrefs"},
}
ENVELOPE = {
    "time",
    "Invoice",
    "CreditMemo",
    "Payment",
    "QueryResponse",
    "BatchItemResponse",
    "CDCResponse",
    "Fault",
    "Preferences",
    "CompanyInfo",
}
ROWS = {"startPosition", "maxResults", "totalCount", *ENTITIES, *OTHERS}
FAULT_TYPES = {"ValidationFault", "SystemFault", "AuthenticationFault", "AuthorizationFault"}
CREATED = {"DocNumber", "CustomerRef", "Line", "TxnDate", "DueDate", "EmailStatus", "PrintStatus", "PrivateNote"}
LINE = {"DetailType", "Amount"}
WRITTEN = {"invoice": "Invoice", "creditmemo": "CreditMemo"}
OK, BAD = 200, 400


def shared() -> Path:
    root = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())
    return Path(os.environ.get("HOURBRIDGE_SHARED", root.parent / "shared"))


def path() -> Path:
    return shared() / "specs" / "intuit-qbo" / "derived" / "qbo-v3.schema.json"


def described() -> bool:
    """Whether the schema is on this machine."""
    return path().exists()


@functools.cache
def _validator(entity: str) -> Draft202012Validator:
    schema = json.loads(path().read_text(encoding="utf-8"))
    registry: Registry[Any] = Registry().with_resource("qbo", Resource.from_contents(schema, default_specification=DRAFT202012))
    return Draft202012Validator({"$ref": f"qbo#/$defs/{entity}"}, registry=registry)


def check_entity(entity: str, value: Any, where: str) -> None:
    """Raises AssertionError with every way in which the value departs from the schema."""
    if entity in OTHERS:
        unknown = set(value) - OTHERS[entity] - ENTITY
        assert not unknown, f"{where}: {entity} has no {sorted(unknown)}"
        return
    errors = [f"{'/'.join(map(str, error.path))}: {error.message}" for error in _validator(entity).iter_errors(value)]
    assert not errors, f"{where}: {entity}: " + "; ".join(errors)


def check_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
    """One request to the API; the token endpoint is no part of it."""
    split = urlsplit(target)
    if not split.path.startswith("/v3/company/"):
        return
    params = {name: values[0] for name, values in parse_qs(split.query).items()}
    resource = split.path.split("/")[4]
    assert params.get("minorversion") == "75", f"{method} {target}: no minorversion=75"
    assert headers.get("authorization", "").startswith("Bearer "), f"{method} {target}: no token"
    if method != "POST" or resource == "query":
        return
    assert headers.get("content-type") == "application/json"
    request_id = params.get("requestid", "")
    assert 0 < len(request_id) <= (36 if resource == "batch" else 50), f"requestid '{request_id}'"
    sent = json.loads(body)
    if resource == "batch":
        _check_batch(sent)
        return
    if resource == "payment":
        check_link(sent)
        return
    operation = params.get("operation") or ("update" if "Id" in sent else "create")
    check_element(operation, sent, WRITTEN[resource])


def _check_batch(sent: Any) -> None:
    assert set(sent) == {"BatchItemRequest"}
    items = sent["BatchItemRequest"]
    assert 1 < len(items) <= 30
    ids = [item["bId"] for item in items]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(each, str) and 0 < len(each) <= 10 for each in ids)
    for item in items:
        (entity,) = set(item) - {"bId", "operation"}
        assert item[entity].get("DocNumber") not in ids
        check_element(item["operation"], item[entity], entity)


def check_link(sent: Any) -> None:
    """A payment of ours moves no money: it links one invoice to one credit memo, for the same amount."""
    check_entity("Payment", sent, "allocate")
    assert sent["TotalAmt"] == 0
    assert {"CustomerRef", "TxnDate", "PrivateNote", "Line"} <= set(sent)
    linked = [(one["Amount"], link["TxnType"]) for one in sent["Line"] for link in one["LinkedTxn"]]
    assert [txn_type for _, txn_type in linked] == ["Invoice", "CreditMemo"]
    assert len({amount for amount, _ in linked}) == 1


def check_element(operation: str, sent: Any, entity: str = "Invoice") -> None:
    """What must be there, and what never may: nothing is mailed or printed from here, and nobody's way of paying is touched."""
    check_entity(entity, sent, operation)
    touched = [name for name in sent if name.startswith("AllowOnline") or name in ("AllowIPNPayment", "BillEmail", "TotalAmt")]
    assert not touched, f"{operation}: sends {touched}"
    if operation in ("void", "delete"):
        assert set(sent) == {"Id", "SyncToken"}
        return
    created = CREATED if entity == "Invoice" else CREATED - {"DueDate"}
    wanted = created if operation == "create" else {"Id", "SyncToken", "sparse", "Line", "DueDate", "EmailStatus", "PrintStatus"}
    assert wanted <= set(sent), f"{operation}: without {sorted(wanted - set(sent))}"
    assert (sent["EmailStatus"], sent["PrintStatus"]) == ("NotSet", "NotSet")
    for line in sent["Line"]:
        assert line["DetailType"] == "DescriptionOnly" or set(line) >= LINE, line
        if line["DetailType"] == "SalesItemLineDetail":
            assert line["SalesItemLineDetail"]["ItemRef"]["value"]


def check_answer(target: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """One answer of the API; what the gateway says before it (401, 403, 429) is in lower case and held to that."""
    if not urlsplit(target).path.startswith("/v3/company/"):
        return
    assert headers.get("intuit_tid"), target
    if status not in (OK, BAD):
        return
    said = json.loads(body)
    unknown = set(said) - ENVELOPE
    assert not unknown, f"{target}: {unknown}"
    _check_fault(said)
    for entity in ("Invoice", "CreditMemo", "Payment", "Preferences", "CompanyInfo"):
        if entity in said:
            check_entity(entity, said[entity], target)
    for item in said.get("BatchItemResponse", ()):
        assert set(item) <= {"bId", "Invoice", "CreditMemo", "Fault", "QueryResponse", "time"}
        assert item["bId"]
        _check_fault(item)
        for entity in {"Invoice", "CreditMemo"} & set(item):
            check_entity(entity, item[entity], target)
    _check_rows(said.get("QueryResponse", {}), target)
    for answer in said.get("CDCResponse", ()):
        for rows in answer["QueryResponse"]:
            _check_rows(rows, target)


def _check_rows(rows: Any, target: str) -> None:
    assert set(rows) <= ROWS, f"{target}: {set(rows) - ROWS}"
    for entity in set(rows) & {*ENTITIES, *OTHERS}:
        for row in rows[entity]:
            check_entity(entity, row, target)


def _check_fault(said: Any) -> None:
    fault = said.get("Fault")
    if fault is not None:
        assert set(fault) == {"Error", "type"}
        assert fault["type"] in FAULT_TYPES
        assert all(set(error) == {"Message", "Detail", "code", "element"} and error["code"] for error in fault["Error"])


class Validating(httpx.BaseTransport):
    """Any transport, with both checks on whatever passes through it; `strict_requests` off for clients that are not ours."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode("ascii")
        check_request(request.method, target, dict(request.headers), request.read())
        response = self._inner.handle_request(request)
        response.read()
        check_answer(target, response.status_code, response.headers, response.content)
        return response
