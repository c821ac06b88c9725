"""The oracle itself: what it finds in what we send, so that its silence means something."""

import pytest

from tests.adapters.quickbooks.books import Books
from tests.adapters.quickbooks.description import check_answer, check_element, check_entity, check_request, described, path

pytestmark = pytest.mark.skipif(not described(), reason=f"the vendor's schema is not on this machine: {path()}")


@pytest.fixture
def sent() -> dict[str, object]:
    books = Books()
    books.create(books.document())
    return next(iter(books.sent.elements()))


def test_what_we_send_is_as_the_vendor_describes_it(sent):
    check_element("create", sent)


@pytest.mark.parametrize(
    "spoil",
    [
        {"Contcat": "x"},
        {"EmailStatus": "Perhaps"},
        {"EmailStatus": "NeedToSend"},
        {"TxnDate": 20260630},
        {"CustomerRef": {"name": "no id"}},
        {"CustomerRef": "7"},
        {"AllowOnlineACHPayment": False},
        {"Line": [{"DetailType": "Bogus", "Amount": 1}]},
        {"Line": [{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}]},
        {"DueDate": None},
    ],
)
def test_what_departs_from_it_is_found(sent, spoil):
    with pytest.raises(AssertionError):
        check_element("create", {**sent, **spoil})


@pytest.mark.parametrize("name", ["DocNumber", "DueDate", "EmailStatus", "PrintStatus", "PrivateNote", "Line"])
def test_what_must_be_there_is_missed(sent, name):
    del sent[name]
    with pytest.raises(AssertionError):
        check_element("create", sent)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/v3/company/1/invoice?requestid=a", b"{}"),
        ("/v3/company/1/invoice?minorversion=75", b"{}"),
        (f"/v3/company/1/batch?minorversion=75&requestid={'a' * 37}", b"{}"),
        ("/v3/company/1/batch?minorversion=75&requestid=a", b'{"BatchItemRequest": [{"bId": "elevenchars", "operation": "create"}]}'),
    ],
)
def test_a_request_that_is_wrong_around_its_body_is_found(target, body):
    with pytest.raises(AssertionError):
        check_request("POST", target, {"authorization": "Bearer x", "content-type": "application/json"}, body)


def test_an_answer_that_is_wrong_is_found():
    for body in (b'{"Invoice": {"Total": 1}}', b'{"Invoices": []}', b'{"Fault": {"Error": [{"code": ""}], "type": "Odd"}}'):
        with pytest.raises(AssertionError):
            check_answer("/v3/company/1/invoice", 200, {"intuit_tid": "1"}, body)


def test_the_oracle_knows_every_entity_of_a_catalogue():
    with pytest.raises(AssertionError, match="no \\['Nme'\\]"):
        check_entity("Preferences", {"Nme": "x"}, "here")
    with pytest.raises(AssertionError, match="Nme"):
        check_entity("Customer", {"Nme": "x"}, "here")
