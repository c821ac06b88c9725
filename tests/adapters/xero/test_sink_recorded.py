"""Answers written after the vendor's documentation and public threads, over a mocked network."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import msgspec
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.xero.replies import outcomes
from adapters.xero.sink import Settings, Sink
from connector.errors import TransientError
from connector.http import Answered
from connector.model import DocumentRef, RemoteLine, Target
from connector.ports import Accepted, Member, NotSent, Outcome, Rejected, Request, Taken, Tokens, Unknown
from tests.fakes import FakeHost, MemoryKeeper, VirtualClock

RECORDED = Path(__file__).parent / "recorded"
INVOICES = "https://api.xero.com/api.xro/2.0/Invoices"
PAID = "7e1f6a52-92c4-4e0b-b1a7-55c0c4b6d001"


def recorded(name: str) -> bytes:
    return (RECORDED / name).read_bytes()


def a_sink() -> tuple[Sink, VirtualClock]:
    clock = VirtualClock()
    tokens = Tokens(access="canary-access", expires_at=clock.now() + timedelta(days=1))
    host = FakeHost(name="nz", clock=clock, keeper=MemoryKeeper(clock, tokens))
    return Sink(Settings(client_id="id", tenant_id="11111111-1111-4111-8111-111111111111"), host), clock


def ref(number: str) -> DocumentRef:
    return DocumentRef("invoice", number)


def answered(answer: httpx.Response, *members: Member) -> dict[DocumentRef, Outcome]:
    """What a PUT of HB-1, HB-2 and HB-3 makes of the answer."""
    sink, clock = a_sink()
    members = members or tuple(Member(ref(f"HB-{n}")) for n in (1, 2, 3))
    request = Request(
        operation="create", method="PUT", url="/api.xro/2.0/Invoices?unitdp=4", body=b"{}", members=members, key="k" * 32,
        deadline_boot_s=clock.boot() + 60,
    )  # fmt: skip
    with respx.mock:
        route = respx.put(url__startswith=INVOICES).mock(return_value=answer)
        outcomes = sink.send(request)
        assert route.call_count == 1
    sink.close()
    return dict(outcomes)


def test_an_answer_in_another_order_with_a_member_missing_is_matched_by_number():
    outcomes = answered(httpx.Response(200, content=recorded("mixed_200.json")))

    assert set(outcomes) == {ref("HB-1"), ref("HB-3")}, "HB-2 is missing from the reply: unknown"
    assert outcomes[ref("HB-3")] == Taken("HB-3")
    accepted = outcomes[ref("HB-1")]
    assert isinstance(accepted, Accepted)
    remote = accepted.remote
    assert (remote.net, remote.tax, remote.gross, remote.balance) == (
        Decimal("1234.57"), Decimal("185.18"), Decimal("1419.75"), Decimal("1419.75"),
    )  # fmt: skip
    assert (remote.invoice_date, remote.due_date) == (date(2026, 6, 30), date(2026, 7, 20))
    assert remote.changed_at == datetime(2026, 7, 1, 8, 0, 0, 123000, tzinfo=UTC)
    assert remote.lines[0].price == Decimal("123.4565")
    assert remote.lines[0].target == Target("account", "200")
    assert remote.lines[1] == RemoteLine(
        id="c9e7cf0b-5f5c-4fd4-8b6e-8f3a4a6f1002",
        description="Goodwill",
        quantity=Decimal("2.5"),
        price=Decimal(0),
        net=Decimal(0),
    )


def test_a_400_refuses_whom_it_names_and_leaves_the_others_unknown():
    outcomes = answered(httpx.Response(400, content=recorded("refused_400.json")))

    assert outcomes == {
        ref("HB-2"): Rejected(
            "The document date cannot be before the period lock date; Account code '999' is not a valid code for this document."
        )
    }


def test_a_400_that_echoes_a_good_element_says_nothing_about_it():
    refusal = json.loads(recorded("refused_400.json"))
    refusal["Elements"].append(json.loads(recorded("mixed_200.json"))["Invoices"][1])

    assert set(answered(httpx.Response(400, json=refusal))) == {ref("HB-2")}


def test_a_400_without_a_name_is_about_the_only_member():
    refusal = json.loads(recorded("refused_400.json"))
    del refusal["Elements"][0]["InvoiceNumber"]

    assert answered(httpx.Response(400, json=refusal)) == {}
    outcomes = answered(httpx.Response(400, json=refusal), Member(ref("HB-1")))
    assert isinstance(outcomes[ref("HB-1")], Rejected)


def test_a_400_about_the_request_refuses_every_member():
    refusal = {"ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": "The post data is not valid"}

    outcomes = answered(httpx.Response(400, json=refusal))

    assert len(outcomes) == 3
    assert outcomes[ref("HB-2")] == Rejected("the request was refused PostDataInvalidException The post data is not valid")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400, text="<html>Bad Request</html>"),
        httpx.Response(200, text="<html>We will be back</html>"),
        httpx.Response(200, content=recorded("mixed_200.json")[:900]),
        httpx.Response(200, content=b""),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"Invoices": [{"InvoiceNumber": 7}]}),
        httpx.Response(500, json={"ErrorNumber": 500, "Type": "InternalErrorException"}),
        httpx.Response(503),
    ],
    ids=["html 400", "html 200", "cut", "empty", "list", "wrong type", "500", "503"],
)
def test_an_answer_that_cannot_be_trusted_makes_every_member_unknown(answer: httpx.Response):
    outcomes = answered(answer)

    assert len(outcomes) == 3
    assert all(isinstance(outcome, Unknown) for outcome in outcomes.values())


@pytest.mark.parametrize("amount", ["1e400", "-1e30", "0.0000000000000000000000001"])
def test_an_accepted_document_that_cannot_be_read_is_unknown(amount: str):
    body = recorded("mixed_200.json").replace(b'"SubTotal": 1234.57', f'"SubTotal": {amount}'.encode())

    assert isinstance(answered(httpx.Response(200, content=body))[ref("HB-1")], Unknown)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"Status": "DRAFT"', b'"Status": "NEW"'), (f'"InvoiceID": "{PAID}"'.encode(), b'"InvoiceID": ""'), (b"2026-06-30T00", b"2026-13-30T00")],
)  # fmt: skip
def test_an_accepted_document_of_an_unknown_kind_is_unknown(old: bytes, new: bytes):
    body = recorded("mixed_200.json")
    assert old in body

    assert isinstance(answered(httpx.Response(200, content=body.replace(old, new)))[ref("HB-1")], Unknown)


def test_a_document_that_is_answered_twice_is_unknown():
    reply = json.loads(recorded("mixed_200.json"))
    reply["Invoices"].append(reply["Invoices"][1])

    assert ref("HB-1") not in answered(httpx.Response(200, json=reply))


def test_an_amended_document_is_matched_by_its_id_alone():
    reply = json.loads(recorded("mixed_200.json"))
    reply["Invoices"][1]["InvoiceNumber"] = "renamed by a person"

    outcomes = answered(httpx.Response(200, json=reply), Member(ref("HB-1"), PAID), Member(ref("HB-3"), "another-id"))

    assert set(outcomes) == {ref("HB-1")}, "an element with the number but another id is not the document that was amended"


@pytest.mark.parametrize(("status", "kind"), [(403, NotSent), (404, Rejected), (412, Rejected), (413, Rejected)])
def test_other_refusals_hold_for_every_member(status: int, kind: type):
    outcomes = answered(httpx.Response(status, json={"Title": "No", "Detail": "AuthenticationUnsuccessful"}))

    assert len(outcomes) == 3
    for outcome in outcomes.values():
        assert isinstance(outcome, kind)
        assert "AuthenticationUnsuccessful" in outcome.reason


def test_a_listing_that_cannot_be_read_is_no_listing():
    body = msgspec.json.decode(recorded("mixed_200.json"))
    body["Invoices"][1]["Status"] = "NEW"
    sink, _ = a_sink()
    with respx.mock:
        respx.get(url__startswith=INVOICES).mock(return_value=httpx.Response(200, json=body))
        with pytest.raises(TransientError, match="nz"):
            sink.find([ref("HB-1")])
    sink.close()


def test_a_server_without_page_counts_is_read_to_an_empty_page():
    page = msgspec.json.decode(recorded("mixed_200.json"))
    page["Invoices"] = [page["Invoices"][1]]
    sink, _ = a_sink()
    with respx.mock:
        route = respx.get(url__startswith=INVOICES)
        empty = httpx.Response(200, json={"Invoices": []})
        route.side_effect = [httpx.Response(200, json=page), empty, httpx.Response(200, json=page), empty]
        found = sink.find([ref("HB-1")])
        assert [call.request.url.params["page"] for call in route.calls] == ["1", "2", "1", "2"]
    sink.close()

    assert [remote.ours for remote in found[ref("HB-1")]] == [True]


def test_a_listing_without_a_server_date_does_not_move_the_cursor():
    sink, _ = a_sink()
    with respx.mock:
        route = respx.get(url__startswith="https://api.xero.com/api.xro/2.0/").mock(return_value=httpx.Response(200, json={}))
        pages = list(sink.changed_since("2026-06-01T00:00:00Z"))
        assert route.calls[0].request.headers["if-modified-since"] == "2026-06-01T00:00:00Z"
    sink.close()

    assert pages == [((), None), ((), "2026-06-01T00:00:00Z")]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_mangled_answer_never_breaks_the_run_and_never_invents_a_document(data: st.DataObject):
    body = bytearray(recorded("mixed_200.json"))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3) | st.sampled_from([b"null", b"1e999", b"{", b"[]"]))
    members = (Member(ref("HB-1")), Member(ref("MISSING-0042")), Member(ref("HB-3")))

    read = outcomes(Answered(status=data.draw(st.sampled_from([200, 400])), headers={}, body=bytes(body)), members)

    assert set(read) <= {member.ref for member in members}
    assert not isinstance(read.get(ref("MISSING-0042")), Accepted | Taken)
