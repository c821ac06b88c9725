"""What Xero or the way to it does to a read: the sources and the other book go on, nothing is inferred, and the next run asks again."""

from datetime import timedelta

import pytest

from connector.sandbox import Fault
from tests.end_to_end.office import Office

pytestmark = pytest.mark.slow

GET = {"method": "GET", "times": 99}
AGAIN = "4 times. Nothing was lost; the next run asks again"

READS = {
    "401": (Fault("refuse", status=401), 5, "was answered 401. Authorise again: renew the credentials of connection xero in config.yaml"),
    "403": (
        Fault("refuse", status=403),
        5,
        "Give the credential that permission, or renew the credentials of connection xero in config.yaml",
    ),
    "404": (Fault("refuse", status=404), 4, "compare base_url and the connection's settings with the vendor's documentation"),
    "redirect": (Fault("refuse", status=302), 4, "Redirects are not followed; compare base_url"),
    "429 seconds": (Fault("refuse", status=429, retry_after="20"), 4, f"answered 429, {AGAIN}"),
    "429 date": (Fault("refuse", status=429, retry_after="Thu, 02 Jul 2026 08:00:00 GMT"), 4, "was answered 429. Come back in 1 h 59 min"),
    "429 twenty hours": (Fault("refuse", status=429, retry_after="72000"), 4, "was answered 429. Come back in 20 h 0 min"),
    "429 says nothing": (Fault("refuse", status=429), 4, f"answered 429, {AGAIN}"),
    "500": (Fault("refuse", status=500), 4, f"answered 500, {AGAIN}"),
    "reset": (Fault("reset_before"), 4, f"no whole answer (ReadError), {AGAIN}"),
    "time-out": (Fault("time_out_before"), 4, f"no whole answer (ReadTimeout), {AGAIN}"),
    "truncated JSON": (Fault("cut_answer"), 4, f"answered, but it cannot be read: it ends in the middle, {AGAIN}"),
    "HTML with 200": (Fault("html"), 4, f"answered, but it cannot be read: a page of HTML where JSON belongs, {AGAIN}"),
    "no connection": (Fault("connect_error"), 4, f"no connection to 127.0.0.1 (ConnectError), {AGAIN}"),
}


@pytest.mark.parametrize(("fault", "code", "message"), READS.values(), ids=READS)
def test_p2_a_book_that_cannot_be_read_stops_alone(office: Office, fault: Fault, code: int, message: str) -> None:
    office.script.plan(fault, **GET)
    ended = office.does("pull", "--format", "json", ends=code)
    trouble = {row["connection"]: row["trouble"] for row in ended.rows}
    assert message in trouble["nz"]
    assert trouble["nz"].startswith("xero: "), "the connection is named"
    assert {name: row["new"] for row in ended.rows if (name := row["connection"]) != "nz"} == {"desk": 5, "field": 1}
    office.approve("us")
    assert office.does("apply", "--book", "us").said.count("sent") == 2
    office.mended()
    office.clock.at += timedelta(hours=21)
    office.finishes()


@pytest.mark.parametrize("name", ["404", "429 date", "500", "HTML with 200"])
def test_nothing_is_sent_to_a_book_that_cannot_be_looked_at_first(office: Office, name: str) -> None:
    fault, code, message = READS[name]
    office.ready().script.plan(fault, path="*/Invoices*", **GET)
    ended = office.does("apply", ends=code)
    assert "nz: stopped. xero: GET /api.xro/2.0/Invoices" in ended.said
    assert message in ended.said
    assert "US-2606-001 us sent" in ended.said
    assert office.there() == {}
    office.mended()
    office.clock.at += timedelta(hours=3)
    office.finishes()


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (Fault("refuse", status=400), 5, "Check client_id, client_secret, refresh_token and scopes of connection xero in config.yaml"),
        (Fault("refuse", status=503), 4, "the token endpoint answered 503. Nothing was lost; the next run asks again"),
        (Fault("html"), 4, "the token endpoint answered, but it cannot be read: a page of HTML where JSON belongs. Nothing was lost"),
    ],
    ids=["refused", "away", "HTML"],
)  # fmt: skip
def test_tokens_that_cannot_be_had_stop_only_their_connection(office: Office, fault: Fault, code: int, message: str) -> None:
    office.script.plan(fault, method="POST", path="*/connect/token", times=9)
    ended = office.does("pull", ends=code)
    assert message in ended.said
    assert "field 1 1" in ended.said
    office.mended()
    office.finishes()


def test_an_access_token_that_is_taken_back_before_its_time_is_renewed(office: Office) -> None:
    office.ready().xero.identity.revoke_everything()
    office.does("apply")
    office.finishes()


def test_a_secret_that_is_missing_or_open_to_others_stops_only_its_connection(office: Office) -> None:
    secret = office.folder / "secrets/xero"
    secret.chmod(0o644)
    ended = office.does("pull", ends=2)
    assert f"the group or others may open it. Run: chmod 600 {secret}" in ended.said
    assert "field 1 1" in ended.said
    secret.unlink()
    ended = office.does("pull", ends=2)
    assert "secrets/xero: cannot be read (No such file or directory). Create it, readable by you alone" in ended.said
    office.write("secrets/xero", "s3cret-of-the-office\n")
    secret.chmod(0o600)
    office.finishes()
