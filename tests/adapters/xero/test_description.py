"""The oracle itself: what it must catch, in requests and in answers."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.adapters.xero.description import check_answer, check_request, described, shared

HEADERS = {"xero-tenant-id": "a", "Content-Type": "application/json", "Authorization": "Bearer x"}
PUT = "/api.xro/2.0/Invoices?summarizeErrors=false&unitdp=4"

pytestmark = pytest.mark.skipif(
    not described(),
    reason=f"Xero's description is not at {shared() / Path('specs/xero')}: nothing to hold against (../shared, or HOURBRIDGE_SHARED)",
)


def sent(**invoice: Any) -> bytes:
    return msgspec.json.encode({"Invoices": [{"Type": "ACCREC", **invoice}]})


def test_a_good_request_passes():
    check_request("PUT", PUT, HEADERS, sent(InvoiceNumber="HB-1", LineItems=[{"Quantity": 1.25}]))
    check_request("PUT", PUT.replace("false", "False"), HEADERS, sent())


@pytest.mark.parametrize(
    ("invoice", "told"),
    [
        ({"Type": "BOGUS"}, "BOGUS"),
        ({"InvoiceNumbr": "HB-1"}, "InvoiceNumbr"),
        ({"Total": 5}, "read-only"),
        ({"Contact": {"ContactID": "seven"}}, "uuid"),
        ({"LineItems": [{"Quantity": "abc"}]}, "abc"),
        ({"Status": "draft"}, "draft"),
        ({"Date": 20260630}, "20260630"),
    ],
)
def test_a_body_that_departs_is_caught(invoice, told):
    with pytest.raises(AssertionError, match=told):
        check_request("PUT", PUT, HEADERS, sent(**invoice))


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        ("/api.xro/2.0/Invoices?page=one", HEADERS),
        ("/api.xro/2.0/Invoices?IDs=seven", HEADERS),
        ("/api.xro/2.0/Invoices", {"Authorization": "Bearer x"}),
        ("/api.xro/2.0/Invoices", {**HEADERS, "If-Modified-Since": "2026-06-30T00:00:00"}),
        ("/api.xro/2.0/Invoicess", HEADERS),
    ],
)
def test_a_question_that_departs_is_caught(target, headers):
    with pytest.raises(AssertionError):
        check_request("GET", target, headers, b"")


@pytest.mark.parametrize("invoice", [{"Totals": 5}, {"Status": "OPEN"}, {"SubTotal": "5.00"}, {"InvoiceID": "7"}])
def test_an_answer_that_departs_is_caught(invoice):
    body = msgspec.json.encode({"Id": "x", "Status": "OK", "Invoices": [invoice]})
    with pytest.raises(AssertionError):
        check_answer("GET", "/api.xro/2.0/Invoices", 200, {"Content-Type": "application/json"}, body, request_headers=HEADERS)


def test_an_answer_in_html_is_caught():
    with pytest.raises(AssertionError):
        check_answer("GET", "/api.xro/2.0/Invoices", 200, {"Content-Type": "text/html"}, b"<html>", request_headers=HEADERS)


def test_a_status_that_is_not_described_has_nothing_to_hold_against():
    check_answer("GET", "/api.xro/2.0/Invoices", 429, {}, b"", request_headers=HEADERS)
