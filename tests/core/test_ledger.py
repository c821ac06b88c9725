"""What documents make of the charges they hold, and what a change at the source makes of time that is final."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from connector.core.ledger import disposition_of
from connector.core.mapping import NOWHERE
from connector.core.overlay import overlay
from connector.core.values import Price, Why
from tests.core.ledgers import charge, claim, known, ledger

POSTED = {"their_status": "posted"}
IN_DOUBT = {"state": "sent", "remote_id": "", "their_status": ""}


def laid(*charges, on=(), claims=()):
    return list(overlay(charges, ledger(on, claims)))


def shown(charges):
    return [(one.disposition, one.kind, one.seconds) for one in charges]


@pytest.mark.parametrize(
    ("said", "disposition"),
    [
        ({"state": "intended", "remote_id": ""}, "sending"),
        ({"state": "sent"}, "sending"),
        ({"state": "held"}, "held"),
        ({"state": "held", "remote_id": ""}, "held"),
        ({}, "drafted"),
        ({"their_status": "posted"}, "invoiced"),
        ({"their_status": "part_paid"}, "invoiced"),
        ({"their_status": "paid"}, "invoiced"),
        ({"their_status": "voided"}, "held"),
        ({"their_status": "deleted"}, "held"),
        ({"their_status": "missing"}, "held"),
    ],
)
def test_a_document_says_what_its_charges_are(said, disposition):
    assert disposition_of(known(**said)) == disposition


@pytest.mark.parametrize(
    ("said", "amendable", "emptied", "holds"),
    [
        ({}, True, False, True),
        ({"touched": "net was 1"}, False, False, True),
        ({"their_status": "posted"}, False, False, True),
        ({"state": "sent"}, False, False, True),
        ({"their_status": "voided"}, False, False, True),
        ({"their_status": "voided", "entries": 0, "net": Decimal(0)}, False, True, False),
        ({"state": "refused", "remote_id": ""}, False, False, False),
        ({"state": "refused"}, False, False, True),
    ],
)
def test_what_may_be_amended_and_what_holds_charges(said, amendable, emptied, holds):
    one = known(**said)
    assert (one.amendable, one.emptied, one.holds_charges) == (amendable, emptied, holds)


def test_the_newest_generation_of_a_key_counts():
    first, second = known(at=1), known("HB-1-2", at=2, generation=2)
    assert ledger([second, first]).latest() == {("nz", "k"): second}


def test_entries_with_a_claim_are_billed():
    assert ledger([known()], [claim(), claim(charge(2))]).billed_entries() == {1, 2}


def test_without_claims_everything_stays_as_the_rules_say():
    assert laid(charge(), charge(2)) == [charge(), charge(2)]


def test_a_claim_whose_entry_is_not_looked_at_makes_no_charge():
    assert laid(on=[known()], claims=[claim()]) == []


def test_other_entries_stay_as_the_rules_say():
    assert laid(charge(), charge(2), on=[known()], claims=[claim()])[1] == charge(2)


def test_a_claimed_charge_stands_as_its_document_has_it():
    billed = claim(net=Decimal("99.99"), billed=Decimal(3600), period="2026-05", client="Alpine")
    [found] = laid(charge(), on=[known(**POSTED)], claims=[billed])
    assert (found.disposition, found.reason, found.value, found.period) == ("invoiced", "HB-1", Decimal("99.99"), "2026-05")
    assert (found.billed_client, found.billed_book) == ("Alpine", "nz")


def test_a_claim_on_a_document_that_somebody_voided_is_held_and_says_so():
    [found] = laid(charge(), on=[known(their_status="voided")], claims=[claim()])
    assert (found.disposition, found.kind) == ("held", "document")
    assert found.reason == "HB-1 is voided over there: a person must choose"
    [found] = laid(charge(), on=[known(state="held", their_status="", reason="two of that number")], claims=[claim()])
    assert found.reason == "HB-1 is held over there: two of that number"


def test_what_is_printed_free_stays_free():
    free = charge(disposition="no_charge", reason="goodwill")
    [found] = laid(free, on=[known(**POSTED)], claims=[claim(free, net=Decimal(0))])
    assert (found.disposition, found.reason, found.value) == ("no_charge", "goodwill", Decimal(100))


def test_on_a_draft_an_edit_is_simply_the_charge():
    assert shown(laid(charge(seconds=4500, revision=2), on=[known()], claims=[claim()])) == [("drafted", "", 4500)]


@pytest.mark.parametrize("state", [POSTED, IN_DOUBT], ids=["posted", "in doubt"])
@pytest.mark.parametrize(
    ("now", "told", "seconds"),
    [
        (charge(seconds=4500, revision=2), "edited after it was billed on HB-1", 900),
        (charge(seconds=1800, revision=2), "edited after it was billed on HB-1", -1800),
        (charge(seconds=0, revision=2, disposition="deleted"), "deleted at the source after it was billed on HB-1", -3600),
        (charge(seconds=1800), "decided otherwise after it was billed on HB-1", -1800),
    ],
)
def test_a_change_of_final_time_adds_a_held_correction(state, now, told, seconds):
    stays, correction = laid(now, on=[known(**state)], claims=[claim()])
    assert (stays.seconds, stays.disposition) == (3600, disposition_of(known(**state)))
    assert (correction.disposition, correction.kind, correction.reason) == ("held", "correction", told)
    assert (correction.seconds, correction.value) == (seconds, Decimal(seconds) / 36)
    assert (correction.part, correction.period, correction.billed, correction.estimate) == (2, "2026-06", seconds, "priced")
    assert correction.why[-1].text == told


def test_final_time_that_moved_to_another_client_leaves_one_and_comes_to_the_other():
    stays, gone, come = laid(charge(client="Other", revision=2), on=[known(**POSTED)], claims=[claim()])
    assert (stays.seconds, stays.billed_client) == (3600, "Alpine")
    assert (gone.reason, gone.seconds, gone.billed_client) == ("moved away after it was billed on HB-1", -3600, "Alpine")
    assert (come.reason, come.seconds, come.terms.client_key) == ("moved here after it was billed on HB-1", 3600, "Other")


def test_final_time_that_moved_where_it_earns_nothing_waits_for_nobody_there():
    _, gone, come = laid(charge(client="Other", revision=2, disposition="written_off"), on=[known(**POSTED)], claims=[claim()])
    assert (gone.disposition, come.disposition, come.kind) == ("held", "written_off", "")


def test_final_time_that_moved_to_a_later_period_moved_and_late_time_did_not():
    assert len(laid(charge(period="2026-07", revision=2), on=[known(**POSTED)], claims=[claim()])) == 3
    assert len(laid(charge(period="2026-05", revision=2), on=[known(**POSTED)], claims=[claim()])) == 1


def test_a_mapping_that_changed_moves_nothing_that_is_final():
    now = charge(client="Other", billed=Decimal(7200), disposition="unmatched")
    assert shown(laid(now, on=[known(**POSTED)], claims=[claim()])) == [("invoiced", "", 3600)]


def test_an_edit_of_words_that_changes_no_money_corrects_nothing():
    assert shown(laid(charge(revision=2), on=[known(**POSTED)], claims=[claim()])) == [("invoiced", "", 3600)]


def test_final_time_that_is_now_in_another_currency_is_taken_back_in_the_one_it_was_billed_in():
    dear = Price(Decimal(90), "USD", Decimal(90), Decimal(1), ())
    _, gone, come = laid(charge(revision=2, price=dear, value=Decimal(90)), on=[known(**POSTED)], claims=[claim()])
    assert (gone.seconds, gone.value, gone.billed_currency) == (-3600, Decimal(-100), "NZD")
    assert (come.seconds, come.value, come.price) == (3600, Decimal(90), dear)


def test_what_moved_away_takes_back_what_was_billed_and_not_the_price_it_has_now():
    now = charge(client="Other", revision=2, billed=Decimal(5400), value=Decimal(180))
    _, gone, come = laid(now, on=[known(**POSTED)], claims=[claim(net=Decimal("125.00"), billed=Decimal(4500))])
    assert (gone.value, gone.billed, gone.estimate) == (Decimal("-125.00"), -4500, "priced")
    assert (come.value, come.billed) == (Decimal(180), 5400)


def test_a_correction_is_the_whole_now_less_what_was_billed_never_the_price_of_the_difference():
    now = charge(seconds=4000, revision=2, billed=Decimal(4500), value=Decimal("125.00"))
    _, correction = laid(now, on=[known(**POSTED)], claims=[claim()])
    assert (correction.seconds, correction.billed, correction.value) == (400, 900, Decimal("25.00"))


@pytest.mark.parametrize("fate", ["non_billable", "covered", "no_charge", "written_off", "excluded"])
def test_an_edit_that_makes_final_time_earn_nothing_takes_back_its_money(fate):
    _, correction = laid(charge(revision=2, disposition=fate), on=[known(**POSTED)], claims=[claim()])
    assert (correction.seconds, correction.billed, correction.value) == (0, -3600, Decimal(-100))


def test_an_edit_that_changes_only_the_price_of_final_time_is_a_correction():
    dear = Price(Decimal(120), "NZD", Decimal(120), Decimal(1), ())
    _, correction = laid(charge(revision=2, price=dear, value=Decimal(120)), on=[known(**POSTED)], claims=[claim()])
    assert (correction.seconds, correction.value) == (0, Decimal(20))


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ({"disposition": "no_charge", "why": (Why("decision", "no_charge: goodwill", NOWHERE, 0),)}, Decimal(-100)),
        ({"billed": Decimal(5400), "value": Decimal(150), "why": (Why("decision", "bill 1.5", NOWHERE, 0),)}, Decimal(50)),
    ],
)
def test_a_decision_after_posting_that_changes_money_is_a_correction(said, value):
    _, correction = laid(charge(**said), on=[known(**POSTED)], claims=[claim()])
    assert (correction.reason, correction.seconds, correction.value) == ("decided otherwise after it was billed on HB-1", 0, value)


def test_a_decision_that_was_billed_as_it_says_corrects_nothing():
    ruled = (Why("decision", "bill 1", NOWHERE, 0),)
    assert shown(laid(charge(why=ruled), on=[known(**POSTED)], claims=[claim()])) == [("invoiced", "", 3600)]
    free = charge(disposition="no_charge", revision=2)
    assert shown(laid(free, on=[known(**POSTED)], claims=[claim(free, net=Decimal(0))])) == [("no_charge", "", 3600)]


@pytest.mark.parametrize(("now", "value"), [(charge(price=None, value=None, estimate="none", seconds=1800, revision=2), None),
                                            (charge(price=None, seconds=0, revision=2, disposition="deleted"), Decimal(-100))])  # fmt: skip
def test_a_correction_without_a_price_is_worth_what_was_billed_or_nobody_knows(now, value):
    assert laid(now, on=[known(**POSTED)], claims=[claim()])[1].value == value


def test_a_part_that_the_rules_no_longer_make_stays_on_its_document():
    whole = charge(seconds=3600, revision=2)
    parts = [claim(charge(seconds=1800)), claim(charge(part=2, seconds=1800))]
    found = laid(whole, on=[known(**POSTED)], claims=parts)
    assert sum(one.seconds for one in found) == 3600
    assert "no longer billable, but on HB-1" in [one.reason for one in found]
    assert len({one.part for one in found}) == len(found)


def test_a_part_that_the_rules_no_longer_make_leaves_a_draft():
    parts = [claim(charge(seconds=1800)), claim(charge(part=2, seconds=1800))]
    assert shown(laid(charge(seconds=3600), on=[known()], claims=parts)) == [("drafted", "", 3600), ("drafted", "", 0)]


def test_a_new_share_of_a_final_entry_goes_nowhere_by_itself():
    shares = [charge(seconds=1800), charge(part=2, seconds=1800)]
    found = laid(*shares, on=[known(**POSTED)], claims=[claim()])
    share = next(one for one in found if one.part == 2)
    assert (share.disposition, share.kind, share.reason) == ("held", "correction", "decided otherwise after it was billed on HB-1")
    assert sum(one.seconds for one in found) == 3600


def test_a_new_share_that_bills_nothing_stays_what_it_is_and_on_a_draft_it_is_ready():
    written_off = charge(part=2, seconds=1800, disposition="written_off")
    assert written_off in laid(charge(seconds=1800), written_off, on=[known(**POSTED)], claims=[claim()])
    ready = charge(part=2, seconds=1800)
    assert ready in laid(charge(seconds=1800), ready, on=[known()], claims=[claim()])


DOCUMENTS = st.sampled_from([{}, POSTED, IN_DOUBT, {"their_status": "voided"}, {"state": "held"}, {"touched": "text"}])


@st.composite
def histories(draw):
    """An entry as it was billed in parts over two documents, and as the rules see it now."""
    before = [charge(part=part, seconds=draw(st.integers(0, 7200))) for part in range(1, draw(st.integers(1, 3)) + 1)]
    billed = [one for one in before if draw(st.booleans())]
    on = [known(**draw(DOCUMENTS)), known("HB-2", at=2, key="k2", **draw(DOCUMENTS))]
    claims = [claim(one, on=draw(st.integers(1, 2))) for one in billed]
    if draw(st.booleans()):
        return before, on, claims
    gone = draw(st.booleans())
    seconds = [0] if gone else draw(st.lists(st.integers(0, 7200), min_size=1, max_size=3))
    said = {"revision": 2, "client": draw(st.sampled_from(["Alpine", "Other"])), "disposition": "deleted" if gone else "ready"}
    now = [charge(part=part, seconds=each, **said) for part, each in enumerate(seconds, start=1)]
    return now, on, claims


@given(histories())
def test_whatever_happens_the_charges_add_up_to_what_the_source_says_now(history):
    now, on, claims = history
    found = laid(*now, on=on, claims=claims)
    assert sum(one.seconds for one in found) == sum(one.seconds for one in now)
    assert len({one.part for one in found}) == len(found)
    final = {(one.entry, one.part): one for one in claims if not on[one.document - 1].amendable}
    stands = {(one.staged.key, one.part): one for one in found}
    for place, billed in final.items():
        assert (stands[place].seconds, stands[place].value) == (billed.seconds, billed.net)


@given(histories(), st.booleans())
def test_what_nothing_changed_since_stands_as_it_would_the_long_way(history, decided):
    now, on, claims = history
    if decided:
        now = [replace(one, why=(Why("decision", "bill 1: agreed", NOWHERE, 0),), billed=Decimal(3600)) for one in now]
    found = laid(*now, on=on, claims=claims)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector.core.overlay._as_billed", lambda *_: None)
        assert found == laid(*now, on=on, claims=claims)


def test_time_taken_back_whole_that_moved_to_another_client_comes_there_though_its_entry_is_as_it_was():
    nothing = claim(charge(seconds=0), billed=Decimal(0), net=Decimal(0))
    found = laid(charge(seconds=0, client="Other"), on=[known(**POSTED)], claims=[nothing])
    assert [one.billed_client for one in found] == ["Alpine", ""]


def test_several_entries_are_told_apart():
    found = laid(charge(1), charge(2, part=1), charge(2, part=2), charge(3), on=[known(**POSTED)], claims=[claim(charge(2))])
    assert [(one.staged.key, one.disposition) for one in found] == [(1, "ready"), (2, "invoiced"), (2, "held"), (3, "ready")]
    assert found[0] == replace(charge(1))
