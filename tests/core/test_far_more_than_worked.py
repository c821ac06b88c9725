"""Hours that a person decided to bill and that are far more than were worked stop the plan: a slip of the keyboard looks like that."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from connector.core.mapping import NOWHERE
from connector.core.safety import unsafe
from connector.core.values import Why
from tests.core.ledgers import NOT_BOUNDED, charge, known, ledger, planned, proposed

H = 3600
TWICE = replace(NOT_BOUNDED, decided_over_worked=Decimal(2))


def billed(hours: str, worked: float = 8, *, rule: str = "decision"):
    """A document of one entry; its line says why."""
    one = charge(
        seconds=int(worked * H),
        billed=Decimal(hours) * H,
        value=Decimal(hours) * 100,
        why=(Why(rule, f"bill {hours}: as agreed", NOWHERE, 0),),
    )
    of = proposed(one)
    return replace(of, lines=tuple(replace(line, why=one.why) for line in of.lines))


@pytest.mark.parametrize(("hours", "worked", "asks"), [
    ("80", 8, True), ("16.01", 8, True), ("16", 8, False), ("9", 8, False), ("8", 8, False), ("3", 8, False),
    ("1", 0.1, False), ("1.1", 0.1, False), ("1.11", 0.1, True), ("8", 0, True),
])  # fmt: skip
def test_more_than_the_bound_and_an_hour_asks_a_person(hours, worked, asks):
    assert bool(planned(billed(hours, worked), safety=TWICE).unsafe) is asks


def test_it_says_which_entry_and_both_figures():
    assert planned(billed("80"), safety=TWICE).unsafe == (
        "Alpine: clockify:acme:e1 is decided to be billed 80:00 (80.00) h, and 8:00 (8.00) h were worked",
    )


def test_rounding_alone_never_asks():
    assert planned(billed("80", rule="rounding"), safety=TWICE).unsafe == ()


def test_the_bound_can_be_taken_away():
    assert planned(billed("80"), safety=replace(TWICE, decided_over_worked=None)).unsafe == ()


def test_what_stands_over_there_already_is_not_asked_for_again():
    before = planned(billed("80"), safety=TWICE).steps[0]
    there = known(key=before.key, target=before.document)
    grown = billed("80")
    grown = replace(grown, lines=(*grown.lines, *proposed(charge(2)).lines), net=grown.net + 100)
    amended = planned(grown, knows=ledger([there]), safety=TWICE)
    assert (amended.steps[0].action, amended.unsafe) == ("update", ())
    assert planned(billed("90"), knows=ledger([there]), safety=TWICE).unsafe != ()


def test_what_is_taken_back_is_never_asked_for():
    (step,) = planned(billed("80"), safety=TWICE).steps
    assert list(unsafe([replace(step, action="void"), replace(step, action="credit")], [], TWICE)) == []
