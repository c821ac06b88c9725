"""What may be ours over there under a number that somebody gave it, while we do not know whether it arrived."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.core.choices import renumbered
from tests.core.ledgers import document, line, remote

TARGET = replace(document(line("100.00")), mark="nz/2026-06/Alpine#1")


@pytest.mark.parametrize(
    ("said", "is_it"),
    [
        ({"mark": TARGET.mark, "net": Decimal(7)}, True),
        ({"mark": "nz/2026-06/Bayside#1"}, False),
        ({"ours": False}, False),
        ({"ours": True}, True),
        ({"ours": True, "net": Decimal(7)}, False),
        ({}, True),
        ({"po": "another"}, False),
        ({"kind": "credit_note", "mark": TARGET.mark}, False),
        ({"number": TARGET.number, "mark": TARGET.mark}, False),
    ],
)
def test_it_is_known_by_our_mark_by_who_made_it_or_word_for_word(said, is_it):
    there = remote(TARGET, **{"number": "X-1", "mark": "", **said})
    assert renumbered(TARGET, there) is is_it
