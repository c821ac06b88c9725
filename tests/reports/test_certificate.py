"""The page of a certificate: every figure in the words a person reads, on one or two pages that are the same each time."""

import struct
from datetime import date
from decimal import Decimal

import pytest

from connector.core.reconciliation import Movement, roll_forward
from connector.errors import ConfigError
from connector.reports.certificate import (
    Certificate,
    Filed,
    StreamHead,
    as_file,
    as_pdf,
    as_pictures,
    canonical,
    digest_of,
    read_certificate,
    read_file,
)
from connector.reports.certificate_page import page_of
from connector.reports.tie_out import AccountRow, Bucket, Counted, Equation, Numbers
from connector.reports.values import LastPull

D = Decimal


def certificate(documents=2, **changes):
    said = {
        "book": "nz", "period": "2026-06", "zone": "Pacific/Auckland", "seq": 3, "closed_by": "mia", "closed_at": "2026-07-02T20:15:00+00:00",
        "program": "0.1.0", "online": True, "equations": (Equation(what="ours = theirs", left="NZD 300.00", right="NZD 300.00", holds=True),),
        "entries": Counted(count=5, seconds=19800), "sources": (),
        "dispositions": {
            "drafted": Bucket(count=3, seconds=16200, billed_seconds=18000, net={"AUD": D("675.00"), "NZD": D("1300.50")}),
            "non_billable": Bucket(count=2, seconds=3600, value={"NZD": D("120.00")}, estimated=True),
        },
        "wip": roll_forward([Movement(currency="NZD", disposition="drafted", amount=D("1300.50"))]),
        "documents": tuple(
            Filed(number=f"HB-2606-{n:03}", client="Alpine", customer="Alpine #panic(1) *Dental* $x$ @y \\u{0}", invoice_date=date(2026, 6, 30), currency="NZD",
                  net=D("1300.50"), their_net=D("1300.50"), their_status="draft" if n == 1 else "paid")
            for n in range(1, documents + 1)
        ),
        "accounts": (AccountRow(code="200", currency="NZD", net=D("1300.50"), their_net=D("1300.50")),),
        "numbers": Numbers(first="HB-2606-001", last="HB-2606-002", issued=2, unused=("HB-2606-003",)),
        "pulls": (LastPull(connection="harvest", last_complete_pull="2026-07-02T20:00:00+00:00"),), "mappings": {"a" * 64: {}},
        "heads": (StreamHead(stream="book:nz", seq=41, hash="b" * 64),), "facts": "c" * 64, "previous": "d" * 64, "public_key": "e" * 64,
    }  # fmt: skip
    return Certificate(**{**said, **changes})


def test_hours_stand_in_both_forms_and_each_currency_on_a_line_of_its_own():
    rows = page_of(certificate(), "f" * 64, "0" * 128)["hours"]["rows"]
    assert rows == [
        ["drafted", "3", "4:30 (4.50)", "5:00 (5.00)", "0:30 (0.50)", "", "AUD 675.00\nNZD 1,300.50"],
        ["non billable", "2", "1:00 (1.00)", "0:00 (0.00)", "", "NZD 120.00 est.", ""],
    ]


def test_an_account_is_told_from_an_item():
    rows = [
        AccountRow(code=code, kind=kind, currency="NZD", net=D("1.00"), their_net=D("1.00"))
        for kind, code in (("account", "200"), ("item", "SUP"))
    ]
    page = page_of(certificate(accounts=(*rows, AccountRow(code="", currency="NZD", net=D(0), their_net=D(0)))), "f" * 64, "0" * 128)
    assert [row[0] for row in page["accounts"]] == ["account 200", "item SUP", "(none)"]


def test_totals_are_of_all_buckets_and_of_ours_and_theirs():
    page = page_of(certificate(), "f" * 64, "0" * 128)
    assert page["hours"]["total"][:5] == ["all time of the period", "5", "5:30 (5.50)", "5:00 (5.00)", "-0:30 (-0.50)"]
    assert page["hours"]["source"] == "5 entries, 5:30 (5.50) h"
    gone = page_of(certificate(entries=Counted(count=4, seconds=19800, gone=1)), "", "")
    assert gone["hours"]["source"] == "5 entries, 5:30 (5.50) h; 1 of these is gone there"
    assert page["documents"]["totals"] == [["NZD", "2,601.00", "2,601.00"]]
    assert page["documents"]["drafts"] == "1 of these is a draft over there: not in receivables until posted."


@pytest.mark.parametrize(("count", "said"), [(0, ""), (3, "1 of these is a draft over there: not in receivables until posted.")])
def test_drafts_are_counted(count, said):
    assert page_of(certificate(count), "", "")["documents"]["drafts"] == said


def test_what_proves_it_stands_on_the_page():
    proof = dict(page_of(certificate(supersedes="9" * 64), "f" * 64, "0" * 128)["proof"])
    assert (proof["This certificate"], proof["The one before"], proof["Replaces"]) == ("f" * 64, "d" * 64, "9" * 64)
    assert dict(page_of(certificate(previous=""), "f", "0")["proof"])["The one before"] == "none: the first of this book"


def test_the_page_is_a_pdf_and_always_the_same():
    one = certificate()
    first = as_pdf(one, "f" * 64, "0" * 128)
    assert first.startswith(b"%PDF-1.")
    assert as_pdf(one, "f" * 64, "0" * 128) == first


@pytest.mark.parametrize(("documents", "pages"), [(0, 1), (2, 1), (40, 2)])
def test_a_month_is_one_or_two_pages_of_a4(documents, pages):
    pictures = as_pictures(certificate(documents), "f" * 64, "0" * 128)
    assert len(pictures) == pages
    width, height = struct.unpack(">II", pictures[0][16:24])
    assert (width, height) == (1191, 1684)


def test_z8_names_are_text_and_never_markup():
    """A customer's name with the template's own signs in it neither breaks the page nor is taken for a command."""
    plain = as_pictures(certificate(documents=1), "f" * 64, "0" * 128)
    assert len(plain) == 1


def test_what_is_signed_is_read_back_as_it_was(tmp_path):
    one = certificate()
    body = canonical(one)
    assert (read_certificate(body), canonical(read_certificate(body))) == (one, body)
    path = tmp_path / "c.json"
    path.write_bytes(as_file(body.decode(), digest_of(body), "0" * 128))
    assert read_file(path) == (one, body, digest_of(body), "0" * 128)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"certificate": {}, "digest": "", "signature": ""}', b"[1]"])
def test_what_is_no_certificate_is_told(tmp_path, content):
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is no certificate"):
        read_file(path)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        read_file(tmp_path / "none.json")
