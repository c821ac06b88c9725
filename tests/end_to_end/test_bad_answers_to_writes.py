"""What Xero or the way to it does to a write: the other book goes on, and the next run ends with each document there exactly once."""

from datetime import timedelta

import pytest

from connector.sandbox import Fault
from tests.end_to_end.office import SETTLED, Office

pytestmark = pytest.mark.slow

PUT = {"method": "PUT", "path": "*/Invoices*", "times": 9}
NUMBERS = ("HB-2606-001", "HB-2606-002", "HB-2606-003")

PROVABLY_NOT_SENT = {
    "401": (Fault("refuse", status=401), 5, "xero: answered 401. Authorise again: renew the credentials of connection xero in config.yaml"),
    "403": (
        Fault("refuse", status=403),
        5,
        "answered 403 injected fault. Give the credential that permission, or renew the credentials of connection xero in config.yaml",
    ),
    "429 seconds": (Fault("refuse", status=429, retry_after="20"), 4, "answered 429: come back in 20 s"),
    "429 date": (Fault("refuse", status=429, retry_after="Thu, 02 Jul 2026 08:00:00 GMT"), 4, "answered 429: come back in 1 h 59 min"),
    "429 twenty hours": (Fault("refuse", status=429, retry_after="72000"), 4, "answered 429: come back in 20 h 0 min"),
    "429 says nothing": (Fault("refuse", status=429), 4, "answered 429: come back in 1 min 0 s"),
    "no connection": (Fault("connect_error"), 4, "no connection to 127.0.0.1 (ConnectError)"),
}
NOT_PROCESSED = {
    "500": (Fault("refuse", status=500), "answered 500"),
    "503": (Fault("refuse", status=503), "answered 503"),
    "reset": (Fault("reset_before"), "no whole answer (ReadError)"),
    "time-out": (Fault("time_out_before"), "no whole answer (ReadTimeout)"),
    "HTML with 200": (Fault("html"), "answered, but it cannot be read: a page of HTML where JSON belongs"),
    "redirect": (Fault("refuse", status=302), "answered 302"),
}
PROCESSED = {
    "500": (Fault("refuse_after", status=500), "answered 500"),
    "reset": (Fault("lose_answer"), "no whole answer (ReadError)"),
    "time-out": (Fault("time_out_after"), "no whole answer (ReadTimeout)"),
    "truncated JSON": (Fault("cut_answer"), "answered, but it cannot be read: it ends in the middle"),
    "torn answer": (Fault("tear_answer"), "no whole answer (RemoteProtocolError)"),
}


def outcomes(ended: object) -> dict[str, str]:
    return {row["number"]: row["outcome"] for row in ended.rows}


@pytest.mark.parametrize(("fault", "code", "message"), PROVABLY_NOT_SENT.values(), ids=PROVABLY_NOT_SENT)
def test_what_was_provably_not_sent_stays_approved_and_goes_out_when_it_can(office: Office, fault: Fault, code: int, message: str) -> None:
    office.ready().script.plan(fault, **PUT)
    ended = office.does("apply", "--format", "json", ends=code)
    assert outcomes(ended) == {**dict.fromkeys(NUMBERS, "waits"), "US-2606-001": "sent"}
    assert f"nz: stopped. {message}" in ended.said
    assert "`hourbridge apply` sends it when the reason has passed" in ended.said
    assert office.there() == {}
    office.mended()
    office.clock.at += timedelta(hours=21)
    office.does("apply")
    assert tuple(sorted(office.there())) == NUMBERS
    office.finishes()


@pytest.mark.parametrize(("fault", "message"), NOT_PROCESSED.values(), ids=NOT_PROCESSED)
def test_a_write_in_doubt_that_never_arrived_is_looked_up_until_that_is_certain_and_then_sent_again(
    office: Office, fault: Fault, message: str
) -> None:
    office.ready().script.plan(fault, **PUT)
    ended = office.does("apply", "--format", "json", ends=4)
    assert outcomes(ended) == {**dict.fromkeys(NUMBERS, "in doubt"), "US-2606-001": "sent"}
    assert message in ended.said
    assert "`hourbridge apply` looks it up over there first and sends again only what is not there" in ended.said
    office.mended()
    at_once = office.does("apply", "--format", "json", ends=4)
    assert outcomes(at_once) == dict.fromkeys(NUMBERS, "in doubt"), "nothing may be called stale that is only in doubt"
    assert "not there yet; looked up again after 2026-07-02 06:08 UTC" in at_once.said
    assert office.there() == {}
    office.clock.at += SETTLED
    assert outcomes(office.does("apply", "--format", "json")) == dict.fromkeys(NUMBERS, "sent")
    office.finishes()


@pytest.mark.parametrize(("fault", "message"), PROCESSED.values(), ids=PROCESSED)
def test_a_write_in_doubt_that_did_arrive_is_found_and_never_sent_again(office: Office, fault: Fault, message: str) -> None:
    office.ready().script.plan(fault, **PUT)
    ended = office.does("apply", "--format", "json", ends=4)
    assert outcomes(ended) == {**dict.fromkeys(NUMBERS, "in doubt"), "US-2606-001": "sent"}
    assert message in ended.said
    office.mended()
    writes = len(office.xero.ledger)
    assert outcomes(office.does("apply", "--format", "json")) == dict.fromkeys(NUMBERS, "adopted")
    assert len(office.xero.ledger) == writes == 3
    office.finishes()


def test_a_write_that_the_other_side_carries_out_late_is_not_sent_a_second_time(office: Office) -> None:
    office.ready().script.plan(Fault("late", seconds=200), **PUT)
    office.does("apply", ends=4)
    office.mended()
    assert outcomes(office.does("apply", "--format", "json", ends=4)) == dict.fromkeys(NUMBERS, "in doubt")
    office.clock.at += SETTLED
    assert outcomes(office.does("apply", "--format", "json")) == dict.fromkeys(NUMBERS, "adopted")
    assert len(office.xero.ledger) == 3
    office.finishes()


def test_an_address_that_is_wrong_refuses_the_documents_and_they_can_be_approved_again(office: Office) -> None:
    office.ready().script.plan(Fault("refuse", status=404), **PUT)
    ended = office.does("apply", ends=4)
    assert "HB-2606-001 nz refused answered 404" in ended.said
    assert "Refused: nothing was changed over there. Mend what the reason names, then pull, plan and approve again." in ended.said
    assert office.files() == {"US-2606-001"}
    office.mended()
    office.finishes()
